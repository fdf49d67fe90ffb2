//! What happened to an issue, and what people write about it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use meta::{Activity, ActivityKind, Meta, Scope};
use model::id::{IssueId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::issue::events::Named;
use crate::live::{Happening, What};
use crate::params::Params;
use crate::person::{PersonView, person};
use crate::state::Api;
use crate::time;

/// One thing that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ActivityView {
    pub id: String,
    pub user: Option<PersonView>,
    pub sentry_app: Option<Value>,
    pub r#type: &'static str,
    #[schema(value_type = Object)]
    pub data: Value,
    #[serde(rename = "dateCreated")]
    pub date_created: String,
}

/// What happened to an issue, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activities {
    /// The things that happened.
    pub activity: Vec<ActivityView>,
}

/// A comment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Comment {
    /// What somebody has to say.
    pub text: String,
}

/// Things that happened as the API shows them. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn views(database: &Meta, activities: &[Activity]) -> Result<Vec<ActivityView>, ApiError> {
    let mut ids: Vec<UserId> = activities.iter().filter_map(|activity| activity.user).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = database.users(&ids)?;
    let people: HashMap<UserId, PersonView> =
        people.iter().map(|user| (user.id, person(user))).collect();
    let view = |activity: &Activity| ActivityView {
        id: activity.id.to_string(),
        user: activity.user.and_then(|user| people.get(&user).cloned()),
        sentry_app: None,
        r#type: activity.kind.name(),
        data: activity.data.clone(),
        date_created: time::iso(activity.at),
    };
    Ok(activities.iter().map(view).collect())
}

/// What happened to an issue, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/activities/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Activities), (status = 404)))]
pub async fn activities(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Activities>), ApiError> {
    let (headers, activity) =
        page_of(&api, Named::within(caller, organization, issue), &params, &uri).await?;
    Ok((headers, Json(Activities { activity })))
}

/// What happened to an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/activities/", tag = "issues",
    params(("issue" = String, Path), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Activities), (status = 404)))]
pub async fn activities_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Activities>), ApiError> {
    let (headers, activity) = page_of(&api, Named::bare(caller, issue), &params, &uri).await?;
    Ok((headers, Json(Activities { activity })))
}

async fn page_of(
    api: &Api,
    named: Named,
    params: &Params,
    uri: &Uri,
) -> Result<(HeaderMap, Vec<ActivityView>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let (_, issue) = named.enter(api, Scope::EventRead)?;
            let found = api.database.activities(issue.id, page.into())?;
            Ok((views(&api.database, &found.rows)?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, uri, more), views))
}

/// What people wrote about an issue, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/comments/",
    tag = "issues", params(("organization" = String, Path), ("issue" = String, Path)),
    responses((status = 200, body = Vec<ActivityView>), (status = 404)))]
pub async fn comments(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
) -> Result<Json<Vec<ActivityView>>, ApiError> {
    comments_of(&api, Named::within(caller, organization, issue)).await
}

/// What people wrote about an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/comments/", tag = "issues",
    params(("issue" = String, Path)),
    responses((status = 200, body = Vec<ActivityView>), (status = 404)))]
pub async fn comments_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
) -> Result<Json<Vec<ActivityView>>, ApiError> {
    comments_of(&api, Named::bare(caller, issue)).await
}

async fn comments_of(api: &Api, named: Named) -> Result<Json<Vec<ActivityView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, issue) = named.enter(api, Scope::EventRead)?;
        let mut found = api.database.activities(issue.id, meta::Page::FIRST)?.rows;
        found.retain(|activity| activity.kind == ActivityKind::Note);
        views(&api.database, &found)
    });
    Ok(Json(shown.await?))
}

/// Writes a comment.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/issues/{issue}/comments/",
    tag = "issues", params(("organization" = String, Path), ("issue" = String, Path)),
    request_body = Comment,
    responses((status = 201, body = ActivityView), (status = 400), (status = 404)))]
pub async fn comment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    Json(body): Json<Comment>,
) -> Result<(StatusCode, Json<ActivityView>), ApiError> {
    written(&api, Named::within(caller, organization, issue), body).await
}

