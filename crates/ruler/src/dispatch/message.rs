//! What people are told by a notification.

use std::collections::BTreeMap;

use alarm::{Rule, thread_name};
use alert::{About, Alert, Fingerprint, Kind, Notification, Severity};
use model::clock::Micros;
use notify::{Fact, Link, Message, Phase, Tone};
use serde_json::{Map, Value, json};

/// Alerts and causes that one message names; of more it says how many.
const NAMED_MAX: usize = 20;
/// Alerts that a message carries for programs.
const CARRIED_MAX: usize = 200;
/// Labels and tags that are shown.
const FACTS_MAX: usize = 20;
/// Labels that say what the message says anyway.
const DULL: [&str; 4] = ["alertname", "rule_id", "issue", "project"];

/// An alert with the facts that were reported with it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) alert: Alert,
    pub(crate) about: Value,
}

/// What a message is made of.
#[derive(Debug)]
pub(crate) struct Telling<'t> {
    pub(crate) notification: &'t Notification,
    pub(crate) known: &'t BTreeMap<Fingerprint, Known>,
    pub(crate) rules: &'t BTreeMap<u64, Rule>,
    /// Number and slug.
    pub(crate) organization: (u64, &'t str),
    pub(crate) public_url: &'t str,
}

impl Known {
    pub(crate) fn fact(&self, name: &str) -> Option<&str> {
        self.about.get(name).and_then(Value::as_str).filter(|fact| !fact.is_empty())
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.alert.labels.get(name).map(String::as_str)
    }

    fn annotation(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.alert.annotations.get(*name)).map(String::as_str)
    }

    /// In one line.
    pub(crate) fn title(&self) -> String {
        let title = self.fact("title").or(self.annotation(&["summary", "message"]));
        title.or(self.label("alertname")).unwrap_or("An alert").to_owned()
    }

    fn text(&self) -> String {
        let text = self.fact("text").or(self.annotation(&["description"]));
        text.unwrap_or_default().to_owned()
    }
}

