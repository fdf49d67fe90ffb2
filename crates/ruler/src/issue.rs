//! Rules about issues: looks at what happened to issues, and at events that were stored, and reports.
//!
//! Changes of state come from `meta`, which keeps them until they were read; each is worked up exactly
//! once, because the last one is noted in the transaction that notes what fired. Other events come from
//! [`Arrivals`], at least once; how often a rule may fire for an issue is what keeps it from firing twice.

mod arrivals;
mod book;
mod counts;
mod events;
mod occasion;
mod rehearsal;
mod report;

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use alarm::{IssueStep, IssueTurn, RuleKind};
use alert::{Decision, EventView};
use meta::{Issue, MetaError, Transition, TransitionKind};
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use tokio::sync::Notify;

pub use arrivals::{Arrival, Arrivals};
use book::{Book, ProjectRules, Watched};
pub use rehearsal::{Rehearsed, rehearse};

use occasion::{Happened, Known, Occasion};

use crate::Worker;
use crate::error::RulerError;
use crate::parts::Parts;

/// As what `meta` knows us.
const READER: &str = "alerts";
/// Transitions that are worked up in one go.
const TRANSITIONS_MAX: usize = 200;
/// Pieces of them in one turn, so that events have theirs.
const PIECES_MAX: usize = 10;
/// Between two looks at transitions, so that a flood of them is written to disk in pieces.
const TRANSITIONS_EVERY: u64 = 50_000;
/// Between two looks at events.
const ARRIVALS_EVERY: u64 = 1_000_000;
/// Between two times that a rule counts the events of one issue.
const COUNTS_EVERY: u64 = 10_000_000;
/// Between two times that it is noted up to where events were looked at, if nothing fires.
const NOTED_EVERY: u64 = 10_000_000;
/// A transition is known a moment before its event can be asked for. After that long it never will be.
const EVENT_COMES_WITHIN: u64 = 10_000_000;
/// For that long a question that fails is asked again.
const ANSWER_COMES_WITHIN: u64 = 10_000_000;
/// Events that are read in one look, and those that are caught up with after a start.
const EVENTS_MAX: usize = 2_000;
const CAUGHT_UP_MAX: usize = 10_000;
/// How long to rest while nothing rings.
const RESTS: u64 = 1_000_000;
/// How long to rest while an event is missed.
const WAITS: u64 = 20_000;
/// Pairs that are remembered of each kind, which is all forgotten then.
const REMEMBERED_MAX: usize = 100_000;
/// Between two times that old things are forgotten, and how old they are.
const TENDED_EVERY: u64 = 3_600_000_000;
const FORGOTTEN_AFTER: u64 = 31 * 86_400_000_000;

/// The worker.
#[derive(Debug)]
pub struct IssueRules {
    parts: Parts,
    book: Book,
    is_begun: bool,
    /// When a rule last fired for issues that are stored under that one.
    fired: HashMap<(u64, IssueId), Option<Micros>>,
    /// When a rule last counted an issue.
    counted: HashMap<(u64, IssueId), Micros>,
    /// Issues that were seen in an environment.
    seen_in: HashSet<(IssueId, String)>,
    /// Since when events are missed that are not there yet.
    missed: Option<Micros>,
    /// Since when a question that decides whether a rule fires has had no answer.
    unanswered: Option<Micros>,
    /// Whether what is remembered is what is written: not after a turn that failed on its way.
    is_sure: bool,
    /// When the newest event arrived that was looked at.
    looked_to: Micros,
    /// What that was when this process began: what arrived before was looked at by another.
    began_at: Micros,
    noted_to: Option<Micros>,
    transitions_due: Micros,
    arrivals_due: Micros,
    noted_due: Micros,
    tended_due: Micros,
}

/// How far a look came.
enum Looked {
    All,
    /// It goes on as soon as something is there that is not yet.
    Waits,
}

