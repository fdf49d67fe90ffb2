//! Rules as clients see them.

use std::collections::HashMap;

use alarm::{Rule, Series, SeriesOf};
use alert::{Phase, Severity};
use meta::{Page, Project};
use model::clock::Micros;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::write::DISABLED;
use crate::auth::Access;
use crate::error::ApiError;
use crate::state::Api;
use crate::time;

/// A rule about a number.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's, as far as fields have no comment")]
pub struct MetricRuleView {
    pub id: String,
    pub organization_id: String,
    /// 0, or 5 when it is not evaluated.
    pub status: u64,
    /// Whether it is evaluated.
    pub enabled: bool,
    pub name: String,
    pub description: String,
    pub projects: Vec<String>,
    pub owner: Option<String>,
    pub aggregate: String,
    pub dataset: String,
    pub query: String,
    pub query_type: u64,
    pub event_types: Vec<String>,
    pub environment: Option<String>,
    /// Minutes.
    pub time_window: u64,
    /// Every how many minutes it is evaluated.
    pub resolution: u64,
    /// Minutes.
    pub comparison_delta: Option<u64>,
    /// `static`, `percent` or `dynamic`.
    pub detection_type: String,
    /// 0 above, 1 below.
    pub threshold_type: u64,
    pub resolve_threshold: Option<f64>,
    pub triggers: Vec<MetricTriggerView>,
    /// A detector of what is unusual: `{"kind": "ratio" | "cusum" | "rtp", …}`.
    #[schema(value_type = Option<Object>)]
    pub anomaly: Value,
    /// Each value of these fields is judged for itself.
    pub group_by: Vec<String>,
    /// How long it must be wrong before it fires.
    pub for_minutes: u64,
    /// How long it must be right before it is over.
    pub recover_minutes: u64,
    /// What missing data mean: `keep`, `ok` or `alert`.
    pub no_data: String,
    /// How long data must be missing.
    pub no_data_minutes: u64,
    /// Whether it looks at what users feel, and opens incidents.
    pub symptom: bool,
    /// Rules whose alerts ride along while this one fires.
    pub causes: Vec<String>,
    pub runbook_url: Option<String>,
    /// Empty, or the file that provisioned it: such rules cannot be changed here.
    pub origin: String,
    /// What it is now: `ok`, `pending`, `warning`, `critical` or `no_data`.
    pub phase: String,
    /// What is doubtful about it, as sentences.
    pub warnings: Vec<String>,
    pub snooze: bool,
    pub original_alert_rule_id: Option<String>,
    pub date_created: String,
    pub date_modified: String,
    #[schema(value_type = Option<Object>)]
    pub created_by: Value,
    pub last_triggered: Option<String>,
}

/// A threshold, and what is done beyond it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MetricTriggerView {
    pub id: String,
    pub alert_rule_id: String,
    pub label: String,
    pub threshold_type: u64,
    pub alert_threshold: f64,
    pub resolve_threshold: Option<f64>,
    pub date_created: String,
    #[schema(value_type = Vec<Object>)]
    pub actions: Vec<Value>,
}

/// What views need to know besides the rules.
pub(crate) struct Shown {
    slugs: HashMap<String, String>,
    /// The worst that the series of each rule are.
    phases: HashMap<u64, Phase>,
}

/// Whether a rule is about a project.
pub(crate) fn is_of(rule: &Rule, project: &Project) -> bool {
    let named = rule.says.definition.get("projects").and_then(Value::as_array);
    let (id, slug) = (project.id.to_string(), project.slug.as_str());
    named.into_iter().flatten().any(|name| name == id.as_str() || name == slug)
}

impl Shown {
    /// Looks everything up. Blocks.
    pub(crate) fn of(api: &Api, access: &Access) -> Result<Self, ApiError> {
        let mut slugs = HashMap::new();
        let mut page = Page::FIRST;
        loop {
            let found = api.database.projects(access.organization.id, page)?;
            page.offset += found.rows.len();
            slugs.extend(found.rows.into_iter().map(|it| (it.id.to_string(), it.slug)));
            if !found.more {
                break;
            }
        }
        let mut phases: HashMap<u64, Phase> = HashMap::new();
        for Series { rule, state, .. } in
            api.alarms.series(SeriesOf::Organization(access.organization.id))?
        {
            let worst = phases.entry(rule).or_insert(state.phase);
            if rank(state.phase) > rank(*worst) {
                *worst = state.phase;
            }
        }
        Ok(Self { slugs, phases })
    }

    /// The slug of a project that a definition names by number or slug; `None` if it is gone.
    pub(super) fn slug(&self, name: &str) -> Option<String> {
        let known = self.slugs.get(name).cloned();
        known.or_else(|| self.slugs.values().any(|slug| slug == name).then(|| name.to_owned()))
    }

