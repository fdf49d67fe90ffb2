//! Check-ins of cron monitors that came as a plain URL, made into what SDKs send as an item.

use model::id::EventId;
use model::json::{Object, Value};

use crate::query_string;

/// Why a request is not a check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckInError {
    /// `status` is not in the query.
    #[error("missing status")]
    NoStatus,
    /// `check_in_id` is not a UUID.
    #[error("invalid check_in_id")]
    BadId,
    /// `duration` is not a number of seconds.
    #[error("invalid duration")]
    BadDuration,
    /// The body is not a JSON object.
    #[error("invalid check-in body")]
    BadBody,
}

/// The check-in that a query string describes. Without an id it is about the latest open one, which
/// the nil UUID says.
///
/// # Errors
/// [`CheckInError`] when the status is missing or a field cannot be read.
pub fn from_query(slug: &str, query: &str) -> Result<Object<'static>, CheckInError> {
    let field = |name| query_string::value(query, name);
    let status = field("status").ok_or(CheckInError::NoStatus)?;
    let id = field("check_in_id").map_or(Ok(EventId([0; 16])), |text| EventId::parse(&text));
    let id = id.or(Err(CheckInError::BadId))?;
    let mut check_in = Object::with_capacity(5);
    check_in.push("check_in_id", id.to_string());
    check_in.push("monitor_slug", slug.to_owned());
    let known = ["in_progress", "ok", "error"].into_iter().find(|known| *known == status);
    check_in.push("status", known.unwrap_or("unknown"));
    if let Some(environment) = field("environment") {
        check_in.push("environment", environment.into_owned());
    }
    if let Some(text) = field("duration") {
        let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
        check_in.push("duration", seconds.ok_or(CheckInError::BadDuration)?);
    }
    Ok(check_in)
}

/// The check-in in a JSON body; the slug in the path wins over one in the body.
///
/// # Errors
/// [`CheckInError::BadBody`] when it is not a JSON object.
pub fn from_body(slug: &str, body: &[u8]) -> Result<Object<'static>, CheckInError> {
    let mut scratch = body.to_vec();
    let Ok(Value::Object(check_in)) = crate::json::parse(&mut scratch) else {
        return Err(CheckInError::BadBody);
    };
    let mut check_in = check_in.into_owned();
    check_in.insert("monitor_slug", slug.to_owned());
    Ok(check_in)
}
