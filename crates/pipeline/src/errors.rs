//! Error events: the story of one, a step a line.

use std::fmt::Debug;

use group::Title;
use meta::EventFacts;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::event::Event;
use model::id::{EventId, ProjectId};
use model::intake::{ItemType, Record};
use model::outcome::{Fate, Reason};
use wire::envelope::Header;

use crate::projects::Rules;

pub mod check;
pub(crate) mod minidump;
pub mod readable;
pub mod refine;
pub mod scrub;
pub mod store;

/// Whoever makes stacks readable with what was uploaded for their project.
pub trait Stacks: Debug + Send + Sync {
    /// Whether an event has frames that might be made readable. Cheap.
    fn concerns(&self, event: &Event<'_>) -> bool;

    /// Makes them readable, as far as there are uploads and without taking long. False when nothing has
    /// changed. Blocks.
    fn make_readable(&self, project: ProjectId, event: &mut Event<'_>) -> bool;

    /// What an event gets of a minidump: fields of an event as JSON. Blocks.
    ///
    /// # Errors
    /// Says why there is nothing.
    fn read_minidump(&self, project: ProjectId, dump: &[u8]) -> Result<Vec<u8>, String>;
}

/// What is known about an event besides its payload. Nothing here changes while it is processed.
#[derive(Debug, Clone, Copy)]
pub struct Given<'g> {
    /// The request it came with.
    pub record: &'g Record,
    /// The envelope's header.
    pub header: &'g Header,
    /// What its project wants.
    pub rules: &'g Rules,
    /// Who makes its stacks readable.
    pub stacks: &'g dyn Stacks,
    /// The id it gets if it brought none.
    pub random_id: EventId,
    /// As what kind of item it came.
    pub item_type: ItemType,
    /// Attachments in the same envelope.
    pub attachments: u32,
}

/// An event that is to be stored.
#[derive(Debug)]
pub struct Prepared {
    /// What `meta` must know.
    pub facts: EventFacts,
    /// What can be searched; the issue is not known yet.
    pub row: ErrorRow,
    /// The normalised, scrubbed event as JSON.
    pub payload: Vec<u8>,
}

/// An event that is not stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Dropped {
    /// What became of it.
    pub fate: Fate,
    /// Why.
    pub reason: Reason,
}

impl Dropped {
    fn invalid(reason: &'static str) -> Self {
        Self { fate: Fate::Invalid, reason: reason.into() }
    }
}

/// Takes one event from its payload to what is stored.
///
/// # Errors
/// [`Dropped`] when a step gives it up; the caller records the outcome.
pub fn process(mut event: Event<'_>, given: &Given<'_>) -> Result<Prepared, Dropped> {
    refine::normalize(&mut event, given);
    check::timestamp(&event)?;
    refine::filter(&event, given.record, given.rules)?;
    // Before scrubbing, because lines of sources come in, and before grouping, which goes by functions.
    readable::stacks(&mut event, given);
    scrub::event(&mut event, &given.rules.scrubber);
    // After scrubbing, so that no secret decides what belongs together.
    let grouping = group::group(&mut event, &given.rules.grouping);
    let title: Title = group::title(&event, grouping.title_override.as_deref());
    Ok(store::prepare(&event, grouping.hashes, title, given))
}

/// When an event happened, as normalisation left it: seconds since 1970.
fn seconds(event: &Event<'_>, field: &str) -> Option<Micros> {
    let micros = event.root.get(field)?.as_f64()? * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked in the same line"
    )]
    (0.0..9e15).contains(&micros).then_some(Micros(micros.round() as u64))
}
