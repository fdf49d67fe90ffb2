//! Bundles as people see them: which there are, what is in them, and which one an event would use.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use meta::{Bundle, BundleFile, FoundFile, Meta, Project, UploadedTo};
use serde::Serialize;
use symbols::DebugId;
use symbols::bundle::{self, Kind};
use symbols::url::candidates;
use utoipa::ToSchema;

use super::content::FileAt;
use super::{disk, download, enter, enter_to_read};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// A release and distribution that a bundle is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct Association {
    pub release: Option<String>,
    pub dist: Option<String>,
}

/// A bundle.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's, with its size")]
pub struct BundleView {
    pub bundle_id: String,
    pub associations: Vec<Association>,
    pub date: String,
    pub date_modified: String,
    pub date_last_used: Option<String>,
    pub file_count: u64,
    pub size: u64,
}

/// A file of a bundle.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's, with the URL")]
pub struct BundleFileView {
    pub id: String,
    pub file_path: String,
    pub url: Option<String>,
    pub file_type: String,
    pub file_size: u64,
    pub debug_id: Option<String>,
    pub sourcemap: Option<String>,
}

/// A bundle with a page of its files.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct BundleDetail {
    #[serde(flatten)]
    pub bundle: BundleView,
    pub files: Vec<BundleFileView>,
}

/// A file that Symbolicator, or who else asks, would use.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct Found {
    pub id: String,
    pub r#type: &'static str,
    pub url: String,
    pub resolved_with: &'static str,
}

fn view(found: &Bundle) -> BundleView {
    let some = |text: &String| Some(text).filter(|text| !text.is_empty()).cloned();
    let association =
        |to: &UploadedTo| Association { release: some(&to.release), dist: some(&to.dist) };
    let is_named = |to: &&UploadedTo| !to.release.is_empty() || !to.dist.is_empty();
    BundleView {
        bundle_id: found.name.clone(),
        associations: found.uploaded_to.iter().filter(is_named).map(association).collect(),
        date: time::iso(found.created),
        date_modified: time::iso(found.uploaded),
        date_last_used: Some(found.used).filter(|used| used.0 > 0).map(time::iso),
        file_count: found.files,
        size: found.artifact.size,
    }
}

fn file_view(found: &BundleFile) -> BundleFileView {
    let file = &found.file;
    BundleFileView {
        id: found.id.to_string(),
        file_path: file.path.clone(),
        url: file.url.clone(),
        file_type: file.kind.clone(),
        file_size: file.size,
        debug_id: file.debug_id.clone(),
        sourcemap: file.source_map.clone(),
    }
}

/// The artifact bundles of a project, newest first. The query is part of a release or URL, a debug id, or
/// the id of a bundle.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/files/artifact-bundles/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path),
        ("query" = Option<String>, Query), ("per_page" = Option<usize>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<BundleView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<BundleView>>), ApiError> {
    let page = params.page(20)?;
    let found = api.blocking(move |api| {
        let access = enter_to_read(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let query = canonical(params.get("query").unwrap_or_default());
        Ok(api.database.bundles(project.id, &query, page.into())?)
    });
    let found = found.await?;
    let link = page.link(&api.public_url, &uri, found.more);
    Ok((link, Json(found.rows.iter().map(view).collect())))
}

/// Takes an artifact bundle away from a project: `bundleId` says which.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/files/artifact-bundles/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("bundleId" = String, Query)),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let name = params.get("bundleId").unwrap_or_default();
        let bundle = named(&api.database, &project, name)?;
        api.database.remove_bundle(project.id, bundle.id)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// What is in an artifact bundle.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/artifact-bundles/{bundle}/files/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("bundle" = String, Path),
        ("query" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = BundleDetail), (status = 404)))]
pub async fn files(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, name)): Path<(String, String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<BundleDetail>), ApiError> {
    let page = params.page(50)?;
    let (bundle, found) = api
        .blocking(move |api| {
            let access = enter_to_read(&api.database, &caller, &organization)?;
            let project = access.project(&api.database, &project)?;
            let bundle = named(&api.database, &project, &name)?;
            let query = canonical(params.get("query").unwrap_or_default());
            let files = api.database.bundle_files(bundle.id, &query, page.into())?;
            Ok((view(&bundle), files))
        })
        .await?;
    let link = page.link(&api.public_url, &uri, found.more);
    Ok((link, Json(BundleDetail { bundle, files: found.rows.iter().map(file_view).collect() })))
}

