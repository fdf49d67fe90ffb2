//! Pieces of files: how clients are to send them, and their arrival.

use std::io::Read;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use flate2::read::GzDecoder;
use model::id::OrganizationId;
use model::limits::{ARTIFACT_BYTES_MAX, CHUNK_BYTES};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::form::{Form, Part};
use super::limits::{CHUNKS_PER_REQUEST_MAX, CHUNKS_WAITING_BYTES_MAX, UPLOAD_BYTES_MAX};
use super::{Hashed, enter, hex, parse_sha1, within};
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::state::Api;

/// What a form needs around its pieces.
const FORM_BYTES: u64 = 1024 * 1024;
/// Requests that a client may have under way at once.
const CONCURRENCY: u64 = 8;
/// What can be uploaded. Older clients do without what is missing here.
const ACCEPT: [&str; 10] = [
    "debug_files",
    "release_files",
    "pdbs",
    "sources",
    "bcsymbolmaps",
    "il2cpp",
    "portablepdbs",
    "artifact_bundles",
    "artifact_bundles_v2",
    "proguard",
];

/// How to upload.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChunkOptions {
    /// Where pieces go.
    pub url: String,
    /// Bytes of a piece; the last one of a file may have fewer.
    pub chunk_size: u64,
    /// Pieces in a request.
    pub chunks_per_request: u64,
    /// Bytes of a whole file.
    pub max_file_size: u64,
    /// Bytes of a request.
    pub max_request_size: u64,
    /// Seconds a client may wait for an assembly; 0 for its own default.
    pub max_wait: u64,
    /// Requests under way at once.
    pub concurrency: u64,
    /// How pieces are named.
    pub hash_algorithm: &'static str,
    /// How pieces may be compressed.
    pub compression: [&'static str; 1],
    /// What can be uploaded.
    pub accept: [&'static str; 10],
}

/// How to upload pieces of files.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/chunk-upload/", tag = "uploads",
    params(("organization" = String, Path)), responses((status = 200, body = ChunkOptions)))]
pub async fn options(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<ChunkOptions>, ApiError> {
    let access = api.blocking(move |api| enter(&api.database, &caller, &organization)).await?;
    let slug = &access.organization.slug;
    Ok(Json(ChunkOptions {
        url: format!("{}/api/0/organizations/{slug}/chunk-upload/", api.public_url),
        chunk_size: CHUNK_BYTES,
        chunks_per_request: CHUNKS_PER_REQUEST_MAX,
        max_file_size: ARTIFACT_BYTES_MAX,
        max_request_size: UPLOAD_BYTES_MAX,
        max_wait: 0,
        concurrency: CONCURRENCY,
        hash_algorithm: "sha1",
        compression: ["gzip"],
        accept: ACCEPT,
    }))
}

/// Takes pieces of files: a form with parts `file_gzip` or `file`, each named by the SHA-1 of the piece
/// before compression.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/chunk-upload/", tag = "uploads",
    params(("organization" = String, Path)),
    request_body(content = Object, content_type = "multipart/form-data"),
    responses((status = 200, body = Object), (status = 400), (status = 413), (status = 503),
        (status = 507)))]
pub async fn upload(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let access = api.blocking(move |api| enter(&api.database, &caller, &organization)).await?;
    let _turn = api.uploads.turn().await?;
    let mut form = Form::begin(&headers, body, UPLOAD_BYTES_MAX + FORM_BYTES).await?;
    if let Err(problem) = within(receive(&api, &access, &mut form)).await {
        form.drain().await;
        return Err(problem);
    }
    Ok(Json(json!({})))
}

async fn receive(api: &Api, access: &Access, form: &mut Form) -> Result<(), ApiError> {
    let mut count = 0;
    while let Some(part) = form.next().await? {
        let is_gzip = match part.name() {
            "file_gzip" => true,
            "file" => false,
            _ => {
                part.skip().await?;
                continue;
            }
        };
        count += 1;
        if count > CHUNKS_PER_REQUEST_MAX {
            let sentence = format!("More than {CHUNKS_PER_REQUEST_MAX} chunks in one request");
            return Err(ApiError::Invalid(sentence));
        }
        one(api, access.organization.id, part, is_gzip).await?;
    }
    Ok(())
}

async fn one(
    api: &Api,
    organization: OrganizationId,
    part: Part,
    is_gzip: bool,
) -> Result<(), ApiError> {
    let sha1 = parse_sha1(part.file_name()).ok_or_else(|| {
        ApiError::Invalid("The name of a chunk must be its SHA-1 in hexadecimal digits".into())
    })?;
    let known = api.meta(move |database| database.chunks(organization, &[sha1])).await?;
    if !known.is_empty() {
        return part.skip().await;
    }
    let api = api.clone();
    part.read(move |part| {
        if is_gzip {
            store(&api, organization, sha1, GzDecoder::new(part))
        } else {
            store(&api, organization, sha1, part)
        }
    })
    .await
}

/// Stores one piece, if its SHA-1 is right. Blocks.
fn store(
    api: &Api,
    organization: OrganizationId,
    sha1: [u8; 20],
    content: impl Read,
) -> Result<(), ApiError> {
    let name = hex(&sha1);
    if !api.database.has_room_for_chunk(organization, CHUNK_BYTES, CHUNKS_WAITING_BYTES_MAX)? {
        let sentence = "Too much was uploaded that no file was made of. Wait a day.";
        return Err(ApiError::Full(sentence.into()));
    }
    let mut content = Hashed::new(content);
    let received =
        api.uploads.receive(&mut content, CHUNK_BYTES).map_err(|problem| match problem {
            ApiError::Invalid(what) => ApiError::Invalid(format!("Chunk {name}: {what}")),
            ApiError::TooLarge(what) => ApiError::TooLarge(format!("Chunk {name}: {what}")),
            problem => problem,
        })?;
    let found = content.sha1();
    if found != sha1 {
        let found = hex(&found);
        return Err(ApiError::Invalid(format!("Chunk {name} has the checksum {found}")));
    }
    let artifact = received.artifact();
    api.uploads.place(&api.database, received)?;
    Ok(api.database.add_chunk(organization, sha1, artifact)?)
}
