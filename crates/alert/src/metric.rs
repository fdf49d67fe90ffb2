//! Metric rules: a number is asked for again and again, and judged.
//!
//! [`evaluate`] is all there is: a rule, what was remembered, what was measured, and the time, to what is
//! to be remembered and what changed.

mod anomaly;
mod sentry;

use model::clock::Micros;
use serde::{Deserialize, Serialize};

pub use anomaly::{Counts, Cusum, RatioTest, ReturnToPlayer, Season, Wagers};
pub use sentry::{
    PlainMetricRule, Question, SentryMetricRule, SentryRuleError, Share, WagerFields,
};

use crate::alert::Severity;

const DAY: u64 = 86_400_000_000;

/// When a measured number is an alert. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricRule {
    /// What is wrong with the number.
    pub condition: Condition,
    /// How long it must be wrong without a break before the alert fires; 0 fires at once.
    pub wrong_for: u64,
    /// How long it must be right again before the alert is over.
    pub right_for: u64,
    /// What no data mean.
    pub no_data: NoData,
    /// How long data must be missing before that counts.
    pub no_data_after: u64,
}

/// What missing data mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoData {
    /// All is well: for counts of what should not happen.
    Ok,
    /// An alert: for jobs and heartbeats.
    Alert,
    /// Nothing is known: what fires goes on firing, and nothing new does.
    #[default]
    Keep,
}

/// What is wrong with a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It lies beyond a threshold.
    Threshold(Levels),
    /// It differs from the same time before by more than so many percent.
    Change(Levels),
    /// A share is lower than at the same time of the last days, by more than chance.
    Ratio(RatioTest),
    /// A share has been a little lower for long.
    Cusum(Cusum),
    /// A game pays back less or more than its mathematics say.
    ReturnToPlayer(ReturnToPlayer),
}

/// On which side of a threshold a number is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// Thresholds. A number that is exactly one of them is not beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// Where it is wrong.
    pub side: Side,
    /// Beyond this it is a warning.
    pub warning: Option<f64>,
    /// Beyond this it is critical.
    pub critical: Option<f64>,
    /// What fires is over on the good side of this; of the milder threshold, if absent.
    pub recovery: Option<f64>,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// Nothing.
    Missing,
    /// One number.
    Value(f64),
    /// One, and what it was at the same time before.
    Compared {
        /// Now.
        now: f64,
        /// Then.
        before: f64,
    },
    /// How many went well: of the newest minutes, and the usual share ([`Season::usual`]).
    Share {
        /// For [`RatioTest`] its whole window, for [`Cusum`] what is new since the last evaluation.
        counts: Counts,
        /// From 0 to 1.
        usual: f64,
    },
    /// What was staked and won.
    Wagers(Wagers),
}

/// What is remembered of one series between two evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricState {
    /// What it is now.
    pub phase: Phase,
    /// Since when.
    #[serde(with = "crate::moment")]
    pub since: Micros,
    /// Since when it is at least a warning, and critical.
    #[serde(with = "crate::moment::option")]
    warning_since: Option<Micros>,
    #[serde(with = "crate::moment::option")]
    critical_since: Option<Micros>,
    /// Since when it is right again while it fires.
    #[serde(with = "crate::moment::option")]
    right_since: Option<Micros>,
    #[serde(with = "crate::moment::option")]
    missing_since: Option<Micros>,
    /// What detectors remember: windows in a row, and the cumulative sum.
    streak: u32,
    sum: f64,
}

/// What a series is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// All is well.
    #[default]
    Inactive,
    /// Wrong, but not for long enough.
    Pending,
    /// An alert. It keeps the worst severity it had until it is over.
    Firing(Severity),
    /// Nothing is known; it was this before.
    NoData(Option<Severity>),
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It fires.
    Fired(Severity),
    /// It fires already, and is worse now.
    Worsened(Severity),
    /// It is over.
    Resolved,
    /// Data are missing.
    DataLost {
        /// Whether that is an alert.
        is_alert: bool,
    },
    /// Data are back.
    DataBack {
        /// What fires still.
        firing: Option<Severity>,
    },
}

/// A rule that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MetricRuleError {
    #[error("a rule needs a warning or a critical threshold")]
    NoThreshold,
    #[error("{0} must be a number")]
    NotANumber(&'static str),
    #[error("the critical threshold lies before the warning: the warning would never fire")]
    Order,
    #[error(
        "the recovery threshold lies beyond the others: the alert would be over while it fires"
    )]
    Recovery,
    #[error("a number cannot fall by 100 % or more: the rule would never fire")]
    Fall,
    #[error("{0} may be at most 7 days")]
    TooLong(&'static str),
    #[error("{0} must be between {1}")]
    Range(&'static str, &'static str),
}

