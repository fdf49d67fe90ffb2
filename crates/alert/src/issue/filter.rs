//! What an event and its issue must look like.

use super::{IssueRuleError, category};
use crate::limits::FILTER_VALUE_CHARS_MAX;

/// One condition on an event or its issue.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// How long ago the issue was first seen.
    IssueAge(Age),
    /// How long ago the event's release was first seen.
    ReleaseAge(Age),
    /// The issue has at least so many events.
    SeenAtLeast(u64),
    /// Who has it.
    Assigned(Assignee),
    /// The event is of the newest release.
    LatestRelease,
    /// The category of the issue, by Sentry's number: 1 is an error, 2 any finding in traces.
    Category(u64),
    /// How bad the event is.
    Level(LevelIs, Level),
    /// A tag or an attribute of the event.
    Value(Subject, Test),
}

/// Older or younger than so many minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Older; otherwise younger.
    pub is_older: bool,
    /// In minutes.
    pub minutes: u64,
}

/// Who has an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// A team, by its number.
    Team(String),
    /// A person, by their number.
    Member(String),
}

/// How bad an event is, with Sentry's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Level {
    Sample = 0,
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
    Fatal = 50,
}

/// How levels are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LevelIs {
    Equal,
    AtLeast,
    AtMost,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The tag with that key.
    Tag(String),
    /// An attribute with Sentry's name: `message`, `exception.type`, `http.url`, …
    Attribute(String),
}

/// What its value must be. Case does not matter, as in Sentry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// How it is compared.
    pub comparison: Comparison,
    /// The opposite. If there are several values, none may match.
    pub is_negated: bool,
    /// With what; of [`Comparison::OneOf`], parts between commas.
    pub value: String,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equals,
    StartsWith,
    EndsWith,
    Contains,
    /// There is one.
    IsSet,
    OneOf,
}

impl Level {
    /// All of them, mildest first.
    pub const ALL: [Self; 6] =
        [Self::Sample, Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Fatal];

    /// As events say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl LevelIs {
    pub(super) fn holds(self, level: Level, than: Level) -> bool {
        match self {
            Self::Equal => level == than,
            Self::AtLeast => level >= than,
            Self::AtMost => level <= than,
        }
    }
}

impl Subject {
    /// An attribute by Sentry's name, or by the one that searches use: `error.type` is `exception.type`.
    pub fn attribute(name: &str) -> Option<Self> {
        let name = match name {
            "error.type" => "exception.type",
            "error.value" => "exception.value",
            "stack.code" => "stacktrace.code",
            "stack.module" => "stacktrace.module",
            "stack.filename" => "stacktrace.filename",
            "stack.abs_path" => "stacktrace.abs_path",
            "stack.package" => "stacktrace.package",
            name => name,
        };
        ATTRIBUTES.contains(&name).then(|| Self::Attribute(name.to_owned()))
    }
}

/// Attributes of events by their names in rules.
///
/// Source: `EventAttributeFilter` of Sentry, `ATTR_CHOICES`.
pub const ATTRIBUTES: [&str; 32] = [
    "message",
    "platform",
    "environment",
    "type",
    "error.handled",
    "error.unhandled",
    "error.main_thread",
    "exception.type",
    "exception.value",
    "user.id",
    "user.email",
    "user.username",
    "user.ip_address",
    "http.method",
    "http.url",
    "http.status_code",
    "sdk.name",
    "stacktrace.code",
    "stacktrace.module",
    "stacktrace.filename",
    "stacktrace.abs_path",
    "stacktrace.package",
    "unreal.crash_type",
    "app.in_foreground",
    "os.distribution_name",
    "os.distribution_version",
    "symbolicated_in_app",
    "ota_updates.channel",
    "ota_updates.runtime_version",
    "ota_updates.update_id",
    "device.screen_density",
    "device.screen_dpi",
];

impl Test {
    /// Whether these values, of which there may be none, pass.
    pub(super) fn passes<'v>(&self, mut values: impl Iterator<Item = &'v str>) -> bool {
        let wanted = self.value.trim().to_lowercase();
        let matches = |value: &str| {
            let value = value.to_lowercase();
            match self.comparison {
                Comparison::Equals => value == wanted,
                Comparison::StartsWith => value.starts_with(&wanted),
                Comparison::EndsWith => value.ends_with(&wanted),
                Comparison::Contains => value.contains(&wanted),
                Comparison::IsSet => true,
                Comparison::OneOf => wanted.split(',').any(|one| one.trim() == value),
            }
        };
        values.any(matches) != self.is_negated
    }

    /// Whether a single value cannot pass both.
    fn excludes(&self, other: &Self) -> bool {
        let same = self.value.trim().to_lowercase() == other.value.trim().to_lowercase();
        let equals = |test: &Self| test.comparison == Comparison::Equals && !test.is_negated;
        let unset = |test: &Self| test.comparison == Comparison::IsSet && test.is_negated;
        let needs_one = |test: &Self| !test.is_negated;
        if self.comparison == other.comparison && self.is_negated != other.is_negated {
            return same || self.comparison == Comparison::IsSet;
        }
        (equals(self) && equals(other) && !same)
            || (unset(self) && needs_one(other))
            || (unset(other) && needs_one(self))
    }
}

impl Filter {
    pub(super) fn check(&self) -> Result<(), IssueRuleError> {
        match self {
            Self::Value(_, test) if test.comparison != Comparison::IsSet => {
                let chars = test.value.trim().chars().count();
                let fits = (1..=FILTER_VALUE_CHARS_MAX).contains(&chars);
                if fits { Ok(()) } else { Err(IssueRuleError::Value) }
            }
            _ => Ok(()),
        }
    }

    /// Whether it cannot be true of an issue with one event that was just seen.
    pub(super) fn excludes_new(&self) -> bool {
        match self {
            Self::SeenAtLeast(count) => *count > 1,
            Self::IssueAge(age) => age.is_older && age.minutes > 0,
            _ => false,
        }
    }

    /// Whether both cannot be true at once.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Level(one, level), Self::Level(two, than)) => {
                !Level::ALL.into_iter().any(|any| one.holds(any, *level) && two.holds(any, *than))
            }
            (Self::IssueAge(one), Self::IssueAge(two))
            | (Self::ReleaseAge(one), Self::ReleaseAge(two)) => one.excludes(*two),
            (Self::Assigned(one), Self::Assigned(two)) => one != two,
            (Self::Category(one), Self::Category(two)) => category::exclude(*one, *two),
            // Attributes may have several values; tags have one.
            (Self::Value(Subject::Tag(one), test), Self::Value(Subject::Tag(two), other)) => {
                one == two && test.excludes(other)
            }
            _ => false,
        }
    }
}

impl Age {
    pub(super) fn holds(self, age_minutes: u64) -> bool {
        if self.is_older { age_minutes > self.minutes } else { age_minutes < self.minutes }
    }

    fn excludes(self, other: Self) -> bool {
        match (self.is_older, other.is_older) {
            (true, false) => self.minutes.saturating_add(1) >= other.minutes,
            (false, true) => other.minutes.saturating_add(1) >= self.minutes,
            _ => false,
        }
    }
}
