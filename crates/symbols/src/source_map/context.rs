//! Lines of a source around a place, cut to what fits on a screen.

/// Longer lines are cut around the column.
///
/// Source: `trim_line` of Sentry.
const LINE_CHARS_MAX: usize = 150;
const CUT_CHARS: usize = 140;
/// So much of a cut line lies before the column.
const BEFORE_COLUMN: usize = 60;
/// A cut so close to an end is none.
const CLOSE: usize = 5;

/// Lines around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The lines before, in order.
    pub before: Vec<String>,
    /// The line itself.
    pub line: String,
    /// The lines behind, in order.
    pub after: Vec<String>,
}

impl Context {
    /// Lines of a source that is in one piece; `line` and `column` from 1, `lines` to each side.
    /// `None` when it does not have the line.
    pub fn of(source: &str, line: u32, column: u32, lines: usize) -> Option<Self> {
        let line = usize::try_from(line.checked_sub(1)?).ok()?;
        let first = line.saturating_sub(lines);
        let found: Vec<&str> =
            source.split_inclusive('\n').skip(first).take(line - first + 1 + lines).collect();
        around(|at| found.get(at.checked_sub(first)?).copied(), line, column, lines)
    }
}

pub(super) fn around<'a>(
    line_at: impl Fn(usize) -> Option<&'a str>,
    line: usize,
    column: u32,
    lines: usize,
) -> Option<Context> {
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let side = |text: &str| trimmed(text, 0);
    Some(Context {
        line: trimmed(line_at(line)?, column),
        before: (line.saturating_sub(lines)..line).filter_map(&line_at).map(side).collect(),
        after: (line + 1..=line + lines).map_while(&line_at).map(side).collect(),
    })
}

/// A line without its end, and when it is long, what of it lies around the column (from 0).
pub fn trimmed(line: &str, column: usize) -> String {
    let line = line.trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}']);
    if line.len() <= LINE_CHARS_MAX {
        return line.to_owned();
    }
    let length = line.chars().count();
    if length <= LINE_CHARS_MAX {
        return line.to_owned();
    }
    let mut start = column.min(length).saturating_sub(BEFORE_COLUMN);
    if start < CLOSE {
        start = 0;
    }
    let mut end = (start + CUT_CHARS).min(length);
    if end + CLOSE > length {
        end = length;
        start = end - CUT_CHARS;
    }
    let cut: String = line.chars().skip(start).take(end - start).collect();
    let (opening, closing) =
        (if start > 0 { "{snip} " } else { "" }, if end < length { " {snip}" } else { "" });
    format!("{opening}{cut}{closing}")
}
