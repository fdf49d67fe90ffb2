//! Debug files of native programs and mappings of shortened names: put together, listed, deleted.

use std::collections::BTreeMap;
use std::io::Read;

use axum::Json;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use meta::{DebugFile, Meta, NewDebugFile, Project, Renewable, StoredArtifact};
use model::id::{OrganizationId, ProjectId};
use model::limits::ARTIFACT_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use symbols::bundle::Archive;
use symbols::{DebugId, DebugIdError};
use utoipa::ToSchema;

use super::assembly::{Assembled, Job, Outcome, Target, Whole, deadline};
use super::content::{FileAt, identify};
use super::form::{Form, PartReader};
use super::{Hashed, disk, download, enter, enter_to_read, hex, within};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Files in one request to assemble.
const FILES_MAX: usize = 5_000;
/// Bytes of such a request.
pub(crate) const ASSEMBLE_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Files in one ZIP.
const ZIP_FILES_MAX: usize = 1_000;
/// What a form needs around its file.
const FORM_BYTES: u64 = 1024 * 1024;

/// Media types of the kinds of debug files. Source: Sentry's `KNOWN_DIF_FORMATS`.
const MEDIA_TYPES: [(&str, &str); 14] = [
    ("breakpad", "text/x-breakpad"),
    ("macho", "application/x-mach-binary"),
    ("elf", "application/x-elf-binary"),
    ("pe", "application/x-dosexec"),
    ("pdb", "application/x-ms-pdb"),
    ("portablepdb", "application/x-portable-pdb"),
    ("wasm", "application/wasm"),
    ("proguard", "text/x-proguard+plain"),
    ("sourcebundle", "application/x-sentry-bundle+zip"),
    ("bcsymbolmap", "application/x-bcsymbolmap"),
    ("uuidmap", "application/x-debugid-map"),
    ("il2cpp", "application/x-il2cpp-json"),
    ("dartsymbolmap", "application/x-dartsymbolmap+json"),
    ("", "application/octet-stream"),
];

/// Where a debug file is to belong.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DebugFileTarget {
    project: ProjectId,
    name: String,
    debug_id: Option<DebugId>,
}

/// A debug file that is to be made of pieces.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssembleDebugFile {
    /// Its file name.
    pub name: String,
    /// Its debug id, where the client knows it.
    #[serde(default)]
    pub debug_id: Option<String>,
    /// SHA-1 of its pieces, in order.
    pub chunks: Vec<String>,
}

/// What the assembly of a debug file has come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssembledDebugFile {
    /// How far it is.
    #[serde(flatten)]
    pub assembled: Assembled,
    /// The file, once it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dif: Option<DebugFileView>,
}

/// A debug file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct DebugFileView {
    pub id: String,
    pub uuid: String,
    pub debug_id: String,
    pub code_id: Option<String>,
    pub cpu_name: String,
    pub object_name: String,
    pub symbol_type: String,
    #[schema(value_type = Object)]
    pub headers: BTreeMap<&'static str, &'static str>,
    pub size: u64,
    pub sha1: String,
    pub date_created: String,
    #[schema(value_type = Object)]
    pub data: Value,
}

fn view(found: &DebugFile) -> DebugFileView {
    let file = &found.file;
    let media_type = MEDIA_TYPES.iter().find(|(format, _)| *format == file.format);
    let media_type = media_type.map_or("application/octet-stream", |(_, media_type)| *media_type);
    DebugFileView {
        id: found.id.to_string(),
        // Without the age, as the field was before there were ages.
        uuid: file.debug_id.get(..36).unwrap_or(&file.debug_id).to_owned(),
        debug_id: file.debug_id.clone(),
        code_id: file.code_id.clone(),
        cpu_name: file.cpu.clone(),
        object_name: file.name.clone(),
        symbol_type: file.format.clone(),
        headers: BTreeMap::from([("Content-Type", media_type)]),
        size: file.artifact.size,
        sha1: hex(&file.sha1),
        date_created: time::iso(found.created),
        data: serde_json::from_str(&file.data).unwrap_or_default(),
    }
}

/// Makes debug files of pieces, or says which are missing. Keys are the SHA-1 of whole files. May be asked
/// any number of times.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/files/difs/assemble/",
    tag = "uploads", params(("organization" = String, Path), ("project" = String, Path)),
    request_body = BTreeMap<String, AssembleDebugFile>,
    responses((status = 200, body = BTreeMap<String, AssembledDebugFile>), (status = 400),
        (status = 503)))]
