//! Monitors through good and bad times.

use model::clock::Micros;
use model::id::EventId;
use proptest::prelude::*;
use schedule::{CheckIn, Config, Refusal, Report, Reported, State, Status, Tick, Transition};
use serde_json::json;

use crate::at;

/// A monitor and what is kept of its runs.
struct World {
    config: Config,
    state: State,
    runs: Vec<CheckIn>,
    log: Vec<String>,
    made: u32,
}

impl World {
    fn new(config: &serde_json::Value) -> Self {
        let config = Config::from_json(config).unwrap();
        Self { config, state: State::default(), runs: Vec::new(), log: Vec::new(), made: 0 }
    }

    fn send(&mut self, now: &str, run: u8, status: Reported) {
        let refused = self.try_send(at(now), run, status, None).err();
        self.log.extend(refused.map(|refused| format!("refused: {refused}")));
    }

    fn try_send(
        &mut self,
        now: Micros,
        run: u8,
        status: Reported,
        duration_millis: Option<u64>,
    ) -> Result<(), Refusal> {
        let id = EventId([run; 16]);
        let known = self.runs.iter().position(|known| known.id == id);
        let report = Report { id, status, duration_millis };
        let known_run = known.map(|place| self.runs[place]);
        let received = self.state.receive(&self.config, known_run.as_ref(), &report, (id, now))?;
        match known {
            Some(place) => self.runs[place] = received.check_in,
            None => self.runs.push(received.check_in),
        }
        self.note(received.transition);
        Ok(())
    }

    /// As the clock does each minute.
    fn tick(&mut self, tick: Tick) {
        for place in 0..self.runs.len() {
            let timed_out = self.state.time_out(&self.config, &self.runs[place], tick);
            if let Some((run, transition)) = timed_out {
                self.runs[place] = run;
                self.note(transition);
            }
        }
        loop {
            self.made += 1;
            let mut id = [255; 16];
            id[..4].copy_from_slice(&self.made.to_be_bytes());
            let missed = self.state.miss(&self.config, tick, EventId(id));
            let Some((run, transition)) = missed else { break };
            self.runs.push(run);
            self.note(transition);
        }
    }

    fn pass(&mut self, from: &str, until: &str) {
        let (mut now, until) = (at(from), at(until));
        while now < until {
            self.tick(Tick { now, is_reliable: true });
            now = Micros(now.0 + 60_000_000);
        }
    }

    fn note(&mut self, transition: Option<Transition>) {
        self.log.extend(transition.map(|transition| match transition {
            Transition::Opened { failures, .. } => format!("opened: {failures}"),
            Transition::Failing { failures } => format!("failing: {failures}"),
            Transition::Closed { .. } => "closed".to_owned(),
        }));
    }

    fn statuses(&self) -> Vec<&'static str> {
        self.runs.iter().map(|run| run.status.name()).collect()
    }
}

fn hourly() -> World {
    World::new(&json!({"schedule_type": "crontab", "schedule": "0 * * * *"}))
}

#[test]
fn a_monitor_that_never_checked_in_is_not_missed() {
    let mut world = hourly();
    world.pass("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    assert!(world.runs.is_empty());
}

#[test]
fn a_missed_run_opens_an_issue_and_the_next_good_one_closes_it() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:05Z", 1, Reported::Ok);
    world.pass("2026-11-21T10:01:00Z", "2026-11-21T11:01:00Z");
    assert_eq!(world.statuses(), ["ok"], "one minute is not late");
    world.pass("2026-11-21T11:01:00Z", "2026-11-21T11:30:00Z");
    assert_eq!(world.statuses(), ["ok", "missed"]);
    assert_eq!(world.runs[1].expected, Some(at("2026-11-21T11:00:00Z")));
    world.send("2026-11-21T12:00:05Z", 2, Reported::Ok);
    assert_eq!(world.log, ["opened: A missed check-in was detected", "closed"]);
}

#[test]
fn thresholds_count_in_a_row() {
    let mut world = World::new(&json!({"schedule_type": "crontab", "schedule": "0 * * * *",
        "failure_issue_threshold": 3, "recovery_threshold": 2}));
    world.send("2026-11-21T10:00:00Z", 1, Reported::Error);
    world.send("2026-11-21T11:00:00Z", 2, Reported::Error);
    world.send("2026-11-21T12:00:00Z", 3, Reported::Ok);
    world.send("2026-11-21T13:00:00Z", 4, Reported::Error);
    world.pass("2026-11-21T13:01:00Z", "2026-11-21T15:30:00Z");
    assert_eq!(world.log, ["opened: 2 missed check-ins and 1 error check-in detected"]);
    world.send("2026-11-21T16:00:00Z", 5, Reported::Ok);
    world.send("2026-11-21T17:00:00Z", 6, Reported::Error);
    world.send("2026-11-21T18:00:00Z", 7, Reported::Ok);
    world.send("2026-11-21T19:00:00Z", 8, Reported::Ok);
    assert_eq!(
        world.log[1..],
        ["failing: 2 missed check-ins and 2 error check-ins detected", "closed"]
    );
}

#[test]
fn a_run_that_does_not_end_times_out_and_stays_so() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::InProgress);
    world.pass("2026-11-21T10:01:00Z", "2026-11-21T10:40:00Z");
    assert_eq!(world.statuses(), ["timeout"]);
    world.send("2026-11-21T10:45:00Z", 1, Reported::Ok);
    assert_eq!(world.statuses(), ["timeout"]);
    assert_eq!(world.runs[0].duration_millis, Some(45 * 60_000));
    assert_eq!(world.log, ["opened: A timeout check-in was detected"]);
}

