//! Everything that people decided about notifications, checked and ready to be followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::alert::{Alert, RuleId};
use crate::labels::{Labels, Matcher, all_match};
use crate::limits::ESCALATION_STEPS_MAX;
use crate::on_call::Rotation;
use crate::route::Routes;
use crate::window::{Maintenance, Silence};

const MINUTE: u64 = 60_000_000;

/// See the module. Times are in microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Who is told what.
    pub routes: Routes,
    /// By name.
    pub receivers: BTreeMap<String, Receiver>,
    /// Alerts that quieten others.
    pub inhibitions: Vec<Inhibition>,
    /// Which rules a symptom's rule names as causes.
    pub causes: BTreeMap<RuleId, BTreeSet<RuleId>>,
    /// Rules whose alerts tell of a moment, such as a new issue: one that lapses is not told to be over, and
    /// one that comes again and again does not come and go.
    pub momentary: BTreeSet<RuleId>,
    /// Quiet that people asked for.
    pub silences: Vec<Silence>,
    /// Planned work.
    pub maintenance: Vec<Maintenance>,
    /// Who is on call, by the rotation's name.
    pub rotations: BTreeMap<String, Rotation>,
    /// How long causes stay quiet after their symptom ended.
    pub grace: u64,
    /// How long a cause waits for its symptom before it is told on its own.
    pub cause_wait: u64,
    /// When an alert is restless.
    pub flapping: Flapping,
}

/// When an alert changes too often to be told each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flapping {
    /// More changes than this …
    pub changes: usize,
    /// … within this time make it restless.
    pub within: u64,
    /// After so long without a change it is calm again.
    pub stable: u64,
}

impl Default for Flapping {
    /// More than 4 changes in 30 minutes; 15 calm minutes.
    fn default() -> Self {
        Self { changes: 4, within: 30 * MINUTE, stable: 15 * MINUTE }
    }
}

/// Who is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Receiver {
    /// Whether it wants to know when all is over.
    pub wants_resolved: bool,
    /// At most so many notifications in so long; ends of alerts do not count.
    pub limit: Option<(usize, u64)>,
    /// A rotation: whoever is on call is named in the notification.
    pub rotation: Option<String>,
    /// What happens if nobody acknowledges.
    pub escalation: Vec<Step>,
    /// How often all steps are gone through, after the first time.
    pub escalation_repeats: u32,
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How long after the step before, or the first notification.
    pub wait: u64,
    /// Who is told then.
    pub receiver: String,
}

/// While a source fires, targets are quiet.
#[derive(Debug, Clone, PartialEq)]
pub struct Inhibition {
    /// Which alerts quieten others.
    pub source: Vec<Matcher>,
    /// Which are quietened.
    pub target: Vec<Matcher>,
    /// Labels that must be equal in both; absent and empty are equal.
    pub equal: Vec<String>,
}

impl Inhibition {
    /// Whether `source` quietens `target`. An alert that is both never quietens itself, nor another that is
    /// both, as in Alertmanager.
    pub(crate) fn quietens(&self, source: &Labels, target: &Labels) -> bool {
        let value = |labels: &Labels, name: &str| labels.get(name).cloned().unwrap_or_default();
        all_match(&self.source, source)
            && all_match(&self.target, target)
            && !all_match(&self.source, target)
            && self.equal.iter().all(|name| value(source, name) == value(target, name))
    }
}

/// A policy that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PolicyError {
    #[error("receiver {receiver:?}: an escalation has at most {ESCALATION_STEPS_MAX} steps")]
    TooManySteps { receiver: String },
    #[error("receiver {receiver:?} escalates to {to:?}, which is not known")]
    UnknownStep { receiver: String, to: String },
    #[error("receiver {receiver:?} names rotation {rotation:?}, which is not known")]
    UnknownRotation { receiver: String, rotation: String },
    #[error("receiver {receiver:?} has a limit of nothing: it would never be told")]
    NoLimit { receiver: String },
    #[error("rule {} names itself as its cause: it would never be told", rule.0)]
    OwnCause { rule: RuleId },
}

impl Policy {
    /// One with these routes and receivers, and the defaults for the rest.
    pub fn new(routes: Routes, receivers: BTreeMap<String, Receiver>) -> Self {
        Self {
            routes,
            receivers,
            inhibitions: Vec::new(),
            causes: BTreeMap::new(),
            momentary: BTreeSet::new(),
            silences: Vec::new(),
            maintenance: Vec::new(),
            rotations: BTreeMap::new(),
            grace: 5 * MINUTE,
            cause_wait: 3 * MINUTE,
            flapping: Flapping::default(),
        }
    }

    /// Checks what its parts could not check by themselves.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn check(&self) -> Result<(), PolicyError> {
        for (name, receiver) in &self.receivers {
            let receiver_name = || name.clone();
            if receiver.escalation.len() > ESCALATION_STEPS_MAX {
                return Err(PolicyError::TooManySteps { receiver: receiver_name() });
            }
            if receiver.limit.is_some_and(|(count, _)| count == 0) {
                return Err(PolicyError::NoLimit { receiver: receiver_name() });
            }
            let mut steps = receiver.escalation.iter();
            if let Some(step) = steps.find(|step| !self.receivers.contains_key(&step.receiver)) {
                let to = step.receiver.clone();
                return Err(PolicyError::UnknownStep { receiver: receiver_name(), to });
            }
            if let Some(rotation) = receiver
                .rotation
                .as_ref()
                .filter(|rotation| !self.rotations.contains_key(*rotation))
            {
                let rotation = rotation.clone();
                return Err(PolicyError::UnknownRotation { receiver: receiver_name(), rotation });
            }
        }
        match self.causes.iter().find(|(rule, causes)| causes.contains(rule)) {
            Some((rule, _)) => Err(PolicyError::OwnCause { rule: *rule }),
            None => Ok(()),
        }
    }

    /// Whether some symptom names the rule as a cause.
    pub(crate) fn is_cause(&self, rule: RuleId) -> bool {
        self.causes.values().any(|causes| causes.contains(&rule))
    }

    /// Whether the symptom's rule names the other's.
    pub(crate) fn names(&self, symptom: &Alert, other: &Alert) -> bool {
        self.causes.get(&symptom.rule).is_some_and(|causes| causes.contains(&other.rule))
    }
}
