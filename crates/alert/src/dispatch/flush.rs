//! When a thread is told something, and what.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::clock::Micros;
use serde::{Deserialize, Serialize};

use super::place::Members;
use super::{
    About, Acknowledgement, Dispatcher, Kind, Notification, NotificationId, Reason, Round,
    Standing, Thread,
};
use crate::alert::Severity;
use crate::labels::Fingerprint;
use crate::limits::LINES_MAX;
use crate::on_call::Person;
use crate::policy::Policy;
use crate::route::Flat;

/// What a thread was told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    told: BTreeMap<Fingerprint, Told>,
    /// Since when something new waits.
    #[serde(with = "crate::moment::option")]
    waiting: Option<Micros>,
    /// When it was first told, and last.
    #[serde(with = "crate::moment::option")]
    first: Option<Micros>,
    #[serde(with = "crate::moment::option")]
    last: Option<Micros>,
    /// The worst that was told.
    severity: Severity,
    pub(super) acknowledged: Option<Acknowledgement>,
    /// Steps of the escalation that were taken, and when the last one was.
    steps: u32,
    #[serde(with = "crate::moment::option")]
    stepped: Option<Micros>,
    /// Receivers that were drawn in by escalation.
    drawn_in: BTreeSet<String>,
    /// Whether anything belongs to it now.
    is_inhabited: bool,
    /// The route that led here last; its times count.
    route: usize,
}

/// What a receiver knows of one alert.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Where it was told first.
    pub(super) notification: NotificationId,
    /// Whether it was told that the alert comes and goes.
    pub(super) is_flapping: bool,
    /// Since when it is over, which was not told.
    #[serde(with = "crate::moment::option")]
    gone: Option<Micros>,
}

impl Group {
    pub(super) fn is_needed(&self) -> bool {
        self.is_inhabited || !self.told.is_empty()
    }

    pub(super) fn has_told(&self, fingerprint: Fingerprint) -> bool {
        self.told.contains_key(&fingerprint)
    }

    pub(super) fn told(&self, fingerprint: Fingerprint) -> Option<&Told> {
        self.told.get(&fingerprint)
    }

    /// Who is on it, unless something worse came.
    pub(super) fn acknowledged_by(&self, severity: Severity, now: Micros) -> Option<&Person> {
        let acknowledged = self.acknowledged.as_ref()?;
        (now < acknowledged.until && severity <= self.severity).then_some(&acknowledged.by)
    }

    fn is_acknowledged(&self, now: Micros) -> bool {
        self.acknowledged.as_ref().is_some_and(|known| now < known.until)
    }

    fn emptied(&self) -> Self {
        Self { is_inhabited: self.is_inhabited, route: self.route, ..Self::default() }
    }

    /// What was told and is not over.
    pub(super) fn present(&self) -> Vec<Fingerprint> {
        let present = self.told.iter().filter(|(_, told)| told.gone.is_none());
        present.map(|(fingerprint, _)| *fingerprint).collect()
    }

    /// What was told and is over, and since when.
    fn gone(&self) -> impl Iterator<Item = (Fingerprint, Micros)> {
        self.told.iter().filter_map(|(fingerprint, told)| Some((*fingerprint, told.gone?)))
    }

    fn is_all_gone(&self) -> bool {
        !self.told.is_empty() && self.told.values().all(|told| told.gone.is_some())
    }

    /// When news are told.
    fn due(&self, route: &Flat, wait: u64, severity: Severity, now: Micros) -> Micros {
        let waited = Micros(self.waiting.unwrap_or(now).0.saturating_add(wait));
        match self.last {
            Some(last) if severity <= self.severity => {
                waited.max(Micros(last.0.saturating_add(route.group_interval)))
            }
            // The first of a group, and what is worse than all before, waits for company only.
            _ => waited,
        }
    }
}

/// What is about to be said.
struct Message {
    kind: Kind,
    alerts: Vec<Fingerprint>,
    resolved: Vec<Fingerprint>,
}