#[test]
fn heartbeats_extend_the_time() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::InProgress);
    world.pass("2026-11-21T10:01:00Z", "2026-11-21T10:25:00Z");
    world.send("2026-11-21T10:25:00Z", 1, Reported::InProgress);
    world.pass("2026-11-21T10:26:00Z", "2026-11-21T10:50:00Z");
    world.send("2026-11-21T10:50:00Z", 1, Reported::Ok);
    assert_eq!(world.statuses(), ["ok"]);
    assert_eq!(world.runs[0].duration_millis, Some(50 * 60_000));
}

#[test]
fn what_ended_has_ended() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::Ok);
    world.send("2026-11-21T10:00:01Z", 1, Reported::InProgress);
    world.send("2026-11-21T10:00:02Z", 1, Reported::Error);
    assert_eq!(
        world.log,
        [
            "refused: the check-in's end came before its start",
            "refused: the check-in has ended already"
        ]
    );
}

#[test]
fn long_margins_do_not_drift() {
    let mut world = World::new(&json!({"schedule_type": "crontab", "schedule": "*/5 * * * *",
        "checkin_margin": 10}));
    world.send("2026-11-21T12:00:01Z", 1, Reported::Ok);
    world.pass("2026-11-21T12:01:00Z", "2026-11-21T12:26:00Z");
    let expected: Vec<_> = world.runs[1..].iter().map(|run| run.expected.unwrap()).collect();
    assert_eq!(expected, [at("2026-11-21T12:05:00Z"), at("2026-11-21T12:15:00Z")]);
}

#[test]
fn a_job_whose_clock_is_ahead_is_not_missed() {
    let mut world = hourly();
    world.send("2026-11-21T09:59:58Z", 1, Reported::InProgress);
    world.send("2026-11-21T09:59:59Z", 1, Reported::Ok);
    world.send("2026-11-21T10:59:58Z", 2, Reported::InProgress);
    world.send("2026-11-21T10:59:59Z", 2, Reported::Ok);
    world.pass("2026-11-21T11:00:00Z", "2026-11-21T11:50:00Z");
    assert_eq!(world.statuses(), ["ok", "ok"]);
}

#[test]
fn a_late_timeout_does_not_undo_a_newer_success() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::InProgress);
    world.send("2026-11-21T10:10:00Z", 2, Reported::Ok);
    world.pass("2026-11-21T10:11:00Z", "2026-11-21T10:40:00Z");
    assert_eq!(world.statuses(), ["timeout", "ok"]);
    assert!(world.log.is_empty());
}

#[test]
fn our_own_trouble_alerts_nobody() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::Ok);
    world.send("2026-11-21T10:50:00Z", 2, Reported::InProgress);
    world.tick(Tick { now: at("2026-11-21T11:30:00Z"), is_reliable: false });
    assert_eq!(world.statuses(), ["ok", "unknown", "unknown"]);
    assert!(world.log.is_empty());
}

#[test]
fn a_new_configuration_counts_from_now() {
    let mut world = hourly();
    world.send("2026-11-21T10:00:00Z", 1, Reported::Ok);
    world.config =
        Config::from_json(&json!({"schedule_type": "crontab", "schedule": "*/5 * * * *"})).unwrap();
    let now = at("2026-11-21T10:32:00Z");
    world.state.reconfigure(&world.config, now);
    world.tick(Tick { now, is_reliable: true });
    assert_eq!(world.state.next_expected, Some(at("2026-11-21T10:35:00Z")));
    assert_eq!(world.statuses(), ["ok"]);
}

#[test]
fn hostile_durations_are_bounded() {
    let mut world = hourly();
    world.try_send(at("2026-11-21T10:00:00Z"), 1, Reported::Ok, Some(u64::MAX)).unwrap();
    assert!(world.runs[0].started > Micros(0));
    assert_eq!(world.runs[0].duration_millis, Some(40_320 * 60_000));
}

#[derive(Debug, Clone)]
enum Step {
    Send(u8, Reported),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let status = prop::sample::select(vec![Reported::InProgress, Reported::Ok, Reported::Error]);
    prop_oneof![
        (0_u8..6, status).prop_map(|(run, status)| Step::Send(run, status)),
        (1_u64..200).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Issues open and close in turn, ends are final, and an open issue means failures.
    #[test]
    fn any_history_is_consistent(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut world = World::new(&json!({"schedule_type": "crontab", "schedule": "*/20 * * * *",
            "failure_issue_threshold": 2, "recovery_threshold": 2}));
        let mut now = at("2026-11-21T10:00:00Z");
        let mut ended: Vec<(EventId, Status)> = Vec::new();
        for step in steps {
            match step {
                Step::Send(run, status) => {
                    let _refused = world.try_send(now, run, status, None);
                }
                Step::Wait(minutes) => {
                    for _ in 0..minutes {
                        now = Micros(now.0 + 60_000_000);
                        world.tick(Tick { now, is_reliable: true });
                    }
                }
            }
            for (id, status) in &ended {
                let run = world.runs.iter().find(|run| run.id == *id).unwrap();
                prop_assert_eq!(run.status, *status);
            }
            ended = world
                .runs
                .iter()
                .filter(|run| run.status != Status::InProgress)
                .map(|run| (run.id, run.status))
                .collect();
            prop_assert!(world.state.next_expected.is_none_or(|next| next.0 + 60_000_000 > now.0));
        }
        let turns: Vec<_> = world.log.iter().filter(|line| !line.starts_with("failing")).collect();
        for (place, line) in turns.iter().enumerate() {
            prop_assert_eq!(line.starts_with("opened"), place % 2 == 0);
        }
        prop_assert_eq!(world.state.incident.is_some(), turns.len() % 2 == 1);
    }
}
