//! `/cron/`: check-ins of jobs that have no SDK, only `curl`.

use http::{Method, StatusCode};
use model::id::ProjectId;
use model::intake::ItemType;
use model::json::Object;
use model::json_text;
use model::limits::STORE_BYTES_MAX;
use wire::check_in_query;

use super::{Answer, Arrival};
use crate::accept::{self, Load};
use crate::answer;
use crate::refusal::Refusal;
use crate::routes::built_item;

/// Who sends, when nothing says so.
const CLIENT: &str = "relay-http";

/// Takes a check-in. `curl` in a crontab tries again blindly, so that limits are not told.
pub(super) async fn check_in(
    request: Arrival<'_>,
    project: ProjectId,
    slug: &str,
    key: Option<&str>,
) -> Answer {
    let mut visitor = request.admit(Some(project), key)?;
    if visitor.sdk.is_empty() {
        CLIENT.clone_into(&mut visitor.sdk);
    }
    let Arrival { ingest, parts, .. } = request;
    let has_body = parts.method == Method::POST
        && request.media_type().eq_ignore_ascii_case("application/json");
    let check_in: Result<Object<'static>, Refusal> = if has_body {
        match request.arrive(STORE_BYTES_MAX).await {
            Ok(arrived) => Ok(check_in_query::from_body(slug, &arrived.decoded.bytes)?),
            Err(refusal) => Err(refusal),
        }
    } else {
        Ok(check_in_query::from_query(slug, parts.uri.query().unwrap_or_default())?)
    };
    let check_in = check_in.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;

    let mut payload = Vec::with_capacity(256);
    json_text::write_object(&mut payload, &check_in);
    let item = built_item(ItemType::CheckIn, Object::new(), &payload);
    let load = Load { event_id: None, header_line: "{}".into(), items: vec![item], gzip: None };
    let plan = accept::plan(ingest, &visitor, load)?;
    match accept::keep(ingest, &visitor, plan).await {
        Ok(_) | Err(Refusal::RateLimited(_)) => Ok(answer::empty(StatusCode::ACCEPTED)),
        Err(refusal) => Err(refusal),
    }
}