    /// A rule. Blocks.
    pub(crate) fn rule(&self, api: &Api, rule: &Rule) -> Result<MetricRuleView, ApiError> {
        let mut view = rule.says.definition.clone();
        let id = rule.id.to_string();
        let created = time::iso(rule.created);
        let named = view["projects"].as_array().cloned().unwrap_or_default();
        let slugs: Vec<String> =
            named.iter().filter_map(|name| self.slug(name.as_str()?)).collect();
        let window = view["timeWindow"].as_u64().unwrap_or(1);
        let is_absent = |view: &Value, name: &str| view.get(name).is_none_or(Value::is_null);
        if is_absent(&view, "eventTypes") {
            view["eventTypes"] = event_types(view["dataset"].as_str().unwrap_or_default());
        }
        if is_absent(&view, "queryType") {
            let is_error = view["eventTypes"][0] == "error";
            view["queryType"] = json!(u8::from(!is_error));
        }
        triggers(&mut view, &id, &created);
        view["causes"] = json!(rule.says.causes.iter().map(u64::to_string).collect::<Vec<_>>());
        let person = match rule.created_by {
            Some(user) => api.database.user(user)?,
            None => None,
        };
        let added = json!({
            "id": id,
            "organizationId": rule.organization.to_string(),
            "status": if rule.says.is_enabled { 0 } else { DISABLED },
            "enabled": rule.says.is_enabled,
            "projects": slugs,
            "resolution": (window / 120).clamp(1, 15),
            "origin": rule.origin,
            "phase": phase_name(self.phases.get(&rule.id).copied().unwrap_or_default()),
            "warnings": warnings(rule, slugs.len() < named.len()),
            "snooze": false,
            "originalAlertRuleId": null,
            "dateCreated": created,
            "dateModified": time::iso(rule.changed),
            "createdBy": person.map(|person| json!({
                "id": person.id.to_string(), "name": person.name, "email": person.email,
            })),
            "lastTriggered": rule.triggered.map(time::iso),
        });
        if let (Some(view), Value::Object(added)) = (view.as_object_mut(), added) {
            view.extend(added);
        }
        serde_json::from_value(view).map_err(ApiError::internal)
    }
}

/// Gives triggers and actions the numbers that clients expect.
fn triggers(view: &mut Value, rule: &str, created: &str) {
    let triggers = view["triggers"].as_array_mut().into_iter().flatten();
    for (place, trigger) in triggers.enumerate() {
        let id = format!("{rule}{}", place + 1);
        trigger["id"] = json!(id);
        trigger["alertRuleId"] = json!(rule);
        trigger["dateCreated"] = json!(created);
        let actions = trigger["actions"].as_array_mut().into_iter().flatten();
        for (place, action) in actions.enumerate().filter(|(_, action)| action.is_object()) {
            action["id"] = json!(format!("{id}{}", place + 1));
            action["alertRuleTriggerId"] = json!(id);
            action["dateCreated"] = json!(created);
        }
    }
}

fn event_types(dataset: &str) -> Value {
    match dataset {
        "transactions" | "generic_metrics" | "metricsEnhanced" => json!(["transaction"]),
        "spans" | "spansMetrics" | "events_analytics_platform" => json!(["trace_item_span"]),
        "sessions" | "metrics" => json!([]),
        _ => json!(["error"]),
    }
}

fn warnings(rule: &Rule, has_lost_projects: bool) -> Vec<&'static str> {
    let says = &rule.says.definition;
    let actions = |label: &str| {
        let triggers = says["triggers"].as_array().into_iter().flatten();
        triggers.into_iter().any(|trigger| trigger["label"] == label)
    };
    let mut found = Vec::new();
    if actions("critical") && says["runbookUrl"].is_null() {
        found.push("It can wake people and has no runbook.");
    }
    if has_lost_projects {
        found.push("A project it names is gone.");
    }
    found
}

/// As clients read it.
pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Inactive => "ok",
        Phase::Pending => "pending",
        Phase::Firing(Severity::Critical) => "critical",
        Phase::Firing(Severity::Warning | Severity::Info) => "warning",
        Phase::NoData(_) => "no_data",
    }
}

fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Inactive => 0,
        Phase::Pending => 1,
        Phase::NoData(None) => 2,
        Phase::Firing(Severity::Info | Severity::Warning) => 3,
        Phase::NoData(Some(_)) => 4,
        Phase::Firing(Severity::Critical) => 5,
    }
}

/// The values of a rule's fields, and the project.
pub(super) fn group(
    shown: &Shown,
    definition: &Value,
    project: model::id::ProjectId,
    groups: &[String],
) -> Value {
    let slug = shown.slug(&project.to_string());
    let names = definition["groupBy"].as_array().into_iter().flatten();
    let mut group = serde_json::Map::from_iter([("project".to_owned(), json!(slug))]);
    let named = names.zip(groups).filter_map(|(name, value)| Some((name.as_str()?, value)));
    group.extend(named.map(|(name, value)| (name.to_owned(), json!(value))));
    Value::Object(group)
}

/// A moment that may not have been.
pub(super) fn moment(at: Micros) -> Option<String> {
    (at.0 > 0).then(|| time::iso(at))
}
