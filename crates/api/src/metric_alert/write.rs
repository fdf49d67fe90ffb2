//! Rules as clients write them: checked, and as they are stored.

use alarm::{NewRule, Rule, RuleChange, RuleKind};
use alert::{SentryMetricRule, SentryRuleError};
use measure::{MeasureError, Measured, NeverError};
use meta::{Meta, Project};
use model::clock::Micros;
use serde_json::{Map, Value, json};

use super::Place;
use crate::error::ApiError;
use crate::state::Api;

/// What Sentry calls a rule that is not evaluated.
pub(super) const DISABLED: u64 = 5;
type IsWellFormed = fn(&Value) -> bool;

/// Fields that only clients read: they get them back as they sent them.
const KEPT: [(&str, IsWellFormed); 2] =
    [("eventTypes", is_short_list), ("queryType", Value::is_u64)];

/// A rule that was checked.
pub(super) struct Checked {
    pub(super) says: SentryMetricRule,
    pub(super) projects: Vec<Project>,
    pub(super) measured: Measured,
}

/// Makes a rule. Blocks.
pub(super) fn create(
    api: &Api,
    place: &Place,
    mut body: Map<String, Value>,
) -> Result<Rule, ApiError> {
    if let (Some(project), true) = (&place.project, is_absent(&body, "projects")) {
        body.insert("projects".to_owned(), json!([project.slug]));
    }
    let checked = check(api, place, &body)?;
    causes_exist(api, place, &checked.says, None)?;
    let new = NewRule {
        organization: place.access.organization.id,
        project: None,
        kind: RuleKind::Metric,
        says: change_of(checked, &body, is_enabled(&body).unwrap_or(true)),
        origin: String::new(),
        created_by: place.access.user,
    };
    Ok(api.alarms_by(&place.access).create_rule(&new, api.clock.now())?)
}

/// Changes the named fields of a rule. Blocks.
pub(super) fn change(
    api: &Api,
    place: &Place,
    before: &Rule,
    body: Map<String, Value>,
) -> Result<(), ApiError> {
    is_ours(before)?;
    let mut whole = before.says.definition.as_object().cloned().unwrap_or_default();
    // Another kind of rule does not keep the detector of the one before.
    let is_plain = matches!(
        body.get("detectionType").and_then(Value::as_str),
        Some("static" | "percent" | "dynamic")
    );
    if is_plain && !body.contains_key("anomaly") {
        whole.remove("anomaly");
    }
    let enabled = is_enabled(&body).unwrap_or(before.says.is_enabled);
    whole.extend(body);
    let checked = check(api, place, &whole)?;
    causes_exist(api, place, &checked.says, Some(before.id))?;
    let says = change_of(checked, &whole, enabled);
    Ok(api.alarms_by(&place.access).change_rule(before.id, &says, api.clock.now())?)
}

/// Goes on only with rules that no file says how they are.
pub(super) fn is_ours(rule: &Rule) -> Result<(), ApiError> {
    if rule.origin.is_empty() {
        return Ok(());
    }
    let sentence = format!("This rule is one of {}. Change it there.", rule.origin);
    Err(ApiError::Conflict(sentence))
}

/// Checks a rule: that it makes sense, that its projects are there, and that it can be measured. Blocks.
pub(super) fn check(
    api: &Api,
    place: &Place,
    body: &Map<String, Value>,
) -> Result<Checked, ApiError> {
    let says = SentryMetricRule::from_json(&Value::Object(body.clone()))?;
    let mut projects: Vec<Project> = Vec::new();
    for name in &says.projects {
        let unknown = || ApiError::field("projects", format!("There is no project {name}."));
        let found = place.access.project(&api.database, name);
        let project = found.map_err(|error| match error {
            ApiError::NotFound => unknown(),
            other => other,
        })?;
        if projects.iter().all(|known| known.id != project.id) {
            projects.push(project);
        }
    }
    if projects.is_empty() {
        return Err(ApiError::field("projects", "Name at least one project."));
    }
    let measured = Measured::of(&api.database, &projects, &says, api.clock.now());
    let measured = measured.map_err(|error| match error {
        MeasureError::Meta(error) => error.into(),
        error => ApiError::field(error.field(), error.to_string()),
    })?;
    measured
        .check_may_fire(&says)
        .map_err(|never| ApiError::field(never.field(), sentence(&never.to_string())))?;
    Ok(Checked { says, projects, measured })
}

fn causes_exist(
    api: &Api,
    place: &Place,
    says: &SentryMetricRule,
    own: Option<u64>,
) -> Result<(), ApiError> {
    for cause in &says.causes {
        if Some(*cause) == own {
            let text = "A rule cannot be its own cause: it would never be told.";
            return Err(ApiError::field("causes", text));
        }
        let known = api.alarms.rule(place.access.organization.id, *cause);
        if matches!(known, Err(alarm::AlarmError::Missing(_))) {
            return Err(ApiError::field("causes", format!("There is no rule {cause}.")));
        }
        known?;
    }
    Ok(())
}

/// Why a rule of a file is none.
#[derive(Debug, thiserror::Error)]
pub enum UnfitError {
    /// It cannot be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// It would never fire.
    #[error(transparent)]
    Never(#[from] NeverError),
}

/// A rule of a file as it is stored. Blocks.
///
/// # Errors
/// When it cannot be measured, or would never fire.
pub fn as_stored(
    database: &Meta,
    project: &Project,
    says: SentryMetricRule,
    now: Micros,
) -> Result<RuleChange, UnfitError> {
    let projects = vec![project.clone()];
    let measured = Measured::of(database, &projects, &says, now)?;
    measured.check_may_fire(&says)?;
    Ok(change_of(Checked { says, projects, measured }, &Map::new(), true))
}

/// As it is stored. Projects are kept by number, because their slugs can change.
fn change_of(checked: Checked, body: &Map<String, Value>, is_enabled: bool) -> RuleChange {
    let says = checked.says;
    let mut definition = says.to_json();
    let ids: Vec<String> = checked.projects.iter().map(|project| project.id.to_string()).collect();
    definition["projects"] = json!(ids);
    for (name, is_fine) in KEPT {
        if let Some(value) = body.get(name).filter(|value| is_fine(value)) {
            definition[name] = value.clone();
        }
    }
    RuleChange {
        name: says.name,
        definition,
        is_enabled,
        owner: says.owner,
        is_symptom: says.is_symptom,
        causes: says.causes,
    }
}

fn is_short_list(value: &Value) -> bool {
    let is_short = |one: &Value| one.as_str().is_some_and(|text| text.len() <= 64);
    value.as_array().is_some_and(|all| all.len() <= 10 && all.iter().all(is_short))
}

/// Whether it is to be evaluated, if the body says.
fn is_enabled(body: &Map<String, Value>) -> Option<bool> {
    let by_status = || body.get("status")?.as_u64().map(|status| status != DISABLED);
    body.get("enabled").and_then(Value::as_bool).or_else(by_status)
}

fn is_absent(body: &Map<String, Value>, field: &str) -> bool {
    match body.get(field) {
        None | Some(Value::Null) => true,
        Some(value) => value.as_array().is_some_and(Vec::is_empty),
    }
}

impl From<SentryRuleError> for ApiError {
    fn from(error: SentryRuleError) -> Self {
        match error {
            SentryRuleError::Field { field, reason } => {
                Self::field(field, sentence(&format!("this field {reason}")))
            }
            SentryRuleError::Unknown(field) => Self::field(&field, "This is no field of a rule."),
            SentryRuleError::Rule(error) => {
                Self::field(error.field(), sentence(&error.to_string()))
            }
        }
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
