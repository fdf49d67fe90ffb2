//! Rules about numbers, minute by minute.

use std::sync::Arc;
use std::time::Duration;

use alarm::{IncidentQuery, MetricIncident, SeriesOf};
use alert::SentryMetricRule;
use lang::ask::{AskError, Cell};
use lang::health::{HealthCounts, HealthGroup};
use meta::ProvisionFile;
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use ruler::Worker;
use serde_json::json;

use crate::metric_world::{FIRST_MINUTE, MINUTE, World, change, row, written};

/// Errors of `p1` in minute after minute; what was told, with the minute.
async fn run(world: &mut World, counts: &[f64], restarts: bool) -> Vec<String> {
    let mut log = Vec::new();
    for (minute, count) in counts.iter().enumerate() {
        world.engine.count(&[(1, *count)]);
        let told = world.minute().await;
        log.extend(told.into_iter().map(|told| format!("{minute} {told}")));
        if restarts {
            world.restart();
        }
    }
    log
}

fn incidents(world: &World) -> Vec<MetricIncident> {
    let query = IncidentQuery { limit: 100, ..IncidentQuery::default() };
    world.parts.alarms.metric_incidents(OrganizationId(1), &query).unwrap()
}

#[tokio::test]
async fn thresholds_with_patience_and_recovery_survive_any_restart() {
    let rule = json!({
        "forMinutes": 2, "recoverMinutes": 1, "resolveThreshold": 5,
        "triggers": [
            {"label": "critical", "alertThreshold": 20, "actions": []},
            {"label": "warning", "alertThreshold": 10, "actions": []},
        ],
    });
    let counts = [0.0, 12.0, 12.0, 12.0, 25.0, 25.0, 25.0, 25.0, 7.0, 3.0, 3.0, 3.0, 12.0, 0.0];
    let expected = ["3 +warning p1", "6 +page p1", "6 -warning p1", "10 -page p1"];
    for restarts in [false, true] {
        let mut world = World::with_projects(1);
        world.rule(&rule);
        assert_eq!(run(&mut world, &counts, restarts).await, expected, "restarts: {restarts}");
        let found = incidents(&world);
        assert_eq!(found.len(), 1);
        let statuses: Vec<_> = found[0].activities.iter().map(|it| it.after).collect();
        assert_eq!(
            statuses,
            [Some(alert::Severity::Warning), Some(alert::Severity::Critical), None]
        );
        assert!(found[0].closed.is_some());
    }
}

#[tokio::test]
async fn an_alert_says_what_people_need() {
    let mut world = World::with_projects(1);
    let rule = world.rule(&json!({
        "symptom": true, "runbookUrl": "https://wiki/errors", "environment": "prod",
    }));
    assert_eq!(run(&mut world, &[12.5], false).await, ["0 +page p1 prod"]);
    let report = &world.reports()[0];
    let alert = &report.alert;
    let labels: Vec<String> =
        alert.labels.iter().map(|(name, it)| format!("{name}={it}")).collect();
    assert_eq!(
        labels,
        [
            "alertname=Errors",
            "environment=prod",
            "project=p1",
            &format!("rule_id={}", rule.id),
            "service=p1",
            "severity=page"
        ]
    );
    assert_eq!((alert.role, alert.rule.0), (alert::Role::Symptom, rule.id));
    assert_eq!(alert.at, Micros((FIRST_MINUTE + 1) * MINUTE));
    assert_eq!(alert.annotations["description"], "count() of p1 is 12.5 over 5 min, above 10.");
    assert_eq!(alert.annotations["runbook_url"], "https://wiki/errors");
    let about = &report.about;
    assert_eq!((&about["kind"], &about["project"]), (&json!("metric"), &json!(1)));
    assert_eq!((&about["value"], &about["threshold"]), (&json!(12.5), &json!(10.0)));
    assert!(world.parts.alarms.rule(OrganizationId(1), rule.id).unwrap().triggered.is_some());
}

