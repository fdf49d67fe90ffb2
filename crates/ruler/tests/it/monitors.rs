//! Monitors and their issues, from the check-in that does not come to the one that does.

use std::sync::atomic::Ordering;

use meta::{IssueStatus, Substatus};
use schedule::Reported::{InProgress, Ok as Well};
use serde_json::{Value, json};

use crate::house::House;

/// Every ten minutes, a minute late, five minutes long.
fn config() -> Value {
    json!({"schedule": {"type": "crontab", "value": "*/10 * * * *"}, "checkin_margin": 1, "max_runtime": 5})
}

fn state(house: &House) -> Vec<(IssueStatus, Option<Substatus>, u64)> {
    let issues = house.issues();
    issues.iter().map(|one| (one.state.status, one.state.substatus, one.times_seen)).collect()
}

#[tokio::test]
async fn what_fails_is_an_issue_until_it_is_well() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.pass(10).await;
    assert_eq!(state(&house), []);
    house.pass(1).await;
    assert_eq!(state(&house), [(IssueStatus::Unresolved, Some(Substatus::New), 1)]);
    assert_eq!(house.issues()[0].title, "Monitor failure: settle");
    house.pass(10).await;
    assert_eq!(state(&house), [(IssueStatus::Unresolved, Some(Substatus::New), 2)]);
    house.pass(9).await;
    house.send(2, Well, &config());
    house.turn().await;
    assert_eq!(state(&house), [(IssueStatus::Resolved, None, 2)]);
    let issue = house.issues()[0].id;
    assert_eq!(house.activities(issue), [("set_resolved", true)], "by nobody");
    // It fails again: the same issue.
    house.pass(11).await;
    assert_eq!(state(&house), [(IssueStatus::Unresolved, Some(Substatus::Regressed), 3)]);
    assert_eq!(house.statuses(), ["ok", "missed", "missed", "ok", "missed"]);
}

#[tokio::test]
async fn what_a_person_resolved_stays_as_they_left_it() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.pass(11).await;
    let issues = vec![house.issues()[0].id];
    let actions = vec![meta::IssueAction::Archive(meta::Archiving::Forever)];
    house.meta.change_issues(&meta::IssueChange { issues, actor: None, actions }).unwrap();
    house.send(2, Well, &config());
    house.turn().await;
    assert_eq!(state(&house)[0].0, IssueStatus::Ignored);
    assert_eq!(house.alarms.occurrences(10).unwrap(), [], "and nothing waits for it");
}

#[tokio::test]
async fn an_end_of_the_process_loses_and_doubles_nothing() {
    for broken_at in 0..4 {
        let mut house = House::new();
        house.turn().await;
        house.send(1, Well, &config());
        house.pass(10).await;
        // The minute is judged, but the events cannot be appended before the process ends.
        house.log.is_broken.store(broken_at == 0, Ordering::Relaxed);
        if broken_at == 0 {
            house.failed_turn().await;
            house.log.is_broken.store(false, Ordering::Relaxed);
        } else {
            house.pass(1).await;
        }
        if broken_at <= 1 {
            house = house.restart(0);
        }
        house.turn().await;
        assert_eq!(house.events(), 1, "broken at {broken_at}");
        house.send(2, InProgress, &config());
        if broken_at == 2 {
            house = house.restart(0);
        }
        house.send(2, Well, &config());
        if broken_at == 3 {
            house = house.restart(0);
        }
        house.turn().await;
        assert_eq!(state(&house), [(IssueStatus::Resolved, None, 1)], "broken at {broken_at}");
    }
}

#[tokio::test]
async fn an_event_appended_twice_is_one() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.pass(11).await;
    let waiting = house.alarms.occurrences(10).unwrap();
    assert_eq!(waiting, [], "told and forgotten");
    assert_eq!(state(&house)[0].2, 1);
}

#[tokio::test]
async fn what_was_due_while_the_server_was_down_is_not_missed() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.pass(2).await;
    let mut house = house.restart(30);
    house.turn().await;
    assert_eq!(house.statuses(), ["ok", "unknown"]);
    assert_eq!(house.events(), 0);
    house.pass(9).await;
    assert_eq!(house.statuses(), ["ok", "unknown", "missed"], "from now on we listen");
    assert_eq!(house.events(), 1);
}

#[tokio::test]
async fn senders_that_were_turned_away_are_not_missed() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.pass(9).await;
    house.log.refused.store(4, Ordering::Relaxed);
    house.pass(2).await;
    assert_eq!(house.statuses(), ["ok", "unknown"]);
    assert_eq!(house.events(), 0);
}

#[tokio::test]
async fn nothing_is_judged_before_all_that_arrived_is_known() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    // The pipeline lags behind: the check-in of 10:10 lies in the log.
    house.pass(9).await;
    house.log.arrived.fetch_add(10, Ordering::Relaxed);
    house.pass(5).await;
    assert_eq!(house.statuses(), ["ok"]);
    house.log.worked_up.fetch_add(10, Ordering::Relaxed);
    house.pass(1).await;
    assert_eq!(house.statuses(), ["ok", "missed"]);
}

#[tokio::test]
async fn a_project_that_is_gone_fails_no_more() {
    let mut house = House::new();
    house.turn().await;
    house.send(1, Well, &config());
    house.remove_project();
    house.pass(61).await;
    assert_eq!(house.events(), 0);
    assert_eq!(house.alarms.monitored_projects().unwrap(), []);
}
