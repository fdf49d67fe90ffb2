//! Crontabs from text.

use super::{Crontab, Days, Weekdays};
use crate::limits::{CRONTAB_CHARS_MAX, CRONTAB_TERMS_MAX, SEARCH_YEARS_MAX};

/// The text is not a crontab that we can follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum CrontabError {
    #[error("a crontab has at most {CRONTAB_CHARS_MAX} characters")]
    TooLong,
    #[error("a crontab has 5 fields (minute hour day month weekday), this one has {0}")]
    Fields(usize),
    #[error("{0:?} is not known; use @hourly, @daily, @weekly, @monthly or @yearly")]
    Nickname(String),
    #[error("{field}: more than {CRONTAB_TERMS_MAX} entries")]
    Terms { field: &'static str },
    #[error("{field}: {term:?} {reason}")]
    Term { field: &'static str, term: String, reason: &'static str },
    #[error("{field}: {term:?} must be between {min} and {max}")]
    Range { field: &'static str, term: String, min: u8, max: u8 },
    #[error("it is never due within {SEARCH_YEARS_MAX} years: no month has such a day")]
    Never,
}

/// What one field may hold.
struct Field {
    name: &'static str,
    min: u8,
    max: u8,
    /// Names of its values, the first one stands for `min`.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day of month", min: 1, max: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/// Sunday is 0 and 7.
const WEEKDAY: Field = Field {
    name: "day of week",
    min: 0,
    max: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// Reads, without asking whether it is ever due.
pub(super) fn parse(text: &str) -> Result<Crontab, CrontabError> {
    if text.len() > CRONTAB_CHARS_MAX {
        return Err(CrontabError::TooLong);
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let shown = words.join(" ");
    let expanded = match *words {
        [nickname] if nickname.starts_with('@') => {
            let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(nickname));
            known.ok_or(CrontabError::Nickname(shown.clone()))?.1.split(' ').collect()
        }
        _ => words,
    };
    let [minute, hour, day, month, weekday] = *expanded else {
        return Err(CrontabError::Fields(expanded.len()));
    };
    Ok(Crontab {
        text: shown,
        minutes: set(&MINUTE, minute)?,
        hours: set(&HOUR, hour)?,
        days: days(day)?,
        months: set(&MONTH, month)?,
        weekdays: weekdays(weekday)?,
        both_days: day.starts_with('*') || weekday.starts_with('*'),
        is_rhythm: minute.starts_with('*') || hour.starts_with('*'),
    })
}

fn set(field: &Field, text: &str) -> Result<u64, CrontabError> {
    terms(field, text)?.try_fold(0, |set, term| Ok(set | field.plain(term)?))
}

fn days(text: &str) -> Result<Days, CrontabError> {
    let mut days = Days::default();
    for term in terms(&DAY, text)? {
        let upper = term.to_ascii_uppercase();
        match upper.strip_suffix('W') {
            Some("L") => days.last_workday = true,
            Some(day) => days.nearest_workday |= 1 << DAY.value(day, term)?,
            None if upper == "L" => days.last = true,
            None if upper.starts_with("L-") => {
                return Err(DAY.refused(term, "is not supported; name the days"));
            }
            None => days.plain |= DAY.plain(term)?,
        }
    }
    Ok(days)
}

fn weekdays(text: &str) -> Result<Weekdays, CrontabError> {
    let mut weekdays = Weekdays::default();
    for term in terms(&WEEKDAY, text)? {
        if let Some((weekday, nth)) = term.split_once('#') {
            let weekday = WEEKDAY.value(weekday, term)? % 7;
            let nth = nth.parse::<usize>().ok().and_then(|nth| nth.checked_sub(1));
            let place = nth.and_then(|nth| weekdays.nth.get_mut(nth));
            let place = place.ok_or(WEEKDAY.refused(term, "needs 1 to 5 after #"))?;
            *place |= 1 << weekday;
        } else if let Some(weekday) = term.strip_suffix(['L', 'l']).filter(|rest| !rest.is_empty())
        {
            weekdays.last |= 1 << (WEEKDAY.value(weekday, term)? % 7);
        } else {
            let plain = WEEKDAY.plain(term)?;
            weekdays.plain |= (plain | plain >> 7) & 0x7f;
        }
    }
    Ok(weekdays)
}

fn terms<'t>(
    field: &Field,
    text: &'t str,
) -> Result<impl Iterator<Item = &'t str> + use<'t>, CrontabError> {
    if text.split(',').count() > CRONTAB_TERMS_MAX {
        return Err(CrontabError::Terms { field: field.name });
    }
    Ok(text.split(','))
}

impl Field {
    /// `*`, `5`, `5-9`, each perhaps with a step: `*/2`, `5-9/2`, and `5/2` for `5` to the end.
    fn plain(&self, term: &str) -> Result<u64, CrontabError> {
        let (range, step) = match term.split_once('/') {
            None => (term, None),
            Some((range, step)) => {
                let step = step.parse::<usize>().ok().filter(|step| (1..=60).contains(step));
                let step = step.ok_or(self.refused(term, "needs a step from 1 to 60 after /"))?;
                (range, Some(step))
            }
        };
        // Of weekdays, `*` counts Sunday once: `*/2` is Sunday, Tuesday, Thursday, Saturday.
        let full = self.max.min(if self.min == 0 && self.max == 7 { 6 } else { self.max });
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.min, full),
            Some((first, last)) => (self.value(first, term)?, self.value(last, term)?),
            None => {
                let first = self.value(range, term)?;
                (first, if step.is_some() { full.max(first) } else { first })
            }
        };
        // `fri-sun` and `5-0` end on Sunday.
        let is_week_end = self.max == 7 && last == 0 && first > 0;
        let last = if is_week_end { 7 } else { last };
        if first > last {
            return Err(self.refused(term, "ends before it starts"));
        }
        Ok((first..=last).step_by(step.unwrap_or(1)).fold(0, |set, number| set | 1 << number))
    }

    /// A number, or a name of one.
    fn value(&self, text: &str, term: &str) -> Result<u8, CrontabError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        if let Some(place) = named.and_then(|place| u8::try_from(place).ok()) {
            return Ok(self.min + place);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            let reason = match text {
                "?" => "is not crontab; write *",
                text if text.starts_with(['H', 'h', 'R', 'r']) => {
                    "would be a time by chance; write a number"
                }
                _ => "is not a number or name that stands here",
            };
            return Err(self.refused(term, reason));
        }
        let (min, max) = (self.min, self.max);
        let number = text.parse::<u8>().ok().filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| CrontabError::Range { field: self.name, term: cut(term), min, max })
    }

    fn refused(&self, term: &str, reason: &'static str) -> CrontabError {
        CrontabError::Term { field: self.name, term: cut(term), reason }
    }
}

fn cut(term: &str) -> String {
    term.chars().take(40).collect()
}
