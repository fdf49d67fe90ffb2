//! From a record of the lane of sessions to reports, or to outcomes for what is none.

use health::{Content, Report};
use model::intake::ItemType;
use model::outcome::Outcomes;
use wire::json::Parser;
use wire::session::{self, SessionError, SessionGiven};

use crate::incoming::Incoming;

/// Reads one item. `scratch` holds its payload, and nothing useful afterwards.
pub(super) fn report(
    one: &Incoming<'_>,
    parser: &mut Parser,
    scratch: &mut Vec<u8>,
    outcomes: &mut Outcomes,
) -> Option<Report> {
    let given = SessionGiven { received: one.record.received, sent_at: one.header.sent_at };
    let content: Result<Content, SessionError> = match one.item.item_type {
        ItemType::Session => session::update(parser, scratch, &given).map(|update| {
            Content::Update(update.session.unwrap_or_else(|| one.random_id()), update)
        }),
        ItemType::Sessions => session::aggregates(parser, scratch, &given).map(Content::Aggregates),
        _ => Err(SessionError::Field("type")),
    };
    match content {
        Ok(content) => Some(Report { project: one.record.project, content }),
        Err(problem) => {
            one.drop_it(problem.reason(), outcomes);
            None
        }
    }
}
