//! Step by step through the lane of sessions: read, parse, count, note.

use std::sync::Arc;

use health::{Batch, Content, Health, Report, Verdict};
use meta::{Meta, SessionBatch};
use model::category::Category;
use model::clock::Micros;
use model::id::{KeyId, ProjectId};
use model::intake::{Lane, Offset, Record};
use model::outcome::{Fate, OutcomeKey, Outcomes};
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

/// Whom the pipeline of sessions works with.
#[derive(Debug, Clone)]
pub struct SessionParts {
    /// Releases, accounts, settings.
    pub meta: Meta,
    /// Where records come from.
    pub log: Arc<IntakeLog>,
    /// Where sessions are counted.
    pub health: Health,
}

/// The way of a session from the intake log to the counts. One at a time.
#[derive(Debug)]
pub struct SessionPipeline {
    lane: LaneSteps,
    desk: Desk,
}

/// Works stretches of the lane up.
#[derive(Debug)]
struct Desk {
    parts: SessionParts,
    projects: Projects,
    unpacker: Unpacker,
    parser: Parser,
    scratch: Vec<u8>,
}

/// What came out of some records.
#[derive(Debug, Default)]
struct Results {
    reports: Vec<Report>,
    /// Which key each report came with.
    keys: Vec<KeyId>,
    outcomes: Outcomes,
}

impl SessionPipeline {
    /// Begins where `meta` ends, which is told last.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn new(parts: SessionParts) -> Result<Self, PipelineError> {
        let noted = parts.meta.offsets()?.applied_sessions;
        let counted = parts.health.applied()?;
        let lane = LaneSteps::new(Arc::clone(&parts.log), Lane::Sessions, noted, counted);
        let desk = Desk {
            projects: Projects::new(parts.meta.clone()),
            parts,
            unpacker: Unpacker::default(),
            parser: Parser::default(),
            scratch: Vec::new(),
        };
        Ok(Self { lane, desk })
    }
}

impl Steps for SessionPipeline {
    fn step(&mut self) -> Result<bool, PipelineError> {
        self.lane.step(|stretch| self.desk.commit(stretch))
    }

    async fn ready(&mut self) {
        self.lane.ready().await;
    }

    fn position(&self) -> Offset {
        self.lane.position()
    }
}

impl Desk {
    fn commit(&mut self, stretch: Stretch<'_>) -> Result<(), PipelineError> {
        let mut results = Results::default();
        for entry in stretch.entries {
            self.take(&entry.record, &mut results);
        }
        let Results { reports, keys, mut outcomes } = results;
        let received = stretch.entries.iter().map(|entry| entry.record.received).max();
        let batch = Batch { start: stretch.start, end: stretch.end, received, reports };
        let verdicts = self.parts.health.apply(&batch)?;
        let mut sightings = Sightings::default();
        for ((report, key), verdict) in batch.reports.iter().zip(keys).zip(verdicts) {
            outcomes.record(account(report.project, key, verdict), 1);
            if verdict == Verdict::Counted {
                see(report, &mut sightings);
            }
        }
        self.parts.meta.apply_sessions(&SessionBatch {
            start: stretch.start,
            end: stretch.end,
            outcomes,
            deployments: sightings.into_deployments(),
        })?;
        Ok(())
    }

    fn take(&mut self, record: &Record, results: &mut Results) {
        let Some(rules) = self.projects.rules(record.project) else {
            return incoming::refuse_all(record, "project_id", &mut results.outcomes);
        };
        let body = match self.unpacker.body(record) {
            Ok(body) => body,
            Err(problem) => {
                tracing::error!(%problem, project = %record.project, "a record cannot be unpacked");
                let reason = "invalid_compression";
                return incoming::refuse_all(record, reason, &mut results.outcomes);
            }
        };
        let header = Header::parse(record.header.as_bytes()).unwrap_or_default();
        for item in &record.items {
            let one = Incoming { record, item, header: &header, rules: &rules };
            self.scratch.clear();
            self.scratch.extend_from_slice(payload(&body, item));
            let outcomes = &mut results.outcomes;
            let report = check::report(&one, &mut self.parser, &mut self.scratch, outcomes);
            if let Some(report) = report {
                results.reports.push(report);
                results.keys.push(record.key);
            }
        }
    }
}

/// The line of the accounts for a report.
fn account(project: ProjectId, key: KeyId, verdict: Verdict) -> OutcomeKey {
    let (fate, reason) = match verdict {
        Verdict::Counted => (Fate::Accepted, ""),
        Verdict::TooManySeries => (Fate::RateLimited, "too_many_releases"),
    };
    OutcomeKey { project, key: Some(key), category: Category::Session, fate, reason: reason.into() }
}

/// Notes which release ran where, and when.
fn see(report: &Report, sightings: &mut Sightings) {
    let mut note = |attributes: &wire::session::Attributes, moment: Micros| {
        let (release, environment) = (&attributes.release, &attributes.environment);
        sightings.note(report.project, release, environment, moment);
    };
    match &report.content {
        Content::Update(_, update) => note(&update.attributes, update.started),
        Content::Aggregates(aggregates) => {
            for bucket in &aggregates.buckets {
                note(&aggregates.attributes, bucket.started);
            }
        }
    }
}
