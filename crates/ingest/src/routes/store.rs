//! `/store/`: one event, as clients sent them before there were envelopes.

use model::id::ProjectId;
use model::json::Object;
use model::limits::STORE_BYTES_MAX;
use wire::query_string;
use wire::store_body::{self, StoreEvent};

use super::{Answer, Arrival, envelope};
use crate::accept::{self, Load};
use crate::admission::Visitor;
use crate::answer;
use crate::refusal::Refusal;
use crate::routes::built_item;
use crate::state::Inner;

pub(super) async fn post(request: Arrival<'_>, project: Option<ProjectId>) -> Answer {
    let visitor = request.admit(project, None)?;
    let is_envelope = request.media_type() == "application/x-sentry-envelope";
    let ingest = request.ingest;
    let arrived = request.arrive(STORE_BYTES_MAX).await;
    let arrived = arrived.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    if is_envelope {
        return envelope::take(ingest, visitor, arrived).await;
    }
    take(ingest, &visitor, &arrived.decoded.bytes).await
}

/// The event is in the query, for pages that can only load an image. They get one.
pub(super) async fn get(request: Arrival<'_>, project: Option<ProjectId>) -> Answer {
    let visitor = request.admit(project, None)?;
    let query = request.parts.uri.query().unwrap_or_default();
    // Base64 has plus signs, and not everybody escapes them.
    let data = query_string::value(query, "sentry_data").ok_or(Refusal::EmptyBody)?;
    let data = data.replace(' ', "+");
    take(request.ingest, &visitor, data.as_bytes()).await?;
    Ok(answer::pixel())
}

async fn take(ingest: &Inner, visitor: &Visitor, body: &[u8]) -> Answer {
    let client = Some(visitor.sdk.as_str()).filter(|sdk| !sdk.is_empty());
    let event = store_body::read(body, client).map_err(Refusal::from);
    let StoreEvent { event_id, item_type, json } =
        event.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let header = header(event_id);
    let item = built_item(item_type, Object::new(), &json);
    let load = Load { event_id, header_line: header.into(), items: vec![item], gzip: None };
    let plan = accept::plan(ingest, visitor, load)?;
    Ok(answer::id(accept::keep(ingest, visitor, plan).await?))
}

fn header(event_id: Option<model::id::EventId>) -> String {
    event_id.map_or_else(|| "{}".to_owned(), |id| format!("{{\"event_id\":\"{id}\"}}"))
}
