//! Monitors of cron jobs.

use std::collections::HashMap;

use alarm::{Monitor, MonitorChange, MonitorEnvironment, MonitorQuery};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Project, Scope};
use model::clock::Micros;
use model::id::{EventId, ProjectId, UserId};
use schedule::Config;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::person::Actor;
use crate::project::{self, ProjectView};
use crate::state::Api;
use crate::time;
use issues::{Made, issues_of};

pub mod check_ins;
mod issues;
pub mod of_project;
pub mod stats;

/// Any of these may look.
pub(crate) const READ: [Scope; 3] = [Scope::OrgRead, Scope::ProjectRead, Scope::AlertsRead];
/// Any of these may change. Source: Sentry.
pub(crate) const WRITE: [Scope; 3] = [Scope::OrgWrite, Scope::ProjectWrite, Scope::AlertsWrite];
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 128;

/// A monitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MonitorView {
    pub id: String,
    pub slug: String,
    pub name: String,
    /// active or disabled.
    pub status: &'static str,
    pub is_muted: bool,
    /// Whether code says what it is, with each check-in.
    pub is_upserting: bool,
    pub r#type: &'static str,
    #[schema(value_type = Object)]
    pub config: Value,
    pub date_created: String,
    pub project: ProjectView,
    pub environments: Vec<MonitorEnvironmentView>,
    pub owner: Option<Actor>,
}

/// A monitor in an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MonitorEnvironmentView {
    pub name: String,
    /// active, ok, error, `missed_checkin`, timeout or disabled.
    pub status: &'static str,
    pub is_muted: bool,
    pub date_created: String,
    pub last_check_in: Option<String>,
    pub next_check_in: Option<String>,
    pub next_check_in_latest: Option<String>,
    pub active_incident: Option<IncidentView>,
}

/// A time of trouble.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct IncidentView {
    pub starting_timestamp: String,
    pub resolving_timestamp: Option<String>,
    /// The newest error event it made; `null` while it is muted.
    pub event_id: Option<String>,
    /// The issue of that event; `null` until the event is in one.
    pub issue: Option<IncidentIssueView>,
    #[serde(skip)]
    pub(super) began: Micros,
}

/// The issue of a time of trouble.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct IncidentIssueView {
    pub id: String,
    pub short_id: String,
}

/// What is looked up once for many monitors. Blocks to use.
pub(crate) struct Shown<'a> {
    api: &'a Api,
    access: &'a Access,
    projects: HashMap<ProjectId, ProjectView>,
    owners: HashMap<String, Option<Actor>>,
    /// Only these environments; empty for all.
    environments: Vec<String>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(api: &'a Api, access: &'a Access, environments: Vec<String>) -> Self {
        Self { api, access, projects: HashMap::new(), owners: HashMap::new(), environments }
    }

    /// Monitors as the API shows them. Those of a project that is gone are left out.
    pub(crate) fn views(&mut self, monitors: &[Monitor]) -> Result<Vec<MonitorView>, ApiError> {
        let ids: Vec<u64> = monitors.iter().map(|monitor| monitor.id).collect();
        let mut all: HashMap<u64, Vec<MonitorEnvironment>> = HashMap::new();
        for environment in self.api.alarms.monitor_environments(&ids)? {
            all.entry(environment.monitor).or_default().push(environment);
        }
        let mut views = Vec::with_capacity(monitors.len());
        for monitor in monitors {
            let environments = all.remove(&monitor.id).unwrap_or_default();
            views.extend(self.view(monitor, &environments)?);
        }
        Ok(views)
    }

    fn view(
        &mut self,
        monitor: &Monitor,
        environments: &[MonitorEnvironment],
    ) -> Result<Option<MonitorView>, ApiError> {
        let Some(project) = self.project(monitor.project)? else { return Ok(None) };
        let says = &monitor.says;
        let is_asked =
            |name: &String| self.environments.is_empty() || self.environments.contains(name);
        let environments = environments.iter().filter(|environment| is_asked(&environment.name));
        Ok(Some(MonitorView {
            id: alarm::uuid(monitor.guid),
            slug: says.slug.clone(),
            name: says.name.clone(),
            status: if says.is_enabled { "active" } else { "disabled" },
            is_muted: says.is_muted,
            is_upserting: monitor.is_upserting,
            r#type: "cron_job",
            config: config_view(&says.config),
            date_created: time::iso(monitor.created),
            project,
            environments: environments.map(|one| environment(one, says.is_enabled)).collect(),
            owner: says.owner.as_deref().map_or(Ok(None), |owner| self.owner(owner))?,
        }))
    }

    fn owner(&mut self, owner: &str) -> Result<Option<Actor>, ApiError> {
        if let Some(known) = self.owners.get(owner) {
            return Ok(known.clone());
        }
        let found = actor(self.api, owner)?;
        self.owners.insert(owner.to_owned(), found.clone());
        Ok(found)
    }

    fn project(&mut self, id: ProjectId) -> Result<Option<ProjectView>, ApiError> {
        if let Some(known) = self.projects.get(&id) {
            return Ok(Some(known.clone()));
        }
        let Some(found) = self.api.database.project(id)? else { return Ok(None) };
        let view = project::view(self.api, self.access, &found)?;
        self.projects.insert(id, view.clone());
        Ok(Some(view))
    }
}