impl IssueRules {
    /// Begins where the last one ended.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            book: Book::default(),
            is_begun: false,
            fired: HashMap::new(),
            counted: HashMap::new(),
            seen_in: HashSet::new(),
            missed: None,
            unanswered: None,
            is_sure: false,
            looked_to: Micros(0),
            began_at: Micros(0),
            noted_to: None,
            transitions_due: Micros(0),
            arrivals_due: Micros(0),
            noted_due: Micros(0),
            tended_due: Micros(0),
        }
    }

    async fn begin(&mut self) -> Result<(), RulerError> {
        if self.is_begun {
            return Ok(());
        }
        let now = self.parts.clock.now();
        self.parts.meta.begin_reading_transitions(READER)?;
        let place = self.parts.alarms.arrivals_place()?;
        self.began_at = place.unwrap_or(now);
        self.looked_to = self.began_at;
        if place.is_some() {
            match self.catch_up(now).await {
                Err(RulerError::Ask(problem)) if self.is_given_up(now) => {
                    let problem = &problem as &dyn std::error::Error;
                    tracing::warn!(problem, "rules have not seen events of before the start");
                }
                caught_up => caught_up?,
            }
            self.unanswered = None;
        } else {
            let turn = IssueTurn { arrivals: Some(now), ..IssueTurn::default() };
            self.note(&turn)?;
        }
        self.is_begun = true;
        Ok(())
    }

    /// What arrived since the last look and was stored before this process began.
    async fn catch_up(&mut self, now: Micros) -> Result<(), RulerError> {
        let mut projects = Vec::new();
        for (_, project) in self.parts.alarms.projects_with_rules(RuleKind::Issue)? {
            if self.rules(project, now)?.on_events(now).next().is_some() {
                projects.push(project);
            }
        }
        if projects.is_empty() {
            return Ok(());
        }
        let limit = (now, CAUGHT_UP_MAX);
        let ask = &*self.parts.ask;
        for (project, issue, event) in
            counts::arrived_since(ask, projects, self.looked_to, limit).await?
        {
            let arrival = Arrival { project, issue, is_new: false, events: vec![event] };
            self.parts.arrivals.note(arrival);
        }
        Ok(())
    }

    fn rules(&mut self, project: ProjectId, now: Micros) -> Result<Arc<ProjectRules>, RulerError> {
        self.book.of((&self.parts.alarms, &self.parts.meta), project, now)
    }

    /// Works up what is unread of how issues changed their state.
    async fn look_at_transitions(&mut self, now: Micros) -> Result<Looked, RulerError> {
        for _ in 0..PIECES_MAX {
            let unread = self.parts.meta.unread_transitions(READER, TRANSITIONS_MAX)?;
            let Some(last) = unread.transitions.last().map(|transition| transition.id) else {
                return Ok(Looked::All);
            };
            self.book.renew(&self.parts.alarms)?;
            if unread.missed > 0 {
                let missed = unread.missed;
                tracing::warn!(missed, "changes of issues were forgotten before rules saw them");
            }
            let place = self.parts.alarms.transitions_place()?.unwrap_or(0);
            let mut turn = IssueTurn::default();
            let mut failed = None;
            for transition in unread.transitions.iter().filter(|unread| unread.id > place) {
                match self.look_at(transition, now).await {
                    Ok(Some(steps)) => turn.steps.extend(steps),
                    Ok(None) => break,
                    Err(problem) => {
                        failed = Some(problem);
                        break;
                    }
                }
                turn.transitions = Some(transition.id);
            }
            self.note(&turn)?;
            if let Some(problem) = failed {
                return Err(problem);
            }
            if turn.transitions.unwrap_or(place) < last {
                return Ok(Looked::Waits);
            }
            match self.parts.meta.read_transitions(READER, &unread) {
                Ok(()) => {}
                // What was read twice was worked up once.
                Err(MetaError::Refused(_)) => return Ok(Looked::Waits),
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(Looked::Waits)
    }

    /// `None` when its event cannot be asked for yet.
    async fn look_at(
        &mut self,
        transition: &Transition,
        now: Micros,
    ) -> Result<Option<Vec<IssueStep>>, RulerError> {
        let happened = match transition.kind {
            TransitionKind::New => Happened::New,
            TransitionKind::Regressed => Happened::Regressed,
            TransitionKind::Escalating => Happened::Escalating,
            TransitionKind::Returned => Happened::Returned,
            TransitionKind::Resolved | TransitionKind::Archived => {
                return Ok(Some(self.over(transition)?));
            }
            TransitionKind::Reopened | TransitionKind::Ongoing => return Ok(Some(Vec::new())),
        };
        let rules = self.rules(transition.project, now)?;
        if rules.on_changes(now).next().is_none() {
            return Ok(Some(Vec::new()));
        }
        let Some(issue) = self.parts.meta.issue(transition.issue)? else {
            return Ok(Some(Vec::new()));
        };
        let mut occasion = self.occasion(happened, issue)?;
        let event = if transition.event.is_some() {
            transition.event
        } else {
            let (ask, issue) = (&*self.parts.ask, &occasion.issue);
            counts::newest_event(ask, issue, &occasion.stored_under).await?
        };
        if let Some(event) = event {
            self.read_event(&mut occasion, event).await?;
            if occasion.event.is_some() {
                self.missed = None;
            } else if self.is_coming(now) {
                return Ok(None);
            }
        }
        let mut steps = Vec::new();
        if rules.asks_for_releases {
            occasion.look_at_release(&self.parts.meta)?;
        }
        for watched in rules.on_changes(now) {
            let fires = match self.fires(&occasion, watched, now).await {
                Err(RulerError::Ask(problem)) if self.is_given_up(now) => {
                    let (rule, problem) = (watched.id, &problem as &dyn std::error::Error);
                    tracing::warn!(rule, problem, "a rule could not be evaluated");
                    false
                }
                fires => fires?,
            };
            if fires {
                steps.extend(self.fired(&occasion, watched, now)?);
            }
        }
        self.unanswered = None;
        Ok(Some(steps))
    }

    /// What fires for an issue, or for those merged into it, is over.
    fn over(&self, transition: &Transition) -> Result<Vec<IssueStep>, RulerError> {
        let issues = self.parts.meta.merged(&[transition.issue])?;
        let issues = issues.into_values().flatten();
        Ok(issues.map(|issue| IssueStep::Over { issue, at: transition.at }).collect())
    }

    /// Whether an event that is not there may still come. Several that never do are waited for together.
    fn is_coming(&mut self, now: Micros) -> bool {
        let since = *self.missed.get_or_insert(now);
        now.0.saturating_sub(since.0) < EVENT_COMES_WITHIN
    }

    /// Whether a question has failed for so long that others shall not wait any more.
    fn is_given_up(&mut self, now: Micros) -> bool {
        let since = *self.unanswered.get_or_insert(now);
        now.0.saturating_sub(since.0) >= ANSWER_COMES_WITHIN
    }

    fn occasion(&self, happened: Happened, issue: Issue) -> Result<Occasion, RulerError> {
        let stored_under = self.parts.meta.merged(&[issue.id])?.remove(&issue.id);
        Ok(Occasion {
            happened,
            stored_under: stored_under.unwrap_or_else(|| vec![issue.id]),
            issue,
            event: None,
            received: None,
            is_latest_release: false,
            release_seen: None,
        })
    }

    async fn read_event(&self, occasion: &mut Occasion, event: EventId) -> Result<(), RulerError> {
        let stored = self.parts.ask.event(occasion.issue.project, event).await?;
        let Some(stored) = stored else { return Ok(()) };
        // What the store holds was JSON when it was written; damage is told by the store.
        let payload = serde_json::from_slice(&stored.payload).unwrap_or_default();
        occasion.event = Some((event, payload));
        occasion.received = Some(stored.received);
        Ok(())
    }

    async fn fires(
        &mut self,
        occasion: &Occasion,
        watched: &Watched,
        now: Micros,
    ) -> Result<bool, RulerError> {
        let fired = self.last_fired(occasion, watched)?;
        let decide = |counts: &[_]| {
            let event: EventView<'_> = occasion.view();
            let facts = Known { event, counts, lacked: Cell::new(false) };
            let decision = watched.rule.decide(&occasion.seen(), &facts, fired, now);
            (decision == Decision::Fire, facts.lacked.get())
        };
        let (fires, lacks) = decide(&[]);
        if !lacks {
            return Ok(fires);
        }
        let environment = watched.rule.environment.as_deref();
        // Before it is known how that ends: a question that fails shall not be asked all the time.
        make_room(&mut self.counted);
        self.counted.insert((watched.id, occasion.issue.id), now);
        let counting = self.counting(now);
        let counts = counting.of_rule(occasion, watched.rule.counts(), environment).await?;
        Ok(decide(&counts).0)
    }

    fn last_fired(
        &mut self,
        occasion: &Occasion,
        watched: &Watched,
    ) -> Result<Option<Micros>, RulerError> {
        let key = (watched.id, occasion.issue.id);
        // One that was merged may have fired before.
        let is_alone = occasion.stored_under.len() == 1;
        if is_alone && let Some(known) = self.fired.get(&key) {
            return Ok(*known);
        }
        let last = self.parts.alarms.fired(watched.id, &occasion.stored_under)?;
        make_room(&mut self.fired);
        self.fired.insert(key, last);
        Ok(last)
    }

    fn fired(
        &mut self,
        occasion: &Occasion,
        watched: &Watched,
        now: Micros,
    ) -> Result<Option<IssueStep>, RulerError> {
        let of = (&self.parts.meta, &*self.parts.public_url);
        let Some(report) = report::report(of, watched, occasion, now)? else { return Ok(None) };
        let (rule, issue) = (watched.id, occasion.issue.id);
        // Also for what follows in the same piece.
        self.fired.insert((rule, issue), Some(now));
        Ok(Some(IssueStep::Fired { rule, issue, report: Box::new(report) }))
    }

    /// Makes what was decided durable, and wakes whoever decides who is told.
    fn note(&mut self, turn: &IssueTurn) -> Result<(), RulerError> {
        if turn.is_empty() {
            return Ok(());
        }
        self.parts.alarms.fire(turn)?;
        if !turn.steps.is_empty() {
            self.parts.bells.reports.notify_one();
        }
        Ok(())
    }
}

impl Worker for IssueRules {
    fn name(&self) -> &'static str {
        "issue alerts"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        if !std::mem::replace(&mut self.is_sure, false) {
            self.fired.clear();
            self.seen_in.clear();
        }
        self.begin().await?;
        let now = self.parts.clock.now();
        let mut next = Micros(now.0 + RESTS);
        if now < self.transitions_due {
            next = self.transitions_due;
        } else {
            self.transitions_due = Micros(now.0 + TRANSITIONS_EVERY);
            if let Looked::Waits = self.look_at_transitions(now).await? {
                self.transitions_due = Micros(now.0 + WAITS);
                next = self.transitions_due;
            }
        }
        if now >= self.arrivals_due {
            self.arrivals_due = Micros(now.0 + ARRIVALS_EVERY);
            self.look_at_arrivals(now).await?;
        }
        if now >= self.tended_due {
            self.tended_due = Micros(now.0 + TENDED_EVERY);
            self.tend(now)?;
        }
        self.is_sure = true;
        let next = next.min(self.arrivals_due);
        Ok(Duration::from_micros(next.0.saturating_sub(now.0)))
    }

    fn bell(&self) -> &Notify {
        &self.parts.bells.events
    }
}

/// Forgets all when it would become too many.
fn make_room<K, V>(map: &mut HashMap<K, V>) {
    if map.len() >= REMEMBERED_MAX {
        map.clear();
    }
}
