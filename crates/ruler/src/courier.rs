//! The courier: sees to it that what was decided arrives, at least once and in order.
//!
//! Peers are spoken to at the same time, but each of them by one try only, so that one that is slow, or
//! lies, holds nobody else. That a try begins is on disk before the first byte is sent.

mod job;
mod patience;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alarm::{After, AlarmError, Attempt, Delivery, Relay};
use deliver::Transport;
use model::clock::Micros;
use model::id::OrganizationId;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

use crate::Worker;
use crate::error::RulerError;
use crate::parts::Parts;
use job::{Job, Tried};

pub use job::{Tested, test};

/// Tries at the same time, and of these for one organisation.
const TRIES_MAX: usize = 64;
const TRIES_OF_ONE_MAX: usize = 16;
/// Repetitions among them: they must not hold up what is new.
const RELAYS_MAX: usize = TRIES_MAX / 2;
const RELAYS_OF_ONE_MAX: usize = TRIES_OF_ONE_MAX / 2;
/// How long it rests when nothing is due; new deliveries ring the bell.
const REST: Duration = Duration::from_secs(10);
/// How often it looks for what became due while tries go on.
const LOOK: Duration = Duration::from_millis(500);
/// An Alertmanager forgets what it does not hear of for some minutes. Source: Prometheus sends as often.
const RELAY_EVERY: u64 = 60 * 1_000_000;

/// Delivers.
#[derive(Debug)]
pub struct Courier {
    parts: Parts,
    transport: Arc<dyn Transport>,
    /// Repetitions end without anything to be noted.
    tries: JoinSet<Option<Tried>>,
    /// What goes on, by the task that does it.
    busy: HashMap<Id, Busy>,
}

/// A try that goes on.
#[derive(Debug)]
struct Busy {
    lane: String,
    organization: OrganizationId,
    /// `None` for a repetition.
    delivery: Option<Delivery>,
}

impl Courier {
    /// Delivers with `transport`.
    pub fn new(parts: Parts, transport: Arc<dyn Transport>) -> Self {
        Self { parts, transport, tries: JoinSet::new(), busy: HashMap::new() }
    }

