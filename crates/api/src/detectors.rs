//! Detectors of performance issues: which of them look at a project's traces, and from where on something
//! is wrong.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use group::performance::{SETTINGS, Setting, SettingValue, Thresholds, Unit};
use meta::{DetectorValue, ProjectSettings, Scope};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::project::{current_settings, enter};
use crate::state::Api;

/// A detector with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Detector {
    /// The `issue.type` of what it finds.
    pub id: &'static str,
    /// What its issues are called.
    pub title: &'static str,
    /// Its switch, then its thresholds.
    pub settings: Vec<DetectorSetting>,
}

/// A setting of a detector.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DetectorSetting {
    /// Its name when it is changed.
    pub name: &'static str,
    /// `switch`, `millis`, `bytes`, `count` or `share` of 1.
    pub unit: &'static str,
    /// What it is: true or false of switches, a number of others.
    #[schema(value_type = Object)]
    pub value: Value,
    /// What it is when nobody sets it.
    #[schema(value_type = Object)]
    pub default: Value,
    /// The smallest number it can be.
    pub min: f64,
    /// The largest number it can be.
    pub max: f64,
}

/// All detectors. The settings were checked when they were made.
fn list(settings: &ProjectSettings) -> Vec<Detector> {
    let (now, default) = (thresholds(settings).unwrap_or_default(), Thresholds::default());
    let mut detectors: Vec<Detector> = Vec::new();
    for setting in &SETTINGS {
        let (min, max) = setting.unit().range();
        let shown = DetectorSetting {
            name: setting.name,
            unit: unit(setting.unit()),
            value: to_json(setting.of(&now)),
            default: to_json(setting.of(&default)),
            min,
            max,
        };
        let id = setting.kind.issue_type();
        if let Some(detector) = detectors.iter_mut().find(|detector| detector.id == id) {
            detector.settings.push(shown);
        } else {
            let title = setting.kind.title();
            detectors.push(Detector { id, title, settings: vec![shown] });
        }
    }
    detectors
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Switch => "switch",
        Unit::Millis => "millis",
        Unit::Bytes => "bytes",
        Unit::Count => "count",
        Unit::Share => "share",
    }
}

/// Whole numbers are written as such, as Sentry's clients read them.
fn to_json(value: SettingValue) -> Value {
    match value {
        SettingValue::Switch(is_on) => json!(is_on),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole, and within the ranges of settings"
        )]
        SettingValue::Number(number) if number.fract() == 0.0 => json!(number as i64),
        SettingValue::Number(number) => json!(number),
    }
}

fn thresholds(settings: &ProjectSettings) -> Result<Thresholds, ApiError> {
    let set = settings.performance.iter().map(|(name, value)| {
        let value = match value {
            DetectorValue::Switch(is_on) => SettingValue::Switch(*is_on),
            DetectorValue::Number(number) => SettingValue::Number(*number),
        };
        (name.as_str(), value)
    });
    Thresholds::with(set)
        .map_err(|(name, problem)| ApiError::field(&name, format!("This value {problem}.")))
}

/// All settings by name, as Sentry shows them.
fn show(settings: &ProjectSettings) -> BTreeMap<&'static str, Value> {
    let now = thresholds(settings).unwrap_or_default();
    SETTINGS.iter().map(|setting| (setting.name, to_json(setting.of(&now)))).collect()
}

/// Takes over what is said; `null` is the default.
fn merge(settings: &mut ProjectSettings, body: &Map<String, Value>) -> Result<(), ApiError> {
    if body.is_empty() {
        return Err(ApiError::Invalid("Invalid settings option".to_owned()));
    }
    for (name, value) in body {
        if Setting::named(name).is_none() {
            return Err(ApiError::Invalid(format!("Invalid settings option: {name}")));
        }
        let value = match value {
            Value::Null => {
                settings.performance.remove(name);
                continue;
            }
            Value::Bool(is_on) => DetectorValue::Switch(*is_on),
            Value::Number(number) => DetectorValue::Number(number.as_f64().unwrap_or(f64::NAN)),
            _ => return Err(ApiError::field(name, "Must be true, false or a number.")),
        };
        settings.performance.insert(name.clone(), value);
    }
    thresholds(settings).map(drop)
}

/// What a `DELETE` leaves: switches stay as they are, and so do the thresholds of what is switched off.
///
/// Source: Sentry.
fn reset(settings: &mut ProjectSettings) {
    let now = thresholds(settings).unwrap_or_default();
    let is_off = |setting: &Setting| {
        let own = SETTINGS.iter().filter(|other| other.kind == setting.kind);
        own.into_iter().any(|other| other.of(&now) == SettingValue::Switch(false))
    };
    settings.performance.retain(|name, _| {
        Setting::named(name)
            .is_some_and(|setting| setting.unit() == Unit::Switch || is_off(setting))
    });
}

