//! The lane of sessions, with crashes between the two databases, and what waited for it elsewhere.

use std::path::Path;
use std::sync::Arc;

use health::{Health, HealthLimits};
use lang::health::{AskHealth as _, HealthBy, HealthCounts, HealthQuestion, Names};
use meta::{Meta, NewProject, Page};
use model::clock::{Clock, FixedClock, Micros};
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{BodyCoding, Item, ItemType, Lane, Offset, Record};
use store::disk::{Disk, MachineDisk};
use store::log::{IntakeLog, LogSettings};
use tempfile::TempDir;

use super::{SessionParts, SessionPipeline};
use crate::Steps as _;

/// 2026-11-21T10:00:30Z.
const NOW: Micros = Micros(1_795_255_230_000_000);
const HOUR: u64 = 3_600_000_000;

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

    /// What a server that starts now does until nothing is left to do.
    fn run(&self) -> (HealthCounts, u64) {
        let (meta, log) = (open_meta(self.folder.path()), self.log());
        let path = self.folder.path().join("health.sqlite");
        let health = Health::open(&path, HealthLimits::default()).unwrap();
        let (noted, logged) = (meta.clone(), Arc::clone(&log));
        let parts = SessionParts { meta: noted, log: logged, health: health.clone() };
        let mut pipeline = SessionPipeline::new(parts).unwrap();
        while pipeline.step().unwrap() {}
        assert_eq!(pipeline.position(), log.end(Lane::Sessions));
        let question = HealthQuestion {
            projects: vec![self.project],
            releases: Names::default(),
            environments: Names::default(),
            hour_start: NOW.0 / HOUR - 24,
            hour_end: NOW.0 / HOUR + 1,
            step_hours: 0,
            group: HealthBy::default(),
            users: true,
        };
        let total = health.health(&question).unwrap().pop().unwrap_or_default().total;
        let releases = meta.releases(&[self.project], "", Page::FIRST).unwrap();
        (total, u64::try_from(releases.rows.len()).unwrap())
    }

    fn record(&self, items: &[(ItemType, &str)]) -> Record {
        let (mut body, mut listed) = (Vec::new(), Vec::new());
        for (item_type, payload) in items {
            listed.push(Item {
                item_type: *item_type,
                start: u32::try_from(body.len()).unwrap(),
                len: u32::try_from(payload.len()).unwrap(),
                count: 1,
                header: format!("{{\"type\":\"{}\"}}", item_type.name()),
            });
            body.extend_from_slice(payload.as_bytes());
        }
        Record {
            received: NOW,
            organization: self.organization,
            project: self.project,
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: "{}".to_owned(),
            items: listed,
            coding: BodyCoding::Identity,
            body_len: u32::try_from(body.len()).unwrap(),
            body,
        }
    }
}

fn open_meta(folder: &Path) -> Meta {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW));
    Meta::open(&folder.join("meta.sqlite"), clock).unwrap()
}

const ATTRS: &str = r#""started":"2026-11-21T10:00:00Z","attrs":{"release":"web@1"}"#;
const COUNTS: &str = r#"{"aggregates":[{"started":"2026-11-21T10:00:00Z","exited":9,"crashed":1}],
    "attrs":{"release":"api@1","environment":"prod"}}"#;

fn update(status: &str) -> String {
    format!(
        r#"{{"sid":"7c7b6585f90143518bf802711b721929","did":"ann","status":"{status}",{ATTRS}}}"#
    )
}

#[test]
fn a_crash_between_the_databases_repeats_only_what_is_missing() {
    let house = House::new();
    let append = |records| house.log().append_blocking(Lane::Sessions, records).unwrap();
    append(vec![house.record(&[(ItemType::Sessions, COUNTS)])]);
    assert_eq!(house.run().0.sessions, [9, 0, 0, 0, 1]);
    // `meta` as it was before a step that only `health` remembers.
    let files = ["meta.sqlite", "meta.sqlite-wal", "meta.sqlite-shm"];
    let files = files.map(|name| house.folder.path().join(name));
    let before = files.each_ref().map(|file| std::fs::read(file).ok());
    let (ok, crashed) = (update("ok"), update("crashed"));
    append(vec![
        house.record(&[(ItemType::Session, &crashed), (ItemType::Sessions, COUNTS)]),
        house.record(&[(ItemType::Session, &ok), (ItemType::Session, "{}")]),
    ]);
    let expected = (
        HealthCounts {
            sessions: [18, 0, 0, 0, 3],
            users: [0, 0, 0, 0, 1],
            ..HealthCounts::default()
        },
        2,
    );
    assert_eq!(house.run(), expected);
    for (file, bytes) in files.iter().zip(before) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
    }
    assert_eq!(
        open_meta(house.folder.path())
            .releases(&[house.project], "", Page::FIRST)
            .unwrap()
            .rows
            .len(),
        1
    );
    assert_eq!(house.run(), expected);
    assert_eq!(house.run(), expected, "and then there is nothing to do");
}

#[test]
fn sessions_of_older_versions_are_moved_once() {
    let house = House::new();
    let (ok, log) = (update("ok"), house.log());
    let check_in = (ItemType::CheckIn, "{}");
    let records = vec![
        house.record(&[(ItemType::Session, &ok), check_in]),
        house.record(&[check_in]),
        house.record(&[(ItemType::Sessions, COUNTS)]),
    ];
    log.append_blocking(Lane::Kept, records).unwrap();
    let meta = open_meta(house.folder.path());
    crate::rehome(&meta, &log).unwrap();
    crate::rehome(&meta, &log).unwrap();
    assert!(meta.offsets().unwrap().rehomed_sessions > log.end(Lane::Kept));
    assert_eq!(log.stats(Lane::Sessions).records, 2);
    drop((meta, log));
    assert_eq!(house.run().0.sessions, [10, 0, 0, 0, 1]);
}

#[test]
fn nothing_is_let_go_that_meta_does_not_know() {
    let house = House::new();
    let log = house.log();
    log.append_blocking(Lane::Sessions, vec![house.record(&[(ItemType::Sessions, COUNTS)])])
        .unwrap();
    let meta = open_meta(house.folder.path());
    assert_eq!(meta.settle_sessions().unwrap(), Offset(0));
    let end = log.end(Lane::Sessions);
    drop((meta, log));
    house.run();
    assert_eq!(open_meta(house.folder.path()).settle_sessions().unwrap(), end);
}
