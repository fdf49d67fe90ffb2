//! Alert rules about numbers, as Sentry's clients know them: `alert-rules`.

use alarm::{Rule, RuleKind, RuleQuery};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Project, Scope};
use serde_json::{Map, Value};

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;

pub mod incident;
pub mod look;
pub(crate) mod view;
mod write;

use view::Shown;
pub use view::{MetricRuleView, MetricTriggerView};
pub use write::{UnfitError, as_stored};

const READ: [Scope; 3] = [Scope::AlertsRead, Scope::OrgRead, Scope::ProjectRead];
const WRITE: [Scope; 3] = [Scope::AlertsWrite, Scope::OrgWrite, Scope::ProjectWrite];

/// Where a rule is looked for: in an organisation, or in one project of it.
struct Place {
    access: Access,
    project: Option<Project>,
}

impl Place {
    /// Goes on only with the right to do that. Blocks.
    fn enter(
        api: &Api,
        caller: &Caller,
        organization: &str,
        project: Option<&str>,
        scopes: &[Scope],
    ) -> Result<Self, ApiError> {
        let access = caller.enter_with_any(&api.database, organization, scopes)?;
        let project = project.map(|name| access.project(&api.database, name)).transpose()?;
        Ok(Self { access, project })
    }

    fn has(&self, rule: &Rule) -> bool {
        rule.kind == RuleKind::Metric
            && self.project.as_ref().is_none_or(|project| view::is_of(rule, project))
    }

    /// The rule of that number. Blocks.
    fn rule(&self, api: &Api, rule: u64) -> Result<Rule, ApiError> {
        let found = api.alarms.rule(self.access.organization.id, rule)?;
        if self.has(&found) { Ok(found) } else { Err(ApiError::NotFound) }
    }
}

fn page_of(
    api: &Api,
    place: &Place,
    params: &Params,
    page: Page,
) -> Result<(Vec<MetricRuleView>, bool), ApiError> {
    let query = RuleQuery {
        organization: Some(place.access.organization.id),
        kind: Some(RuleKind::Metric),
        ..RuleQuery::default()
    };
    let asked: Vec<Project> = params
        .all("project")
        .filter(|name| !name.is_empty() && *name != "-1")
        .map(|name| place.access.project(&api.database, name))
        .collect::<Result<_, _>>()?;
    let part = params.get("name").unwrap_or_default().to_lowercase();
    let rules = api.alarms.rules(&query)?.into_iter().filter(|rule| {
        place.has(rule)
            && (asked.is_empty() || asked.iter().any(|project| view::is_of(rule, project)))
            && rule.says.name.to_lowercase().contains(&part)
    });
    let rules: Vec<Rule> = rules.skip(page.offset).take(page.and_one().limit).collect();
    let shown = Shown::of(api, &place.access)?;
    let views = rules.iter().take(page.limit).map(|rule| shown.rule(api, rule));
    Ok((views.collect::<Result<_, _>>()?, rules.len() > page.limit))
}

/// The rules of an organisation, in the order in which they were made.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("name" = Option<String>, Query, description = "a part of the name"),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<MetricRuleView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<MetricRuleView>>), ApiError> {
    let page = params.page(25)?;
    let (views, more) = api
        .blocking(move |api| {
            let place = Place::enter(api, &caller, &organization, None, &READ)?;
            page_of(api, &place, &params, page)
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// The rules about a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/alert-rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<MetricRuleView>)))]
pub async fn list_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<MetricRuleView>>), ApiError> {
    let page = params.page(25)?;
    let (views, more) = api
        .blocking(move |api| {
            let place = Place::enter(api, &caller, &organization, Some(&project), &READ)?;
            page_of(api, &place, &params.without("project"), page)
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Makes a rule. Fields that Sentry does not know may be left out: `anomaly`, `groupBy`, `forMinutes`,
/// `recoverMinutes`, `noData`, `noDataMinutes`, `symptom`, `causes`, `runbookUrl`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-rules/", tag = "alerts",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = MetricRuleView), (status = 400), (status = 403)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<MetricRuleView>), ApiError> {
    let made = make(&api, caller, organization, None, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Makes a rule about a project.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/alert-rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = Object,
    responses((status = 201, body = MetricRuleView), (status = 400), (status = 403)))]
pub async fn create_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<MetricRuleView>), ApiError> {
    let made = make(&api, caller, organization, Some(project), body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn make(
    api: &Api,
    caller: Caller,
    organization: String,
    project: Option<String>,
    body: Map<String, Value>,
) -> Result<MetricRuleView, ApiError> {
    let made = api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, project.as_deref(), &WRITE)?;
        let made = write::create(api, &place, body)?;
        Shown::of(api, &place.access)?.rule(api, &made)
    });
    let made = made.await?;
    api.alerts_bell.notify_one();
    Ok(made)
}

/// A rule.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-rules/{rule}/",
    tag = "alerts", params(("organization" = String, Path), ("rule" = u64, Path)),
    responses((status = 200, body = MetricRuleView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, rule)): Path<(String, u64)>,
) -> Result<Json<MetricRuleView>, ApiError> {
    show(&api, caller, (organization, None, rule)).await
}

