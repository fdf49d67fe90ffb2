//! Alerts as they begin, go on, end, lapse, and come and go.

use std::collections::{BTreeMap, VecDeque};

use model::clock::Micros;
use serde::{Deserialize, Serialize};

use super::{Change, Dispatcher, EpisodeId, Reason, Round, Standing};
use crate::alert::{Alert, Refused};
use crate::incident::IncidentId;
use crate::labels::Fingerprint;
use crate::limits::ALERTS_MAX;
use crate::policy::{Flapping, Policy};

/// An alert that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// As last reported.
    pub(super) alert: Alert,
    pub(super) episode: EpisodeId,
    /// When the episode began, by our clock.
    #[serde(with = "crate::moment")]
    pub(super) since: Micros,
    /// The newest changes between firing and over, oldest first.
    changes: VecDeque<u64>,
    /// Since when it comes and goes.
    #[serde(with = "crate::moment::option")]
    pub(super) flapping: Option<Micros>,
    /// Whether the episode ended because nobody reported it again.
    #[serde(default)]
    pub(super) has_lapsed: bool,
    /// The incident that gathered it.
    pub(super) incident: Option<IncidentId>,
    /// Where the episode stands, by receiver.
    pub(super) deliveries: BTreeMap<String, Standing>,
}

impl Tracked {
    pub(super) fn is_firing(&self) -> bool {
        self.alert.is_firing
    }

    /// Whether people should think of it as firing: one that comes and goes does so until it is calm.
    pub(super) fn is_present(&self) -> bool {
        self.is_firing() || self.flapping.is_some()
    }

    /// Whether its changes must be remembered.
    pub(super) fn is_restless(&self, flapping: Flapping, now: Micros) -> bool {
        self.changes.back().is_some_and(|last| now.0.saturating_sub(*last) <= flapping.within)
    }

    /// Gives the episode a standing towards a receiver, unless it has that already or a final one.
    pub(super) fn stand(&mut self, receiver: &str, standing: Standing, round: &mut Round<'_>) {
        let now = round.now;
        let known = self.deliveries.get(receiver);
        let is_final = matches!(known, Some(Standing::Sent(_) | Standing::Suppressed(_)));
        if is_final || known == Some(&standing) {
            return;
        }
        round.outcome.changes.push(Change {
            at: now,
            fingerprint: self.alert.fingerprint(),
            rule: self.alert.rule,
            episode: self.episode,
            receiver: receiver.to_owned(),
            standing: standing.clone(),
        });
        self.deliveries.insert(receiver.to_owned(), standing);
    }

    /// Notes a change, and whether there were too many.
    fn changed(&mut self, flapping: Flapping, now: Micros) {
        self.changes.push_back(now.0);
        while self.changes.len() > flapping.changes + 1 {
            self.changes.pop_front();
        }
        let first = self.changes.front().filter(|_| self.changes.len() > flapping.changes);
        if first.is_some_and(|first| now.0.saturating_sub(*first) <= flapping.within) {
            self.flapping.get_or_insert(now);
        }
    }

    /// The episode is over: what was held will not be sent.
    fn end(&mut self, round: &mut Round<'_>) {
        let held: Vec<(String, Reason)> = self
            .deliveries
            .iter()
            .filter_map(|(receiver, standing)| match standing {
                Standing::Held(reason) => Some((receiver.clone(), reason.clone())),
                Standing::Sent(_) | Standing::Suppressed(_) => None,
            })
            .collect();
        for (receiver, reason) in held {
            self.stand(&receiver, Standing::Suppressed(reason), round);
        }
        // What ends in the tick in which it began has no standing yet.
        let policy = round.policy;
        let routes = policy.routes.of(&self.alert.labels);
        for route in routes.into_iter().filter_map(|route| policy.routes.get(route)) {
            if !self.deliveries.contains_key(&route.receiver) {
                self.stand(&route.receiver, Standing::Suppressed(Reason::Brief), round);
            }
        }
    }
}

