//! Detectors of what is unusual, whose false alarms were counted: at most one per series in 28 days.

use serde::{Deserialize, Serialize};

use super::{MetricRuleError, Reading};
use crate::alert::Severity;

/// How many went well, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// That went well.
    pub good: u64,
    /// All of them.
    pub total: u64,
}

impl Counts {
    /// From 0 to 1; `None` of nothing.
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| real(self.good.min(self.total)) / real(self.total))
    }
}

/// The seasonal ratio test: the share of the newest minutes against the usual one, one-sided, several
/// windows in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RatioTest {
    /// By how many standard errors the share must lie below the usual one. Of 6 simulated series of 12 to
    /// 50 events a minute, evaluated every minute over windows of 5, each had 5.3 false alarms in 28 days
    /// at 4, and 0.7 at 5: few events of a high share are more skewed than the normal distribution.
    pub z: f64,
    /// In how many evaluations in a row.
    pub in_a_row: u32,
    /// Windows with fewer events say nothing.
    pub events_min: u64,
}

impl Default for RatioTest {
    fn default() -> Self {
        Self { z: 5.0, in_a_row: 2, events_min: 20 }
    }
}

impl RatioTest {
    pub(super) fn check(&self) -> Result<(), MetricRuleError> {
        if !(1.0..=20.0).contains(&self.z) {
            return Err(MetricRuleError::Range("z", "1 and 20"));
        }
        if !(1..=60).contains(&self.in_a_row) {
            return Err(MetricRuleError::Range("in_a_row", "1 and 60"));
        }
        if !(1..=1_000_000).contains(&self.events_min) {
            return Err(MetricRuleError::Range("events_min", "1 and 1000000"));
        }
        Ok(())
    }

    pub(super) fn read(&self, counts: Counts, usual: f64, streak: &mut u32) -> Reading {
        let Some(usual) = sensible(usual) else { return Reading::Missing };
        if counts.total < self.events_min {
            return Reading::Unsure;
        }
        let (good, total) = (real(counts.good), real(counts.total));
        // Half an event for the step from whole numbers to the normal distribution.
        let z = (good + 0.5 - total * usual) / libm::sqrt(total * usual * (1.0 - usual));
        if z >= -self.z {
            *streak = 0;
            return Reading::Right;
        }
        *streak = streak.saturating_add(1);
        if *streak >= self.in_a_row { Reading::Wrong(Severity::Critical) } else { Reading::Unsure }
    }
}

/// The cumulative sum of the log-likelihood ratio between the usual share and one that is lower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    /// By how much the share that is looked for is lower.
    pub fall: f64,
    /// The sum at which the alert fires. Each of 6 simulated series, evaluated every minute, had 3.7 false
    /// alarms in 28 days at 8, and 0.2 at 12.
    pub height: f64,
}

impl Default for Cusum {
    fn default() -> Self {
        Self { fall: 0.03, height: 12.0 }
    }
}

impl Cusum {
    pub(super) fn check(&self) -> Result<(), MetricRuleError> {
        if !(0.001..=0.9).contains(&self.fall) {
            return Err(MetricRuleError::Range("fall", "0.001 and 0.9"));
        }
        if !(1.0..=1_000.0).contains(&self.height) {
            return Err(MetricRuleError::Range("height", "1 and 1000"));
        }
        Ok(())
    }

    pub(super) fn read(&self, counts: Counts, usual: f64, sum: &mut f64) -> Reading {
        let Some(usual) = sensible(usual) else { return Reading::Missing };
        let lower = (usual - self.fall).max(0.01);
        let bad = real(counts.total.saturating_sub(counts.good));
        let for_bad = bad * libm::log((1.0 - lower) / (1.0 - usual));
        let for_good = real(counts.good.min(counts.total)) * libm::log(lower / usual);
        // Without the cap, the end of a long trouble would be seen as late as the trouble was long.
        let next = (*sum + for_bad + for_good).clamp(0.0, 3.0 * self.height);
        *sum = next;
        if next > self.height {
            Reading::Wrong(Severity::Critical)
        } else if next > 0.0 {
            Reading::Between
        } else {
            Reading::Right
        }
    }
}

/// Whether a game pays back what its mathematics say, within what its volatility allows.
///
/// Source: UK Gambling Commission, "Monitoring live return to player".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReturnToPlayer {
    /// What the game should pay back of what is staked.
    pub theory: f64,
    /// Standard deviation of what one unit of stake wins.
    pub sigma: f64,
    /// By how many standard errors it must differ for a warning. It is looked at often, so 2 would be
    /// wrong on healthy games; 4 was once in 100 runs of 200,000 spins.
    pub warning_z: f64,
    /// … to be critical; 5 was never.
    pub critical_z: f64,
    /// Fewer wagers say nothing.
    pub wagers_min: u64,
}

/// Stakes and wins, in the same unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Wagers {
    /// How many.
    pub count: u64,
    /// Sum of stakes.
    pub staked: f64,
    /// Sum of squared stakes.
    pub staked_squared: f64,
    /// Sum of wins.
    pub won: f64,
}

