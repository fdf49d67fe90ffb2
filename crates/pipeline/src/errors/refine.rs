//! Into the one shape that everything later relies on; then the project's filters.

use model::clock::Micros;
use model::event::Event;
use model::id::EventId;
use model::json::Value;
use model::outcome::Fate;
use wire::event as normal;

use super::{Dropped, Given};

/// How far in the future an event may lie. Source: Relay's default.
const FUTURE_MAX: Micros = Micros(60_000_000);
const DAY_MICROS: u64 = 86_400_000_000;

/// Normalises an event.
pub fn normalize(event: &mut Event<'_>, given: &Given<'_>) {
    if given.is_feedback {
        event.root.insert("type", "feedback");
    }
    let record = given.record;
    let some = |text: &'_ str| !text.is_empty();
    let replay = given
        .header
        .trace
        .as_ref()
        .and_then(|trace| trace.get("replay_id"))
        .and_then(Value::as_str);
    normal::normalize(
        event,
        &normal::Given {
            project: record.project,
            event_id: given.header.event_id,
            random_id: given.random_id,
            received: record.received,
            sent_at: given.header.sent_at,
            future_max: FUTURE_MAX,
            past_max: Micros(u64::from(given.rules.retention_days) * DAY_MICROS),
            client_ip: Some(record.client_ip.as_str()).filter(|text| some(text)),
            scrub_ip: given.rules.scrub_ip,
            sdk: Some(record.sdk.as_str())
                .filter(|text| some(text))
                .or(given.header.sdk.as_deref()),
            user_agent: Some(record.user_agent.as_str()).filter(|text| some(text)),
            replay_id: replay.and_then(|text| EventId::parse(text).ok()),
        },
    );
}

/// Lets go what the project does not want.
///
/// # Errors
/// [`Fate::Filtered`] with the filter's name.
pub fn filter(event: &Event<'_>, given: &Given<'_>) -> Result<(), Dropped> {
    let client_ip = Some(given.record.client_ip.as_str()).filter(|text| !text.is_empty());
    match given.rules.filters.check(event, client_ip) {
        Some(reason) => Err(Dropped { fate: Fate::Filtered, reason: reason.into() }),
        None => Ok(()),
    }
}
