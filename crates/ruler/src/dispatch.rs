//! The dispatcher at work: takes what was reported, decides who is told, and writes it down as a whole.

mod message;
mod plan;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alarm::{
    Alarms, Decided, IncidentSeen, NewDelivery, Reported, RuleKind, Seen, Told, thread_name,
};
use alert::{
    About, Acknowledgement, Alert, Dispatcher, EpisodeId, Fingerprint, Kind, Notification, Outcome,
    Policy, Thread,
};
use model::clock::Micros;
use model::id::{IssueId, OrganizationId, ProjectId};
use notify::Message;
use serde_json::Value;
use tokio::sync::Notify;

use crate::Worker;
use crate::error::RulerError;
use crate::parts::Parts;
use message::{Known, Telling};
use plan::Plan;
use target::{Concerned, Finder};

pub use target::Target;

/// Reports of an organisation that are taken in one turn.
const REPORTS_MAX: usize = 5_000;
/// While something is known, its times may be due.
const REST: Duration = Duration::from_secs(1);
/// While nothing is known, only reports matter, and those ring the bell.
const LONG_REST: Duration = Duration::from_secs(10);
const FORGET_EVERY: u64 = 3_600 * 1_000_000;

type Heard = (u64, About, Acknowledgement);

/// Decides who is told.
#[derive(Debug)]
pub struct Dispatch {
    parts: Parts,
    /// Organisations of which something is known.
    live: BTreeMap<OrganizationId, Live>,
    /// Those whose last tick failed: something may be due of which nothing is in memory.
    unsure: BTreeSet<OrganizationId>,
    forgot: Option<Micros>,
}

/// A dispatcher, and how it was written last.
#[derive(Debug, Default)]
struct Live {
    dispatcher: Dispatcher,
    written: String,
}

