//! Which alerts go to which thread, and which are quiet for now.

use std::collections::{BTreeMap, BTreeSet};

use model::clock::Micros;

use super::track::Tracked;
use super::{About, Dispatcher, Reason, Round, Standing, Thread};
use crate::labels::Fingerprint;
use crate::policy::Policy;
use crate::route::Flat;

/// What belongs to a thread now.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The route that led here; its times count.
    pub(super) route: usize,
    /// To be told.
    pub(super) news: Vec<Fingerprint>,
    /// Told before.
    pub(super) known: Vec<Fingerprint>,
    /// Causes that ride along.
    pub(super) lines: Vec<Fingerprint>,
}

enum Place {
    News,
    Known(Option<Reason>),
    Line(Reason),
    Quiet(Reason),
}

impl Dispatcher {
    pub(super) fn place(&mut self, round: &mut Round<'_>) -> BTreeMap<Thread, Members> {
        let (policy, now) = (round.policy, round.now);
        let mut placed: BTreeMap<Thread, Members> = BTreeMap::new();
        let mut standings = Vec::new();
        let sources = self.inhibiting(policy, now);
        for (fingerprint, known) in self.alerts.iter().filter(|(_, known)| known.is_present()) {
            let quiet = self.quiet(policy, &sources, (*fingerprint, known), now);
            let mut receivers = BTreeSet::new();
            for route_place in policy.routes.of(&known.alert.labels) {
                let Some(route) = policy.routes.get(route_place) else { continue };
                if !receivers.insert(&route.receiver) {
                    continue;
                }
                let about = known.incident.map(About::Incident);
                let about =
                    about.unwrap_or_else(|| About::Labels(route.group_of(&known.alert.labels)));
                let thread = Thread { receiver: route.receiver.clone(), about };
                let place = match quiet.clone().or_else(|| muted(route, now)) {
                    Some(reason @ Reason::RidesAlong { .. }) => Place::Line(reason),
                    Some(reason) => Place::Quiet(reason),
                    None => self.place_in(&thread, (*fingerprint, known), now),
                };
                let members = placed.entry(thread);
                let fresh = || Members { route: route_place, ..Members::default() };
                let members = members.or_insert_with(fresh);
                let reason = match place {
                    Place::News => {
                        members.news.push(*fingerprint);
                        None
                    }
                    Place::Known(reason) => {
                        members.known.push(*fingerprint);
                        reason
                    }
                    Place::Line(reason) => {
                        members.lines.push(*fingerprint);
                        Some(reason)
                    }
                    Place::Quiet(reason) => Some(reason),
                };
                let standing = reason.map(Standing::Held);
                standings.extend(
                    standing.map(|standing| (*fingerprint, route.receiver.clone(), standing)),
                );
            }
            let unrouted = known.deliveries.keys().filter(|receiver| !receivers.contains(receiver));
            standings.extend(unrouted.map(|receiver| {
                (*fingerprint, receiver.clone(), Standing::Suppressed(Reason::Unrouted))
            }));
        }
        ride_along(&mut placed);
        for (fingerprint, receiver, standing) in standings {
            self.stand(fingerprint, &receiver, standing, round);
        }
        placed
    }

    /// Gives the present episode of an alert that fires a standing.
    pub(super) fn stand(
        &mut self,
        fingerprint: Fingerprint,
        receiver: &str,
        standing: Standing,
        round: &mut Round<'_>,
    ) {
        let known = self.alerts.get_mut(&fingerprint);
        if let Some(known) = known.filter(|known| known.is_firing()) {
            known.stand(receiver, standing, round);
        }
    }

    /// Alerts that an inhibition may name as its source: those that fire, and those that did until the
    /// grace time.
    fn inhibiting(&self, policy: &Policy, now: Micros) -> Vec<Fingerprint> {
        if policy.inhibitions.is_empty() {
            return Vec::new();
        }
        let recent = |known: &Tracked| now.0.saturating_sub(known.alert.at.0) < policy.grace;
        let sources = self.alerts.iter().filter(|(_, known)| known.is_present() || recent(known));
        let is_source = |known: &Tracked| {
            let mut rules = policy.inhibitions.iter();
            rules.any(|rule| crate::labels::all_match(&rule.source, &known.alert.labels))
        };
        sources.filter(|(_, known)| is_source(known)).map(|(fingerprint, _)| *fingerprint).collect()
    }

    /// Why an alert is told to nobody for now.
    fn quiet(
        &self,
        policy: &Policy,
        sources: &[Fingerprint],
        (fingerprint, known): (Fingerprint, &Tracked),
        now: Micros,
    ) -> Option<Reason> {
        let labels = &known.alert.labels;
        if let Some(silence) = policy.silences.iter().find(|silence| silence.covers(labels, now)) {
            return Some(Reason::Silenced(silence.id));
        }
        if let Some(work) = policy.maintenance.iter().find(|work| work.covers(labels, now)) {
            return Some(Reason::Maintenance(work.name.clone()));
        }
        let by_incident = known.incident.and_then(|id| self.rides_along(policy, id, &known.alert));
        by_incident.or_else(|| {
            let quietens = |source: &&Fingerprint| {
                **source != fingerprint
                    && self.alerts.get(source).is_some_and(|other| {
                        let mut rules = policy.inhibitions.iter();
                        rules.any(|rule| rule.quietens(&other.alert.labels, labels))
                    })
            };
            sources.iter().find(quietens).map(|by| Reason::Inhibited { by: *by })
        })
    }

    /// What an alert that is not quiet is to its thread.
    fn place_in(
        &self,
        thread: &Thread,
        (fingerprint, known): (Fingerprint, &Tracked),
        now: Micros,
    ) -> Place {
        let group = self.groups.get(thread);
        let told = group.and_then(|group| group.told(fingerprint));
        if known.flapping.is_some() {
            return match told {
                Some(told) if told.is_flapping => Place::Known(Some(Reason::Flapping)),
                _ => Place::News,
            };
        }
        if matches!(known.deliveries.get(&thread.receiver), Some(Standing::Sent(_))) {
            return Place::Known(None);
        }
        if let Some(told) = told {
            return Place::Known(Some(Reason::AlreadyTold(told.notification)));
        }
        match group.and_then(|group| group.acknowledged_by(known.alert.severity, now)) {
            Some(by) => Place::Quiet(Reason::Acknowledged { by: by.clone() }),
            None => Place::News,
        }
    }
}

/// Causes are lines in every thread of their incident in which a symptom is told: who is told of a cause by itself is
/// often somebody else.
fn ride_along(placed: &mut BTreeMap<Thread, Members>) {
    let mut lines: BTreeMap<About, BTreeSet<Fingerprint>> = BTreeMap::new();
    for (thread, members) in placed.iter().filter(|(_, members)| !members.lines.is_empty()) {
        lines.entry(thread.about.clone()).or_default().extend(&members.lines);
    }
    for (thread, members) in placed {
        let is_told = !(members.news.is_empty() && members.known.is_empty());
        if let Some(lines) = lines.get(&thread.about).filter(|_| is_told) {
            members.lines = lines.iter().copied().collect();
        }
    }
}

/// Whether the route is quiet at this time.
fn muted(route: &Flat, now: Micros) -> Option<Reason> {
    let is_open = |window: &crate::window::Window| window.is_open(now);
    let is_active = route.active.is_empty() || route.active.iter().any(is_open);
    (!is_active || route.muted.iter().any(is_open)).then_some(Reason::Muted)
}
