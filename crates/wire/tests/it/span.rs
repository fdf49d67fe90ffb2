//! Transactions, containers and standalone spans, as rows.

use expect_test::{Expect, expect};
use model::clock::Micros;
use model::event::Event;
use model::id::{EventId, ProjectId};
use model::json::Value;
use model::limits;
use model::span::{AttributeValue, SpanRow};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use wire::event::Given;
use wire::json::parse;
use wire::span::{Invalid, SpanGiven, Spans, Transaction, container, finish, standalone, weight};

mod corpus;

/// 2026-11-21T10:00:10Z, as in the cases of the oracle.
const RECEIVED: Micros = Micros(1_795_255_210_000_000);
const MONTH: Micros = Micros(2_592_000_000_000);
const MINUTE: Micros = Micros(60_000_000);

fn given() -> SpanGiven<'static> {
    SpanGiven {
        project: ProjectId(1),
        received: RECEIVED,
        sent_at: None,
        future_max: MINUTE,
        past_max: MONTH,
        weight: 1.0,
        client_ip: Some("192.0.2.7"),
        scrub_ip: false,
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/133.0"),
    }
}

fn event_given<'g>(given: &SpanGiven<'g>) -> Given<'g> {
    Given {
        project: given.project,
        event_id: None,
        random_id: EventId::from_random([7; 16]),
        received: given.received,
        sent_at: given.sent_at,
        future_max: given.future_max,
        past_max: given.past_max,
        client_ip: given.client_ip,
        scrub_ip: given.scrub_ip,
        sdk: None,
        user_agent: given.user_agent,
        replay_id: None,
    }
}

