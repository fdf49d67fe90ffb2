//! What a rule can be built of, and rules to begin with.

use alert::{IssueRule, Level, TEMPLATES};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{READ, enter};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// A rule to begin with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateView {
    /// What programs call it.
    pub id: &'static str,
    /// What the rule is called.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// In the form in which it is posted.
    #[schema(value_type = Object)]
    pub rule: Value,
    /// In words.
    #[schema(value_type = Object)]
    pub plain: Value,
}

/// What a rule can be built of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleParts {
    /// What may happen to an issue.
    pub conditions: Vec<RulePart>,
    /// What it may look like.
    pub filters: Vec<RulePart>,
    /// How somebody may be told.
    pub actions: Vec<RulePart>,
    /// Attributes of events that filters may look at.
    pub attributes: Vec<&'static str>,
    /// How values are compared.
    pub matches: Vec<RulePart>,
    /// Windows of counts.
    pub intervals: Vec<&'static str>,
    /// Levels of events, by the numbers that filters have for them.
    pub levels: Vec<RulePart>,
}

/// A part of a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RulePart {
    /// What the form calls it.
    pub id: String,
    /// What people call it.
    pub label: String,
}

/// Rules to begin with: payments, authentication, databases, all 5xx.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/rules/templates/",
    tag = "alerts", params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<TemplateView>), (status = 404)))]
pub async fn templates(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<Vec<TemplateView>>, ApiError> {
    api.blocking(move |api| enter(api, &caller, (&organization, &project), &READ)).await?;
    let views = TEMPLATES.iter().map(|template| {
        let rule = template.rule();
        TemplateView {
            id: template.id,
            name: template.name,
            about: template.about,
            rule: rule.to_sentry(),
            plain: rule.to_plain(),
        }
    });
    Ok(Json(views.collect()))
}

/// What a rule can be built of: conditions, filters and actions by the ids that the form has for them.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/rules/configuration/",
    tag = "alerts", params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = RuleParts), (status = 404)))]
pub async fn configuration(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<RuleParts>, ApiError> {
    api.blocking(move |api| enter(api, &caller, (&organization, &project), &READ)).await?;
    Ok(Json(parts()))
}

fn parts() -> RuleParts {
    let part = |(id, label): (&str, &str)| RulePart { id: id.to_owned(), label: label.to_owned() };
    RuleParts {
        conditions: IssueRule::conditions().map(part).collect(),
        filters: IssueRule::kinds_of_filters().map(part).collect(),
        actions: IssueRule::kinds_of_actions().map(part).collect(),
        attributes: alert::ATTRIBUTES.to_vec(),
        matches: IssueRule::matches().map(part).collect(),
        intervals: IssueRule::intervals().collect(),
        levels: Level::ALL
            .iter()
            .map(|level| RulePart {
                id: (*level as u8).to_string(),
                label: level.name().to_owned(),
            })
            .collect(),
    }
}

/// A rule that is not finished: without a name and actions, which decide nothing about when it fires.
pub(super) fn finished(body: &serde_json::Map<String, Value>) -> serde_json::Map<String, Value> {
    let mut body = body.clone();
    let is_missing = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    if is_missing(body.get("name")) {
        body.insert("name".to_owned(), "preview".into());
    }
    let is_plain = ["when", "if", "then"].iter().any(|name| body.contains_key(*name));
    let (actions, stand_in) = if is_plain {
        ("then", json!(["plugins"]))
    } else {
        ("actions", json!([{"id": "sentry.rules.actions.notify_event.NotifyEventAction"}]))
    };
    if is_missing(body.get(actions)) {
        body.insert(actions.to_owned(), stand_in);
    }
    body
}
