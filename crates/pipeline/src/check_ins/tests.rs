//! The lane of check-ins, with crashes between the two databases, and what waited for it elsewhere.

use std::path::Path;
use std::sync::Arc;

use alarm::{Alarms, KeptCheckIn};
use meta::{Meta, NewProject, OutcomeGroup, OutcomeQuestion};
use model::clock::{Clock, FixedClock, Micros};
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{BodyCoding, Item, ItemType, Lane, Record};
use schedule::Status;
use store::disk::{Disk, MachineDisk};
use store::log::{IntakeLog, LogSettings};
use tempfile::TempDir;

use super::{CheckInParts, CheckInPipeline};
use crate::Steps as _;

/// 2026-11-21T10:00:30Z.
const NOW: Micros = Micros(1_795_255_230_000_000);

struct House {
    folder: TempDir,
    organization: OrganizationId,
    project: ProjectId,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let meta = open_meta(folder.path());
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let (slug, name) = ("web".to_owned(), "Web".to_owned());
        let new = NewProject { slug, name, ..NewProject::default() };
        let project = meta.create_project(organization, &new).unwrap().id;
        Self { folder, organization, project }
    }

    fn log(&self) -> Arc<IntakeLog> {
        let disk: Arc<dyn Disk> = Arc::new(MachineDisk);
        let path = self.folder.path().join("intake");
        Arc::new(IntakeLog::open(&path, &disk, LogSettings::default()).unwrap())
    }

    fn alarms(&self) -> Alarms {
        Alarms::open(&self.folder.path().join("alarm.sqlite")).unwrap()
    }

    /// What a server that starts now does until nothing is left to do.
    fn run(&self) {
        let (meta, log, alarms) = (open_meta(self.folder.path()), self.log(), self.alarms());
        let parts = CheckInParts { meta, log: Arc::clone(&log), alarms };
        let mut pipeline = CheckInPipeline::new(parts).unwrap();
        while pipeline.step().unwrap() {}
        assert_eq!(pipeline.position(), log.end(Lane::CheckIns));
    }

    fn send(&self, payloads: &[&str]) {
        let records = payloads.iter().map(|payload| self.record(payload)).collect();
        self.log().append_blocking(Lane::CheckIns, records).unwrap();
    }

    fn record(&self, payload: &str) -> Record {
        Record {
            received: NOW,
            organization: self.organization,
            project: self.project,
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: "{}".to_owned(),
            items: vec![Item {
                item_type: ItemType::CheckIn,
                start: 0,
                len: u32::try_from(payload.len()).unwrap(),
                count: 1,
                header: r#"{"type":"check_in"}"#.to_owned(),
            }],
            coding: BodyCoding::Identity,
            body_len: u32::try_from(payload.len()).unwrap(),
            body: payload.as_bytes().to_vec(),
        }
    }

    fn check_ins(&self) -> Vec<KeptCheckIn> {
        let alarms = self.alarms();
        let monitor = alarms.monitor(self.organization, None, "nightly").unwrap();
        alarms.check_ins(monitor.id, &[], (Micros(0), Micros(u64::MAX >> 1)), (0, 100)).unwrap().0
    }

    /// `fate reason quantity` of each line.
    fn accounts(&self) -> Vec<String> {
        let meta = open_meta(self.folder.path());
        let hour = NOW.0 / 3_600_000_000;
        let question = OutcomeQuestion {
            projects: vec![self.project],
            hour_start: hour - 1,
            hour_end: hour + 2,
            groups: vec![OutcomeGroup::Fate, OutcomeGroup::Reason],
            ..OutcomeQuestion::default()
        };
        let sums = meta.outcome_sums(&question).unwrap().into_iter().map(|sum| {
            let (fate, reason) = (sum.fate.unwrap().name(), sum.reason.unwrap());
            format!("{fate} {reason} {}", sum.quantity)
        });
        let mut lines: Vec<String> = sums.collect();
        lines.sort();
        lines
    }
}