/// The settings of all detectors, by name.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/performance-issues/configure/",
    tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Object, description = "see the list of detectors"),
        (status = 404)))]
pub async fn configured(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<BTreeMap<&'static str, Value>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        Ok(show(&current_settings(api, &project)))
    });
    Ok(Json(shown.await?))
}

/// Changes settings of detectors: true or false for switches, numbers for thresholds, `null` for the
/// default. It is in effect at once.
#[utoipa::path(put,
    path = "/api/0/projects/{organization}/{project}/performance-issues/configure/",
    tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    request_body = Object,
    responses((status = 200, body = Object, description = "what was changed"), (status = 400),
        (status = 403), (status = 404)))]
pub async fn configure(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
        let mut settings = current_settings(api, &project);
        merge(&mut settings, &body)?;
        api.database.set_project_settings(project.id, &settings)?;
        Ok(Json(body))
    })
    .await
}

/// Sets thresholds to their defaults. Switches stay as they are, and so do the thresholds of detectors that
/// are switched off.
#[utoipa::path(delete,
    path = "/api/0/projects/{organization}/{project}/performance-issues/configure/",
    tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn unconfigure(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
        let mut settings = current_settings(api, &project);
        reset(&mut settings);
        Ok(api.database.set_project_settings(project.id, &settings)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The detectors with their settings, what these are by default, and how far they can be changed.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/performance-issues/detectors/",
    tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<Detector>), (status = 404)))]
pub async fn detectors(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<Vec<Detector>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        Ok(list(&current_settings(api, &project)))
    });
    Ok(Json(shown.await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(settings: &mut ProjectSettings, body: &Value) -> Result<(), ApiError> {
        merge(settings, body.as_object().unwrap())
    }

    #[track_caller]
    fn refused(body: &Value, expected: &str) {
        let mut settings = ProjectSettings::default();
        let problem = match merged(&mut settings, body).unwrap_err() {
            ApiError::Fields(fields) => json!(fields).to_string(),
            other => other.to_string(),
        };
        assert_eq!(problem, expected);
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_reason() {
        refused(&json!({}), "Invalid settings option");
        refused(&json!({"nonsense": 1}), "Invalid settings option: nonsense");
        let slow = "slow_db_query_duration_threshold";
        let whole = r#"["This value must be a whole number."]"#;
        refused(&json!({slow: true}), &format!(r#"{{"{slow}":{whole}}}"#));
        refused(&json!({slow: 0.5}), &format!(r#"{{"{slow}":{whole}}}"#));
        let text = r#"["Must be true, false or a number."]"#;
        refused(&json!({slow: "1"}), &format!(r#"{{"{slow}":{text}}}"#));
        let range = r#"["This value must be between 1 and 60000."]"#;
        refused(&json!({slow: 0}), &format!(r#"{{"{slow}":{range}}}"#));
        let switch =
            r#"{"slow_db_queries_detection_enabled":["This value must be true or false."]}"#;
        refused(&json!({"slow_db_queries_detection_enabled": 1}), switch);
        let share = r#"{"render_blocking_fcp_ratio":["This value must be between 0.01 and 1."]}"#;
        refused(&json!({"render_blocking_fcp_ratio": 1.5}), share);
        refused(
            &json!({"render_blocking_fcp_min": 9000, "render_blocking_fcp_max": 8000}),
            r#"{"render_blocking_fcp_min":["This value must not be more than render_blocking_fcp_max."]}"#,
        );
    }

    #[test]
    fn changes_are_shown_and_can_be_taken_back() {
        let mut settings = ProjectSettings::default();
        let count = "n_plus_one_db_count";
        merged(&mut settings, &json!({count: 9, "render_blocking_fcp_ratio": 0.5})).unwrap();
        assert_eq!(show(&settings)[count], json!(9));
        assert_eq!(show(&settings)["render_blocking_fcp_ratio"], json!(0.5));
        merged(&mut settings, &json!({count: null})).unwrap();
        assert_eq!(show(&settings)[count], json!(5));
    }

    #[test]
    fn a_reset_leaves_what_is_off_as_it_is() {
        let mut settings = ProjectSettings::default();
        let body = json!({
            "n_plus_one_db_count": 9,
            "duplicate_calls_detection_enabled": false, "duplicate_calls_count": 7,
        });
        merged(&mut settings, &body).unwrap();
        reset(&mut settings);
        let left: Vec<_> = settings.performance.keys().map(String::as_str).collect();
        assert_eq!(left, ["duplicate_calls_count", "duplicate_calls_detection_enabled"]);
    }

    #[test]
    fn every_detector_has_its_switch_first() {
        let detectors = list(&ProjectSettings::default());
        assert_eq!(detectors.len(), 13);
        for detector in detectors {
            assert_eq!(detector.settings[0].unit, "switch", "{}", detector.id);
            assert!(detector.settings.iter().skip(1).all(|setting| setting.unit != "switch"));
        }
    }
}
