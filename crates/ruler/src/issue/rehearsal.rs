//! What a rule about issues would have done: evaluated on changes of state that are still known, and on
//! stored events in steps of some minutes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alert::{Counted, Decision, IssueRule, Often};
use lang::ask::{Aggregate, Cell, Column, Direction, Field, Filter, Scope, TableQuestion, Window};
use meta::TransitionKind;
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};

use super::counts::{event_id, float, number};
use super::occasion::{Happened, Known, Occasion};
use crate::error::RulerError;
use crate::parts::Parts;

const MINUTE: u64 = 60_000_000;
/// Changes of state that are looked at.
const CHANGES_MAX: usize = 1_000;
/// Steps that the time is cut into at most, of all issues together.
const STEPS_MAX: usize = 5_000;
/// Steps of one issue at most.
const STEPS_OF_ISSUE_MAX: u64 = 1_000;
/// Events that are read.
const EVENTS_MAX: usize = 500;

const ROUGH_STEPS: &str = "events were looked at in steps of some minutes, the newest of each step";
const CUT: &str = "there was too much to look at all of it";
const AS_NOW: &str = "assignees, releases and priorities are taken as they are now";
const NOT_COUNTED: &str = "changes in percent and shares of sessions are left out";

/// When a rule would have fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rehearsed {
    /// When.
    pub at: Micros,
    /// What happened: new, regressed, escalating, returned or seen.
    pub reason: &'static str,
    /// For which issue.
    pub issue: IssueId,
    /// Because of which event, as far as it is known.
    pub event: Option<EventId>,
}

/// A moment that a rule is asked at.
#[derive(Debug, Clone)]
struct Moment {
    at: Micros,
    issue: IssueId,
    happened: Happened,
    event: Option<EventId>,
}

/// Counts of the events of an issue in each step, by its number, with the newest event.
type Steps = BTreeMap<(IssueId, u64), (f64, Option<EventId>)>;

/// When a rule would have fired since then, oldest first, and why it is not exactly so.
///
/// # Errors
/// When a database or the store cannot be asked.
pub async fn rehearse(
    parts: &Parts,
    project: ProjectId,
    rule: &IssueRule,
    since: Micros,
) -> Result<(Vec<Rehearsed>, Vec<&'static str>), RulerError> {
    let past = Past { parts, project, rule, since, now: parts.clock.now() };
    let mut notes = BTreeSet::new();
    let mut moments = past.changes(&mut notes)?;
    let mut counts = HashMap::new();
    if rule.waits_for_events() {
        let minutes = past.step_minutes();
        let steps = past.steps(Aggregate::Count, minutes, &mut notes).await?;
        notes.insert(ROUGH_STEPS);
        moments.extend(steps.iter().map(|((issue, step), (_, event))| Moment {
            at: past.end_of(*step, minutes),
            issue: *issue,
            happened: Happened::Again,
            event: *event,
        }));
        for often in rule.counts() {
            if often.compared_minutes.is_some() || often.counted == Counted::SessionPercent {
                notes.insert(NOT_COUNTED);
                continue;
            }
            let of_users = often.counted == Counted::Users;
            let known = if of_users {
                let users = Aggregate::CountUnique(Field::User);
                (past.steps(users, often.minutes, &mut notes).await?, often.minutes)
            } else {
                (steps.clone(), minutes)
            };
            counts.insert((of_users, often.minutes), known);
        }
    }
    moments.sort_by_key(|moment| (moment.at, moment.issue));
    past.judge(moments, &counts, notes).await
}

#[derive(Debug, Clone, Copy)]
struct Past<'a> {
    parts: &'a Parts,
    project: ProjectId,
    rule: &'a IssueRule,
    since: Micros,
    now: Micros,
}

