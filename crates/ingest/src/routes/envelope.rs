//! `/envelope/`: what every SDK of today sends. The content type says nothing and is not looked at.

use axum::response::Response;
use model::id::ProjectId;
use model::limits::ENVELOPE_BYTES_MAX;
use wire::auth::{self, Credentials};
use wire::envelope::Envelope;

use super::{Answer, Arrival, Arrived};
use crate::accept::{self, Load, Plan};
use crate::admission::{Visitor, admit, credentials};
use crate::answer;
use crate::refusal::Refusal;
use crate::state::Inner;

pub(super) async fn post(request: Arrival<'_>, project: Option<ProjectId>) -> Answer {
    let Arrival { ingest, parts, .. } = request;
    // Without credentials in the request, a tunnel may have left them in the envelope.
    let outside = credentials(parts, None)?;
    let known = outside.map(|found| admit(ingest, parts, &found, project)).transpose()?;
    let (visitor, arrived) = if let Some(visitor) = known {
        let arrived = request.arrive(ENVELOPE_BYTES_MAX).await;
        let arrived = arrived.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
        (visitor, arrived)
    } else {
        let arrived = request.arrive(ENVELOPE_BYTES_MAX).await?;
        let dsn = auth::from_envelope(&arrived.decoded.bytes)?;
        let found = Credentials { key: dsn.key, client: None };
        // A path names the project too; whether the two agree is seen with the envelope.
        (admit(ingest, parts, &found, project.or(Some(dsn.project)))?, arrived)
    };
    take(ingest, visitor, arrived).await
}

/// Takes a body that is an envelope; the old route may bring one too.
pub(super) async fn take(ingest: &Inner, visitor: Visitor, arrived: Arrived) -> Answer {
    let plan = plan(ingest, &visitor, &arrived)
        .inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let event_id = accept::keep(ingest, &visitor, plan).await?;
    Ok::<Response, Refusal>(answer::id(event_id))
}

fn plan(ingest: &Inner, visitor: &Visitor, arrived: &Arrived) -> Result<Plan, Refusal> {
    let body = &arrived.decoded.bytes;
    let envelope = Envelope::parse(body)?;
    visitor.check_header(&envelope.header)?;
    let gzip = arrived.decoded.is_one_gzip_member.then_some((&arrived.compressed[..], body.len()));
    let load = Load {
        event_id: envelope.header.event_id,
        header_line: envelope.header_line,
        items: envelope.items,
        gzip,
    };
    accept::plan(ingest, visitor, load)
}
