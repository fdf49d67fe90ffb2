//! A transaction with its spans.

use model::category::Category;
use model::id::EventId;
use model::outcome::Fate;
use model::span::{Attribute, AttributeValue, SpanRow};
use wire::json::Parser;
use wire::span::Transaction;

use super::profiles::Beside;
use super::work::{Output, span_given};
use crate::errors::{Dropped, check, refine, scrub};
use crate::incoming::Incoming;

/// Takes a transaction from its payload to rows. Answers what its profile must know.
pub(super) fn take(
    one: &Incoming<'_>,
    profile: Option<EventId>,
    parser: &mut Parser,
    scratch: &mut Vec<u8>,
    output: &mut Output,
) -> Beside {
    // Python writes numbers that JSON does not have.
    if one.record.sdk.starts_with("sentry.python") {
        wire::json::repair_non_finite(scratch);
    }
    let mut spans = match rows(one, parser, scratch) {
        Ok(spans) => spans,
        Err(dropped) => {
            let Dropped { fate, reason } = &dropped;
            output.count(one.key(Category::Transaction, *fate, reason.clone()), 1);
            return Beside::Dropped(dropped);
        }
    };
    output.count(one.key(Category::Transaction, Fate::Accepted, ""), 1);
    output.refuse(one, spans.refused);
    if let Some(profile) = profile {
        link(&mut spans.rows, profile);
    }
    output.keep(one, &mut spans.rows);
    Beside::of(&spans.rows)
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

/// Not all clients say in the transaction which profile came with it.
fn link(rows: &mut [SpanRow<'_>], profile: EventId) {
    let name = "sentry.profile_id";
    let segment = rows.iter_mut().find(|row| row.is_segment);
    if let Some(segment) = segment.filter(|row| row.attribute(name).is_none()) {
        let value = AttributeValue::Text(profile.to_string().into());
        segment.attributes.push(Attribute { name: name.into(), value });
    }
}
