//! How urgent an issue is.

/// Ordered; the numbers are those of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Nice to know.
    Low = 25,
    /// To be looked at.
    Medium = 50,
    /// To be looked at now.
    High = 75,
}

impl Priority {
    /// From an event's `level`; levels nobody knows count as errors.
    pub fn from_level(level: &str) -> Self {
        match level {
            "debug" | "info" | "log" => Self::Low,
            "warning" => Self::Medium,
            _ => Self::High,
        }
    }

    /// When the issue gets out of hand.
    #[must_use]
    pub fn escalated(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }

    /// As in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// From the API.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|known| known.name() == name)
    }
}
