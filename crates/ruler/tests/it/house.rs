//! A server without its ends: check-ins are put in, events of our own come out and are placed.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use alarm::{Alarms, Arrival, CheckInBatch};
use lang::ask::{
    Answer, Ask, Facet, FacetQuestion, SpanField, StoredEvent, Table, TableQuestion, Trace,
    TraceQuestion,
};
use meta::{Batch, EventFacts, Issue, Meta, NewProject, Page, Placement};
use model::clock::{Clock, FixedClock, Micros};
use model::id::{EventId, GroupHash, IssueId, KeyId, OrganizationId, ProjectId};
use model::intake::{Offset, Record};
use ruler::{Bells, Intake, IntakeError, Monitors, Parts, Worker as _};
use schedule::Reported;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::double::Double;

/// 2026-11-21T10:00:00Z.
const NOON: u64 = 1_795_255_200_000_000;
const MINUTE: u64 = 60_000_000;

/// The intake log and what lies behind it.
#[derive(Debug, Default)]
pub(crate) struct Log {
    appended: Mutex<Vec<Record>>,
    placed: Mutex<Vec<(EventId, IssueId)>>,
    /// Bytes of check-ins that arrived, and that were worked up.
    pub(crate) arrived: AtomicU64,
    pub(crate) worked_up: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) is_broken: std::sync::atomic::AtomicBool,
}

impl Intake for Log {
    fn append(&self, records: Vec<Record>) -> Result<(), IntakeError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(IntakeError("the disk is full".into()));
        }
        self.appended.lock().unwrap().extend(records);
        Ok(())
    }

    fn check_ins(&self) -> (Offset, Offset) {
        let get = |number: &AtomicU64| Offset(number.load(Ordering::Relaxed));
        (get(&self.arrived), get(&self.worked_up))
    }

    fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Ask for Log {
    fn table(&self, _: TableQuestion) -> Answer<'_, Table> {
        unreachable!()
    }

    fn spans(&self, _: TableQuestion<SpanField>) -> Answer<'_, Table> {
        unreachable!()
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        unreachable!()
    }

    fn event(&self, _: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>> {
        let placed = self.placed.lock().unwrap();
        let found = placed.iter().find(|(id, _)| *id == event).map(|(_, issue)| StoredEvent {
            issue: *issue,
            timestamp: Micros(NOON),
            received: Micros(NOON),
            payload: Vec::new(),
        });
        Box::pin(std::future::ready(Ok(found)))
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        unreachable!()
    }
}