#[tokio::test]
async fn missing_data_are_a_state_of_their_own() {
    // Nothing to count is a count of 0; a share of nothing is missing.
    let mut world = World::with_projects(1);
    world.rule(&json!({"thresholdType": 1, "triggers": [
        {"label": "critical", "alertThreshold": 1, "actions": []}]}));
    world.engine.say(|_| Ok(Vec::new()));
    assert_eq!(world.minute().await, ["+page p1"]);

    let mut world = World::with_projects(1);
    world.rule(&json!({
        "dataset": "spans", "aggregate": "p95(span.duration)", "noData": "alert", "noDataMinutes": 2,
    }));
    let mut log = Vec::new();
    for minute in 0..8 {
        match minute {
            0 | 6.. => world.engine.count(&[(1, 3.0)]),
            _ => world.engine.say(|_| Ok(Vec::new())),
        }
        log.extend(world.minute().await.into_iter().map(|told| format!("{minute} {told}")));
    }
    assert_eq!(log, ["3 +warning p1 no_data", "6 -warning p1 no_data"]);
}

#[tokio::test]
async fn a_question_that_fails_changes_nothing() {
    for no_data in ["keep", "ok", "alert"] {
        let mut world = World::with_projects(1);
        world.rule(&json!({"noData": no_data}));
        assert_eq!(run(&mut world, &[3.0], false).await, [""; 0]);
        world.engine.say(|_| Err(AskError::Invalid("broken".to_owned())));
        assert!(world.minute().await.is_empty(), "quiet, {no_data}");
        assert_eq!(run(&mut world, &[12.0], false).await, ["0 +page p1"]);
        world.engine.say(|_| Err(AskError::Invalid("broken".to_owned())));
        assert!(world.minute().await.is_empty(), "firing, {no_data}");
        let series = &world.parts.alarms.series(SeriesOf::All).unwrap()[0];
        assert_eq!(series.problem.as_deref(), Some("broken"));
        assert_eq!(run(&mut world, &[12.0, 3.0], false).await, ["1 -page p1"]);
        assert_eq!(world.parts.alarms.series(SeriesOf::All).unwrap()[0].problem, None);
    }
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_asked_less_often() {
    let mut world = World::with_projects(1);
    world.rule(&json!({}));
    world.engine.say(|_| Err(AskError::TooLong));
    for _ in 0..5 {
        world.minute().await;
    }
    assert_eq!(world.questions().len(), 1);
    world.minute().await;
    assert_eq!(world.questions().len(), 1, "it is not given up");
}

#[tokio::test(start_paused = true)]
async fn who_took_too_long_is_waited_for_while_others_are_asked() {
    let mut world = World::with_projects(3);
    for (project, minutes) in [("p1", 5), ("p2", 10), ("p3", 15)] {
        world.rule(&json!({"projects": [project], "timeWindow": minutes, "name": project}));
    }
    world.engine.say(|asked| match asked.projects.as_slice() {
        [1] => Ok(vec![row(1, 3.0)]),
        _ => Err(AskError::TooLong),
    });
    // Two are late from now on, and asked every five minutes, one a turn.
    for _ in 0..5 {
        world.minute().await;
    }
    world.questions();
    *world.engine.held.lock().unwrap() = Some(2);
    let (engine, clock) = (Arc::clone(&world.engine), Arc::clone(&world.clock));
    // Five seconds before the next question of p1 is due.
    world.clock.advance_micros(MINUTE + 7_000_000);
    let time_goes_by = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        clock.advance_micros(10_000_000);
        tokio::time::sleep(Duration::from_secs(8)).await;
        let asked = std::mem::take(&mut *engine.asked.lock().unwrap());
        engine.let_go.notify_one();
        asked
    };
    let (turn, asked) = tokio::join!(world.metrics.turn(), time_goes_by);
    turn.unwrap();
    let of = |project: u64| asked.iter().filter(|asked| asked.projects == [project]).count();
    assert_eq!((of(1), of(2), of(3)), (2, 1, 0), "{asked:?}");
    // Whoever was late with it has waited for longest.
    world.metrics.turn().await.unwrap();
    let asked = world.questions();
    assert_eq!(asked.iter().map(|it| it.projects[0]).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn who_took_too_long_together_is_asked_apart() {
    let mut world = World::with_projects(1);
    let file =
        "[[organization]]\nslug = \"other\"\n[[organization.project]]\nid = 2\nslug = \"p2\"\n";
    world.parts.meta.provision(&ProvisionFile::parse(file).unwrap()).unwrap();
    let other = world.parts.meta.organization_by_slug("other").unwrap().unwrap().id;
    world.rule(&json!({}));
    world.rule_of(other, &json!({"projects": ["p2"]}));
    world.engine.count(&[(1, 12.0), (2, 3.0)]);
    assert_eq!(world.minute().await, ["+page p1"]);
    assert_eq!(world.questions().len(), 1, "both ask the same");
    world.engine.say(|asked| match asked.projects.as_slice() {
        [1] => Ok(vec![row(1, 3.0)]),
        _ => Err(AskError::TooLong),
    });
    assert!(world.minute().await.is_empty());
    assert_eq!(world.minute().await, ["-page p1"], "the other one's data are not waited for");
    let asked = world.questions();
    let projects: Vec<_> = asked.iter().map(|asked| asked.projects.clone()).collect();
    assert_eq!(projects.first(), Some(&vec![1, 2]));
    assert!(projects.contains(&vec![1]) && projects.contains(&vec![2]), "{projects:?}");
}

#[tokio::test]
async fn a_busy_engine_is_asked_once_more() {
    let mut world = World::with_projects(1);
    world.rule(&json!({}));
    let mut times = 0;
    world.engine.say(move |_| {
        times += 1;
        if times == 1 { Err(AskError::Busy) } else { Ok(vec![row(1, 12.0)]) }
    });
    assert_eq!(world.minute().await, ["+page p1"]);
}

#[tokio::test]
async fn numbers_are_compared_with_the_same_time_before() {
    let mut world = World::with_projects(1);
    world.rule(&json!({"comparisonDelta": 1440, "triggers": [
        {"label": "warning", "alertThreshold": 50, "actions": []}]}));
    world.engine.say(|asked| {
        let is_now = asked.until > FIRST_MINUTE;
        Ok(vec![row(1, if is_now { 16.0 } else { 10.0 })])
    });
    assert_eq!(world.minute().await, ["+warning p1"]);
    let asked = world.questions();
    assert_eq!(asked.iter().map(|it| it.until - it.from).collect::<Vec<_>>(), [5, 5]);
    assert_eq!(asked[0].until - asked[1].until, 1_440);
    world.engine.count(&[(1, 10.0)]);
    assert_eq!(world.minute().await, ["-warning p1"]);
}

#[tokio::test]
async fn what_is_gone_fires_no_more() {
    let mut world = World::with_projects(3);
    let rule = world.rule(&json!({"projects": ["p1", "p2"]}));
    let other = world.rule(&json!({"projects": ["p3"], "name": "Other"}));
    world.engine.count(&[(1, 12.0), (2, 12.0), (3, 12.0)]);
    assert_eq!(world.minute().await, ["+page p1", "+page p2", "+page p3"]);
    // Another name is the same alert.
    let renamed = written(&json!({"projects": ["p1", "p2"], "name": "Renamed"}));
    let says = SentryMetricRule::from_json(&renamed).unwrap();
    world.parts.alarms.change_rule(rule.id, &change(&says, true), Micros(1)).unwrap();
    assert!(world.minute().await.is_empty());
    // A project is removed, then a rule is switched off, then one is deleted.
    world.parts.meta.delete_project(ProjectId(2)).unwrap();
    world.clock.advance_micros(10 * MINUTE);
    assert_eq!(world.minute().await, ["-page p2"]);
    world.parts.alarms.change_rule(rule.id, &change(&says, false), Micros(2)).unwrap();
    assert_eq!(world.minute().await, ["-page p1"]);
    world.restart();
    world.parts.alarms.delete_rule(other.id).unwrap();
    assert_eq!(world.minute().await, ["-page p3"]);
    assert!(incidents(&world).iter().all(|incident| incident.closed.is_some()));
    assert!(world.parts.alarms.series(SeriesOf::All).unwrap().is_empty());
    world.questions();
    world.minute().await;
    assert!(world.questions().is_empty());
}

#[tokio::test]
async fn a_rule_that_measures_something_else_begins_anew() {
    let mut world = World::with_projects(1);
    let rule = world.rule(&json!({}));
    assert_eq!(run(&mut world, &[12.0], false).await, ["0 +page p1"]);
    let narrower = SentryMetricRule::from_json(&written(&json!({"query": "level:fatal"}))).unwrap();
    world.parts.alarms.change_rule(rule.id, &change(&narrower, true), Micros(1)).unwrap();
    assert_eq!(run(&mut world, &[0.0], false).await, ["0 -page p1"]);
}

#[tokio::test]
async fn groups_are_judged_for_themselves_and_forgotten() {
    let mut world = World::with_projects(1);
    world.rule(&json!({"dataset": "spans", "groupBy": ["tags[market]"]}));
    let group = |market: &str, count: f64| {
        vec![Cell::U64(1), Cell::Text(market.to_owned()), Cell::F64(count)]
    };
    let (de, se) = (group("de", 12.0), group("se", 3.0));
    world.engine.say(move |_| Ok(vec![de.clone(), se.clone()]));
    assert_eq!(world.minute().await, ["+page p1 de"]);
    assert_eq!(world.reports()[0].alert.labels["market"], "de");
    assert_eq!(world.reports()[0].about["tags"], json!({"market": "de"}));
    // A group without rows counts nothing.
    world.engine.say(|_| Ok(Vec::new()));
    assert_eq!(world.minute().await, ["-page p1 de"]);
    assert_eq!(world.parts.alarms.series(SeriesOf::All).unwrap().len(), 2);
    world.clock.advance_micros(1_500 * MINUTE);
    world.minute().await;
    world.minute().await;
    assert!(world.parts.alarms.series(SeriesOf::All).unwrap().is_empty());
}

#[tokio::test]
async fn a_share_that_falls_is_told_from_what_is_usual() {
    let mut world = World::with_projects(1);
    world.rule(&json!({
        "dataset": "spans", "aggregate": "equation|count_if(span.status,equals,ok) / count()",
        "anomaly": {"kind": "ratio"}, "timeWindow": 5,
    }));
    // 30 a minute; 95 % go well until a certain minute, then half of them do.
    let fall = FIRST_MINUTE + 12;
    world.engine.say(move |asked| {
        let minutes = asked.from..asked.until;
        let cells = |minute: u64| {
            let good = if minute >= fall { 15 } else { 28 + minute % 2 };
            vec![Cell::Time(Micros(minute * MINUTE)), Cell::U64(1), Cell::U64(good), Cell::U64(30)]
        };
        Ok(minutes.map(cells).collect())
    });
    let mut log = Vec::new();
    for minute in 1..=20_u64 {
        let told = world.minute().await;
        log.extend(told.into_iter().map(|told| format!("{minute} {told}")));
        // What was learnt from the days before is there after a restart.
        world.restart();
    }
    // The first turns learn seven days, one each; a fall to half is found in two minutes.
    assert_eq!(log, ["15 +page p1"]);
    let days: Vec<u64> = world
        .questions()
        .iter()
        .filter(|asked| asked.until - asked.from > 15)
        .map(|asked| asked.until - asked.from)
        .collect();
    assert!(!days.is_empty() && days.iter().all(|minutes| *minutes <= 1_440), "{days:?}");
}

#[tokio::test]
async fn a_game_that_pays_too_little_is_told_from_one_without_luck() {
    let mut world = World::with_projects(1);
    world.rule(&json!({"dataset": "spans", "aggregate": "count()", "timeWindow": 60, "anomaly": {
        "kind": "rtp", "staked": "bet", "won": "payout", "theory": 0.95, "sigma": 5.2}}));
    let wagers = |count: u32, won: f64, weight: f64| {
        let count = f64::from(count);
        let cells = [count, count, count, won * count, weight * count].map(Cell::F64);
        std::iter::once(Cell::U64(1)).chain(cells).collect::<Vec<Cell>>()
    };
    let mut told = Vec::new();
    // 100,000 wagers of 1: the standard error is 0.0164.
    // Of spans that stand for sixteen each it is four times that.
    for (won, weight) in [(0.95, 1.0), (0.92, 1.0), (0.815, 16.0), (0.815, 1.0), (0.95, 1.0)] {
        let row = wagers(100_000, won, weight);
        world.engine.say(move |_| Ok(vec![row.clone()]));
        told.push(world.minute().await);
    }
    let expected: [&[&str]; 5] = [&[], &[], &[], &["+page p1"], &["-page p1"]];
    assert_eq!(told, expected);
    assert_eq!(
        world.reports()[1].about["text"],
        "It recovered: 0.95 of the stakes was paid back over 60 min, within 4 standard errors of \
         the 0.95 that the game's mathematics say."
    );
}

#[tokio::test]
async fn an_end_says_what_is_measured_now_and_what_the_bound_is() {
    let two = json!([{"label": "critical", "alertThreshold": 20, "actions": []},
        {"label": "warning", "alertThreshold": 10, "actions": []}]);
    let over = "It recovered: count() of p1 is 3 over 5 min, no longer above";
    let below = json!([{"label": "critical", "alertThreshold": 10, "actions": []}]);
    for (rule, counts, expected) in [
        (json!({}), [12.0, 3.0], format!("{over} 10.")),
        (json!({"resolveThreshold": 5}), [12.0, 3.0], format!("{over} 5.")),
        (json!({"triggers": two}), [12.0, 3.0], format!("{over} 10.")),
        (
            json!({"triggers": two}),
            [12.0, 25.0],
            "Another alert of this rule stands in its place: count() of p1 is 25 over 5 min, above 20."
                .to_owned(),
        ),
        (
            json!({"thresholdType": 1, "triggers": below}),
            [2.0, 30.0],
            "It recovered: count() of p1 is 30 over 5 min, no longer below 10.".to_owned(),
        ),
    ] {
        let mut world = World::with_projects(1);
        world.rule(&rule);
        run(&mut world, &counts, false).await;
        let reports = world.reports();
        let end = reports.iter().find(|report| !report.alert.is_firing).unwrap();
        assert_eq!(end.about["text"], expected);
    }
}

#[tokio::test]
async fn a_warning_names_the_bound_that_it_crossed() {
    let mut world = World::with_projects(1);
    world.rule(&json!({"triggers": [
        {"label": "critical", "alertThreshold": 20, "actions": []},
        {"label": "warning", "alertThreshold": 10, "actions": []}]}));
    run(&mut world, &[12.0], false).await;
    assert_eq!(world.reports()[0].about["text"], "count() of p1 is 12 over 5 min, above 10.");
}

#[tokio::test]
async fn sessions_without_a_crash_are_measured_in_percent() {
    let mut world = World::with_projects(1);
    world.rule(&json!({
        "dataset": "metrics", "timeWindow": 60, "thresholdType": 1,
        "aggregate": "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
        "triggers": [{"label": "warning", "alertThreshold": 99, "actions": []}],
    }));
    let mut total = HealthCounts::default();
    total.sessions[0] = 980;
    total.sessions[model::session::SessionHealth::Crashed.index()] = 20;
    let group = HealthGroup { project: Some(ProjectId(1)), total, ..HealthGroup::default() };
    *world.engine.rates.lock().unwrap() = vec![group];
    assert_eq!(world.minute().await, ["+warning p1"]);
    let text = world.reports()[0].alert.annotations["description"].clone();
    assert_eq!(text, "percentage(sessions_crashed, sessions) of p1 is 98 over 60 min, below 99.");
}

#[tokio::test]
async fn an_hour_that_was_missed_is_not_made_up_for() {
    let mut world = World::with_projects(1);
    world.rule(&json!({}));
    run(&mut world, &[1.0], false).await;
    world.clock.advance_micros(60 * MINUTE);
    world.questions();
    world.minute().await;
    assert_eq!(world.questions().len(), 1);
    // Nothing is due before the next minute has settled.
    world.metrics.turn().await.unwrap();
    assert!(world.questions().is_empty());
}
