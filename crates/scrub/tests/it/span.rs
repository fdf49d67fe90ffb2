//! Spans as rows: what rules take out of them.

use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};
use scrub::{ScrubSettings, Scrubber};

fn row(name: &'static str, attributes: &[(&'static str, &'static str)]) -> SpanRow<'static> {
    let attribute = |(name, text): &(&'static str, &'static str)| Attribute {
        name: (*name).into(),
        value: AttributeValue::Text((*text).into()),
    };
    SpanRow {
        project: ProjectId(1),
        trace: TraceId([1; 16]),
        span: SpanId([1; 8]),
        parent: None,
        segment: SpanId([1; 8]),
        is_segment: false,
        timestamp: Micros(1),
        duration: 1,
        self_time: 1,
        received: Micros(1),
        op: "db".into(),
        category: "".into(),
        name: name.into(),
        description: "".into(),
        group: 0,
        transaction: "".into(),
        status: "".into(),
        environment: "".into(),
        release: "".into(),
        platform: "".into(),
        user: "".into(),
        weight: 1.0,
        attributes: attributes.iter().map(attribute).collect(),
    }
}

#[track_caller]
fn check(settings: &ScrubSettings, name: &'static str, text: &'static str, expected: Option<&str>) {
    let mut row = row("x", &[("before", "1"), (name, text), ("sentry.origin", "manual")]);
    Scrubber::new(settings).unwrap().apply_to_spans(std::slice::from_mut(&mut row));
    let found = row.attribute(name).is_some().then(|| row.text(name));
    assert_eq!(found, expected, "{name}");
    assert_eq!((row.text("before"), row.text("sentry.origin")), ("1", "manual"));
}

fn ruled(selector: &str) -> ScrubSettings {
    let config = format!(r#"{{"applications":{{"{selector}":["@anything:remove"]}}}}"#);
    ScrubSettings { pii_config: Some(config), ..ScrubSettings::default() }
}

#[test]
fn attributes_are_scrubbed_as_the_data_of_spans() {
    let default = ScrubSettings::default();
    check(&default, "http.request.header.x", "4111111111111111", Some("[pan]"));
    check(&default, "password", "hunter2", Some("[Filtered]"));
    check(&default, "db.system", "postgresql", Some("postgresql"));
    check(&default, "client.address", "192.0.2.7", Some("192.0.2.7"));
    let without_addresses = ScrubSettings { scrub_ip_addresses: true, ..default };
    check(&without_addresses, "client.address", "192.0.2.7", None);
}

#[test]
fn selectors_know_both_paths_of_an_attribute() {
    for selector in [
        "$span.data.'my.key'",
        "$span.data.**",
        "$span.attributes.'my.key'.value",
        "$span.attributes.'my.key'.value && $string",
    ] {
        let mut row = row("x", &[("my.key", "a")]);
        Scrubber::new(&ruled(selector)).unwrap().apply_to_spans(std::slice::from_mut(&mut row));
        assert_eq!(row.attribute("my.key"), None, "{selector}");
    }
    check(&ruled("$span.data.other"), "my.key", "a", Some("a"));
}

#[test]
fn names_lose_secrets() {
    let mut row = row("SELECT * FROM card WHERE pan = 4111111111111111", &[]);
    Scrubber::new(&ScrubSettings::default())
        .unwrap()
        .apply_to_spans(std::slice::from_mut(&mut row));
    assert_eq!(row.name, "SELECT * FROM card WHERE pan = [pan]");
}

#[test]
fn numbers_that_are_cards_go_and_others_stay() {
    let mut row = row("x", &[]);
    for (name, number) in [("a", 4_111_111_111_111_111.0), ("b", 4_111.5), ("c", -1.0)] {
        let value = AttributeValue::Number(number);
        row.attributes.push(Attribute { name: name.into(), value });
    }
    Scrubber::new(&ScrubSettings::default())
        .unwrap()
        .apply_to_spans(std::slice::from_mut(&mut row));
    assert_eq!(row.text("a"), "[pan]");
    assert_eq!(row.attribute("b"), Some(&AttributeValue::Number(4_111.5)));
    assert_eq!(row.attribute("c"), Some(&AttributeValue::Number(-1.0)));
}

#[test]
fn people_who_are_taken_out_are_not_counted() {
    for (settings, expected) in
        [(ScrubSettings::default(), "id:7"), (ruled("$span.data.'user.id'"), "")]
    {
        let mut row = row("x", &[("user.id", "7")]);
        row.user = "id:7".into();
        Scrubber::new(&settings).unwrap().apply_to_spans(std::slice::from_mut(&mut row));
        assert_eq!(row.user, expected);
    }
}

/// What was found clean once is not looked at again; it must be the same for that.
#[test]
fn spans_that_come_together_are_scrubbed_as_if_alone() {
    let scrubber = Scrubber::new(&ScrubSettings::default()).unwrap();
    let texts = ["postgresql", "4111111111111111", "hunter2", "pg-0", ""];
    let names =
        ["db.system", "password", "a", "http.request.header.x", "eyJhbGciOiJIUzI1NiJ9.e30.x"];
    let numbers = [4_111_111_111_111_111.0, 7.0];
    let mut rows: Vec<_> = (0..40)
        .map(|nth| {
            let pair = |name: usize, text: usize| (names[name % 5], texts[text % 5]);
            let pairs = [pair(nth, nth / 5), pair(nth + 1, nth / 7), pair(nth + 2, nth / 3)];
            let mut row = row("x", &pairs);
            let value = AttributeValue::Number(numbers[nth % 2]);
            row.attributes.push(Attribute { name: "n".into(), value });
            row
        })
        .collect();
    let alone = rows.clone().into_iter().map(|mut row| {
        scrubber.apply_to_spans(std::slice::from_mut(&mut row));
        row
    });
    let alone: Vec<_> = alone.collect();
    scrubber.apply_to_spans(&mut rows);
    assert_eq!(rows, alone);
}
