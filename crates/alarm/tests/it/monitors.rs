//! Check-ins and what becomes of monitors, on a clock of our own.

use alarm::{Alarms, Arrival, CheckInBatch, MonitorChange, Occurrence};
use model::clock::Micros;
use model::id::{EventId, KeyId, OrganizationId, ProjectId};
use model::intake::Offset;
use schedule::{Config, Reported, Status};
use serde_json::{Value, json};

use crate::fixture::Fixture;

const OURS: OrganizationId = OrganizationId(1);
const PROJECT: ProjectId = ProjectId(7);
const MINUTE: u64 = 60_000_000;
/// 2026-11-21T10:00:00Z.
const NOON: u64 = 1_795_255_200_000_000;

fn at(minutes: u64) -> Micros {
    Micros(NOON + minutes * MINUTE)
}

/// Every ten minutes, a minute late, five minutes long.
fn config(failures: u32, recoveries: u32) -> Value {
    json!({
        "schedule": {"type": "crontab", "value": "*/10 * * * *"},
        "checkin_margin": 1, "max_runtime": 5,
        "failure_issue_threshold": failures, "recovery_threshold": recoveries,
    })
}

/// A fixture whose jobs check in.
struct Jobs {
    fixture: Option<Fixture>,
    config: Value,
    end: u64,
}

impl Jobs {
    fn new(config: Value) -> Self {
        Self { fixture: Some(Fixture::new()), config, end: 0 }
    }

    fn alarms(&self) -> &Alarms {
        &self.fixture.as_ref().unwrap().alarms
    }

    fn arrival(&self, id: u8, status: Reported, minutes: u64) -> Arrival {
        Arrival {
            organization: OURS,
            project: PROJECT,
            key: KeyId(3),
            received: at(minutes),
            id: EventId([id; 16]),
            fresh_id: EventId([id.wrapping_add(100); 16]),
            slug: "settle".to_owned(),
            environment: "prod".to_owned(),
            release: String::new(),
            status,
            duration_millis: None,
            trace: None,
            config: Some(self.config.to_string()),
        }
    }

    fn take(&mut self, arrivals: Vec<Arrival>) {
        let start = Offset(self.end);
        self.end += 10;
        let batch =
            CheckInBatch { start, end: Offset(self.end), arrivals, ..CheckInBatch::default() };
        self.alarms().apply_check_ins(&batch).unwrap();
        // Again, as after a crash: nothing more.
        self.alarms().apply_check_ins(&batch).unwrap();
    }

    fn send(&mut self, id: u8, status: Reported, minutes: u64) {
        let arrival = self.arrival(id, status, minutes);
        self.take(vec![arrival]);
    }

    fn ok(&mut self, id: u8, minutes: u64) {
        self.send(id, Reported::Ok, minutes);
    }

    fn tick(&self, minutes: u64) {
        while self.alarms().expire_check_ins(at(minutes), &|_| true).unwrap() {}
    }

    fn ticks(&self, minutes: std::ops::RangeInclusive<u64>) {
        minutes.for_each(|minute| self.tick(minute));
    }

    fn restart(&mut self) {
        self.fixture = self.fixture.take().map(Fixture::opened_again);
    }

    /// Oldest first.
    fn statuses(&self) -> Vec<Status> {
        let monitor = self.alarms().monitor(OURS, None, "settle").unwrap();
        let all = (Micros(0), at(1_000_000));
        let mut found = self.alarms().check_ins(monitor.id, &[], all, (0, 100)).unwrap().0;
        found.reverse();
        found.into_iter().map(|kept| kept.run.status).collect()
    }

    fn occurrences(&self) -> Vec<Occurrence> {
        self.alarms().occurrences(100).unwrap()
    }

    /// Why issues are told that it fails; empty text when they are resolved.
    fn told(&self) -> Vec<String> {
        let reason = |occurrence: Occurrence| {
            let Some(event) = occurrence.event else { return String::new() };
            let event: Value = serde_json::from_str(&event).unwrap();
            let reason = &event["contexts"]["outage"]["evidence"]["Failure reason"];
            reason.as_str().unwrap().to_owned()
        };
        self.occurrences().into_iter().map(reason).collect()
    }
}

