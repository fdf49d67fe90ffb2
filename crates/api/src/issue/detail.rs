//! One issue with all that is known of it; its hashes; its end.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use lang::ask::{FacetQuestion, Filter, Pairs};
use meta::{Issue, Meta, Scope};
use model::id::{GroupHash, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::issue::activity::{self, ActivityView};
use crate::issue::events::{Named, Opened};
use crate::issue::{IssueView, Seer, Surroundings};
use crate::live::{Happening, What};
use crate::params::Params;
use crate::person::{PersonView, person};
use crate::release::{self, ReleaseView};
use crate::state::Api;
use crate::time;

/// Microseconds of an hour.
const HOUR_MICROS: u64 = 3_600_000_000;
/// Things that happened which the page of an issue begins with.
const ACTIVITIES_MAX: usize = 100;
/// Tags that the page of an issue names.
const TAGS_MAX: usize = 50;

/// A tag of an issue without its values.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TagSummary {
    pub key: String,
    pub name: String,
    pub total_values: u64,
    pub unique_values: u64,
}

/// An issue with all that is known of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct IssueDetail {
    /// What lists show, without the releases, which are whole here.
    #[serde(flatten)]
    #[schema(value_type = IssueView)]
    pub issue: Map<String, Value>,
    pub activity: Vec<ActivityView>,
    pub seen_by: Vec<Seer>,
    pub participants: Vec<PersonView>,
    pub user_report_count: usize,
    pub first_release: Option<ReleaseView>,
    pub last_release: Option<ReleaseView>,
    /// Left out with `collapse=tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<TagSummary>>,
    /// Events by hour of the last day (`24h`) and by day of the last 30 (`30d`).
    #[schema(value_type = Object)]
    pub stats: Value,
    pub plugin_actions: Vec<Value>,
    pub plugin_issues: Vec<Value>,
    pub plugin_contexts: Vec<Value>,
}

/// One issue.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/", tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path, description = "id or short id"),
        ("collapse" = Option<Vec<String>>, Query, description = "tags, release, stats"),
        ("environment" = Option<Vec<String>>, Query)),
    responses((status = 200, body = IssueDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
) -> Result<Json<IssueDetail>, ApiError> {
    shown(&api, Named::within(caller, organization, issue), params).await
}

/// One issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/", tag = "issues",
    params(("issue" = String, Path)),
    responses((status = 200, body = IssueDetail), (status = 404)))]
pub async fn detail_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
) -> Result<Json<IssueDetail>, ApiError> {
    shown(&api, Named::bare(caller, issue), params).await
}

async fn shown(api: &Api, named: Named, params: Params) -> Result<Json<IssueDetail>, ApiError> {
    let is_collapsed = |part: &str| params.all("collapse").any(|collapsed| collapsed == part);
    let (with_tags, with_releases) = (!is_collapsed("tags"), !is_collapsed("release"));
    let (mut detail, scope) = api
        .blocking(move |api| {
            let opened = named.open(api, Scope::EventRead)?;
            let scope = opened.scope(api, &params)?;
            Ok((build(api, &opened, with_releases)?, scope))
        })
        .await?;
    if with_tags {
        let question = FacetQuestion {
            scope,
            filter: Filter::All,
            pairs: Pairs::Tags,
            key: None,
            value_contains: String::new(),
            values_max: 0,
        };
        let facets = api.ask.facets(question).await?;
        let tags = facets.into_iter().take(TAGS_MAX).map(|facet| TagSummary {
            name: facet.key.clone(),
            key: facet.key,
            total_values: facet.total,
            unique_values: facet.unique,
        });
        detail.tags = Some(tags.collect());
    }
    Ok(Json(detail))
}