pub async fn assemble(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<BTreeMap<String, AssembleDebugFile>>,
) -> Result<Json<BTreeMap<String, AssembledDebugFile>>, ApiError> {
    if body.len() > FILES_MAX {
        return Err(ApiError::Invalid(format!("More than {FILES_MAX} files in one request")));
    }
    let project = api
        .blocking(move |api| {
            let access = enter(&api.database, &caller, &organization)?;
            access.project(&api.database, &project)
        })
        .await?;
    let mut jobs = Vec::with_capacity(body.len());
    for (checksum, file) in body {
        let job = job(project.organization, project.id, &checksum, file)?;
        jobs.push((checksum, job));
    }
    // Those that take long go on beside each other while the answers are gathered.
    let deadline = deadline();
    let mut answers = BTreeMap::new();
    let mut pending = Vec::new();
    for (checksum, job) in jobs {
        pending.push((checksum, job.sha1, api.begin(job).await?));
    }
    for (checksum, sha1, step) in pending {
        let assembled = Assembled::of(api.end(step, deadline).await)?;
        let stored = api.meta(move |database| database.debug_files_of(project.id, sha1)).await?;
        let dif = stored.first().map(view);
        answers.insert(checksum, AssembledDebugFile { assembled, dif });
    }
    Ok(Json(answers))
}

fn job(
    organization: OrganizationId,
    project: ProjectId,
    checksum: &str,
    file: AssembleDebugFile,
) -> Result<Job, ApiError> {
    let debug_id = file.debug_id.filter(|text| !text.is_empty());
    let debug_id = debug_id.map(|text| text.parse()).transpose();
    let debug_id =
        debug_id.map_err(|DebugIdError| ApiError::Invalid("debug_id is not a debug id".into()))?;
    let target = Target::DebugFile(DebugFileTarget { project, name: file.name, debug_id });
    Job::new(organization, checksum, &file.chunks, target)
}

impl DebugFileTarget {
    /// Whether the file is stored already; if so, it stays for another retention time. Blocks.
    pub(super) fn known(&self, database: &Meta, job: &Job) -> Result<bool, ApiError> {
        let found = database.debug_files_of(self.project, job.sha1)?;
        for file in &found {
            database.renew_artifact(self.project, Renewable::DebugFile(file.id))?;
        }
        Ok(!found.is_empty())
    }

    /// Looks a file through and stores it, or says what is wrong with it. Blocks.
    pub(super) fn assemble(
        &self,
        api: &Api,
        job: &Job,
        whole: Whole,
        store: impl FnOnce(&Api) -> Result<(), ApiError>,
    ) -> Result<Outcome, ApiError> {
        let file = FileAt::new(whole.file).map_err(disk)?;
        let found = match identify(file, &self.name, self.debug_id) {
            Ok(found) => found,
            Err(problem) => return Ok(Outcome::Broken(problem)),
        };
        store(api)?;
        let new = blank(self.project, job.sha1, whole.artifact);
        let files: Vec<_> = found.into_iter().map(|found| found.in_place_of(&new)).collect();
        api.database.add_debug_files(&files)?;
        Ok(Outcome::Done)
    }
}

/// A debug file of which nothing is known yet but its bytes.
fn blank(project: ProjectId, sha1: [u8; 20], artifact: StoredArtifact) -> NewDebugFile {
    NewDebugFile {
        project,
        sha1,
        artifact,
        debug_id: String::new(),
        code_id: None,
        format: String::new(),
        name: String::new(),
        cpu: String::new(),
        data: String::new(),
    }
}

/// The debug files of a project, newest first; with `id`, the bytes of one.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/files/dsyms/", tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path),
        ("query" = Option<String>, Query), ("debug_id" = Option<String>, Query),
        ("code_id" = Option<String>, Query), ("id" = Option<u64>, Query),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<DebugFileView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, ApiError> {
    let page = params.page(20)?;
    if let Some(id) = params.get("id") {
        let id = id.parse().or(Err(ApiError::NotFound))?;
        return one(&api, caller, (organization, project), id).await;
    }
    let found = api.blocking(move |api| {
        let access = enter_to_read(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let debug_id = params.get("debug_id").and_then(|id| id.parse::<DebugId>().ok());
        let (debug_id, code_id) = (debug_id.map(|id| id.to_string()), params.get("code_id"));
        if debug_id.is_some() || code_id.is_some() {
            let with = api.database.debug_files_with(project.id, debug_id.as_deref(), code_id)?;
            return Ok(meta::Listed { rows: with, more: false });
        }
        let query = params.get("query").unwrap_or_default();
        let query = query.parse::<DebugId>().map_or_else(|_| query.to_owned(), |id| id.to_string());
        Ok(api.database.debug_files(project.id, &query, page.into())?)
    });
    let found = found.await?;
    let link = page.link(&api.public_url, &uri, found.more);
    Ok((link, Json(found.rows.iter().map(view).collect::<Vec<_>>())).into_response())
}

async fn one(
    api: &Api,
    caller: Caller,
    (organization, project): (String, String),
    id: u64,
) -> Result<Response, ApiError> {
    api.blocking(move |api| {
        let access = enter(&api.database, &caller, &organization)?;
        let project = access.project(&api.database, &project)?;
        let found = api.database.debug_file(project.id, id)?.ok_or(ApiError::NotFound)?;
        let file = api.uploads.artifacts.open(&found.file.artifact.blob).map_err(disk)?;
        Ok(download::file(&found.file.name, file.ok_or(ApiError::NotFound)?))
    })
    .await
}

/// Deletes a debug file: `id` says which.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/files/dsyms/",
    tag = "uploads",
    params(("organization" = String, Path), ("project" = String, Path), ("id" = u64, Query)),
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
        let id = params.number("id").ok_or(ApiError::NotFound)?;
        api.database.delete_debug_file(project.id, id)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Takes debug files in a ZIP, or a single one: a form with the part `file`.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/files/dsyms/",
    tag = "uploads", params(("organization" = String, Path), ("project" = String, Path)),
    request_body(content = Object, content_type = "multipart/form-data"),
    responses((status = 201, body = Vec<DebugFileView>), (status = 400), (status = 413),
        (status = 507)))]
