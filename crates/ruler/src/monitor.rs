//! Expects check-ins: what does not come in time is missed, what does not end in time timed out.
//!
//! Each minute what is due is judged with all that arrived until then. Times during which nobody could be
//! heard are noted, so that silence is not taken for failure.

use std::sync::Arc;
use std::time::Duration;

use model::clock::Micros;
use model::intake::Offset;
use tokio::sync::Notify;

use crate::intake::Intake;
use crate::parts::Parts;
use crate::{RulerError, Worker, occurrence};

const MINUTE_MICROS: u64 = 60_000_000;
const DAY_MICROS: u64 = 86_400_000_000;
/// Without a sign of life for so long, we did not hear.
const SILENCE_MICROS: u64 = 2 * MINUTE_MICROS;
/// Days that check-ins are kept. Source: Sentry keeps them as long as events.
const KEPT_DAYS: u64 = 90;
/// Pieces of what is due that are worked up before others may write.
const PIECES_MAX: usize = 50;
/// While the pipeline works up what arrived before the minute.
const SHORT: Duration = Duration::from_millis(200);
/// While an issue is not known yet.
const SOON: Duration = Duration::from_secs(1);
/// Between two looks at what issues are to learn.
const ROUND: Duration = Duration::from_secs(2);
/// The last sign of life, in the database.
const ALIVE: &str = "alive";

/// Expects check-ins.
#[derive(Debug)]
pub struct Monitors {
    parts: Parts,
    intake: Arc<dyn Intake>,
    bell: Arc<Notify>,
    /// When the last turn was.
    heard: Option<Micros>,
    /// Whether no turn was taken yet by this process.
    is_new: bool,
    refused: u64,
    /// The minute that is to be judged, and how far check-ins must be worked up before.
    waiting: Option<(Micros, Offset)>,
    judged_minute: u64,
    forgot: Micros,
}

impl Monitors {
    /// Goes on where the last process ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn new(parts: Parts, intake: Arc<dyn Intake>) -> Result<Self, RulerError> {
        let heard = parts.alarms.place(ALIVE)?.map(Micros);
        Ok(Self {
            refused: intake.refused(),
            parts,
            intake,
            bell: Arc::default(),
            heard,
            is_new: true,
            waiting: None,
            judged_minute: 0,
            forgot: Micros(0),
        })
    }

    /// Notes times in which nobody could be heard: the server did not run, or turned senders away.
    fn listen(&mut self, now: Micros) -> Result<(), RulerError> {
        let refused = self.intake.refused();
        if let Some(heard) = self.heard {
            let was_deaf = now.0.saturating_sub(heard.0) > SILENCE_MICROS;
            if was_deaf || self.is_new || refused > self.refused {
                let (start, end) = (heard.0 / MINUTE_MICROS * MINUTE_MICROS, now);
                tracing::warn!(
                    seconds = now.0.saturating_sub(start) / 1_000_000,
                    "check-ins could not be heard; what was due then is not known"
                );
                self.parts.alarms.note_outage(Micros(start), end)?;
            }
        }
        self.is_new = false;
        self.refused = refused;
        self.heard = Some(now);
        Ok(())
    }

    /// Judges the minute once everything that arrived before it is known.
    fn judge(&mut self, now: Micros) -> Result<Duration, RulerError> {
        let minute = now.0 / MINUTE_MICROS;
        if self.waiting.is_none() && minute > self.judged_minute {
            let (arrived, _) = self.intake.check_ins();
            self.waiting = Some((now, arrived));
        }
        let Some((moment, upto)) = self.waiting else {
            let next = (minute + 1) * MINUTE_MICROS;
            return Ok(Duration::from_micros(next.saturating_sub(now.0)).min(ROUND));
        };
        if self.intake.check_ins().1 < upto {
            return Ok(SHORT);
        }
        let meta = &self.parts.meta;
        let exists = |project| meta.organization_of(project).is_some();
        for _ in 0..PIECES_MAX {
            if !self.parts.alarms.expire_check_ins(moment, &exists)? {
                self.parts.alarms.note_place(ALIVE, now.0)?;
                self.judged_minute = moment.0 / MINUTE_MICROS;
                self.waiting = None;
                break;
            }
        }
        Ok(SHORT)
    }

    /// Forgets what is too old, and what belonged to projects that are gone.
    fn forget(&mut self, now: Micros) -> Result<(), RulerError> {
        let before = Micros(now.0.saturating_sub(KEPT_DAYS * DAY_MICROS));
        for project in self.parts.alarms.monitored_projects()? {
            if self.parts.meta.organization_of(project).is_none() {
                self.parts.alarms.forget_monitors_of(project)?;
            }
        }
        let more = self.parts.alarms.forget_check_ins(before)?;
        self.forgot = if more { Micros(0) } else { now };
        Ok(())
    }
}

impl Worker for Monitors {
    fn name(&self) -> &'static str {
        "monitors"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        let now = self.parts.clock.now();
        self.listen(now)?;
        let rest = self.judge(now)?;
        if now.0.saturating_sub(self.forgot.0) >= 60 * MINUTE_MICROS {
            self.forget(now)?;
        }
        let waits = occurrence::teach(&self.parts, &*self.intake, now).await?;
        Ok(if waits { rest.min(SOON) } else { rest })
    }

    fn bell(&self) -> &Notify {
        &self.bell
    }
}
