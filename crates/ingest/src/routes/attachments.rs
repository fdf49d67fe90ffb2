//! `/events/{event_id}/attachments/`: files for an event that was sent before.

use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use model::id::{EventId, ProjectId};
use model::intake::ItemType;
use model::json::Object;
use model::limits::{ATTACHMENTS_BYTES_MAX, ATTACHMENTS_MAX};

use super::{Answer, Arrival};
use crate::accept::{self, Load};
use crate::answer;
use crate::refusal::Refusal;
use crate::routes::built_item;

/// A file of the form.
struct File {
    header: Object<'static>,
    bytes: Bytes,
}

pub(super) async fn post(request: Arrival<'_>, project: ProjectId, event_id: &str) -> Answer {
    let visitor = request.admit(Some(project), None)?;
    let ingest = request.ingest;
    let event_id = EventId::parse(event_id).or(Err(Refusal::EventId));
    let files = match &event_id {
        Ok(_) => files(request).await,
        Err(_) => Ok(Vec::new()),
    };
    let (event_id, files) = event_id
        .and_then(|event_id| Ok((event_id, files?)))
        .inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let items = files
        .iter()
        .map(|file| built_item(ItemType::Attachment, file.header.clone(), &file.bytes))
        .collect();
    let header = format!("{{\"event_id\":\"{event_id}\"}}");
    let load = Load { event_id: Some(event_id), header_line: header.into(), items, gzip: None };
    let plan = accept::plan(ingest, &visitor, load)?;
    accept::keep(ingest, &visitor, plan).await?;
    Ok(answer::empty(StatusCode::CREATED))
}

/// The parts of the form that have a file name.
async fn files(request: Arrival<'_>) -> Result<Vec<File>, Refusal> {
    let content_type = request.parts.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default())?;
    let arrived = request.arrive(ATTACHMENTS_BYTES_MAX).await?;
    let body = Bytes::from(arrived.decoded.bytes);
    let body = stream::once(async { Ok::<_, std::convert::Infallible>(body) });
    let mut form = multer::Multipart::new(body, boundary);
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        if files.len() == ATTACHMENTS_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        let mut header = Object::new();
        header.push("filename", name);
        if let Some(content_type) = field.content_type() {
            header.push("content_type", content_type.to_string());
        }
        files.push(File { header, bytes: field.bytes().await? });
    }
    Ok(files)
}