pub(crate) struct House {
    folder: TempDir,
    pub(crate) log: Arc<Log>,
    pub(crate) alarms: Alarms,
    pub(crate) meta: Meta,
    clock: Arc<FixedClock>,
    monitors: Monitors,
    organization: OrganizationId,
    project: ProjectId,
    end: u64,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Micros(NOON)));
        let (meta, alarms) = open(folder.path(), &clock);
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let new = NewProject {
            slug: "jobs".to_owned(),
            name: "Jobs".to_owned(),
            ..NewProject::default()
        };
        let project = meta.create_project(organization, &new).unwrap().id;
        let log = Arc::new(Log::default());
        let monitors = monitors(&alarms, &meta, &clock, &log);
        Self { folder, log, alarms, meta, clock, monitors, organization, project, end: 0 }
    }

    /// The process ends and another begins, after so many minutes.
    pub(crate) fn restart(mut self, minutes: u64) -> Self {
        (self.meta, self.alarms) = open(self.folder.path(), &self.clock);
        self.clock.advance_micros(minutes * MINUTE);
        self.monitors = monitors(&self.alarms, &self.meta, &self.clock, &self.log);
        self
    }

    pub(crate) fn send(&mut self, id: u8, status: Reported, config: &Value) {
        let arrival = Arrival {
            organization: self.organization,
            project: self.project,
            key: KeyId(3),
            received: self.clock.now(),
            id: EventId([id; 16]),
            fresh_id: EventId([id; 16]),
            slug: "settle".to_owned(),
            environment: "prod".to_owned(),
            release: String::new(),
            status,
            duration_millis: None,
            trace: None,
            config: Some(config.to_string()),
        };
        let start = Offset(self.end);
        self.end += 10;
        let batch = CheckInBatch {
            start,
            end: Offset(self.end),
            arrivals: vec![arrival],
            ..CheckInBatch::default()
        };
        self.alarms.apply_check_ins(&batch).unwrap();
        self.log.arrived.store(self.end, Ordering::Relaxed);
        self.log.worked_up.store(self.end, Ordering::Relaxed);
    }

    /// Lets minutes pass, each with some turns and with events on their way to issues.
    pub(crate) async fn pass(&mut self, minutes: u64) {
        for _ in 0..minutes {
            self.clock.advance_micros(MINUTE);
            self.turn().await;
        }
    }

    pub(crate) async fn turn(&mut self) {
        for _ in 0..3 {
            self.monitors.turn().await.unwrap();
            self.place();
        }
    }

    pub(crate) async fn failed_turn(&mut self) {
        self.clock.advance_micros(MINUTE);
        self.monitors.turn().await.unwrap_err();
    }

    /// What the pipeline of errors does, with a fingerprint for a hash.
    fn place(&self) {
        for record in self.log.appended.lock().unwrap().drain(..) {
            let event: Value = serde_json::from_slice(&record.body).unwrap();
            let event_id = EventId::parse(event["event_id"].as_str().unwrap()).unwrap();
            let mut placed = self.log.placed.lock().unwrap();
            if placed.iter().any(|(known, _)| *known == event_id) {
                continue;
            }
            let mut hash = [0; 16];
            for (place, byte) in event["fingerprint"].to_string().bytes().enumerate() {
                hash[place % 16] ^= byte;
            }
            let start = self.meta.offsets().unwrap().applied;
            let facts = facts(&record, event_id, GroupHash(hash), &event);
            let batch =
                Batch { start, end: Offset(start.0 + 1), events: vec![facts], ..Batch::default() };
            let applied = self.meta.apply(&batch).unwrap();
            let placement = &applied.placements[0];
            assert!(matches!(placement, Placement::Issue { .. }), "nothing is discarded");
            if let Placement::Issue { issue, .. } = placement {
                placed.push((event_id, *issue));
            }
        }
    }

    pub(crate) fn issues(&self) -> Vec<Issue> {
        let ids: Vec<IssueId> =
            self.log.placed.lock().unwrap().iter().map(|(_, issue)| *issue).collect();
        let ids = self.meta.survivors(&ids).unwrap();
        self.meta.issues(&ids).unwrap()
    }

    /// Events of our own that were placed.
    pub(crate) fn events(&self) -> usize {
        self.log.placed.lock().unwrap().len()
    }

    pub(crate) fn statuses(&self) -> Vec<&'static str> {
        let monitor = self.alarms.monitor(self.organization, None, "settle").unwrap();
        let all = (Micros(0), Micros(u64::MAX >> 1));
        let mut found = self.alarms.check_ins(monitor.id, &[], all, (0, 100)).unwrap().0;
        found.reverse();
        found.iter().map(|kept| kept.run.status.name()).collect()
    }

    pub(crate) fn activities(&self, issue: IssueId) -> Vec<(&'static str, bool)> {
        let found = self.meta.activities(issue, Page::FIRST).unwrap().rows;
        found.iter().map(|one| (one.kind.name(), one.user.is_none())).collect()
    }

    pub(crate) fn remove_project(&self) {
        self.meta.delete_project(self.project).unwrap();
    }
}

fn open(folder: &Path, clock: &Arc<FixedClock>) -> (Meta, Alarms) {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let meta = Meta::open(&folder.join("meta.sqlite"), clock).unwrap();
    (meta, Alarms::open(&folder.join("alarm.sqlite")).unwrap())
}

fn monitors(alarms: &Alarms, meta: &Meta, clock: &Arc<FixedClock>, log: &Arc<Log>) -> Monitors {
    let parts = Parts {
        alarms: alarms.clone(),
        meta: meta.clone(),
        ask: Arc::clone(log) as Arc<dyn Ask>,
        health: Arc::new(Double::default()),
        arrivals: Arc::default(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        public_url: "http://h".into(),
        bells: Bells::default(),
    };
    Monitors::new(parts, Arc::clone(log) as Arc<dyn Intake>).unwrap()
}

fn facts(record: &Record, event_id: EventId, hash: GroupHash, event: &Value) -> EventFacts {
    let title = &event["contexts"]["outage"]["title"];
    EventFacts {
        project: record.project,
        event_id,
        received: record.received,
        timestamp: record.received,
        hashes: vec![hash],
        title: title.as_str().unwrap().to_owned(),
        culprit: String::new(),
        message: String::new(),
        level: "error".to_owned(),
        platform: "other".to_owned(),
        event_type: "outage".to_owned(),
        logger: String::new(),
        metadata: json!({}).to_string(),
        release: String::new(),
        environment: "prod".to_owned(),
        user: String::new(),
        handled: None,
    }
}
