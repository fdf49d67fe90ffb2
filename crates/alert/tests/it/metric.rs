//! Metric rules, minute by minute.

use alert::{
    Condition, Levels, MetricRule, MetricState, NoData, PlainMetricRule, Sample, SentryMetricRule,
    Side, Transition, evaluate,
};
use model::clock::Micros;
use proptest::prelude::*;
use serde_json::json;

use crate::given::MINUTE;

fn above(warning: Option<f64>, critical: Option<f64>, recovery: Option<f64>) -> Levels {
    Levels { side: Side::Above, warning, critical, recovery }
}

fn rule(condition: Condition) -> MetricRule {
    MetricRule { condition, wrong_for: 0, right_for: 0, no_data: NoData::Keep, no_data_after: 0 }
}

/// One sample a minute; what changed, and in which minute.
fn run(rule: &MetricRule, samples: &[Sample]) -> Vec<String> {
    rule.check().unwrap();
    let mut state = MetricState::default();
    let mut log = Vec::new();
    for (minute, sample) in (0_u64..).zip(samples) {
        let (next, transition) = evaluate(rule, &state, sample, Micros(minute * MINUTE));
        state = next;
        log.extend(transition.map(|transition| format!("{minute} {}", shown(transition))));
    }
    log
}

fn shown(transition: Transition) -> String {
    match transition {
        Transition::Fired(severity) => format!("fired {severity:?}"),
        Transition::Worsened(severity) => format!("worsened {severity:?}"),
        Transition::Resolved => "resolved".to_owned(),
        Transition::DataLost { is_alert } => format!("lost {is_alert}"),
        Transition::DataBack { firing } => format!("back {firing:?}"),
    }
}

#[track_caller]
fn check(rule: &MetricRule, values: &[f64], expected: &[&str]) {
    let samples: Vec<Sample> = values
        .iter()
        .map(|value| if value.is_nan() { Sample::Missing } else { Sample::Value(*value) })
        .collect();
    assert_eq!(run(rule, &samples), expected);
}

const NONE: f64 = f64::NAN;

#[test]
fn thresholds_are_exceeded_not_reached() {
    let simple = rule(Condition::Threshold(above(None, Some(10.0), None)));
    check(&simple, &[10.0, 10.1, 11.0, 10.0], &["1 fired Critical", "3 resolved"]);
    let below = Levels { side: Side::Below, ..above(None, Some(10.0), None) };
    check(
        &rule(Condition::Threshold(below)),
        &[10.0, 9.9, 10.0],
        &["1 fired Critical", "2 resolved"],
    );
}

#[test]
fn it_must_be_wrong_without_a_break() {
    let patient = MetricRule {
        wrong_for: 2 * MINUTE,
        ..rule(Condition::Threshold(above(None, Some(10.0), None)))
    };
    check(&patient, &[11.0, 11.0, 9.0, 11.0, 11.0, 11.0, 9.0], &["5 fired Critical", "6 resolved"]);
    // A warning for long enough is one, although it was critical only for a moment.
    let two = MetricRule {
        wrong_for: 2 * MINUTE,
        ..rule(Condition::Threshold(above(Some(5.0), Some(10.0), None)))
    };
    check(
        &two,
        &[6.0, 6.0, 11.0, 11.0, 11.0, 6.0, 4.0],
        &["2 fired Warning", "4 worsened Critical", "6 resolved"],
    );
    // One that knows only critical does not warn.
    check(&patient, &[11.0, 9.0, 11.0, 11.0], &[]);
}

#[test]
fn recovery_lies_on_the_good_side() {
    let steady = rule(Condition::Threshold(above(None, Some(10.0), Some(8.0))));
    check(&steady, &[9.0, 11.0, 9.0, 11.0, 8.5, 8.0, 9.0], &["1 fired Critical", "5 resolved"]);
    let slow = MetricRule {
        right_for: 2 * MINUTE,
        ..rule(Condition::Threshold(above(None, Some(10.0), None)))
    };
    check(&slow, &[11.0, 9.0, 11.0, 9.0, 9.0, 9.0], &["0 fired Critical", "5 resolved"]);
}