impl Dispatch {
    /// Goes on where it was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn new(parts: Parts) -> Result<Self, RulerError> {
        let mut dispatch =
            Self { parts, live: BTreeMap::new(), unsure: BTreeSet::new(), forgot: None };
        for organization in dispatch.parts.alarms.dispatchers()? {
            let live = load(&dispatch.parts.alarms, organization)?;
            if !live.dispatcher.is_idle() {
                dispatch.live.insert(organization, live);
            }
        }
        Ok(dispatch)
    }

    /// Takes what waits, and lets each dispatcher decide once.
    ///
    /// # Errors
    /// When the database fails. What was not written is decided again.
    pub fn step(&mut self) -> Result<Duration, RulerError> {
        let now = self.parts.clock.now();
        let reported = self.parts.alarms.reported(REPORTS_MAX)?;
        let mut reports: BTreeMap<OrganizationId, Vec<Reported>> = BTreeMap::new();
        for report in reported {
            reports.entry(report.report.organization).or_default().push(report);
        }
        let mut heard: BTreeMap<OrganizationId, Vec<Heard>> = BTreeMap::new();
        for (id, organization, about, acknowledgement) in self.parts.alarms.acknowledgements()? {
            heard.entry(organization).or_default().push((id, about, acknowledgement));
        }
        let is_more = reports.values().any(|reports| reports.len() == REPORTS_MAX);
        let live = self.live.keys().chain(&self.unsure);
        let all: BTreeSet<OrganizationId> =
            live.chain(reports.keys()).chain(heard.keys()).copied().collect();
        let mut problem = None;
        for organization in all {
            let reports = reports.remove(&organization).unwrap_or_default();
            let heard = heard.remove(&organization).unwrap_or_default();
            self.unsure.insert(organization);
            match self.tick(organization, &reports, &heard, now) {
                Ok(()) => drop(self.unsure.remove(&organization)),
                Err(failed) => {
                    // What is in memory may be ahead of what is written.
                    self.live.remove(&organization);
                    problem = Some(failed);
                }
            }
        }
        self.forget(now)?;
        match problem {
            Some(problem) => Err(problem),
            None if is_more => Ok(Duration::ZERO),
            None if self.live.is_empty() => Ok(LONG_REST),
            None => Ok(REST),
        }
    }

    fn forget(&mut self, now: Micros) -> Result<(), RulerError> {
        let is_due = self.forgot.is_none_or(|forgot| now.0 - forgot.0 >= FORGET_EVERY);
        if is_due && self.parts.alarms.forget_history(now)? {
            self.forget_gone()?;
            self.forgot = Some(now);
        }
        Ok(())
    }

    /// Forgets organisations that are gone, also those for which nothing happens, and rules about numbers of
    /// projects that are.
    fn forget_gone(&mut self) -> Result<(), RulerError> {
        let Parts { alarms, meta, .. } = &self.parts;
        for organization in alarms.organizations()? {
            if meta.organization(organization)?.is_none() {
                self.live.remove(&organization);
                alarms.forget_organization(organization)?;
            }
        }
        for (_, project) in alarms.projects_with_rules(RuleKind::Metric)? {
            if meta.project(project)?.is_none() {
                alarms.forget_project(project)?;
            }
        }
        Ok(())
    }

    fn tick(
        &mut self,
        organization: OrganizationId,
        reports: &[Reported],
        heard: &[Heard],
        now: Micros,
    ) -> Result<(), RulerError> {
        let Some(known) = self.parts.meta.organization(organization)? else {
            self.live.remove(&organization);
            self.parts.alarms.forget_organization(organization)?;
            return Ok(());
        };
        let mut live = match self.live.remove(&organization) {
            Some(live) => live,
            None => load(&self.parts.alarms, organization)?,
        };
        let rules: BTreeSet<u64> = reports.iter().map(|known| known.report.alert.rule.0).collect();
        let given = (&live.dispatcher, &rules);
        let plan = plan::plan(&self.parts.alarms, organization, given, now)?;
        let mut told = Vec::new();
        for (_, about, acknowledgement) in heard {
            if live.dispatcher.acknowledge(about, acknowledgement) {
                told.extend(live.dispatcher.tell_acknowledged(&plan.policy, about, now));
            }
        }
        let alerts = alerts(reports, (&live.dispatcher, &plan), now);
        let outcome = live.dispatcher.tick(&plan.policy, &alerts, now);
        if outcome.taken.refused > 0 {
            let (organization, refused) = (organization.0, outcome.taken.refused);
            let first = outcome.refused.first().map(|(_, why)| why.to_string());
            tracing::warn!(organization, refused, first, "alerts were refused");
        }
        told.extend(outcome.notifications.iter().cloned());
        let late = self.late(organization, (&mut live.dispatcher, &plan.policy), &outcome, now)?;
        let slug = known.slug;
        let turn =
            Turn { parts: &self.parts, organization, slug: &slug, plan: &plan, now, reports, late };
        let decided = turn.decided(&live, heard, &told, &outcome)?;
        if let Some(decided) = decided {
            self.parts.alarms.decide(&decided)?;
            if decided.told.iter().any(|told| !told.deliveries.is_empty()) {
                self.parts.bells.deliveries.notify_one();
            }
            live.written = decided.state.unwrap_or(live.written);
        }
        if !live.dispatcher.is_idle() {
            self.live.insert(organization, live);
        }
        Ok(())
    }

    /// What is to be said of ends of alerts that lapsed before: in every conversation that spoke of them
    /// and was not over since.
    fn late(
        &self,
        organization: OrganizationId,
        (dispatcher, policy): (&mut Dispatcher, &Policy),
        outcome: &Outcome,
        now: Micros,
    ) -> Result<Vec<Notification>, RulerError> {
        let mut threads: BTreeMap<Thread, Vec<&Alert>> = BTreeMap::new();
        for alert in &outcome.late {
            for thread in self.parts.alarms.told_threads(organization, alert.fingerprint())? {
                threads.entry(thread).or_default().push(alert);
            }
        }
        let told = threads.into_iter();
        let told =
            told.filter_map(|(thread, alerts)| dispatcher.tell_late(policy, thread, &alerts, now));
        Ok(told.collect())
    }
}

impl Worker for Dispatch {
    fn name(&self) -> &'static str {
        "dispatch"
    }

    async fn turn(&mut self) -> Result<Duration, RulerError> {
        self.step()
    }

    fn bell(&self) -> &Notify {
        &self.parts.bells.reports
    }
}

fn load(alarms: &Alarms, organization: OrganizationId) -> Result<Live, RulerError> {
    let dispatcher = alarms.dispatcher(organization)?.unwrap_or_default();
    Ok(Live { dispatcher, written: String::new() })
}

/// What was reported, without what fires by rules that are gone; what those left behind ends.
fn alerts(
    reports: &[Reported],
    (dispatcher, plan): (&Dispatcher, &Plan),
    now: Micros,
) -> Vec<Alert> {
    let is_gone = |alert: &Alert| plan.gone.contains(&alert.rule.0);
    let reported = reports.iter().map(|known| &known.report.alert);
    let counts = |alert: &&Alert| !(alert.is_firing && is_gone(alert));
    let mut alerts: Vec<Alert> = reported.filter(counts).cloned().collect();
    let left = dispatcher.alerts().filter(|alert| alert.is_firing && is_gone(alert));
    alerts.extend(left.map(|alert| Alert { is_firing: false, at: now, ..alert.clone() }));
    alerts
}

