//! Rules about numbers: each is measured every minute, or every few where it looks at hours, and judged.
//!
//! Rules that ask the same of different projects share a question ([`plan`]). A question is asked
//! ([`batch`]) when late data had time to arrive, and in a second of the minute of its own; each series in
//! its answer is judged ([`judge`]), and what then differs is told ([`alerts`]). What is remembered and what
//! is told is one transaction, so a worker that ends anywhere goes on where it was.

mod alerts;
mod backlog;
mod batch;
mod judge;
mod plan;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use alarm::{Judged, Series, SeriesOf};
use model::clock::Micros;
use model::id::ProjectId;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Worker;
use crate::error::RulerError;
use crate::parts::Parts;
use backlog::Day;
use batch::{Answers, Sources};
use plan::{Batch, Plan};

const MINUTE: u64 = 60_000_000;
const SECOND: u64 = 1_000_000;
/// How long after its end a minute is measured: what arrives late still counts.
const SETTLE: u64 = 10 * SECOND;
/// Questions of one minute are asked within this, …
const SPREAD: u64 = 40 * SECOND;
/// … and so far apart if there are few.
const APART: u64 = 200_000;
/// Questions that are asked at once. The engine answers four, and people ask it, too.
const AT_ONCE: usize = 2;
/// After so long rules are read again even if none has changed: releases and projects have.
const PLANNED_FOR: u64 = 5 * MINUTE;
/// How often is looked whether a rule has changed.
const LOOKED_FOR: u64 = 3 * SECOND;
/// A group without data is forgotten after so many minutes.
const GROUP_MINUTES: u64 = 1_440;

type Key = (u64, ProjectId, Vec<String>);
/// Questions on their way: which batch, up to which minute, and what came.
type Asking = JoinSet<(usize, u64, Answers)>;

/// Evaluates all rules about numbers.
#[derive(Debug)]
pub struct Metrics {
    parts: Parts,
    sources: Sources,
    plan: Plan,
    planned_at: Micros,
    looked_at: Micros,
    mark: Option<(u64, u64, u64)>,
    /// Questions that took too long when they were asked for several organisations together.
    apart: HashSet<String>,
    series: HashMap<Key, Series>,
    /// Up to which minute each series was measured, by its number.
    measured: HashMap<u64, u64>,
    /// When a group was last there, by its series' number.
    seen: HashMap<u64, u64>,
    backlog: VecDeque<Day>,
    forgotten_at: u64,
    bell: Notify,
}

impl Metrics {
    /// Goes on where the one before it was.
    ///
    /// # Errors
    /// When the database of alerting cannot be read.
    pub fn new(parts: Parts) -> Result<Self, RulerError> {
        let series = parts.alarms.series(SeriesOf::All)?;
        let measured = parts.alarms.measured_until()?.into_iter().collect();
        let (ask, health) = (Arc::clone(&parts.ask), Arc::clone(&parts.health));
        Ok(Self {
            sources: Sources { ask, health },
            plan: Plan::default(),
            planned_at: Micros(0),
            looked_at: Micros(0),
            mark: None,
            apart: HashSet::new(),
            series: series.into_iter().map(|series| (key(&series), series)).collect(),
            measured,
            seen: HashMap::new(),
            backlog: VecDeque::new(),
            forgotten_at: 0,
            bell: Notify::new(),
            parts,
        })
    }

    /// Reads the rules again if that is due; ends series that no rule measures any more.
    fn look(&mut self, now: Micros) -> Result<(), RulerError> {
        let is_old = now.0.saturating_sub(self.planned_at.0) >= PLANNED_FOR;
        if !is_old && now.0.saturating_sub(self.looked_at.0) < LOOKED_FOR {
            return Ok(());
        }
        self.looked_at = now;
        let mark = self.parts.alarms.metric_rules_mark()?;
        if !is_old && self.mark == Some(mark) {
            return Ok(());
        }
        let plan = plan::plan(&self.parts, now, &self.apart)?;
        self.apart.retain(|question| plan.batches.iter().any(|batch| batch.question == *question));
        self.plan.replace(plan);
        (self.mark, self.planned_at) = (Some(mark), now);
        self.end_lost(now)
    }

    fn end_lost(&mut self, now: Micros) -> Result<(), RulerError> {
        let is_lost = |series: &&Series| !self.plan.measures(series);
        let lost: Vec<Series> = self.series.values().filter(is_lost).cloned().collect();
        self.end(&lost, now)
    }

    fn end(&mut self, series: &[Series], now: Micros) -> Result<(), RulerError> {
        if series.is_empty() {
            return Ok(());
        }
        let reports: Vec<_> = series.iter().flat_map(|series| alerts::over(series, now)).collect();
        let ids: Vec<u64> = series.iter().map(|series| series.id).collect();
        self.parts.alarms.end_series(&ids, &reports, now)?;
        for series in series {
            self.series.remove(&key(series));
            self.measured.remove(&series.id);
            self.seen.remove(&series.id);
        }
        if !reports.is_empty() {
            self.parts.bells.reports.notify_one();
        }
        Ok(())
    }

