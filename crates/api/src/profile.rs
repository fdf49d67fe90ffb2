//! Profiles: which there are, what each is of, and what they say together.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use lang::search::DAY;
use meta::{ProfileFilter, ProfileOrder, ProfileRelease, Project, Scope, StoredProfile};
use model::id::{ProjectId, TraceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

pub mod chart;
pub mod diff;
pub mod functions;
pub mod sample_format;
pub mod selection;
pub mod tree;

/// What time is looked at when nothing is said.
pub(crate) const DEFAULT_PERIOD: u64 = 14 * DAY;
/// Transactions that are offered to choose from.
const TRANSACTIONS_MAX: usize = 100;

/// What is known of a profile without reading it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Its id; of a chunk the chunk's.
    pub id: String,
    /// `transaction` or `continuous`.
    pub kind: &'static str,
    /// The project's number.
    pub project_id: u64,
    /// The project's slug.
    pub project: String,
    /// The profiler that a chunk is of.
    pub profiler_id: Option<String>,
    /// The transaction's name.
    pub transaction: String,
    /// The transaction's event.
    pub event_id: Option<String>,
    /// The transaction's trace.
    pub trace_id: Option<String>,
    /// The transaction's own span.
    pub span_id: Option<String>,
    /// `python`, `node`, `javascript`, …
    pub platform: String,
    /// What ran.
    pub release: String,
    /// Where it ran.
    pub environment: String,
    /// The first moment it saw.
    pub start: String,
    /// The last moment it saw.
    pub end: String,
    /// Seconds from the first to the last moment.
    pub duration: f64,
    /// When it arrived.
    pub received: String,
    /// Samples in it.
    pub samples: u64,
    /// Threads in it.
    pub threads: u64,
    /// Bytes it takes on the disk.
    pub bytes: u32,
    /// Whether memory was measured.
    pub has_memory: bool,
    /// Whether processor time was measured.
    pub has_cpu: bool,
}

/// Seconds since 1970, or of a length.
pub(crate) fn seconds(micros: u64) -> f64 {
    crate::cell::float(micros) / 1e6
}

impl ProfileView {
    /// A profile of a project.
    pub(crate) fn of(stored: &StoredProfile, slug: &str) -> Self {
        let text = |id: Option<String>| id;
        Self {
            id: stored.id.to_string(),
            kind: if stored.profiler.is_some() { "continuous" } else { "transaction" },
            project_id: stored.project.0,
            project: slug.to_owned(),
            profiler_id: text(stored.profiler.map(|id| id.to_string())),
            transaction: stored.name.clone(),
            event_id: text(stored.event.map(|id| id.to_string())),
            trace_id: text(stored.trace.map(|id| id.to_string())),
            span_id: text(stored.span.map(|id| id.to_string())),
            platform: stored.platform.clone(),
            release: stored.release.clone(),
            environment: stored.environment.clone(),
            start: time::iso(stored.start),
            end: time::iso(stored.end),
            duration: seconds(stored.end.0.saturating_sub(stored.start.0)),
            received: time::iso(stored.received),
            samples: stored.samples,
            threads: stored.threads,
            bytes: stored.place.bytes,
            has_memory: stored.has_memory,
            has_cpu: stored.has_cpu,
        }
    }
}

/// What profiles can be narrowed down to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChoices {
    /// Transactions with profiles, most first.
    pub transactions: Vec<TransactionChoice>,
    /// Releases with profiles, the one that was first seen last first.
    pub releases: Vec<ReleaseChoice>,
}

/// A transaction that was profiled.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TransactionChoice {
    /// Its name.
    pub name: String,
    /// How many profiles there are of it.
    pub profiles: u64,
}

/// A release that was profiled.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseChoice {
    /// Its version.
    pub version: String,
    /// How many profiles there are of it.
    pub profiles: u64,
    /// When the first began.
    pub first_seen: String,
    /// When the last began.
    pub last_seen: String,
}

