//! Databases: too many queries, slow ones, and such that wait for each other without need.

use model::span::AttributeValue;

use super::segment::{
    Segment, Span, groups, is_share, longest, milliseconds, order, said, titled, total,
};
use super::{FINDING_SPANS_MAX, Finding, Kind, Thresholds};

/// Words that queries begin with. Transactions, connections and settings are none.
const VERBS: [&str; 10] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "REPLACE", "CALL", "EXEC", "EXECUTE"];

/// Attributes that hold the values of a query.
const PARAMETERS: [&str; 4] =
    ["db.query.parameter", "db.sql.bindings", "db.params", "db.statement.parameters"];

/// Whether a span asks a database something.
pub(super) fn is_query(span: Span<'_>) -> bool {
    let is_database = span.op.starts_with("db")
        && !["db.redis", "db.connection"].iter().any(|op| span.op.starts_with(op));
    if !is_database || matches!(span.text("db.system"), "redis" | "valkey") {
        return false;
    }
    let text = query(span).trim_start();
    let first = text.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(first))
        || text.starts_with('{')
        || span.op.starts_with("db.sql.prisma") && !text.is_empty()
}

/// The query without what varies, or else as it is.
fn query(span: Span<'_>) -> &str {
    if span.description.is_empty() { &span.name } else { &span.description }
}

/// Whether the values of calls with the same text may differ. `None` when nobody says: the text has
/// placeholders.
pub(super) fn differ(spans: &[Span<'_>]) -> Option<bool> {
    let (first, rest) = spans.split_first()?;
    if rest.iter().any(|span| span.name != first.name) {
        return Some(true);
    }
    let known = parameters(first);
    if !known.is_empty() || rest.iter().any(|span| !parameters(span).is_empty()) {
        return Some(rest.iter().any(|span| parameters(span) != known));
    }
    if has_placeholder(&first.name) { None } else { Some(false) }
}

fn parameters(span: Span<'_>) -> Vec<(&str, &AttributeValue<'_>)> {
    let all = span.attributes.iter().map(|attribute| (&*attribute.name, &attribute.value));
    all.filter(|(name, _)| PARAMETERS.iter().any(|prefix| name.starts_with(prefix))).collect()
}

/// `%s`, `%(name)s`, `?`, `$1`, `:name`, `@p1`, `{%s}`.
fn has_placeholder(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match byte {
            b'?' => true,
            b'%' => matches!(next, b's' | b'd' | b'('),
            b'$' => next.is_ascii_digit(),
            b'@' => next.is_ascii_alphabetic(),
            b':' => next.is_ascii_alphanumeric() && at > 0 && bytes.get(at - 1) != Some(&b':'),
            _ => false,
        }
    })
}

/// Many queries of one kind below one span, with another query before them, the source. Other work
/// may lie between them, as it does when rows are rendered one by one; Sentry wants them in a row.
pub(super) fn n_plus_one(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = Vec::new();
    for siblings in segment.siblings() {
        let asked: Vec<_> = siblings.iter().copied().filter(|span| is_query(span)).collect();
        if asked.len() < thresholds.n_plus_one_queries_count_min {
            continue;
        }
        for repeating in groups(asked.iter().map(|span| (query(span), *span))) {
            let is_enough = repeating.len() >= thresholds.n_plus_one_queries_count_min
                && total(&repeating) >= thresholds.n_plus_one_queries_micros_min;
            if !is_enough || differ(&repeating) == Some(false) {
                continue;
            }
            let Some(first) = repeating.first() else { continue };
            let before = asked.partition_point(|span| order(span) < order(first));
            let Some(source) = before.checked_sub(1).and_then(|before| asked.get(before)) else {
                continue;
            };
            let what = said(first);
            // Whatever is asked before it: the same loop is one problem.
            let mut finding = segment.finding(Kind::NPlusOneQueries, &what, &repeating, &[&what]);
            finding.cause_spans = vec![source.span];
            finding.tell("Preceding Span", &titled(source));
            finding.saved_micros = total(&repeating).saturating_sub(longest(&repeating));
            findings.push(finding);
        }
    }
    findings
}

