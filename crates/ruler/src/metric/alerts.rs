//! The alerts that stand while a series is as it is, and what is told when that changes.

use std::collections::BTreeMap;

use alarm::{Report, Series};
use alert::{
    Alert, Condition, Labels, Levels, MetricState, NoData, Phase, Role, RuleId, Severity, Side,
};
use meta::Project;
use model::clock::Micros;
use serde_json::{Map, Value, json};

use super::plan::Planned;

/// Labels that are not made of a rule's fields.
const OWN: [&str; 8] =
    ["alertname", "rule_id", "severity", "project", "environment", "service", "issue", "reason"];
/// What an alert about missing data says as its `reason`.
const NO_DATA: &str = "no_data";

/// What stands now, and what of that is new or over.
pub(super) struct Told {
    pub(super) standing: Vec<Alert>,
    pub(super) reports: Vec<Report>,
}

/// Compares what stood with what stands. An alert that went on keeps its labels, even if its rule has got
/// another name since.
pub(super) fn told(facts: &Facts<'_>, state: &MetricState, now: Micros) -> Told {
    let Facts { planned, series, .. } = facts;
    let mut standing = Vec::new();
    let mut reports = Vec::new();
    for (severity, is_lost) in wanted(planned.says.rule.no_data, state) {
        let is_it = |alert: &&Alert| alert.severity == severity && is_no_data(alert) == is_lost;
        let alert = series.standing.iter().find(is_it).cloned().unwrap_or_else(|| {
            let alert = facts.alert(severity, is_lost, now);
            reports.push(facts.report(alert.clone(), &facts.sentence(severity, is_lost)));
            alert
        });
        standing.push(alert);
    }
    // What is over comes after what is new, so that a worse alert is there before the milder one ends.
    let gone = series.standing.iter().filter(|alert| !standing.contains(alert));
    let over = |alert: &Alert| {
        let text = match standing.first() {
            _ if is_no_data(alert) => format!("There are data of {} again.", facts.what()),
            Some(other) => {
                let sentence = facts.sentence(other.severity, is_no_data(other));
                format!("Another alert of this rule stands in its place: {sentence}")
            }
            None => facts.recovered(),
        };
        facts.report(Alert { is_firing: false, at: now, ..alert.clone() }, &text)
    };
    reports.extend(gone.map(over));
    Told { standing, reports }
}

/// Tells that all alerts of a series are over, which nobody measures any more.
pub(super) fn over(series: &Series, now: Micros) -> Vec<Report> {
    let report = |alert: &Alert| Report {
        organization: series.organization,
        alert: Alert { is_firing: false, at: now, ..alert.clone() },
        about: json!({
            "kind": "metric",
            "project": series.project.0,
            "project_slug": alert.labels.get("project"),
            "title": alert.annotations.get("summary"),
            "text": "The rule was changed or removed, or its project is gone.",
        }),
    };
    series.standing.iter().map(report).collect()
}

/// Which alerts stand: how bad, and whether they are about missing data.
fn wanted(no_data: NoData, state: &MetricState) -> Vec<(Severity, bool)> {
    let mut wanted = Vec::new();
    if let Phase::Firing(severity) | Phase::NoData(Some(severity)) = state.phase {
        wanted.push((severity, false));
    }
    if matches!(state.phase, Phase::NoData(_)) && no_data == NoData::Alert {
        wanted.push((Severity::Warning, true));
    }
    wanted
}

fn is_no_data(alert: &Alert) -> bool {
    alert.labels.get("reason").is_some_and(|reason| reason == NO_DATA)
}

/// What alerts of a series say.
pub(super) struct Facts<'a> {
    pub(super) planned: &'a Planned,
    pub(super) project: &'a Project,
    pub(super) series: &'a Series,
    pub(super) value: Option<f64>,
}

