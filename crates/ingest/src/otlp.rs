//! OpenTelemetry's traces on their way into the intake log, whether they came over HTTP or gRPC.
//!
//! A request is kept whole, as one item. Its spans are counted, because quotas count spans, but not
//! read: one that cannot be read becomes an outcome of the pipeline. A request that has no room under
//! a quota is refused whole; its client tries again or counts the loss.

use http::header::{AUTHORIZATION, HeaderName};
use http::request::Parts;
use model::id::ProjectId;
use model::intake::ItemType;
use model::json::Object;
use wire::auth::{AuthError, Credentials};
use wire::dsn::Dsn;
use wire::otlp;
use wire::query_string;

use crate::accept::{self, Load};
use crate::admission::{Visitor, admit, credentials};
use crate::refusal::Refusal;
use crate::routes::{Arrived, built_item};
use crate::state::Inner;

/// Headers that hold a key or a DSN and nothing else: what is easiest to set on a collector.
const HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("sentry_dsn"),
    HeaderName::from_static("sentry-dsn"),
    HeaderName::from_static("sentry_key"),
    HeaderName::from_static("sentry-key"),
];

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Protobuf,
}

impl Form {
    /// The form of a media type without parameters.
    pub(crate) fn of(media_type: &str) -> Option<Self> {
        let is = |known: &str| media_type.eq_ignore_ascii_case(known);
        if is("application/json") {
            Some(Self::Json)
        } else if is("application/x-protobuf") || is("application/protobuf") {
            Some(Self::Protobuf)
        } else {
            None
        }
    }

    /// The media type of what is written so.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }
}

/// Lets a client of OpenTelemetry in, by any of the ways of Sentry's clients, or by a key or DSN alone:
/// `Authorization: Bearer …` or `DSN …`, the headers `sentry_key` and `sentry_dsn`, or the query.
///
/// # Errors
/// See [`admit`].
pub(crate) fn admit_otlp(
    ingest: &Inner,
    parts: &Parts,
    project: Option<ProjectId>,
) -> Result<Visitor, Refusal> {
    let dsn = parts.uri.query().and_then(|query| query_string::value(query, "sentry_dsn"));
    let said = bearer(parts)
        .or_else(|| HEADERS.iter().find_map(|name| parts.headers.get(name)?.to_str().ok()))
        .or(dsn.as_deref());
    let (found, of_dsn) = match said {
        Some(text) => key_or_dsn(text.trim())?,
        None => (credentials(parts, None)?.ok_or(AuthError::Missing)?, None),
    };
    admit(ingest, parts, &found, project.or(of_dsn))
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, rest) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_plain = ["bearer", "dsn"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_plain.then_some(rest)
}

fn key_or_dsn(text: &str) -> Result<(Credentials, Option<ProjectId>), AuthError> {
    let (key, project) = match text.parse::<Dsn>() {
        Ok(dsn) => (dsn.key, Some(dsn.project)),
        Err(_) => (text.parse().or(Err(AuthError::BadKey))?, None),
    };
    Ok((Credentials { key, client: None }, project))
}

/// Keeps the request in `arrived`.
///
/// # Errors
/// [`Refusal::Otlp`] when its spans cannot even be counted, and see [`accept::keep`].
pub(crate) async fn keep(
    ingest: &Inner,
    visitor: &Visitor,
    form: Form,
    arrived: &Arrived,
) -> Result<(), Refusal> {
    let body = &arrived.decoded.bytes;
    let spans = match form {
        Form::Json => otlp::count_json(body),
        Form::Protobuf => otlp::count_protobuf(body)
            .map_err(Refusal::from)
            .inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?,
    };
    if spans == 0 && form == Form::Protobuf {
        return Ok(());
    }
    let mut fields = Object::new();
    fields.push("content_type", form.media_type());
    let mut item = built_item(ItemType::OtlpTraces, fields, body);
    item.header.item_count = u32::try_from(spans).unwrap_or(u32::MAX).max(1);
    let gzip = arrived.decoded.is_one_gzip_member.then_some((&arrived.compressed[..], body.len()));
    let load = Load { event_id: None, header_line: "{}".into(), items: vec![item], gzip };
    let plan = accept::plan(ingest, visitor, load)?;
    accept::keep(ingest, visitor, plan).await?;
    Ok(())
}
