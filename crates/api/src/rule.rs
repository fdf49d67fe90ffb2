//! Rules about issues: list, make, change, delete.
//!
//! What clients write into conditions, filters and actions is kept as they wrote it: Terraform compares.

pub mod builder;
pub mod combined;
pub mod form;
pub mod preview;
pub mod snooze;
pub mod workflow;

use std::collections::HashMap;

use alarm::{Alarms, NewRule, Rule, RuleKind, RuleQuery, Snooze};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Meta, Project, Scope};
use model::clock::Micros;
use model::id::{ProjectId, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;
use crate::time;
use form::Form;

/// Rules on a page when nobody says how many.
const PAGE: usize = 100;
/// Who may see rules, and who may change them.
const READ: [Scope; 2] = [Scope::AlertsRead, Scope::ProjectRead];
const WRITE: [Scope; 2] = [Scope::AlertsWrite, Scope::ProjectWrite];

/// A rule about issues.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct RuleView {
    pub id: String,
    pub name: String,
    /// Slugs; always one.
    pub projects: Vec<String>,
    /// Such as `team:7` or `user:3`.
    pub owner: Option<String>,
    pub environment: Option<String>,
    /// active or disabled.
    pub status: &'static str,
    /// Whether it is quiet for everybody.
    pub snooze: bool,
    /// Until when it is quiet; `null` if it is for good, or not at all.
    pub snooze_until: Option<String>,
    pub date_created: String,
    pub created_by: Option<RuleCreator>,
    /// all, any or none.
    #[schema(value_type = String)]
    pub action_match: Value,
    /// all, any or none.
    #[schema(value_type = String)]
    pub filter_match: Value,
    /// In minutes.
    #[schema(value_type = u32)]
    pub frequency: Value,
    #[schema(value_type = Vec<Object>)]
    pub conditions: Value,
    #[schema(value_type = Vec<Object>)]
    pub filters: Value,
    #[schema(value_type = Vec<Object>)]
    pub actions: Value,
    pub last_triggered: Option<String>,
    /// The provisioning file it comes from; it can be changed only there.
    pub origin: Option<String>,
    /// Whether it looks at what users feel, and so opens incidents.
    pub is_symptom: bool,
    /// Rules whose alerts ride along while this one fires.
    pub causes: Vec<String>,
    /// The same in words; `null` if this program does not know all of it.
    #[schema(value_type = Option<Object>)]
    pub plain: Option<Value>,
}

/// Who made a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct RuleCreator {
    pub id: u64,
    pub name: String,
    pub email: String,
}

/// What views of several rules share.
#[derive(Debug)]
pub struct Viewer<'a> {
    database: &'a Meta,
    now: Micros,
    snoozes: HashMap<u64, Snooze>,
    slugs: HashMap<ProjectId, Option<String>>,
}

impl<'a> Viewer<'a> {
    /// Views of rules of an organisation.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn new(api: &'a Api, access: &Access) -> Result<Self, ApiError> {
        Ok(Self {
            database: &api.database,
            now: api.clock.now(),
            snoozes: api.alarms.snoozes(access.organization.id)?,
            slugs: HashMap::new(),
        })
    }

    /// The slug of a project.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn slug(&mut self, project: ProjectId) -> Result<Option<String>, ApiError> {
        if let Some(known) = self.slugs.get(&project) {
            return Ok(known.clone());
        }
        let found = self.database.project(project)?.map(|project| project.slug);
        self.slugs.insert(project, found.clone());
        Ok(found)
    }

    /// That somebody wants it quiet now.
    pub fn snooze(&self, rule: u64) -> Option<Snooze> {
        self.snoozes.get(&rule).copied().filter(|snooze| snooze.holds(self.now))
    }

    /// A rule about issues as the API shows it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn view(&mut self, rule: &Rule) -> Result<RuleView, ApiError> {
        let slug = rule.project.map(|project| self.slug(project)).transpose()?.flatten();
        let said = |name: &str, default: Value| {
            let said = rule.says.definition.get(name).filter(|value| !value.is_null());
            said.cloned().unwrap_or(default)
        };
        let snooze = self.snooze(rule.id);
        Ok(RuleView {
            id: rule.id.to_string(),
            name: rule.says.name.clone(),
            projects: slug.into_iter().collect(),
            owner: rule.says.owner.clone(),
            environment: said("environment", Value::Null).as_str().map(str::to_owned),
            status: if rule.says.is_enabled { "active" } else { "disabled" },
            snooze: snooze.is_some(),
            snooze_until: snooze.and_then(|snooze| snooze.until).map(time::iso),
            date_created: time::iso(rule.created),
            created_by: rule.created_by.map(|user| self.creator(user)).transpose()?.flatten(),
            action_match: said("actionMatch", "all".into()),
            filter_match: said("filterMatch", "all".into()),
            frequency: said("frequency", 30.into()),
            conditions: said("conditions", Value::Array(Vec::new())),
            filters: said("filters", Value::Array(Vec::new())),
            actions: said("actions", Value::Array(Vec::new())),
            last_triggered: rule.triggered.map(time::iso),
            origin: Some(rule.origin.clone()).filter(|origin| !origin.is_empty()),
            is_symptom: rule.says.is_symptom,
            causes: rule.says.causes.iter().map(u64::to_string).collect(),
            plain: rule.issue_rule().ok().map(|rule| rule.to_plain()),
        })
    }

    fn creator(&self, user: UserId) -> Result<Option<RuleCreator>, ApiError> {
        let user = self.database.user(user)?;
        Ok(user.map(|user| RuleCreator { id: user.id.0, name: user.name, email: user.email }))
    }
}

