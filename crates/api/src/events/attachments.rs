//! Files that came with events. What clients sent is never shown by a browser as a page of ours.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use meta::{Attachment, Project, Scope};
use model::id::EventId;
use model::limits::ATTACHMENTS_MAX;
use serde::Serialize;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::project::enter;
use crate::state::Api;
use crate::time;

/// Bytes that are read to name the files of one event by their SHA-1; further ones get none.
const HASHED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Characters of a file name in a header.
const FILE_NAME_CHARS_MAX: usize = 200;
/// Media types that browsers only draw or print, whatever is in them.
const HARMLESS_TYPES: [&str; 5] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"];
const ANY_BYTES: &str = "application/octet-stream";

/// A file that came with an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct AttachmentView {
    pub id: String,
    pub event_id: String,
    pub r#type: String,
    pub name: String,
    pub mimetype: String,
    #[serde(rename = "dateCreated")]
    pub date_created: String,
    pub size: u64,
    #[schema(value_type = Object)]
    pub headers: Value,
    /// `None` when there is too much to read.
    pub sha1: Option<String>,
}

fn view(attachment: &Attachment, sha1: Option<String>) -> AttachmentView {
    let not_empty = Some(&attachment.content_type).filter(|text| !text.is_empty());
    let mimetype = not_empty.map_or(ANY_BYTES, String::as_str).to_owned();
    AttachmentView {
        id: attachment.id.to_string(),
        event_id: attachment.event_id.to_string(),
        r#type: attachment.kind.clone(),
        name: attachment.name.clone(),
        headers: json!({"Content-Type": mimetype}),
        mimetype,
        date_created: time::iso(attachment.created),
        size: attachment.size,
        sha1,
    }
}

/// The files of an event.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/events/{event}/attachments/", tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Vec<AttachmentView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Json<Vec<AttachmentView>>, ApiError> {
    let event = EventId::parse(&event).or(Err(ApiError::NotFound))?;
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::EventRead)?;
        let found = api.database.attachments(project.id, event)?;
        let mut budget = HASHED_BYTES_MAX;
        let hashed = found.iter().enumerate().map(|(place, attachment)| {
            let affordable = place < ATTACHMENTS_MAX && attachment.size <= budget;
            budget = budget.saturating_sub(if affordable { attachment.size } else { 0 });
            view(attachment, affordable.then(|| sha1(api, attachment)).flatten())
        });
        Ok(hashed.collect())
    });
    Ok(Json(shown.await?))
}

/// SHA-1 of a file's content, under which Sentry's clients know files. A list is worth more than
/// this, so a disk that does not answer only costs the hash.
fn sha1(api: &Api, attachment: &Attachment) -> Option<String> {
    let bytes = api.blobs.read(&attachment.blob);
    let bytes = bytes.inspect_err(|problem| {
        tracing::warn!(%problem, attachment = attachment.id, "an attachment cannot be read");
    });
    Some(format!("{:x}", Sha1::digest(bytes.ok()?)))
}

/// The file that a path names. Blocks.
fn find(
    api: &Api,
    caller: &Caller,
    (organization, project, event, id): &(String, String, String, String),
    scope: Scope,
) -> Result<(Project, Attachment), ApiError> {
    let (_, project) = enter(api, caller, organization, project, scope)?;
    let (Ok(event), Ok(id)) = (EventId::parse(event), id.parse()) else {
        return Err(ApiError::NotFound);
    };
    let found = api.database.attachment(project.id, id)?;
    let found = found.filter(|attachment| attachment.event_id == event);
    Ok((project, found.ok_or(ApiError::NotFound)?))
}

/// One file: what is known of it, or with `download=1` its bytes.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/events/{event}/attachments/{attachment}/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path),
        ("attachment" = String, Path), ("download" = Option<bool>, Query)),
    responses((status = 200, body = AttachmentView), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let downloads = params.get("download").is_some();
    api.blocking(move |api| {
        let (_, attachment) = find(api, &caller, &path, Scope::EventRead)?;
        if !downloads {
            let sha1 = (attachment.size <= HASHED_BYTES_MAX).then(|| sha1(api, &attachment));
            return Ok(Json(view(&attachment, sha1.flatten())).into_response());
        }
        let bytes = api.blobs.read(&attachment.blob).map_err(ApiError::internal)?;
        Ok(download(&attachment, bytes))
    })
    .await
}

/// Deletes a file. Its bytes go when nothing else needs them and the blob store is tidied.
#[utoipa::path(delete,
    path = "/api/0/projects/{organization}/{project}/events/{event}/attachments/{attachment}/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path),
        ("attachment" = String, Path)),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (project, attachment) = find(api, &caller, &path, Scope::EventAdmin)?;
        api.database.delete_attachment(project.id, attachment.id)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

fn download(attachment: &Attachment, bytes: Vec<u8>) -> Response {
    let disposition = HeaderValue::from_str(&disposition(&attachment.name));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(&attachment.content_type))),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    (headers, bytes).into_response()
}

/// The type a file is given out as.
fn media_type(sent: &str) -> &'static str {
    let essence = sent.split(';').next().unwrap_or_default().trim();
    let known = HARMLESS_TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(essence));
    known.unwrap_or(ANY_BYTES)
}

/// A `Content-Disposition` that saves under the last part of a file's name: once in ASCII for old
/// clients, once exactly.
///
/// Source: RFC 6266 and the characters of RFC 5987.
pub(crate) fn disposition(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let printable = last.chars().filter(|character| !character.is_control());
    let name: String = printable.take(FILE_NAME_CHARS_MAX).collect();
    let has_name = !name.trim_matches(['.', ' ']).is_empty();
    let name = if has_name { name.as_str() } else { "attachment" };
    let plain = |character: char| match character {
        '"' | '%' | ';' => '_',
        ' '..='~' => character,
        _ => '_',
    };
    let ascii: String = name.chars().map(plain).collect();
    let exact = |byte: u8| {
        let is_plain = byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
        if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let exact = name.bytes().map(exact).collect::<Vec<_>>().concat();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, ascii: &str, exact: &str) {
        let expected = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{exact}");
        assert_eq!(disposition(name), expected, "{name}");
    }

    #[test]
    fn file_names_cannot_leave_their_header_or_folder() {
        check("log.txt", "log.txt", "log.txt");
        check("../../etc/passwd", "passwd", "passwd");
        check("C:\\x\\a b.dmp", "a b.dmp", "a%20b.dmp");
        check(
            "a\"; x=\"\r\nSet-Cookie: y",
            "a__ x=_Set-Cookie: y",
            "a%22%3B%20x%3D%22Set-Cookie%3A%20y",
        );
        check("grüße.png", "gr__e.png", "gr%C3%BC%C3%9Fe.png");
        check("..", "attachment", "attachment");
        check("", "attachment", "attachment");
    }

    #[test]
    fn only_harmless_types_keep_their_type() {
        assert_eq!(media_type("image/PNG; x=y"), "image/png");
        for sent in ["text/html", "image/svg+xml", "application/xhtml+xml", ""] {
            assert_eq!(media_type(sent), ANY_BYTES, "{sent}");
        }
    }
}