/// One file of an artifact bundle: its bytes.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/artifact-bundles/{bundle}/files/{file}/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("bundle" = String, Path),
        ("file" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub async fn file(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, name, id)): Path<(String, String, String, String)>,
) -> Result<Response, ApiError> {
    api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let found = named(&api.database, &project, &name)?;
        let id = id.parse().or(Err(ApiError::NotFound))?;
        let entry = api.database.bundle_file(found.id, id)?.ok_or(ApiError::NotFound)?;
        let stored = api.uploads.artifacts.open(&found.artifact.blob).map_err(disk)?;
        let stored = FileAt::new(stored.ok_or(ApiError::NotFound)?).map_err(disk)?;
        let archive = bundle::Archive::open(stored).map_err(ApiError::internal)?;
        let bytes = archive.read(&entry.file.path).map_err(ApiError::internal)?;
        Ok(download::bytes(&entry.file.path, bytes))
    })
    .await
}

/// Which uploaded files an event would use: by `debug_id`, else by `url`, `release` and `dist`. With
/// `download`, the bytes of one of them.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/files/artifact-lookup/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path),
        ("debug_id" = Option<String>, Query), ("url" = Option<Vec<String>>, Query),
        ("release" = Option<String>, Query), ("dist" = Option<String>, Query),
        ("download" = Option<String>, Query)),
    responses((status = 200, body = Vec<Found>), (status = 404)))]
pub async fn lookup(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, ApiError> {
    api.blocking(move |api| {
        if let Some(wanted) = params.get("download") {
            let access = enter(&api.database, &caller, &organization)?;
            let project = access.project(&api.database, &project)?;
            return fetch(api, &project, wanted);
        }
        let access = enter_to_read(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let found = look_up(&api.database, &project, &params)?;
        let found = found.map(|(id, r#type, resolved_with)| Found {
            url: format!("{}{}?download={id}", api.public_url, uri.path()),
            id,
            r#type,
            resolved_with,
        });
        Ok(Json(found.into_iter().collect::<Vec<_>>()).into_response())
    })
    .await
}

type Answer = (String, &'static str, &'static str);

/// The best answer to a lookup: what it is called, its type, and what it was found by. Blocks.
fn look_up(
    database: &Meta,
    project: &Project,
    params: &Params,
) -> Result<Option<Answer>, ApiError> {
    let bundle = |found: FoundFile, by| (format!("artifact_bundle/{}", found.bundle), "bundle", by);
    if let Some(id) = params.get("debug_id").and_then(|id| id.parse::<DebugId>().ok()) {
        for kind in [Kind::MinifiedSource, Kind::SourceMap, Kind::Source] {
            let id = id.to_string();
            let found = database.bundle_file_by_debug_id(project.id, &id, kind.as_str())?;
            if let Some(found) = found {
                return Ok(Some(bundle(found, "debug-id")));
            }
        }
    }
    let urls: Vec<String> = params.all("url").flat_map(candidates).take(URLS_MAX).collect();
    let release = params.get("release").filter(|release| !release.is_empty());
    let (Some(release), false) = (release, urls.is_empty()) else { return Ok(None) };
    let of = (release, params.get("dist").unwrap_or_default());
    if let Some(found) = database.bundle_file_by_url(project.id, of, &urls)? {
        return Ok(Some(bundle(found, "release")));
    }
    let found = database.release_file_by_url(project.id, of, &urls)?;
    Ok(found.map(|found| (format!("release_file/{}", found.id), "file", "release-old")))
}

/// URLs of one lookup.
const URLS_MAX: usize = 100;

/// The bytes of what a lookup has answered.
fn fetch(api: &Api, project: &Project, wanted: &str) -> Result<Response, ApiError> {
    let (kind, id) = wanted.split_once('/').ok_or(ApiError::NotFound)?;
    let id: u64 = id.parse().or(Err(ApiError::NotFound))?;
    let database = &api.database;
    let found = match kind {
        "artifact_bundle" => {
            let found = database.bundle(project.id, id)?;
            found.map(|found| (format!("{}.zip", found.name), found.artifact))
        }
        "release_file" => {
            let found = database.release_file_by_id(project.id, id)?;
            found.map(|found| (found.file.name, found.file.artifact))
        }
        _ => None,
    };
    let (name, artifact) = found.ok_or(ApiError::NotFound)?;
    let file = api.uploads.artifacts.open(&artifact.blob).map_err(disk)?;
    Ok(download::file(&name, file.ok_or(ApiError::NotFound)?))
}

fn named(database: &Meta, project: &Project, name: &str) -> Result<Bundle, ApiError> {
    database.bundle_named(project.id, &canonical(name))?.ok_or(ApiError::NotFound)
}

/// A debug id in canonical form; other texts as they are.
fn canonical(text: &str) -> String {
    text.trim().parse::<DebugId>().map_or_else(|_| text.to_owned(), |id| id.to_string())
}
