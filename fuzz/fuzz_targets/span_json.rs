//! Any JSON as a transaction, as a container of streamed spans and as a span that came alone: no panic,
//! and rows within their bounds.
#![no_main]

use group::performance::{Thresholds, find};
use libfuzzer_sys::fuzz_target;
use model::clock::Micros;
use model::event::Event;
use model::id::{EventId, ProjectId};
use model::json::Value;
use model::limits::{SPAN_ATTRIBUTES_MAX, TRANSACTION_SPANS_MAX};
use model::span::SpanRow;
use wire::event::Given;
use wire::json::parse;
use wire::span::{SpanGiven, Transaction, container, finish, standalone};

const RECEIVED: Micros = Micros(1_800_000_000_000_000);
const FUTURE_MAX: Micros = Micros(60_000_000);

const GIVEN: SpanGiven<'static> = SpanGiven {
    project: ProjectId(1),
    received: RECEIVED,
    sent_at: Some(Micros(1_799_000_000_000_000)),
    future_max: FUTURE_MAX,
    past_max: RECEIVED,
    weight: 1.0,
    client_ip: Some("192.0.2.7"),
    scrub_ip: false,
    user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0"),
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Value::Object(root)) = parse(&mut bytes.to_vec()) {
        let given = Given {
            project: GIVEN.project,
            event_id: None,
            random_id: EventId([7; 16]),
            received: RECEIVED,
            sent_at: GIVEN.sent_at,
            future_max: FUTURE_MAX,
            past_max: GIVEN.past_max,
            client_ip: GIVEN.client_ip,
            scrub_ip: false,
            sdk: None,
            user_agent: GIVEN.user_agent,
            replay_id: None,
        };
        let transaction = Transaction::new(Event::from_object(root), &given);
        if let Ok(spans) = transaction.and_then(|transaction| transaction.rows(&GIVEN)) {
            assert!(spans.rows.len() <= TRANSACTION_SPANS_MAX + 1);
            check(spans.rows);
        }
    }
    if let Ok(value) = parse(&mut bytes.to_vec()) {
        let items = value.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        let count = u32::try_from(items).unwrap_or(u32::MAX);
        if let Ok(spans) = container(value.clone(), count, &GIVEN) {
            assert!(spans.rows.len() <= items);
            check(spans.rows);
        }
        if let Ok(row) = standalone(value, &GIVEN) {
            check(vec![row]);
        }
    }
});

fn check(mut rows: Vec<SpanRow<'_>>) {
    for row in &mut rows {
        finish(row);
        assert!(!row.op.is_empty());
        assert!(row.attributes.len() <= SPAN_ATTRIBUTES_MAX);
    }
    let _findings = find(&rows, &Thresholds::default());
}
