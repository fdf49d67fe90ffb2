//! Small trees of spans, and what is wrong with them.

use std::borrow::Cow;

use group::performance::{
    FINDING_SPANS_MAX, FINDINGS_MAX, Finding, Kind, SETTINGS, Setting, SettingError, SettingValue,
    Thresholds, Unit, find,
};
use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};
use proptest::prelude::*;

const MILLI: u64 = 1_000;
const START: u64 = 1_700_000_000_000_000;

fn id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

/// A span that began `from` milliseconds after the segment and took `duration` milliseconds.
#[expect(clippy::too_many_arguments, reason = "a row of a table")]
fn span<'a>(
    number: u64,
    parent: u64,
    op: &'a str,
    name: &'a str,
    from: u64,
    duration: u64,
) -> SpanRow<'a> {
    SpanRow {
        project: ProjectId(1),
        trace: TraceId([1; 16]),
        span: id(number),
        parent: (parent > 0).then(|| id(parent)),
        segment: id(1),
        is_segment: number == 1,
        timestamp: Micros(START + from * MILLI),
        duration: duration * MILLI,
        self_time: 0,
        received: Micros(START),
        op: op.into(),
        category: "".into(),
        name: name.into(),
        description: "".into(),
        group: 0,
        transaction: "/lobby".into(),
        status: "ok".into(),
        environment: "".into(),
        release: "".into(),
        platform: "".into(),
        user: "".into(),
        weight: 1.0,
        attributes: Vec::new(),
    }
}

fn with<'a>(mut span: SpanRow<'a>, name: &'a str, value: impl Into<Value<'a>>) -> SpanRow<'a> {
    span.attributes.push(Attribute { name: name.into(), value: value.into().0 });
    span
}

struct Value<'a>(AttributeValue<'a>);

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self(AttributeValue::Text(Cow::Borrowed(text)))
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self(AttributeValue::Number(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self(AttributeValue::Bool(truth))
    }
}

fn request(duration: u64) -> SpanRow<'static> {
    span(1, 0, "http.server", "/lobby", 0, duration)
}

/// Whatever is found, in a word each.
fn found(spans: &[SpanRow<'_>]) -> Vec<(Kind, usize)> {
    let mut shuffled = spans.to_vec();
    shuffled.reverse();
    let findings = find(spans, &Thresholds::default());
    assert_eq!(findings, find(&shuffled, &Thresholds::default()), "order makes a difference");
    findings.iter().map(|finding| (finding.kind, finding.offender_spans.len())).collect()
}

fn queries(count: u64, each: u64) -> Vec<SpanRow<'static>> {
    let mut spans =
        vec![request(1000), span(2, 1, "db", "SELECT * FROM game WHERE open = %s", 0, 5)];
    let repeating = |n| {
        span(10 + n, 1, "db", "SELECT * FROM jackpot WHERE game = %s", 10 + n * (each + 1), each)
    };
    spans.extend((0..count).map(repeating));
    spans
}

#[test]
fn n_plus_one_queries() {
    assert_eq!(found(&queries(5, 10)), [(Kind::NPlusOneQueries, 5)]);
    assert_eq!(found(&queries(200, 1)), [(Kind::NPlusOneQueries, FINDING_SPANS_MAX)]);
    assert_eq!(found(&queries(4, 20)), [], "four are not many");
    let mut short = queries(5, 10);
    short[2].duration -= 1;
    assert_eq!(found(&short), [], "49.999 ms are not long");
    let mut sourceless = queries(5, 10);
    sourceless.remove(1);
    assert_eq!(found(&sourceless), [], "nothing came before");
    let mut scattered = queries(5, 10);
    scattered[2].parent = Some(id(77_777));
    scattered.push(span(300, 1, "x", "y", 0, 1));
    for (n, span) in scattered.iter_mut().enumerate().skip(3).take(3) {
        span.parent = Some(id(300));
        span.timestamp = Micros(START + 100 * MILLI * n as u64);
    }
    assert_eq!(found(&scattered), [], "not below one span");
    let mut redis = queries(5, 10);
    redis.iter_mut().skip(2).for_each(|span| span.op = "db.redis".into());
    assert_eq!(found(&redis), []);
}

