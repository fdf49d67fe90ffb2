//! A server's part of it: both databases in a folder, a store, and the worker.

use std::sync::Arc;

use alarm::{Alarms, NewRule, Report, Rule, RuleQuery};
use alert::IssueRule;
use meta::{Batch, EventFacts, Meta, NewProject, Placement};
use model::clock::{Clock as _, FixedClock, Micros};
use model::id::{EventId, GroupHash, IssueId, OrganizationId, ProjectId};
use model::intake::Offset;
use ruler::{Arrival, Arrivals, Bells, IssueRules, Parts, Rehearsed, Worker as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::double::{Double, Row};

pub(crate) const SECOND: u64 = 1_000_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
const START: Micros = Micros(480_000 * HOUR);

pub(crate) struct Fixture {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) parts: Parts,
    pub(crate) double: Arc<Double>,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    folder: TempDir,
    worker: IssueRules,
    runtime: tokio::runtime::Runtime,
    offset: u64,
    events: u64,
}

impl Fixture {
    /// With a project that has no rule, and a worker that took its first turn.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(START));
        let double = Arc::new(Double::default());
        let parts = parts(&folder, &clock, &double);
        let organization = parts.meta.create_organization("acme", "Acme").unwrap().id;
        let new = NewProject { slug: "api".into(), name: "Api".into(), ..NewProject::default() };
        let project = parts.meta.create_project(organization, &new).unwrap().id;
        parts.alarms.begin_projects(&[(project, None)], START).unwrap();
        let worker = IssueRules::new(parts.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (offset, events) = (0, 0);
        let mut fixture = Self {
            clock,
            parts,
            double,
            organization,
            project,
            folder,
            worker,
            runtime,
            offset,
            events,
        };
        fixture.turn();
        fixture
    }

    /// As after the end of the process: what was in memory only is gone.
    pub(crate) fn restarted(mut self) -> Self {
        let parts = parts(&self.folder, &self.clock, &self.double);
        self.worker = IssueRules::new(parts.clone());
        self.parts = parts;
        self
    }

    /// A rule in plain form.
    pub(crate) fn rule(&self, plain: &Value) -> Rule {
        let rule = IssueRule::from_plain(plain).unwrap();
        let new = NewRule::of_issues(self.organization, self.project, &rule);
        self.parts.alarms.create_rule(&new, self.clock.now()).unwrap()
    }

    /// A turn, a second later.
    pub(crate) fn turn(&mut self) {
        self.clock.advance_micros(SECOND);
        self.turn_now().unwrap();
    }

    pub(crate) fn turn_now(&mut self) -> Result<std::time::Duration, ruler::RulerError> {
        self.runtime.block_on(self.worker.turn())
    }

    pub(crate) fn wait(&self, micros: u64) {
        self.clock.advance_micros(micros);
    }

    /// An event of the kind that makes the issue of that hash; `more` is put into its payload.
    pub(crate) fn send(&mut self, hash: u8, more: &Value) -> IssueId {
        let (issue, arrival, row) = self.place(hash, more);
        self.double.store(row);
        self.parts.arrivals.note(arrival);
        issue
    }

    /// The same up to where the pipeline could be killed: the issue is there, its event is not.
    pub(crate) fn place(&mut self, hash: u8, more: &Value) -> (IssueId, Arrival, Row) {
        self.events += 1;
        let now = self.clock.now();
        let mut event = [hash; 16];
        event[..8].copy_from_slice(&self.events.to_be_bytes());
        let event = EventId(event);
        let mut payload = json!({
            "level": "error", "environment": "production", "type": "error",
            "exception": {"values": [{"type": "PaymentError", "value": "declined"}]},
            "tags": [["market", "ES"]],
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            payload[name] = value.clone();
        }
        let text = |path: &str| {
            payload.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let facts = EventFacts {
            project: self.project,
            event_id: event,
            received: now,
            timestamp: now,
            hashes: vec![GroupHash([hash; 16])],
            title: "PaymentError: declined".into(),
            culprit: "pay in app".into(),
            message: String::new(),
            level: text("/level"),
            platform: "python".into(),
            event_type: text("/type"),
            logger: String::new(),
            metadata: json!({"issueType": text("/contexts/performance_issue/issue_type")})
                .to_string(),
            release: text("/release"),
            environment: text("/environment"),
            user: text("/user/id"),
            handled: None,
        };
        let start = Offset(self.offset);
        self.offset += 1;
        let batch =
            Batch { start, end: Offset(self.offset), events: vec![facts], ..Batch::default() };
        let applied = self.parts.meta.apply(&batch).unwrap();
        let Placement::Issue { issue, new, .. } = applied.placements[0] else {
            unreachable!("nothing is discarded here")
        };
        let project = self.project;
        let arrival = Arrival { project, issue, is_new: new, events: vec![event] };
        (issue, arrival, Row { project, issue, event, at: now, payload })
    }

    /// What was reported so far: `+` and `-` for beginning and end, the rule's name, the issue.
    pub(crate) fn reported(&self) -> Vec<String> {
        let line = |report: &Report| {
            let sign = if report.alert.is_firing { '+' } else { '-' };
            format!("{sign}{} {}", report.alert.labels["alertname"], report.alert.labels["issue"])
        };
        self.reports().iter().map(line).collect()
    }

    pub(crate) fn reports(&self) -> Vec<Report> {
        let waiting = self.parts.alarms.reported(10_000).unwrap();
        waiting.into_iter().map(|reported| reported.report).collect()
    }

    pub(crate) fn rehearse(
        &self,
        rule: &IssueRule,
        since: Micros,
    ) -> (Vec<Rehearsed>, Vec<&'static str>) {
        let work = ruler::rehearse(&self.parts, self.project, rule, since);
        self.runtime.block_on(work).unwrap()
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.parts.alarms.rules(&RuleQuery::default()).unwrap()
    }
}

fn parts(folder: &TempDir, clock: &Arc<FixedClock>, double: &Arc<Double>) -> Parts {
    let meta = Meta::open(&folder.path().join("meta.sqlite"), Arc::clone(clock) as _).unwrap();
    Parts {
        alarms: Alarms::open(&folder.path().join("alarm.sqlite")).unwrap(),
        meta,
        ask: Arc::clone(double) as _,
        health: Arc::clone(double) as _,
        arrivals: Arc::new(Arrivals::default()),
        clock: Arc::clone(clock) as _,
        public_url: "http://localhost:9000".into(),
        bells: Bells::default(),
    }
}
