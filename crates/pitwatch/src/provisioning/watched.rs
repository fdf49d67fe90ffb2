//! Cron monitors and uptime checks in provisioning files.

use std::collections::BTreeMap;

use alarm::{Alarms, MonitorChange, UptimeChange, Wanted};
use anyhow::{Context as _, bail};
use api::error::ApiError;
use api::{monitor, uptime};
use meta::{Meta, Project, ProvisionFile, ProvisionProject};
use model::clock::Micros;
use serde_json::{Map, Value, json};

/// Monitors, and checks, of one project in a file.
const WATCHED_MAX: usize = 1_000;
/// What a monitor says about itself.
const MONITOR: [&str; 5] = ["name", "slug", "status", "is_muted", "owner"];
/// What it says about its job.
const CONFIG: [&str; 6] = [
    "schedule",
    "timezone",
    "checkin_margin",
    "max_runtime",
    "failure_issue_threshold",
    "recovery_threshold",
];
const UPTIME: [&str; 18] = [
    "name",
    "url",
    "method",
    "headers",
    "body",
    "environment",
    "owner",
    "status",
    "is_muted",
    "interval_seconds",
    "timeout_ms",
    "expected_status",
    "expected_body",
    "latency_max_ms",
    "redirects",
    "certificate_days_min",
    "downtime_threshold",
    "recovery_threshold",
];

type Entry = BTreeMap<String, Value>;

/// What can be said of them without knowing anybody.
pub(super) fn check(project: &ProvisionProject) -> anyhow::Result<()> {
    for (what, entries) in [("monitors", &project.monitors), ("uptime checks", &project.uptimes)] {
        if entries.len() > WATCHED_MAX {
            bail!("project {}: at most {WATCHED_MAX} {what}", project.slug);
        }
    }
    for entry in &project.monitors {
        read_monitor(entry).with_context(|| at(project, "monitor", entry))?;
    }
    for entry in &project.uptimes {
        read_uptime(entry).with_context(|| at(project, "uptime", entry))?;
    }
    Ok(())
}

/// Makes monitors and checks be those of the file; answers a line for each change.
pub(super) fn apply(
    (meta, alarms): (&Meta, &Alarms),
    file: &ProvisionFile,
    (origin, now): (&str, Micros),
) -> anyhow::Result<Vec<String>> {
    let (mut monitors, mut uptimes) = (Vec::new(), Vec::new());
    for asked in &file.organizations {
        let organization = meta.organization_by_slug(&asked.slug)?.context("no organisation")?.id;
        for asked in &asked.projects {
            let project = meta.project_by_slug(organization, &asked.slug)?.context("no project")?;
            for entry in &asked.monitors {
                let place = || at(asked, "monitor", entry);
                let mut says = read_monitor(entry).with_context(place)?;
                says.owner = owner(meta, &project, entry).with_context(place)?;
                monitors.push(Wanted { organization, project: project.id, says });
            }
            for entry in &asked.uptimes {
                let place = || at(asked, "uptime", entry);
                let (mut says, headers) = read_uptime(entry).with_context(place)?;
                says.owner = owner(meta, &project, entry).with_context(place)?;
                says.headers = uptime::sealed(meta, organization, &headers).map_err(said)?;
                uptimes.push(Wanted { organization, project: project.id, says });
            }
        }
    }
    let mut changes = alarms.provision_monitors(origin, &monitors, now)?;
    // What is sealed twice differs; what was sealed does not.
    let is_same = |known: &alarm::Uptime, says: &UptimeChange| {
        let opened = |sealed: &Option<Vec<u8>>| {
            uptime::opened(meta, known.organization, sealed.as_deref()).ok()
        };
        let headers = opened(&known.says.headers);
        let mut says = says.clone();
        let has_them = headers.is_some() && headers == opened(&says.headers);
        says.headers.clone_from(&known.says.headers);
        has_them && known.says == says
    };
    changes.extend(alarms.provision_uptimes(origin, &uptimes, is_same, now)?);
    Ok(changes)
}

/// A monitor but for its owner. The form is the API's with the fields of `config` beside the others.
fn read_monitor(entry: &Entry) -> anyhow::Result<MonitorChange> {
    let known: Vec<&str> = MONITOR.into_iter().chain(CONFIG).collect();
    refuse_unknown(entry, &known)?;
    let mut body = body(entry, &MONITOR);
    if let (None, Some(slug)) = (body.get("name"), body.get("slug").cloned()) {
        body.insert("name".to_owned(), slug);
    }
    let mut config = self::body(entry, &CONFIG);
    let kind =
        if config.get("schedule").is_some_and(Value::is_array) { "interval" } else { "crontab" };
    config.insert("schedule_type".to_owned(), json!(kind));
    body.insert("config".to_owned(), Value::Object(config));
    monitor::form(&body, None).map_err(said)
}

/// A check but for its owner, and its headers.
fn read_uptime(entry: &Entry) -> anyhow::Result<(UptimeChange, Vec<(String, String)>)> {
    refuse_unknown(entry, &UPTIME)?;
    let body = body(entry, &UPTIME);
    let says = uptime::form(&body, None).map_err(said)?;
    Ok((says, uptime::said_headers(&body).map_err(said)?.unwrap_or_default()))
}

fn body(entry: &Entry, fields: &[&str]) -> Map<String, Value> {
    let said = entry.iter().filter(|(name, _)| fields.contains(&name.as_str()));
    said.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn refuse_unknown(entry: &Entry, known: &[&str]) -> anyhow::Result<()> {
    match entry.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => bail!("unknown key {name}; known are {}", known.join(", ")),
    }
}

/// `team:SLUG` or `user:ADDRESS` with the number instead.
fn owner(meta: &Meta, project: &Project, entry: &Entry) -> anyhow::Result<Option<String>> {
    let Some(said) = entry.get("owner") else { return Ok(None) };
    let organization = project.organization;
    match said.as_str().and_then(|said| said.split_once(':')) {
        Some(("team", slug)) => {
            let team = meta.team_by_slug(organization, slug)?;
            let team = team.with_context(|| format!("owner: there is no team {slug}"))?;
            Ok(Some(format!("team:{}", team.id)))
        }
        Some(("user", email)) => {
            let user = meta.user_by_email(email)?;
            let user = user.with_context(|| format!("owner: there is no member {email}"))?.id;
            if meta.member(organization, user)?.is_none() {
                bail!("owner: there is no member {email}");
            }
            Ok(Some(format!("user:{user}")))
        }
        _ => bail!("owner must be team:SLUG or user:ADDRESS"),
    }
}

fn at(project: &ProvisionProject, what: &str, entry: &Entry) -> String {
    let name = ["name", "slug"].iter().find_map(|field| entry.get(*field)?.as_str());
    format!("project {}, {what} {}", project.slug, name.unwrap_or("without a name"))
}

/// Which key of the file is wrong, and why.
fn said(problem: ApiError) -> anyhow::Error {
    let ApiError::Fields(fields) = problem else { return problem.into() };
    let line = |(field, sentences): (&String, &Vec<String>)| {
        format!("{}: {}", key(field), sentences.join(" "))
    };
    anyhow::anyhow!(fields.iter().map(line).collect::<Vec<_>>().join("; "))
}

/// `timeoutMs` as files write it.
fn key(field: &str) -> String {
    let mut key = String::new();
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            key.push('_');
        }
        key.push(letter.to_ascii_lowercase());
    }
    key
}
