//! Something that happened to an issue, with all that rules look at.

use std::borrow::Cow;
use std::cell::Cell;

use alert::{Assignee, Category, Counted, EventView, Facts, IssueChange, Level, Seen};
use meta::{Issue, IssueOwner, Meta, Priority};
use model::clock::Micros;
use model::id::{EventId, IssueId};
use serde_json::Value;

use crate::error::RulerError;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// One more event.
    Again,
    New,
    Regressed,
    Escalating,
    /// It was archived until something was so, and that is so.
    Returned,
}

impl Happened {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Again => "seen",
            Self::New => "new",
            Self::Regressed => "regressed",
            Self::Escalating => "escalating",
            Self::Returned => "returned",
        }
    }
}

/// Something that happened to an issue.
#[derive(Debug)]
pub(super) struct Occasion {
    pub(super) happened: Happened,
    pub(super) issue: Issue,
    /// Issues under which its events are stored: itself, and those merged into it.
    pub(super) stored_under: Vec<IssueId>,
    /// The event that did it, if it is known.
    pub(super) event: Option<(EventId, Value)>,
    /// When that arrived.
    pub(super) received: Option<Micros>,
    pub(super) is_latest_release: bool,
    pub(super) release_seen: Option<Micros>,
}

impl Occasion {
    pub(super) fn view(&self) -> EventView<'_> {
        EventView::new(self.event.as_ref().map_or(&Value::Null, |(_, event)| event))
    }

    /// Looks up what is known of the event's release.
    pub(super) fn look_at_release(&mut self, meta: &Meta) -> Result<(), RulerError> {
        let release = self.view().release().to_owned();
        if release.is_empty() {
            return Ok(());
        }
        let project = self.issue.project;
        self.is_latest_release = meta.newest_release(project)?.as_deref() == Some(&*release);
        self.release_seen = meta.release_first_seen(project, &release)?;
        Ok(())
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        let is_high = self.issue.state.priority == Priority::High;
        let level = match &self.event {
            Some(_) => self.view().level(),
            None => Level::named(self.issue.level.name()).unwrap_or(Level::Error),
        };
        Seen {
            change: match self.happened {
                Happened::Again | Happened::Returned => IssueChange::None,
                Happened::New => IssueChange::New,
                Happened::Regressed => IssueChange::Regressed,
                Happened::Escalating => IssueChange::Escalating,
            },
            // Source: Sentry's `ExistingHighPriorityIssueCondition`: it got worse, or came back.
            became_high_priority: is_high
                && matches!(
                    self.happened,
                    Happened::New | Happened::Escalating | Happened::Returned
                ),
            environment: self.view().environment(),
            level,
            events: self.issue.times_seen,
            first_seen: self.issue.first_seen,
            assignee: match self.issue.state.owner {
                None => Assignee::Nobody,
                Some(IssueOwner::Team(team)) => Assignee::Team(team.to_string()),
                Some(IssueOwner::User(user)) => Assignee::Member(user.to_string()),
            },
            category: match self.issue.event_type.as_str() {
                "feedback" => Category::Feedback,
                "outage" => Category::Outage,
                "generic" => Category::of_finding(&finding_type(&self.issue.metadata)),
                _ => Category::Error,
            },
            is_latest_release: self.is_latest_release,
            release_seen: self.release_seen,
        }
    }
}

/// What kind of finding an issue is about; empty if it does not say.
fn finding_type(metadata: &str) -> String {
    let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
    metadata.get("issueType").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a rule may ask, with counts if they are known already.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) event: EventView<'a>,
    /// By what is counted, in how many minutes, that ended how many minutes ago.
    pub(super) counts: &'a [(Counted, u32, u32, Option<f64>)],
    /// Whether a count was asked for that is not there.
    pub(super) lacked: Cell<bool>,
}

impl Facts for Known<'_> {
    fn tag(&self, key: &str) -> Option<Cow<'_, str>> {
        self.event.tag(key).map(Cow::Borrowed)
    }

    fn attribute(&self, name: &str) -> Vec<Cow<'_, str>> {
        self.event.attribute(name)
    }

    fn count(&self, counted: Counted, minutes: u32, ago: u32) -> Option<f64> {
        let asked = (counted, minutes, ago);
        let known = self.counts.iter().find(|(one, two, three, _)| (*one, *two, *three) == asked);
        if known.is_none() {
            self.lacked.set(true);
        }
        known.and_then(|(.., count)| *count)
    }
}
