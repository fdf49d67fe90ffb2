//! Transactions: an event that is the segment of the spans in it.

use model::event::Event;
use model::json::Value;
use model::limits::TRANSACTION_SPANS_MAX;
use model::span::{AttributeValue, SpanRow};

use super::embedded::Embedded;
use super::time::{self, Signed, Window};
use super::{Invalid, SpanGiven, Spans, blank, finish, finishing, intervals, names, segment};
use crate::event::{self, Given};

/// A transaction in one shape, spans still as they were sent.
#[derive(Debug)]
pub struct Transaction<'a> {
    /// The event, normalised as every other, ready to be filtered and scrubbed. Its `spans` are in it.
    pub event: Event<'a>,
    /// By how much normalisation moved it in time, in microseconds.
    shift: Signed,
}

impl<'a> Transaction<'a> {
    /// Brings a transaction into form.
    ///
    /// # Errors
    /// [`Invalid`] when it has no ids or no time.
    pub fn new(mut event: Event<'a>, given: &Given<'_>) -> Result<Self, Invalid> {
        // Spans are many and simple. They do not go through the tables for events.
        let spans = event.root.remove("spans");
        let moment = |event: &Event<'_>, name| {
            event.root.get(name).and_then(time::micros).ok_or(Invalid::NoTime(name))
        };
        let sent = moment(&event, "timestamp")?;
        moment(&event, "start_timestamp")?;
        event.root.insert("type", "transaction");
        event::normalize(&mut event, given);
        names::normalize(&mut event);

        let (start, end) = (moment(&event, "start_timestamp")?, moment(&event, "timestamp")?);
        if end < start {
            return Err(Invalid::Reversed);
        }
        let oldest = given.received.0.saturating_sub(given.past_max.0);
        if u64::try_from(start).map_or(true, |start| start < oldest) {
            return Err(Invalid::OutOfRange);
        }
        let trace = event.at(&["contexts", "trace"]).and_then(Value::as_object);
        trace.and_then(segment::ids).ok_or(Invalid::NoTrace)?;
        if let Some(spans) = spans {
            event.root.push("spans", spans);
        }
        Ok(Self { event, shift: end - sent })
    }

    /// Makes rows of it and finishes them. Call this after scrubbing.
    ///
    /// # Errors
    /// [`Invalid`]: one bad span costs the whole transaction, as in Sentry.
    pub fn rows(mut self, given: &SpanGiven<'_>) -> Result<Spans<'a>, Invalid> {
        let spans = match self.event.root.remove("spans") {
            Some(Value::Array(spans)) => spans,
            _ => Vec::new(),
        };
        let (segment, mut attributes) = segment::segment(self.event, given)?;
        let kept = spans.len().min(TRANSACTION_SPANS_MAX);
        let excess = spans.len() - kept;
        let mut rows = Vec::with_capacity(kept + 1);
        rows.push(segment);
        let children = Children { shift: self.shift, window: Window::new(given), given };
        for span in spans.into_iter().take(kept) {
            let row = children.row(span, &rows[0])?;
            rows.push(row);
        }
        intervals::set_self_times(&mut rows);
        for (name, millis) in intervals::breakdowns(&rows[1..]) {
            attributes.fill(name, AttributeValue::Number(millis));
        }
        rows[0].attributes = attributes.into_vec();
        for row in &mut rows {
            // Only streamed spans are expected not to say what they did.
            if row.op.is_empty() {
                row.op = "default".into();
            }
            finish(row);
        }
        let mut spans = Spans { rows, refused: Vec::new() };
        spans.refuse("too_many_spans", u64::try_from(excess).unwrap_or(u64::MAX));
        Ok(spans)
    }
}

/// What all spans of a transaction have in common.
struct Children<'c> {
    shift: Signed,
    window: Window,
    given: &'c SpanGiven<'c>,
}

impl Children<'_> {
    fn row<'a>(&self, span: Value<'a>, segment: &SpanRow<'a>) -> Result<SpanRow<'a>, Invalid> {
        let Value::Object(span) = span else { return Err(Invalid::NoSpan) };
        let span = Embedded::read(span);
        let trace = span.trace.ok_or(Invalid::SpanWithout("trace_id"))?;
        let id = span.span.ok_or(Invalid::SpanWithout("span_id"))?;
        let start = span.start.ok_or(Invalid::SpanWithout("timestamp"))?;
        let trace = if trace.is_nil() { segment.trace } else { trace };
        let mut row = blank(self.given, trace, id);
        let unfinished = if span.end.is_none() { Some("deadline_exceeded") } else { None };
        let whole = (signed(segment.timestamp.0), signed(segment.end().0));
        let start = start.saturating_add(self.shift);
        let end = span.end.map_or(whole.1, |end| end.saturating_add(self.shift));
        if end < start {
            return Err(Invalid::Reversed);
        }
        let in_window = self.window.holds(start) && self.window.holds(end);
        let (start, end) = if in_window { (start, end) } else { whole };
        time::set(&mut row, start, end);
        row.parent = span.parent;
        row.segment = segment.span;
        row.op = finishing::op(span.op);
        row.name = finishing::name(span.description);
        row.status = unfinished.or(span.status).unwrap_or_default().into();
        row.transaction.clone_from(&segment.transaction);
        row.environment.clone_from(&segment.environment);
        row.release.clone_from(&segment.release);
        row.platform = match span.platform {
            none if none.is_empty() => segment.platform.clone(),
            own => finishing::short(own),
        };
        row.user.clone_from(&segment.user);
        row.attributes = span.attributes.into_vec();
        Ok(row)
    }
}

fn signed(micros: u64) -> Signed {
    Signed::try_from(micros).unwrap_or(Signed::MAX)
}
