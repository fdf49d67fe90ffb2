//! What an SDK says it did not send.

use model::category::Category;
use model::json::Value;
use model::limits::CLIENT_REPORT_LINES_MAX;
use model::outcome::Fate;

use crate::json::{JsonError, parse as parse_json};

/// Longest reason that is believed. Source: Relay drops entries with longer ones.
const REASON_CHARS_MAX: usize = 200;

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What became of the items; [`Fate::ClientDiscard`] unless a relay on the way says otherwise.
    pub fate: Fate,
    /// The SDK's word for why.
    pub reason: String,
    /// What the items were.
    pub category: Category,
    /// How many.
    pub quantity: u64,
}

/// Reads a client report. Lines that cannot be read are left out.
///
/// # Errors
/// [`JsonError`] when it is not JSON.
pub fn parse(bytes: &mut Vec<u8>) -> Result<Vec<Line>, JsonError> {
    const LISTS: [(&str, Fate); 4] = [
        ("discarded_events", Fate::ClientDiscard),
        ("rate_limited_events", Fate::RateLimited),
        ("filtered_events", Fate::Filtered),
        ("filtered_sampling_events", Fate::Filtered),
    ];
    let report = parse_json(bytes)?;
    let mut lines = Vec::new();
    for (list, fate) in LISTS {
        let entries = report.get(list).and_then(Value::as_array).into_iter().flatten();
        let sampled_only = list == "filtered_sampling_events";
        let read = entries.filter_map(|entry| line(entry, fate));
        lines.extend(read.filter(|line| !sampled_only || line.reason.starts_with("Sampled:")));
    }
    lines.truncate(CLIENT_REPORT_LINES_MAX);
    Ok(lines)
}

fn line(entry: &Value<'_>, fate: Fate) -> Option<Line> {
    let reason = entry.get("reason").and_then(Value::as_str).unwrap_or_default();
    if reason.chars().count() > REASON_CHARS_MAX {
        return None;
    }
    let category = Category::from_name(entry.get("category")?.as_str()?);
    let quantity = entry.get("quantity")?.as_u64()?;
    Some(Line { fate, reason: reason.to_owned(), category, quantity })
}
