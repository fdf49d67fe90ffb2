//! Event payloads: normalised into one shape, with notes on what was broken.
//!
//! Nothing here drops an event. A field that is not what it should be becomes `null`, the note on it
//! says why and what it was, and a line under `errors` repeats that for people.
//!
//! Source: Relay's event normalisation, with what it does verified by running it.

use model::annotation::Path;
use model::clock::Micros;
use model::event::Event;
use model::id::{EventId, ProjectId};
use model::json::{Object, Value};

mod address;
mod attributes;
mod breadcrumbs;
mod conform;
mod contexts;
mod debug_images;
mod device_class;
mod errors;
mod exception;
mod frames;
mod logentry;
mod mechanism;
mod os_names;
mod raw_description;
mod request;
pub(crate) mod scalars;
mod schema;
mod sdk;
mod size;
mod tags;
mod threads;
pub(crate) mod timestamps;
mod trimming;
mod user;

use conform::Conform;

/// What is known about an event from elsewhere than its payload.
#[derive(Debug, Clone, Copy)]
pub struct Given<'g> {
    /// The project it was sent to.
    pub project: ProjectId,
    /// The id from the envelope's header, which counts more than the one in the payload.
    pub event_id: Option<EventId>,
    /// The id of an event that has none. Random, from the caller.
    pub random_id: EventId,
    /// When it arrived.
    pub received: Micros,
    /// When the SDK says it sent it.
    pub sent_at: Option<Micros>,
    /// How far in the future an event may lie, as a span of time.
    pub future_max: Micros,
    /// How far in the past an event may lie, as a span of time.
    pub past_max: Micros,
    /// The address the request came from.
    pub client_ip: Option<&'g str>,
    /// True when the project wants no addresses: none is inferred then.
    pub scrub_ip: bool,
    /// `name/version` of the SDK, from the request.
    pub sdk: Option<&'g str>,
    /// `User-Agent` of the request; used for reports that browsers send by themselves.
    pub user_agent: Option<&'g str>,
    /// The replay that was running, from the trace's dynamic sampling context.
    pub replay_id: Option<EventId>,
}

/// Brings an event into the one shape that everything after this relies on.
pub fn normalize(event: &mut Event<'_>, given: &Given<'_>) {
    attributes::rename_legacy(event);
    tags::prepare(event);
    conform_all(event);
    let id = attributes::identify(event, given);
    timestamps::settle(event, given);

    attributes::complete_report(event, given);
    address::normalize(event, given);
    attributes::validate(event);
    user::normalize(event);
    logentry::normalize(event);
    breadcrumbs::normalize(event);
    tags::normalize(event);
    threads::normalize(event);
    exception::normalize(event);
    contexts::add_client(event);
    attributes::fill_in(event, given);
    sdk::normalize(event, given);
    request::normalize(event);
    contexts::normalize(event, given, &id);

    trimming::object(&mut event.root, &attributes::EVENT, &mut event.notes);
    errors::list(event);
}

fn conform_all(event: &mut Event<'_>) {
    let mut conform = Conform { notes: &mut event.notes };
    conform.object(&mut event.root, &attributes::EVENT, &Path::Root);
}

/// The object at the top of an event under `name`, made if there is none.
fn object_in<'e, 'a>(root: &'e mut Object<'a>, name: &'static str) -> Option<&'e mut Object<'a>> {
    let place = root.entry(name);
    if place.as_object().is_none() {
        *place = Value::Object(Object::new());
    }
    place.as_object_mut()
}