impl Past<'_> {
    fn changes(self, notes: &mut BTreeSet<&'static str>) -> Result<Vec<Moment>, RulerError> {
        if !self.rule.waits_for_changes() {
            return Ok(Vec::new());
        }
        let found = self.parts.meta.transitions_since(self.project, self.since, CHANGES_MAX)?;
        if found.len() == CHANGES_MAX {
            notes.insert(CUT);
        }
        let moments = found.into_iter().filter_map(|transition| {
            let happened = match transition.kind {
                TransitionKind::New => Happened::New,
                TransitionKind::Regressed => Happened::Regressed,
                TransitionKind::Escalating => Happened::Escalating,
                TransitionKind::Returned => Happened::Returned,
                TransitionKind::Resolved
                | TransitionKind::Archived
                | TransitionKind::Reopened
                | TransitionKind::Ongoing => return None,
            };
            let (at, issue, event) = (transition.at, transition.issue, transition.event);
            Some(Moment { at, issue, happened, event })
        });
        Ok(moments.collect())
    }

    /// A fifth of the shortest window, but not so short that there are too many.
    fn step_minutes(self) -> u32 {
        let shortest = self.rule.counts().map(|often| often.minutes).min();
        let shortest = shortest.unwrap_or(self.rule.every_minutes);
        let range = (self.now.0.saturating_sub(self.since.0)) / MINUTE;
        let least = u32::try_from(range / STEPS_OF_ISSUE_MAX).unwrap_or(u32::MAX);
        (shortest / 5).max(least).max(1)
    }

    fn end_of(self, step: u64, minutes: u32) -> Micros {
        Micros(((step + 1) * u64::from(minutes) * MINUTE).min(self.now.0))
    }

    async fn steps(
        self,
        aggregate: Aggregate,
        minutes: u32,
        notes: &mut BTreeSet<&'static str>,
    ) -> Result<Steps, RulerError> {
        let width = u64::from(minutes) * MINUTE;
        let table = self.parts.ask.table(TableQuestion {
            scope: Scope {
                projects: vec![self.project],
                issues: None,
                environments: self.rule.environment.clone().into_iter().collect(),
                window: Window { start: self.since, end: Micros(self.now.0 + 1) },
            },
            filter: Filter::All,
            columns: vec![
                Column::Field(Field::Issue),
                Column::Bucket(width),
                Column::Aggregate(aggregate),
                Column::Aggregate(Aggregate::Latest(Field::EventId)),
            ],
            having: Vec::new(),
            order: vec![(1, Direction::Descending)],
            offset: 0,
            limit: STEPS_MAX,
        });
        let table = table.await?;
        if table.rows.len() == STEPS_MAX {
            notes.insert(CUT);
        }
        let read = |row: &Vec<Cell>| {
            let Cell::Time(start) = row.get(1)? else { return None };
            let count = match row.get(2)? {
                Cell::F64(count) => *count,
                other => float(number(other)?),
            };
            let issue = IssueId(number(row.first()?)?);
            Some(((issue, start.0 / width), (count, row.get(3).and_then(event_id))))
        };
        Ok(table.rows.iter().filter_map(read).collect())
    }

    async fn judge(
        self,
        moments: Vec<Moment>,
        counts: &HashMap<(bool, u32), (Steps, u32)>,
        mut notes: BTreeSet<&'static str>,
    ) -> Result<(Vec<Rehearsed>, Vec<&'static str>), RulerError> {
        let mut fired: HashMap<IssueId, Micros> = HashMap::new();
        let mut firings = Vec::new();
        let mut events_left = EVENTS_MAX;
        for moment in moments {
            let every = u64::from(self.rule.every_minutes) * MINUTE;
            let last = fired.get(&moment.issue).copied();
            if last.is_some_and(|last| moment.at.0.saturating_sub(last.0) < every) {
                continue;
            }
            if events_left == 0 {
                notes.insert(CUT);
                break;
            }
            let counts: Vec<_> =
                self.rule.counts().map(|often| known(often, &moment, counts)).collect();
            events_left -= 1;
            let Some(occasion) = self.occasion(&moment).await? else { continue };
            let facts = Known {
                event: occasion.view(),
                counts: &counts,
                lacked: std::cell::Cell::default(),
            };
            if self.rule.decide(&occasion.seen(), &facts, last, moment.at) == Decision::Fire {
                fired.insert(moment.issue, moment.at);
                firings.push(Rehearsed {
                    at: moment.at,
                    reason: moment.happened.name(),
                    issue: moment.issue,
                    event: moment.event,
                });
            }
        }
        if !self.rule.filters.is_empty() && !firings.is_empty() {
            notes.insert(AS_NOW);
        }
        Ok((firings, notes.into_iter().collect()))
    }

    /// `None` when the issue is gone.
    async fn occasion(self, moment: &Moment) -> Result<Option<Occasion>, RulerError> {
        let Some(issue) = self.parts.meta.issue(moment.issue)? else { return Ok(None) };
        let mut occasion = Occasion {
            happened: moment.happened,
            stored_under: vec![issue.id],
            issue,
            event: None,
            received: None,
            is_latest_release: false,
            release_seen: None,
        };
        if let Some(event) = moment.event {
            let stored = self.parts.ask.event(self.project, event).await?;
            occasion.event = stored
                .map(|stored| (event, serde_json::from_slice(&stored.payload).unwrap_or_default()));
        }
        occasion.look_at_release(&self.parts.meta)?;
        Ok(Some(occasion))
    }
}

fn known(
    often: Often,
    moment: &Moment,
    counts: &HashMap<(bool, u32), (Steps, u32)>,
) -> (Counted, u32, u32, Option<f64>) {
    let of_users = often.counted == Counted::Users;
    let known = counts.get(&(of_users, often.minutes)).filter(|_| often.compared_minutes.is_none());
    let count = known.map(|(steps, minutes)| {
        let width = u64::from(*minutes) * MINUTE;
        let end = moment.at.0.saturating_sub(1) / width;
        let first = (end + 1).saturating_sub(u64::from((often.minutes / minutes).max(1)));
        let range = steps.range((moment.issue, first)..=(moment.issue, end));
        range.map(|(_, (count, _))| *count).sum()
    });
    (often.counted, often.minutes, 0, count)
}
