//! Time that is covered by spans, counted once where they overlap.

use model::id::SpanId;
use model::span::SpanRow;

/// When the children of each span ran: one span's intervals after another's, none overlapping.
struct Covered {
    intervals: Vec<Interval>,
}

#[derive(Debug, Clone, Copy)]
struct Interval {
    parent: SpanId,
    start: u64,
    end: u64,
    /// How much the earlier intervals of the same parent cover.
    before: u64,
}

impl Covered {
    fn of(rows: &[SpanRow<'_>]) -> Self {
        let own = |row: &SpanRow<'_>| row.parent.filter(|parent| *parent != row.span);
        let mut children: Vec<(SpanId, u64, u64)> =
            rows.iter().filter_map(|row| Some((own(row)?, row.timestamp.0, row.end().0))).collect();
        children.sort_unstable();
        let mut intervals: Vec<Interval> = Vec::with_capacity(children.len());
        for (parent, start, end) in children {
            match intervals.last_mut().filter(|last| last.parent == parent) {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                last => {
                    let before = last.map_or(0, |last| last.before + (last.end - last.start));
                    intervals.push(Interval { parent, start, end, before });
                }
            }
        }
        Self { intervals }
    }

    /// How much of a span's time its children cover.
    fn within(&self, span: SpanId, start: u64, end: u64) -> u64 {
        let first = self.intervals.partition_point(|it| (it.parent, it.end) <= (span, start));
        let after = self.intervals.partition_point(|it| (it.parent, it.start) < (span, end));
        let Some(found) = self.intervals.get(first..after).filter(|found| !found.is_empty()) else {
            return 0;
        };
        let (first, last) = (found[0], found[found.len() - 1]);
        let whole = last.before + (last.end - last.start) - first.before;
        whole - start.saturating_sub(first.start) - last.end.saturating_sub(end)
    }
}

/// Sets of every span how long none of its children ran. It takes no longer for spans that are each
/// other's children, or all have one id, than for others.
pub(crate) fn set_self_times(rows: &mut [SpanRow<'_>]) {
    let covered = Covered::of(rows);
    for row in rows {
        let within = covered.within(row.span, row.timestamp.0, row.end().0);
        row.self_time = row.duration.saturating_sub(within);
    }
}

/// Operations whose time is summed up on the segment. Source: Sentry's `span_ops` breakdown.
const OPERATIONS: [(&str, &str); 5] = [
    ("http", "spans.http"),
    ("db", "spans.db"),
    ("browser", "spans.browser"),
    ("resource", "spans.resource"),
    ("ui", "spans.ui"),
];

/// For each kind of operation that occurs the time spent in it, in milliseconds, and the sum.
pub(super) fn breakdowns(spans: &[SpanRow<'_>]) -> impl Iterator<Item = (&'static str, f64)> {
    let mut times: [Vec<(u64, u64)>; OPERATIONS.len()] = Default::default();
    for row in spans {
        if let Some(place) = OPERATIONS.iter().position(|(prefix, _)| row.op.starts_with(prefix)) {
            times[place].push((row.timestamp.0, row.end().0));
        }
    }
    let mut total = 0;
    let mut found = Vec::with_capacity(OPERATIONS.len() + 1);
    for ((_, name), times) in OPERATIONS.iter().zip(&mut times).filter(|(_, it)| !it.is_empty()) {
        let micros = union(times);
        total += micros;
        found.push((*name, millis(micros)));
    }
    if !found.is_empty() {
        found.push(("spans.total.time", millis(total)));
    }
    found.into_iter()
}

fn union(times: &mut [(u64, u64)]) -> u64 {
    times.sort_unstable();
    let (mut sum, mut until) = (0, 0);
    for (start, end) in times {
        sum += end.saturating_sub(until.max(*start));
        until = until.max(*end);
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "a century in microseconds is below 2^53")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
