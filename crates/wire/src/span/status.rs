//! How spans ended, as the names of gRPC status codes.

use std::borrow::Cow;

use model::json::Value;

use super::attributes::Attributes;
use crate::event::scalars::{self, SPAN_STATUSES};

/// A status as SDKs write it, by its name, an old name, or its number. `None` for anything else.
pub(super) fn named(mut value: Value<'_>) -> Option<&'static str> {
    let is_unknown = matches!(value, Value::U64(_)) || value.as_str() == Some("unknown");
    scalars::span_status(&mut value).ok()?;
    let name = value.as_str()?;
    let name = SPAN_STATUSES.iter().find(|known| **known == name)?;
    (*name != "unknown" || is_unknown).then_some(*name)
}

/// The status of a span that only says `ok` or `error`: the attributes may know better.
pub fn span_status<'a>(said: &str, attributes: &mut Attributes<'a>) -> Cow<'a, str> {
    let better = attributes.take_text("sentry.status").and_then(|text| named(Value::Str(text)));
    let status = match said {
        "" | "unset" => better.unwrap_or_default(),
        "ok" => "ok",
        "error" => better
            .filter(|better| *better != "ok")
            .or_else(|| of_http(attributes))
            .unwrap_or("internal_error"),
        other => named(Value::from(other)).unwrap_or("unknown"),
    };
    Cow::Borrowed(status)
}

/// What a failed request failed with. Source: Sentry's SDKs, which map HTTP to gRPC alike.
fn of_http(attributes: &Attributes<'_>) -> Option<&'static str> {
    let code = attributes.number("http.response.status_code")?;
    let is = |number: u16| (code - f64::from(number)).abs() < 0.5;
    let known = [
        (401, "unauthenticated"),
        (403, "permission_denied"),
        (404, "not_found"),
        (409, "already_exists"),
        (413, "failed_precondition"),
        (429, "resource_exhausted"),
        (499, "cancelled"),
        (501, "unimplemented"),
        (503, "unavailable"),
        (504, "deadline_exceeded"),
    ];
    let exact = known.iter().find(|(number, _)| is(*number)).map(|(_, name)| *name);
    exact.or(match code {
        400.0..500.0 => Some("invalid_argument"),
        500.0..600.0 => Some("internal_error"),
        _ => None,
    })
}
