//! Client keys: what DSNs are made of.

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Key, KeyChange, NewKey, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::organization::ListQuery;
use crate::project::enter;
use crate::state::Api;
use crate::time;

/// A limit of a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct RateLimit {
    /// Seconds.
    pub window: u32,
    /// Items in a window.
    pub count: u64,
}

/// Where SDKs send, in all forms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct DsnView {
    pub public: String,
    pub secret: String,
    pub csp: String,
    pub security: String,
    pub minidump: String,
    pub nel: String,
    pub unreal: String,
    pub crons: String,
    pub cdn: String,
    pub integration: String,
    pub otlp_traces: String,
    pub otlp_logs: String,
}

/// A client key.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct KeyView {
    pub id: String,
    pub name: String,
    pub label: String,
    pub public: String,
    pub secret: String,
    pub project_id: u64,
    pub is_active: bool,
    pub rate_limit: Option<RateLimit>,
    pub dsn: DsnView,
    pub browser_sdk_version: &'static str,
    pub date_created: String,
    pub last_used: Option<String>,
}

/// A key as the API shows it.
pub fn view(public_url: &str, key: &Key) -> KeyView {
    let rate_limit = (key.rate_count > 0)
        .then_some(RateLimit { window: key.rate_window, count: key.rate_count });
    KeyView {
        id: key.public.clone(),
        name: key.label.clone(),
        label: key.label.clone(),
        public: key.public.clone(),
        secret: key.secret.expose().to_owned(),
        project_id: key.project.0,
        is_active: key.active,
        rate_limit,
        dsn: dsn(public_url, key),
        browser_sdk_version: "latest",
        date_created: time::iso(key.created),
        last_used: key.last_used.map(time::iso),
    }
}

/// The DSN that goes into an app.
pub fn public_dsn(public_url: &str, key: &str, project: model::id::ProjectId) -> String {
    let (scheme, rest) = public_url.split_once("://").unwrap_or(("http", public_url));
    format!("{scheme}://{key}@{rest}/{project}")
}

fn dsn(public_url: &str, key: &Key) -> DsnView {
    let (public, project) = (&key.public, key.project);
    let base = format!("{public_url}/api/{project}");
    let with_key = |route: &str| format!("{base}/{route}/?sentry_key={public}");
    DsnView {
        public: public_dsn(public_url, public, project),
        secret: public_dsn(public_url, &format!("{public}:{}", key.secret.expose()), project),
        csp: with_key("csp-report"),
        security: with_key("security"),
        minidump: with_key("minidump"),
        nel: with_key("nel"),
        unreal: format!("{base}/unreal/{public}/"),
        crons: format!("{base}/cron/___MONITOR_SLUG___/{public}/"),
        cdn: String::new(),
        integration: format!("{base}/integration/"),
        otlp_traces: format!("{base}/integration/otlp/v1/traces"),
        otlp_logs: format!("{base}/integration/otlp/v1/logs"),
    }
}

/// The keys of a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/keys/", tag = "keys",
    params(ListQuery, ("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<KeyView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<KeyView>>), ApiError> {
    let page = query.page()?;
    let found = api
        .blocking(move |api| {
            let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
            Ok(api.database.keys(project.id, page.into())?)
        })
        .await?;
    let rows = found.rows.iter().map(|key| view(&api.public_url, key)).collect();
    Ok((page.link(&api.public_url, &uri, found.more), Json(rows)))
}

/// What can be said about a key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyBody {
    /// Its name for people.
    name: Option<String>,
    /// Whether it lets anything in.
    is_active: Option<bool>,
    /// Its limit; `null` takes it away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<RateLimit>)]
    #[expect(clippy::option_option, reason = "a missing field and `null` mean different things")]
    rate_limit: Option<Option<RateLimit>>,
}

/// Tells `null` from a missing field.
#[expect(clippy::option_option, reason = "a missing field and `null` mean different things")]
fn present<'de, D: serde::Deserializer<'de>>(
    input: D,
) -> Result<Option<Option<RateLimit>>, D::Error> {
    Option::<RateLimit>::deserialize(input).map(Some)
}

impl KeyBody {
    fn change(self) -> KeyChange {
        let rate =
            self.rate_limit.map(|limit| limit.map_or((0, 0), |limit| (limit.window, limit.count)));
        KeyChange { label: self.name, active: self.is_active, rate }
    }
}

/// Creates a key.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/keys/", tag = "keys",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = KeyBody,
    responses((status = 201, body = KeyView)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<KeyBody>,
) -> Result<(StatusCode, Json<KeyView>), ApiError> {
    let made = api
        .blocking(move |api| {
            let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
            let label = body.name.clone().unwrap_or_else(|| "Key".into());
            let key = api.database.create_key(project.id, &NewKey { label, public: None })?;
            api.database.change_key(key.id, &body.change())?;
            Ok(api.database.key(project.id, &key.public)?.unwrap_or(key))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view(&api.public_url, &made))))
}

fn find(
    api: &Api,
    caller: &Caller,
    path: &(String, String, String),
    scope: Scope,
) -> Result<Key, ApiError> {
    let (organization, project, key) = path;
    let (_, project) = enter(api, caller, organization, project, scope)?;
    api.database.key(project.id, key)?.ok_or(ApiError::NotFound)
}

/// One key.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/keys/{key}/", tag = "keys",
    params(("organization" = String, Path), ("project" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = KeyView)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, String)>,
) -> Result<Json<KeyView>, ApiError> {
    let key = api.blocking(move |api| find(api, &caller, &path, Scope::ProjectRead)).await?;
    Ok(Json(view(&api.public_url, &key)))
}

/// Changes a key.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/keys/{key}/", tag = "keys",
    params(("organization" = String, Path), ("project" = String, Path), ("key" = String, Path)),
    request_body = KeyBody, responses((status = 200, body = KeyView)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, String)>,
    Json(body): Json<KeyBody>,
) -> Result<Json<KeyView>, ApiError> {
    let key = api
        .blocking(move |api| {
            let key = find(api, &caller, &path, Scope::ProjectWrite)?;
            api.database.change_key(key.id, &body.change())?;
            Ok(api.database.key(key.project, &key.public)?.unwrap_or(key))
        })
        .await?;
    Ok(Json(view(&api.public_url, &key)))
}

/// Deletes a key: apps that use it are refused from now on.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/keys/{key}/", tag = "keys",
    params(("organization" = String, Path), ("project" = String, Path), ("key" = String, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let key = find(api, &caller, &path, Scope::ProjectAdmin)?;
        Ok(api.database.delete_key(key.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