#[test]
fn the_same_values_are_duplicates() {
    let mut named = queries(5, 10);
    for (n, span) in named.iter_mut().skip(2).enumerate() {
        span.name = format!("SELECT * FROM jackpot WHERE game = {n}").into();
        span.description = "SELECT * FROM jackpot WHERE game = %s".into();
    }
    assert_eq!(found(&named), [(Kind::NPlusOneQueries, 5)]);
    named
        .iter_mut()
        .skip(2)
        .for_each(|span| span.name = "SELECT * FROM jackpot WHERE game = 7".into());
    assert_eq!(found(&named), [(Kind::DuplicateCalls, 5)]);

    let told = |values: [&'static str; 5]| {
        let mut spans = queries(5, 10);
        for (span, value) in spans.iter_mut().skip(2).zip(values) {
            span.attributes.push(Attribute {
                name: "db.query.parameter.0".into(),
                value: Value::from(value).0,
            });
        }
        found(&spans)
    };
    assert_eq!(told(["1", "2", "3", "4", "5"]), [(Kind::NPlusOneQueries, 5)]);
    assert_eq!(told(["1"; 5]), [(Kind::DuplicateCalls, 5)]);
    assert_eq!(found(&named[..6]), [], "four are not many");
}

#[test]
fn findings_say_what_and_where() {
    let spans = queries(6, 10);
    let [finding] = find(&spans, &Thresholds::default()).try_into().unwrap();
    assert_eq!(finding.culprit, "/lobby");
    assert_eq!(finding.subject, "SELECT * FROM jackpot WHERE game = %s");
    assert_eq!(finding.parent_spans, [id(1)]);
    assert_eq!(finding.cause_spans, [id(2)]);
    assert_eq!(finding.offender_spans, [10, 11, 12, 13, 14, 15].map(id));
    assert_eq!(finding.saved_micros, 50 * MILLI);
    let evidence: Vec<_> =
        finding.evidence.iter().map(|(label, text)| format!("{label}: {text}")).collect();
    assert_eq!(
        evidence,
        [
            "Transaction: /lobby",
            "Parent Span: http.server - /lobby",
            "Repeating Spans: SELECT * FROM jackpot WHERE game = %s",
            "Count: 6",
            "Duration: 60.0 ms",
            "Preceding Span: db - SELECT * FROM game WHERE open = %s",
        ]
    );
    assert_eq!(finding.fingerprint[0], "performance_n_plus_one_db_queries");
    assert_eq!(finding.kind.issue_type(), "performance_n_plus_one_db_queries");
    assert_eq!(finding.kind.title(), "N+1 Query");

    let fingerprint = |change: fn(&mut SpanRow<'static>)| {
        let mut spans = queries(9, 20);
        spans.iter_mut().for_each(change);
        find(&spans, &Thresholds::default()).remove(0).fingerprint
    };
    assert_eq!(
        fingerprint(|span| span.trace = TraceId([2; 16])),
        finding.fingerprint,
        "other traces are the same"
    );
    assert_ne!(
        fingerprint(|span| span.transaction = "/bets".into()),
        finding.fingerprint,
        "other places are not"
    );
    let other = |span: &mut SpanRow<'static>| span.name = format!("{} AND x", span.name).into();
    assert_ne!(fingerprint(other), finding.fingerprint, "other queries are not");
}

#[test]
fn what_is_switched_off_is_not_looked_for() {
    let off = Thresholds { n_plus_one_queries: false, ..Thresholds::default() };
    assert_eq!(find(&queries(50, 10), &off), []);
    let strict = Thresholds { n_plus_one_queries_count_min: 51, ..Thresholds::default() };
    assert_eq!(find(&queries(50, 10), &strict), []);
}