impl Facts<'_> {
    fn alert(&self, severity: Severity, is_lost: bool, now: Micros) -> Alert {
        let says = &self.planned.says;
        let mut labels = Labels::from([
            ("alertname".to_owned(), says.name.clone()),
            ("rule_id".to_owned(), self.planned.rule.id.to_string()),
            ("severity".to_owned(), severity_label(severity).to_owned()),
            ("project".to_owned(), self.project.slug.clone()),
        ]);
        labels.extend(self.groups().filter(|(_, value)| !value.is_empty()));
        labels.entry("service".to_owned()).or_insert_with(|| self.project.slug.clone());
        if let Some(environment) = &says.question.environment {
            labels.insert("environment".to_owned(), environment.clone());
        }
        if is_lost {
            labels.insert("reason".to_owned(), NO_DATA.to_owned());
        }
        let mut annotations = BTreeMap::from([
            ("summary".to_owned(), says.name.clone()),
            ("description".to_owned(), self.sentence(severity, is_lost)),
        ]);
        if let Some(url) = &says.runbook_url {
            annotations.insert("runbook_url".to_owned(), url.clone());
        }
        Alert {
            labels,
            rule: RuleId(self.planned.rule.id),
            role: if says.is_symptom { Role::Symptom } else { Role::Other },
            severity,
            is_firing: true,
            at: now,
            lapses_at: None,
            annotations,
        }
    }

    /// The values of the rule's fields under names that labels may have.
    fn groups(&self) -> impl Iterator<Item = (String, String)> {
        let names = self.planned.says.question.group_by.iter();
        names.zip(&self.series.groups).map(|(name, value)| (label(name), value.clone()))
    }

    fn report(&self, alert: Alert, text: &str) -> Report {
        let says = &self.planned.says;
        let groups: Map<String, Value> =
            self.groups().map(|(name, value)| (name, json!(value))).collect();
        let threshold =
            levels(&says.rule.condition).and_then(|levels| threshold(levels, alert.severity));
        let about = json!({
            "kind": "metric",
            "project": self.project.id.0,
            "project_slug": self.project.slug,
            "title": says.name,
            "text": text,
            "tags": groups,
            "environment": says.question.environment,
            "value": self.value,
            "threshold": threshold,
            "aggregate": says.question.aggregate,
            "query": says.question.query,
            "window_minutes": says.question.window_minutes,
            "runbook_url": says.runbook_url,
        });
        Report { organization: self.planned.rule.organization, alert, about }
    }

    /// Of an end: what is measured now, and which bound that keeps.
    fn recovered(&self) -> String {
        let (what, minutes) = (self.what(), self.planned.says.question.window_minutes);
        let Some(value) = self.value.map(shown) else {
            return format!("It is over: there are no data of {what}.");
        };
        let bound = |levels: &Levels| {
            let bound = levels.recovery.or(levels.warning).or(levels.critical);
            bound.map(shown).unwrap_or_default()
        };
        match &self.planned.says.rule.condition {
            Condition::Threshold(levels) => {
                let (side, bound) = (side(levels), bound(levels));
                format!(
                    "It recovered: {what} is {value} over {minutes} min, no longer {side} {bound}."
                )
            }
            Condition::Change(levels) => {
                let (way, bound) = (way(levels), bound(levels));
                format!(
                    "It recovered: {what} is {value} over {minutes} min, no longer {bound} % {way} \
                     than before."
                )
            }
            Condition::Ratio(_) | Condition::Cusum(_) => format!(
                "It recovered: {what}: {value} went well over {minutes} min, as usual at this time."
            ),
            Condition::ReturnToPlayer(game) => {
                let (theory, errors) = (shown(game.theory), shown(game.warning_z));
                format!(
                    "It recovered: {value} of the stakes was paid back over {minutes} min, within \
                     {errors} standard errors of the {theory} that the game's mathematics say."
                )
            }
        }
    }

    fn sentence(&self, severity: Severity, is_lost: bool) -> String {
        let what = self.what();
        let minutes = self.planned.says.question.window_minutes;
        let Some(value) = self.value.filter(|_| !is_lost) else {
            return format!("There are no data of {what}.");
        };
        let value = shown(value);
        let level = |levels| threshold(levels, severity).map(shown).unwrap_or_default();
        match &self.planned.says.rule.condition {
            Condition::Threshold(levels) => {
                let (side, level) = (side(levels), level(levels));
                format!("{what} is {value} over {minutes} min, {side} {level}.")
            }
            Condition::Change(levels) => {
                let (way, level) = (way(levels), level(levels));
                format!("{what} is {value} over {minutes} min, {level} % {way} than before.")
            }
            Condition::Ratio(_) | Condition::Cusum(_) => {
                format!("{what}: {value} went well, less than usual at this time.")
            }
            Condition::ReturnToPlayer(game) => {
                let theory = shown(game.theory);
                format!("{value} of the stakes was paid back; the game's mathematics say {theory}.")
            }
        }
    }

    fn what(&self) -> String {
        let aggregate = &self.planned.says.question.aggregate;
        let aggregate = aggregate.split(" AS ").next().unwrap_or_default();
        let aggregate = aggregate.strip_prefix("equation|").unwrap_or(aggregate);
        let groups: Vec<String> =
            self.groups().map(|(name, value)| format!("{name} {value}")).collect();
        let place = if groups.is_empty() { self.project.slug.clone() } else { groups.join(", ") };
        format!("{aggregate} of {place}")
    }
}

/// What routes and people know a severity by.
fn severity_label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "page",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// A field's name as that of a label: `tags[http.method]` is `http_method`.
fn label(field: &str) -> String {
    let name = field.strip_prefix("tags[").and_then(|name| name.strip_suffix(']')).unwrap_or(field);
    let name = name.split(',').next().unwrap_or(name);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let is_taken = OWN.contains(&name.as_str()) && name != "service" && name != "environment";
    if is_taken || name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        return format!("group_{name}");
    }
    name
}

fn levels(condition: &Condition) -> Option<&Levels> {
    match condition {
        Condition::Threshold(levels) | Condition::Change(levels) => Some(levels),
        Condition::Ratio(_) | Condition::Cusum(_) | Condition::ReturnToPlayer(_) => None,
    }
}

fn threshold(levels: &Levels, severity: Severity) -> Option<f64> {
    if severity == Severity::Critical {
        levels.critical
    } else {
        levels.warning.or(levels.critical)
    }
}

fn side(levels: &Levels) -> &'static str {
    if levels.side == Side::Above { "above" } else { "below" }
}

fn way(levels: &Levels) -> &'static str {
    if levels.side == Side::Above { "more" } else { "less" }
}

/// With four significant places at most.
fn shown(value: f64) -> String {
    let digits = if value.abs() >= 1_000.0 {
        0
    } else if value.abs() >= 10.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
