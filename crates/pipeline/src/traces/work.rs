//! From records of the traces lane to what a step commits.

use std::collections::HashMap;
use std::sync::Arc;

use model::category::Category;
use model::clock::Micros;
use model::id::ProjectId;
use model::intake::{ItemType, Record};
use model::outcome::{Fate, OutcomeKey, Outcomes, Reason};
use model::profile::{Profile, Subject};
use model::span::SpanRow;
use store::parts::StoreError;
use store::profiles::Packer;
use store::spans::{SpanBatch, SpanBuilder};
use wire::envelope::Header;
use wire::json::Parser;
use wire::span::SpanGiven;

use super::findings::{self, Found};
use super::judging::Judging;
use super::profiles::{self, Beside, Pending};
use super::routes::Routes;
use super::{otlp, spans, transaction};
use crate::errors::refine::{DAY_MICROS, FUTURE_MAX};
use crate::incoming::{self, Incoming};
use crate::projects::Projects;
use crate::sightings::Sightings;
use crate::unpack::{Unpacker, payload};

/// Bytes of text at which a batch ends: far below what a column can hold, and far above a usual step.
const BATCH_TEXT_BYTES: usize = 64 * 1024 * 1024;
/// Buffers that are larger are not kept for the next record.
const SCRATCH_BYTES_MAX: usize = 1024 * 1024;

/// What came out of some records.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The spans, as columns.
    pub(super) spans: Vec<SpanBatch>,
    /// Profiles, packed.
    pub(super) profiles: Vec<Pending>,
    /// Exceptions on spans as error events, to be appended to the errors lane.
    pub(super) exceptions: Vec<Record>,
    /// What is wrong with traces, of which not all need be appended.
    pub(super) findings: Vec<Found>,
    /// What became of everything.
    pub(super) outcomes: Outcomes,
    /// Which releases ran where.
    pub(super) sightings: Sightings,
    /// Projects that sent something, with the first moment it arrived.
    pub(super) projects: HashMap<ProjectId, Micros>,
}

impl Results {
    pub(super) fn merge(&mut self, other: Self) {
        self.spans.extend(other.spans);
        self.profiles.extend(other.profiles);
        self.exceptions.extend(other.exceptions);
        self.findings.extend(other.findings);
        self.outcomes.merge(other.outcomes);
        self.sightings.merge(other.sightings);
        for (project, received) in other.projects {
            let first = self.projects.entry(project).or_insert(received);
            *first = received.min(*first);
        }
    }
}

/// Works records up. One per thread: it keeps buffers from one record to the next.
#[derive(Debug)]
pub(super) struct Worker {
    projects: Arc<Projects>,
    unpacker: Unpacker,
    parser: Parser,
    /// Buffers that payloads are parsed in; parsing changes them.
    scratch: Vec<u8>,
    /// The same, for profiles.
    profile_scratches: Vec<Vec<u8>>,
    /// Made with the first profile.
    packer: Option<Packer>,
    output: Output,
}

/// What a worker has made so far.
#[derive(Debug)]
pub(super) struct Output {
    routes: Arc<Routes>,
    builder: SpanBuilder,
    judging: Judging,
    pub(super) results: Results,
    failed: Option<StoreError>,
}

impl Worker {
    /// A worker with empty buffers.
    pub(super) fn new(projects: Arc<Projects>, routes: Arc<Routes>) -> Self {
        let judging = Judging::new(projects.meta().clone());
        let (builder, results) = (SpanBuilder::new(), Results::default());
        let output = Output { routes, builder, judging, results, failed: None };
        Self {
            projects,
            unpacker: Unpacker::default(),
            parser: Parser::default(),
            scratch: Vec::new(),
            profile_scratches: Vec::new(),
            packer: None,
            output,
        }
    }

