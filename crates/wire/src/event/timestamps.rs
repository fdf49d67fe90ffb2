//! Moments: the forms they come in, and clocks that are wrong.

use model::annotation::Path;
use model::clock::Micros;
use model::event::Event;
use model::json::{Object, Value};

use super::Given;

/// Microseconds since 1970; negative before.
type Signed = i64;

const SECOND: Signed = 1_000_000;
/// Last moment a year has four digits; other programs cannot show later ones.
const LAST: Signed = 253_402_300_799 * SECOND;
/// 0001-01-01T00:00:00Z.
const FIRST: Signed = -62_135_596_800 * SECOND;
/// A sender's clock is corrected when it is wrong by this much or more: less may be a slow network.
/// Source: Relay, `MINIMUM_CLOCK_DRIFT`.
pub(crate) const DRIFT_MIN: Signed = 55 * 60 * SECOND;

const OUT_OF_RANGE: &str = "timestamp out of range";
const TOO_SHORT: &str = "premature end of input";
const WRONG_CHARACTER: &str = "input contains invalid characters";
const WRONG_NUMBER: &str = "input is out of range";
const TOO_LONG: &str = "trailing input";

/// Turns any accepted form into seconds since 1970.
pub(super) fn conform(value: &mut Value<'_>) -> Result<(), &'static str> {
    let micros = read(value)?;
    *value = seconds(micros);
    Ok(())
}

/// The moment in a value of any accepted form, in microseconds since 1970.
pub(crate) fn micros(value: &Value<'_>) -> Option<Signed> {
    read(value).ok()
}

fn read(value: &Value<'_>) -> Result<Signed, &'static str> {
    let micros = match value {
        Value::Str(text) => parse(text)?,
        Value::U64(seconds) => Signed::try_from(*seconds)
            .ok()
            .and_then(|s| s.checked_mul(SECOND))
            .ok_or(OUT_OF_RANGE)?,
        Value::I64(seconds) => seconds.checked_mul(SECOND).ok_or(OUT_OF_RANGE)?,
        Value::F64(seconds) => from_float(*seconds).ok_or(OUT_OF_RANGE)?,
        _ => return Err("expected a timestamp"),
    };
    if (FIRST..=LAST).contains(&micros) { Ok(micros) } else { Err(OUT_OF_RANGE) }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn from_float(seconds: f64) -> Option<Signed> {
    if seconds.abs() > 1e12 {
        return None;
    }
    let whole = seconds.floor();
    Some(whole as Signed * SECOND + ((seconds - whole) * 1e6).round() as Signed)
}

#[expect(clippy::cast_precision_loss, reason = "years of four digits fit, to the microsecond")]
fn seconds(micros: Signed) -> Value<'static> {
    let whole = micros.div_euclid(SECOND) as f64;
    Value::F64(whole + micros.rem_euclid(SECOND) as f64 / 1e6)
}

/// Reads RFC 3339, and what SDKs write for it: no offset after a `T` means UTC.
fn parse(text: &str) -> Result<Signed, &'static str> {
    let mut rest = Rest(text.trim().as_bytes());
    let year = rest.number(4)?;
    rest.byte(b"-")?;
    let month = rest.number(2)?;
    rest.byte(b"-")?;
    let day = rest.number(2)?;
    let separator = rest.byte(b"Tt ")?;
    let hour = rest.number(2)?;
    rest.byte(b":")?;
    let minute = rest.number(2)?;
    rest.byte(b":")?;
    let second = rest.number(2)?;
    let fraction = rest.fraction()?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return Err(WRONG_NUMBER);
    }
    let offset = if rest.0.is_empty() && separator != b' ' { 0 } else { rest.offset()? };
    if !rest.0.is_empty() {
        return Err(TOO_LONG);
    }
    let seconds = ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Ok((seconds - offset) * SECOND + fraction)
}

/// What is left to read of a timestamp.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn byte(&mut self, allowed: &[u8]) -> Result<u8, &'static str> {
        let (first, rest) = self.0.split_first().ok_or(TOO_SHORT)?;
        if !allowed.contains(first) {
            return Err(WRONG_CHARACTER);
        }
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self, digits: usize) -> Result<Signed, &'static str> {
        (0..digits).try_fold(0, |number, _| {
            Ok(number * 10 + Signed::from(self.byte(b"0123456789")? - b'0'))
        })
    }

    /// A fraction of a second in microseconds, rounded.
    fn fraction(&mut self) -> Result<Signed, &'static str> {
        if self.0.first() != Some(&b'.') {
            return Ok(0);
        }
        self.0 = &self.0[1..];
        self.0.first().filter(|byte| byte.is_ascii_digit()).ok_or(TOO_SHORT)?;
        let (mut micros, mut weight) = (0, SECOND * 100);
        while let Some((digit, rest)) = self.0.split_first()
            && digit.is_ascii_digit()
        {
            // Two digits more than stored, to round by.
            weight /= 10;
            micros += Signed::from(digit - b'0') * weight;
            self.0 = rest;
        }
        Ok((micros + 50) / 100)
    }

    /// Seconds east of Greenwich.
    fn offset(&mut self) -> Result<Signed, &'static str> {
        let sign = match self.byte(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let hours = self.number(2)?;
        if self.0.first() == Some(&b':') {
            self.0 = &self.0[1..];
        }
        let minutes = self.number(2)?;
        if hours > 23 || minutes > 59 {
            return Err(WRONG_NUMBER);
        }
        Ok(sign * (hours * 60 + minutes) * 60)
    }
}