impl ReturnToPlayer {
    /// A game with usual tolerances: a warning at 4 standard errors, critical at 5, from 1,000 wagers on.
    pub fn of(theory: f64, sigma: f64) -> Self {
        Self { theory, sigma, warning_z: 4.0, critical_z: 5.0, wagers_min: 1_000 }
    }

    pub(super) fn check(&self) -> Result<(), MetricRuleError> {
        if !(0.01..=2.0).contains(&self.theory) {
            return Err(MetricRuleError::Range("theory", "0.01 and 2"));
        }
        if !(0.01..=10_000.0).contains(&self.sigma) {
            return Err(MetricRuleError::Range("sigma", "0.01 and 10000"));
        }
        let in_order = 1.0 <= self.warning_z && self.warning_z <= self.critical_z;
        if !(in_order && self.critical_z <= 20.0) {
            return Err(MetricRuleError::Range("z", "1 and 20, the warning's first"));
        }
        Ok(())
    }

    /// By how many standard errors the wagers differ from theory; `None` of nothing.
    pub fn z(&self, wagers: Wagers) -> Option<f64> {
        let paid_back = wagers.won / wagers.staked;
        let error = self.sigma * libm::sqrt(wagers.staked_squared) / wagers.staked;
        let z = (paid_back - self.theory) / error;
        z.is_finite().then_some(z)
    }

    pub(super) fn read(&self, wagers: Wagers) -> Reading {
        if wagers.count < self.wagers_min {
            return Reading::Unsure;
        }
        match self.z(wagers).map(f64::abs) {
            None => Reading::Missing,
            Some(z) if z > self.critical_z => Reading::Wrong(Severity::Critical),
            Some(z) if z > self.warning_z => Reading::Wrong(Severity::Warning),
            // What was wrong is right again only well within the tolerance.
            Some(z) if z > self.warning_z - 1.0 => Reading::Between,
            Some(_) => Reading::Right,
        }
    }
}

/// What is usual at each minute of the day: the last seven days, in fixed memory (122 KB).
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// By minute.
    cells: Vec<Cell>,
}

/// What happened in one minute; 32 bits are enough for a minute, and half the memory.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    /// Since the epoch; tells this minute from the one a week ago.
    minute: u32,
    good: u32,
    total: u32,
}

const DAYS: u64 = 7;
const DAY_MINUTES: u64 = 1_440;
/// Minutes before and after that count as the same time of day.
const AROUND: u64 = 30;
const CELLS: usize = 7 * 1_440 + 60;

impl Default for Season {
    fn default() -> Self {
        Self { cells: vec![Cell { minute: u32::MAX, good: 0, total: 0 }; CELLS] }
    }
}

impl Season {
    /// Adds what happened in a minute, counted since the epoch. What is older than seven days is
    /// forgotten.
    pub fn add(&mut self, minute: u64, counts: Counts) {
        let Ok(number) = u32::try_from(minute) else { return };
        let Some(cell) = self.cells.get_mut(place(minute)) else { return };
        if cell.minute != number {
            *cell = Cell { minute: number, good: 0, total: 0 };
        }
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        cell.good = cell.good.saturating_add(small(counts.good));
        cell.total = cell.total.saturating_add(small(counts.total));
    }

    /// What happened in the minutes from `from` up to `until`, exclusively.
    pub fn sum(&self, from: u64, until: u64) -> Counts {
        let minutes = from..until.min(from.saturating_add(DAYS * DAY_MINUTES));
        let known = minutes.filter_map(|minute| {
            let cell = self.cells.get(place(minute))?;
            (u64::from(cell.minute) == minute).then_some(cell)
        });
        known.fold(Counts::default(), |sum, cell| Counts {
            good: sum.good + u64::from(cell.good),
            total: sum.total + u64::from(cell.total),
        })
    }

    /// The median share, over the last seven days, of the hour around this minute of the day; `None`
    /// without any.
    pub fn usual(&self, minute: u64) -> Option<f64> {
        let mut shares: Vec<f64> = (1..=DAYS)
            .filter_map(|day| minute.checked_sub(day * DAY_MINUTES))
            .filter_map(|then| self.sum(then.saturating_sub(AROUND), then + AROUND).share())
            .collect();
        shares.sort_by(f64::total_cmp);
        let upper = shares.get(shares.len() / 2)?;
        let lower = shares.get(shares.len().checked_sub(1)? / 2)?;
        Some((upper + lower) / 2.0)
    }
}

fn place(minute: u64) -> usize {
    usize::try_from(minute).map_or(0, |minute| minute % CELLS)
}

/// A share that leaves room for chance: of 0 or 1, any other event would be impossible.
fn sensible(share: f64) -> Option<f64> {
    (0.0..=1.0).contains(&share).then(|| share.clamp(0.000_1, 0.999_9))
}

#[expect(clippy::cast_precision_loss, reason = "counts of events stay below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