const MISSED: &str = "A missed check-in was detected";

#[test]
fn what_does_not_come_is_missed_and_what_comes_again_is_well() {
    let mut jobs = Jobs::new(config(1, 1));
    jobs.ok(1, 0);
    jobs.ticks(1..=10);
    assert_eq!(jobs.statuses(), [Status::Ok], "the margin is not over");
    jobs.tick(11);
    jobs.tick(11);
    assert_eq!(jobs.statuses(), [Status::Ok, Status::Missed]);
    assert_eq!(jobs.told(), [MISSED]);
    jobs.ok(2, 20);
    jobs.ticks(12..=21);
    assert_eq!(jobs.told(), [MISSED, ""]);
    let told = jobs.occurrences();
    let [open, close] = &told[..] else { panic!("two") };
    assert_eq!(open.subject, close.subject);
    assert_eq!(open.newest_event, close.newest_event);
    let event: Value = serde_json::from_str(open.event.as_deref().unwrap()).unwrap();
    assert_eq!(event["event_id"], json!(open.newest_event.to_string()));
    assert_eq!(event["contexts"]["outage"]["title"], "Monitor failure: settle");
    assert_eq!(event["contexts"]["monitor"]["slug"], "settle");
    assert_eq!(event["tags"]["monitor.slug"], "settle");
    assert_eq!((&event["environment"], &event["level"]), (&json!("prod"), &json!("error")));
    assert_eq!(event["fingerprint"][0], "monitor");
}

#[test]
fn nothing_depends_on_the_process_going_on() {
    let through = |restarts: bool| {
        let mut jobs = Jobs::new(config(1, 1));
        let step = |jobs: &mut Jobs| {
            if restarts {
                jobs.restart();
            }
        };
        jobs.ok(1, 0);
        step(&mut jobs);
        jobs.tick(11);
        step(&mut jobs);
        jobs.send(2, Reported::InProgress, 20);
        step(&mut jobs);
        jobs.tick(25);
        step(&mut jobs);
        jobs.ok(3, 30);
        step(&mut jobs);
        (jobs.statuses(), jobs.occurrences())
    };
    let (statuses, occurrences) = through(false);
    assert_eq!(statuses, [Status::Ok, Status::Missed, Status::TimedOut, Status::Ok]);
    assert_eq!(through(true), (statuses, occurrences));
}

#[test]
fn thresholds_count_failures_and_successes_in_a_row() {
    let mut jobs = Jobs::new(config(3, 2));
    jobs.ok(1, 0);
    jobs.tick(11);
    jobs.send(2, Reported::Error, 20);
    assert_eq!(jobs.told(), [""; 0]);
    jobs.send(3, Reported::InProgress, 30);
    jobs.tick(35);
    assert_eq!(
        jobs.told(),
        ["1 missed check-in, 1 error check-in and 1 timeout check-in detected"]
    );
    jobs.ok(4, 40);
    assert_eq!(jobs.occurrences().len(), 1, "one success is not enough");
    jobs.ok(5, 50);
    assert_eq!(jobs.told()[1], "");
}

#[test]
fn a_muted_monitor_tells_nothing_and_a_disabled_one_takes_nothing() {
    let mut jobs = Jobs::new(config(1, 1));
    jobs.ok(1, 0);
    let monitor = jobs.alarms().monitor(OURS, None, "settle").unwrap();
    let muted = MonitorChange { is_muted: true, ..monitor.says.clone() };
    jobs.alarms().change_monitor(monitor.id, &muted, at(1)).unwrap();
    jobs.tick(11);
    assert_eq!((jobs.statuses().len(), jobs.occurrences().len()), (2, 0));
    // Heard again while it still fails: the next failure tells, and its end resolves.
    jobs.alarms().change_monitor(monitor.id, &monitor.says, at(12)).unwrap();
    jobs.alarms().mute_monitor(monitor.id, "prod", true).unwrap();
    jobs.tick(21);
    assert_eq!(jobs.occurrences().len(), 0);
    jobs.alarms().mute_monitor(monitor.id, "prod", false).unwrap();
    jobs.tick(31);
    assert_eq!(jobs.told(), ["3 missed check-ins detected"]);
    let off = MonitorChange { is_enabled: false, ..monitor.says.clone() };
    jobs.alarms().change_monitor(monitor.id, &off, at(32)).unwrap();
    jobs.ok(2, 40);
    jobs.ticks(33..=60);
    assert_eq!(jobs.statuses().len(), 4, "neither taken nor missed");
    jobs.alarms().change_monitor(monitor.id, &monitor.says, at(61)).unwrap();
    jobs.tick(70);
    assert_eq!(jobs.statuses().len(), 4);
    jobs.tick(71);
    assert_eq!(jobs.statuses().len(), 5);
}