#[test]
fn missing_data_are_a_state_of_their_own() {
    let levels = Condition::Threshold(above(None, Some(10.0), None));
    let keep = MetricRule { no_data_after: MINUTE, ..rule(levels.clone()) };
    check(
        &keep,
        &[11.0, NONE, NONE, NONE, 11.0, 9.0],
        &["0 fired Critical", "2 lost false", "4 back Some(Critical)", "5 resolved"],
    );
    check(&keep, &[9.0, NONE, 9.0, NONE, NONE, 9.0], &["4 lost false", "5 back None"]);
    let alerting = MetricRule { no_data: NoData::Alert, ..rule(levels.clone()) };
    check(&alerting, &[9.0, NONE, NONE, 11.0], &["1 lost true", "3 fired Critical"]);
    let fine = MetricRule { no_data: NoData::Ok, ..rule(levels.clone()) };
    check(&fine, &[11.0, NONE, NONE], &["0 fired Critical", "1 resolved"]);
    // What is no number, and what was not asked for, is missing.
    let samples = [Sample::Value(f64::INFINITY), Sample::Compared { now: 1.0, before: 1.0 }];
    assert_eq!(run(&alerting, &samples), ["0 lost true"]);
    // The time of a break does not count.
    let patient = MetricRule { wrong_for: 3 * MINUTE, ..rule(levels) };
    check(&patient, &[11.0, NONE, NONE, NONE, 11.0], &["1 lost false", "4 back None"]);
}

#[test]
fn changes_are_compared_in_percent() {
    let samples = |pairs: &[(f64, f64)]| -> Vec<Sample> {
        pairs.iter().map(|&(now, before)| Sample::Compared { now, before }).collect()
    };
    let rise = rule(Condition::Change(above(Some(50.0), Some(100.0), None)));
    assert_eq!(
        run(&rise, &samples(&[(150.0, 100.0), (151.0, 100.0), (201.0, 100.0), (100.0, 100.0)])),
        ["1 fired Warning", "2 worsened Critical", "3 resolved"]
    );
    let fall = Levels { side: Side::Below, ..above(None, Some(30.0), None) };
    let fall = rule(Condition::Change(fall));
    assert_eq!(
        run(&fall, &samples(&[(200.0, 100.0), (71.0, 100.0), (69.0, 100.0), (0.0, 0.0)])),
        ["2 fired Critical", "3 resolved"]
    );
    // From nothing there is no percentage.
    assert_eq!(run(&rise, &samples(&[(5.0, 0.0)])), ["0 lost false"]);
}

#[track_caller]
fn refused(rule: &MetricRule, expected: &str) {
    assert_eq!(rule.check().unwrap_err().to_string(), expected);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let threshold = |levels| rule(Condition::Threshold(levels));
    refused(&threshold(above(None, None, None)), "a rule needs a warning or a critical threshold");
    refused(&threshold(above(None, Some(f64::NAN), None)), "critical must be a number");
    refused(
        &threshold(above(Some(10.0), Some(5.0), None)),
        "the critical threshold lies before the warning: the warning would never fire",
    );
    refused(
        &threshold(above(None, Some(5.0), Some(6.0))),
        "the recovery threshold lies beyond the others: the alert would be over while it fires",
    );
    let fall = Levels { side: Side::Below, ..above(None, Some(100.0), None) };
    refused(
        &rule(Condition::Change(fall)),
        "a number cannot fall by 100 % or more: the rule would never fire",
    );
    let long = MetricRule { wrong_for: u64::MAX, ..threshold(above(None, Some(5.0), None)) };
    refused(&long, "wrong_for may be at most 7 days");
    let test = alert::RatioTest { z: f64::NAN, ..alert::RatioTest::default() };
    refused(&rule(Condition::Ratio(test)), "z must be between 1 and 20");
    let cusum = alert::Cusum { height: 0.0, ..alert::Cusum::default() };
    refused(&rule(Condition::Cusum(cusum)), "height must be between 1 and 1000");
    let game = alert::ReturnToPlayer::of(0.95, 0.0);
    refused(&rule(Condition::ReturnToPlayer(game)), "sigma must be between 0.01 and 10000");
}

