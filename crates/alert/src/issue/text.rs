//! Conditions as people write and read them; `phrase` reads them back.

use std::fmt;

use super::filter::{Age, Assignee, Comparison, Filter, LevelIs, Subject, Test};
use super::{Counted, Often, WINDOWS, When};

impl fmt::Display for When {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => out.write_str("new issue"),
            Self::Regressed => out.write_str("regression"),
            Self::Escalating => out.write_str("escalating"),
            Self::NewHighPriority => out.write_str("new high priority issue"),
            Self::BecameHighPriority => out.write_str("existing high priority issue"),
            Self::EveryEvent => out.write_str("every event"),
            Self::Often(often) => often.fmt(out),
        }
    }
}

impl fmt::Display for Often {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, within) = (self.counted.name(), window(self.minutes));
        match self.compared_minutes {
            None => write!(out, "more than {} {what} in {within}", self.more_than),
            Some(ago) => {
                write!(out, "{}% more {what} in {within} than {} ago", self.more_than, window(ago))
            }
        }
    }
}

impl Counted {
    pub(super) const ALL: [Self; 3] = [Self::Events, Self::Users, Self::SessionPercent];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Users => "users",
            Self::SessionPercent => "percent of sessions",
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssueAge(age) => write!(out, "issue {age}"),
            Self::ReleaseAge(age) => write!(out, "release {age}"),
            Self::SeenAtLeast(count) => write!(out, "seen at least {count} times"),
            Self::Assigned(Assignee::Nobody) => out.write_str("assigned to nobody"),
            Self::Assigned(Assignee::Team(id)) => write!(out, "assigned to team {id}"),
            Self::Assigned(Assignee::Member(id)) => write!(out, "assigned to member {id}"),
            Self::LatestRelease => out.write_str("latest release"),
            Self::Category(category) => write!(out, "category {category}"),
            Self::Level(is, level) => write!(out, "level {} {}", is.words(), level.name()),
            Self::Value(Subject::Tag(key), test) => write!(out, "tag {key} {test}"),
            Self::Value(Subject::Attribute(name), test) => write!(out, "{name} {test}"),
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let than = if self.is_older { "older" } else { "newer" };
        write!(out, "{than} than {}m", self.minutes)
    }
}

impl LevelIs {
    pub(super) const ALL: [Self; 3] = [Self::Equal, Self::AtLeast, Self::AtMost];

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Equal => "equals",
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
        }
    }
}

impl Comparison {
    /// Said of a value, and denied.
    pub(super) const WORDS: [(Self, &'static str, &'static str); 6] = [
        (Self::Equals, "equals", "does not equal"),
        (Self::StartsWith, "starts with", "does not start with"),
        (Self::EndsWith, "ends with", "does not end with"),
        (Self::Contains, "contains", "does not contain"),
        (Self::IsSet, "is set", "is not set"),
        (Self::OneOf, "is one of", "is not one of"),
    ];
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Comparison::WORDS.into_iter().find(|(known, ..)| *known == self.comparison);
        let (_, said, denied) = words.unwrap_or((self.comparison, "equals", "does not equal"));
        out.write_str(if self.is_negated { denied } else { said })?;
        if self.comparison == Comparison::IsSet { Ok(()) } else { write!(out, " {}", self.value) }
    }
}

fn window(minutes: u32) -> &'static str {
    WINDOWS.iter().find(|(known, _)| *known == minutes).map_or("?", |(_, name)| name)
}