impl ReleaseChoice {
    fn of(release: &ProfileRelease) -> Self {
        Self {
            version: release.release.clone(),
            profiles: release.profiles,
            first_seen: time::iso(release.first),
            last_seen: time::iso(release.last),
        }
    }
}

/// Projects and what their parameters narrow profiles down to. Blocks.
pub(crate) fn asked(
    api: &Api,
    caller: &Caller,
    organization: &str,
    params: &Params,
) -> Result<(Vec<Project>, ProfileFilter), ApiError> {
    let access = caller.enter(&api.database, organization, Scope::EventRead)?;
    let projects = params.projects(api, &access)?;
    let filter = filter(params, &projects, api)?;
    Ok((projects, filter))
}

fn filter(params: &Params, projects: &[Project], api: &Api) -> Result<ProfileFilter, ApiError> {
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let texts = |key: &str| -> Vec<String> {
        params.all(key).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let named = |key: &str| params.get(key).filter(|text| !text.is_empty());
    let mut filter = ProfileFilter::new(ids, (window.start, window.end));
    filter.environments = texts("environment");
    filter.releases = texts("release");
    filter.platforms = texts("platform");
    filter.transaction = named("transaction").map(str::to_owned);
    filter.trace = match named("trace") {
        Some(text) => Some(TraceId::parse(text).or(Err(ApiError::NotFound))?),
        None => None,
    };
    filter.of_transactions = match named("kind") {
        None => None,
        Some("transaction") => Some(true),
        Some("continuous") => Some(false),
        Some(_) => {
            return Err(ApiError::Invalid("kind must be transaction or continuous".into()));
        }
    };
    Ok(filter)
}

/// Slugs by project.
pub(crate) fn slugs(projects: &[Project]) -> HashMap<ProjectId, &str> {
    projects.iter().map(|project| (project.id, project.slug.as_str())).collect()
}

/// Profiles and chunks that match, a page of them.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/profiles/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query), ("release" = Option<Vec<String>>, Query),
        ("platform" = Option<Vec<String>>, Query), ("transaction" = Option<String>, Query),
        ("trace" = Option<String>, Query),
        ("kind" = Option<String>, Query, description = "`transaction` or `continuous`"),
        ("sort" = Option<String>, Query, description = "`-start`, `-duration` or `-samples`"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query), ("per_page" = Option<usize>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<ProfileView>), (status = 400)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ProfileView>>), ApiError> {
    let page = params.page(50)?;
    let order = match params.get("sort").filter(|sort| !sort.is_empty()) {
        None | Some("-start") => ProfileOrder::Newest,
        Some("-duration") => ProfileOrder::Longest,
        Some("-samples") => ProfileOrder::MostSamples,
        Some(_) => {
            let sentence = "sort must be one of: -start, -duration, -samples";
            return Err(ApiError::Invalid(sentence.into()));
        }
    };
    let (views, more) = api
        .blocking(move |api| {
            let (projects, filter) = asked(api, &caller, &organization, &params)?;
            let found = api.database.profiles(&filter, order, page.into())?;
            let slugs = slugs(&projects);
            let slug = |project: &ProjectId| slugs.get(project).copied().unwrap_or_default();
            let views = found.rows.iter().map(|row| ProfileView::of(row, slug(&row.project)));
            Ok((views.collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Transactions and releases that there are profiles of.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/choices/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = ProfileChoices), (status = 400)))]
pub async fn choices(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<ProfileChoices>, ApiError> {
    let found = api.blocking(move |api| {
        let (_, filter) = asked(api, &caller, &organization, &params)?;
        let transactions = api.database.profile_transactions(&filter, TRANSACTIONS_MAX)?;
        let releases = api.database.profile_releases(&filter)?;
        let choice = |(name, profiles)| TransactionChoice { name, profiles };
        Ok(ProfileChoices {
            transactions: transactions.into_iter().map(choice).collect(),
            releases: releases.iter().map(ReleaseChoice::of).collect(),
        })
    });
    Ok(Json(found.await?))
}