impl Dispatcher {
    pub(super) fn flush(&mut self, mut placed: BTreeMap<Thread, Members>, round: &mut Round<'_>) {
        let (policy, now) = (round.policy, round.now);
        for thread in self.groups.keys() {
            placed.entry(thread.clone()).or_default();
        }
        let mut placed: Vec<_> = placed.into_iter().collect();
        // A receiver that may not be told everything is told the worst.
        placed.sort_by_cached_key(|(thread, members)| {
            (Reverse(self.worst(&members.news)), thread.clone())
        });
        for (thread, members) in placed {
            let mut group = self.groups.remove(&thread).unwrap_or_default();
            group.is_inhabited =
                !(members.news.is_empty() && members.known.is_empty() && members.lines.is_empty());
            if group.is_inhabited {
                group.route = members.route;
            }
            self.refresh(policy, &thread, &mut group, now);
            self.speak(&thread, (&mut group, &members), round);
            self.groups.insert(thread, group);
        }
    }

    /// Notes what is over, and what is calm again.
    fn refresh(&self, policy: &Policy, thread: &Thread, group: &mut Group, now: Micros) {
        for (fingerprint, told) in &mut group.told {
            let known = self.alerts.get(fingerprint).filter(|known| known.is_present());
            told.is_flapping &= known.is_some_and(|known| known.flapping.is_some());
            told.gone = if known.is_some() { None } else { told.gone.or(Some(now)) };
        }
        let mut heard = std::iter::once(&thread.receiver).chain(&group.drawn_in);
        let wants_resolved =
            heard.any(|name| policy.receivers.get(name).is_some_and(|known| known.wants_resolved));
        let ends_silently = |fingerprint: &Fingerprint| {
            self.alerts.get(fingerprint).is_some_and(|known| {
                known.has_lapsed && policy.momentary.contains(&known.alert.rule)
            })
        };
        group.told.retain(|fingerprint, told| {
            told.gone.is_none() || (wants_resolved && !ends_silently(fingerprint))
        });
        if group.told.is_empty() && group.last.is_some() {
            *group = group.emptied();
        }
    }

    fn speak(
        &mut self,
        thread: &Thread,
        (group, members): (&mut Group, &Members),
        round: &mut Round<'_>,
    ) {
        let (policy, now) = (round.policy, round.now);
        let Some(route) = policy.routes.towards(group.route, &thread.receiver) else { return };
        if !members.news.is_empty() {
            self.tell_news(thread, (group, members), round);
            return;
        }
        group.waiting = None;
        let last = group.last.unwrap_or(now);
        let has_waited = |time: u64| now.0.saturating_sub(last.0) >= time;
        if group.is_all_gone() {
            if has_waited(route.group_interval) {
                self.tell_resolved(thread, group, round);
            }
            return;
        }
        let alerts: Vec<_> =
            members.known.iter().copied().filter(|known| group.has_told(*known)).collect();
        let wants =
            policy.receivers.get(&thread.receiver).is_some_and(|known| known.wants_resolved);
        let is_news = |gone: Micros| now.0.saturating_sub(gone.0) >= route.group_interval;
        if alerts.is_empty() {
            // The others are quiet for now: what is over and comes back is news.
            group.told.retain(|_, told| !told.gone.is_some_and(is_news));
            return;
        }
        // What is over while others go on is told once it has been over for a while.
        let kind = if has_waited(route.repeat_interval) {
            Kind::Repeat
        } else if wants
            && has_waited(route.group_interval)
            && group.gone().any(|(_, gone)| is_news(gone))
        {
            Kind::Update
        } else {
            return;
        };
        if !group.is_acknowledged(now) && self.may_tell(policy, &thread.receiver, now) {
            let resolved = group.gone().map(|(fingerprint, _)| fingerprint).collect();
            self.tell(thread, (group, members), Message { kind, alerts, resolved }, round);
        }
    }