    /// Works one record up.
    pub(super) fn take(&mut self, record: &Record) {
        let outcomes = &mut self.output.results.outcomes;
        let Some(rules) = self.projects.rules(record.project) else {
            return incoming::refuse_all(record, "project_id", outcomes);
        };
        let body = match self.unpacker.body(record) {
            Ok(body) => body,
            Err(problem) => {
                tracing::error!(%problem, project = %record.project, "a record cannot be unpacked");
                return incoming::refuse_all(record, "invalid_compression", outcomes);
            }
        };
        // Ingest has read the header; what it cannot read has no meaning here either.
        let header = Header::parse(record.header.as_bytes()).unwrap_or_default();
        let one = |item| Incoming { record, item, header: &header, rules: &rules };
        // The transaction is told the id of its profile, and knows better what the profile is of.
        let (of_profiles, others): (Vec<_>, Vec<_>) =
            record.items.iter().partition(|item| item.item_type.is_profile());
        let mut scratches = std::mem::take(&mut self.profile_scratches);
        scratches.resize_with(of_profiles.len().max(scratches.len()), Vec::new);
        let profiles: Vec<_> = of_profiles
            .into_iter()
            .zip(&mut scratches)
            .map(|(item, scratch)| {
                fill(scratch, payload(&body, item));
                (one(item), profiles::read(&one(item), scratch))
            })
            .collect();
        let of_transaction = profiles.iter().find_map(|(_, profile)| match profile {
            Ok(Profile { id, subject: Subject::Transaction { .. }, .. }) => Some(*id),
            _ => None,
        });
        let mut beside = Beside::Nothing;
        for item in others {
            let one = one(item);
            let (parser, scratch, output) = (&mut self.parser, &mut self.scratch, &mut self.output);
            fill(scratch, payload(&body, item));
            match item.item_type {
                ItemType::Transaction => {
                    beside = transaction::take(&one, of_transaction, parser, scratch, output);
                }
                ItemType::Span => spans::take(&one, parser, scratch, output),
                ItemType::OtlpTraces => otlp::take(&one, scratch, output),
                _ => one.drop_it("invalid_envelope", &mut output.results.outcomes),
            }
        }
        for (one, profile) in profiles {
            let (packer, results) = (&mut self.packer, &mut self.output.results);
            profiles::keep(&one, profile, &mut beside, packer, results);
        }
        // Chunks may be large, and not many come at a time.
        scratches.retain(|scratch| scratch.capacity() <= SCRATCH_BYTES_MAX);
        self.profile_scratches = scratches;
    }

    /// Everything since the last time.
    ///
    /// # Errors
    /// When spans do not fit in columns: what was made is gone, and the records must be taken again.
    pub(super) fn finish(&mut self) -> Result<Results, StoreError> {
        let output = &mut self.output;
        output.cut();
        let results = std::mem::take(&mut output.results);
        output.failed.take().map_or(Ok(results), Err)
    }
}

impl Output {
    /// Stores the spans of one item, and finds what is wrong with them.
    pub(super) fn keep(&mut self, one: &Incoming<'_>, rows: &mut [SpanRow<'_>]) {
        self.routes.settle(rows);
        // First, so that every verdict is in the batch of a span that is not stored later than its own.
        self.judging.look(&one.rules.sampling, rows);
        let mut newest: Option<&SpanRow<'_>> = None;
        for row in &*rows {
            self.builder.push(row);
            if self.builder.text_bytes() >= BATCH_TEXT_BYTES {
                self.cut();
            }
            // Nearly all rows of an item are of one release in one environment.
            let is_same = |known: &SpanRow<'_>| {
                known.release == row.release && known.environment == row.environment
            };
            if !newest.is_some_and(is_same) {
                let (release, environment) = (&row.release, &row.environment);
                let sightings = &mut self.results.sightings;
                sightings.note(row.project, release, environment, row.timestamp);
                newest = Some(row);
            }
        }
        let received = one.record.received;
        let first = self.results.projects.entry(one.record.project).or_insert(received);
        *first = received.min(*first);
        self.count(one.key(Category::Span, Fate::Accepted, ""), rows.len());
        self.results.findings.extend(findings::find(one, rows));
    }

    /// Makes a batch of what the builder has.
    fn cut(&mut self) {
        if self.builder.rows() == 0 {
            return;
        }
        let verdicts = self.judging.take();
        match self.builder.finish() {
            Ok(batch) => self.results.spans.push(batch.with_verdicts(verdicts)),
            Err(problem) => self.failed = Some(problem),
        }
    }

    /// Accounts for some spans or transactions: the line of the accounts is [`Incoming::key`]'s.
    pub(super) fn count(&mut self, line: OutcomeKey, count: usize) {
        if count > 0 {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.results.outcomes.record(line, count);
        }
    }

    /// Accounts for spans that were not kept.
    pub(super) fn refuse(&mut self, one: &Incoming<'_>, refused: Vec<(Reason, u64)>) {
        for (reason, count) in refused {
            self.results.outcomes.record(one.key(Category::Span, Fate::Invalid, reason), count);
        }
    }
}

fn fill(scratch: &mut Vec<u8>, bytes: &[u8]) {
    scratch.clear();
    scratch.extend_from_slice(bytes);
}

/// What is known about the spans of an item from elsewhere than their payload.
pub(super) fn span_given<'r>(one: &Incoming<'r>) -> SpanGiven<'r> {
    let record = one.record;
    let some = |text: &'r str| Some(text).filter(|text| !text.is_empty());
    SpanGiven {
        project: record.project,
        received: record.received,
        sent_at: one.header.sent_at,
        future_max: FUTURE_MAX,
        past_max: Micros(u64::from(one.rules.retention_days) * DAY_MICROS),
        weight: wire::span::weight(one.header.trace.as_ref()),
        client_ip: some(&record.client_ip),
        scrub_ip: one.rules.scrub_ip,
        user_agent: some(&record.user_agent),
    }
}