#[test]
fn settings_are_read_back_as_they_were_set() {
    for setting in &SETTINGS {
        assert_eq!(Setting::named(setting.name).unwrap().name, setting.name, "names are unique");
        let (min, max) = setting.unit().range();
        let values = match setting.unit() {
            Unit::Switch => [SettingValue::Switch(false), SettingValue::Switch(true)],
            _ => [min, max].map(SettingValue::Number),
        };
        for value in values {
            let mut thresholds = Thresholds::default();
            setting.set(&mut thresholds, value).unwrap();
            assert_eq!(setting.of(&thresholds), value, "{}", setting.name);
            let others = SETTINGS.iter().filter(|other| other.name != setting.name);
            for other in others {
                let default = other.of(&Thresholds::default());
                assert_eq!(other.of(&thresholds), default, "{} sets {}", setting.name, other.name);
            }
        }
        let default = setting.of(&Thresholds::default());
        setting.set(&mut Thresholds::default(), default).unwrap();
    }
}

#[test]
fn settings_are_in_milliseconds() {
    let set = [("n_plus_one_db_duration_threshold", SettingValue::Number(70.0))];
    let thresholds = Thresholds::with(set).unwrap();
    assert_eq!(thresholds.n_plus_one_queries_micros_min, 70_000);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let problem = |name, value| Thresholds::with([(name, value)]).unwrap_err().1;
    let (switch, number) = (SettingValue::Switch, SettingValue::Number);
    let slow = "slow_db_query_duration_threshold";
    assert_eq!(problem("nonsense", number(1.0)), SettingError::Unknown);
    assert_eq!(problem("slow_db_queries_detection_enabled", number(1.0)), SettingError::NoSwitch);
    assert_eq!(problem(slow, switch(true)), SettingError::NotWhole);
    assert_eq!(problem(slow, number(1.5)), SettingError::NotWhole);
    assert_eq!(problem(slow, number(f64::NAN)), SettingError::NotWhole);
    assert_eq!(problem(slow, number(f64::INFINITY)), SettingError::NotWhole);
    assert_eq!(problem(slow, number(0.0)), SettingError::OutOfRange(1.0, 60_000.0));
    assert_eq!(problem(slow, number(60_001.0)), SettingError::OutOfRange(1.0, 60_000.0));
    let share = "render_blocking_fcp_ratio";
    assert_eq!(problem(share, switch(true)), SettingError::NoNumber);
    assert_eq!(problem(share, number(f64::NAN)), SettingError::OutOfRange(0.01, 1.0));
    let paint = [
        ("render_blocking_fcp_min", number(9_000.0)),
        ("render_blocking_fcp_max", number(8_000.0)),
    ];
    let (name, problem) = Thresholds::with(paint).unwrap_err();
    assert_eq!(
        (&*name, problem),
        ("render_blocking_fcp_min", SettingError::Reversed("render_blocking_fcp_max"))
    );
}

fn calls(count: u64, each: u64, step: u64) -> Vec<SpanRow<'static>> {
    let call = |n: u64| {
        let mut call = span(10 + n, 1, "http.client", "", n * step, each);
        call.name = format!("GET http://wallet:8000/players/{}/balance?x={n}", n + 100).into();
        call
    };
    let mut spans = vec![request(10_000)];
    spans.extend((0..count).map(call));
    spans
}

#[test]
fn n_plus_one_calls() {
    assert_eq!(found(&calls(5, 60, 1)), [(Kind::NPlusOneCalls, 5)], "side by side");
    assert_eq!(found(&calls(5, 60, 100)), [(Kind::NPlusOneCalls, 5)], "one after the other");
    assert_eq!(found(&calls(4, 100, 1)), []);
    assert_eq!(found(&calls(5, 59, 1)), []);
    let finding = find(&calls(5, 60, 1), &Thresholds::default()).remove(0);
    assert_eq!(finding.subject, "GET http://wallet:8000/players/*/balance?x=*");
    let mut same = calls(5, 60, 1);
    same.iter_mut().skip(1).for_each(|span| span.name = "GET http://wallet:8000/players/1".into());
    assert_eq!(found(&same), [(Kind::DuplicateCalls, 5)]);
    let mut posts = calls(5, 60, 1);
    posts.iter_mut().skip(1).for_each(|span| span.name = span.name.replace("GET", "POST").into());
    assert_eq!(found(&posts), []);
}

