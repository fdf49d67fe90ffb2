//! Normalisation, compared with what Relay makes of the same events.

use std::cmp::Ordering;

use expect_test::expect;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::event::Event;
use model::id::{EventId, IssueId, ProjectId};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use wire::event::{Given, normalize};
use wire::filters::{FilterSettings, Filters, LegacyBrowser};
use wire::release::{Release, compare};
use wire::row::{Facts, error_row};

/// Answers of Relay 0.10.1 (the Python package `sentry-relay`) to inputs of ours, one a line.
const CASES: &str = include_str!("../data/oracle-cases.jsonl");

/// Transactions: their names, spans and measurements are refined by a part of the pipeline that
/// does not exist yet.
const NOT_YET: [&str; 32] = [
    "tx",
    "tx no trace",
    "tx no start",
    "tx end<start",
    "tx no name",
    "tx no source",
    "tx source custom",
    "tx source route",
    "tx source sanitized",
    "tx source weird",
    "tx name /a/deadbeefdeadbeef/b",
    "tx name /a/2026-11-21/b",
    "tx name /v1/x2/y",
    "tx name /a/0xff/b",
    "tx name GET /x/12345",
    "tx name /a/abc12/b",
    "tx name /static/app.a1b2c3d4.js",
    "tx span status 'weird'",
    "tx span status 'success'",
    "tx span status 'failure'",
    "tx span status 'unknown_error'",
    "tx span status 'not_found'",
    "tx span status 5",
    "tx span status None",
    "span without span_id",
    "span without trace_id",
    "span without start_timestamp",
    "span without timestamp",
    "span end<start",
    "span null",
    "span bad parent",
    "nested exclusive",
];

fn cases(kind: &str) -> impl Iterator<Item = Json> {
    let cases = CASES.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    cases.filter(move |case| case["kind"] == kind)
}

fn given() -> Given<'static> {
    Given {
        project: ProjectId(1),
        event_id: None,
        random_id: EventId::from_random([7; 16]),
        received: Micros(1_795_255_210_000_000),
        sent_at: None,
        future_max: Micros(60_000_000),
        past_max: Micros(2_592_000_000_000),
        client_ip: None,
        scrub_ip: false,
        sdk: Some("sentry.python/2.75.0"),
        user_agent: None,
        replay_id: None,
    }
}

fn normalized(input: &Json, given: &Given<'_>) -> Json {
    with_event(input, given, |event| {
        let mut out = Vec::new();
        event.write(&mut out);
        serde_json::from_slice(&out).unwrap()
    })
}