impl Telling<'_> {
    pub(crate) fn message(&self) -> Message {
        let notification = self.notification;
        let shown = if notification.alerts.is_empty() {
            &notification.resolved
        } else {
            &notification.alerts
        };
        let first = shown.iter().find_map(|fingerprint| self.known.get(fingerprint));
        let rule = first.and_then(|known| self.rules.get(&known.alert.rule.0));
        let thread = thread_name(&notification.thread.about);
        let short_id = first.and_then(|known| known.fact("short_id")).filter(|_| shown.len() == 1);
        let (number, _) = self.organization;
        let key = match (short_id, &notification.thread.about) {
            (Some(short_id), About::Labels(_)) => short_id.to_owned(),
            _ => format!("pitwatch-{number}-{thread}"),
        };
        let fact = |name: &str| first.and_then(|known| known.fact(name)).unwrap_or_default();
        let number_of = |name| first.and_then(|known| known.about.get(name)?.as_u64());
        let issue_and_rule = number_of("issue").zip(first.map(|known| known.alert.rule.0));
        let place = match fact("culprit") {
            "" => first.and_then(|known| known.label("service")).unwrap_or_default(),
            culprit => culprit,
        };
        let project = first.and_then(|known| known.fact("project_slug").or(known.label("project")));
        Message {
            key,
            phase: phase(notification.kind),
            tone: tone(fact("level"), notification.severity),
            title: self.title(first, shown),
            text: self.text(first, shown),
            place: place.to_owned(),
            url: self.url(first, rule, &thread),
            project: project.unwrap_or("alerts").to_owned(),
            short_id: short_id.unwrap_or(&thread).to_owned(),
            issue_and_rule: issue_and_rule.filter(|_| shown.len() == 1),
            rule: self.rule(first, rule),
            facts: facts(first),
            details: self.details(first),
            notes: String::new(),
            runbook_url: first
                .and_then(|known| known.annotation(&["runbook_url", "runbook"]))
                .map(str::to_owned),
            at: notification.at,
            data: self.data(first, &thread),
            alerts: Vec::new(),
        }
    }

    /// All alerts, however many: those that fire first.
    pub(crate) fn all_alerts(&self) -> Vec<Value> {
        self.alerts().collect()
    }

    fn alerts(&self) -> impl Iterator<Item = Value> {
        let notification = self.notification;
        let firing = notification.alerts.iter().map(|fingerprint| (fingerprint, "firing"));
        let over = notification.resolved.iter().map(|fingerprint| (fingerprint, "resolved"));
        firing.chain(over).filter_map(|(fingerprint, status)| {
            let known = self.known.get(fingerprint)?;
            let mut alert = alert_json(known, (fingerprint, status), notification.at);
            let before = known.alert.annotations.get(notify::VIA).map(String::as_str);
            alert["annotations"][notify::VIA] = notify::via(before, self.public_url).into();
            Some(alert)
        })
    }

    fn title(&self, first: Option<&Known>, shown: &[Fingerprint]) -> String {
        let title = first.map_or_else(|| "An alert".to_owned(), Known::title);
        let more = match shown.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let before = match self.notification.kind {
            Kind::Escalation(_) => "Nobody acknowledged: ",
            Kind::Repeat => "Still firing: ",
            Kind::Flapping => "Comes and goes: ",
            Kind::Digest => "Goes on without its symptom: ",
            Kind::Firing | Kind::Update | Kind::Acknowledged | Kind::Resolved => "",
        };
        format!("{before}{title}{more}")
    }

    fn text(&self, first: Option<&Known>, shown: &[Fingerprint]) -> String {
        let mut lines: Vec<String> = first.map(Known::text).into_iter().collect();
        if shown.len() > 1 {
            lines.extend(self.named("", shown));
        }
        let notification = self.notification;
        if !notification.lines.is_empty() {
            let count = notification.lines.len() + notification.lines_left_out;
            lines.push(format!("Causes that may belong to it ({count}):"));
            lines.extend(self.named("- ", &notification.lines));
        }
        if !notification.alerts.is_empty() && !notification.resolved.is_empty() {
            lines.push("Over since the last message:".to_owned());
            lines.extend(self.named("- ", &notification.resolved));
        }
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn named(&self, before: &str, alerts: &[Fingerprint]) -> Vec<String> {
        let named = alerts.iter().filter_map(|fingerprint| self.known.get(fingerprint));
        let mut lines: Vec<String> = named
            .take(NAMED_MAX)
            .map(|known| {
                let place = known.label("service").or(known.label("instance"));
                let place = place.map_or(String::new(), |place| format!(" ({place})"));
                format!("{before}{}{place}", known.title())
            })
            .collect();
        if alerts.len() > NAMED_MAX {
            lines.push(format!("{before}and {} more", alerts.len() - NAMED_MAX));
        }
        lines
    }

    /// Where it is explained: the incident, what the alert says of itself, its rule, or the alert.
    fn url(&self, first: Option<&Known>, rule: Option<&Rule>, thread: &str) -> String {
        let (_, slug) = self.organization;
        let public = self.public_url;
        match &self.notification.thread.about {
            About::Incident(id) => {
                format!("{public}/{slug}/alerts/incidents/{}", id.0)
            }
            About::Labels(_) => {
                if let Some(url) = first.and_then(|known| known.fact("url")) {
                    url.to_owned()
                } else if let Some(rule) = rule {
                    self.rule_url(rule)
                } else {
                    let fingerprint = first.map(|known| known.alert.fingerprint().to_string());
                    let fingerprint = fingerprint.unwrap_or_else(|| thread.to_owned());
                    format!("{public}/{slug}/alerts/{fingerprint}")
                }
            }
        }
    }

    fn rule_url(&self, rule: &Rule) -> String {
        format!("{}/{}/alerts/rules/{}", self.public_url, self.organization.1, rule.id)
    }

    fn rule(&self, first: Option<&Known>, rule: Option<&Rule>) -> Link {
        let (_, slug) = self.organization;
        match rule {
            Some(rule) => Link { text: rule.says.name.clone(), url: self.rule_url(rule) },
            None => Link {
                text: first
                    .and_then(|known| known.label("alertname"))
                    .unwrap_or("alerts")
                    .to_owned(),
                url: format!("{}/{slug}/alerts", self.public_url),
            },
        }
    }

    fn details(&self, first: Option<&Known>) -> Vec<Fact> {
        let notification = self.notification;
        let mut details = Vec::new();
        let mut say = |name: &str, value: String| {
            details.push(Fact { name: name.to_owned(), value });
        };
        let about = first.map(|known| &known.about);
        for (fact, name) in [("events", "Events"), ("users", "Users affected"), ("value", "Value")]
        {
            if let Some(number) = about.and_then(|about| about.get(fact)).filter(|n| n.is_number())
            {
                say(name, number.to_string());
            }
        }
        if let Some(happened) = first.and_then(|known| known.fact("happened")) {
            say("State", happened.to_owned());
        }
        if notification.alerts.len() > 1 {
            say("Alerts", notification.alerts.len().to_string());
        }
        if !notification.resolved.is_empty() && notification.kind != Kind::Resolved {
            say("Resolved", notification.resolved.len().to_string());
        }
        if let Some(person) = &notification.on_call {
            say("On call", person.clone());
        }
        details
    }

    /// For programs: the facts of the first alert, and all alerts.
    fn data(&self, first: Option<&Known>, thread: &str) -> Value {
        let notification = self.notification;
        let mut data = match first.map(|known| &known.about) {
            Some(Value::Object(about)) => about.clone(),
            _ => Map::new(),
        };
        let lines = notification.lines.iter().filter_map(|line| self.known.get(line));
        let lines: Vec<String> = lines.take(CARRIED_MAX).map(Known::title).collect();
        let own = [
            ("notification", json!(notification.id.0)),
            ("reason", notification.kind.name().into()),
            ("thread", thread.into()),
            ("receiver", notification.thread.receiver.as_str().into()),
            ("severity", json!(notification.severity)),
            ("rule_id", first.map_or(Value::Null, |known| known.alert.rule.0.into())),
            ("alerts", self.alerts().take(CARRIED_MAX).collect()),
            ("causes", lines.into()),
        ];
        data.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Value::Object(data)
    }
}