#[test]
fn consecutive_calls() {
    let row = |durations: [u64; 3], gap: u64| {
        let mut from = 0;
        let mut spans = vec![request(60_000)];
        for (duration, (number, name)) in durations.into_iter().zip([
            (10, "GET http://a/x"),
            (11, "POST http://b/y"),
            (12, "GET http://c/z"),
        ]) {
            spans.push(span(number, 1, "http.client", name, from, duration));
            from += duration + gap;
        }
        found(&spans)
    };
    assert_eq!(row([1000, 1000, 1000], 10), [(Kind::ConsecutiveCalls, 3)]);
    assert_eq!(row([1000, 499, 3000], 10), [], "one is short");
    assert_eq!(row([1000, 999, 1000], 10), [], "little is saved");
    assert_eq!(row([1000, 1000, 1000], 1000), [], "long pauses");
    let mut beside = vec![request(60_000)];
    beside.extend((0..3).map(|n| span(10 + n, 1, "http.client", "GET http://a/x", n, 5000)));
    assert_eq!(found(&beside), [], "side by side");
}

#[test]
fn slow_queries() {
    let slow = |name: &'static str, duration| {
        find(
            &[request(1000), span(2, 1, "db.sql.query", name, 0, duration)],
            &Thresholds::default(),
        )
    };
    let [finding] = slow("SELECT * FROM bets", 500).try_into().unwrap();
    assert_eq!(finding.kind, Kind::SlowQuery);
    assert!(finding.evidence.iter().any(|(_, text)| text.contains("neither WHERE nor LIMIT")));
    let [finding] = slow("SELECT * FROM bets WHERE player = ?", 500).try_into().unwrap();
    assert!(finding.evidence.iter().any(|(_, text)| text.contains("index")));
    assert_eq!(slow("SELECT * FROM bets", 499), []);
    assert_eq!(slow("UPDATE bets SET a = 1", 5000), []);
    assert_eq!(slow("COMMIT", 5000), []);
}

#[test]
fn consecutive_queries() {
    let row = |second: &'static str, each: u64, gap: u64| {
        found(&[
            request(1000),
            span(2, 1, "db", "SELECT a FROM b WHERE c = ?", 0, each),
            span(3, 1, "db", second, each + gap, each),
        ])
    };
    assert_eq!(row("SELECT d FROM e", 100, 1), [(Kind::ConsecutiveQueries, 1)]);
    assert_eq!(row("SELECT d FROM e", 99, 1), [], "little is saved");
    assert_eq!(row("SELECT d FROM e WHERE f = ?", 200, 1), [], "needs the first");
    assert_eq!(row("UPDATE d", 200, 1), []);
    let beside = [
        request(1000),
        span(2, 1, "db", "SELECT a FROM b", 0, 200),
        span(3, 1, "db", "SELECT d FROM e", 10, 200),
    ];
    assert_eq!(found(&beside), [], "side by side");
}

#[test]
fn main_threads() {
    let screen = || span(1, 0, "ui.load", "MainActivity", 0, 500);
    let query = |duration| span(2, 1, "db.sql.query", "SELECT a FROM b WHERE c = ?", 0, duration);
    let file = |number, duration| span(number, 1, "file.read", "bets.json", number * 10, duration);
    assert_eq!(
        found(&[screen(), with(query(16), "blocked_main_thread", true)]),
        [(Kind::DatabaseOnMainThread, 1)]
    );
    assert_eq!(found(&[screen(), with(query(15), "blocked_main_thread", true)]), []);
    assert_eq!(found(&[screen(), with(query(16), "blocked_main_thread", false)]), []);
    assert_eq!(
        found(&[screen(), with(query(16), "thread.name", "main")]),
        [(Kind::DatabaseOnMainThread, 1)]
    );
    assert_eq!(found(&[screen(), with(query(16), "thread.name", "worker")]), []);
    assert_eq!(
        found(&[request(500), with(query(16), "thread.name", "main")]),
        [],
        "servers have no screen"
    );
    let files = [
        screen(),
        with(file(2, 8), "blocked_main_thread", true),
        with(file(3, 8), "blocked_main_thread", true),
    ];
    assert_eq!(found(&files), [(Kind::FilesOnMainThread, 2)]);
}

