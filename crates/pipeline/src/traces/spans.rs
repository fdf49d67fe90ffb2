//! Streamed spans, in containers or one by one.

use model::category::Category;
use model::json::Value;
use model::outcome::Fate;
use model::span::SpanRow;
use wire::envelope::ItemHeader;
use wire::json::Parser;
use wire::span::{Spans, container, finish, standalone};

use super::work::{Output, span_given};
use crate::incoming::Incoming;

/// The media type of a container of spans.
const CONTAINER: &str = "application/vnd.sentry.items.span.v2+json";

/// Takes an item from its payload to rows.
pub(super) fn take(
    one: &Incoming<'_>,
    parser: &mut Parser,
    scratch: &mut Vec<u8>,
    output: &mut Output,
) {
    let header = one.item_header();
    let Ok(value) = parser.parse(scratch) else {
        return one.drop_it("invalid_json", &mut output.results.outcomes);
    };
    match read(one, &header, value) {
        Ok(mut spans) => {
            scrub_and_finish(one, &mut spans.rows);
            output.refuse(one, spans.refused);
            output.keep(one, &mut spans.rows);
        }
        Err(problem) => {
            let count = usize::try_from(header.item_count.max(1)).unwrap_or(usize::MAX);
            output.count(one.key(Category::Span, Fate::Invalid, problem.reason()), count);
        }
    }
}

fn read<'a>(
    one: &Incoming<'_>,
    header: &ItemHeader,
    value: Value<'a>,
) -> Result<Spans<'a>, wire::span::Invalid> {
    let given = span_given(one);
    let content_type = header.content_type.as_deref().unwrap_or_default();
    if content_type.eq_ignore_ascii_case(CONTAINER) {
        return container(value, header.item_count, &given);
    }
    let row = standalone(value, &given)?;
    Ok(Spans { rows: vec![row], refused: Vec::new() })
}

/// Secrets must be out before texts are grouped by what they say.
pub(super) fn scrub_and_finish(one: &Incoming<'_>, rows: &mut [SpanRow<'_>]) {
    one.rules.scrubber.apply_to_spans(rows);
    for row in rows {
        finish(row);
    }
}
