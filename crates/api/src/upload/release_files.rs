//! Files of a release, uploaded one by one: what sentry-cli 2 does without artifact bundles.

use axum::Json;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use meta::{NewReleaseFile, Project, ReleaseFile, StoredArtifact};
use serde::Serialize;
use serde_json::{Map, Value};
use symbols::limits;
use utoipa::ToSchema;

use super::form::{Form, Part};
use super::{Hashed, disk, download, enter, enter_to_read, hex, within};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Bytes of a file: what is read of one later.
const FILE_BYTES_MAX: u64 = limits::ARTIFACT_BYTES_MAX as u64;
/// What a form needs around its file.
const FORM_BYTES: u64 = 1024 * 1024;
/// Headers of one file.
const HEADERS_MAX: usize = 32;

/// A file of a release.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ReleaseFileView {
    pub id: String,
    pub name: String,
    pub dist: Option<String>,
    #[schema(value_type = Object)]
    pub headers: Value,
    pub size: u64,
    pub sha1: String,
    pub date_created: String,
}

fn view(found: &ReleaseFile) -> ReleaseFileView {
    let file = &found.file;
    ReleaseFileView {
        id: found.id.to_string(),
        name: file.name.clone(),
        dist: Some(&file.dist).filter(|dist| !dist.is_empty()).cloned(),
        headers: serde_json::from_str(&file.headers).unwrap_or_default(),
        size: file.artifact.size,
        sha1: hex(&file.sha1),
        date_created: time::iso(found.created),
    }
}

/// The files of a release.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/releases/{version}/files/", tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path),
        ("query" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<ReleaseFileView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ReleaseFileView>>), ApiError> {
    let page = params.page(100)?;
    let found = api.blocking(move |api| {
        let access = enter_to_read(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let contains = params.get("query").unwrap_or_default();
        Ok(api.database.release_files(project.id, &version, contains, page.into())?)
    });
    let found = found.await?;
    let link = page.link(&api.public_url, &uri, found.more);
    Ok((link, Json(found.rows.iter().map(view).collect())))
}

/// Takes a file of a release: a form with the part `file`, its address as `name`, perhaps `dist`, and any
/// number of `header` as `name:value`. One with the same name is replaced.
#[utoipa::path(post,
    path = "/api/0/projects/{organization}/{project}/releases/{version}/files/", tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path)),
    request_body(content = Object, content_type = "multipart/form-data"),
    responses((status = 201, body = ReleaseFileView), (status = 400), (status = 413),
        (status = 507)))]
pub async fn upload(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ReleaseFileView>), ApiError> {
    let project = api
        .blocking(move |api| {
            let access = enter(&api.database, &caller, &organization)?;
            access.project(&api.database, &project)
        })
        .await?;
    let _turn = api.uploads.turn().await?;
    let mut form = Form::begin(&headers, body, FILE_BYTES_MAX + FORM_BYTES).await?;
    let sent = match within(receive(&api, &mut form)).await {
        Ok(sent) => sent,
        Err(problem) => {
            form.drain().await;
            return Err(problem);
        }
    };
    let stored = api.blocking(move |api| store(api, &project, version, sent)).await?;
    Ok((StatusCode::CREATED, Json(view(&stored))))
}

/// What was in the form.
#[derive(Debug, Default)]
struct Sent {
    file: Option<(StoredArtifact, [u8; 20])>,
    file_name: String,
    name: String,
    dist: String,
    headers: Map<String, Value>,
}

async fn receive(api: &Api, form: &mut Form) -> Result<Sent, ApiError> {
    let mut sent = Sent::default();
    while let Some(part) = form.next().await? {
        match part.name() {
            "file" if sent.file.is_none() => {
                sent.file_name = part.file_name().to_owned();
                sent.file = Some(keep(api, part).await?);
            }
            "name" => sent.name = part.text().await?,
            "dist" => sent.dist = part.text().await?,
            "header" => {
                let text = part.text().await?;
                let (name, value) = text.split_once(':').ok_or_else(|| {
                    ApiError::Invalid("header value was not formatted as name:value".into())
                })?;
                if sent.headers.len() < HEADERS_MAX {
                    sent.headers.insert(name.trim().to_owned(), value.trim().into());
                }
            }
            _ => part.skip().await?,
        }
    }
    Ok(sent)
}

/// Writes the file to disk. Unless a line comes to refer to it, it is deleted after an hour.
async fn keep(api: &Api, part: Part) -> Result<(StoredArtifact, [u8; 20]), ApiError> {
    let api = api.clone();
    part.read(move |part| {
        let mut content = Hashed::new(part);
        let received = api.uploads.receive(&mut content, FILE_BYTES_MAX)?;
        let artifact = received.artifact();
        api.uploads.place(&api.database, received)?;
        Ok((artifact, content.sha1()))
    })
    .await
}

fn store(
    api: &Api,
    project: &Project,
    release: String,
    sent: Sent,
) -> Result<ReleaseFile, ApiError> {
    let (artifact, sha1) =
        sent.file.ok_or_else(|| ApiError::Invalid("Missing uploaded file".into()))?;
    let name = if sent.name.is_empty() { sent.file_name } else { sent.name };
    if name.is_empty() || name.contains(char::is_control) {
        return Err(ApiError::Invalid(
            "File name must be given, without control characters".into(),
        ));
    }
    api.database.create_release(project.organization, &release, &[project.id])?;
    Ok(api.database.add_release_file(&NewReleaseFile {
        project: project.id,
        release,
        dist: sent.dist,
        name,
        headers: Value::Object(sent.headers).to_string(),
        sha1,
        artifact,
    })?)
}

/// One file of a release: what is known of it, or with `download=1` its bytes.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/releases/{version}/files/{file}/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path),
        ("file" = String, Path), ("download" = Option<bool>, Query)),
    responses((status = 200, body = ReleaseFileView), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version, id)): Path<(String, String, String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let downloads = params.get("download").is_some();
    api.blocking(move |api| {
        let entered = if downloads { enter } else { enter_to_read };
        let access = entered(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let id = id.parse().or(Err(ApiError::NotFound))?;
        let found = api.database.release_file(project.id, &version, id)?;
        let found = found.ok_or(ApiError::NotFound)?;
        if !downloads {
            return Ok(Json(view(&found)).into_response());
        }
        let file = api.uploads.artifacts.open(&found.file.artifact.blob).map_err(disk)?;
        Ok(download::file(&found.file.name, file.ok_or(ApiError::NotFound)?))
    })
    .await
}

/// Deletes a file of a release.
#[utoipa::path(delete,
    path = "/api/0/projects/{organization}/{project}/releases/{version}/files/{file}/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path),
        ("file" = String, Path)),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version, id)): Path<(String, String, String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let id = id.parse().or(Err(ApiError::NotFound))?;
        api.database.delete_release_file(project.id, &version, id)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