fn alert_json(known: &Known, (fingerprint, status): (&Fingerprint, &str), at: Micros) -> Value {
    let mut alert = json!({
        "fingerprint": fingerprint.to_string(),
        "status": status,
        "labels": known.alert.labels,
        "annotations": known.alert.annotations,
        "startsAt": notify::rfc3339(known.alert.at),
    });
    if status == "resolved" {
        alert["endsAt"] = notify::rfc3339(at).into();
    }
    alert
}

fn facts(first: Option<&Known>) -> Vec<Fact> {
    let Some(known) = first else { return Vec::new() };
    let labels = known.alert.labels.iter().map(|(name, value)| (name.clone(), value.clone()));
    let tags = known.about.get("tags").and_then(Value::as_object).into_iter().flatten();
    let tags = tags.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let all: BTreeMap<String, String> = tags.chain(labels).collect();
    let shown = all.into_iter().filter(|(name, _)| !DULL.contains(&name.as_str()));
    shown.take(FACTS_MAX).map(|(name, value)| Fact { name, value }).collect()
}

fn phase(kind: Kind) -> Phase {
    match kind {
        Kind::Resolved => Phase::Resolve,
        Kind::Acknowledged => Phase::Acknowledge,
        Kind::Firing
        | Kind::Update
        | Kind::Repeat
        | Kind::Digest
        | Kind::Flapping
        | Kind::Escalation(_) => Phase::Trigger,
    }
}

fn tone(level: &str, severity: Severity) -> Tone {
    match (level, severity) {
        ("fatal", _) => Tone::Fatal,
        ("error", _) => Tone::Error,
        ("warning", _) => Tone::Warning,
        ("info", _) => Tone::Info,
        ("debug", _) => Tone::Debug,
        (_, Severity::Critical) => Tone::Fatal,
        (_, Severity::Warning) => Tone::Warning,
        (_, Severity::Info) => Tone::Info,
    }
}
