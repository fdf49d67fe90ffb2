//! Which alerts belong to which incident.

use std::collections::BTreeSet;

use model::clock::Micros;

use super::track::Tracked;
use super::{Dispatcher, Reason, Round};
use crate::alert::{Alert, Role};
use crate::incident::{Incident, IncidentId};
use crate::labels::Fingerprint;
use crate::limits::INCIDENT_ALERTS_MAX;
use crate::policy::Policy;

impl Dispatcher {
    /// Opens incidents for symptoms, lets others join, and ends those whose symptoms are over.
    pub(super) fn gather(&mut self, round: &mut Round<'_>) {
        let (policy, now) = (round.policy, round.now);
        self.settle(policy, now);
        for role in [Role::Symptom, Role::Other] {
            let loose: Vec<Fingerprint> = self
                .alerts
                .iter()
                .filter(|(_, known)| known.alert.role == role && known.is_firing())
                .filter(|(_, known)| known.incident.is_none_or(|id| !self.is_live(id)))
                .map(|(fingerprint, _)| *fingerprint)
                .collect();
            for fingerprint in loose {
                self.join(fingerprint, round);
            }
        }
        self.release();
    }

    /// Notes which incidents have no firing symptom any more.
    fn settle(&mut self, policy: &Policy, now: Micros) {
        let alerts = &self.alerts;
        for incident in self.incidents.values_mut().filter(|known| known.resolved.is_none()) {
            let mut symptoms = incident.symptoms.iter().filter_map(|symptom| alerts.get(symptom));
            if symptoms.any(Tracked::is_present) {
                incident.ended = None;
            } else {
                let ended = *incident.ended.get_or_insert(now);
                if now.0.saturating_sub(ended.0) >= policy.grace {
                    incident.resolved = Some(ended);
                }
            }
        }
    }

    /// Alerts that are over leave resolved incidents, so that they may join others.
    fn release(&mut self) {
        let incidents = &self.incidents;
        for known in self.alerts.values_mut().filter(|known| !known.is_present()) {
            let is_live = |id| incidents.get(&id).is_some_and(|known| known.resolved.is_none());
            known.incident = known.incident.filter(|id| is_live(*id));
        }
    }

    fn is_live(&self, id: IncidentId) -> bool {
        self.incidents.get(&id).is_some_and(|incident| incident.resolved.is_none())
    }

    fn join(&mut self, fingerprint: Fingerprint, round: &mut Round<'_>) {
        let policy = round.policy;
        let Some(known) = self.alerts.get(&fingerprint) else { return };
        let alert = &known.alert;
        let began = known.since.min(alert.at);
        let is_symptom = alert.role == Role::Symptom;
        let live = self.incidents.values().filter(|incident| incident.resolved.is_none());
        let related = if is_symptom {
            let service = alert.service();
            live.into_iter().find(|incident| incident.services.contains(service))
        } else {
            live.into_iter().find(|incident| self.is_related(policy, incident, alert))
        };
        let id = match related.map(|incident| incident.id) {
            Some(id) => id,
            None if is_symptom => self.open(fingerprint, round),
            None => return,
        };
        if let Some(known) = self.alerts.get_mut(&fingerprint) {
            known.incident = Some(id);
        }
        let Some(incident) = self.incidents.get_mut(&id) else { return };
        incident.began = incident.began.min(began);
        if is_symptom {
            incident.symptoms.insert(fingerprint);
            incident.ended = None;
        } else if incident.gathered.len() < INCIDENT_ALERTS_MAX {
            incident.gathered.insert(fingerprint);
        }
    }

    fn open(&mut self, symptom: Fingerprint, round: &mut Round<'_>) -> IncidentId {
        let now = round.now;
        self.incidents_made += 1;
        let id = IncidentId(self.incidents_made);
        let service = self.alerts.get(&symptom).map_or("", |known| known.alert.service());
        let named = Some(service.to_owned()).filter(|service| !service.is_empty());
        let incident = Incident {
            id,
            opened_by: symptom,
            began: now,
            opened: now,
            notified: None,
            acknowledged: None,
            ended: None,
            resolved: None,
            symptoms: BTreeSet::from([symptom]),
            gathered: BTreeSet::new(),
            services: named.into_iter().collect(),
        };
        self.incidents.insert(id, incident);
        round.outcome.opened.push(id);
        id
    }

    fn is_related(&self, policy: &Policy, incident: &Incident, alert: &Alert) -> bool {
        incident.services.contains(alert.service())
            || self.symptoms_of(incident).any(|symptom| policy.names(symptom, alert))
    }

    fn symptoms_of(&self, incident: &Incident) -> impl Iterator<Item = &Alert> {
        let known = incident.symptoms.iter().filter_map(|symptom| self.alerts.get(symptom));
        known.map(|known| &known.alert)
    }

    /// Why an alert of an incident is not told by itself, if so. Symptoms always are; others if they are
    /// no less bad than all symptoms, and no symptom names them as its cause.
    pub(super) fn rides_along(
        &self,
        policy: &Policy,
        id: IncidentId,
        alert: &Alert,
    ) -> Option<Reason> {
        let incident = self.incidents.get(&id)?;
        if alert.role == Role::Symptom || incident.resolved.is_some() {
            return None;
        }
        let symptom = self
            .symptoms_of(incident)
            .filter(|symptom| incident.ended.is_some() || self.is_present(symptom.fingerprint()))
            .find(|symptom| alert.severity < symptom.severity || policy.names(symptom, alert))?;
        Some(match incident.ended {
            Some(ended) => Reason::Grace { until: Micros(ended.0.saturating_add(policy.grace)) },
            None => Reason::RidesAlong { symptom: symptom.fingerprint() },
        })
    }
}