    /// Asks what is due, two questions at a time. Of those that took too long the last time it is one a
    /// turn, and while that is waited for, the others have their places and their times: whoever asks for
    /// much waits for himself alone.
    async fn ask_due(&mut self, now: Micros) -> Result<(), RulerError> {
        let mut asking: Asking = JoinSet::new();
        let late = self.plan.late(now);
        if let Some(late) = late {
            self.begin(&mut asking, late);
        }
        let mut due: VecDeque<(usize, u64)> = self.plan.due(now).into();
        let mut late = late.map(|(place, _)| place);
        loop {
            while asking.len() < AT_ONCE
                && let Some(next) = due.pop_front()
            {
                self.begin(&mut asking, next);
            }
            let only_late = late.is_some() && asking.len() == 1;
            let rest = if only_late { self.rest(false) } else { Duration::MAX };
            let Ok(ended) = timeout(rest, asking.join_next()).await else {
                due = self.plan.due(self.parts.clock.now()).into();
                continue;
            };
            match ended {
                None => return Ok(()),
                Some(Ok((place, minute, answers))) => {
                    late = late.filter(|late| *late != place);
                    self.take(place, minute, &answers)?;
                }
                Some(Err(problem)) => {
                    late = None;
                    tracing::error!(%problem, "a question of alerting panicked");
                }
            }
        }
    }

    fn begin(&self, asking: &mut Asking, (place, minute): (usize, u64)) {
        if let Some(batch) = self.plan.batches.get(place) {
            let (sources, batch) = (self.sources.clone(), Arc::clone(batch));
            asking.spawn(async move { (place, minute, sources.ask(&batch, minute).await) });
        }
    }

    /// How long until the next question is due, or the next of those that were not late.
    fn rest(&self, also_late: bool) -> Duration {
        let now = self.parts.clock.now();
        Duration::from_micros(self.plan.next_due(also_late).saturating_sub(now.0))
    }

    /// Judges all series in an answer, and keeps what came of it.
    fn take(&mut self, place: usize, minute: u64, answers: &Answers) -> Result<(), RulerError> {
        let Some(batch) = self.plan.batches.get(place).cloned() else { return Ok(()) };
        let now = self.parts.clock.now();
        let mut found = judge::found(&self.plan, &batch, answers, &self.series, minute);
        // After a restart, or when another rule joined: once a minute is enough, and for some too much.
        found.retain(|found| self.measured.get(&found.series.id).is_none_or(|last| *last < minute));
        let has_rows: Vec<bool> = found.iter().map(|found| found.has_rows).collect();
        let judged = found.iter().map(|found| self.judge(&batch, found, minute));
        let mut judged = judged.collect::<Result<Vec<_>, _>>()?;
        self.parts.alarms.judged(&mut judged, now)?;
        self.plan.done(place, minute, answers.took_too_long());
        if answers.took_too_long() && batch.organizations.len() > 1 {
            // Whose data make it slow is known when each is asked for by itself; the others are well then.
            self.apart.insert(batch.question.clone());
            self.mark = None;
        }
        let has_reports = judged.iter().any(|judged| !judged.reports.is_empty());
        for (Judged { series, minute, .. }, has_rows) in judged.into_iter().zip(has_rows) {
            let seen = self.seen.entry(series.id).or_insert(minute);
            *seen = if has_rows { minute } else { *seen };
            if self.measured.insert(series.id, minute).is_none() {
                self.backlog.extend(self.plan.unknown_days(&series, minute));
            }
            self.series.insert(key(&series), series);
        }
        if has_reports {
            self.parts.bells.reports.notify_one();
        }
        Ok(())
    }

    fn judge(
        &self,
        batch: &Batch,
        found: &judge::Found<'_>,
        minute: u64,
    ) -> Result<Judged, RulerError> {
        let id = found.series.id;
        let usual = if batch.by_minute && id != 0 {
            self.parts.alarms.season(id, minute)?.usual(minute)
        } else {
            None
        };
        let last = self.measured.get(&id).copied();
        Ok(judge::judge(found, usual, last, minute))
    }

    /// Forgets old samples, and groups that no data come of any more.
    fn forget(&mut self, now: Micros) -> Result<(), RulerError> {
        let minute = now.0 / MINUTE;
        if minute < self.forgotten_at + 10 {
            return Ok(());
        }
        self.forgotten_at = minute;
        self.parts.alarms.forget_samples(minute)?;
        let is_gone = |series: &&Series| {
            let seen = self.seen.get(&series.id).copied().unwrap_or(minute);
            !series.groups.is_empty() && minute > seen + GROUP_MINUTES
        };
        let gone: Vec<Series> = self.series.values().filter(is_gone).cloned().collect();
        self.end(&gone, now)
    }
}

impl Worker for Metrics {
    fn name(&self) -> &'static str {
        "metric rules"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        let now = self.parts.clock.now();
        self.look(now)?;
        self.ask_due(now).await?;
        self.forget(now)?;
        if let Some(day) = self.backlog.pop_front() {
            self.learn(day).await?;
        }
        let (least, most) = (Duration::from_micros(APART), Duration::from_micros(LOOKED_FOR));
        Ok(if self.backlog.is_empty() { self.rest(true).clamp(least, most) } else { least })
    }

    fn bell(&self) -> &Notify {
        &self.bell
    }
}

fn key(series: &Series) -> Key {
    (series.rule, series.project, series.groups.clone())
}
