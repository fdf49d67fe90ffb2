//! Probes: asks what should answer, from this server, and notes what it saw.

mod certificate;
mod expect;
mod probe;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use alarm::{Uptime, UptimeAsk, UptimeSeen};
use model::clock::{Clock, Micros};
use model::id::OrganizationId;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::parts::Parts;
use crate::{RulerError, Worker};

pub use expect::{Answered, Failure, judge};
pub use probe::{Asking, Probe, Web};

/// Probes on their way at once; each holds a socket and an answer of at most 256 KiB.
const AT_ONCE_MAX: usize = 256;
/// Of one organisation, so that one whose addresses hang holds up nobody else.
const AT_ONCE_OF_ONE_MAX: usize = 32;
const HOUR_MICROS: u64 = 3_600_000_000;
/// Days that checks are kept.
const KEPT_DAYS: u64 = 90;
/// When nothing is due sooner: what people add is seen by then.
const ROUND: Duration = Duration::from_secs(1);

/// Asks what is due.
#[derive(Debug)]
pub struct Uptimes {
    parts: Parts,
    probe: Arc<dyn Probe>,
    bell: Arc<Notify>,
    running: JoinSet<(Uptime, UptimeSeen)>,
    /// Checks that are on their way, and whose.
    asked: Vec<(u64, OrganizationId)>,
    forgot: Micros,
}

impl Uptimes {
    /// With somebody who asks.
    pub fn new(parts: Parts, probe: Arc<dyn Probe>) -> Self {
        let (bell, running) = (Arc::default(), JoinSet::new());
        Self { parts, probe, bell, running, asked: Vec::new(), forgot: Micros(0) }
    }

    /// Notes what those saw that have come back.
    fn gather(&mut self) -> Result<(), RulerError> {
        while let Some(done) = self.running.try_join_next() {
            let Ok((uptime, seen)) = done else {
                // Whoever it was is asked again.
                self.asked.clear();
                continue;
            };
            self.asked.retain(|(id, _)| *id != uptime.id);
            self.parts.alarms.note_uptime(&uptime, &seen)?;
        }
        Ok(())
    }

    /// Sends out for what is due, as many as there is room for.
    fn send(&mut self, now: Micros) -> Result<(), RulerError> {
        let asked: Vec<u64> = self.asked.iter().map(|(id, _)| *id).collect();
        for uptime in self.parts.alarms.uptime_due(now, &asked, AT_ONCE_OF_ONE_MAX)? {
            let own = |asked: &&(u64, OrganizationId)| asked.1 == uptime.organization;
            let is_crowded = self.asked.iter().filter(own).count() >= AT_ONCE_OF_ONE_MAX;
            if is_crowded || self.running.len() >= AT_ONCE_MAX {
                continue;
            }
            if self.parts.meta.organization_of(uptime.project).is_none() {
                self.parts.alarms.forget_uptime_of(uptime.project)?;
                continue;
            }
            let headers = self.headers(&uptime)?;
            let (probe, clock) = (Arc::clone(&self.probe), Arc::clone(&self.parts.clock));
            self.asked.push((uptime.id, uptime.organization));
            self.running.spawn(async move {
                let seen = ask(&*probe, &*clock, &uptime, &headers).await;
                (uptime, seen)
            });
        }
        Ok(())
    }

    fn headers(&self, uptime: &Uptime) -> Result<Vec<(String, String)>, RulerError> {
        let Some(sealed) = &uptime.says.headers else { return Ok(Vec::new()) };
        let text = self.parts.meta.open_uptime_headers(uptime.organization, sealed)?;
        // Those that cannot be opened, as with another key after a restore, are left out.
        let read = text.and_then(|text| serde_json::from_str(text.expose()).ok());
        Ok(read.unwrap_or_default())
    }

    fn forget(&mut self, now: Micros) -> Result<(), RulerError> {
        let before = Micros(now.0.saturating_sub(KEPT_DAYS * 24 * HOUR_MICROS));
        let more = self.parts.alarms.forget_uptime_checks(before)?;
        self.forgot = if more { Micros(0) } else { now };
        Ok(())
    }
}

/// Asks once, and judges.
async fn ask(
    probe: &dyn Probe,
    clock: &dyn Clock,
    uptime: &Uptime,
    headers: &[(String, String)],
) -> UptimeSeen {
    let at = clock.now();
    let asks: &UptimeAsk = &uptime.says.asks;
    let limit = Duration::from_millis(asks.timeout_millis.into());
    let answered = tokio::time::timeout(limit, probe.ask(asks, headers)).await;
    let ended = clock.now();
    let duration_micros = ended.0.saturating_sub(at.0);
    let answered = answered.unwrap_or_else(|_| {
        let sentence = format!("no answer within {} ms", asks.timeout_millis);
        Err(Failure::new("timeout", sentence))
    });
    let (status, certificate_ends) = match &answered {
        Ok(answered) => (answered.status, answered.certificate_ends),
        Err(_) => (None, None),
    };
    let judged = answered.and_then(|answered| judge(asks, &answered, duration_micros, ended));
    let failure = judged.err().map(|failure| (failure.reason, failure.sentence));
    let due = uptime.next_at.unwrap_or(at);
    UptimeSeen { due, at, failure, status, duration_micros, certificate_ends }
}

impl Worker for Uptimes {
    fn name(&self) -> &'static str {
        "uptime"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        let now = self.parts.clock.now();
        self.gather()?;
        self.send(now)?;
        if now.0.saturating_sub(self.forgot.0) >= HOUR_MICROS {
            self.forget(now)?;
        }
        if !self.running.is_empty() {
            // Those on their way go on while this one rests; a short one, so that they are noted soon.
            return Ok(Duration::from_millis(100));
        }
        let next = self.parts.alarms.uptime_next()?;
        let wait = next.map(|next| Duration::from_micros(next.0.saturating_sub(now.0)));
        Ok(wait.map_or(ROUND, |wait| wait.min(ROUND)))
    }

    fn bell(&self) -> &Notify {
        &self.bell
    }
}
