//! `/embed/error-page/`: the form that `showReportDialog()` of the browser SDKs opens, and what
//! people write into it.
//!
//! The script is the same for everybody and reads what to show from its own address, so no word of a
//! request is ever written into code.

use std::str::FromStr;

use model::id::EventId;
use model::intake::ItemType;
use model::json::Object;
use model::json_text;
use model::limits::STORE_BYTES_MAX;
use wire::auth::{AuthError, Credentials};
use wire::dsn::Dsn;
use wire::query_string;

use super::{Answer, Arrival};
use crate::accept::{self, Load};
use crate::admission::{Visitor, admit};
use crate::answer;
use crate::refusal::Refusal;
use crate::routes::built_item;

const SCRIPT: &str = include_str!("error_page.js");

/// The form, for clients that may send what is written into it.
pub(super) fn script(request: &Arrival<'_>) -> Answer {
    enter(request)?;
    Ok(answer::script(SCRIPT))
}

/// Takes a filled-in form as a user report.
pub(super) async fn report(request: Arrival<'_>) -> Answer {
    let (visitor, event_id) = enter(&request)?;
    let ingest = request.ingest;
    let arrived = match request.media_type() {
        "application/x-www-form-urlencoded" => request.arrive(STORE_BYTES_MAX).await,
        _ => Err(Refusal::MediaType),
    };
    let payload = arrived.and_then(|arrived| payload(event_id, &arrived.decoded.bytes));
    let payload = payload.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let item = built_item(ItemType::UserReport, Object::new(), &payload);
    let header_line = format!("{{\"event_id\":\"{event_id}\"}}").into();
    let load = Load { event_id: Some(event_id), header_line, items: vec![item], gzip: None };
    let plan = accept::plan(ingest, &visitor, load)?;
    Ok(answer::id(accept::keep(ingest, &visitor, plan).await?))
}

/// Lets a page in by the DSN in its query, which also says what event it is about.
fn enter(request: &Arrival<'_>) -> Result<(Visitor, EventId), Refusal> {
    let query = request.parts.uri.query().unwrap_or_default();
    let dsn = query_string::value(query, "dsn").ok_or(AuthError::Missing)?;
    let dsn = Dsn::from_str(&dsn).or(Err(AuthError::BadKey))?;
    let credentials = Credentials { key: dsn.key, client: None };
    let visitor = admit(request.ingest, request.parts, &credentials, Some(dsn.project))?;
    let event_id = query_string::value(query, "eventId").and_then(|id| EventId::parse(&id).ok());
    let event_id = event_id.ok_or(Refusal::EventId);
    let event_id = event_id.inspect_err(|why| visitor.account_refusal(request.ingest, why))?;
    Ok((visitor, event_id))
}

fn payload(event_id: EventId, form: &[u8]) -> Result<Vec<u8>, Refusal> {
    let form = String::from_utf8_lossy(form);
    let field = |name| query_string::value(&form, name).unwrap_or_default().trim().to_owned();
    let comments = field("comments");
    if comments.is_empty() {
        return Err(Refusal::EmptyBody);
    }
    let mut report = Object::new();
    report.push("event_id", event_id.to_string());
    report.push("name", field("name"));
    report.push("email", field("email"));
    report.push("comments", comments);
    let mut payload = Vec::with_capacity(256);
    json_text::write_object(&mut payload, &report);
    Ok(payload)
}
