//! Dates and times in the spellings of logs, mails, browsers and programming languages.

use super::text::digits;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS: [&str; 7] = ["day", "day", "sday", "nesday", "rsday", "day", "urday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Where the date or time ends that begins at `at`.
pub(super) fn date(text: &str, at: usize, starts_word: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let here = Reader { bytes, at };
    match bytes[at] {
        b'0'..=b'9' => {
            // Most numbers are no dates: look for what must come within five characters.
            let near = &bytes[at..bytes.len().min(at + 9)];
            let after_digits = near.get(digits(near)).copied();
            let is_compact = near.len() == 9 && matches!(after_digits, Some(b' ' | b'T'));
            let may_be = matches!(after_digits, Some(b'-' | b':')) || is_compact;
            let follows_digit = at > 0 && bytes[at - 1].is_ascii_digit();
            let named = || here.day_month_year().filter(|_| starts_word);
            let numeric = || {
                here.rfc3339()
                    .or_else(|| here.date_time())
                    .or_else(|| here.kitchen().filter(|_| !follows_digit))
                    .or_else(|| here.shape("9999-19-39").or_else(|| here.shape("29:59:59")))
                    .map(|end| end.at)
            };
            if may_be { numeric() } else { None }
                .or_else(|| matches!(after_digits, Some(b' ' | b'\t')).then(named).flatten())
        }
        b'A' | b'D' | b'F' | b'J' | b'M' | b'N' | b'O' | b'S' | b'T' | b'W' => {
            here.named(starts_word)
        }
        b'd' => {
            let inner = bytes[at..].strip_prefix(b"datetime.datetime(")?;
            let line_end = memchr::memchr(b'\n', inner).unwrap_or(inner.len());
            let close = memchr::memchr(b')', &inner[..line_end])?;
            Some(bytes.len() - inner.len() + close + 1)
        }
        _ => None,
    }
}

/// A place in the text; every step answers the place after it, or nothing.
#[derive(Debug, Clone, Copy)]
struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// Fits a shape, in which `9`, `5`, `3`, `2` and `1` stand for a digit up to that, `_` for a
    /// space, and all else for itself.
    fn shape(self, shape: &str) -> Option<Self> {
        let found = self.bytes.get(self.at..self.at + shape.len())?;
        let fits = found.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'1' | b'2' | b'3' | b'5' | b'9' => (b'0'..=wanted).contains(byte),
            b'_' => byte.is_ascii_whitespace(),
            other => *byte == other,
        });
        fits.then_some(Self { at: self.at + shape.len(), ..self })
    }

    /// From `min` to `max` digits.
    fn number(self, min: usize, max: usize) -> Option<Self> {
        let count = digits(&self.bytes[self.at..]).min(max);
        (count >= min).then_some(Self { at: self.at + count, ..self })
    }

    /// One of the words.
    fn word(self, words: &[&str]) -> Option<(usize, Self)> {
        let rest = &self.bytes[self.at..];
        let place = words.iter().position(|word| rest.starts_with(word.as_bytes()))?;
        Some((place, Self { at: self.at + words[place].len(), ..self }))
    }

    fn month(self) -> Option<Self> {
        self.word(&MONTHS).map(|(_, after)| after)
    }

    /// At least one space.
    fn spaces(self) -> Option<Self> {
        let count = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        (count > 0).then_some(Self { at: self.at + count, ..self })
    }

    /// `+0200`, `GMT`, `EST`, `Z`.
    fn zone(self) -> Option<Self> {
        let offset = || self.shape("+9959").or_else(|| self.shape("-9959"));
        let name = || {
            self.word(&["UT", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"])
                .map(|(_, after)| after)
        };
        let letter = || {
            let byte = *self.bytes.get(self.at)?;
            (byte.is_ascii_uppercase() && byte != b'J').then_some(Self { at: self.at + 1, ..self })
        };
        offset().or_else(name).or_else(letter)
    }

    /// What begins with the name of a day or month.
    fn named(self, starts_word: bool) -> Option<usize> {
        let Some((day, after_day)) = self.word(&DAYS) else {
            let month = self.month()?;
            let comma = month.shape("_39,_").and_then(|year| year.number(2, 4));
            let old = || self.month_day_time_year().filter(|_| starts_word);
            return comma.or_else(old).map(|end| end.at);
        };
        let comma = after_day.shape(",_");
        let mail = || {
            let month = comma?.number(1, 2)?.shape("_")?.month()?;
            let minute = month.shape("_")?.number(2, 4)?.shape("_")?.number(1, 2)?.shape(":")?;
            let minute = minute.number(1, 2)?;
            let second = minute.shape(":").and_then(|second| second.number(1, 2));
            second.unwrap_or(minute).shape("_")?.zone()
        };
        let short = || after_day.shape("_")?.month()?.shape("_39,_")?.number(2, 4);
        let usenet = || {
            let long = after_day.word(&LONG_DAYS[day..=day]).map_or(after_day, |(_, after)| after);
            let year = long.shape(",_99-")?.month()?.shape("-99_99:99:99_")?;
            year.zone()
        };
        let script = || {
            let zone = after_day.shape("_")?.month()?.shape("_99_9999_99:99:99_GMT")?;
            let end = zone.shape("+9999").or_else(|| zone.shape("-9999"))?;
            Some(end.parenthesis().unwrap_or(end))
        };
        let old = || after_day.spaces()?.month_day_time_year().filter(|_| starts_word);
        let old_mail = || {
            let end = after_day.shape(",")?.spaces()?.day_month_year().filter(|_| starts_word)?;
            Some(Self { at: end, ..self })
        };
        let end = mail().or_else(short).or_else(usenet).or_else(script).or_else(old);
        end.or_else(old_mail).map(|end| end.at)
    }

    /// ` (Central European Time)`
    fn parenthesis(self) -> Option<Self> {
        let inner = self.shape("_(")?;
        let length = memchr::memchr(b')', &inner.bytes[inner.at..])?;
        (length > 0).then_some(Self { at: inner.at + length + 1, ..self })
    }

    /// `Jan  2 10:00:00 2026`
    fn month_day_time_year(self) -> Option<Self> {
        let time = self.month()?.spaces()?.number(1, 2)?.spaces()?;
        time.shape("99:99:99")?.spaces()?.shape("9999")
    }

    /// `02 Jan 2026 10:00:00 +0000`
    fn day_month_year(self) -> Option<usize> {
        let year = self.number(1, 2)?.spaces()?.month()?.spaces()?;
        let minute = year.shape("9999")?.spaces()?.shape("29:59")?;
        let second = minute.shape(":59").or_else(|| minute.shape(":60"));
        second.unwrap_or(minute).spaces()?.zone().map(|end| end.at)
    }

    /// `2026-01-02T10:00:00.123Z`, `2026-01-02T10:00:00+02:00`
    fn rfc3339(self) -> Option<Self> {
        let second = self.shape("9999-99-99T99:99:99")?.fraction();
        let zulu = second.shape("Z").unwrap_or(second);
        let signed = zulu.shape("+99:99").or_else(|| zulu.shape("-99:99"));
        Some(signed.or_else(|| zulu.shape("99:99")).unwrap_or(zulu))
    }

    /// `2026-01-02 10:00`, `20260102T100000.5Z` and all between.
    fn date_time(self) -> Option<Self> {
        let day = self.shape("9999")?.maybe("-").shape("19")?.maybe("-").shape("39")?;
        let hour = day.shape("_").or_else(|| day.shape("T"))?;
        let minute = hour.shape("29")?.maybe(":").shape("59")?;
        let second = minute.maybe(":").shape("59");
        let end = second.map_or(minute, Self::fraction);
        let sign = end.shape("+").or_else(|| end.shape("-"));
        let offset = sign.and_then(|hour| hour.shape("29")?.maybe(":").shape("59"));
        Some(offset.or_else(|| end.shape("Z")).unwrap_or(end))
    }

    /// `9:05`, `23:59:01`, `10:00 PM`. The caller checks that no digit stands before it.
    fn kitchen(self) -> Option<Self> {
        let hour = self.number(1, 2)?;
        let written = &self.bytes[self.at..hour.at];
        if written > b"23".as_slice() && written.len() == 2 {
            return None;
        }
        let minute = hour.shape(":59")?;
        let end = minute.shape(":59").unwrap_or(minute);
        if matches!(self.bytes.get(end.at), Some(b'0'..=b'9' | b':')) {
            return None;
        }
        let twelve =
            written != b"0" && (written.len() == 1 || matches!(written, b"10" | b"11" | b"12"));
        let half = || {
            let half = end.shape("_").unwrap_or(end);
            let letters = half.bytes.get(half.at..half.at + 2)?;
            let fits = matches!(letters, [b'a' | b'A' | b'p' | b'P', b'm' | b'M']);
            fits.then_some(Self { at: half.at + 2, ..self })
        };
        Some(if twelve { half().unwrap_or(end) } else { end })
    }

    fn maybe(self, shape: &str) -> Self {
        self.shape(shape).unwrap_or(self)
    }

    /// `.` and digits, if they come next.
    fn fraction(self) -> Self {
        self.shape(".").and_then(|after| after.number(1, usize::MAX)).unwrap_or(self)
    }
}