/// A rule about a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/alert-rules/{rule}/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = u64, Path)),
    responses((status = 200, body = MetricRuleView), (status = 404)))]
pub async fn detail_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, u64)>,
) -> Result<Json<MetricRuleView>, ApiError> {
    show(&api, caller, (organization, Some(project), rule)).await
}

/// An organisation, perhaps a project of it, and a rule's number.
type Named = (String, Option<String>, u64);

async fn show(
    api: &Api,
    caller: Caller,
    (organization, project, rule): Named,
) -> Result<Json<MetricRuleView>, ApiError> {
    let shown = api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, project.as_deref(), &READ)?;
        let rule = place.rule(api, rule)?;
        Shown::of(api, &place.access)?.rule(api, &rule)
    });
    Ok(Json(shown.await?))
}

/// Changes a rule; fields that are not named stay as they are.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/alert-rules/{rule}/",
    tag = "alerts", params(("organization" = String, Path), ("rule" = u64, Path)),
    request_body = Object,
    responses((status = 200, body = MetricRuleView), (status = 400), (status = 404),
        (status = 409, description = "the rule is one of a provisioning file")))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, rule)): Path<(String, u64)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MetricRuleView>, ApiError> {
    put(&api, caller, (organization, None, rule), body).await
}

/// Changes a rule about a project; fields that are not named stay as they are.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/alert-rules/{rule}/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = u64, Path)),
    request_body = Object,
    responses((status = 200, body = MetricRuleView), (status = 400), (status = 404),
        (status = 409, description = "the rule is one of a provisioning file")))]
pub async fn change_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, u64)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MetricRuleView>, ApiError> {
    put(&api, caller, (organization, Some(project), rule), body).await
}

async fn put(
    api: &Api,
    caller: Caller,
    (organization, project, rule): Named,
    body: Map<String, Value>,
) -> Result<Json<MetricRuleView>, ApiError> {
    let shown = api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, project.as_deref(), &WRITE)?;
        let before = place.rule(api, rule)?;
        write::change(api, &place, &before, body)?;
        let after = place.rule(api, rule)?;
        Shown::of(api, &place.access)?.rule(api, &after)
    });
    let shown = shown.await?;
    api.alerts_bell.notify_one();
    Ok(Json(shown))
}

/// Forgets a rule. What fires because of it is over.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/alert-rules/{rule}/",
    tag = "alerts", params(("organization" = String, Path), ("rule" = u64, Path)),
    responses((status = 204), (status = 404),
        (status = 409, description = "the rule is one of a provisioning file")))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, rule)): Path<(String, u64)>,
) -> Result<StatusCode, ApiError> {
    forget(&api, caller, (organization, None, rule)).await
}

/// Forgets a rule about a project. What fires because of it is over.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/alert-rules/{rule}/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = u64, Path)),
    responses((status = 204), (status = 404),
        (status = 409, description = "the rule is one of a provisioning file")))]
pub async fn delete_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, u64)>,
) -> Result<StatusCode, ApiError> {
    forget(&api, caller, (organization, Some(project), rule)).await
}

async fn forget(
    api: &Api,
    caller: Caller,
    (organization, project, rule): Named,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, project.as_deref(), &WRITE)?;
        let rule = place.rule(api, rule)?;
        write::is_ours(&rule)?;
        Ok(api.alarms_by(&place.access).delete_rule(rule.id)?)
    })
    .await?;
    api.alerts_bell.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