#[test]
fn sentrys_form_is_read_and_written() {
    let sent = json!({
        "name": "High errors", "query": "", "aggregate": "count()", "dataset": "events", "queryType": 0,
        "timeWindow": 60, "environment": null, "thresholdType": 0, "resolveThreshold": 50.0,
        "comparisonDelta": null, "owner": "team:7", "projects": ["casino-api"],
        "triggers": [
            {"label": "critical", "alertThreshold": 100.0, "actions": [
                {"type": "email", "targetType": "team", "targetIdentifier": "7"}]},
            {"label": "warning", "alertThreshold": 80.0, "actions": []}
        ]
    });
    let read = SentryMetricRule::from_json(&sent).unwrap();
    assert_eq!(
        read.rule.condition,
        Condition::Threshold(above(Some(80.0), Some(100.0), Some(50.0)))
    );
    assert_eq!((read.question.window_minutes, read.critical_actions.len()), (60, 1));
    assert_eq!(SentryMetricRule::from_json(&read.to_json()), Ok(read.clone()));
    let written = read.to_json();
    for field in
        ["name", "aggregate", "dataset", "timeWindow", "thresholdType", "owner", "projects"]
    {
        assert_eq!(written[field], sent[field], "{field}");
    }
    let with = |field: &str, value: serde_json::Value| {
        let mut changed = sent.clone();
        changed[field] = value;
        SentryMetricRule::from_json(&changed)
    };
    let percent = with("comparisonDelta", json!(1_440)).unwrap();
    assert!(matches!(percent.rule.condition, Condition::Change(_)));
    let refused = |field, value| with(field, value).unwrap_err().to_string();
    assert_eq!(refused("timeWindow", json!(0)), "timeWindow: must be whole minutes, at most 40320");
    assert_eq!(refused("thresholdType", json!(2)), "thresholdType: must be 0 (above) or 1 (below)");
    assert_eq!(refused("triggers", json!(null)), "triggers: must be a list");
    assert_eq!(refused("triggers", json!([])), "a rule needs a warning or a critical threshold");
    assert_eq!(refused("name", json!("")), "name: must have 1 to 256 characters");
}

/// A rule with everything that Sentry does not know.
fn written_of_ours(anomaly: &serde_json::Value) -> serde_json::Value {
    json!({
        "name": "Deposits", "aggregate": "failure_rate()", "dataset": "spans", "query": "",
        "timeWindow": 5, "thresholdType": 0, "projects": ["payment"], "anomaly": anomaly,
        "triggers": [{"label": "critical", "alertThreshold": 0, "actions": [{"type": "email"}]}],
        "groupBy": ["market"], "forMinutes": 3, "recoverMinutes": 2, "noData": "alert",
        "noDataMinutes": 10, "symptom": true, "causes": ["3", 4], "runbookUrl": "https://wiki/x",
    })
}

#[test]
fn what_is_ours_comes_back_as_it_went() {
    let detectors = [
        json!({"kind": "ratio", "share": "bad", "z": 4.5, "inARow": 3, "eventsMin": 50}),
        json!({"kind": "cusum", "share": "good", "fall": 0.05, "height": 10.0}),
        json!({"kind": "rtp", "staked": "bet", "won": "payout", "theory": 0.95, "sigma": 5.2,
            "warningZ": 4.0, "criticalZ": 5.0, "wagersMin": 1000}),
        json!(null),
    ];
    for detector in detectors {
        let sent = written_of_ours(&detector);
        let read = SentryMetricRule::from_json(&sent).unwrap();
        let back = read.to_json();
        assert_eq!(back["anomaly"], detector);
        for field in ["groupBy", "forMinutes", "recoverMinutes", "noData", "noDataMinutes"] {
            assert_eq!(back[field], sent[field], "{field}");
        }
        assert_eq!((read.is_symptom, &read.causes[..]), (true, &[3, 4][..]));
        assert_eq!(SentryMetricRule::from_json(&back), Ok(read));
    }
}

#[test]
fn detectors_that_make_no_sense_are_refused() {
    #[track_caller]
    fn check(anomaly: &serde_json::Value, expected: &str) {
        let problem = SentryMetricRule::from_json(&written_of_ours(anomaly)).unwrap_err();
        assert_eq!(problem.to_string(), expected);
    }
    check(&json!("ratio"), "anomaly: must be an object");
    check(&json!({"kind": "magic"}), "kind: must be ratio, cusum or rtp");
    check(&json!({"kind": "ratio", "z": 0.5}), "z must be between 1 and 20");
    check(&json!({"kind": "ratio", "share": "half"}), "share: must be good or bad");
    check(&json!({"kind": "rtp", "staked": "bet"}), "won: is required");
    check(&json!({"kind": "rtp", "staked": "b", "won": "w", "theory": 0.9}), "sigma: is required");
}