fn environment(environment: &MonitorEnvironment, is_enabled: bool) -> MonitorEnvironmentView {
    let state = &environment.state;
    MonitorEnvironmentView {
        name: environment.name.clone(),
        status: environment.status_name(is_enabled),
        is_muted: environment.is_muted,
        date_created: time::iso(environment.created),
        last_check_in: state.last.map(|(_, at)| time::iso(at)),
        next_check_in: state.next_expected.map(time::iso),
        next_check_in_latest: state.next_latest.map(time::iso),
        active_incident: state.incident.map(|incident| IncidentView {
            starting_timestamp: time::iso(incident.opened),
            resolving_timestamp: None,
            event_id: environment.incident_event.as_ref().map(EventId::to_string),
            issue: None,
            began: incident.opened,
        }),
    }
}

/// Looks up which issues the open incidents have, all at once.
async fn with_issues(api: &Api, mut views: Vec<MonitorView>) -> Result<Vec<MonitorView>, ApiError> {
    let mut made = Vec::new();
    for view in &views {
        let Ok(project) = view.project.id.parse::<ProjectId>() else { continue };
        let incidents = view.environments.iter().filter_map(|one| one.active_incident.as_ref());
        made.extend(incidents.filter_map(|incident| {
            Some(Made { project, event: incident.event()?, began: incident.began })
        }));
    }
    let found = issues_of(api, &made).await?;
    for view in &mut views {
        let slug = &view.project.slug;
        let environments = view.environments.iter_mut();
        for incident in environments.filter_map(|one| one.active_incident.as_mut()) {
            let issue = incident.event().and_then(|event| found.get(&event));
            incident.issue = issue.map(|issue| IncidentIssueView {
                id: issue.id.to_string(),
                short_id: meta::short_id::short_id(slug, issue.number),
            });
        }
    }
    Ok(views)
}

impl IncidentView {
    fn event(&self) -> Option<EventId> {
        EventId::parse(self.event_id.as_deref()?).ok()
    }
}

/// The same for one.
pub(crate) async fn with_issue(api: &Api, view: MonitorView) -> Result<MonitorView, ApiError> {
    let views = with_issues(api, vec![view]).await?;
    views.into_iter().next().ok_or(ApiError::NotFound)
}

/// A configuration as Sentry shows it.
pub(crate) fn config_view(config: &Config) -> Value {
    let mut view = config.to_json();
    view["alert_rule_id"] = Value::Null;
    view
}

/// Who `user:7` or `team:7` is; `None` when they are gone. Blocks.
pub(crate) fn actor(api: &Api, owner: &str) -> Result<Option<Actor>, ApiError> {
    let Some((kind, id)) = owner.split_once(':') else { return Ok(None) };
    let Ok(id) = id.parse::<u64>() else { return Ok(None) };
    Ok(match kind {
        "team" => api.database.team(id)?.as_ref().map(Actor::team),
        _ => api.database.user(UserId(id))?.as_ref().map(Actor::user),
    })
}

