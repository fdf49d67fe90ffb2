//! How a session of an app went.

/// How well a session went so far, from good to bad. A session is what the worst of its updates says.
///
/// Source: Relay's session statuses, without `ok` and `exited`, which both are healthy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the protocol's own")]
pub enum SessionHealth {
    #[default]
    Healthy,
    Errored,
    Unhandled,
    Abnormal,
    Crashed,
}

impl SessionHealth {
    /// All with their names in the sessions API, from good to bad.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Healthy, "healthy"),
        (Self::Errored, "errored"),
        (Self::Unhandled, "unhandled"),
        (Self::Abnormal, "abnormal"),
        (Self::Crashed, "crashed"),
    ];

    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}
