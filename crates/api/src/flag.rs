//! Feature flags: what became of them, who tells it, and which of them may be the cause of an issue.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use meta::{FlagChange, FlagChangeOrder, FlagChangeQuery, FlagProvider, Scope};
use model::id::OrganizationId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

pub mod hook;
mod provider;
pub mod secret;
pub mod suspect;
mod suspicion;

/// Days that are shown when no time is asked for. Source: Sentry.
const DEFAULT_PERIOD: u64 = 90 * lang::search::DAY;

/// A change of a flag.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct FlagChangeView {
    pub id: u64,
    /// created, updated or deleted.
    pub action: &'static str,
    pub created_at: String,
    pub created_by: Option<String>,
    /// email, id or name.
    pub created_by_type: Option<&'static str>,
    pub flag: String,
    pub provider: &'static str,
    #[schema(value_type = Object)]
    pub tags: BTreeMap<String, String>,
}

/// Changes of flags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagChanges {
    /// The changes.
    pub data: Vec<FlagChangeView>,
}

/// A change of a flag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OneFlagChange {
    /// The change.
    pub data: FlagChangeView,
}

/// A change as the API shows it.
pub fn view(change: FlagChange) -> FlagChangeView {
    let (kind, author) = change.author.unzip();
    FlagChangeView {
        id: change.id,
        action: change.action.name(),
        created_at: time::iso(change.at),
        created_by: author,
        created_by_type: kind.map(meta::AuthorKind::name),
        flag: change.flag,
        provider: change.provider.name(),
        tags: change.tags,
    }
}

/// What became of the flags of an organisation, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/flags/logs/", tag = "flags",
    params(("organization" = String, Path),
        ("flag" = Option<Vec<String>>, Query, description = "only these flags"),
        ("provider" = Option<Vec<String>>, Query, description = "only what these tell"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query),
        ("sort" = Option<String>, Query, description = "created_at, -created_at, flag or -flag"),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = FlagChanges), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<FlagChanges>), ApiError> {
    let page = params.page(100)?;
    let (changes, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
            let query = query(api, access.organization.id, &params)?;
            let found = api.database.flag_changes(&query, page.into())?;
            Ok((found.rows.into_iter().map(view).collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(FlagChanges { data: changes })))
}

fn query(
    api: &Api,
    organization: OrganizationId,
    params: &Params,
) -> Result<FlagChangeQuery, ApiError> {
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    let given = |key| params.all(key).filter(|value| !value.is_empty());
    let providers = given("provider").map(|name| {
        FlagProvider::from_name(name)
            .ok_or_else(|| ApiError::Invalid(format!("Invalid provider: '{name}'")))
    });
    let order = match params.get("sort").unwrap_or_default() {
        "" | "-created_at" | "-createdAt" => FlagChangeOrder::NewestFirst,
        "created_at" | "createdAt" => FlagChangeOrder::OldestFirst,
        "flag" => FlagChangeOrder::Flag,
        "-flag" => FlagChangeOrder::FlagBackwards,
        other => return Err(ApiError::Invalid(format!("Invalid sort: '{other}'"))),
    };
    Ok(FlagChangeQuery {
        organization,
        flags: given("flag").map(str::to_owned).collect(),
        providers: providers.collect::<Result<_, _>>()?,
        start: window.start,
        end: window.end,
        order,
    })
}

/// One thing that became of a flag.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/flags/logs/{change}/", tag = "flags",
    params(("organization" = String, Path), ("change" = String, Path, description = "its id")),
    responses((status = 200, body = OneFlagChange), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, change)): Path<(String, String)>,
) -> Result<Json<OneFlagChange>, ApiError> {
    let change = change.parse::<u64>().or(Err(ApiError::NotFound))?;
    let found = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
        let found = api.database.flag_change(access.organization.id, change)?;
        found.map(view).ok_or(ApiError::NotFound)
    });
    Ok(Json(OneFlagChange { data: found.await? }))
}
