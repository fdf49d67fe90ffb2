//! What a span meets as it arrives.

use std::borrow::Cow;

use lang::matching::Matcher;
use lang::search::span_filter;
use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};

use crate::NOW;

fn row() -> SpanRow<'static> {
    let attribute = |name, value| Attribute { name: Cow::Borrowed(name), value };
    SpanRow {
        project: ProjectId(7),
        trace: TraceId([1; 16]),
        span: SpanId([2; 8]),
        parent: None,
        segment: SpanId([2; 8]),
        is_segment: true,
        timestamp: Micros(NOW.0 - 1_000),
        duration: 120_500,
        self_time: 500,
        received: NOW,
        op: "http.server".into(),
        category: "http".into(),
        name: "POST /Payouts".into(),
        description: "POST /Payouts".into(),
        group: 0xab,
        transaction: "POST /Payouts".into(),
        status: "ok".into(),
        environment: "".into(),
        release: "bets@1.0".into(),
        platform: "python".into(),
        user: "id:42".into(),
        weight: 2.0,
        attributes: vec![
            attribute("bet.amount", AttributeValue::Number(12.5)),
            attribute("bet.currency", AttributeValue::Text("EUR".into())),
            attribute("vip", AttributeValue::Bool(true)),
        ],
    }
}

#[track_caller]
fn check(search: &str, expected: bool) {
    let (filter, _) = span_filter(search, NOW).unwrap();
    assert_eq!(Matcher::new(&filter).matches(&row()), expected, "{search}");
}

#[test]
fn searches() {
    for search in [
        "",
        "span.op:http.server",
        "transaction:*payout*",
        "payouts",
        "!span.status:internal_error",
        "span.duration:>120ms span.duration:<=120.5ms",
        "is_transaction:true",
        "bet.amount:>12 bet.amount:12.5",
        "bet.currency:[USD,EUR]",
        "vip:true has:vip !has:mood",
        "(span.op:db OR release:bets@*) span.group:00000000000000ab",
        "!has:parent_span",
        "trace:01010101010101010101010101010101",
        "timestamp:-1h",
        "environment:\"\"",
    ] {
        check(search, true);
    }
    for search in [
        "span.op:http",
        "transaction:payout*",
        "!payouts",
        "span.duration:>120.5ms",
        "bet.amount:<5",
        "bet.currency:eur",
        "vip:false",
        "has:environment",
        "mood:bad",
        "parent_span:0202020202020202",
        "event.type:error",
    ] {
        check(search, false);
    }
}