impl MetricRuleError {
    /// Which field of a rule it is about, by its name in Sentry's form.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Recovery | Self::NotANumber("recovery") => "resolveThreshold",
            Self::TooLong("wrong_for") => "forMinutes",
            Self::TooLong("right_for") => "recoverMinutes",
            Self::TooLong(_) => "noDataMinutes",
            Self::Range(..) => "anomaly",
            Self::NoThreshold | Self::NotANumber(_) | Self::Order | Self::Fall => "triggers",
        }
    }
}

/// What a condition says of a sample.
enum Reading {
    Missing,
    /// Not enough to say anything: all stays as it is.
    Unsure,
    Right,
    /// Between the recovery threshold and the others.
    Between,
    Wrong(Severity),
}

impl MetricRule {
    /// Checks it.
    ///
    /// # Errors
    /// [`MetricRuleError`], also for rules that could never fire.
    pub fn check(&self) -> Result<(), MetricRuleError> {
        let times = [
            ("wrong_for", self.wrong_for),
            ("right_for", self.right_for),
            ("no_data_after", self.no_data_after),
        ];
        if let Some((name, _)) = times.into_iter().find(|(_, time)| *time > 7 * DAY) {
            return Err(MetricRuleError::TooLong(name));
        }
        match &self.condition {
            Condition::Threshold(levels) => levels.check(),
            Condition::Change(levels) => {
                levels.check()?;
                let falls = [levels.warning, levels.critical];
                let too_far = falls.into_iter().flatten().any(|percent| percent >= 100.0);
                if levels.side == Side::Below && too_far {
                    return Err(MetricRuleError::Fall);
                }
                Ok(())
            }
            Condition::Ratio(test) => test.check(),
            Condition::Cusum(cusum) => cusum.check(),
            Condition::ReturnToPlayer(game) => game.check(),
        }
    }
}

impl Levels {
    fn check(&self) -> Result<(), MetricRuleError> {
        let named =
            [("warning", self.warning), ("critical", self.critical), ("recovery", self.recovery)];
        for (name, level) in named {
            if level.is_some_and(|level| !level.is_finite()) {
                return Err(MetricRuleError::NotANumber(name));
            }
        }
        let milder = self.milder().ok_or(MetricRuleError::NoThreshold)?;
        let swapped = |warning, critical| self.is_beyond(warning, critical);
        if self
            .warning
            .zip(self.critical)
            .is_some_and(|(warning, critical)| swapped(warning, critical))
        {
            return Err(MetricRuleError::Order);
        }
        if self.recovery.is_some_and(|recovery| self.is_beyond(recovery, milder)) {
            return Err(MetricRuleError::Recovery);
        }
        Ok(())
    }

    /// The threshold that is crossed first.
    fn milder(&self) -> Option<f64> {
        self.warning.or(self.critical)
    }

    fn is_beyond(&self, value: f64, level: f64) -> bool {
        match self.side {
            Side::Above => value > level,
            Side::Below => value < level,
        }
    }

    fn read(&self, value: f64) -> Reading {
        let beyond = |level: Option<f64>| level.is_some_and(|level| self.is_beyond(value, level));
        if !value.is_finite() {
            Reading::Missing
        } else if beyond(self.critical) {
            Reading::Wrong(Severity::Critical)
        } else if beyond(self.warning) {
            Reading::Wrong(Severity::Warning)
        } else if beyond(self.recovery) {
            Reading::Between
        } else {
            Reading::Right
        }
    }

    /// Changes are compared by their size: a fall by 30 % is beyond 20.
    fn read_change(&self, now: f64, before: f64) -> Reading {
        if now.to_bits() == before.to_bits() {
            return Levels { side: Side::Above, ..*self }.read(0.0);
        }
        // From nothing there is no percentage.
        let percent = (now - before) / before.abs() * 100.0;
        let size = if self.side == Side::Below { -percent } else { percent };
        Levels { side: Side::Above, ..*self }.read(size)
    }
}

