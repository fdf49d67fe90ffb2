//! Step by step through the lane of check-ins: read, parse, decide, account.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alarm::{Alarms, Arrival, CheckInBatch};
use meta::{Meta, SessionBatch};
use model::id::{EventId, ProjectId};
use model::intake::{Lane, Offset, Record};
use schedule::Reported;
use store::log::IntakeLog;
use wire::envelope::Header;
use wire::json::Parser;

use super::check;
use crate::Steps;
use crate::incoming::{self, Incoming};
use crate::lane::{LaneSteps, Stretch};
use crate::projects::Projects;
use crate::sightings::Sightings;
use crate::step::PipelineError;
use crate::unpack::{Unpacker, payload};

/// Whom the pipeline of check-ins works with.
#[derive(Debug, Clone)]
pub struct CheckInParts {
    /// Accounts, environments, projects.
    pub meta: Meta,
    /// Where records come from.
    pub log: Arc<IntakeLog>,
    /// Where monitors are.
    pub alarms: Alarms,
}

/// The way of a check-in from the intake log to its monitor. One at a time.
#[derive(Debug)]
pub struct CheckInPipeline {
    lane: LaneSteps,
    desk: Desk,
}

/// Works stretches of the lane up.
#[derive(Debug)]
struct Desk {
    parts: CheckInParts,
    projects: Projects,
    unpacker: Unpacker,
    parser: Parser,
    scratch: Vec<u8>,
    /// Up to where `meta` has the accounts.
    accounted: Offset,
}

impl CheckInPipeline {
    /// Begins where `alarm` ends, and tells `meta` what it does not know yet.
    ///
    /// # Errors
    /// When a database cannot be read or written.
    pub fn new(parts: CheckInParts) -> Result<Self, PipelineError> {
        let applied = parts.alarms.check_ins_applied()?;
        let accounted = parts.meta.offsets()?.applied_check_ins;
        let lane = LaneSteps::new(Arc::clone(&parts.log), Lane::CheckIns, applied, applied);
        let mut desk = Desk {
            projects: Projects::new(parts.meta.clone()),
            parts,
            unpacker: Unpacker::default(),
            parser: Parser::default(),
            scratch: Vec::new(),
            accounted,
        };
        desk.account()?;
        Ok(Self { lane, desk })
    }
}

impl Steps for CheckInPipeline {
    fn step(&mut self) -> Result<bool, PipelineError> {
        self.lane.step(|stretch| self.desk.commit(stretch))
    }

    async fn ready(&mut self) {
        self.lane.ready().await;
        // What a job says at its beginning and at its end may come over two connections at once.
        tokio::time::sleep(TOGETHER).await;
    }

    fn position(&self) -> Offset {
        self.lane.position()
    }
}

/// For so long more is waited for before check-ins are worked up: runs may be shorter than the way here.
const TOGETHER: Duration = Duration::from_millis(250);

/// Puts what a run said when it began before what it said later, if that overtook it: only its beginning
/// may say what the monitor is. All else stays in its order.
fn beginnings_first(arrivals: &mut Vec<Arrival>) {
    let mut first: HashMap<(ProjectId, EventId), usize> = HashMap::new();
    let mut placed: Vec<(usize, bool, Arrival)> = Vec::with_capacity(arrivals.len());
    for (place, arrival) in arrivals.drain(..).enumerate() {
        let first = *first.entry((arrival.project, arrival.id)).or_insert(place);
        // Runs without an id are told apart by nothing.
        let began = arrival.status == Reported::InProgress && arrival.id.0 != [0; 16];
        placed.push((if began { first } else { place }, !began, arrival));
    }
    placed.sort_by_key(|(place, is_later, _)| (*place, *is_later));
    arrivals.extend(placed.into_iter().map(|(_, _, arrival)| arrival));
}

impl Desk {
    fn commit(&mut self, stretch: Stretch<'_>) -> Result<(), PipelineError> {
        let mut batch =
            CheckInBatch { start: stretch.start, end: stretch.end, ..CheckInBatch::default() };
        for entry in stretch.entries {
            self.take(&entry.record, &mut batch);
        }
        beginnings_first(&mut batch.arrivals);
        self.parts.alarms.apply_check_ins(&batch)?;
        self.account()
    }

    fn take(&mut self, record: &Record, batch: &mut CheckInBatch) {
        let Some(rules) = self.projects.rules(record.project) else {
            return incoming::refuse_all(record, "project_id", &mut batch.outcomes);
        };
        let body = match self.unpacker.body(record) {
            Ok(body) => body,
            Err(problem) => {
                tracing::error!(%problem, project = %record.project, "a record cannot be unpacked");
                return incoming::refuse_all(record, "invalid_compression", &mut batch.outcomes);
            }
        };
        let header = Header::parse(record.header.as_bytes()).unwrap_or_default();
        for item in &record.items {
            let one = Incoming { record, item, header: &header, rules: &rules };
            self.scratch.clear();
            self.scratch.extend_from_slice(payload(&body, item));
            let (parser, outcomes) = (&mut self.parser, &mut batch.outcomes);
            batch.arrivals.extend(check::arrival(&one, parser, &mut self.scratch, outcomes));
        }
    }

    /// Tells `meta` what became of check-ins.
    fn account(&mut self) -> Result<(), PipelineError> {
        loop {
            let accounts = self.parts.alarms.check_in_accounts(self.accounted)?;
            if accounts.is_empty() {
                return Ok(());
            }
            for account in accounts {
                let mut sightings = Sightings::default();
                for seen in &account.seen {
                    let (release, environment) = (&seen.release, &seen.environment);
                    sightings.note(seen.project(), release, environment, seen.at());
                }
                self.parts.meta.apply_check_ins(&SessionBatch {
                    start: account.start,
                    end: account.end,
                    outcomes: account.outcomes,
                    deployments: sightings.into_deployments(),
                })?;
                self.accounted = account.end;
            }
        }
    }
}