    fn tell_news(
        &mut self,
        thread: &Thread,
        (group, members): (&mut Group, &Members),
        round: &mut Round<'_>,
    ) {
        let (policy, now) = (round.policy, round.now);
        let Some(route) = policy.routes.towards(group.route, &thread.receiver) else { return };
        let digested = match &thread.about {
            About::Incident(id) => self.incidents.get(id).and_then(|incident| incident.resolved),
            About::Labels(_) => None,
        };
        group.waiting.get_or_insert(now);
        let wait = if self.are_causes(policy, &members.news) && digested.is_none() {
            route.group_wait.max(policy.cause_wait)
        } else {
            route.group_wait
        };
        let due = match digested {
            Some(_) => now,
            None => group.due(route, wait, self.worst(&members.news), now),
        };
        let held = if now < due {
            Some(Reason::Waiting { until: due })
        } else if self.may_tell(policy, &thread.receiver, now) {
            None
        } else {
            Some(Reason::ReceiverLimit)
        };
        if let Some(reason) = held {
            for fingerprint in &members.news {
                let standing = Standing::Held(reason.clone());
                self.stand(*fingerprint, &thread.receiver, standing, round);
            }
            return;
        }
        let restless = |fingerprint: &Fingerprint| {
            self.alerts.get(fingerprint).is_some_and(|known| known.flapping.is_some())
        };
        let kind = if members.news.iter().all(restless) {
            Kind::Flapping
        } else if digested.is_some() {
            Kind::Digest
        } else if group.told.is_empty() {
            Kind::Firing
        } else {
            Kind::Update
        };
        let resolved = group.gone().map(|(fingerprint, _)| fingerprint).collect();
        let mut alerts = members.news.clone();
        alerts.extend(&members.known);
        let message = Message { kind, alerts, resolved };
        self.tell(thread, (group, members), message, round);
    }

    fn tell_resolved(&mut self, thread: &Thread, group: &mut Group, round: &mut Round<'_>) {
        let policy = round.policy;
        let resolved: Vec<_> = group.told.keys().copied().collect();
        let drawn_in = std::mem::take(&mut group.drawn_in);
        for receiver in std::iter::once(&thread.receiver).chain(&drawn_in) {
            let wants = policy.receivers.get(receiver).is_some_and(|known| known.wants_resolved);
            if wants {
                let thread = Thread { receiver: receiver.clone(), about: thread.about.clone() };
                let message = Message {
                    kind: Kind::Resolved,
                    alerts: Vec::new(),
                    resolved: resolved.clone(),
                };
                self.tell(&thread, (group, &Members::default()), message, round);
            }
        }
        *group = group.emptied();
    }

    fn tell(
        &mut self,
        thread: &Thread,
        (group, members): (&mut Group, &Members),
        mut message: Message,
        round: &mut Round<'_>,
    ) {
        let (policy, now) = (round.policy, round.now);
        let severity_of = |fingerprint: &Fingerprint| {
            self.alerts.get(fingerprint).map_or(Severity::Info, |known| known.alert.severity)
        };
        message.alerts.sort_by_key(|fingerprint| (Reverse(severity_of(fingerprint)), *fingerprint));
        let shown = if message.alerts.is_empty() { &message.resolved } else { &message.alerts };
        let severity = self.worst(shown);
        self.notifications += 1;
        let id = NotificationId(self.notifications);
        for fingerprint in &message.alerts {
            let is_flapping =
                self.alerts.get(fingerprint).is_some_and(|known| known.flapping.is_some());
            let told = Told { notification: id, is_flapping, gone: None };
            group.told.entry(*fingerprint).or_insert(told).is_flapping = is_flapping;
            self.stand(*fingerprint, &thread.receiver, Standing::Sent(id), round);
        }
        for fingerprint in &message.resolved {
            group.told.remove(fingerprint);
        }
        group.severity = group.severity.max(severity);
        group.waiting = None;
        group.first.get_or_insert(now);
        group.last = Some(now);
        if message.kind != Kind::Resolved {
            self.heard.entry(thread.receiver.clone()).or_default().push_back(now.0);
        }
        if let About::Incident(incident) = &thread.about
            && let Some(incident) = self.incidents.get_mut(incident)
        {
            incident.notified.get_or_insert(now);
        }
        round.outcome.notifications.push(Notification {
            id,
            at: now,
            kind: message.kind,
            thread: thread.clone(),
            on_call: on_call(policy, &thread.receiver, now),
            severity,
            alerts: message.alerts,
            lines: members.lines.iter().copied().take(LINES_MAX).collect(),
            lines_left_out: members.lines.len().saturating_sub(LINES_MAX),
            resolved: message.resolved,
        });
    }

