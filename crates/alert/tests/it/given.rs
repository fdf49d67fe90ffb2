//! A small world to test in: one team, its routes, and a clock.

use std::collections::{BTreeMap, BTreeSet};

use alert::{
    Alert, Change, Dispatcher, EpisodeId, Fingerprint, Kind, Labels, Notification, Outcome, Policy,
    Receiver, Role, Route, Routes, RuleId, Severity, Standing,
};
use model::clock::Micros;

pub(crate) const SECOND: u64 = 1_000_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;

/// Monday, 2026-11-23T00:00:00Z.
pub(crate) const START: u64 = 1_795_392_000 * SECOND;

pub(crate) fn after(time: u64) -> Micros {
    Micros(START + time)
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn alert(rule: u64, pairs: &[(&str, &str)]) -> Alert {
    Alert {
        labels: labels(pairs),
        rule: RuleId(rule),
        role: Role::Other,
        severity: Severity::Warning,
        is_firing: true,
        at: after(0),
        lapses_at: None,
        annotations: BTreeMap::new(),
    }
}

pub(crate) fn symptom(rule: u64, pairs: &[(&str, &str)]) -> Alert {
    Alert { role: Role::Symptom, severity: Severity::Critical, ..alert(rule, pairs) }
}

/// Alertmanager's defaults: by name and service, to one receiver that wants to hear of ends.
pub(crate) fn policy() -> Policy {
    let root = Route {
        receiver: Some("team".to_owned()),
        group_by: Some(vec!["alertname".to_owned(), "service".to_owned()]),
        ..Route::default()
    };
    policy_with(&root, &["team"])
}

pub(crate) fn policy_with(root: &Route, receivers: &[&str]) -> Policy {
    let receiver = Receiver { wants_resolved: true, ..Receiver::default() };
    let receivers: BTreeMap<String, Receiver> =
        receivers.iter().map(|name| ((*name).to_owned(), receiver.clone())).collect();
    let names: BTreeSet<String> = receivers.keys().cloned().collect();
    Policy::new(Routes::new(root, &names).unwrap(), receivers)
}

/// A dispatcher, its policy, and everything that came of it.
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) dispatcher: Dispatcher,
    /// Since [`START`].
    pub(crate) time: u64,
    pub(crate) sent: Vec<Notification>,
    pub(crate) changes: Vec<Change>,
    pub(crate) closed: Vec<alert::Incident>,
    pub(crate) begun: usize,
}

impl World {
    pub(crate) fn new(policy: Policy) -> Self {
        policy.check().unwrap();
        Self {
            policy,
            dispatcher: Dispatcher::default(),
            time: 0,
            sent: Vec::new(),
            changes: Vec::new(),
            closed: Vec::new(),
            begun: 0,
        }
    }

    /// Reports alerts now; what they say about time does not matter.
    pub(crate) fn report(&mut self, alerts: &[Alert]) -> Outcome {
        let now = after(self.time);
        let alerts: Vec<Alert> =
            alerts.iter().map(|alert| Alert { at: now, ..alert.clone() }).collect();
        let outcome = self.dispatcher.tick(&self.policy, &alerts, now);
        self.begun += outcome.taken.begun;
        self.sent.extend(outcome.notifications.clone());
        self.changes.extend(outcome.changes.clone());
        self.closed.extend(outcome.closed.clone());
        outcome
    }

    pub(crate) fn fire(&mut self, alert: &Alert) {
        self.report(std::slice::from_ref(alert));
    }

    pub(crate) fn end(&mut self, alert: &Alert) {
        self.fire(&Alert { is_firing: false, ..alert.clone() });
    }

    /// Lets time pass, with a tick every ten seconds.
    pub(crate) fn pass(&mut self, time: u64) {
        let until = self.time + time;
        while self.time < until {
            self.time = until.min(self.time + 10 * SECOND);
            self.report(&[]);
        }
    }

    /// What was sent, one line each: when in seconds, why, how many alerts and lines.
    pub(crate) fn log(&self) -> Vec<String> {
        let line = |sent: &Notification| {
            let seconds = (sent.at.0 - START) / SECOND;
            let kind = match sent.kind {
                Kind::Escalation(step) => format!("escalation {step} to {}", sent.thread.receiver),
                kind => format!("{kind:?}").to_lowercase(),
            };
            format!(
                "{seconds} s {kind}: {} alerts, {} lines, {} resolved",
                sent.alerts.len(),
                sent.lines.len(),
                sent.resolved.len()
            )
        };
        self.sent.iter().map(line).collect()
    }

    /// Where an alert stands now towards the team.
    pub(crate) fn standing(&self, alert: &Alert) -> String {
        let standings = self.dispatcher.standings(alert.fingerprint());
        standings.get("team").map_or_else(|| "none".to_owned(), |known| format!("{known:?}"))
    }

    /// The last standing of every episode towards every receiver.
    pub(crate) fn fates(&self) -> BTreeMap<(EpisodeId, String), Standing> {
        let mut fates = BTreeMap::new();
        for change in &self.changes {
            let key = (change.episode, change.receiver.clone());
            let before = fates.insert(key, change.standing.clone());
            assert!(
                !matches!(before, Some(Standing::Sent(_) | Standing::Suppressed(_))),
                "{change:?} after {before:?}"
            );
        }
        fates
    }

    pub(crate) fn told(&self, fingerprint: Fingerprint) -> bool {
        self.sent.iter().any(|sent| sent.alerts.contains(&fingerprint))
    }
}
