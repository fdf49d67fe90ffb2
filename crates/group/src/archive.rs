//! Issues put away until something happens.

use model::clock::Micros;

/// Why an issue was put away, and what brings it back. More than one may be set; the first that
/// is met counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Condition {
    /// Back at this time.
    pub until: Option<Micros>,
    /// Back after so many events, in [`Condition::event_window_minutes`] if that is set.
    pub events: Option<u64>,
    /// Back after so many people were hit.
    pub users: Option<u64>,
    /// The time in which events are counted; from the archiving on if `None`.
    pub event_window_minutes: Option<u64>,
    /// The time in which people are counted; from the archiving on if `None`.
    pub user_window_minutes: Option<u64>,
}

/// What has happened, counted by the caller over the condition's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// The time now.
    pub now: Micros,
    /// Events since the archiving or in the window.
    pub events: u64,
    /// People hit since the archiving or in the window.
    pub users: u64,
}

/// Whether the issue comes back. A condition with nothing set never ends.
pub fn is_over(condition: &Condition, counts: Counts) -> bool {
    condition.until.is_some_and(|until| counts.now >= until)
        || condition.events.is_some_and(|events| counts.events >= events)
        || condition.users.is_some_and(|users| counts.users >= users)
}
