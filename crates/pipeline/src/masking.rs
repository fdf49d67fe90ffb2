//! Personal data out of what comes into an event after it was stored.

use meta::Meta;
use model::event::Event;
use model::id::ProjectId;

use crate::errors::scrub;
use crate::projects::Projects;

/// The scrubbing rules of all projects.
#[derive(Debug)]
pub struct Masking(Projects);

impl Masking {
    /// Rules come from the settings in `meta`.
    pub fn new(meta: Meta) -> Self {
        Self(Projects::new(meta))
    }

    /// Scrubs an event by the rules of its project. False when there is no such project any more.
    pub fn apply(&self, project: ProjectId, event: &mut Event<'_>) -> bool {
        let Some(rules) = self.0.rules(project) else { return false };
        scrub::event(event, &rules.scrubber);
        true
    }
}