    /// Draws in others where nobody acknowledged.
    pub(super) fn escalate(&mut self, round: &mut Round<'_>) {
        let (policy, now) = (round.policy, round.now);
        let threads: Vec<Thread> = self.groups.keys().cloned().collect();
        for thread in threads {
            let Some(receiver) = policy.receivers.get(&thread.receiver) else { continue };
            let steps = receiver.escalation.len();
            let Some(group) = self.groups.get(&thread).filter(|_| steps > 0) else { continue };
            let (Some(first), Ok(taken)) = (group.first, usize::try_from(group.steps)) else {
                continue;
            };
            let repeats = usize::try_from(receiver.escalation_repeats).unwrap_or(0);
            let step = receiver.escalation.get(taken % steps);
            let Some(step) = step.filter(|_| taken / steps <= repeats) else { continue };
            let since = group.stepped.unwrap_or(first);
            let alerts = group.present();
            let is_due = now.0.saturating_sub(since.0) >= step.wait && !group.is_acknowledged(now);
            if alerts.is_empty() || !is_due || !self.may_tell(policy, &step.receiver, now) {
                continue;
            }
            self.take_step(&thread, (&step.receiver, alerts), round);
        }
    }

    fn take_step(
        &mut self,
        thread: &Thread,
        (receiver, alerts): (&str, Vec<Fingerprint>),
        round: &mut Round<'_>,
    ) {
        let (policy, now) = (round.policy, round.now);
        self.notifications += 1;
        let id = NotificationId(self.notifications);
        let severity = self.worst(&alerts);
        let Some(group) = self.groups.get_mut(thread) else { return };
        let kind = Kind::Escalation(group.steps);
        group.steps += 1;
        group.stepped = Some(now);
        if *receiver != thread.receiver {
            group.drawn_in.insert(receiver.to_owned());
        }
        self.heard.entry(receiver.to_owned()).or_default().push_back(now.0);
        round.outcome.notifications.push(Notification {
            id,
            at: now,
            kind,
            thread: Thread { receiver: receiver.to_owned(), about: thread.about.clone() },
            on_call: on_call(policy, receiver, now),
            severity,
            alerts,
            lines: Vec::new(),
            lines_left_out: 0,
            resolved: Vec::new(),
        });
    }

    pub(super) fn acknowledged(
        &mut self,
        policy: &Policy,
        thread: Thread,
        alerts: Vec<Fingerprint>,
        now: Micros,
    ) -> Notification {
        self.notifications += 1;
        Notification {
            id: NotificationId(self.notifications),
            at: now,
            kind: Kind::Acknowledged,
            on_call: on_call(policy, &thread.receiver, now),
            severity: self.worst(&alerts),
            thread,
            alerts,
            lines: Vec::new(),
            lines_left_out: 0,
            resolved: Vec::new(),
        }
    }

    pub(super) fn over(
        &mut self,
        policy: &Policy,
        (thread, severity): (Thread, Severity),
        resolved: Vec<Fingerprint>,
        now: Micros,
    ) -> Notification {
        self.notifications += 1;
        Notification {
            id: NotificationId(self.notifications),
            at: now,
            kind: Kind::Resolved,
            on_call: on_call(policy, &thread.receiver, now),
            severity,
            thread,
            alerts: Vec::new(),
            lines: Vec::new(),
            lines_left_out: 0,
            resolved,
        }
    }

    /// Whether the receiver was told less than its limit lately.
    fn may_tell(&mut self, policy: &Policy, receiver: &str, now: Micros) -> bool {
        let limit = policy.receivers.get(receiver).and_then(|known| known.limit);
        let Some((count, within)) = limit else {
            self.heard.remove(receiver);
            return true;
        };
        let heard: &mut VecDeque<u64> = self.heard.entry(receiver.to_owned()).or_default();
        while heard.front().is_some_and(|first| now.0.saturating_sub(*first) >= within) {
            heard.pop_front();
        }
        heard.len() < count
    }

    fn are_causes(&self, policy: &Policy, alerts: &[Fingerprint]) -> bool {
        alerts.iter().all(|fingerprint| {
            let known = self.alerts.get(fingerprint);
            known.is_some_and(|known| known.incident.is_none() && policy.is_cause(known.alert.rule))
        })
    }

    fn worst(&self, alerts: &[Fingerprint]) -> Severity {
        let known = alerts.iter().filter_map(|fingerprint| self.alerts.get(fingerprint));
        known.map(|known| known.alert.severity).max().unwrap_or(Severity::Info)
    }
}

fn on_call(policy: &Policy, receiver: &str, now: Micros) -> Option<Person> {
    let rotation = policy.receivers.get(receiver)?.rotation.as_ref()?;
    policy.rotations.get(rotation)?.on_call(now).cloned()
}
