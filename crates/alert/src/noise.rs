//! The noise report: how much of what fired was told, and how much of that helped.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::alert::RuleId;
use crate::dispatch::{Change, EpisodeId, Notification, NotificationId, Reason, Standing};

/// Why nobody was told of what was sent to nobody, in one word.
pub const NO_RECEIVER: &str = "no_receiver";

/// One rule's, or all rules' part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Noise {
    /// Times it began to fire.
    pub raw: u64,
    /// Notifications that told something new of it. One that tells of two rules counts for each, but once
    /// in the sum over all.
    pub notified: u64,
    /// Of these, those after which somebody acted.
    pub acted: u64,
    /// Times it ended without having been told to anybody, by reason.
    pub suppressed: BTreeMap<&'static str, u64>,
}

/// What a period was like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By rule.
    pub rules: BTreeMap<u64, Noise>,
    /// All of them.
    pub all: Noise,
    /// Messages to people: repeats and escalations count, ends do not.
    pub messages: u64,
}

impl Noise {
    /// How many raw alerts there were for each notification.
    pub fn compression(&self) -> Option<f64> {
        share(self.raw, self.notified)
    }

    /// Which share of notifications somebody acted upon; half is good.
    pub fn actionable(&self) -> Option<f64> {
        share(self.acted, self.notified)
    }
}

impl Reason {
    /// In one word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "ended_while_waiting",
            Self::Brief => "brief",
            Self::Silenced(_) => "silenced",
            Self::Maintenance(_) => "maintenance",
            Self::Muted => "muted",
            Self::Inhibited { .. } => "inhibited",
            Self::RidesAlong { .. } => "rides_along",
            Self::Grace { .. } => "grace",
            Self::Flapping => "flapping",
            Self::Acknowledged { .. } => "acknowledged",
            Self::AlreadyTold(_) => "already_told",
            Self::ReceiverLimit => "receiver_limit",
            Self::Unrouted => "unrouted",
        }
    }
}

/// Counts what a period's ticks decided. `acted` are notifications after which somebody did something:
/// acknowledged with that, deployed, rolled back. `unheard` are those that went to nobody.
pub fn report(
    changes: &[Change],
    notifications: &[Notification],
    acted: &BTreeSet<NotificationId>,
    unheard: &BTreeSet<NotificationId>,
) -> Report {
    let mut report = Report::default();
    let mut seen: BTreeSet<EpisodeId> = BTreeSet::new();
    let mut told: BTreeSet<(RuleId, NotificationId)> = BTreeSet::new();
    // An episode that one receiver was told of was not suppressed.
    let mut fates: BTreeMap<EpisodeId, (RuleId, Option<&'static str>)> = BTreeMap::new();
    for change in changes {
        let rule = report.rules.entry(change.rule.0).or_default();
        if seen.insert(change.episode) {
            rule.raw += 1;
            report.all.raw += 1;
        }
        match &change.standing {
            Standing::Held(_) => {}
            Standing::Sent(notification) if unheard.contains(notification) => {
                fates.entry(change.episode).or_insert((change.rule, Some(NO_RECEIVER)));
            }
            Standing::Sent(notification) => {
                told.insert((change.rule, *notification));
                fates.insert(change.episode, (change.rule, None));
            }
            Standing::Suppressed(reason) => {
                fates.entry(change.episode).or_insert((change.rule, Some(reason.name())));
            }
        }
    }
    for (rule, notification) in &told {
        let noise = report.rules.entry(rule.0).or_default();
        noise.notified += 1;
        noise.acted += u64::from(acted.contains(notification));
    }
    let told: BTreeSet<_> = told.iter().map(|(_, notification)| *notification).collect();
    report.all.notified = count(told.len());
    report.all.acted = count(told.intersection(acted).count());
    for (rule, reason) in fates.values() {
        let Some(reason) = reason else { continue };
        for noise in [report.rules.entry(rule.0).or_default(), &mut report.all] {
            *noise.suppressed.entry(reason).or_default() += 1;
        }
    }
    let messages = notifications.iter().filter(|message| message.kind.asks());
    let messages = messages.filter(|message| !unheard.contains(&message.id));
    report.messages = count(messages.count());
    report
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "counts of alerts stay far below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
