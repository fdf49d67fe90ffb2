//! From alerts to notifications: who is told what, when; and for all that nobody is told, why not.
//!
//! [`Dispatcher::tick`] takes what rules reported since the last call and says what is to be sent now. It
//! never waits and never sends: the caller writes its state and the notifications in one transaction, and
//! delivers afterwards. The order of alerts within one call makes no difference.
//!
//! Each time an alert begins to fire is an *episode*. Towards each receiver an episode has one
//! [`Standing`]: held, then either sent or, if it ends before that, suppressed for the reason it was held
//! for last. Sent and suppressed are final.

mod flush;
mod gather;
mod place;
mod track;

use std::collections::{BTreeMap, VecDeque};

use model::clock::Micros;
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Refused, RuleId, Severity};
use crate::incident::{Incident, IncidentId};
use crate::labels::{Fingerprint, Labels};
use crate::on_call::Person;
use crate::policy::Policy;

use flush::Group;
use track::Tracked;

/// All that is known of alerts, groups and incidents between two ticks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dispatcher {
    alerts: BTreeMap<Fingerprint, Tracked>,
    #[serde(with = "pairs")]
    groups: BTreeMap<Thread, Group>,
    incidents: BTreeMap<IncidentId, Incident>,
    /// When each receiver with a limit was told something.
    heard: BTreeMap<String, VecDeque<u64>>,
    episodes: u64,
    notifications: u64,
    incidents_made: u64,
}

/// One time that an alert fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EpisodeId(pub u64);

/// A message to people. The number never comes twice, and so is the key by which a receiver may see that
/// a delivery is a second attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NotificationId(pub u64);

/// What belongs together for a receiver: one conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Thread {
    /// Who is told.
    pub receiver: String,
    /// What it is about.
    pub about: About,
}

/// What a [`Thread`] is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum About {
    /// An incident, with all that belongs to it.
    Incident(IncidentId),
    /// Alerts with these labels in common.
    Labels(Labels),
}

/// Why a notification is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Something began.
    Firing,
    /// Something new joined what was told before, or a part of that is over.
    Update,
    /// Nothing changed for long.
    Repeat,
    /// A symptom is over, but these of its causes are not.
    Digest,
    /// An alert comes and goes, and will be quiet until it is calm.
    Flapping,
    /// Nobody acknowledged; the step, counted from 0.
    Escalation(u32),
    /// Somebody is on it.
    Acknowledged,
    /// All that was told is over.
    Resolved,
}

impl Kind {
    /// Whether it asks people for something; the others say that something was done.
    pub const fn asks(self) -> bool {
        !matches!(self, Self::Acknowledged | Self::Resolved)
    }

    /// In the history and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Update => "update",
            Self::Repeat => "repeat",
            Self::Digest => "digest",
            Self::Flapping => "flapping",
            Self::Escalation(_) => "escalation",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// A message to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Never comes twice.
    pub id: NotificationId,
    /// When it was decided.
    #[serde(with = "crate::moment")]
    pub at: Micros,
    /// Why.
    pub kind: Kind,
    /// To whom, and which conversation it belongs to.
    pub thread: Thread,
    /// Who is on call at the receiver's, if it has a rotation.
    pub on_call: Option<Person>,
    /// The worst of its alerts.
    pub severity: Severity,
    /// What it is about, in order of severity; all that fires, not only what is new.
    pub alerts: Vec<Fingerprint>,
    /// Causes that ride along.
    pub lines: Vec<Fingerprint>,
    /// How many more causes there are.
    pub lines_left_out: usize,
    /// What is over since the message before.
    pub resolved: Vec<Fingerprint>,
}

/// Where an episode stands towards one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Not told yet.
    Held(Reason),
    /// Told in this notification.
    Sent(NotificationId),
    /// It ended, and was never told.
    Suppressed(Reason),
}