/// One organisation's tick, as it is written down.
struct Turn<'t> {
    parts: &'t Parts,
    organization: OrganizationId,
    slug: &'t str,
    plan: &'t Plan,
    now: Micros,
    reports: &'t [Reported],
    /// Ends of what lapsed long ago.
    late: Vec<Notification>,
}

impl Turn<'_> {
    /// `None` when nothing is other than before.
    fn decided(
        &self,
        live: &Live,
        heard: &[Heard],
        notifications: &[Notification],
        outcome: &Outcome,
    ) -> Result<Option<Decided>, RulerError> {
        let state = serde_json::to_string(&live.dispatcher).map_err(RulerError::State)?;
        let state = Some(state).filter(|state| *state != live.written);
        if state.is_none() && self.reports.is_empty() && heard.is_empty() {
            return Ok(None);
        }
        let known = self.known(&live.dispatcher, notifications, outcome)?;
        let channels = self.parts.alarms.channels(self.organization)?;
        let finder = Finder {
            meta: &self.parts.meta,
            organization: self.organization,
            channels: &channels,
            policy: &self.plan.policy,
            now: self.now,
        };
        let mut told = Vec::new();
        for notification in notifications {
            told.push(self.told(notification, &known, &finder)?);
        }
        for notification in &self.late {
            let mut late = self.told(notification, &known, &finder)?;
            // Pagers and conversations wait for it; people do not want a mail for each old issue.
            late.deliveries.retain(|delivery| delivery.target["kind"] != "mail");
            told.extend(Some(late).filter(|late| !late.deliveries.is_empty()));
        }
        Ok(Some(Decided {
            organization: self.organization,
            at: self.now,
            taken: self.reports.iter().map(|known| known.id).collect(),
            heard: heard.iter().map(|(id, ..)| *id).collect(),
            state,
            seen: self.seen(&live.dispatcher, outcome),
            changes: outcome.changes.clone(),
            told,
            incidents: incidents(&live.dispatcher, outcome, &known),
            threads: live.dispatcher.threads().map(|thread| thread_name(&thread.about)).collect(),
        }))
    }

    /// Alerts that messages and incidents speak of, with the facts that were reported with them.
    fn known(
        &self,
        dispatcher: &Dispatcher,
        notifications: &[Notification],
        outcome: &Outcome,
    ) -> Result<BTreeMap<Fingerprint, Known>, RulerError> {
        let mut known = BTreeMap::new();
        for report in self.reports {
            let (alert, about) = (report.report.alert.clone(), report.report.about.clone());
            known.insert(alert.fingerprint(), Known { alert, about });
        }
        let spoken = notifications.iter().flat_map(|notification| {
            notification.alerts.iter().chain(&notification.lines).chain(&notification.resolved)
        });
        let incidents = dispatcher.incidents().chain(&outcome.closed);
        let gathered = incidents.flat_map(|incident| {
            let members = incident.symptoms.iter().chain(&incident.gathered);
            members.chain(std::iter::once(&incident.opened_by))
        });
        for fingerprint in spoken.chain(gathered) {
            if known.contains_key(fingerprint) {
                continue;
            }
            let id = fingerprint.to_string();
            match self.parts.alarms.alert(self.organization, &id) {
                Ok(found) => {
                    let alert = dispatcher.alert(*fingerprint).cloned().unwrap_or(found.alert);
                    known.insert(*fingerprint, Known { alert, about: found.about });
                }
                Err(alarm::AlarmError::Missing(_)) => {}
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(known)
    }

    fn seen(&self, dispatcher: &Dispatcher, outcome: &Outcome) -> Vec<Seen> {
        let mut seen: BTreeMap<Fingerprint, Seen> = BTreeMap::new();
        let of = |alert: &Alert| Seen {
            alert: alert.clone(),
            about: Value::Null,
            begun: None,
            ended: None,
        };
        for report in self.reports {
            let fingerprint = report.report.alert.fingerprint();
            // What was refused, or was over already, is not known.
            if let Some(alert) = dispatcher.alert(fingerprint) {
                seen.entry(fingerprint).or_insert_with(|| of(alert)).about =
                    report.report.about.clone();
            }
        }
        let mut note = |fingerprint: Fingerprint, change: &dyn Fn(&mut Seen)| {
            if let Some(alert) = dispatcher.alert(fingerprint) {
                change(seen.entry(fingerprint).or_insert_with(|| of(alert)));
            } else if let Some(report) =
                self.reports.iter().find(|known| known.report.alert.fingerprint() == fingerprint)
            {
                change(seen.entry(fingerprint).or_insert_with(|| of(&report.report.alert)));
            }
        };
        for (fingerprint, episode) in &outcome.begun {
            note(*fingerprint, &|seen: &mut Seen| seen.begun = Some(*episode));
        }
        for (fingerprint, episode) in &outcome.ended {
            note(*fingerprint, &|seen: &mut Seen| seen.ended = Some(*episode));
        }
        // What ended and is forgotten at once, because nobody was told of it.
        let is_noted = |fingerprint: &Fingerprint| seen.contains_key(fingerprint);
        let rest: Vec<(Fingerprint, EpisodeId)> =
            outcome.ended.iter().filter(|(ended, _)| !is_noted(ended)).copied().collect();
        for (fingerprint, episode) in rest {
            let found = self.parts.alarms.alert(self.organization, &fingerprint.to_string());
            if let Ok(found) = found {
                let alert = Alert { is_firing: false, ..found.alert };
                seen.insert(fingerprint, Seen { ended: Some(episode), ..of(&alert) });
            }
        }
        seen.into_values().collect()
    }

    fn told(
        &self,
        notification: &Notification,
        known: &BTreeMap<Fingerprint, Known>,
        finder: &Finder<'_>,
    ) -> Result<Told, RulerError> {
        let telling = Telling {
            notification,
            known,
            rules: &self.plan.rules,
            organization: (self.organization.0, self.slug),
            public_url: &self.parts.public_url,
        };
        let mut message = telling.message();
        let receiver = &notification.thread.receiver;
        let thread = thread_name(&notification.thread.about);
        // That it is over, or somebody on it, concerns those who were told of it, whoever would be told now.
        let mut targets = Vec::new();
        if notification.kind.asks() {
            let to = self.plan.to(receiver, notification.severity);
            targets = finder.find(&to, concerned(&message))?;
        }
        if !notification.kind.asks() || !notification.resolved.is_empty() {
            let told = self.parts.alarms.told_targets(self.organization, &thread, receiver)?;
            let lane = |target: &Target| target.lane(self.organization, &thread);
            let named: BTreeSet<String> = targets.iter().map(lane).collect();
            let told = finder.still(told)?.into_iter();
            targets.extend(told.filter(|target| !named.contains(&lane(target))));
        }
        if targets.iter().any(|target| finder.is_alertmanager(target)) {
            message.alerts = telling.all_alerts();
        }
        let mut deliveries = Vec::new();
        for (place, target) in targets.into_iter().enumerate() {
            // That somebody is on it matters to pagers and conversations, and is noise elsewhere.
            if notification.kind == Kind::Acknowledged && matches!(target, Target::Mail { .. }) {
                continue;
            }
            let (organization, id, at) = (self.organization.0, notification.id.0, self.now.0);
            deliveries.push(NewDelivery {
                key: format!("{at:x}-{organization}-{id}-{place}"),
                lane: target.lane(self.organization, &thread),
                peer: target.peer(self.organization),
                target: serde_json::to_value(&target).map_err(RulerError::State)?,
            });
        }
        let payload = serde_json::to_value(&message).map_err(RulerError::State)?;
        Ok(Told { notification: notification.clone(), payload, deliveries })
    }
}

fn concerned(message: &Message) -> Concerned {
    let number = |name| message.data.get(name).and_then(Value::as_u64);
    Concerned { issue: number("issue").map(IssueId), project: number("project").map(ProjectId) }
}

/// Incidents that are open or were closed just now, with what alerts say that belongs to them.
fn incidents(
    dispatcher: &Dispatcher,
    outcome: &Outcome,
    known: &BTreeMap<Fingerprint, Known>,
) -> Vec<IncidentSeen> {
    let all = dispatcher.incidents().chain(&outcome.closed);
    let seen = |incident: &alert::Incident| {
        let title = known.get(&incident.opened_by).map(Known::title);
        let mut linked = Vec::new();
        for member in incident.symptoms.iter().chain(&incident.gathered) {
            let Some(known) = known.get(member) else { continue };
            if let Some(issue) = known.about.get("issue").filter(|issue| issue.is_u64()) {
                let short_id = known.fact("short_id");
                linked.push(("issue", serde_json::json!({"issue": issue, "shortId": short_id})));
            }
        }
        linked.truncate(100);
        let title = title.unwrap_or_else(|| "Incident".to_owned());
        IncidentSeen { incident: incident.clone(), title, linked }
    };
    all.map(seen).collect()
}
