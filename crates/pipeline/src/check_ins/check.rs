//! From a record of the lane of check-ins to what jobs say, or to outcomes for what is none.

use alarm::Arrival;
use model::outcome::Outcomes;
use schedule::Reported;
use wire::check_in;
use wire::json::Parser;

use crate::incoming::Incoming;

/// Reads one item. `scratch` holds its payload, and nothing useful afterwards.
pub(super) fn arrival(
    one: &Incoming<'_>,
    parser: &mut Parser,
    scratch: &mut Vec<u8>,
    outcomes: &mut Outcomes,
) -> Option<Arrival> {
    let sent = match check_in::parse(parser, scratch) {
        Ok(sent) => sent,
        Err(problem) => {
            one.drop_it(problem.reason(), outcomes);
            return None;
        }
    };
    Some(Arrival {
        organization: one.record.organization,
        project: one.record.project,
        key: one.record.key,
        received: one.record.received,
        id: sent.id,
        fresh_id: one.random_id(),
        slug: sent.slug,
        environment: sent.environment,
        release: sent.release,
        status: Reported::parse(&sent.status),
        duration_millis: sent.duration_millis,
        trace: sent.trace,
        config: sent.config,
    })
}
