//! `/security/`, `/csp-report/` and `/nel/`: what browsers report by themselves.

use http::StatusCode;
use model::category::Category;
use model::id::ProjectId;
use model::intake::ItemType;
use model::json::Object;
use model::limits::{CONTAINER_BYTES_MAX, SECURITY_REPORTS_MAX, STORE_BYTES_MAX};
use model::outcome::Fate;
use wire::query_string;
use wire::security;

use super::{Answer, Arrival};
use crate::accept::{self, Load};
use crate::admission::Visitor;
use crate::answer;
use crate::refusal::Refusal;
use crate::routes::built_item;
use crate::state::Inner;

/// Every report becomes an event of its own, in a record of its own. What the query says of release
/// and environment goes into the item's header, where Relay puts it too.
pub(super) async fn reports(request: Arrival<'_>, project: ProjectId) -> Answer {
    let visitor = request.admit(Some(project), None)?;
    let ingest = request.ingest;
    let media_types = ["application/json", "application/csp-report", "application/reports+json"];
    let query = request.parts.uri.query().unwrap_or_default();
    let arrived = if media_types.contains(&request.media_type()) {
        request.arrive(STORE_BYTES_MAX).await
    } else {
        Err(Refusal::MediaType)
    };
    let reports = arrived
        .and_then(|arrived| Ok(security::split(&arrived.decoded.bytes)?))
        .inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let surplus = reports.len().saturating_sub(SECURITY_REPORTS_MAX);
    let surplus = std::iter::once((Category::Security, u64::try_from(surplus).unwrap_or(u64::MAX)));
    let too_many = "too_large:raw_security".into();
    visitor.account(&*ingest.accounts, surplus, Fate::Invalid, &too_many);

    let mut header = Object::new();
    for name in ["sentry_release", "sentry_environment"] {
        if let Some(value) = query_string::value(query, name) {
            header.push(name, value.into_owned());
        }
    }
    if let Some(origin) = &visitor.origin {
        header.push("origin", origin.clone());
    }
    let mut limited = Ok(());
    for report in reports.iter().take(SECURITY_REPORTS_MAX) {
        match keep(ingest, &visitor, header.clone(), report).await {
            Err(refusal @ Refusal::RateLimited(_)) => limited = Err(refusal),
            kept => kept?,
        }
    }
    limited?;
    Ok(answer::empty(StatusCode::OK))
}

async fn keep(
    ingest: &Inner,
    visitor: &Visitor,
    header: Object<'static>,
    report: &str,
) -> Result<(), Refusal> {
    let item = built_item(ItemType::RawSecurity, header, report.as_bytes());
    let load = Load { event_id: None, header_line: "{}".into(), items: vec![item], gzip: None };
    let plan = accept::plan(ingest, visitor, load)?;
    accept::keep(ingest, visitor, plan).await?;
    Ok(())
}

/// Network errors are kept as they are. Browsers send blindly, so that limits are not told.
pub(super) async fn network_errors(request: Arrival<'_>, project: ProjectId) -> Answer {
    let visitor = request.admit(Some(project), None)?;
    let ingest = request.ingest;
    let arrived = match request.media_type() {
        "application/json" | "application/reports+json" => {
            request.arrive(CONTAINER_BYTES_MAX).await
        }
        _ => Err(Refusal::MediaType),
    };
    let arrived = arrived.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    let item = built_item(ItemType::Nel, Object::new(), &arrived.decoded.bytes);
    let load = Load { event_id: None, header_line: "{}".into(), items: vec![item], gzip: None };
    let plan = accept::plan(ingest, &visitor, load)?;
    match accept::keep(ingest, &visitor, plan).await {
        Ok(_) | Err(Refusal::RateLimited(_)) => Ok(answer::empty(StatusCode::OK)),
        Err(refusal) => Err(refusal),
    }
}
