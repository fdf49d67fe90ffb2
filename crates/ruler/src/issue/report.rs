//! What a rule that fired reports: an alert, and what messages about it show.

use std::collections::BTreeMap;

use alarm::Report;
use alert::{Alert, Level, Role, RuleId, Severity};
use meta::{Meta, short_id::short_id};
use model::clock::Micros;
use serde_json::{Map, Value, json};

use super::book::Watched;
use super::occasion::Occasion;
use crate::error::RulerError;

const MINUTE: u64 = 60_000_000;
/// An alert ends so long before its rule may fire again for the issue: whoever takes it must have seen the end of
/// one before the next begins.
const LAPSES_BEFORE: u64 = 30_000_000;
/// … and after so long in any case: what a rule found once is no reason to call it firing for days.
const FIRES_FOR_MAX: u64 = 30 * MINUTE;
/// Tags that messages may show, and characters of their values and of other texts.
const TAGS_MAX: usize = 50;
const VALUE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 1_000;

/// `None` when the project is gone.
pub(super) fn report(
    (meta, public_url): (&Meta, &str),
    watched: &Watched,
    occasion: &Occasion,
    now: Micros,
) -> Result<Option<Report>, RulerError> {
    let issue = &occasion.issue;
    let Some(project) = meta.project(issue.project)? else { return Ok(None) };
    let Some(organization) = meta.organization(project.organization)? else { return Ok(None) };
    let view = occasion.view();
    let (seen, short_id) = (occasion.seen(), short_id(&project.slug, issue.number));
    let severity = if seen.level >= Level::Warning { Severity::Warning } else { Severity::Info };
    let service = view.tag("service").filter(|service| !service.is_empty());
    let service = service.unwrap_or(&project.slug);
    let text = |text: &str, max: usize| text.chars().take(max).collect::<String>();
    let mut labels = BTreeMap::from([
        ("alertname".to_owned(), watched.rule.name.clone()),
        ("rule_id".to_owned(), watched.id.to_string()),
        ("severity".to_owned(), named(severity).to_owned()),
        ("project".to_owned(), project.slug.clone()),
        ("service".to_owned(), text(service, VALUE_CHARS_MAX)),
        ("issue".to_owned(), short_id.clone()),
    ]);
    if !seen.environment.is_empty() {
        labels.insert("environment".to_owned(), text(seen.environment, VALUE_CHARS_MAX));
    }
    let title = text(&issue.title, TEXT_CHARS_MAX);
    let culprit = text(&issue.culprit, TEXT_CHARS_MAX);
    let message = view.message().map(|message| text(&message, TEXT_CHARS_MAX));
    let message = message.unwrap_or_default();
    let url = format!("{public_url}/{}/issues/{short_id}", organization.slug);
    let tags: Map<String, Value> = view
        .tags()
        .take(TAGS_MAX)
        .map(|(key, value)| (text(key, VALUE_CHARS_MAX), text(value, VALUE_CHARS_MAX).into()))
        .collect();
    let annotations = BTreeMap::from([
        ("summary".to_owned(), title.clone()),
        ("description".to_owned(), message.clone()),
    ]);
    let every = u64::from(watched.rule.every_minutes) * MINUTE;
    let fires_for = every.min(FIRES_FOR_MAX).saturating_sub(LAPSES_BEFORE);
    let alert = Alert {
        labels,
        rule: RuleId(watched.id),
        role: if watched.is_symptom { Role::Symptom } else { Role::Other },
        severity,
        is_firing: true,
        at: now,
        lapses_at: Some(Micros(now.0.saturating_add(fires_for))),
        annotations,
    };
    let about = json!({
        "kind": "issue",
        "happened": occasion.happened.name(),
        "project": project.id.0,
        "project_slug": project.slug,
        "organization_slug": organization.slug,
        "issue": issue.id.0,
        "short_id": short_id,
        "event": occasion.event.as_ref().map(|(id, _)| id.to_string()),
        "title": title,
        "text": message,
        "culprit": culprit,
        "level": seen.level.name(),
        "platform": issue.platform,
        "url": url,
        "tags": tags,
        "environment": Some(seen.environment).filter(|name| !name.is_empty()),
        "release": Some(view.release()).filter(|name| !name.is_empty()),
        "events": issue.times_seen,
        "users": issue.user_count,
        "first_seen": issue.first_seen.0,
        "last_seen": issue.last_seen.0,
    });
    Ok(Some(Report { organization: project.organization, alert, about }))
}

fn named(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "page",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}
