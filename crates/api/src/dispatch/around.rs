//! What happened around an incident and what stands out in it: where people look first for its cause.

use std::collections::BTreeSet;

use alarm::KnownIncident;
use alert::IncidentId;
use axum::Json;
use axum::extract::{Path, State};
use lang::ask::{Filter, Scope as AskScope, Window};
use lang::search::DAY;
use meta::{FlagChangeOrder, FlagChangeQuery, Page, Project, Scope};
use model::clock::Micros;
use serde::Serialize;
use utoipa::ToSchema;

use super::number;
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::span_compare::{Asked, Comparison, differences};
use crate::state::Api;
use crate::time;

/// A change may have been made so long before anybody felt it.
const BEFORE: u64 = 3_600_000_000;
/// What stands out is looked for in so much of a long incident.
const LOOKED_AT_MAX: u64 = DAY;
/// Deploys and changes of flags that are shown, of each the newest.
const SHOWN_MAX: usize = 20;

/// What happened around an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AroundView {
    /// From when on was looked: an hour before its first alert began.
    pub start: String,
    /// Until when.
    pub end: String,
    /// Slugs of the projects that its alerts are about.
    pub projects: Vec<String>,
    /// Releases of those projects that went out, last first.
    pub deploys: Vec<DeployAround>,
    /// Flags that were changed, last first.
    pub flags: Vec<FlagAround>,
    /// What spans that failed during the incident have more often than those that did not: provider, market,
    /// release …
    pub failures: Comparison,
}

/// A release that went out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeployAround {
    /// Which one.
    pub version: String,
    /// Where to.
    pub environment: String,
    /// When it was done.
    pub finished: String,
}

/// A flag that was changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagAround {
    /// Its name.
    pub flag: String,
    /// created, updated or deleted.
    pub action: &'static str,
    /// When.
    pub at: String,
    /// Who did it, as the one who told us calls them.
    pub author: Option<String>,
}

/// What happened around an incident: deploys, flags, and what stands out among what failed.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-incidents/{incident}/around/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    responses((status = 200, body = AroundView), (status = 404)))]
pub async fn around(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
) -> Result<Json<AroundView>, ApiError> {
    let id = IncidentId(number(&incident)?);
    let found = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
        changes(api, &access, id)
    });
    let (mut view, projects, window) = found.await?;
    let asked = Asked {
        scope: AskScope {
            projects: projects.iter().map(|project| project.id).collect(),
            issues: None,
            environments: Vec::new(),
            window,
        },
        left: Filter::is_failure(),
        right: Filter::Not(Box::new(Filter::is_failure())),
    };
    view.failures = differences(api.ask.as_ref(), asked, &projects).await?;
    Ok(Json(view))
}

/// What people changed; and which projects and what time the incident is about.
fn changes(
    api: &Api,
    access: &Access,
    id: IncidentId,
) -> Result<(AroundView, Vec<Project>, Window), ApiError> {
    let organization = access.organization.id;
    let (known, _) = api.alarms.incident(organization, id)?;
    let projects = projects_of(api, access, &known)?;
    let began = known.incident.began;
    let (start, end) = (
        Micros(began.0.saturating_sub(BEFORE)),
        Micros(known.resolved.unwrap_or(api.clock.now()).0.max(began.0) + 1),
    );
    let ids: Vec<_> = projects.iter().map(|project| project.id).collect();
    let deploys = api.database.deploys_between(&ids, (start, end), SHOWN_MAX)?;
    let deploys = deploys.into_iter().map(|(version, deploy)| DeployAround {
        version,
        environment: deploy.environment,
        finished: time::iso(deploy.finished),
    });
    let order = FlagChangeOrder::NewestFirst;
    let (flags, providers) = (Vec::new(), Vec::new());
    let query = FlagChangeQuery { organization, flags, providers, start, end, order };
    let page = Page { offset: 0, limit: SHOWN_MAX };
    let flags =
        api.database.flag_changes(&query, page)?.rows.into_iter().map(|change| FlagAround {
            flag: change.flag,
            action: change.action.name(),
            at: time::iso(change.at),
            author: change.author.map(|(_, name)| name),
        });
    let view = AroundView {
        start: time::iso(start),
        end: time::iso(end),
        projects: projects.iter().map(|project| project.slug.clone()).collect(),
        deploys: deploys.collect(),
        flags: flags.collect(),
        failures: Comparison { left: 0.0, right: 0.0, attributes: Vec::new() },
    };
    let window = Window { start: began, end: end.min(Micros(began.0 + LOOKED_AT_MAX)) };
    Ok((view, projects, window))
}

/// The projects that its alerts name; all, if none does, as alerts of another Alertmanager.
fn projects_of(
    api: &Api,
    access: &Access,
    known: &KnownIncident,
) -> Result<Vec<Project>, ApiError> {
    let organization = access.organization.id;
    let mut slugs = BTreeSet::new();
    for member in known.incident.symptoms.iter().chain(&known.incident.gathered) {
        match api.alarms.alert(organization, &member.to_string()) {
            Ok(found) => slugs.extend(found.alert.labels.get("project").cloned()),
            Err(alarm::AlarmError::Missing(_)) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    let mut projects = Vec::new();
    for slug in slugs {
        projects.extend(api.database.project_by_slug(organization, &slug)?);
    }
    if projects.is_empty() {
        projects = api.database.projects(organization, Page::FIRST)?.rows;
    }
    Ok(projects)
}