/// Monitors of an organisation: what is on first, then what fails, then by name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/monitors/", tag = "monitors",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query),
        ("query" = Option<String>, Query, description = "part of a name or slug"),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<MonitorView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<MonitorView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter_with_any(&api.database, &organization, &READ)?;
            let asked = params.projects(api, &access)?;
            let query = MonitorQuery {
                projects: asked.iter().map(|project| project.id).collect(),
                environments: named_environments(&params),
                text: params.get("query").unwrap_or_default().trim().to_owned(),
                page: (page.offset, page.limit),
            };
            let (found, more) = api.alarms.monitors(access.organization.id, &query)?;
            let views = Shown::new(api, &access, query.environments).views(&found)?;
            Ok((views, more))
        })
        .await?;
    let views = with_issues(&api, views).await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Makes a monitor: `project`, `name`, `config`; `slug`, `status`, `owner`, `is_muted` if wanted.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/monitors/", tag = "monitors",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = MonitorView), (status = 400), (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<MonitorView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter_with_any(&api.database, &organization, &WRITE)?;
        let project = match body.get("project") {
            Some(Value::String(name)) => access.project(&api.database, name),
            Some(Value::Number(id)) => access.project(&api.database, &id.to_string()),
            _ => return Err(ApiError::field("project", "This field is required.")),
        };
        let project = project.or(Err(ApiError::field("project", "Invalid project")))?;
        let says = read(api, &access, &body, None)?;
        let now = api.clock.now();
        let made = api.alarms.create_monitor(access.organization.id, project.id, &says, now)?;
        one(api, &access, &made)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// A monitor.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/monitors/{monitor}/",
    tag = "monitors", params(("organization" = String, Path),
        ("monitor" = String, Path, description = "slug or id"),
        ("environment" = Option<Vec<String>>, Query)),
    responses((status = 200, body = MonitorView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
    params: Params,
) -> Result<Json<MonitorView>, ApiError> {
    let place = Place { organization, project: None, monitor };
    let view = api.blocking(move |api| shown(api, &caller, &place, &params)).await?;
    with_issue(&api, view).await.map(Json)
}

/// Changes a monitor. What is not said stays.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/monitors/{monitor}/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path)),
    request_body = Object,
    responses((status = 200, body = MonitorView), (status = 400), (status = 404), (status = 409)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MonitorView>, ApiError> {
    let place = Place { organization, project: None, monitor };
    api.blocking(move |api| changed(api, &caller, &place, &body)).await.map(Json)
}

/// Forgets a monitor with its check-ins, or only the named environments of it.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/monitors/{monitor}/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path),
        ("environment" = Option<Vec<String>>, Query)),
    responses((status = 202), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let place = Place { organization, project: None, monitor };
    api.blocking(move |api| deleted(api, &caller, &place, &named_environments(&params))).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Mutes a monitor in one environment, or lets it be heard again: `isMuted`.
#[utoipa::path(put,
    path = "/api/0/organizations/{organization}/monitors/{monitor}/environments/{environment}/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path),
        ("environment" = String, Path)), request_body = Object,
    responses((status = 200, body = MonitorView), (status = 400), (status = 404)))]
pub async fn change_environment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor, environment)): Path<(String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MonitorView>, ApiError> {
    let place = Place { organization, project: None, monitor };
    let shown = api.blocking(move |api| muted(api, &caller, &place, (&environment, &body)));
    Ok(Json(shown.await?))
}

/// Forgets a monitor in one environment.
#[utoipa::path(delete,
    path = "/api/0/organizations/{organization}/monitors/{monitor}/environments/{environment}/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path),
        ("environment" = String, Path)), responses((status = 202), (status = 404)))]
pub async fn delete_environment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor, environment)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let place = Place { organization, project: None, monitor };
    api.blocking(move |api| deleted(api, &caller, &place, &[environment])).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which monitor a path means.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) organization: String,
    pub(crate) project: Option<String>,
    pub(crate) monitor: String,
}

impl Place {
    /// Enters, and finds the monitor. Blocks.
    pub(crate) fn enter(
        &self,
        api: &Api,
        caller: &Caller,
        scopes: &[Scope],
    ) -> Result<(Access, Monitor), ApiError> {
        let access = caller.enter_with_any(&api.database, &self.organization, scopes)?;
        let project: Option<Project> = match &self.project {
            None => None,
            Some(name) => Some(access.project(&api.database, name)?),
        };
        let project = project.map(|project| project.id);
        let monitor = api.alarms.monitor(access.organization.id, project, &self.monitor)?;
        // One that is forgotten soon, because its project is gone.
        api.database.organization_of(monitor.project).ok_or(ApiError::NotFound)?;
        Ok((access, monitor))
    }