#[test]
fn silence_means_nothing_while_nobody_was_heard() {
    let mut jobs = Jobs::new(config(1, 1));
    jobs.ok(1, 0);
    jobs.alarms().note_outage(at(8), at(13)).unwrap();
    jobs.tick(13);
    assert_eq!(jobs.statuses(), [Status::Ok, Status::Unknown]);
    jobs.tick(21);
    assert_eq!(jobs.statuses(), [Status::Ok, Status::Unknown, Status::Missed]);
    assert_eq!(jobs.told(), [MISSED], "only what was missed while we listened");
    // A run whose end may have been lost.
    jobs.send(2, Reported::InProgress, 30);
    jobs.alarms().note_outage(at(32), at(34)).unwrap();
    jobs.tick(35);
    assert_eq!(jobs.statuses().last(), Some(&Status::Unknown));
    assert_eq!(jobs.told().len(), 1);
}

#[test]
fn runs_are_found_by_their_id_or_as_the_newest() {
    let mut jobs = Jobs::new(config(1, 1));
    // Without an id, as `curl` sends it.
    jobs.take(vec![Arrival { id: EventId([0; 16]), ..jobs.arrival(1, Reported::InProgress, 0) }]);
    jobs.take(vec![Arrival { id: EventId([0; 16]), ..jobs.arrival(2, Reported::Ok, 2) }]);
    assert_eq!(jobs.statuses(), [Status::Ok]);
    // Its end came before its start.
    jobs.ok(3, 10);
    jobs.send(3, Reported::InProgress, 10);
    assert_eq!(jobs.statuses(), [Status::Ok, Status::Ok]);
    // A second end, another environment's run, an unknown monitor, a configuration that is none.
    let ended = jobs.arrival(3, Reported::Error, 11);
    let elsewhere = Arrival { environment: "dev".to_owned(), ..jobs.arrival(3, Reported::Ok, 11) };
    let unknown =
        Arrival { slug: "x".to_owned(), config: None, ..jobs.arrival(4, Reported::Ok, 11) };
    let bad = Some(json!({"schedule": {"type": "crontab", "value": "every day"}}).to_string());
    let broken =
        Arrival { slug: "y".to_owned(), config: bad.clone(), ..jobs.arrival(5, Reported::Ok, 11) };
    let kept = Arrival { config: bad, ..jobs.arrival(6, Reported::Ok, 11) };
    jobs.take(vec![ended, elsewhere, unknown, broken, kept]);
    assert_eq!(jobs.statuses(), [Status::Ok; 3], "a known monitor goes on as it is");
    let problems = jobs.alarms().check_in_problems(&[PROJECT], None, (0, 10)).unwrap();
    let mut kinds: Vec<_> = problems.iter().map(|one| (one.slug.as_str(), one.kind)).collect();
    kinds.reverse();
    assert_eq!(
        kinds,
        [
            ("settle", "checkin_finished"),
            ("settle", "checkin_environment_mismatch"),
            ("x", "monitor_not_found"),
            ("y", "monitor_invalid_config"),
            ("settle", "monitor_invalid_config"),
        ]
    );
}

