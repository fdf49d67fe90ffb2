//! What a monitor is told.

use proptest::prelude::*;
use schedule::{Config, Upsert, upsert};
use serde_json::{Value, json};

#[track_caller]
fn check(sent: &Value, expected: &str) {
    let shown = match Config::from_json(sent) {
        Ok(config) => format!(
            "{} {} {}/{} {}/{}",
            config.schedule,
            config.zone.name(),
            config.margin_minutes,
            config.max_runtime_minutes,
            config.failure_threshold,
            config.recovery_threshold,
        ),
        Err(problem) => problem.to_string(),
    };
    assert_eq!(shown, expected);
}

#[test]
fn both_forms_are_read() {
    check(
        &json!({"schedule": {"type": "crontab", "value": "15 3 * * *"}, "checkin_margin": 5,
            "max_runtime": 40, "timezone": "Europe/Madrid", "failure_issue_threshold": 2,
            "recovery_threshold": 1, "owner": "team:7"}),
        "15 3 * * * Europe/Madrid 5/40 2/1",
    );
    check(
        &json!({"schedule": {"type": "interval", "value": 2, "unit": "hour"}}),
        "every 2 hours UTC 1/30 1/1",
    );
    check(
        &json!({"schedule_type": "interval", "schedule": [1, "day"], "checkin_margin": null,
            "max_runtime": 10.0, "timezone": ""}),
        "every 1 day UTC 1/10 1/1",
    );
    check(
        &json!({"schedule_type": "crontab", "schedule": "@daily", "checkin_margin": 0}),
        "@daily UTC 1/30 1/1",
    );
}

#[test]
fn what_makes_no_sense_is_named() {
    let crontab = |text: &str| json!({"schedule_type": "crontab", "schedule": text});
    let with = |field: &str, value: Value| {
        let mut config = crontab("@daily");
        config[field] = value;
        config
    };
    check(&json!([]), "monitor config must be an object");
    check(&json!({}), "schedule must have a type, crontab or interval, and a value");
    check(
        &json!({"schedule_type": "solar", "schedule": "noon"}),
        "schedule must have a type, crontab or interval, and a value",
    );
    check(
        &crontab("0 0 31 2 *"),
        "schedule: it is never due within 50 years: no month has such a day",
    );
    check(
        &json!({"schedule": {"type": "interval", "value": -1, "unit": "hour"}}),
        "schedule must have a type, crontab or interval, and a value",
    );
    check(
        &with("timezone", json!("Mars/Olympus")),
        "timezone: \"Mars/Olympus\" is not a time zone; write a name such as Europe/Madrid",
    );
    check(&with("timezone", json!(2)), "timezone must be text");
    for number in [json!(-1), json!(40_321), json!(1.5), json!("5"), json!(1e300)] {
        check(
            &with("checkin_margin", number),
            "checkin_margin must be a whole number from 1 to 40320",
        );
    }
    check(
        &with("failure_issue_threshold", json!(721)),
        "failure_issue_threshold must be a whole number from 1 to 720",
    );
}

#[test]
fn check_ins_make_and_change_monitors() {
    let daily = json!({"schedule_type": "crontab", "schedule": "@daily"});
    let hourly = json!({"schedule": {"type": "crontab", "value": "@hourly"}});
    let config = |sent: &Value| Config::from_json(sent).unwrap();
    assert_eq!(upsert(None, Some(&daily)), Upsert::Create(config(&daily)));
    assert_eq!(upsert(Some(&config(&daily)), Some(&daily)), Upsert::Keep);
    assert_eq!(upsert(Some(&config(&daily)), Some(&hourly)), Upsert::Update(config(&hourly)));
    // What is broken changes nothing, and names nothing that is not there.
    assert_eq!(upsert(Some(&config(&daily)), Some(&json!({}))), Upsert::Keep);
    assert!(matches!(upsert(None, Some(&json!({}))), Upsert::Refuse(Some(_))));
    assert_eq!(upsert(None, Some(&Value::Null)), Upsert::Refuse(None));
    assert_eq!(upsert(None, None), Upsert::Refuse(None));
}

fn any_config() -> impl Strategy<Value = Value> {
    let crontab =
        prop::sample::select(vec!["@hourly", "*/5 * * * *", "0 4 LW * 1#2", "59 23 31 12 *"]);
    let schedule = prop_oneof![
        crontab.prop_map(|text| json!({"type": "crontab", "value": text})),
        (1_u32..100).prop_map(|value| json!({"type": "interval", "value": value, "unit": "week"})),
    ];
    (schedule, 0_u32..=40_320, 0_u32..=720).prop_map(|(schedule, minutes, threshold)| {
        json!({"schedule": schedule, "max_runtime": minutes, "recovery_threshold": threshold})
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(sent in any_config()) {
        let config = Config::from_json(&sent).unwrap();
        prop_assert_eq!(Config::from_json(&config.to_json()), Ok(config));
    }
}