#[test]
fn slow_providers() {
    let own = || with(request(5000), "url.full", "https://api.casino.example/deposit");
    let call = |name, duration| span(2, 1, "http.client", name, 10, duration);
    assert_eq!(
        found(&[own(), call("POST https://api.psp.com/pay", 2500)]),
        [(Kind::SlowExternalProvider, 1)]
    );
    assert_eq!(found(&[own(), call("POST https://api.psp.com/pay", 2499)]), [], "less than half");
    assert_eq!(
        found(&[own(), call("POST https://wallet.casino.example/pay", 4000)]),
        [],
        "our own"
    );
    assert_eq!(found(&[own(), call("POST http://wallet:8000/pay", 4000)]), [], "in our network");
    assert_eq!(found(&[request(3000), call("POST https://api.psp.com/pay", 1999)]), [], "not long");
    let beside = [
        own(),
        call("POST https://api.psp.com/a", 1500),
        span(3, 1, "http.client", "POST https://api.psp.com/b", 20, 1500),
    ];
    assert_eq!(found(&beside), [], "at the same time");
}

#[test]
fn bytes() {
    let page = || span(1, 0, "pageload", "/", 0, 5000);
    let call = |bytes: f64| {
        with(span(2, 1, "http.client", "GET /bets", 0, 100), "http.response.body.size", bytes)
    };
    assert_eq!(found(&[page(), call(1e6)]), [(Kind::LargePayload, 1)]);
    assert_eq!(found(&[page(), call(999_999.0)]), []);
    let text = with(
        span(2, 1, "http.client", "GET /bets", 0, 100),
        "http.response_content_length",
        "2000000",
    );
    assert_eq!(found(&[page(), text]), [(Kind::LargePayload, 1)]);

    let script = |sent: f64, decoded: f64| {
        let script = span(2, 1, "resource.script", "https://cdn.casino.example/app.js", 0, 700);
        with(
            with(script, "http.response.body.size", sent),
            "http.response.body.decoded_size",
            decoded,
        )
    };
    assert_eq!(found(&[page(), script(512_000.0, 512_000.0)]), [(Kind::UncompressedAsset, 1)]);
    assert_eq!(found(&[page(), script(511_999.0, 511_999.0)]), []);
    assert_eq!(found(&[page(), script(512_000.0, 2e6)]), []);
    assert_eq!(found(&[page(), with(script(6e5, 6e5), "http.response.size", 0.0)]), [], "cached");

    let blocking = || with(script(6e5, 2e6), "resource.render_blocking_status", "blocking");
    assert_eq!(found(&[page(), blocking()]), [(Kind::RenderBlockingAsset, 1)]);
    let painted = |millis: f64| with(page(), "browser.web_vital.fcp.value", millis);
    assert_eq!(found(&[painted(2100.0), blocking()]), [(Kind::RenderBlockingAsset, 1)]);
    assert_eq!(found(&[painted(2200.0), blocking()]), [], "a small part of it");
    assert_eq!(found(&[painted(1999.0), blocking()]), [], "soon enough");
    assert_eq!(
        found(&[page(), with(script(6e5, 2e6), "resource.render_blocking_status", "non-blocking")]),
        []
    );
}

