//! The look at events that were stored: for rules that count, and for those that want to see each event.

use std::error::Error;

use alarm::{IssueStep, IssueTurn, RuleKind};
use alert::When;
use model::clock::Micros;

use super::arrivals::Arrival;
use super::book::{ProjectRules, Watched};
use super::counts::Counting;
use super::occasion::{Happened, Occasion};
use super::{COUNTS_EVERY, EVENTS_MAX, FORGOTTEN_AFTER, IssueRules, NOTED_EVERY, REMEMBERED_MAX};
use crate::error::RulerError;
use crate::parts::Parts;

const MINUTE: u64 = 60_000_000;

impl IssueRules {
    /// Looks at what arrived since the last look; what cannot be looked at now is looked at next time.
    pub(super) async fn look_at_arrivals(&mut self, now: Micros) -> Result<(), RulerError> {
        let (arrivals, lost) = self.parts.arrivals.take();
        if lost > 0 {
            tracing::warn!(lost, "more events arrived than rules about issues could look at");
        }
        // Later than what is looked at: a rule sees every event that was stored after it was made.
        self.book.renew(&self.parts.alarms)?;
        let looked = self.look_at_each(&arrivals, now).await;
        if looked.is_err() {
            for arrival in arrivals {
                self.parts.arrivals.note(arrival);
            }
        }
        looked
    }

    async fn look_at_each(&mut self, arrivals: &[Arrival], now: Micros) -> Result<(), RulerError> {
        let mut turn = IssueTurn::default();
        let mut events_left = EVENTS_MAX;
        for arrival in arrivals {
            let rules = self.rules(arrival.project, now)?;
            if rules.on_events(now).next().is_none() {
                continue;
            }
            let is_done = events_left > 0 && {
                let of = (arrival, &*rules);
                match self.look_at_arrival(of, &mut turn.steps, &mut events_left, now).await {
                    // One issue that nobody can count holds up no other.
                    Err(RulerError::Ask(problem)) => {
                        let (issue, problem) = (arrival.issue.0, &problem as &dyn Error);
                        tracing::warn!(issue, problem, "rules could not look at an issue");
                        self.seen_in.clear();
                        false
                    }
                    is_done => is_done?,
                }
            };
            if !is_done {
                self.parts.arrivals.note(arrival.clone());
            }
        }
        if !turn.steps.is_empty() || now >= self.noted_due {
            self.noted_due = Micros(now.0 + NOTED_EVERY);
            let is_further = self.noted_to != Some(self.looked_to);
            turn.arrivals = is_further.then_some(self.looked_to);
            self.noted_to = Some(self.looked_to);
        }
        self.note(&turn)
    }

    /// False when it is to be looked at once more, a little later.
    async fn look_at_arrival(
        &mut self,
        (arrival, rules): (&Arrival, &ProjectRules),
        steps: &mut Vec<IssueStep>,
        events_left: &mut usize,
        now: Micros,
    ) -> Result<bool, RulerError> {
        let Some(issue) = self.parts.meta.issue(arrival.issue)? else { return Ok(true) };
        let mut occasion = self.occasion(Happened::Again, issue)?;
        let (mut left, waits) = self.due(&occasion, rules, now)?;
        let events = match (left.iter().any(|watched| watched.looks_at_events), &*arrival.events) {
            (false, [.., newest]) => std::slice::from_ref(newest),
            (_, all) => all,
        };
        for (place, event) in events.iter().enumerate() {
            if left.is_empty() {
                break;
            }
            *events_left = events_left.saturating_sub(1);
            self.read_event(&mut occasion, *event).await?;
            let Some(received) = occasion.received else { continue };
            // Whoever came to that moment has looked at it, even if it is told again.
            if received <= self.began_at {
                continue;
            }
            self.looked_to = self.looked_to.max(received);
            if rules.asks_for_releases {
                occasion.look_at_release(&self.parts.meta)?;
            }
            let made_it = place == 0 && arrival.is_new;
            let happened = if made_it { Happened::New } else { Happened::Again };
            let is_first_here = !made_it && self.is_first_here(&occasion, &left, now).await?;
            let mut rest = Vec::with_capacity(left.len());
            for watched in left {
                let is_new = is_first_here && watched.rule.environment.is_some();
                occasion.happened = if is_new { Happened::New } else { happened };
                if self.fires(&occasion, watched, now).await? {
                    steps.extend(self.fired(&occasion, watched, now)?);
                } else {
                    rest.push(watched);
                }
            }
            left = rest;
        }
        Ok(!waits)
    }

    /// The rules that may fire for an issue now, and whether others may a little later.
    fn due<'r>(
        &mut self,
        occasion: &Occasion,
        rules: &'r ProjectRules,
        now: Micros,
    ) -> Result<(Vec<&'r Watched>, bool), RulerError> {
        let (mut due, mut waits) = (Vec::new(), false);
        for watched in rules.on_events(now) {
            let every = u64::from(watched.rule.every_minutes) * MINUTE;
            let fired = self.last_fired(occasion, watched)?;
            if fired.is_some_and(|fired| now.0.saturating_sub(fired.0) < every) {
                continue;
            }
            let counted = self.counted.get(&(watched.id, occasion.issue.id));
            if counted.is_some_and(|counted| now.0.saturating_sub(counted.0) < COUNTS_EVERY) {
                waits = true;
                continue;
            }
            due.push(watched);
        }
        Ok((due, waits))
    }

    /// Whether the event is the issue's first in an environment that one of the rules is about.
    async fn is_first_here(
        &mut self,
        occasion: &Occasion,
        rules: &[&Watched],
        now: Micros,
    ) -> Result<bool, RulerError> {
        let environment = occasion.view().environment();
        let waits = |watched: &&&Watched| {
            let is_new = |when: &When| matches!(when, When::New | When::NewHighPriority);
            watched.rule.environment.as_deref() == Some(environment)
                && watched.rule.when.iter().any(is_new)
        };
        let Some(received) = occasion.received else { return Ok(false) };
        if rules.iter().find(waits).is_none() {
            return Ok(false);
        }
        let key = (occasion.issue.id, environment.to_owned());
        if self.seen_in.contains(&key) {
            return Ok(false);
        }
        let before = self.counting(now).before(occasion, environment, received).await?;
        if self.seen_in.len() >= REMEMBERED_MAX {
            self.seen_in.clear();
        }
        self.seen_in.insert(key);
        Ok(before == 0.0)
    }

    pub(super) fn counting(&self, now: Micros) -> Counting<'_> {
        let Parts { meta, ask, health, .. } = &self.parts;
        Counting { meta, ask: &**ask, health: &**health, now }
    }

    /// Forgets what is old, and the rules of projects that are gone.
    pub(super) fn tend(&mut self, now: Micros) -> Result<(), RulerError> {
        let before = Micros(now.0.saturating_sub(FORGOTTEN_AFTER));
        self.parts.alarms.forget_fired(before)?;
        self.counted.retain(|_, counted| now.0.saturating_sub(counted.0) < COUNTS_EVERY);
        for (_, project) in self.parts.alarms.projects_with_rules(RuleKind::Issue)? {
            if self.parts.meta.project(project)?.is_none() {
                self.parts.alarms.forget_project(project)?;
            }
        }
        Ok(())
    }
}
