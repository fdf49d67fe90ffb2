//! Alertmanager's API and webhooks.

use std::collections::BTreeMap;

use model::clock::Micros;
use notify::{Message, Phase, alertmanager_alerts, read_alerts, read_hook};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::{HOSTILE, declined, filled};

const NOW: Micros = Micros(1_795_255_200_000_000);

#[test]
fn prometheus_alerts_are_read() {
    let body = json!([{
        "labels": {"alertname": "Down", "empty": ""},
        "annotations": {"summary": "it is down"},
        "startsAt": "2026-11-21T09:59:00.123Z",
        "endsAt": "2026-11-21T11:04:00+01:00",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up"
    }, {"labels": {"alertname": "Up"}, "endsAt": "0001-01-01T00:00:00Z"}]);
    let read = read_alerts(&body, NOW).unwrap();
    assert_eq!(read[0].labels, BTreeMap::from([("alertname".to_owned(), "Down".to_owned())]));
    assert_eq!(read[0].starts, Micros(NOW.0 - 60_000_000 + 123_000));
    assert_eq!(read[0].ends, Some(Micros(NOW.0 + 240_000_000)));
    assert_eq!((read[1].starts, read[1].ends), (NOW, None));
}

#[track_caller]
fn refused(body: &Value, expected: &str) {
    assert_eq!(read_alerts(body, NOW).unwrap_err().to_string(), expected);
}

/// In Alertmanager's words, as the reference recorded them.
#[test]
fn what_alertmanager_refuses_we_refuse() {
    let with = |field: &str, value: Value| {
        let mut alert = json!({"labels": {"alertname": "A"}});
        alert[field] = value;
        json!([alert])
    };
    refused(&json!({}), "must be an array of alerts");
    refused(&json!([1]), "alert 0: must be an object");
    refused(&with("labels", json!({})), "alert 0: at least one label pair required");
    refused(&with("labels", json!({"a": ""})), "alert 0: at least one label pair required");
    refused(&with("labels", json!({"a b": "x"})), "alert 0: invalid label name \"a b\"");
    refused(&with("labels", json!({"1a": "x"})), "alert 0: invalid label name \"1a\"");
    refused(&with("labels", json!({"a": 1})), "alert 0: labels must be text");
    refused(&with("annotations", json!({"a": 1})), "alert 0: annotations must be text");
    refused(
        &with("startsAt", "soon".into()),
        "alert 0: startsAt must be a date and time as RFC 3339 has them",
    );
    refused(
        &json!([{"labels": {"a": "b"}, "startsAt": "2026-11-21T10:00:00Z", "endsAt": "2026-11-21T09:00:00Z"}]),
        "alert 0: start time must be before end time",
    );
    let large = with("annotations", json!({"a": "x".repeat(100_000)}));
    refused(&large, "alert 0: more than 64 labels or annotations, or longer than 65536 bytes");
    refused(&Value::Array(vec![json!({}); 10_001]), "more than 10000 alerts");
}

#[test]
fn what_we_send_one_would_take() {
    let labels = BTreeMap::from([
        ("alertname".to_owned(), "Payments".to_owned()),
        ("not a name".to_owned(), "x".to_owned()),
        ("empty".to_owned(), String::new()),
    ]);
    let lapses = Micros(NOW.0 + 240_000_000);
    for text in HOSTILE {
        let sent = alertmanager_alerts(&filled(text), &labels, lapses);
        let read = read_alerts(&sent, NOW).unwrap();
        assert_eq!((read[0].labels.len(), read[0].ends), (1, Some(lapses)));
    }
    let over = Message { phase: Phase::Resolve, ..declined() };
    let read =
        read_alerts(&alertmanager_alerts(&over, &labels, lapses), Micros(NOW.0 + 1)).unwrap();
    assert_eq!(read[0].ends, Some(NOW));
}

#[test]
fn webhooks_are_read() {
    let hook = json!({
        "version": "4", "groupKey": "{}:{alertname=\"A\"}", "truncatedAlerts": 2, "status": "firing",
        "receiver": "pitwatch", "groupLabels": {"alertname": "A"}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://am.example",
        "alerts": [{"status": "firing", "labels": {"alertname": "A"}, "annotations": {},
            "startsAt": "2026-11-21T09:59:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
            "fingerprint": "00"}]
    });
    let read = read_hook(&hook, NOW).unwrap();
    assert_eq!((read.receiver.as_str(), read.left_out, read.alerts.len()), ("pitwatch", 2, 1));
    assert_eq!(read.alerts[0].ends, None);
    let mut other = hook;
    other["version"] = "3".into();
    assert_eq!(
        read_hook(&other, NOW).unwrap_err().to_string(),
        "only version 4 of Alertmanager's webhooks is known"
    );
}

proptest! {
    #[test]
    fn any_posted_text_is_read_or_refused(name in "\\PC{0,9}", value in "\\PC{0,9}", time in "[0-9TZ:+.-]{0,25}") {
        let body = json!([{"labels": {name: value}, "startsAt": time.clone(), "endsAt": time}]);
        if let Ok(read) = read_alerts(&body, NOW) {
            prop_assert!(read[0].ends.is_none_or(|ends| ends >= read[0].starts));
        }
    }
}