/// One form for what means the same: numbers as floats; `errors` sorted, because their order says
/// nothing, and without the repetitions Relay writes for fields it wraps twice.
fn canonical(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(number.as_f64()),
        Json::Array(items) => items.iter().map(canonical).collect(),
        Json::Object(object) => {
            let entry = |(name, value): (&String, &Json)| {
                let mut value = canonical(value);
                if let ("errors", Json::Array(errors)) = (name.as_str(), &mut value) {
                    errors.sort_by_key(Json::to_string);
                    errors.dedup();
                }
                (name.clone(), value)
            };
            let mut entries: Vec<_> = object.iter().map(entry).collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Object(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[test]
fn events_become_what_relay_makes_of_them() {
    let mut failed = Vec::new();
    for case in cases("normalize") {
        let name = case["name"].as_str().unwrap();
        if NOT_YET.contains(&name) {
            continue;
        }
        let expected = canonical(&case["output"]);
        let got = canonical(&normalized(&case["input"], &given()));
        if got != expected {
            failed.push(format!("{name}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn frames_of_browsers_have_a_short_name_and_a_full_one() {
    let url = "https://example.com/static/app.js?v=1";
    for given in ["filename", "abs_path"] {
        let input = json!({"exception": {"type": "E", "stacktrace": {"frames": [{given: url}]}}});
        let output = normalized(&input, &self::given());
        let frame = &output["exception"]["values"][0]["stacktrace"]["frames"][0];
        assert_eq!(*frame, json!({"filename": "/static/app.js", "abs_path": url}), "{given}");
    }
}

#[test]
fn a_wrong_clock_is_corrected_everywhere() {
    let received = given().received;
    let two_hours_ago = Micros(received.0 - 7_200_000_000);
    let input = json!({
        "timestamp": 1_795_248_000,
        "breadcrumbs": [{"timestamp": 1_795_247_990, "message": "m"}],
    });
    let output = normalized(&input, &Given { sent_at: Some(two_hours_ago), ..given() });
    assert_eq!(output["timestamp"], json!(1_795_255_200.0));
    assert_eq!(output["breadcrumbs"]["values"][0]["timestamp"], json!(1_795_255_190.0));
    assert_eq!(output["_meta"]["timestamp"][""]["err"][0][0], "clock_drift");
    let a_minute_ago = Micros(received.0 - 60_000_000);
    let output = normalized(&input, &Given { sent_at: Some(a_minute_ago), ..given() });
    assert_eq!(output["timestamp"], json!(1_795_248_000.0));
}

#[test]
fn addresses_are_inferred_when_the_sdk_lets_us() {
    let client = "203.0.113.9";
    let auto = json!({"settings": {"infer_ip": "auto"}, "name": "n", "version": "1"});
    let never = json!({"settings": {"infer_ip": "never"}, "name": "n", "version": "1"});
    for (input, expected) in [
        (json!({"sdk": auto}), json!(client)),
        (json!({"sdk": auto, "user": {"ip_address": "10.0.0.1"}}), json!("10.0.0.1")),
        (json!({"sdk": auto, "request": {"env": {"REMOTE_ADDR": "10.0.0.2"}}}), json!("10.0.0.2")),
        (json!({"sdk": never, "user": {"ip_address": "{{auto}}"}}), Json::Null),
        (json!({"platform": "javascript"}), json!(client)),
        (json!({"platform": "python"}), Json::Null),
        (json!({"platform": "python", "user": {"ip_address": "{{auto}}"}}), json!(client)),
    ] {
        let known = Given { client_ip: Some(client), ..given() };
        assert_eq!(normalized(&input, &known)["user"]["ip_address"], expected, "{input}");
        let output = normalized(&input, &Given { scrub_ip: true, ..known });
        let stated = json!("10.0.0.1") == expected;
        assert_eq!(output["user"]["ip_address"].is_null(), !stated, "{input}");
    }
}

#[test]
fn too_many_are_cut_with_a_note() {
    let crumbs: Vec<Json> = (0..300).map(|n| json!({"message": n.to_string()})).collect();
    let tags: Vec<Json> = (0..300).map(|n| json!([format!("t{n}"), "v"])).collect();
    let output = normalized(&json!({"breadcrumbs": crumbs, "tags": tags}), &given());
    let kept = output["breadcrumbs"]["values"].as_array().unwrap();
    assert_eq!((kept.len(), kept[0]["message"].as_str()), (200, Some("100")));
    assert_eq!(output["_meta"]["breadcrumbs"]["values"][""]["len"], 300);
    assert_eq!(output["tags"].as_array().unwrap().len(), 200);
    assert_eq!(output["_meta"]["tags"][""]["err"][0], "value_too_long");
}

#[test]
fn releases_are_taken_apart_as_relay_does() {
    for case in cases("release") {
        let release = Release::parse(case["input"].as_str().unwrap());
        let version = release.version().map(|version| {
            let number = |place: usize| version.numbers[place].unwrap_or(0);
            let components = version.numbers.iter().flatten().count();
            json!({
                "major": number(0), "minor": number(1), "patch": number(2), "revision": number(3),
                "components": components,
                "raw_quad": version.numbers.map(|number| number.map(|number| number.to_string())),
                "raw_short": version.raw_short,
                "pre": version.pre,
                "build_code": version.build_code,
            })
        });
        let got = json!({
            "package": release.package(),
            "version_raw": release.version_raw(),
            "version_parsed": version,
            "build_hash": release.build_hash(),
            "description": release.describe(),
        });
        assert_eq!(canonical(&got), canonical(&case["output"]), "{}", case["input"]);
    }
}

#[test]
fn versions_compare_as_in_relay() {
    for case in cases("compare") {
        let side = |place: usize| case["input"][place].as_str().unwrap();
        let expected = case["output"].as_i64().unwrap().cmp(&0);
        assert_eq!(compare(side(0), side(1)), expected, "{}", case["input"]);
        assert_eq!(compare(side(1), side(0)), expected.reverse(), "{}", case["input"]);
        assert_eq!(compare(side(0), side(0)), Ordering::Equal);
    }
}

/// A payload as SDKs send it, with something in every column of its row.
fn full_event() -> Json {
    json!({
        "event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
        "timestamp": 1_795_255_200.5,
        "platform": "python",
        "level": "fatal",
        "release": "shop@1.2.3",
        "environment": "production",
        "dist": "7",
        "transaction": "/pay",
        "server_name": "web-1",
        "logger": "pay",
        "message": "it broke",
        "tags": {"service": "pay", "level": "mine"},
        "user": {"id": "u_1", "email": "a@example.com", "geo": {"country_code": "DE"}},
        "request": {
            "url": "https://example.com/pay?x=1",
            "method": "post",
            "headers": {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
        },
        "sdk": {"name": "sentry.python", "version": "2.75.0"},
        "contexts": {
            "runtime": {"name": "CPython", "version": "3.13.1"},
            "trace": {"trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "b0e6f15b45c36b12"},
            "flags": {"values": [{"flag": "new-ui", "result": false}, {"flag": "no"},
                {"flag": "new-ui", "result": true}]},
            "replay": {"replay_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        },
        "exception": [
            {"type": "OSError", "value": "cause"},
            {
                "type": "PayError",
                "value": "refused",
                "mechanism": {"type": "django", "handled": false},
                "stacktrace": {"frames": [
                    {"function": "main", "filename": "a.py"},
                    {"function": "pay", "module": "shop.pay", "filename": "b.py"},
                ]},
            },
        ],
    })
}

fn with_event<T>(input: &Json, given: &Given<'_>, use_it: impl FnOnce(&Event<'_>) -> T) -> T {
    let mut bytes = serde_json::to_vec(input).unwrap();
    let mut value = wire::json::parse(&mut bytes).unwrap();
    let root = std::mem::take(value.as_object_mut().unwrap());
    let mut event = Event::from_object(root);
    normalize(&mut event, given);
    use_it(&event)
}

fn row(event: &Event<'_>) -> ErrorRow {
    let facts = Facts {
        project: ProjectId(1),
        issue: IssueId(2),
        title: "PayError: refused",
        culprit: "/pay",
        received: given().received,
        size: 3,
        attachments: 4,
    };
    error_row(event, &facts)
}

#[test]
fn a_row_has_what_can_be_searched() {
    let row = with_event(&full_event(), &given(), row);
    assert_eq!(row.timestamp, Micros(1_795_255_200_500_000));
    assert_eq!((row.level.as_str(), row.event_type.as_str()), ("fatal", "error"));
    assert_eq!((row.error_type.as_str(), row.error_value.as_str()), ("PayError", "refused"));
    assert_eq!((row.error_mechanism.as_str(), row.error_handled), ("django", Some(false)));
    assert_eq!(row.stack_functions, "main\npay");
    assert_eq!(row.stack_modules, "\nshop.pay");
    assert_eq!(row.stack_filenames, "a.py\nb.py");
    assert_eq!((row.user.as_str(), row.geo_country.as_str()), ("id:u_1", "DE"));
    assert_eq!(
        (row.http_method.as_str(), row.http_url.as_str()),
        ("POST", "https://example.com/pay")
    );
    assert_eq!((row.message.as_str(), row.server_name.as_str()), ("it broke", "web-1"));
    assert_eq!(row.trace.unwrap().to_string(), "5b8efff798038103d269b633813fc60c");
    assert_eq!(row.flags, [("new-ui".to_owned(), "true".to_owned())]);
    let tags: Vec<String> =
        row.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    expect![[r"
        level=mine
        service=pay
        server_name=web-1
        environment=production
        release=shop@1.2.3
        dist=7
        logger=pay
        transaction=/pay
        url=https://example.com/pay
        browser=Chrome 142.0.0
        browser.name=Chrome
        client_os=Windows >=10
        client_os.name=Windows
        runtime=CPython 3.13.1
        runtime.name=CPython
        replayId=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        sdk.name=sentry.python
        sdk.version=2.75.0
        user=id:u_1
        mechanism=django
        handled=no"]]
    .assert_eq(&tags.join("\n"));
}

#[test]
fn a_person_is_not_told_by_what_was_taken_out() {
    let mut input = full_event();
    input["user"] = json!({"id": "[Filtered]", "email": "a@example.com"});
    input["_meta"] = json!({"user": {"id": {"": {"rem": [["@password:filter", "s", 0, 10]]}}}});
    assert_eq!(with_event(&input, &given(), row).user, "email:a@example.com");
}

#[track_caller]
fn check_filter(settings: &FilterSettings, change: &Json, expected: Option<&str>) {
    let mut input = full_event();
    for (name, value) in change.as_object().unwrap() {
        input[name] = value.clone();
    }
    let filters = Filters::new(settings);
    let reason = with_event(&input, &given(), |event| filters.check(event, Some("203.0.113.9")));
    assert_eq!(reason, expected, "{settings:?} {change}");
}

#[test]
fn filters_say_why() {
    let none = FilterSettings::default;
    let list = |text: &str| vec![text.to_owned()];
    let agent = |text: &str| json!({"request": {"headers": {"User-Agent": text}}});
    let thrown = |value: &str| json!({"exception": {"type": "Error", "value": value}});
    check_filter(&none(), &json!({}), None);
    check_filter(
        &FilterSettings { releases: list("SHOP@1.*"), ..none() },
        &json!({}),
        Some("release-version"),
    );
    for pattern in ["PayError: ref*", "it broke", "oserror*"] {
        let settings = FilterSettings { error_messages: list(pattern), ..none() };
        check_filter(&settings, &json!({}), Some("error-message"));
    }
    let settings = FilterSettings { ip_addresses: list("203.0.113.0/24"), ..none() };
    check_filter(&settings, &json!({}), Some("ip-address"));
    let settings = FilterSettings { localhost: true, ..none() };
    check_filter(&settings, &json!({}), None);
    check_filter(&settings, &json!({"user": {"ip_address": "::1"}}), Some("localhost"));
    let url = |url: &str| json!({"request": {"url": url}});
    check_filter(&settings, &url("http://app.localhost:3000/"), Some("localhost"));
    check_filter(&settings, &url("file:///index.html"), Some("localhost"));
    check_filter(&settings, &url("http://notlocalhost/"), None);
    let settings = FilterSettings { web_crawlers: true, ..none() };
    check_filter(&settings, &agent("Googlebot/2.1"), Some("web-crawlers"));
    check_filter(&settings, &agent("Chrome/142"), None);
    let settings = FilterSettings {
        legacy_browsers: vec![LegacyBrowser::from_name("ie11").unwrap()],
        ..none()
    };
    let ie = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko";
    check_filter(&settings, &agent(ie), Some("legacy-browsers"));
    check_filter(&settings, &json!({}), None);
    let settings = FilterSettings { browser_extensions: true, ..none() };
    check_filter(&settings, &thrown("Extension context invalidated."), Some("browser-extensions"));
    check_filter(
        &settings,
        &json!({"exception": {"type": "E", "stacktrace": {"frames": [
            {"abs_path": "chrome-extension://x/y.js"}, {"abs_path": "<anonymous>"},
        ]}}}),
        Some("browser-extensions"),
    );
    check_filter(&settings, &thrown("refused"), None);
    let settings = FilterSettings { react_hydration_errors: true, ..none() };
    let minified = "Minified React error #418; visit https://react.dev";
    check_filter(&settings, &thrown(minified), Some("react-hydration-errors"));
    let settings = FilterSettings { csp_disallowed_sources: list("*.ads.example"), ..none() };
    let report = json!({"exception": null, "csp": {"blocked_uri": "https://x.ads.example/a.js"}});
    check_filter(&settings, &report, Some("invalid-csp"));
}

/// Any JSON, often with names and texts that mean something.
fn any_json() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        Just(String::new()),
        "[a-z .:=&;%{}/\\\\-]{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "error",
            "warn",
            "javascript",
            "2026-11-21T10:00:00Z",
            "{{auto}}",
            "a=b; c",
            "0x10",
            "https://e.com/a?b=c#d",
            "9ec79c33ec9942ab8353589fcb2e04dc",
            "%s %(a)s",
            "{\"a\":1}",
            "00000000000000000000000000000000",
            "apple",
            "os",
            "Microsoft Windows 10.0.1",
            "?",
        ])
        .prop_map(str::to_owned),
        Just("x".repeat(600)),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<i32>().prop_map(|eighths| Json::from(f64::from(eighths) / 8.0)),
        text.clone().prop_map(Json::from),
    ];
    // `_meta` has no way to speak of a field without a name.
    let text = text.prop_filter("has a name", |name| !name.is_empty());
    let name = prop_oneof![prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), text];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

const NAMES: [&str; 48] = [
    "event_id",
    "level",
    "type",
    "timestamp",
    "platform",
    "environment",
    "release",
    "dist",
    "tags",
    "server_name",
    "transaction",
    "user",
    "request",
    "sdk",
    "contexts",
    "exception",
    "values",
    "logentry",
    "message",
    "formatted",
    "params",
    "breadcrumbs",
    "extra",
    "modules",
    "threads",
    "stacktrace",
    "frames",
    "vars",
    "debug_meta",
    "images",
    "fingerprint",
    "logger",
    "mechanism",
    "meta",
    "signal",
    "trace",
    "trace_id",
    "os",
    "raw_description",
    "headers",
    "cookies",
    "url",
    "data",
    "query_string",
    "ip_address",
    "abs_path",
    "pre_context",
    "_meta",
];

fn any_event() -> impl Strategy<Value = Json> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    prop::collection::vec((name, any_json()), 0..8)
        .prop_map(|entries| Json::Object(entries.into_iter().collect()))
}

proptest! {
    #[test]
    fn every_json_is_an_event(input in any_event()) {
        let output = normalized(&input, &given());
        for name in ["event_id", "level", "type", "timestamp", "received", "platform", "contexts"] {
            prop_assert!(!output[name].is_null(), "{name} of {output}");
        }
        with_event(&input, &given(), |event| drop(row(event)));
    }

    /// An event may pass here again, when its project is processed anew.
    #[test]
    fn what_is_normalised_stays_as_it_is(input in any_event()) {
        let once = normalized(&input, &given());
        prop_assert_eq!(canonical(&normalized(&once, &given())), canonical(&once));
    }
}