fn days_in_month(year: Signed, month: Signed) -> Signed {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn days_since_1970(year: Signed, month: Signed, day: Signed) -> Signed {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The moment as RFC 3339 writes it, with an offset of zero.
fn rfc3339(micros: Signed) -> String {
    let time = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.to_rfc3339()
}

/// Corrects the clock of the sender, then sets `timestamp` and `received`.
pub(super) fn settle(event: &mut Event<'_>, given: &Given<'_>) {
    let received = signed(given.received);
    if let Some(sent_at) = given.sent_at.map(signed)
        && (received - sent_at).abs() >= DRIFT_MIN
    {
        shift(event, "clock_drift", sent_at, received);
    }
    if let Some(timestamp) = event.root.get("timestamp").and_then(micros) {
        if timestamp > received.saturating_add(signed(given.future_max)) {
            shift(event, "future_timestamp", timestamp, received);
        } else if timestamp < received.saturating_sub(signed(given.past_max)) {
            shift(event, "past_timestamp", timestamp, received);
        }
    } else {
        event.root.insert("timestamp", seconds(received));
    }
    event.root.insert("received", seconds(received));
    drop_stale_breadcrumbs(event);
}

fn signed(time: Micros) -> Signed {
    Signed::try_from(time.0).unwrap_or(LAST)
}

/// Moves all timestamps, so that `sdk_time` becomes `server_time`, and notes it.
fn shift(event: &mut Event<'_>, kind: &'static str, sdk_time: Signed, server_time: Signed) {
    let drift = server_time - sdk_time;
    for name in ["timestamp", "start_timestamp"] {
        if let Some(value) = event.root.get_mut(name) {
            shift_one(value, drift);
        }
    }
    for crumb in breadcrumbs(&mut event.root) {
        if let Some(value) = crumb.as_object_mut().and_then(|crumb| crumb.get_mut("timestamp")) {
            shift_one(value, drift);
        }
    }
    let mut details = Object::new();
    details.push("sdk_time", rfc3339(sdk_time));
    details.push("server_time", rfc3339(server_time));
    event.notes.note(&Path::Root.name("timestamp")).error_with(kind, details);
}

fn shift_one(value: &mut Value<'_>, drift: Signed) {
    if let Some(moment) = micros(value) {
        *value = seconds(moment.saturating_add(drift).clamp(FIRST, LAST));
    }
}

fn breadcrumbs<'e, 'a>(root: &'e mut Object<'a>) -> impl Iterator<Item = &'e mut Value<'a>> {
    let list = root.get_mut("breadcrumbs").and_then(Value::as_object_mut);
    let list = list.and_then(|list| list.get_mut("values")).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// What happened before computers had clocks did not happen.
fn drop_stale_breadcrumbs(event: &mut Event<'_>) {
    for (place, crumb) in breadcrumbs(&mut event.root).enumerate() {
        let Some(moment) = crumb.get("timestamp").and_then(micros).filter(|moment| *moment < 0)
        else {
            continue;
        };
        *crumb = Value::Null;
        let list = Path::Root.name("breadcrumbs");
        let note = event.notes.note(&list.name("values").index(place));
        note.invalid(format!("timestamp is too stale: {}", rfc3339(moment)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Signed, &str>) {
        assert_eq!(parse(text), expected, "{text}");
    }

    #[test]
    fn texts() {
        let noon = 1_795_255_200 * SECOND;
        check("2026-11-21T10:00:00", Ok(noon));
        check("2026-11-21 10:00:00Z", Ok(noon));
        check("2026-11-21T10:00:00+0000", Ok(noon));
        check("2026-11-21T13:00:00.5+03:00", Ok(noon + SECOND / 2));
        check("2026-11-21T10:00:00.123456789Z", Ok(noon + 123_457));
        check("2026-11-21T10:00:00.9999999999999999999Z", Ok(noon + SECOND));
        check("1969-12-31T23:59:59Z", Ok(-SECOND));
        check("2026-11-21 10:00:00", Err(TOO_SHORT));
        check("2026-02-29T10:00:00Z", Err(WRONG_NUMBER));
        check("yesterday", Err(WRONG_CHARACTER));
        check("2026-11-21T10:00:00Zx", Err(TOO_LONG));
        check("", Err(TOO_SHORT));
    }

    #[test]
    fn dates_agree_with_chrono() {
        for days in (-719_162..2_932_896).step_by(4_649) {
            let micros = days * 86_400 * SECOND;
            check(&rfc3339(micros), Ok(micros));
        }
    }
}