/// Writes a comment, without naming the issue's organisation.
#[utoipa::path(post, path = "/api/0/issues/{issue}/comments/", tag = "issues",
    params(("issue" = String, Path)), request_body = Comment,
    responses((status = 201, body = ActivityView), (status = 400), (status = 404)))]
pub async fn comment_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    Json(body): Json<Comment>,
) -> Result<(StatusCode, Json<ActivityView>), ApiError> {
    written(&api, Named::bare(caller, issue), body).await
}

async fn written(
    api: &Api,
    named: Named,
    body: Comment,
) -> Result<(StatusCode, Json<ActivityView>), ApiError> {
    let shown = api.blocking(move |api| {
        let (access, issue) = named.enter(api, Scope::EventWrite)?;
        let made = api.database.comment(issue.id, access.user, &body.text)?;
        let what = What::IssueUpdated(issue.id);
        let (organization, project) = (access.organization.id, issue.project);
        api.live.tell(Happening { organization, project, what });
        views(&api.database, &[made])?.pop().ok_or(ApiError::NotFound)
    });
    Ok((StatusCode::CREATED, Json(shown.await?)))
}

/// Changes a comment; only who wrote it may.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/issues/{issue}/comments/{comment}/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path), ("comment" = String, Path)),
    request_body = Comment,
    responses((status = 200, body = ActivityView), (status = 403), (status = 404)))]
pub async fn edit_comment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue, comment)): Path<(String, String, String)>,
    Json(body): Json<Comment>,
) -> Result<Json<ActivityView>, ApiError> {
    edited(&api, Named::within(caller, organization, issue), comment, body).await
}

/// Changes a comment, without naming the issue's organisation.
#[utoipa::path(put, path = "/api/0/issues/{issue}/comments/{comment}/", tag = "issues",
    params(("issue" = String, Path), ("comment" = String, Path)), request_body = Comment,
    responses((status = 200, body = ActivityView), (status = 403), (status = 404)))]
pub async fn edit_comment_bare(
    State(api): State<Api>,
    caller: Caller,
    Path((issue, comment)): Path<(String, String)>,
    Json(body): Json<Comment>,
) -> Result<Json<ActivityView>, ApiError> {
    edited(&api, Named::bare(caller, issue), comment, body).await
}

async fn edited(
    api: &Api,
    named: Named,
    comment: String,
    body: Comment,
) -> Result<Json<ActivityView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, issue) = named.enter(api, Scope::EventWrite)?;
        let id = own_comment(api, &access, issue.id, &comment)?;
        api.database.edit_comment(issue.id, id, &body.text)?;
        let changed = api.database.comment_by_id(issue.id, id)?.ok_or(ApiError::NotFound)?;
        views(&api.database, &[changed])?.pop().ok_or(ApiError::NotFound)
    });
    Ok(Json(shown.await?))
}

/// The id of a comment that the caller may change: their own, or any with the right to administer
/// events.
fn own_comment(api: &Api, access: &Access, issue: IssueId, comment: &str) -> Result<u64, ApiError> {
    let id = comment.parse().or(Err(ApiError::NotFound))?;
    let found = api.database.comment_by_id(issue, id)?.ok_or(ApiError::NotFound)?;
    let is_own = found.user.is_some() && found.user == access.user;
    if !is_own {
        access.need(Scope::EventAdmin)?;
    }
    Ok(id)
}

/// Deletes a comment; only who wrote it may.
#[utoipa::path(delete,
    path = "/api/0/organizations/{organization}/issues/{issue}/comments/{comment}/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path), ("comment" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn delete_comment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue, comment)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    deleted(&api, Named::within(caller, organization, issue), comment).await
}

/// Deletes a comment, without naming the issue's organisation.
#[utoipa::path(delete, path = "/api/0/issues/{issue}/comments/{comment}/", tag = "issues",
    params(("issue" = String, Path), ("comment" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn delete_comment_bare(
    State(api): State<Api>,
    caller: Caller,
    Path((issue, comment)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    deleted(&api, Named::bare(caller, issue), comment).await
}

async fn deleted(api: &Api, named: Named, comment: String) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (access, issue) = named.enter(api, Scope::EventWrite)?;
        let id = own_comment(api, &access, issue.id, &comment)?;
        api.database.delete_comment(issue.id, id)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