    /// Enters to change the monitor, which must be the only one that is meant. Blocks.
    fn enter_to_change(&self, api: &Api, caller: &Caller) -> Result<(Access, Monitor), ApiError> {
        let (access, monitor) = self.enter(api, caller, &WRITE)?;
        let slug = &monitor.says.slug;
        if self.project.is_some() || self.monitor != *slug {
            return Ok((access, monitor));
        }
        let mut projects = Vec::new();
        for id in api.alarms.projects_of_slug(access.organization.id, slug)? {
            projects.extend(api.database.project(id)?.map(|project| project.slug));
        }
        if projects.len() < 2 {
            return Ok((access, monitor));
        }
        Err(ApiError::Conflict(format!(
            "The projects {} have a monitor {slug} each. Say which: \
             /api/0/projects/{}/PROJECT/monitors/{slug}/, or the monitor's id.",
            projects.join(", "),
            self.organization
        )))
    }
}

pub(crate) fn shown(
    api: &Api,
    caller: &Caller,
    place: &Place,
    params: &Params,
) -> Result<MonitorView, ApiError> {
    let (access, monitor) = place.enter(api, caller, &READ)?;
    let views = Shown::new(api, &access, named_environments(params)).views(&[monitor])?;
    views.into_iter().next().ok_or(ApiError::NotFound)
}

pub(crate) fn changed(
    api: &Api,
    caller: &Caller,
    place: &Place,
    body: &Map<String, Value>,
) -> Result<MonitorView, ApiError> {
    let (access, before) = place.enter_to_change(api, caller)?;
    refuse_of_file(&before.origin)?;
    let says = read(api, &access, body, Some(&before.says))?;
    let after = api.alarms.change_monitor(before.id, &says, api.clock.now())?;
    one(api, &access, &after)
}

pub(crate) fn deleted(
    api: &Api,
    caller: &Caller,
    place: &Place,
    environments: &[String],
) -> Result<(), ApiError> {
    let (_, monitor) = place.enter_to_change(api, caller)?;
    if environments.is_empty() {
        refuse_of_file(&monitor.origin)?;
    }
    Ok(api.alarms.delete_monitor(monitor.id, environments)?)
}

pub(crate) fn muted(
    api: &Api,
    caller: &Caller,
    place: &Place,
    (environment, body): (&str, &Map<String, Value>),
) -> Result<MonitorView, ApiError> {
    let (access, monitor) = place.enter_to_change(api, caller)?;
    let is_muted = flag(body, ["isMuted", "is_muted"])?;
    let is_muted = is_muted.ok_or_else(|| ApiError::field("isMuted", "This field is required."))?;
    api.alarms.mute_monitor(monitor.id, environment, is_muted)?;
    one(api, &access, &monitor)
}

/// What a file says is changed in the file.
pub(crate) fn refuse_of_file(origin: &str) -> Result<(), ApiError> {
    if origin.is_empty() {
        return Ok(());
    }
    Err(ApiError::Invalid(format!("This comes from the file {origin}; change it there.")))
}

fn one(api: &Api, access: &Access, monitor: &Monitor) -> Result<MonitorView, ApiError> {
    let views = Shown::new(api, access, Vec::new()).views(std::slice::from_ref(monitor))?;
    views.into_iter().next().ok_or(ApiError::NotFound)
}