fn event(value: Value<'_>) -> Event<'_> {
    match value {
        Value::Object(object) => Event::from_object(object),
        _ => Event::default(),
    }
}

/// From JSON to rows.
type Read = fn(Value<'_>) -> Result<Spans<'_>, Invalid>;

/// The way of a transaction, without scrubbing.
fn transaction<'a>(value: Value<'a>, given: &SpanGiven<'_>) -> Result<Spans<'a>, Invalid> {
    Transaction::new(event(value), &event_given(given))?.rows(given)
}

fn finished(spans: Result<Spans<'_>, Invalid>) -> Result<Spans<'_>, Invalid> {
    spans.map(|mut spans| {
        spans.rows.iter_mut().for_each(finish);
        spans
    })
}

fn json_of(row: &SpanRow<'_>) -> Json {
    let mut shown = json!({
        "span": row.span.to_string(),
        "op": row.op, "name": row.name, "status": row.status,
        "millis": [row.duration / 1000, row.self_time / 1000],
    });
    let mut set = |name: &str, text: &str| {
        if !text.is_empty() {
            shown[name] = json!(text);
        }
    };
    set("parent", &row.parent.map(|id| id.to_string()).unwrap_or_default());
    set("transaction", &row.transaction);
    set("environment", &row.environment);
    set("release", &row.release);
    set("platform", &row.platform);
    set("user", &row.user);
    set("description", &row.description);
    set("category", &row.category);
    let mut attributes: Vec<_> = row.attributes.iter().collect();
    attributes.sort_by(|left, right| left.name.cmp(&right.name));
    let attributes = attributes.iter().map(|it| {
        let value = match &it.value {
            AttributeValue::Text(text) => json!(text),
            AttributeValue::Number(number) => json!(number),
            AttributeValue::Bool(value) => json!(value),
        };
        (it.name.to_string(), value)
    });
    shown["attributes"] = attributes.collect::<serde_json::Map<_, _>>().into();
    shown
}

#[track_caller]
fn check(input: &Json, read: Read, expected: &Expect) {
    let mut bytes = input.to_string().into_bytes();
    let shown = match read(parse(&mut bytes).unwrap()) {
        Ok(spans) => {
            let mut lines: Vec<String> =
                spans.rows.iter().map(|row| json_of(row).to_string()).collect();
            lines
                .extend(spans.refused.iter().map(|(why, count)| format!("refused {count}: {why}")));
            lines.join("\n")
        }
        Err(problem) => format!("{}: {problem}", problem.reason()),
    };
    expected.assert_eq(&shown);
}

fn as_transaction(value: Value<'_>) -> Result<Spans<'_>, Invalid> {
    transaction(value, &given())
}

fn as_container(value: Value<'_>) -> Result<Spans<'_>, Invalid> {
    let count = value.get("items").and_then(Value::as_array).map_or(0, Vec::len);
    finished(container(value, u32::try_from(count).unwrap(), &given()))
}

fn as_standalone(value: Value<'_>) -> Result<Spans<'_>, Invalid> {
    let row = standalone(value, &given())?;
    finished(Ok(Spans { rows: vec![row], refused: Vec::new() }))
}

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const ROOT: &str = "b0e6f15b45c36b12";

fn payload() -> Json {
    json!({
        "type": "transaction", "event_id": "9ec79c33ec9942ab8353589fcb2e04dc", "platform": "python",
        "transaction": "/users/123/x", "transaction_info": {"source": "url"},
        "start_timestamp": 1_795_255_200, "timestamp": 1_795_255_201.5,
        "contexts": {"trace": {"trace_id": TRACE, "span_id": ROOT, "op": "http.server", "status": "ok"}},
        "spans": [span("aaaaaaaaaaaaaaaa", ROOT, [200.1, 200.6])],
    })
}

fn span(id: &str, parent: &str, [start, end]: [f64; 2]) -> Json {
    json!({
        "trace_id": TRACE, "span_id": id, "parent_span_id": parent, "op": "db",
        "start_timestamp": 1_795_255_000.0 + start, "timestamp": 1_795_255_000.0 + end,
    })
}

fn with(mut json: Json, change: impl FnOnce(&mut Json)) -> Json {
    change(&mut json);
    json
}

#[test]
fn a_transaction_is_the_segment_of_its_spans() {
    let input = with(payload(), |event| {
        event["release"] = json!("bets@1.4.0");
        event["environment"] = json!("prod");
        event["server_name"] = json!("bets-1");
        event["tags"] = json!({"market": "MT"});
        event["user"] = json!({"id": 7, "email": "a@example.com"});
        event["request"] =
            json!({"url": "http://x.example/a?b=c", "method": "get", "headers": {"accept": "*/*"}});
        event["measurements"] = json!({"lcp": {"value": 2400}, "bet": {"value": 2, "unit": "eur"}, "a b": {"value": 1}});
        event["contexts"]["os"] = json!({"name": "Linux", "version": "6.1"});
        event["contexts"]["trace"]["data"] =
            json!({"http.method": "GET", "big": 9_007_199_254_740_993_u64});
        event["spans"][0]["description"] = json!("SELECT * FROM bet WHERE id = 5");
        event["spans"][0]["data"] =
            json!({"db.system": "postgresql", "sentry.op": "db", "rows": [1, 2]});
        event["spans"][0]["status"] = json!(5);
    });
    check(
        &input,
        as_transaction,
        &expect![[r#"
        {"span":"b0e6f15b45c36b12","op":"http.server","name":"/users/*/x","status":"ok","millis":[1500,1000],"transaction":"/users/*/x","environment":"prod","release":"bets@1.4.0","platform":"python","user":"id:7","description":"GET http://x.example","category":"http","attributes":{"bet":2.0,"bet.unit":"eur","big":"9007199254740993","browser.web_vital.lcp.value":2400.0,"http.method":"GET","http.query":"b=c","http.request.header.accept":"*/*","http.request.method":"GET","market":"MT","os.name":"Linux","os.version":"6.1","score.lcp":0.4999999995,"score.ratio.lcp":0.4999999995,"score.total":0.4999999995,"score.weight.lcp":1.0,"sentry.action":"GET","sentry.domain":"x.example","sentry.event_id":"9ec79c33ec9942ab8353589fcb2e04dc","sentry.segment.name.source":"sanitized","server.address":"bets-1","spans.db":500.0,"spans.total.time":500.0,"url.full":"http://x.example/a","user.email":"a@example.com","user.id":"7"}}
        {"span":"aaaaaaaaaaaaaaaa","op":"db","name":"SELECT * FROM bet WHERE id = 5","status":"not_found","millis":[500,500],"parent":"b0e6f15b45c36b12","transaction":"/users/*/x","environment":"prod","release":"bets@1.4.0","platform":"python","user":"id:7","description":"SELECT * FROM bet WHERE id = %s","category":"db","attributes":{"db.system":"postgresql","db.system.name":"postgresql","rows":"[1,2]","sentry.action":"SELECT","sentry.domain":",bet,"}}"#]],
    );
}

#[test]
fn self_time_is_what_no_child_covers() {
    let input = with(payload(), |event| {
        event["spans"] = json!([
            span("aaaaaaaaaaaaaaaa", ROOT, [200.1, 200.6]),
            span("bbbbbbbbbbbbbbbb", ROOT, [200.5, 200.7]),
            span("cccccccccccccccc", "aaaaaaaaaaaaaaaa", [200.0, 200.2]),
            span("dddddddddddddddd", "dddddddddddddddd", [200.0, 200.2]),
        ]);
    });
    let mut bytes = input.to_string().into_bytes();
    let spans = as_transaction(parse(&mut bytes).unwrap()).unwrap();
    let times: Vec<u64> = spans.rows.iter().map(|row| row.self_time / 1000).collect();
    assert_eq!(times, [900, 400, 200, 200, 200]);
    assert_eq!(spans.rows[0].attribute("spans.db"), Some(&AttributeValue::Number(700.0)));
}

#[test]
fn transactions_that_are_none() {
    let broken = |change: fn(&mut Json)| with(payload(), change);
    let check = |input: Json, expected| check(&input, as_transaction, expected);
    check(
        broken(|it| it["contexts"] = json!({})),
        &expect!["invalid_transaction: missing valid trace context"],
    );
    check(
        broken(|it| it["contexts"]["trace"]["span_id"] = json!("zz")),
        &expect!["invalid_transaction: missing valid trace context"],
    );
    check(
        broken(|it| it["start_timestamp"] = json!(null)),
        &expect!["invalid_transaction: start_timestamp hard-required for transaction events"],
    );
    check(
        broken(|it| it["timestamp"] = json!("soon")),
        &expect!["invalid_transaction: timestamp hard-required for transaction events"],
    );
    check(
        broken(|it| it["timestamp"] = json!(1_795_255_100)),
        &expect!["invalid_transaction: end timestamp is smaller than start timestamp"],
    );
    check(
        broken(|it| it["start_timestamp"] = json!(1)),
        &expect!["invalid_transaction: timestamp is out of the valid range for transactions"],
    );
    check(
        broken(|it| it["spans"] = json!([null])),
        &expect!["invalid_transaction: spans must be valid in transaction event"],
    );
    for missing in ["span_id", "trace_id", "start_timestamp"] {
        let input = with(payload(), |it| it["spans"][0][missing] = json!(null));
        let mut bytes = input.to_string().into_bytes();
        let problem = as_transaction(parse(&mut bytes).unwrap()).unwrap_err();
        assert_eq!(problem.reason(), "invalid_transaction", "{problem}");
    }
    check(
        broken(|it| it["spans"][0]["timestamp"] = json!(1_795_255_200.0)),
        &expect!["invalid_transaction: end timestamp is smaller than start timestamp"],
    );
}

#[test]
fn transactions_that_are_repaired() {
    let check = |change: fn(&mut Json), expected: [&str; 3]| {
        let mut bytes = with(payload(), change).to_string().into_bytes();
        let spans = as_transaction(parse(&mut bytes).unwrap()).unwrap();
        let row = spans.rows.last().unwrap();
        let parent = row.parent.map(|id| id.to_string()).unwrap_or_default();
        assert_eq!([&parent, row.status.as_ref(), &row.transaction], expected);
    };
    check(|it| drop(it["transaction"].take()), [ROOT, "", "<unlabeled transaction>"]);
    check(|it| it["spans"][0]["parent_span_id"] = json!("zz"), ["", "", "/users/*/x"]);
    check(|it| it["spans"][0]["status"] = json!("weird"), [ROOT, "", "/users/*/x"]);
    check(|it| it["spans"][0]["status"] = json!("failure"), [ROOT, "internal_error", "/users/*/x"]);
    let unfinished = |it: &mut Json| drop(it["spans"][0]["timestamp"].take());
    check(unfinished, [ROOT, "deadline_exceeded", "/users/*/x"]);
    check(|it| drop(it["transaction_info"].take()), [ROOT, "", "/users/123/x"]);
}

#[test]
fn clocks_that_are_wrong_are_put_right_for_spans_too() {
    let given = SpanGiven { sent_at: Some(Micros(RECEIVED.0 + 7_200_000_000)), ..given() };
    let mut bytes = payload().to_string().into_bytes();
    let spans = transaction(parse(&mut bytes).unwrap(), &given).unwrap();
    let starts: Vec<u64> = spans.rows.iter().map(|row| row.timestamp.0).collect();
    assert_eq!(starts, [1_795_248_000_000_000, 1_795_248_000_100_000]);
}

fn streamed() -> Json {
    let text = |value: &str| json!({"type": "string", "value": value});
    json!({
        "trace_id": TRACE, "span_id": ROOT, "name": "POST /bets", "status": "error", "is_segment": true,
        "start_timestamp": 1_795_255_200.158_209, "end_timestamp": 1_795_255_200.180_536,
        "attributes": {
            "http.request.method": text("POST"), "sentry.kind": text("server"),
            "http.response.status_code": {"type": "integer", "value": 404},
            "sentry.release": text("bets@1.4.0"), "sentry.environment": text("prod"),
            "sentry.segment.id": text(ROOT), "sentry.sdk.name": text("sentry.python"),
            "browser.web_vital.inp.value": {"type": "integer", "value": 200},
            "user.id": text("7"), "wrong": {"type": "integer", "value": 1.5}, "bare": 1,
        },
        "links": [{"trace_id": TRACE, "span_id": "aaaaaaaaaaaaaaaa", "attributes": {"a": {"type": "integer", "value": 1}}}, {}],
    })
}

#[test]
fn streamed_spans() {
    let settings = json!({"infer_ip": "auto", "infer_user_agent": "auto"});
    let input = json!({"version": 2, "ingest_settings": settings, "items": [streamed()]});
    check(
        &input,
        as_container,
        &expect![[
            r#"{"span":"b0e6f15b45c36b12","op":"http.server","name":"POST /bets","status":"not_found","millis":[22,22],"transaction":"POST /bets","environment":"prod","release":"bets@1.4.0","platform":"python","user":"id:7","description":"POST *","category":"http","attributes":{"browser.name":"Firefox","browser.version":"133.0","browser.web_vital.inp.value":200.0,"client.address":"192.0.2.7","http.request.method":"POST","http.response.status_code":404.0,"os.name":"Linux","score.inp":0.8999999314038525,"score.ratio.inp":0.8999999314038525,"score.total":0.8999999314038525,"score.weight.inp":1.0,"sentry.action":"POST","sentry.kind":"server","sentry.links":"[{\"trace_id\":\"5b8efff798038103d269b633813fc60c\",\"span_id\":\"aaaaaaaaaaaaaaaa\",\"attributes\":{\"a\":1}}]","sentry.sdk.name":"sentry.python","user.id":"7","user_agent.original":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/133.0"}}"#
        ]],
    );
}

/// Source: what `@sentry/browser` and `@sentry/node` 11.12 send, streamed and as transactions.
/// Operation, name as sent, attributes, name as it should be.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, Json)], &'a str);

#[test]
fn streamed_spans_are_named_as_those_of_transactions() {
    let named = |op: &str, name: &str, attributes: &[(&str, Json)]| {
        let mut all = json!({
            "sentry.op": {"type": "string", "value": op},
            "sentry.segment.id": {"type": "string", "value": ROOT},
            "sentry.segment.name": {"type": "string", "value": "GET"},
        });
        for (key, value) in attributes {
            let kind = if value.is_boolean() { "boolean" } else { "string" };
            all[*key] = json!({"type": kind, "value": value});
        }
        with(streamed(), |span| {
            span["name"] = json!(name);
            span["attributes"] = all;
        })
    };
    let url = ("url.full", json!("http://a.example/players/1234/x?token=1#y"));
    let by_url = ("sentry.segment.name.source", json!("url"));
    let get = ("http.request.method", json!("GET"));
    let own = ("http.request.same_origin", json!(true));
    let cases: [Case<'_>; 12] = [
        ("http.server", "GET", &[url.clone(), by_url.clone(), get.clone()], "GET /players/*/x"),
        ("pageload", "Pageload", &[url.clone(), by_url.clone()], "/players/*/x"),
        ("pageload", "Pageload", &[("url.path", json!("/w")), by_url.clone()], "/w"),
        ("navigation", "/players/1234", std::slice::from_ref(&by_url), "/players/*"),
        // Nothing says where.
        ("pageload", "Pageload", std::slice::from_ref(&by_url), "Pageload"),
        // Somebody gave it that name, or it is about something else than the URL.
        ("pageload", "Pageload", std::slice::from_ref(&url), "Pageload"),
        ("middleware", "session", &[url.clone(), by_url.clone()], "session"),
        // None of these is a segment.
        (
            "http.client",
            "GET a.example",
            &[url.clone(), get.clone()],
            "GET http://a.example/players/1234/x",
        ),
        ("http.client", "GET a.example", &[get], "GET a.example"),
        ("resource.script", "a.example", &[url.clone(), own], "/players/1234/x"),
        (
            "resource.script",
            "a.example",
            std::slice::from_ref(&url),
            "http://a.example/players/1234/x",
        ),
        ("browser.dns", "DNS lookup", std::slice::from_ref(&url), "DNS lookup"),
    ];
    for (op, name, attributes, expected) in cases {
        let is_segment =
            !op.contains("client") && !op.starts_with("resource") && !op.contains("dns");
        let span = with(named(op, name, attributes), |span| span["is_segment"] = json!(is_segment));
        let is_renamed = is_segment && expected.contains('/');
        let mut child = named("db", "SELECT 1", &[]);
        (child["span_id"], child["is_segment"]) = (json!("cccccccccccccccc"), json!(false));
        let mut bytes = json!({"items": [child, span]}).to_string().into_bytes();
        let rows = as_container(parse(&mut bytes).unwrap()).unwrap().rows;
        let named = if is_segment { &rows[1].transaction } else { &rows[1].name };
        assert_eq!(named, if is_segment && !is_renamed { "GET" } else { expected }, "{op} {name}");
        assert!(!is_segment || rows[1].name == name, "segments keep their name");
        assert_eq!(rows[0].transaction, if is_renamed { expected } else { "GET" }, "{op} {name}");
        let source = rows[1].text("sentry.segment.name.source");
        assert_eq!(source == "sanitized", is_renamed, "{op} {name}");
    }
}

#[test]
fn streamed_spans_that_are_none_cost_themselves() {
    let broken = |name: &str, value: Json| with(streamed(), |span| span[name] = value);
    let id = |text: &str| json!({"sentry.segment.id": {"type": "string", "value": text}});
    let input = json!({"items": [
        streamed(), streamed(), null,
        broken("span_id", json!("zz")), broken("name", json!(null)), broken("status", json!(1)),
        broken("end_timestamp", json!(1_795_255_100)), broken("end_timestamp", json!(null)),
        broken("attributes", id("zz")),
        with(broken("start_timestamp", json!(1)), |span| span["end_timestamp"] = json!(2)),
    ]});
    let mut bytes = input.to_string().into_bytes();
    let spans = as_container(parse(&mut bytes).unwrap()).unwrap();
    assert_eq!(spans.rows.len(), 1);
    let refused: Vec<_> = spans.refused.iter().map(|(why, count)| (why.as_ref(), *count)).collect();
    assert_eq!(refused, [("duplicate", 1), ("no_data", 4), ("invalid_span", 2), ("timestamp", 2)]);
}

#[test]
fn containers_must_hold_what_they_say() {
    let problem = |json: Json, count| {
        let mut bytes = json.to_string().into_bytes();
        container(parse(&mut bytes).unwrap(), count, &given()).unwrap_err()
    };
    for (input, count) in [
        (json!({"items": [streamed()]}), 2),
        (json!({"items": {}}), 0),
        (json!([]), 0),
        (json!({}), 0),
    ] {
        assert_eq!(problem(input, count).reason(), "invalid_json");
    }
}

#[test]
fn a_streamed_span_in_the_future_ends_now() {
    let input = with(streamed(), |span| {
        span["start_timestamp"] = json!(1_795_258_000);
        span["end_timestamp"] = json!(1_795_258_002);
    });
    let mut bytes = json!({"items": [input]}).to_string().into_bytes();
    let spans = as_container(parse(&mut bytes).unwrap()).unwrap();
    assert_eq!((spans.rows[0].end(), spans.rows[0].duration), (RECEIVED, 2_000_000));
}

#[test]
fn web_vitals_come_alone() {
    let input = json!({
        "trace_id": TRACE, "span_id": ROOT, "op": "ui.interaction.click", "description": "body > button#spin",
        "start_timestamp": 1_795_255_200, "timestamp": 1_795_255_200.36, "exclusive_time": 360,
        "segment_id": "aaaaaaaaaaaaaaaa", "origin": "auto.http.browser.inp",
        "measurements": {"inp": {"value": 0.5, "unit": "second"}},
        "data": {"release": "web@1", "environment": "prod", "transaction": "/play", "sentry.op": "x"},
    });
    check(
        &input,
        as_standalone,
        &expect![[
            r#"{"span":"b0e6f15b45c36b12","op":"ui.interaction.click","name":"body > button#spin","status":"","millis":[360,360],"transaction":"/play","environment":"prod","release":"web@1","platform":"javascript","attributes":{"browser.name":"Firefox","browser.version":"133.0","browser.web_vital.inp.value":500.0,"client.address":"192.0.2.7","os.name":"Linux","score.inp":0.4999999995,"score.ratio.inp":0.4999999995,"score.total":0.4999999995,"score.weight.inp":1.0,"sentry.origin":"auto.http.browser.inp","user_agent.original":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/133.0"}}"#
        ]],
    );
}

#[test]
fn weights() {
    for (trace, expected) in [
        (json!({"sample_rate": "0.25"}), 4.0),
        (json!({"sample_rate": 1}), 1.0),
        (json!({"sample_rate": 0}), 1.0),
        (json!({"sample_rate": "nan"}), 1.0),
        (json!({"sample_rate": 7}), 1.0),
        (json!({}), 1.0),
    ] {
        let mut bytes = trace.to_string().into_bytes();
        assert_eq!(weight(Some(&parse(&mut bytes).unwrap())).to_bits(), f64::to_bits(expected));
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        (1_795_255_000_u64..1_795_256_000).prop_map(|it| json!(it)),
        "\\PC{0,12}".prop_map(|it| json!(it)),
        Just(json!(TRACE)),
        Just(json!(ROOT)),
        Just(json!("string")),
    ];
    let name = prop::sample::select(vec![
        "span_id",
        "trace_id",
        "parent_span_id",
        "start_timestamp",
        "timestamp",
        "end_timestamp",
        "op",
        "description",
        "name",
        "status",
        "is_segment",
        "attributes",
        "data",
        "tags",
        "value",
        "type",
        "links",
        "measurements",
        "lcp",
        "unit",
        "contexts",
        "trace",
        "spans",
        "items",
        "http.method",
        "sentry.segment.id",
        "sentry.exclusive_time",
        "\u{e4}",
        "",
    ]);
    leaf.prop_recursive(5, 60, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|it| json!(it)),
            prop::collection::vec((name.clone(), inner), 0..9).prop_map(|pairs| {
                pairs.into_iter().map(|(name, it)| (name.to_owned(), it)).collect()
            }),
        ]
    })
}

fn assert_bounded(spans: &Spans<'_>) {
    for row in &spans.rows {
        assert!(!row.op.is_empty());
        assert!(
            row.self_time <= row.duration || row.attributes.is_empty() || row.self_time < 1 << 60
        );
        assert!(row.name.len() <= limits::SPAN_NAME_BYTES_MAX);
        assert!(row.attributes.len() <= limits::SPAN_ATTRIBUTES_MAX);
        for (place, attribute) in row.attributes.iter().enumerate() {
            assert!(attribute.name.len() <= limits::ATTRIBUTE_NAME_BYTES_MAX);
            let later = &row.attributes[place + 1..];
            assert!(later.iter().all(|it| it.name != attribute.name), "{}", attribute.name);
            match &attribute.value {
                AttributeValue::Text(text) => {
                    assert!(text.len() <= limits::ATTRIBUTE_TEXT_BYTES_MAX);
                }
                AttributeValue::Number(number) => assert!(number.is_finite()),
                AttributeValue::Bool(_) => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_is_bounded(
        parts in prop::collection::vec(any_json(), 4),
    ) {
        let [spans, fields, items, any] = <[Json; 4]>::try_from(parts).unwrap();
        let inputs: [(Json, Read); 5] = [
            (with(payload(), |it| it["spans"] = spans.clone()), as_transaction),
            (with(payload(), |it| {
                it["contexts"]["trace"]["data"] = fields.clone();
                it["spans"] = json!([with(span(ROOT, ROOT, [200.0, 201.0]), |it| it["data"] = fields.clone())]);
                it["measurements"] = any.clone();
            }), as_transaction),
            (json!({"items": items}), as_container),
            (json!({"items": [with(streamed(), |it| it["attributes"] = items.clone())]}), as_container),
            (any.clone(), as_standalone),
        ];
        for (input, read) in inputs {
            let mut bytes = input.to_string().into_bytes();
            if let Ok(spans) = read(parse(&mut bytes).unwrap()) {
                assert_bounded(&spans);
            }
        }
    }
}

#[test]
fn spans_that_are_each_others_children_do_not_take_long() {
    let one = span(ROOT, ROOT, [200.0, 201.0]);
    let other = span("aaaaaaaaaaaaaaaa", ROOT, [200.0, 201.0]);
    let spans: Vec<Json> =
        (0..12_000).map(|n| if n % 2 == 0 { one.clone() } else { other.clone() }).collect();
    let input = with(payload(), |event| event["spans"] = json!(spans));
    let mut bytes = input.to_string().into_bytes();
    let spans = as_transaction(parse(&mut bytes).unwrap()).unwrap();
    assert_eq!(spans.rows.len(), limits::TRANSACTION_SPANS_MAX + 1);
    assert_eq!(spans.refused, [("too_many_spans".into(), 2_000)]);
}

/// Answers of Relay 0.10.1 (the Python package `sentry-relay`) to inputs of ours, one a line.
const CASES: &str = include_str!("../data/oracle-cases.jsonl");

#[test]
fn transactions_become_what_relay_makes_of_them() {
    let mut seen = 0;
    for case in CASES.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()) {
        if case["kind"] != "normalize" || case["input"]["type"] != "transaction" {
            continue;
        }
        seen += 1;
        let name = case["name"].as_str().unwrap();
        let mut bytes = case["input"].to_string().into_bytes();
        let output = &case["output"];
        match as_transaction(parse(&mut bytes).unwrap()) {
            Ok(spans) => compare(&spans, output, name),
            Err(problem) => {
                let expected = case["error"].as_str().unwrap_or_default();
                assert_eq!(expected, format!("invalid transaction event: {problem}"), "{name}");
            }
        }
    }
    assert!(seen > 30, "{seen} cases");
}

fn compare(spans: &Spans<'_>, expected: &Json, name: &str) {
    let (segment, spans) = spans.rows.split_first().unwrap();
    assert_eq!(expected["transaction"], segment.transaction.as_ref(), "{name}");
    let source = segment.text("sentry.segment.name.source");
    assert_eq!(expected["transaction_info"]["source"], source, "{name}");
    let trace = &expected["contexts"]["trace"];
    assert_eq!(trace["op"].as_str().unwrap_or("default"), segment.op, "{name}");
    assert_eq!(trace["status"].as_str().unwrap_or("unknown"), segment.status, "{name}");
    let micros = |span: &Json| (span["exclusive_time"].as_f64().unwrap() * 1e3).round();
    #[expect(clippy::cast_precision_loss, reason = "tests may be blunt")]
    let close = |row: &SpanRow<'_>, span: &Json| (row.self_time as f64 - micros(span)).abs() <= 1.0;
    assert!(close(segment, trace), "{name}: {}", segment.self_time);
    for (row, span) in spans.iter().zip(expected["spans"].as_array().unwrap()) {
        assert_eq!(span["status"].as_str().unwrap_or_default(), row.status, "{name}");
        assert_eq!(span["op"].as_str().unwrap_or("default"), row.op, "{name}");
        assert_eq!(span["parent_span_id"].as_str().is_some(), row.parent.is_some(), "{name}");
        assert!(close(row, span), "{name}: {}", row.self_time);
    }
}