/// Queries that read and take long by themselves.
pub(super) fn slow(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let slow = segment.spans().filter(|span| {
        span.duration >= thresholds.slow_query_micros_min
            && is_query(span)
            && is_reading(query(span))
    });
    // One finding for each query, however often it was slow.
    let groups = groups(slow.map(|span| (query(span), span)));
    groups
        .into_iter()
        .filter_map(|slow| {
            let what = said(slow.first()?);
            let mut finding = segment.finding(Kind::SlowQuery, &what, &slow, &[&what]);
            // The place does not matter: the query is slow wherever it is asked.
            finding.fingerprint.remove(1);
            let text = what.to_ascii_uppercase();
            let has = |word: &str| {
                text.split(|letter: char| !letter.is_ascii_alphabetic()).any(|found| found == word)
            };
            if !has("WHERE") && !has("LIMIT") {
                finding.tell("Hint", "reads a whole table: it has neither WHERE nor LIMIT");
            } else if has("WHERE") {
                finding.tell("Hint", "the columns in WHERE may need an index");
            }
            finding.saved_micros = total(&slow);
            Some(finding)
        })
        .collect()
}

/// Queries one after the other of which some need nothing of the others: no condition, no value. Those
/// could run beside the rest.
pub(super) fn consecutive(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = Vec::new();
    for siblings in segment.siblings() {
        let is_long =
            |span: &Span<'_>| span.duration >= thresholds.consecutive_queries_each_micros_min;
        if !siblings.iter().any(is_long) {
            continue;
        }
        let mut row: Vec<Span<'_>> = Vec::new();
        for span in siblings.iter().copied() {
            if !(is_query(span) && is_reading(query(span))) {
                findings.extend(side_by_side(segment, &row, thresholds));
                row.clear();
                continue;
            }
            if row.last().is_some_and(|last| last.end() > span.timestamp) {
                findings.extend(side_by_side(segment, &row, thresholds));
                row.clear();
            }
            row.push(span);
        }
        findings.extend(side_by_side(segment, &row, thresholds));
    }
    findings
}

fn side_by_side(
    segment: &Segment<'_>,
    row: &[Span<'_>],
    thresholds: &Thresholds,
) -> Option<Finding> {
    let (first, rest) = row.split_first()?;
    let (free, bound): (Vec<Span<'_>>, Vec<Span<'_>>) =
        rest.iter().partition(|span| needs_nothing(query(span)));
    let each = free.iter().map(|span| span.duration).min()?;
    let all = total(row);
    let waiting = first.duration.saturating_add(total(&bound));
    let saved = all.saturating_sub(longest(&free).max(waiting));
    if each < thresholds.consecutive_queries_each_micros_min
        || saved < thresholds.consecutive_queries_saved_micros_min
        || !is_share(saved, all, thresholds.consecutive_queries_saved_share_min)
    {
        return None;
    }
    let (from, what) = (said(first), said(free.first()?));
    let mut finding = segment.finding(Kind::ConsecutiveQueries, &what, &free, &[&from, &what]);
    finding.cause_spans = row.iter().take(FINDING_SPANS_MAX).map(|span| span.span).collect();
    finding.tell("Starting Span", &titled(first));
    finding.tell("Could Be Saved", &milliseconds(saved));
    finding.saved_micros = saved;
    Some(finding)
}

fn is_reading(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    first.eq_ignore_ascii_case("SELECT") || first.eq_ignore_ascii_case("WITH")
}

/// Whether a query has neither a condition nor a value that an earlier one could have given.
fn needs_nothing(text: &str) -> bool {
    let has_condition =
        text.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("WHERE"));
    let has_value = text.contains('\'') || text.bytes().any(|byte| byte.is_ascii_digit());
    !has_condition && !has_value && !has_placeholder(text) && !text.ends_with("...")
}