fn open_meta(folder: &Path) -> Meta {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW));
    Meta::open(&folder.join("meta.sqlite"), clock).unwrap()
}

const CONFIG: &str = r#""monitor_config":{"schedule":{"type":"interval","value":1,"unit":"hour"}}"#;

fn check_in(id: u8, status: &str) -> String {
    let id = format!("{id:032x}");
    format!(
        r#"{{"check_in_id":"{id}","monitor_slug":"nightly","status":"{status}","release":"api@1",
        "environment":"prod",{CONFIG}}}"#
    )
}

#[test]
fn a_crash_between_the_databases_repeats_only_what_is_missing() {
    let house = House::new();
    let (start, end) = (check_in(1, "in_progress"), check_in(1, "ok"));
    house.send(&[&start]);
    house.run();
    let files = ["meta.sqlite", "meta.sqlite-wal", "meta.sqlite-shm"];
    let files = files.map(|name| house.folder.path().join(name));
    let before = files.each_ref().map(|file| std::fs::read(file).ok());
    house.send(&[&end, "{}", r#"{"monitor_slug":"other","status":"ok"}"#, &end]);
    house.run();
    let runs: Vec<Status> = house.check_ins().iter().map(|kept| kept.run.status).collect();
    assert_eq!(runs, [Status::Ok]);
    let lines = [
        "accepted  2",
        "invalid checkin_finished 1",
        "invalid invalid_check_in 1",
        "invalid invalid_monitor 1",
    ];
    assert_eq!(house.accounts(), lines);
    // `meta` as it was before the step, which only `alarm` remembers.
    for (file, bytes) in files.iter().zip(before) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
    }
    assert_eq!(house.accounts(), ["accepted  1"]);
    house.run();
    assert_eq!(house.accounts(), lines);
    house.run();
    assert_eq!(house.accounts(), lines, "and then there is nothing to do");
    assert_eq!(house.check_ins().len(), 1);
}

#[test]
fn an_end_that_overtakes_its_beginning_is_the_end() {
    let house = House::new();
    // Node's SDK says what the monitor is at the beginning only, and sends both at once.
    let beginning = check_in(1, "in_progress");
    let end = check_in(1, "error").replace(&format!(",{CONFIG}"), "").replace(CONFIG, "\"x\":1");
    let (other, nameless) = (check_in(2, "ok"), check_in(0, "ok"));
    house.send(&[&other, &end, &nameless, &beginning]);
    house.run();
    let runs: Vec<Status> = house.check_ins().iter().map(|kept| kept.run.status).collect();
    assert_eq!(runs.iter().filter(|status| **status == Status::Error).count(), 1, "{runs:?}");
    assert_eq!(runs.len(), 3);
    assert_eq!(house.accounts(), ["accepted  4"]);
}

#[test]
fn check_ins_of_older_versions_are_moved_once() {
    let house = House::new();
    let log = house.log();
    let (first, second) = (check_in(1, "ok"), check_in(2, "error"));
    let records = vec![house.record(&first), house.record(&second)];
    log.append_blocking(Lane::Kept, records).unwrap();
    let meta = open_meta(house.folder.path());
    crate::rehome(&meta, &log).unwrap();
    crate::rehome(&meta, &log).unwrap();
    drop((meta, log));
    house.run();
    assert_eq!(house.check_ins().len(), 2);
}

#[test]
fn too_many_in_a_minute_are_turned_away() {
    let house = House::new();
    let sent: Vec<String> = (1..=9).map(|id| check_in(id, "ok")).collect();
    let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
    house.send(&sent);
    house.run();
    assert_eq!(house.check_ins().len(), 6);
    assert_eq!(house.accounts(), ["accepted  6", "rate_limited rate_limited 3"]);
    let alarms = house.alarms();
    let problems = alarms.check_in_problems(&[house.project], Some("nightly"), (0, 10)).unwrap();
    let kinds: Vec<&str> = problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, ["monitor_environment_ratelimited"], "one for all of the minute");
}
