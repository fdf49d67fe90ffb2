//! A transaction with its spans.

use model::category::Category;
use model::outcome::Fate;
use wire::json::Parser;
use wire::span::Transaction;

use super::work::{Output, span_given};
use crate::errors::{Dropped, check, refine, scrub};
use crate::incoming::Incoming;

/// Takes a transaction from its payload to rows.
pub(super) fn take(
    one: &Incoming<'_>,
    parser: &mut Parser,
    scratch: &mut Vec<u8>,
    output: &mut Output,
) {
    // Python writes numbers that JSON does not have.
    if one.record.sdk.starts_with("sentry.python") {
        wire::json::repair_non_finite(scratch);
    }
    let mut spans = match rows(one, parser, scratch) {
        Ok(spans) => spans,
        Err(Dropped { fate, reason }) => {
            return output.count(one.key(Category::Transaction, fate, reason), 1);
        }
    };
    output.count(one.key(Category::Transaction, Fate::Accepted, ""), 1);
    output.refuse(one, spans.refused);
    output.keep(one, &mut spans.rows);
}

fn rows<'a>(
    one: &Incoming<'_>,
    parser: &mut Parser,
    scratch: &'a mut Vec<u8>,
) -> Result<wire::span::Spans<'a>, Dropped> {
    let event = check::event(parser, scratch)?;
    let invalid = |problem: wire::span::Invalid| Dropped {
        fate: Fate::Invalid,
        reason: problem.reason().into(),
    };
    let given = refine::given(one.record, one.header, one.rules, one.random_id());
    let mut transaction = Transaction::new(event, &given).map_err(invalid)?;
    refine::filter(&transaction.event, one.record, one.rules)?;
    scrub::event(&mut transaction.event, &one.rules.scrubber);
    transaction.rows(&span_given(one)).map_err(invalid)
}