pub(crate) fn named_environments(params: &Params) -> Vec<String> {
    params.all("environment").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A switch of a body by either spelling of its name.
pub(crate) fn flag(body: &Map<String, Value>, names: [&str; 2]) -> Result<Option<bool>, ApiError> {
    match names.iter().find_map(|name| body.get(*name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(ApiError::field(names[0], "Must be a valid boolean.")),
    }
}

/// Whether `status` says active; `None` when it says nothing.
pub(crate) fn active(body: &Map<String, Value>) -> Result<Option<bool>, ApiError> {
    match body.get("status").map(Value::as_str) {
        None => Ok(None),
        Some(Some("active")) => Ok(Some(true)),
        Some(Some("disabled")) => Ok(Some(false)),
        Some(_) => Err(ApiError::field("status", "Must be active or disabled.")),
    }
}

/// `name` of a body; required unless there was one before.
pub(crate) fn name(body: &Map<String, Value>, before: Option<&String>) -> Result<String, ApiError> {
    let said = match (body.get("name"), before) {
        (None, Some(before)) => return Ok(before.clone()),
        (None, None) => return Err(ApiError::field("name", "This field is required.")),
        (Some(said), _) => said.as_str().unwrap_or_default().trim(),
    };
    if said.is_empty() || said.len() > NAME_BYTES_MAX || said.chars().any(char::is_control) {
        let sentence = format!("Must have 1 to {NAME_BYTES_MAX} bytes and no line breaks.");
        return Err(ApiError::field("name", sentence));
    }
    Ok(said.to_owned())
}

/// `owner` of a body, who must be there. Blocks.
pub(crate) fn owner(
    api: &Api,
    access: &Access,
    body: &Map<String, Value>,
    before: Option<&String>,
) -> Result<Option<String>, ApiError> {
    let said = match body.get("owner") {
        None => return Ok(before.cloned()),
        Some(Value::Null) => return Ok(None),
        Some(said) => said.as_str().unwrap_or_default(),
    };
    if said.is_empty() {
        return Ok(None);
    }
    let wrong = || ApiError::field("owner", "Must be team:ID or user:ID of this organization.");
    let (kind, id) = said.split_once(':').ok_or_else(wrong)?;
    let id: u64 = id.parse().or(Err(wrong()))?;
    let is_here = match kind {
        "team" => {
            let team = api.database.team(id)?;
            team.is_some_and(|team| team.organization == access.organization.id)
        }
        "user" => api.database.member(access.organization.id, UserId(id))?.is_some(),
        _ => false,
    };
    if is_here { Ok(Some(said.to_owned())) } else { Err(wrong()) }
}

fn read(
    api: &Api,
    access: &Access,
    body: &Map<String, Value>,
    before: Option<&MonitorChange>,
) -> Result<MonitorChange, ApiError> {
    let mut says = form(body, before)?;
    says.owner = owner(api, access, body, before.and_then(|before| before.owner.as_ref()))?;
    Ok(says)
}

/// What a body says of a monitor over what was before, but for its owner, whom one must look up.
///
/// # Errors
/// [`ApiError::Fields`], which says what is wrong where.
pub fn form(
    body: &Map<String, Value>,
    before: Option<&MonitorChange>,
) -> Result<MonitorChange, ApiError> {
    if body.get("type").is_some_and(|kind| !matches!(kind.as_str(), Some("cron_job"))) {
        return Err(ApiError::field("type", "Must be cron_job."));
    }
    let name = name(body, before.map(|before| &before.name))?;
    let slug = match (body.get("slug"), before) {
        (Some(Value::String(slug)), _) => slug.clone(),
        (None | Some(Value::Null), Some(before)) => before.slug.clone(),
        (None | Some(Value::Null), None) => wire::check_in::slug(&name),
        (Some(_), _) => return Err(ApiError::field("slug", "Must be text.")),
    };
    if slug.is_empty() || slug != wire::check_in::slug(&slug) {
        let sentence = "Must have 1 to 50 lower-case letters, digits, - and _.";
        return Err(ApiError::field("slug", sentence));
    }
    if slug.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::field("slug", "Must not be a number."));
    }
    Ok(MonitorChange {
        slug,
        name,
        config: config(body, before.map(|before| &before.config))?,
        is_enabled: active(body)?.or(before.map(|before| before.is_enabled)).unwrap_or(true),
        is_muted: flag(body, ["is_muted", "isMuted"])?
            .or(before.map(|before| before.is_muted))
            .unwrap_or(false),
        owner: None,
    })
}

/// `config` of a body over what was before.
fn config(body: &Map<String, Value>, before: Option<&Config>) -> Result<Config, ApiError> {
    let mut all = before.map_or_else(|| json!({}), Config::to_json);
    match (body.get("config"), before) {
        (Some(Value::Object(said)), _) => {
            for (field, value) in said {
                all[field] = value.clone();
            }
        }
        (None, Some(before)) => return Ok(before.clone()),
        (None, None) => return Err(ApiError::field("config", "This field is required.")),
        (Some(_), _) => return Err(ApiError::field("config", "Must be an object.")),
    }
    Config::from_json(&all).map_err(|problem| ApiError::field("config", problem.to_string()))
}
