//! What state an issue is in, and the words for it.

use model::clock::Micros;
use model::id::{IssueId, UserId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::issue::IssueOwner;

macro_rules! numbered {
    ($(#[$doc:meta])* $kind:ident { $($(#[$variant_doc:meta])* $name:ident = $number:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind { $($(#[$variant_doc])* $name = $number,)+ }

        impl $kind {
            /// All of them with their names in the API.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)+];

            /// The name in the API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
            }

            /// The number in the database.
            pub fn number(self) -> u8 {
                self as u8
            }
        }

        impl ToSql for $kind {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
                Ok(self.number().into())
            }
        }

        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = value.as_i64()?;
                let found = Self::ALL.iter().find(|(kind, _)| i64::from(kind.number()) == number);
                found.map(|(kind, _)| *kind).ok_or(FromSqlError::OutOfRange(number))
            }
        }
    };
}

numbered! {
    /// Status of an issue. Source: `reference/grouping.md`, section 10.
    IssueStatus {
        /// Somebody should look at it.
        Unresolved = 0 "unresolved",
        /// It is done with.
        Resolved = 1 "resolved",
        /// Archived: it is known and left alone.
        Ignored = 2 "ignored",
    }
}

numbered! {
    /// Why an issue is unresolved or archived.
    Substatus {
        /// Archived until it happens more often than forecast.
        UntilEscalating = 1 "archived_until_escalating",
        /// Was archived and happens more often than forecast.
        Escalating = 2 "escalating",
        /// Known and open.
        Ongoing = 3 "ongoing",
        /// Archived until a time, a count of events or of users.
        UntilConditionMet = 4 "archived_until_condition_met",
        /// Archived for good.
        Forever = 5 "archived_forever",
        /// Was resolved and happened again.
        Regressed = 6 "regressed",
        /// Younger than a week.
        New = 7 "new",
    }
}

numbered! {
    /// How urgent an issue is.
    Priority {
        /// Debug and info.
        Low = 25 "low",
        /// Warnings.
        Medium = 50 "medium",
        /// Errors and worse.
        High = 75 "high",
    }
}

numbered! {
    /// Level of an event; an issue has that of its newest.
    #[expect(missing_docs, reason = "the names say it")]
    Level {
        Sample = 0 "sample",
        Debug = 10 "debug",
        Info = 20 "info",
        Warning = 30 "warning",
        Error = 40 "error",
        Fatal = 50 "fatal",
    }
}

impl Level {
    /// How urgent a new issue of that level is.
    pub fn priority(self) -> Priority {
        match self {
            Self::Error | Self::Fatal => Priority::High,
            Self::Warning => Priority::Medium,
            Self::Sample | Self::Debug | Self::Info => Priority::Low,
        }
    }
}

/// How an issue was resolved, which decides what re-opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Resolution {
    /// At once: any later event re-opens it.
    Now,
    /// In a release: only events of newer releases re-open it.
    InRelease {
        /// Which.
        version: String,
    },
    /// In the release after the newest one of that time.
    InNextRelease {
        /// The newest release of that time; `None` when there was none.
        newest: Option<String>,
    },
    /// In a commit.
    InCommit {
        /// Its hash.
        commit: String,
        /// Where.
        repository: String,
    },
    /// By itself, after hours without events.
    ByAge,
}

/// Until when an issue is archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "until", rename_all = "snake_case")]
pub enum Archive {
    /// For good.
    Forever,
    /// Until an hour has more events than forecast.
    Escalating {
        /// Day of the forecast's first limit, in whole days since 1970.
        first_day: u64,
        /// Events an hour of that day and the following ones may have.
        limits: Vec<u64>,
    },
    /// Until one of these is met.
    Condition {
        /// A moment, in microseconds since 1970.
        time: Option<u64>,
        /// So many more events, and in how many minutes; `None` is any time.
        events: Option<(u64, Option<u64>)>,
        /// So many more users, and in how many minutes; `None` is any time.
        users: Option<(u64, Option<u64>)>,
        /// Events before it was archived.
        events_before: u64,
        /// Users before it was archived.
        users_before: u64,
        /// Users of the hour in which it was archived, before that.
        #[serde(default)]
        users_that_hour: u64,
    },
}

/// What was decided with the status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetails {
    /// Who decided; `None` when nobody did.
    pub actor: Option<u64>,
    /// Of resolved issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Of archived issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
}

impl StatusDetails {
    /// Who decided.
    pub fn actor(&self) -> Option<UserId> {
        self.actor.map(UserId)
    }
}

/// Status and substatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The status.
    pub status: IssueStatus,
    /// Why it is unresolved or archived; `None` when resolved.
    pub substatus: Option<Substatus>,
}

impl Standing {
    /// Open, for that reason.
    pub(crate) fn open(substatus: Substatus) -> Self {
        Self { status: IssueStatus::Unresolved, substatus: Some(substatus) }
    }

    /// Whether the substatus is one of the status.
    pub fn is_possible(self) -> bool {
        use Substatus::{
            Escalating, Forever, New, Ongoing, Regressed, UntilConditionMet, UntilEscalating,
        };
        match (self.status, self.substatus) {
            (IssueStatus::Unresolved, Some(New | Ongoing | Regressed | Escalating))
            | (IssueStatus::Ignored, Some(UntilEscalating | UntilConditionMet | Forever))
            | (IssueStatus::Resolved, None) => true,
            (IssueStatus::Unresolved | IssueStatus::Ignored | IssueStatus::Resolved, _) => false,
        }
    }
}

/// What people decide about an issue: what an update changes and undo brings back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueState {
    /// Which issue.
    pub issue: IssueId,
    /// Its status.
    pub status: IssueStatus,
    /// Why it is unresolved or archived; `None` when resolved.
    pub substatus: Option<Substatus>,
    /// When status or substatus changed.
    pub status_changed: Micros,
    /// What was decided with the status.
    pub details: Option<StatusDetails>,
    /// How urgent it is.
    pub priority: Priority,
    /// When a person set the priority, after which it does not change by itself.
    pub priority_locked: Option<Micros>,
    /// Who is to look after it.
    pub owner: Option<IssueOwner>,
}

impl IssueState {
    /// Status and substatus.
    pub fn standing(&self) -> Standing {
        Standing { status: self.status, substatus: self.substatus }
    }

    /// Whether it is a state that an issue can be in: what was decided fits the status.
    pub fn is_possible(&self) -> bool {
        let details = self.details.as_ref();
        let resolution = details.and_then(|details| details.resolution.as_ref());
        let archive = details.and_then(|details| details.archive.as_ref());
        let fits = match (self.status, self.substatus) {
            (IssueStatus::Unresolved, _) => details.is_none(),
            (IssueStatus::Resolved, _) => resolution.is_some() && archive.is_none(),
            (IssueStatus::Ignored, substatus) => {
                let expected = match archive {
                    Some(Archive::Forever) => Some(Substatus::Forever),
                    Some(Archive::Escalating { .. }) => Some(Substatus::UntilEscalating),
                    Some(Archive::Condition { .. }) => Some(Substatus::UntilConditionMet),
                    None => None,
                };
                resolution.is_none() && expected == substatus
            }
        };
        fits && self.standing().is_possible()
    }
}