/// The spans of a transaction of the corpus: one query and twelve for its rows.
#[test]
fn recorded_n_plus_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/n_plus_one.json");
    let text = std::fs::read_to_string(path).unwrap();
    let recorded: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let text =
        |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: Vec<_> = recorded
        .iter()
        .map(|row| {
            let mut span = span(1, 0, "", "", 0, 0);
            span.span = SpanId::parse(&text(row, "span_id")).unwrap();
            span.parent = SpanId::parse(&text(row, "parent_span_id")).ok();
            span.is_segment = row["is_segment"].as_bool().unwrap_or(false);
            span.op = text(row, "op").into();
            span.name = text(row, "description").into();
            span.timestamp = Micros(row["start_micros"].as_u64().unwrap());
            span.duration = row["duration_micros"].as_u64().unwrap();
            span
        })
        .collect();
    assert_eq!(found(&rows), [], "its database is fast");
    let any = Thresholds { n_plus_one_queries_micros_min: 0, ..Thresholds::default() };
    let [finding] = find(&rows, &any).try_into().unwrap();
    assert_eq!((finding.kind, finding.offender_spans.len()), (Kind::NPlusOneQueries, 12));
    assert_eq!(finding.cause_spans, [rows[1].span]);
}

#[test]
fn broken_trees_do_no_harm() {
    let mut circle = queries(5, 10);
    circle[0].parent = Some(id(10));
    circle[2].parent = Some(circle[2].span);
    found(&circle);
    let mut twice = queries(5, 10);
    twice.extend(twice.clone());
    assert_eq!(found(&twice), [(Kind::NPlusOneQueries, 5)]);
    let mut headless = queries(5, 10);
    headless.remove(0);
    assert_eq!(found(&headless), [(Kind::NPlusOneQueries, 5)]);
    let mut endless = queries(5, 10);
    for span in &mut endless {
        span.duration = u64::MAX;
    }
    found(&endless);
    assert_eq!(found(&[]), []);
}

#[test]
fn many_spans_and_findings_are_bounded() {
    let mut spans = vec![request(100_000)];
    for n in 0..10_000_u64 {
        let mut query = span(10 + n, 1 + n / 100 * 100, "db", "", n, 20);
        query.name =
            format!("SELECT * FROM {} WHERE id = ?", ["a", "b", "c"][(n % 3) as usize]).into();
        query.transaction = "/lobby".into();
        spans.push(query);
    }
    let findings = find(&spans, &Thresholds::default());
    assert!(!findings.is_empty() && findings.len() <= FINDINGS_MAX);
    assert!(findings.iter().all(|finding| finding.offender_spans.len() <= FINDING_SPANS_MAX));
}

fn any_span() -> impl Strategy<Value = SpanRow<'static>> {
    let ops = [
        "db",
        "db.sql.query",
        "http.client",
        "http.server",
        "file.read",
        "resource.script",
        "ui.load",
        "",
    ];
    let names = [
        "SELECT a FROM b WHERE c = ?",
        "SELECT a FROM b",
        "GET https://x.y.com/1",
        "GET https://x.y.com/2?a=1",
        "💥",
        "",
        "SELECT 1",
    ];
    (
        0_u64..30,
        0_u64..30,
        prop::sample::select(ops.to_vec()),
        prop::sample::select(names.to_vec()),
        any::<(u32, u32, bool)>(),
    )
        .prop_map(|(number, parent, op, name, (from, duration, flag))| {
            let span =
                span(number, parent, op, name, u64::from(from % 1000), u64::from(duration % 3000));
            with(span, "blocked_main_thread", flag)
        })
}

proptest! {
    #[test]
    fn anything_can_be_looked_at(spans in prop::collection::vec(any_span(), 0..60)) {
        let findings: Vec<Finding> = find(&spans, &Thresholds::default());
        prop_assert!(findings.len() <= FINDINGS_MAX);
        let mut fingerprints: Vec<_> = findings.iter().map(|finding| &finding.fingerprint).collect();
        fingerprints.sort();
        fingerprints.dedup();
        prop_assert_eq!(fingerprints.len(), findings.len());
    }
}
