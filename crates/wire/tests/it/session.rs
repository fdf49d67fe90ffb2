//! Sessions as SDKs send them, and as nobody should.

use model::clock::Micros;
use model::session::SessionHealth as H;
use proptest::prelude::*;
use wire::json::Parser;
use wire::session::{self, Anr, SessionError, SessionGiven, Update};

/// 2026-11-21T10:00:30Z.
const RECEIVED: Micros = Micros(1_795_255_230_000_000);
const GIVEN: SessionGiven = SessionGiven { received: RECEIVED, sent_at: None };
const STARTED: &str = r#""started":"2026-11-21T10:00:00Z""#;
const ATTRS: &str = r#""attrs":{"release":"web@3.0.0","environment":"prod"}"#;

fn read(text: &str, given: &SessionGiven) -> Result<Update, SessionError> {
    session::update(&mut Parser::default(), &mut text.as_bytes().to_vec(), given)
}

#[track_caller]
fn good(fields: &str) -> Update {
    read(&format!("{{{fields}}}"), &GIVEN).unwrap()
}

#[track_caller]
fn reason(text: &str) -> &'static str {
    read(text, &GIVEN).unwrap_err().reason()
}

#[test]
fn an_update_of_a_browser() {
    let update = good(
        r#""sid":"7c7b6585f90143518bf802711b721929","did":"u_9fd","init":true,"seq":7,
        "started":"2026-11-21T10:00:00Z","timestamp":"2026-11-21T10:00:00Z","status":"ok","errors":0,
        "attrs":{"release":"web@3.0.0","environment":"prod"}"#,
    );
    assert_eq!(update.session.unwrap().to_string(), "7c7b6585f90143518bf802711b721929");
    assert_eq!((update.user.as_deref(), update.init, update.sequence), (Some("u_9fd"), true, 0));
    assert_eq!(update.started, Micros(RECEIVED.0 - 30_000_000));
    assert_eq!((update.health, update.anr), (H::Healthy, Anr::None));
    assert_eq!(update.attributes.release, "web@3.0.0");
    assert_eq!(update.attributes.environment, "prod");
}

