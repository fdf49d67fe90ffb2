//! `/events/{event_id}/attachments/`: files for an event that was sent before.

use bytes::Bytes;
use http::StatusCode;
use model::id::{EventId, ProjectId};
use model::intake::ItemType;
use model::limits::ATTACHMENTS_BYTES_MAX;

use super::{Answer, Arrival};
use crate::accept::{self, Load};
use crate::answer;
use crate::body::Share;
use crate::form::{self, File};
use crate::refusal::Refusal;
use crate::routes::built_item;

pub(super) async fn post(request: Arrival<'_>, project: ProjectId, event_id: &str) -> Answer {
    let visitor = request.admit(Some(project), None)?;
    let ingest = request.ingest;
    let event_id = EventId::parse(event_id).or(Err(Refusal::EventId));
    let files = match &event_id {
        Ok(_) => files(request).await.map(Some),
        Err(_) => Ok(None),
    };
    let (event_id, files) = event_id
        .and_then(|event_id| Ok((event_id, files?)))
        .inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let files = files.iter().flat_map(|(files, _share)| files);
    let items =
        files.map(|file| built_item(ItemType::Attachment, file.header(), &file.bytes)).collect();
    let header = format!("{{\"event_id\":\"{event_id}\"}}");
    let load = Load { event_id: Some(event_id), header_line: header.into(), items, gzip: None };
    let plan = accept::plan(ingest, &visitor, load)?;
    accept::keep(ingest, &visitor, plan).await?;
    Ok(answer::empty(StatusCode::CREATED))
}

/// The parts of the form that have a file name, and what they hold of the memory for requests.
async fn files(request: Arrival<'_>) -> Result<(Vec<File>, Share), Refusal> {
    let boundary = form::boundary(request.content_type())?;
    let arrived = request.arrive(ATTACHMENTS_BYTES_MAX).await?;
    let (bytes, mut share) = (arrived.decoded.bytes, arrived.share);
    // The parts are copies.
    if !share.take(bytes.len()) {
        return Err(Refusal::Busy);
    }
    let form = form::read(Bytes::from(bytes), boundary, "").await?;
    Ok((form.files, share))
}