/// Enters a project to see its rules. Blocks.
///
/// # Errors
/// As [`Caller::enter`].
pub(crate) fn enter(
    api: &Api,
    caller: &Caller,
    (organization, project): (&str, &str),
    scopes: &[Scope],
) -> Result<(Access, Project), ApiError> {
    let access = caller.enter_with_any(&api.database, organization, scopes)?;
    let project = access.project(&api.database, project)?;
    // Whoever looks first sees the rule that each new project gets.
    let first = NewRule::of_new_project(access.organization.id, project.id);
    api.alarms.begin_projects(&[(project.id, Some(first))], api.clock.now())?;
    Ok((access, project))
}

/// The rule of that id in a project.
pub(crate) fn find(
    alarms: &Alarms,
    (access, project): (&Access, &Project),
    id: &str,
) -> Result<Rule, ApiError> {
    let id = id.parse().or(Err(ApiError::NotFound))?;
    let rule = alarms.rule(access.organization.id, id)?;
    let is_here = rule.kind == RuleKind::Issue && rule.project == Some(project.id);
    if is_here { Ok(rule) } else { Err(ApiError::NotFound) }
}

fn refuse_of_file(rule: &Rule) -> Result<(), ApiError> {
    if rule.origin.is_empty() {
        return Ok(());
    }
    let origin = &rule.origin;
    Err(ApiError::Invalid(format!("This rule comes from the file {origin}; change it there.")))
}

/// All rules about issues of a project.
fn of_project(api: &Api, access: &Access, project: &Project) -> Result<Vec<Rule>, ApiError> {
    let query = RuleQuery {
        organization: Some(access.organization.id),
        project: Some(project.id),
        kind: Some(RuleKind::Issue),
        enabled_only: false,
    };
    Ok(api.alarms.rules(&query)?)
}

/// Cuts a page out of a list; answers it with the headers that lead to its neighbours.
pub(crate) fn cut<T>(
    all: Vec<T>,
    page: Page,
    base_url: &str,
    uri: &axum::http::Uri,
) -> (Vec<T>, HeaderMap) {
    let more = all.len() > page.offset.saturating_add(page.limit);
    let mut headers = page.link(base_url, uri, more);
    crate::page::hits(&mut headers, all.len() as u64);
    (all.into_iter().skip(page.offset).take(page.limit).collect(), headers)
}

/// The rules about issues of a project, in the order in which they were made.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<RuleView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<RuleView>>), ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &READ)?;
        let rules = of_project(api, &access, &project)?;
        let (rules, headers) = cut(rules, params.page(PAGE)?, &api.public_url, &uri);
        let mut viewer = Viewer::new(api, &access)?;
        let views: Result<_, _> = rules.iter().map(|rule| viewer.view(rule)).collect();
        Ok((headers, Json(views?)))
    })
    .await
}

/// Makes a rule, in Sentry's form or in plain form: `{"name", "when", "if", "then", "every"}`.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/rules/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = Object,
    responses((status = 201, body = RuleView), (status = 400), (status = 403), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<RuleView>), ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &WRITE)?;
        let says = Form { api, access: &access }.read(&body, None)?;
        for other in of_project(api, &access, &project)? {
            if other.says.definition == says.definition {
                let name = &other.says.name;
                let sentence = format!(
                    "This rule is an exact duplicate of '{name}' in this project and may not be created."
                );
                return Err(ApiError::field("name", sentence));
            }
        }
        let new = NewRule {
            organization: access.organization.id,
            project: Some(project.id),
            kind: RuleKind::Issue,
            says,
            origin: String::new(),
            created_by: access.user,
        };
        let rule = api.alarms_by(&access).create_rule(&new, api.clock.now())?;
        api.alerts_bell.notify_one();
        Ok((StatusCode::CREATED, Json(Viewer::new(api, &access)?.view(&rule)?)))
    })
    .await
}

/// One rule.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/rules/{rule}/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = String, Path)),
    responses((status = 200, body = RuleView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, String)>,
) -> Result<Json<RuleView>, ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &READ)?;
        let rule = find(&api.alarms, (&access, &project), &rule)?;
        Ok(Json(Viewer::new(api, &access)?.view(&rule)?))
    })
    .await
}

/// Changes a rule. What the body leaves out stays as it is; a body in plain form replaces all of it.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/rules/{rule}/", tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = String, Path)),
    request_body = Object,
    responses((status = 200, body = RuleView), (status = 400), (status = 403), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<RuleView>, ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &WRITE)?;
        let rule = find(&api.alarms, (&access, &project), &rule)?;
        refuse_of_file(&rule)?;
        let says = Form { api, access: &access }.read(&body, Some(&rule))?;
        api.alarms_by(&access).change_rule(rule.id, &says, api.clock.now())?;
        api.alerts_bell.notify_one();
        let rule = api.alarms.rule(access.organization.id, rule.id)?;
        Ok(Json(Viewer::new(api, &access)?.view(&rule)?))
    })
    .await
}

/// Deletes a rule, with what it knows of issues.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/rules/{rule}/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = String, Path)),
    responses((status = 202), (status = 400), (status = 403), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &WRITE)?;
        let rule = find(&api.alarms, (&access, &project), &rule)?;
        refuse_of_file(&rule)?;
        api.alarms_by(&access).delete_rule(rule.id)?;
        api.alerts_bell.notify_one();
        Ok(())
    })
    .await?;
    // Sentry's answer, though it is gone already.
    Ok(StatusCode::ACCEPTED)
}
