//! Traces of OpenTelemetry, and the exceptions on them.

use model::category::Category;
use model::outcome::Fate;

use super::findings;
use super::spans::scrub_and_finish;
use super::work::{Output, span_given};
use crate::incoming::Incoming;

/// Takes an export request to rows and error events.
pub(super) fn take(one: &Incoming<'_>, scratch: &mut Vec<u8>, output: &mut Output) {
    let header = one.item_header();
    let is_json = header.content_type.as_deref().is_some_and(|it| it.ends_with("json"));
    let given = span_given(one);
    let read = if is_json {
        wire::otlp::json(scratch, &given)
    } else {
        wire::otlp::protobuf(scratch, &given)
    };
    let mut traces = match read {
        Ok(traces) => traces,
        Err(problem) => {
            let count = usize::try_from(one.item.count).unwrap_or(usize::MAX);
            return output.count(one.key(Category::Span, Fate::Invalid, problem.reason()), count);
        }
    };
    scrub_and_finish(one, &mut traces.spans);
    output.refuse(one, traces.refused);
    output.keep(one, &mut traces.spans);
    let left_out = usize::try_from(traces.exceptions_left_out).unwrap_or(usize::MAX);
    output.count(one.key(Category::Error, Fate::Invalid, "too_many_exceptions"), left_out);
    let records =
        traces.exceptions.iter().filter_map(|exception| findings::record_of(one, &exception.event));
    output.results.exceptions.extend(records);
}