/// Why somebody is, or was, not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The group waits for others until then.
    Waiting {
        /// When it is told.
        #[serde(with = "crate::moment")]
        until: Micros,
    },
    /// It ended before anybody looked.
    Brief,
    /// By the silence with that number.
    Silenced(u64),
    /// Planned work.
    Maintenance(String),
    /// The route is quiet at this time.
    Muted,
    /// Another alert quietens it.
    Inhibited {
        /// Which.
        by: Fingerprint,
    },
    /// It is a line in what is told of its symptom.
    RidesAlong {
        /// Which.
        symptom: Fingerprint,
    },
    /// Its symptom has just ended.
    Grace {
        /// Then it is told, if it still fires.
        #[serde(with = "crate::moment")]
        until: Micros,
    },
    /// It comes and goes, and that was told.
    Flapping,
    /// Somebody is on it.
    Acknowledged {
        /// Who.
        by: Person,
    },
    /// The receiver was told of this alert, and not yet that it ended in between.
    AlreadyTold(NotificationId),
    /// The receiver was told too much lately.
    ReceiverLimit,
    /// No route leads to the receiver any more.
    Unrouted,
}

/// An episode has a new standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    #[serde(with = "crate::moment")]
    pub at: Micros,
    /// Of which alert.
    pub fingerprint: Fingerprint,
    /// Its rule.
    pub rule: RuleId,
    /// Which time it fires.
    pub episode: EpisodeId,
    /// Towards whom.
    pub receiver: String,
    /// The new one.
    pub standing: Standing,
}

/// How many of the alerts given to one tick became what. Their sum is the number given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Began to fire: raw alerts.
    pub begun: usize,
    /// Were firing already.
    pub again: usize,
    /// Ended.
    pub ended: usize,
    /// Ended without having fired, or twice.
    pub idle: usize,
    /// Cannot be taken.
    pub refused: usize,
}

/// What a tick decided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// To be delivered, in this order.
    pub notifications: Vec<Notification>,
    /// To be written down.
    pub changes: Vec<Change>,
    /// Episodes that began, and alerts whose episode ended.
    pub begun: Vec<(Fingerprint, EpisodeId)>,
    /// See `begun`.
    pub ended: Vec<(Fingerprint, EpisodeId)>,
    /// Ends of what tells of a moment, and had lapsed before; see [`Dispatcher::tell_late`].
    pub late: Vec<Alert>,
    /// Incidents that began.
    pub opened: Vec<IncidentId>,
    /// Incidents that ended, as they were.
    pub closed: Vec<Incident>,
    /// What became of the alerts that were given.
    pub taken: Taken,
    /// Alerts that were refused, by their place in what was given.
    pub refused: Vec<(usize, Refused)>,
}

/// One tick: what is given, and what is found.
struct Round<'p> {
    policy: &'p Policy,
    now: Micros,
    outcome: Outcome,
}

impl Round<'_> {
    /// Notes the end of what is not known any more because it lapsed.
    fn late(&mut self, alert: &Alert) {
        if self.policy.momentary.contains(&alert.rule) {
            self.outcome.late.push(alert.clone());
        }
    }
}

/// Somebody is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: Person,
    /// Since when.
    #[serde(with = "crate::moment")]
    pub at: Micros,
    /// Until when others stay quiet.
    #[serde(with = "crate::moment")]
    pub until: Micros,
}

impl Dispatcher {
    /// Decides. `now` goes backwards over a restart at most: then what is remembered waits longer.
    pub fn tick(&mut self, policy: &Policy, reported: &[Alert], now: Micros) -> Outcome {
        let mut round = Round { policy, now, outcome: Outcome::default() };
        self.take(reported, &mut round);
        self.gather(&mut round);
        let placed = self.place(&mut round);
        self.flush(placed, &mut round);
        self.escalate(&mut round);
        self.forget(&mut round);
        round.outcome
    }

    /// Somebody is on it: repeats and escalation stop, and what joins without being worse is held.
    /// `false` if that is no news: there is no such thread, or this person was on it already.
    pub fn acknowledge(&mut self, about: &About, acknowledgement: &Acknowledgement) -> bool {
        let mut is_news = false;
        for (thread, group) in &mut self.groups {
            if thread.about == *about {
                let before = group.acknowledged.replace(acknowledgement.clone());
                is_news |= before.is_none_or(|before| {
                    before.by != acknowledgement.by || before.until <= acknowledgement.at
                });
            }
        }
        if let About::Incident(id) = about
            && let Some(incident) = self.incidents.get_mut(id)
        {
            incident.acknowledged.get_or_insert_with(|| acknowledgement.clone());
        }
        is_news
    }