/// Judges one sample of one series.
pub fn evaluate(
    rule: &MetricRule,
    state: &MetricState,
    sample: &Sample,
    now: Micros,
) -> (MetricState, Option<Transition>) {
    let mut state = *state;
    let reading = match (&rule.condition, sample) {
        (Condition::Threshold(levels), Sample::Value(value)) => levels.read(*value),
        (Condition::Change(levels), Sample::Compared { now, before }) => {
            levels.read_change(*now, *before)
        }
        (Condition::Ratio(test), Sample::Share { counts, usual }) => {
            test.read(*counts, *usual, &mut state.streak)
        }
        (Condition::Cusum(cusum), Sample::Share { counts, usual }) => {
            cusum.read(*counts, *usual, &mut state.sum)
        }
        (Condition::ReturnToPlayer(game), Sample::Wagers(wagers)) => game.read(*wagers),
        // What was measured is not what was asked for.
        _ => Reading::Missing,
    };
    let transition = match reading {
        Reading::Missing if rule.no_data == NoData::Ok => state.judge(rule, &Reading::Right, now),
        Reading::Missing => state.miss(rule, now),
        reading => {
            let back = state.find(now);
            state.judge(rule, &reading, now).or(back)
        }
    };
    (state, transition)
}

impl Default for MetricState {
    fn default() -> Self {
        Self {
            phase: Phase::Inactive,
            since: Micros(0),
            warning_since: None,
            critical_since: None,
            right_since: None,
            missing_since: None,
            streak: 0,
            sum: 0.0,
        }
    }
}

impl MetricState {
    fn enter(&mut self, phase: Phase, now: Micros) {
        if self.phase != phase {
            self.phase = phase;
            self.since = now;
        }
    }

    fn firing(&self) -> Option<Severity> {
        match self.phase {
            Phase::Firing(severity) | Phase::NoData(Some(severity)) => Some(severity),
            Phase::Inactive | Phase::Pending | Phase::NoData(None) => None,
        }
    }

    fn miss(&mut self, rule: &MetricRule, now: Micros) -> Option<Transition> {
        let since = *self.missing_since.get_or_insert(now);
        let is_known = matches!(self.phase, Phase::NoData(_));
        if is_known || now.0.saturating_sub(since.0) < rule.no_data_after {
            return None;
        }
        self.enter(Phase::NoData(self.firing()), now);
        (self.warning_since, self.critical_since) = (None, None);
        Some(Transition::DataLost { is_alert: rule.no_data == NoData::Alert })
    }

    /// Data are there.
    fn find(&mut self, now: Micros) -> Option<Transition> {
        self.missing_since = None;
        let Phase::NoData(firing) = self.phase else { return None };
        self.enter(firing.map_or(Phase::Inactive, Phase::Firing), now);
        Some(Transition::DataBack { firing })
    }

    fn judge(&mut self, rule: &MetricRule, reading: &Reading, now: Micros) -> Option<Transition> {
        let wrong = match reading {
            Reading::Missing | Reading::Unsure => return None,
            Reading::Wrong(severity) => Some(*severity),
            Reading::Between | Reading::Right => None,
        };
        let since = |since: &mut Option<Micros>, holds: bool| {
            *since = if holds { since.or(Some(now)) } else { None };
            since.is_some_and(|since| now.0.saturating_sub(since.0) >= rule.wrong_for)
        };
        let is_warning = since(&mut self.warning_since, wrong.is_some());
        let is_critical = since(&mut self.critical_since, wrong == Some(Severity::Critical));
        let reached = match (is_critical, is_warning) {
            (true, _) => Some(Severity::Critical),
            (false, true) if rule.condition.has_warning() => Some(Severity::Warning),
            _ => None,
        };
        match (self.phase, reached) {
            (Phase::Firing(before), Some(reached)) if reached > before => {
                self.right_since = None;
                self.enter(Phase::Firing(reached), now);
                Some(Transition::Worsened(reached))
            }
            (Phase::Firing(_), _) => self.ease(rule, reading, now),
            (_, Some(reached)) => {
                self.right_since = None;
                self.enter(Phase::Firing(reached), now);
                Some(Transition::Fired(reached))
            }
            (_, None) => {
                let phase = if wrong.is_some() { Phase::Pending } else { Phase::Inactive };
                self.enter(phase, now);
                None
            }
        }
    }

    /// What fires is over when it was right for long enough.
    fn ease(&mut self, rule: &MetricRule, reading: &Reading, now: Micros) -> Option<Transition> {
        if !matches!(reading, Reading::Right) {
            self.right_since = None;
            return None;
        }
        let since = *self.right_since.get_or_insert(now);
        if now.0.saturating_sub(since.0) < rule.right_for {
            return None;
        }
        self.right_since = None;
        self.enter(Phase::Inactive, now);
        Some(Transition::Resolved)
    }
}

impl Condition {
    /// Whether it knows a warning that is not critical.
    fn has_warning(&self) -> bool {
        match self {
            Self::Threshold(levels) | Self::Change(levels) => levels.warning.is_some(),
            Self::ReturnToPlayer(_) => true,
            Self::Ratio(_) | Self::Cusum(_) => false,
        }
    }
}