#[test]
fn code_changes_what_the_monitor_is() {
    let mut jobs = Jobs::new(config(1, 1));
    jobs.ok(1, 0);
    jobs.config =
        json!({"schedule": {"type": "interval", "value": 1, "unit": "hour"}, "owner": "team:3"});
    jobs.ok(2, 10);
    let monitor = jobs.alarms().monitor(OURS, Some(PROJECT), "settle").unwrap();
    assert_eq!(monitor.says.config, Config::from_json(&jobs.config).unwrap());
    assert!(monitor.is_upserting);
    let environment = &jobs.alarms().monitor_environments(&[monitor.id]).unwrap()[0];
    assert_eq!(environment.state.next_expected, Some(at(70)));
    assert_eq!(jobs.alarms().monitor(OURS, None, &alarm::uuid(monitor.guid)).unwrap(), monitor);
}

#[test]
fn environments_are_not_without_end_and_projects_may_go() {
    let mut jobs = Jobs::new(config(1, 1));
    let many = (0..=alarm::ENVIRONMENTS_MAX).map(|number| Arrival {
        environment: format!("e{number}"),
        id: EventId([0; 16]),
        fresh_id: EventId([u8::try_from(number).unwrap() + 1; 16]),
        ..jobs.arrival(1, Reported::Ok, 0)
    });
    let many = many.collect();
    jobs.take(many);
    let account = jobs.alarms().check_in_accounts(Offset(0)).unwrap().remove(0);
    let lines: Vec<_> =
        account.outcomes.iter().map(|(key, n)| (key.reason.to_string(), n)).collect();
    assert_eq!(lines, [(String::new(), 100), ("monitor_environment_limit_exceeded".to_owned(), 1)]);
    assert_eq!(account.seen.len(), 100);
    while jobs.alarms().expire_check_ins(at(11), &|_| false).unwrap() {}
    assert_eq!(jobs.alarms().monitored_projects().unwrap(), []);
    assert_eq!(jobs.occurrences(), []);
    jobs.alarms().forget_check_in_accounts(Offset(10)).unwrap();
    assert_eq!(jobs.alarms().check_in_accounts(Offset(0)).unwrap(), []);
}

#[test]
fn old_check_ins_are_forgotten_and_the_rest_is_counted() {
    let mut jobs = Jobs::new(config(1, 1));
    jobs.ok(1, 0);
    jobs.ok(2, 10);
    jobs.send(3, Reported::Error, 12);
    let monitor = jobs.alarms().monitor(OURS, None, "settle").unwrap();
    let environments: Vec<u64> = jobs
        .alarms()
        .monitor_environments(&[monitor.id])
        .unwrap()
        .iter()
        .map(|one| one.id)
        .collect();
    let counts = |jobs: &Jobs| -> Vec<(u64, Status, u64)> {
        let found =
            jobs.alarms().check_in_buckets(&environments, (at(0), at(60)), 10 * MINUTE).unwrap();
        found.iter().map(|one| ((one.start.0 - NOON) / MINUTE, one.status, one.count)).collect()
    };
    assert_eq!(counts(&jobs), [(0, Status::Ok, 1), (10, Status::Ok, 1), (10, Status::Error, 1)]);
    assert!(!jobs.alarms().forget_check_ins(at(5)).unwrap());
    assert_eq!(counts(&jobs), [(10, Status::Ok, 1), (10, Status::Error, 1)]);
    jobs.alarms().delete_monitor(monitor.id, &["prod".to_owned()]).unwrap();
    assert_eq!(counts(&jobs), []);
    jobs.alarms().delete_monitor(monitor.id, &[]).unwrap();
    jobs.alarms().monitor(OURS, None, "settle").unwrap_err();
}

#[test]
fn a_check_in_does_not_change_what_a_file_says() {
    let mut jobs = Jobs::new(config(1, 1));
    let says = MonitorChange {
        slug: "settle".to_owned(),
        name: "Settle".to_owned(),
        config: Config::from_json(&config(3, 1)).unwrap(),
        is_enabled: true,
        is_muted: false,
        owner: None,
    };
    let wanted = [alarm::Wanted { organization: OURS, project: PROJECT, says }];
    jobs.alarms().provision_monitors("acme.toml", &wanted, at(0)).unwrap();
    jobs.ok(1, 0);
    let known = jobs.alarms().monitor(OURS, None, "settle").unwrap();
    assert_eq!((&known.says, known.is_upserting), (&wanted[0].says, false));
}