    /// Tells all who were told of it that somebody is on it: pagers stop, conversations show it.
    pub fn tell_acknowledged(
        &mut self,
        policy: &Policy,
        about: &About,
        now: Micros,
    ) -> Vec<Notification> {
        let threads = self.groups.iter().filter(|(thread, _)| thread.about == *about);
        let told: Vec<(Thread, Vec<Fingerprint>)> = threads
            .map(|(thread, group)| (thread.clone(), group.present()))
            .filter(|(_, alerts)| !alerts.is_empty())
            .collect();
        let told = told.into_iter();
        told.map(|(thread, alerts)| self.acknowledged(policy, thread, alerts, now)).collect()
    }

    /// Tells a conversation that is forgotten here, but goes on at pagers, that these alerts are over.
    /// `None` when the receiver does not want to know, or when others of the conversation still fire.
    pub fn tell_late(
        &mut self,
        policy: &Policy,
        thread: Thread,
        alerts: &[&Alert],
        now: Micros,
    ) -> Option<Notification> {
        let receiver = policy.receivers.get(&thread.receiver)?;
        let goes_on = self.groups.get(&thread).is_some_and(|group| !group.present().is_empty());
        if !receiver.wants_resolved || goes_on {
            return None;
        }
        let severity = alerts.iter().map(|alert| alert.severity).max()?;
        let resolved = alerts.iter().map(|alert| alert.fingerprint()).collect();
        Some(self.over(policy, (thread, severity), resolved, now))
    }

    /// Whether nothing is known, so that no tick could decide anything.
    pub fn is_idle(&self) -> bool {
        self.alerts.is_empty() && self.groups.is_empty() && self.incidents.is_empty()
    }

    /// All alerts that are known, also those that are over but may come back.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().map(|known| &known.alert)
    }

    /// All conversations that go on.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.groups.keys()
    }

    /// Where the newest episode of an alert stands, by receiver; empty for one that is not known.
    pub fn standings(&self, fingerprint: Fingerprint) -> BTreeMap<String, Standing> {
        let known = self.alerts.get(&fingerprint);
        known.map_or_else(BTreeMap::new, |known| known.deliveries.clone())
    }

    /// What was last reported of an alert.
    pub fn alert(&self, fingerprint: Fingerprint) -> Option<&Alert> {
        self.alerts.get(&fingerprint).map(|known| &known.alert)
    }

    /// Alerts that fire, each with its incident.
    pub fn firing(&self) -> impl Iterator<Item = (&Alert, Option<IncidentId>)> {
        let firing = self.alerts.values().filter(|known| known.is_firing());
        firing.map(|known| (&known.alert, known.incident))
    }

    /// Incidents that are open, or whose causes still fire.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// Drops what nobody needs any more.
    fn forget(&mut self, round: &mut Round<'_>) {
        let (policy, now) = (round.policy, round.now);
        self.groups.retain(|_, group| group.is_needed());
        let groups = &self.groups;
        self.alerts.retain(|fingerprint, known| {
            let incident = known.incident.and_then(|id| self.incidents.get(&id));
            known.is_present()
                || incident.is_some_and(|incident| incident.resolved.is_none())
                || known.is_restless(policy.flapping, now)
                || groups.values().any(|group| group.has_told(*fingerprint))
        });
        let alerts = &self.alerts;
        self.incidents.retain(|id, incident| {
            let is_needed = incident.resolved.is_none()
                || alerts.values().any(|known| known.incident == Some(*id))
                || groups.keys().any(|thread| thread.about == About::Incident(*id));
            if !is_needed {
                round.outcome.closed.push(incident.clone());
            }
            is_needed
        });
        self.heard.retain(|_, times| !times.is_empty());
    }
}

/// Maps whose keys are no text, as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::Thread;
    use super::flush::Group;

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Thread, Group>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Thread, Group>, D::Error> {
        Vec::<(Thread, Group)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}