#[test]
fn the_worst_word_counts() {
    for (fields, health, anr) in [
        ("", H::Healthy, Anr::None),
        (r#""errors":2"#, H::Errored, Anr::None),
        (r#""status":"exited","errors":1"#, H::Errored, Anr::None),
        (r#""status":"exited","errors":"many""#, H::Healthy, Anr::None),
        (r#""status":"errored""#, H::Errored, Anr::None),
        (r#""status":"unhandled","errors":1"#, H::Unhandled, Anr::None),
        (r#""status":"crashed","errors":1"#, H::Crashed, Anr::None),
        (r#""status":"abnormal""#, H::Abnormal, Anr::None),
        (
            r#""status":"abnormal","abnormal_mechanism":"anr_foreground""#,
            H::Abnormal,
            Anr::Foreground,
        ),
        (
            r#""status":"abnormal","abnormal_mechanism":"anr_background""#,
            H::Abnormal,
            Anr::Background,
        ),
        (r#""status":"exited","abnormal_mechanism":"anr_background""#, H::Healthy, Anr::None),
        (r#""status":"asleep""#, H::Healthy, Anr::None),
        (r#""status":null"#, H::Healthy, Anr::None),
    ] {
        let fields = if fields.is_empty() { String::new() } else { format!(",{fields}") };
        let update = good(&format!("{STARTED},{ATTRS}{fields}"));
        assert_eq!((update.health, update.anr), (health, anr), "{fields}");
    }
}

#[test]
fn who_and_which() {
    for (fields, user, has_id, sequence) in [
        (r#""did":"""#, None, false, None),
        (r#""did":"00000000-0000-0000-0000-000000000000""#, None, false, None),
        (r#""did":42"#, Some("42"), false, None),
        (r#""did":{"id":1}"#, None, false, None),
        (r#""sid":"00000000000000000000000000000000""#, None, false, None),
        (r#""sid":"E489A517-b8be-412e-b495-2d42863ec727","seq":3"#, None, true, Some(3)),
        (r#""sid":"no id""#, None, false, None),
    ] {
        let update = good(&format!("{STARTED},{ATTRS},{fields}"));
        assert_eq!((update.user.as_deref(), update.session.is_some()), (user, has_id), "{fields}");
        // Without a number the arrival says which update is later.
        assert_eq!(update.sequence, sequence.unwrap_or(RECEIVED.0 / 1_000), "{fields}");
    }
    let update = good(&format!(r#"{STARTED},{ATTRS},"timestamp":"2026-11-21T10:00:20.5Z""#));
    assert_eq!(update.sequence, RECEIVED.0 / 1_000 - 9_500);
    let update = good(&format!(r#"{STARTED},{ATTRS},"timestamp":"2026-11-21T09:59:00Z""#));
    assert_eq!(update.sequence, RECEIVED.0 / 1_000 - 30_000, "not before it began");
}

#[test]
fn what_cannot_be_counted_has_a_reason() {
    let with = |fields: &str| format!("{{{fields}}}");
    assert_eq!(reason("not json"), "invalid_json");
    assert_eq!(reason("[]"), "invalid_session");
    assert_eq!(reason(&with(ATTRS)), "invalid_session");
    assert_eq!(reason(&with(&format!(r#"{ATTRS},"started":"yesterday""#))), "invalid_session");
    let overrun = format!(r#"{STARTED},{ATTRS},"seq":18446744073709551615"#);
    assert_eq!(reason(&with(&overrun)), "invalid_session");
    for attrs in [
        "",
        r#","attrs":{}"#,
        r#","attrs":{"release":""}"#,
        r#","attrs":{"release":" "}"#,
        r#","attrs":{"release":"latest"}"#,
        r#","attrs":{"release":"a/b"}"#,
        r#","attrs":{"release":7}"#,
    ] {
        assert_eq!(reason(&with(&format!("{STARTED}{attrs}"))), "invalid_release", "{attrs}");
    }
    let update = good(&format!(r#"{STARTED},"attrs":{{"release":"a@1","environment":"a/b"}}"#));
    assert_eq!(update.attributes.environment, "");
}

#[test]
fn only_the_last_five_days_count() {
    for (started, timestamp, ok) in [
        ("2026-11-16T10:00:31Z", "2026-11-16T10:00:31Z", true),
        ("2026-11-16T10:00:29Z", "2026-11-21T10:00:00Z", false),
        ("2026-11-21T10:01:30Z", "2026-11-21T10:01:30Z", true),
        ("2026-11-21T10:01:31Z", "2026-11-21T10:01:31Z", false),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:02:00Z", false),
        ("0001-01-01T00:00:00Z", "2026-11-21T10:00:00Z", false),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", false),
    ] {
        let text = format!(r#"{{"started":"{started}","timestamp":"{timestamp}",{ATTRS}}}"#);
        assert_eq!(read(&text, &GIVEN).is_ok(), ok, "{text}");
    }
}

#[test]
fn wrong_clocks_are_put_right() {
    // The sender is nine years behind, or two minutes, which may be a slow network.
    let years = SessionGiven { sent_at: Some(Micros(1_511_258_430_000_000)), ..GIVEN };
    let text = format!(r#"{{"started":"2017-11-21T10:00:00Z",{ATTRS}}}"#);
    assert_eq!(read(&text, &years).unwrap().started, Micros(RECEIVED.0 - 30_000_000));
    assert_eq!(read(&text, &GIVEN).unwrap_err().reason(), "timestamp");
    let minutes = SessionGiven { sent_at: Some(Micros(RECEIVED.0 - 120_000_000)), ..GIVEN };
    let text = format!("{{{STARTED},{ATTRS}}}");
    assert_eq!(read(&text, &minutes).unwrap().started, Micros(RECEIVED.0 - 30_000_000));
}

#[test]
fn counts_of_a_server() {
    let read = |text: &str| {
        session::aggregates(&mut Parser::default(), &mut text.as_bytes().to_vec(), &GIVEN)
    };
    let found = read(
        r#"{"aggregates":[
            {"started":"2026-11-21T10:00:00Z","did":"u1","exited":12,"errored":3,"unhandled":1},
            {"started":"2026-11-01T10:00:00Z","exited":99},
            {"exited":1},
            7,
            {"started":"2026-11-21T09:59:00.000Z","crashed":99999999999,"abnormal":-1}],
          "attrs":{"release":"web@3.0.0","environment":"prod"}}"#,
    );
    let found = found.unwrap();
    let [first, second] = &found.buckets[..] else { panic!("two buckets") };
    assert_eq!((first.user.as_deref(), first.counts), (Some("u1"), [12, 3, 1, 0, 0]));
    assert_eq!((second.user.as_deref(), second.counts), (None, [0, 0, 0, 0, u32::MAX]));
    for (text, reason) in [
        (r#"{"aggregates":[],"attrs":{"release":"a@1"}}"#, "invalid_session"),
        (r#"{"aggregates":{},"attrs":{"release":"a@1"}}"#, "invalid_session"),
        (r#"{"aggregates":[{"started":"2026-11-21T10:00:00Z"}]}"#, "invalid_release"),
        (
            r#"{"aggregates":[{"started":"2026-01-21T10:00:00Z"}],"attrs":{"release":"a@1"}}"#,
            "timestamp",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().reason(), reason, "{text}");
    }
}

proptest! {
    /// Whatever arrives is read or refused, and what is read lies in the window.
    #[test]
    fn nothing_panics(
        text in r#"\{("(started|timestamp|seq|errors|status|did|sid|init|attrs)":("[0-9TZ:.-]{0,30}"|-?[0-9]{1,22}|true|null|\[\]|\{"release":"[a-z@.0-9]{0,9}"\}),?){0,9}\}"#,
        sent_at in proptest::option::of(any::<u64>()),
        received in any::<u64>(),
    ) {
        let given = SessionGiven { received: Micros(received), sent_at: sent_at.map(Micros) };
        if let Ok(update) = read(&text, &given) {
            prop_assert!(update.started.0 <= received.saturating_add(session::FUTURE_MAX.0));
            prop_assert!(update.started.0.saturating_add(session::PAST_MAX.0) >= received.min(u64::MAX / 8));
            prop_assert!(!update.attributes.release.is_empty());
        }
        let mut parser = Parser::default();
        drop(session::aggregates(&mut parser, &mut text.clone().into_bytes(), &given));
    }

    /// Bytes of any kind are refused without harm.
    #[test]
    fn bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut parser = Parser::default();
        drop(session::update(&mut parser, &mut bytes.clone(), &GIVEN));
        drop(session::aggregates(&mut parser, &mut bytes.clone(), &GIVEN));
    }
}
