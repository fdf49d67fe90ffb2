//! All rules of an organisation in one list: about issues, and about what is measured.

use alarm::{Rule, RuleKind, RuleQuery};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use meta::Project;
use serde::Serialize;
use serde_json::Value;

use super::{PAGE, READ, Viewer, cut};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::metric_alert::view::{self, Shown};
use crate::params::Params;
use crate::state::Api;

/// The rules of an organisation, newest first; `type` is `rule` or `alert_rule`. `project` chooses projects,
/// `name` a part of the name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/combined-rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = Option<String>, Query),
        ("name" = Option<String>, Query)),
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
        let page = params.page(PAGE)?;
        let query =
            RuleQuery { organization: Some(access.organization.id), ..RuleQuery::default() };
        let mut rules = api.alarms.rules(&query)?;
        rules.reverse();
        if params.get("project").is_some() {
            let projects = params.projects(api, &access)?;
            rules.retain(|rule| {
                let is_of = |project: &Project| {
                    rule.project == Some(project.id) || view::is_of(rule, project)
                };
                projects.iter().any(is_of)
            });
        }
        if let Some(part) = params.get("name") {
            let part = part.to_lowercase();
            rules.retain(|rule| rule.says.name.to_lowercase().contains(&part));
        }
        let (rules, headers) = cut(rules, page, &api.public_url, &uri);
        let mut viewer = Viewer::new(api, &access)?;
        let is_measured = |rule: &Rule| rule.kind == RuleKind::Metric;
        let measured =
            if rules.iter().any(is_measured) { Some(Shown::of(api, &access)?) } else { None };
        let views = rules.iter().map(|rule| match &measured {
            Some(measured) if is_measured(rule) => {
                of_type("alert_rule", &measured.rule(api, rule)?)
            }
            _ => of_type("rule", &viewer.view(rule)?),
        });
        Ok((headers, Json(views.collect::<Result<_, _>>()?)))
    })
    .await
}

fn of_type(kind: &str, view: &impl Serialize) -> Result<Value, ApiError> {
    let mut view = serde_json::to_value(view).map_err(ApiError::internal)?;
    view["type"] = kind.into();
    Ok(view)
}