impl Dispatcher {
    /// Takes what was reported, in an order that does not depend on how it was given.
    pub(super) fn take(&mut self, reported: &[Alert], round: &mut Round<'_>) {
        let mut places: Vec<usize> = (0..reported.len()).collect();
        // Of one alert the older report first, and if both are of one moment, the end last.
        let order = |place: &usize| {
            let alert = reported.get(*place);
            alert.map(|alert| (&alert.labels, alert.at, !alert.is_firing, alert, *place))
        };
        places.sort_by(|left, right| order(left).cmp(&order(right)));
        for place in places {
            let Some(alert) = reported.get(place) else { continue };
            if let Err(refused) = self.take_one(alert, round) {
                round.outcome.taken.refused += 1;
                round.outcome.refused.push((place, refused));
            }
        }
        self.lapse(round);
    }

    fn take_one(&mut self, alert: &Alert, round: &mut Round<'_>) -> Result<(), Refused> {
        let (policy, now) = (round.policy, round.now);
        alert.check()?;
        let fingerprint = alert.fingerprint();
        let is_full = self.alerts.len() >= ALERTS_MAX;
        let Some(known) = self.alerts.get_mut(&fingerprint) else {
            if !alert.is_firing {
                round.outcome.taken.idle += 1;
                round.late(alert);
                return Ok(());
            }
            if is_full {
                return Err(Refused::Full);
            }
            let known = self.begun(policy, alert, now);
            round.outcome.begun.push((fingerprint, known.episode));
            self.alerts.insert(fingerprint, known);
            round.outcome.taken.begun += 1;
            return Ok(());
        };
        if known.alert.labels != alert.labels {
            return Err(Refused::Collision);
        }
        let was_firing = known.is_firing();
        let is_steady = policy.momentary.contains(&alert.rule);
        known.alert.clone_from(alert);
        let had_lapsed = std::mem::take(&mut known.has_lapsed);
        match (was_firing, alert.is_firing) {
            (true, true) => round.outcome.taken.again += 1,
            (false, false) => {
                round.outcome.taken.idle += 1;
                if had_lapsed {
                    round.late(alert);
                }
            }
            (true, false) => {
                round.outcome.taken.ended += 1;
                round.outcome.ended.push((fingerprint, known.episode));
                if !is_steady {
                    known.changed(policy.flapping, now);
                }
                known.end(round);
            }
            (false, true) => {
                round.outcome.taken.begun += 1;
                self.episodes += 1;
                known.episode = EpisodeId(self.episodes);
                known.since = now;
                known.deliveries.clear();
                round.outcome.begun.push((fingerprint, known.episode));
                if !is_steady {
                    known.changed(policy.flapping, now);
                }
            }
        }
        Ok(())
    }

    fn begun(&mut self, policy: &Policy, alert: &Alert, now: Micros) -> Tracked {
        self.episodes += 1;
        let mut known = Tracked {
            alert: alert.clone(),
            episode: EpisodeId(self.episodes),
            since: now,
            changes: VecDeque::new(),
            flapping: None,
            has_lapsed: false,
            incident: None,
            deliveries: BTreeMap::new(),
        };
        known.changed(policy.flapping, now);
        known
    }

    /// Ends what was not reported again in time, and calms what did not change for long.
    fn lapse(&mut self, round: &mut Round<'_>) {
        let (policy, now) = (round.policy, round.now);
        for known in self.alerts.values_mut() {
            if known.is_firing() && known.alert.lapses_at.is_some_and(|lapses| lapses <= now) {
                known.alert.is_firing = false;
                known.has_lapsed = true;
                round.outcome.ended.push((known.alert.fingerprint(), known.episode));
                if !policy.momentary.contains(&known.alert.rule) {
                    known.changed(policy.flapping, now);
                }
                known.end(round);
            }
            let last = known.changes.back();
            if last.is_some_and(|last| now.0.saturating_sub(*last) >= policy.flapping.stable) {
                known.flapping = None;
            }
        }
    }

    pub(super) fn is_present(&self, fingerprint: Fingerprint) -> bool {
        self.alerts.get(&fingerprint).is_some_and(Tracked::is_present)
    }
}
