//! Rules about issues as Sentry's newer clients ask for them: workflows. To be read only; rules are changed
//! by `rules/`.

use alarm::{Rule, RuleKind, RuleQuery};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{PAGE, READ, cut};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// The rules about issues of an organisation, as workflows, newest first. `project` chooses projects, `id`
/// rules, `query` a part of the name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/workflows/", tag = "alerts",
    params(("organization" = String, Path), ("project" = Option<String>, Query),
        ("id" = Option<String>, Query), ("query" = Option<String>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<Value>>), ApiError> {
    api.blocking(move |api| {
        let access = caller.enter_with_any(&api.database, &organization, &READ)?;
        let query = RuleQuery {
            organization: Some(access.organization.id),
            kind: Some(RuleKind::Issue),
            ..RuleQuery::default()
        };
        let mut rules = api.alarms.rules(&query)?;
        rules.reverse();
        if params.get("project").is_some() {
            let projects = params.projects(api, &access)?;
            rules.retain(|rule| projects.iter().any(|project| rule.project == Some(project.id)));
        }
        if params.get("id").is_some() {
            rules.retain(|rule| params.all("id").any(|id| id == rule.id.to_string()));
        }
        let part = params.get("query").unwrap_or_default().to_lowercase();
        rules.retain(|rule| rule.says.name.to_lowercase().contains(&part));
        let (rules, headers) = cut(rules, params.page(PAGE)?, &api.public_url, &uri);
        Ok((headers, Json(rules.iter().map(shown).collect())))
    })
    .await
}

/// One rule about issues, as a workflow.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/workflows/{workflow}/",
    tag = "alerts",
    params(("organization" = String, Path), ("workflow" = String, Path, description = "the rule's id")),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, workflow)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let id = workflow.parse::<u64>().or(Err(ApiError::NotFound))?;
    api.blocking(move |api| {
        let access = caller.enter_with_any(&api.database, &organization, &READ)?;
        let rule = api.alarms.rule(access.organization.id, id)?;
        if rule.kind == RuleKind::Issue { Ok(Json(shown(&rule))) } else { Err(ApiError::NotFound) }
    })
    .await
}

fn shown(rule: &Rule) -> Value {
    // Of one that this program cannot read, at least who it is.
    let says = rule.issue_rule().map(|says| says.to_workflow(rule.id));
    let mut shown = says.unwrap_or_else(|_| json!({"name": rule.says.name}));
    // Each project has one stream of issues, which is all that rules listen to.
    let detector = rule.project.map(|project| project.to_string());
    let more = json!({
        "id": rule.id.to_string(),
        "organizationId": rule.organization.to_string(),
        "createdBy": rule.created_by.map(|user| user.to_string()),
        "dateCreated": time::iso(rule.created),
        "dateUpdated": time::iso(rule.changed),
        "enabled": rule.says.is_enabled,
        "detectorIds": detector.into_iter().collect::<Vec<_>>(),
        "lastTriggered": rule.triggered.map(time::iso),
        "owner": rule.says.owner,
    });
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    shown
}