/// What the database knows. Blocks.
fn build(api: &Api, opened: &Opened, with_releases: bool) -> Result<IssueDetail, ApiError> {
    let (database, issue) = (&api.database, &opened.issue);
    let around = Surroundings::of(api, &opened.access, std::slice::from_ref(issue))?;
    let mut shown = match serde_json::to_value(around.view(issue)).map_err(ApiError::internal)? {
        Value::Object(shown) => shown,
        _ => Map::new(),
    };
    // These are answered below in another form.
    for key in ["firstRelease", "lastRelease", "stats"] {
        shown.remove(key);
    }
    let page = meta::Page { offset: 0, limit: ACTIVITIES_MAX };
    let activities = database.activities(issue.id, page)?.rows;
    let owner = opened.access.organization.id;
    let whole = |version: &Option<String>| match version {
        Some(version) if with_releases => {
            let found = database.release(owner, version)?;
            found.map(|found| release::view(database, &found)).transpose()
        }
        _ => Ok(None),
    };
    Ok(IssueDetail {
        issue: shown,
        activity: activity::views(database, &activities)?,
        seen_by: seers(database, issue)?,
        participants: participants(database, issue)?,
        user_report_count: database.user_reports_of_issue(issue.id, meta::Page::FIRST)?.rows.len(),
        first_release: whole(&issue.first_release)?,
        last_release: whole(&issue.last_release)?,
        tags: None,
        stats: stats(api, issue)?,
        plugin_actions: Vec::new(),
        plugin_issues: Vec::new(),
        plugin_contexts: Vec::new(),
    })
}

fn seers(database: &Meta, issue: &Issue) -> Result<Vec<Seer>, ApiError> {
    let seen = database.seen_by(issue.id)?;
    let ids: Vec<UserId> = seen.iter().map(|(user, _)| *user).collect();
    let people = database.users(&ids)?;
    let people: HashMap<_, _> = people.iter().map(|user| (user.id, person(user))).collect();
    let seers = seen.into_iter().filter_map(|(user, at)| {
        Some(Seer { person: people.get(&user)?.clone(), last_seen: time::iso(at) })
    });
    Ok(seers.collect())
}

fn participants(database: &Meta, issue: &Issue) -> Result<Vec<PersonView>, ApiError> {
    let ids = database.subscribers(issue.id)?;
    Ok(database.users(&ids)?.iter().map(person).collect())
}

fn stats(api: &Api, issue: &Issue) -> Result<Value, ApiError> {
    let end = api.clock.now().0 / HOUR_MICROS + 1;
    // Whole days, so that a day's bar does not change its meaning with the hour.
    let first_day = (end.div_ceil(24) * 24).saturating_sub(30 * 24);
    let hours = api.database.hours(&[issue.id], first_day, end)?.remove(&issue.id);
    let counts: HashMap<u64, u64> = hours.unwrap_or_default().into_iter().collect();
    let day = points(&counts, end.saturating_sub(24), end, 1);
    let month = points(&counts, first_day, end, 24);
    Ok(json!({"24h": day, "30d": month}))
}

/// Sums of so many hours each, as `[seconds, events]`.
fn points(counts: &HashMap<u64, u64>, start: u64, end: u64, step: u64) -> Vec<(u64, u64)> {
    let starts = std::iter::successors(Some(start), |at| Some(at + step));
    let starts = starts.take_while(|at| *at < end);
    let sum = |at: u64| (at..at + step).filter_map(|hour| counts.get(&hour)).sum();
    starts.map(|at| (at * 3600, sum(at))).collect()
}

/// A grouping hash of an issue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct HashView {
    pub id: String,
    pub latest_event: Option<Value>,
    pub merged_by_seer: bool,
    pub seer_match_distance: Option<f64>,
    /// The issue that a merge took it from; `None` when it was always here.
    pub merged_from: Option<String>,
}

/// The hashes whose events are in an issue.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/hashes/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<HashView>), (status = 404)))]
pub async fn hashes(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<HashView>>), ApiError> {
    hashes_of(&api, Named::within(caller, organization, issue), &params, &uri).await
}