    /// Tries everything that is due once, and waits for how that ends. Answers how many tries there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn round(&mut self) -> Result<usize, RulerError> {
        let begun = self.begin()?;
        while let Some(done) = self.tries.join_next_with_id().await {
            self.end(done)?;
        }
        Ok(begun)
    }

    /// Begins what is due, as far as peers are free.
    fn begin(&mut self) -> Result<usize, RulerError> {
        let now = self.parts.clock.now();
        let mut begun = 0;
        for delivery in self.parts.alarms.due_deliveries(now, TRIES_OF_ONE_MAX)? {
            let organization = delivery.organization;
            let lane = delivery.new.lane.clone();
            let is_spoken_to = self.deliveries().any(|known| known.new.peer == delivery.new.peer);
            if is_spoken_to || !self.is_free(&lane, organization) {
                continue;
            }
            let job = Job::of_delivery(&self.parts, &delivery)?;
            match self.parts.alarms.attempt(delivery.id) {
                Ok(()) => {}
                // Somebody gave it up, or its organisation is gone.
                Err(AlarmError::Missing(_)) => continue,
                Err(problem) => return Err(problem.into()),
            }
            let busy = Busy { lane, organization, delivery: Some(delivery.clone()) };
            let transport = Arc::clone(&self.transport);
            let clock = Arc::clone(&self.parts.clock);
            let work = async move { Some(job.deliver(delivery, &*transport, &*clock).await) };
            self.busy.insert(self.tries.spawn(work).id(), busy);
            begun += 1;
        }
        self.begin_relays(now)?;
        Ok(begun)
    }

    fn begin_relays(&mut self, now: Micros) -> Result<(), RulerError> {
        let next = Micros(now.0.saturating_add(RELAY_EVERY));
        for relay in self.parts.alarms.due_relays(now, RELAYS_OF_ONE_MAX)? {
            let Relay { organization, .. } = relay;
            let relays = || self.busy.values().filter(|busy| busy.delivery.is_none());
            let of_one = relays().filter(|busy| busy.organization == organization).count();
            let is_too_much = relays().count() >= RELAYS_MAX || of_one >= RELAYS_OF_ONE_MAX;
            if is_too_much || !self.is_free(&relay.lane, organization) {
                continue;
            }
            let Some(job) = Job::of_relay(&self.parts, &relay)? else {
                self.parts.alarms.end_relay(&relay.lane)?;
                continue;
            };
            self.parts.alarms.relayed(&relay.lane, next)?;
            let transport = Arc::clone(&self.transport);
            let work = async move {
                job.relay(&*transport, now).await;
                None
            };
            let busy = Busy { lane: relay.lane, organization, delivery: None };
            self.busy.insert(self.tries.spawn(work).id(), busy);
        }
        Ok(())
    }

    fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.busy.values().filter_map(|busy| busy.delivery.as_ref())
    }

    /// Whether one more try may begin: one at a time of a conversation, so that what is heard last is not
    /// older than what was heard before, and no organisation takes all.
    fn is_free(&self, lane: &str, organization: OrganizationId) -> bool {
        let of_one = self.busy.values().filter(|busy| busy.organization == organization).count();
        self.busy.len() < TRIES_MAX
            && of_one < TRIES_OF_ONE_MAX
            && self.busy.values().all(|busy| busy.lane != lane)
    }

    /// Writes down how a try ended.
    fn end(&mut self, done: Result<(Id, Option<Tried>), JoinError>) -> Result<(), RulerError> {
        let now = self.parts.clock.now();
        let (id, tried) = match done {
            Ok((id, tried)) => (id, tried),
            Err(problem) => (problem.id(), Some(broken(&problem, now))),
        };
        let delivery = self.busy.remove(&id).and_then(|busy| busy.delivery);
        let Some((delivery, Tried { attempt, after })) = delivery.zip(tried) else { return Ok(()) };
        if attempt.status.is_none_or(|status| status >= 300) {
            let (delivery, status) = (delivery.id, attempt.status);
            let is_dead = after == After::Dead;
            // Without an answer the words are our own; a peer's are for the log of the delivery.
            let why = status.is_none().then_some(attempt.answer.as_str());
            tracing::warn!(delivery, status, why, is_dead, "a notification was not delivered");
        }
        match self.parts.alarms.attempted(&delivery, &attempt, &after, now) {
            // Somebody gave it up, or its organisation is gone.
            Ok(()) | Err(AlarmError::Missing(_)) => Ok(()),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Until the next delivery is due.
    fn rest(&self) -> Result<Duration, RulerError> {
        let now = self.parts.clock.now();
        let due = self.parts.alarms.next_due()?;
        let wait = due.map(|due| Duration::from_micros(due.0.saturating_sub(now.0)));
        // What is due and was not begun waits for an older one of its conversation.
        Ok(wait.unwrap_or(REST).clamp(LOOK, REST))
    }
}

/// What panics once does so again with the same message: it is given up, and people see it.
fn broken(problem: &JoinError, at: Micros) -> Tried {
    tracing::error!(%problem, "a try to deliver ended by itself");
    let answer = "an error of Pitwatch's own, which its log tells of".to_owned();
    Tried { attempt: Attempt { at, status: None, answer, millis: 0 }, after: After::Dead }
}

impl Worker for Courier {
    fn name(&self) -> &'static str {
        "courier"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        loop {
            self.begin()?;
            if self.tries.is_empty() {
                return self.rest();
            }
            let bell = Arc::clone(&self.parts.bells.deliveries);
            tokio::select! {
                done = self.tries.join_next_with_id() => {
                    if let Some(done) = done {
                        self.end(done)?;
                    }
                }
                () = bell.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn bell(&self) -> &Notify {
        &self.parts.bells.deliveries
    }
}
