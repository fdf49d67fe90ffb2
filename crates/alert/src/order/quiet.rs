//! Silences and maintenance.

use schedule::Crontab;
use serde_json::Value;

use super::fields::{
    OrderError, list, matchers, maybe_text, minutes, moment, moment_of, object, weekly, wrong, zone,
};
use crate::window::{Maintenance, Silence, SilenceError, Window};

/// Reads a silence: `{"matchers": [..], "startsAt", "endsAt", "createdBy", "comment"}`.
///
/// # Errors
/// [`OrderError`].
pub fn read_silence(id: u64, json: &Value) -> Result<Silence, OrderError> {
    let fields = object(json, "silence")?;
    let silence = Silence {
        id,
        matchers: matchers(fields, "matchers")?,
        starts: moment(fields, "startsAt")?,
        ends: moment(fields, "endsAt")?,
        author: maybe_text(fields, "createdBy")?.unwrap_or_default(),
        comment: maybe_text(fields, "comment")?.unwrap_or_default(),
    };
    silence.check().map_err(|unfit| {
        let field = match unfit {
            SilenceError::NoMatcher | SilenceError::MatchesAll => "matchers",
            SilenceError::Backwards => "endsAt",
        };
        wrong(field, unfit.to_string())
    })?;
    Ok(silence)
}

/// Reads planned work: `{"matchers": [..], "window": {"once": [from, until]} | {"crontab", "zone",
/// "minutes"} | {"weekly": [[from, until]], "zone"}}`.
///
/// # Errors
/// [`OrderError`].
pub fn read_maintenance(name: &str, json: &Value) -> Result<Maintenance, OrderError> {
    let fields = object(json, "maintenance")?;
    let conditions = matchers(fields, "matchers")?;
    if conditions.is_empty() {
        return Err(wrong("matchers", "needs at least one"));
    }
    let window = object(fields.get("window").unwrap_or(&Value::Null), "window")?;
    let window = if window.contains_key("once") {
        let [from, until] = list(window, "once", 2)? else {
            return Err(wrong("window", "once must have a beginning and an end"));
        };
        let from = moment_of(Some(from), "window")?;
        let until = moment_of(Some(until), "window")?;
        if until <= from {
            return Err(wrong("window", "must end after it starts"));
        }
        Window::Once(from, until)
    } else if let Some(crontab) = maybe_text(window, "crontab")? {
        let opens = Crontab::parse(&crontab).map_err(|unfit| wrong("window", unfit.to_string()))?;
        let duration = minutes(window, "minutes")?;
        if duration == 0 {
            return Err(wrong("minutes", "must be at least 1, or it would never be quiet"));
        }
        Window::Repeated { opens, zone: zone(window)?, duration }
    } else if window.contains_key("weekly") {
        if list(window, "weekly", usize::MAX)?.is_empty() {
            return Err(wrong("window", "weekly must have at least one span of the week"));
        }
        weekly(window)?
    } else {
        return Err(wrong("window", "must say once, crontab or weekly"));
    };
    Ok(Maintenance { name: name.to_owned(), matchers: conditions, window })
}