/// The hashes whose events are in an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/hashes/", tag = "issues",
    params(("issue" = String, Path), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<HashView>), (status = 404)))]
pub async fn hashes_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<HashView>>), ApiError> {
    hashes_of(&api, Named::bare(caller, issue), &params, &uri).await
}

async fn hashes_of(
    api: &Api,
    named: Named,
    params: &Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<HashView>>), ApiError> {
    let page = params.page(100)?;
    let (found, issue) = api
        .blocking(move |api| {
            let (_, issue) = named.enter(api, Scope::EventRead)?;
            Ok((api.database.hashes(issue.id, page.into())?, issue.id))
        })
        .await?;
    let views = found.rows.iter().map(|hash| HashView {
        id: hash.hash.to_string(),
        latest_event: None,
        merged_by_seer: false,
        seer_match_distance: None,
        merged_from: (hash.origin != issue).then(|| hash.origin.to_string()),
    });
    Ok((page.link(&api.public_url, uri, found.more), Json(views.collect())))
}

/// Takes hashes out of an issue: those that a merge brought go back, others begin a new issue.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/issues/{issue}/hashes/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path),
        ("id" = Vec<String>, Query, description = "hashes")),
    responses((status = 202), (status = 400), (status = 404)))]
pub async fn unmerge(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    unmerged(&api, Named::within(caller, organization, issue), params).await
}

/// Takes hashes out of an issue, without naming its organisation.
#[utoipa::path(delete, path = "/api/0/issues/{issue}/hashes/", tag = "issues",
    params(("issue" = String, Path), ("id" = Vec<String>, Query)),
    responses((status = 202), (status = 400), (status = 404)))]
pub async fn unmerge_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    unmerged(&api, Named::bare(caller, issue), params).await
}

async fn unmerged(api: &Api, named: Named, params: Params) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (access, issue) = named.enter(api, Scope::EventWrite)?;
        let hashes = params.all("id").map(|hash| {
            let wrong = || ApiError::Invalid(format!("'{hash}' is not a hash"));
            GroupHash::parse(hash).ok().ok_or_else(wrong)
        });
        let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
        let went_to = api.database.unmerge_issue(issue.id, &hashes, access.user)?;
        let changed = went_to.into_iter().chain([issue.id]);
        for what in changed.map(What::IssueUpdated) {
            let (organization, project) = (access.organization.id, issue.project);
            api.live.tell(Happening { organization, project, what });
        }
        Ok(StatusCode::ACCEPTED)
    })
    .await
}

/// Deletes an issue with its events.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/issues/{issue}/",
    tag = "issues", params(("organization" = String, Path), ("issue" = String, Path)),
    responses((status = 202), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    deleted(&api, Named::within(caller, organization, issue)).await
}

/// Deletes an issue with its events, without naming its organisation.
#[utoipa::path(delete, path = "/api/0/issues/{issue}/", tag = "issues",
    params(("issue" = String, Path)), responses((status = 202), (status = 404)))]
pub async fn delete_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
) -> Result<StatusCode, ApiError> {
    deleted(&api, Named::bare(caller, issue)).await
}

async fn deleted(api: &Api, named: Named) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (access, issue) = named.enter(api, Scope::EventAdmin)?;
        api.database.delete_issues(&[issue.id], false)?;
        let what = What::IssueUpdated(issue.id);
        let (organization, project) = (access.organization.id, issue.project);
        api.live.tell(Happening { organization, project, what });
        Ok(StatusCode::ACCEPTED)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_without_events_are_zero() {
        let counts = HashMap::from([(10, 2), (11, 3), (13, 1)]);
        assert_eq!(points(&counts, 11, 14, 1), [(39_600, 3), (43_200, 0), (46_800, 1)]);
        assert_eq!(points(&counts, 10, 14, 2), [(36_000, 5), (43_200, 1)]);
    }
}