#[test]
fn sentrys_dynamic_thresholds_are_a_ratio_test() {
    let mut sent = written_of_ours(&json!(null));
    sent["detectionType"] = json!("dynamic");
    sent["sensitivity"] = json!("low");
    let read = SentryMetricRule::from_json(&sent).unwrap();
    assert!(matches!(read.rule.condition, Condition::Ratio(test) if test.z > 5.9));
    assert_eq!(read.to_json()["detectionType"], "dynamic");
}

#[test]
fn files_say_the_same_in_plain_words() {
    let plain = |value: serde_json::Value| {
        let fields = value.as_object().unwrap().clone().into_iter().collect();
        PlainMetricRule::read(&fields, "payment")
    };
    let read = plain(json!({
        "name": "Slow", "dataset": "spans", "aggregate": "p95(span.duration)",
        "query": "span.op:http.client", "window_minutes": 5, "side": "above", "warning": 1500,
        "resolve": 1000, "for_minutes": 2, "causes": ["Other"], "then": "mail team 7",
    }))
    .unwrap();
    assert_eq!(read.rule.projects, ["payment"]);
    assert_eq!(
        read.rule.rule.condition,
        Condition::Threshold(above(Some(1_500.0), None, Some(1_000.0)))
    );
    assert_eq!((read.causes, read.then), (vec!["Other".into()], vec!["mail team 7".into()]));
    let game = plain(json!({
        "name": "RTP", "dataset": "spans", "aggregate": "count()", "window_minutes": 60,
        "anomaly": {"kind": "rtp", "staked": "bet", "won": "payout", "theory": 0.95, "sigma": 5.2,
            "wagers_min": 500},
    }));
    let game = game.unwrap().rule.rule.condition;
    assert!(matches!(game, Condition::ReturnToPlayer(game) if game.wagers_min == 500));
    let refused = |value| plain(value).unwrap_err().to_string();
    assert_eq!(refused(json!({"nmae": "x"})), "nmae: is not a field of a rule");
    assert_eq!(refused(json!({"side": "left"})), "side: must be above or below");
    assert_eq!(refused(json!({"name": "x"})), "aggregate: is required");
}

proptest! {
    /// Alerts begin and end in turn, and only numbers beyond the threshold begin one.
    #[test]
    fn transitions_alternate(
        values in prop::collection::vec(prop::option::of(0_u8..20), 0..100),
        wrong_for in 0_u64..5,
        right_for in 0_u64..5,
        warns in any::<bool>(),
    ) {
        let levels = above(warns.then_some(8.0), Some(12.0), Some(5.0));
        let rule = MetricRule {
            wrong_for: wrong_for * MINUTE,
            right_for: right_for * MINUTE,
            ..rule(Condition::Threshold(levels))
        };
        let mut state = MetricState::default();
        let mut firing = None;
        for (minute, value) in (0_u64..).zip(values) {
            let sample = value.map_or(Sample::Missing, |value| Sample::Value(f64::from(value)));
            let (next, transition) = evaluate(&rule, &state, &sample, Micros(minute * MINUTE));
            let written = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(serde_json::from_str::<MetricState>(&written).unwrap(), next);
            state = next;
            match transition {
                Some(Transition::Fired(severity)) => {
                    prop_assert!(firing.is_none() && value.is_some_and(|value| value > 8));
                    firing = Some(severity);
                }
                Some(Transition::Worsened(severity)) => {
                    prop_assert!(firing.is_some_and(|before| before < severity));
                    firing = Some(severity);
                }
                Some(Transition::Resolved) => {
                    prop_assert!(firing.take().is_some() && value.is_some_and(|value| value <= 5));
                }
                Some(Transition::DataBack { firing: still }) => prop_assert_eq!(still, firing),
                Some(Transition::DataLost { .. }) => prop_assert!(value.is_none()),
                None => {}
            }
        }
    }
}
