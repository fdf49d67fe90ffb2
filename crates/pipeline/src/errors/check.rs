//! Whether there is an event at all: what is not JSON, not an object or from before 1970 is not.

use model::event::Event;
use model::id::EventId;
use model::json::Value;
use wire::json::{JsonError, Parser};
use wire::security;

use super::{Dropped, seconds};

/// Parses a payload. The buffer is changed and borrowed from.
///
/// # Errors
/// `invalid_json`, `nesting_too_deep`, or `invalid_body` for JSON that is no object.
pub fn event<'a>(parser: &mut Parser, bytes: &'a mut Vec<u8>) -> Result<Event<'a>, Dropped> {
    match parser.parse(bytes) {
        Ok(Value::Object(object)) => Ok(Event::from_object(object)),
        Ok(_) => Err(Dropped::invalid("invalid_body")),
        Err(problem) => Err(not_json(&problem)),
    }
}

/// Parses a security report: as a browser sends it (`raw`), or as an event with a `csp` interface.
///
/// # Errors
/// As for [`event`], and the reasons of [`security::SecurityError`].
pub fn report<'a>(
    parser: &mut Parser,
    bytes: &'a mut Vec<u8>,
    raw: bool,
    given: &security::Given<'a>,
) -> Result<Event<'a>, Dropped> {
    if !raw {
        return event(parser, bytes);
    }
    let report = parser.parse(bytes).map_err(|problem| not_json(&problem))?;
    let made =
        security::event(report, given).map_err(|problem| Dropped::invalid(problem.reason()))?;
    Ok(Event::from_object(made))
}

fn not_json(problem: &JsonError) -> Dropped {
    Dropped::invalid(if problem.is_over_limit() { "nesting_too_deep" } else { "invalid_json" })
}

/// Refuses events from before 1970: no other timestamp is beyond repair.
///
/// # Errors
/// `timestamp`.
pub fn timestamp(event: &Event<'_>) -> Result<(), Dropped> {
    seconds(event, "timestamp").map(drop).ok_or_else(|| Dropped::invalid("timestamp"))
}

/// What a user wrote about an event: its id, and name, address, words.
///
/// # Errors
/// `invalid_json`, or `invalid_event_id` when it does not say about which event.
pub fn user_report(
    parser: &mut Parser,
    bytes: &mut Vec<u8>,
    event: Option<EventId>,
) -> Result<(EventId, [String; 3]), &'static str> {
    const COMMENT_CHARS_MAX: usize = 4096;
    let report = parser.parse(bytes).or(Err("invalid_json"))?;
    let text = |key: &str| {
        let text = report.get(key).and_then(Value::as_str).unwrap_or_default();
        text.chars().take(COMMENT_CHARS_MAX).collect::<String>()
    };
    let own =
        report.get("event_id").and_then(Value::as_str).and_then(|text| EventId::parse(text).ok());
    let event = event.or(own).ok_or("invalid_event_id")?;
    Ok((event, ["name", "email", "comments"].map(text)))
}
