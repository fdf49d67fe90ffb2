//! Into the one shape that everything later relies on; then the project's filters.

use model::clock::Micros;
use model::event::Event;
use model::id::EventId;
use model::intake::{ItemType, Record};
use model::json::Value;
use model::outcome::Fate;
use wire::envelope::Header;
use wire::event as normal;

use super::{Dropped, Given};
use crate::projects::Rules;
use crate::traces::FINDING_CONTEXT;

/// The context of an error event that says what fails.
const OUTAGE_CONTEXT: &str = "outage";
/// How far in the future an event may lie. Source: Relay's default.
pub(crate) const FUTURE_MAX: Micros = Micros(60_000_000);
pub(crate) const DAY_MICROS: u64 = 86_400_000_000;

/// Normalises an event.
pub fn normalize(event: &mut Event<'_>, given: &Given<'_>) {
    match given.item_type {
        ItemType::Feedback => drop(event.root.insert("type", "feedback")),
        // Something we found ourselves, such as slow queries; nobody else may say so.
        ItemType::Occurrence if event.at(&["contexts", FINDING_CONTEXT]).is_some() => {
            drop(event.root.insert("type", "generic"));
        }
        // A job or a site that fails.
        ItemType::Occurrence if event.at(&["contexts", OUTAGE_CONTEXT]).is_some() => {
            drop(event.root.insert("type", "outage"));
        }
        _ => drop(event.root.remove("type")),
    }
    let given = self::given(given.record, given.header, given.rules, given.random_id);
    normal::normalize(event, &given);
}

/// What normalisation must know about an event, or a transaction, from elsewhere.
pub(crate) fn given<'g>(
    record: &'g Record,
    header: &'g Header,
    rules: &Rules,
    random_id: EventId,
) -> normal::Given<'g> {
    let some = |text: &'g str| Some(text).filter(|text| !text.is_empty());
    let replay = header.trace.as_ref().and_then(|trace| trace.get("replay_id"));
    let replay = replay.and_then(Value::as_str);
    normal::Given {
        project: record.project,
        event_id: header.event_id,
        random_id,
        received: record.received,
        sent_at: header.sent_at,
        future_max: FUTURE_MAX,
        past_max: Micros(u64::from(rules.retention_days) * DAY_MICROS),
        client_ip: some(&record.client_ip),
        scrub_ip: rules.scrub_ip,
        sdk: some(&record.sdk).or(header.sdk.as_deref()),
        user_agent: some(&record.user_agent),
        replay_id: replay.and_then(|text| EventId::parse(text).ok()),
    }
}

/// Lets go what the project does not want.
///
/// # Errors
/// [`Fate::Filtered`] with the filter's name.
pub(crate) fn filter(event: &Event<'_>, record: &Record, rules: &Rules) -> Result<(), Dropped> {
    let client_ip = Some(record.client_ip.as_str()).filter(|text| !text.is_empty());
    match rules.filters.check(event, client_ip) {
        Some(reason) => Err(Dropped { fate: Fate::Filtered, reason: reason.into() }),
        None => Ok(()),
    }
}