pub async fn upload(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Vec<DebugFileView>>), ApiError> {
    let project = api
        .blocking(move |api| {
            let access = enter(&api.database, &caller, &organization)?;
            access.project(&api.database, &project)
        })
        .await?;
    let _turn = api.uploads.turn().await?;
    let mut form = Form::begin(&headers, body, ARTIFACT_BYTES_MAX + FORM_BYTES).await?;
    match within(receive(&api, &project, &mut form)).await {
        Ok(stored) => Ok((StatusCode::CREATED, Json(stored.iter().map(view).collect()))),
        Err(problem) => {
            form.drain().await;
            Err(problem)
        }
    }
}

async fn receive(
    api: &Api,
    project: &Project,
    form: &mut Form,
) -> Result<Vec<DebugFile>, ApiError> {
    while let Some(part) = form.next().await? {
        if part.name() != "file" {
            part.skip().await?;
            continue;
        }
        let (api, project, name) = (api.clone(), project.id, part.file_name().to_owned());
        return part.read(move |part| store(&api, project, &name, part)).await;
    }
    Err(ApiError::Invalid("Missing uploaded file".into()))
}

/// Stores a debug file, or those in a ZIP: all, or none where one is broken. Blocks.
fn store(
    api: &Api,
    project: ProjectId,
    name: &str,
    part: PartReader,
) -> Result<Vec<DebugFile>, ApiError> {
    let uploads = &api.uploads;
    let mut content = Hashed::new(part);
    let received = uploads.receive(&mut content, ARTIFACT_BYTES_MAX)?;
    let sha1 = content.sha1();
    // Only now: a slow client must not keep others from theirs.
    let _heavy = tokio::runtime::Handle::current().block_on(uploads.heavy_turn())?;
    let mut magic = Vec::new();
    received.open().and_then(|file| file.take(4).read_to_end(&mut magic)).map_err(disk)?;
    let files = if magic == b"PK\x03\x04" {
        let archive = FileAt::new(received.open().map_err(disk)?).map_err(disk)?;
        unpack(api, project, &archive)?
    } else {
        let file = FileAt::new(received.open().map_err(disk)?).map_err(disk)?;
        let found = identify(file, name, None).map_err(ApiError::Invalid)?;
        let new = blank(project, sha1, received.artifact());
        uploads.place(&api.database, received)?;
        found.into_iter().map(|found| found.in_place_of(&new)).collect()
    };
    api.database.add_debug_files(&files)?;
    let mut stored = Vec::new();
    for file in &files {
        stored.extend(api.database.debug_files_of(project, file.sha1)?);
    }
    stored.dedup_by_key(|file| file.id);
    Ok(stored)
}

/// Stores the bytes of the files in a ZIP. What is in there that is no debug file is left out.
fn unpack(api: &Api, project: ProjectId, zip: &FileAt) -> Result<Vec<NewDebugFile>, ApiError> {
    let broken = |problem| ApiError::Invalid(crate::error::causes(&problem));
    let archive = Archive::open(zip).map_err(broken)?;
    if archive.len() > ZIP_FILES_MAX {
        let sentence =
            format!("The ZIP holds {} files, {ZIP_FILES_MAX} are allowed", archive.len());
        return Err(ApiError::Invalid(sentence));
    }
    let mut files = Vec::new();
    for path in archive.paths().filter(|path| !path.ends_with('/')) {
        let bytes = archive.read(path).map_err(broken)?;
        let mut content = Hashed::new(bytes.as_slice());
        let received = api.uploads.receive(&mut content, ARTIFACT_BYTES_MAX)?;
        let new = blank(project, content.sha1(), received.artifact());
        let file = FileAt::new(received.open().map_err(disk)?).map_err(disk)?;
        let Ok(found) = identify(file, path, None) else { continue };
        api.uploads.place(&api.database, received)?;
        files.extend(found.into_iter().map(|found| found.in_place_of(&new)));
    }
    if files.is_empty() {
        return Err(ApiError::Invalid("The ZIP holds no debug file".into()));
    }
    Ok(files)
}
