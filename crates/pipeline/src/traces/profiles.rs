//! Profiles: of transactions, and chunks of continuous ones.
//!
//! Their bytes are durable before `meta` learns of them, and `meta` takes note of them together with
//! how far the lane was read. So a crash in between leaves bytes that nobody knows of, and the profile
//! is stored again.

use std::collections::HashSet;

use meta::StoredProfile;
use model::category::Category;
use model::id::{EventId, ProjectId, SpanId, TraceId};
use model::intake::ItemType;
use model::outcome::{Fate, OutcomeKey, Outcomes, Reason};
use model::profile::{Measurement, Place, Profile, Subject};
use model::span::SpanRow;
use store::profiles::{NewProfile, Packer};

use super::step::TraceParts;
use super::work::Results;
use crate::errors::Dropped;
use crate::incoming::Incoming;
use crate::step::PipelineError;

/// The transaction in the envelope of a profile.
#[derive(Debug)]
pub(super) enum Beside {
    /// There is none.
    Nothing,
    /// It is stored.
    Kept(Segment),
    /// It was given up, and its profile goes with it.
    Dropped(Dropped),
    /// It has its profile already.
    Taken,
}

/// What a stored transaction says about its profile.
#[derive(Debug)]
pub(super) struct Segment {
    trace: TraceId,
    span: SpanId,
    name: String,
    release: String,
    environment: String,
}

impl Beside {
    /// From the spans of a stored transaction.
    pub(super) fn of(rows: &[SpanRow<'_>]) -> Self {
        let segment = rows.iter().find(|row| row.is_segment);
        segment.map_or(Self::Nothing, |row| {
            Self::Kept(Segment {
                trace: row.trace,
                span: row.span,
                name: row.transaction.to_string(),
                release: row.release.to_string(),
                environment: row.environment.to_string(),
            })
        })
    }
}

/// A profile on its way to the store.
#[derive(Debug)]
pub(super) struct Pending {
    facts: StoredProfile,
    packed: Vec<u8>,
    key: OutcomeKey,
}

/// Reads a profile from its payload, which it borrows from.
pub(super) fn read<'a>(
    one: &Incoming<'_>,
    scratch: &'a mut Vec<u8>,
) -> Result<Profile<'a>, Dropped> {
    // Python writes numbers that JSON does not have.
    if one.record.sdk.starts_with("sentry.python") {
        wire::json::repair_non_finite(scratch);
    }
    let read = match one.item.item_type {
        ItemType::ProfileChunk => {
            wire::profile::chunk(scratch, one.item_header().platform.as_deref())
        }
        _ => wire::profile::transaction(scratch, one.record.received),
    };
    read.map_err(|problem| invalid(problem.reason()))
}

/// Takes a profile to its stored form.
pub(super) fn keep(
    one: &Incoming<'_>,
    profile: Result<Profile<'_>, Dropped>,
    beside: &mut Beside,
    packer: &mut Option<Packer>,
    results: &mut Results,
) {
    let key = |fate, reason: Reason| {
        let is_chunk = one.item.item_type == ItemType::ProfileChunk;
        let category = if is_chunk { Category::ProfileChunk } else { Category::Profile };
        one.key(category, fate, reason)
    };
    match profile.and_then(|profile| pack(one, profile, beside, packer)) {
        Ok((facts, packed)) => {
            let first = results.projects.entry(facts.project).or_insert(facts.received);
            *first = facts.received.min(*first);
            let key = key(Fate::Accepted, "".into());
            results.profiles.push(Pending { facts, packed, key });
        }
        Err(Dropped { fate, reason }) => results.outcomes.record(key(fate, reason), 1),
    }
}

fn pack(
    one: &Incoming<'_>,
    mut profile: Profile<'_>,
    beside: &mut Beside,
    packer: &mut Option<Packer>,
) -> Result<(StoredProfile, Vec<u8>), Dropped> {
    if matches!(profile.subject, Subject::Transaction { .. }) {
        belong(&mut profile, beside, one.item_header().sampled)?;
    }
    one.rules.scrubber.apply_to_profile(&mut profile);
    let failed = |problem| {
        tracing::warn!(%problem, project = %one.record.project, "a profile cannot be packed");
        invalid("profiling_exceed_size_limit")
    };
    let packer = match packer {
        Some(packer) => packer,
        None => packer.insert(Packer::new().map_err(failed)?),
    };
    let packed = packer.pack(&flame::encode(&profile)).map_err(failed)?;
    Ok((facts(one, &profile), packed))
}

fn invalid(reason: &'static str) -> Dropped {
    Dropped { fate: Fate::Invalid, reason: reason.into() }
}

/// Puts in what the transaction of a profile knows better. Where the client did not send the
/// transaction, because it was not chosen, the profile stands for itself.
fn belong(
    profile: &mut Profile<'_>,
    beside: &mut Beside,
    sampled: Option<bool>,
) -> Result<(), Dropped> {
    match std::mem::replace(beside, Beside::Taken) {
        Beside::Nothing if sampled == Some(false) => Ok(()),
        Beside::Nothing => Err(invalid("profiling_no_transaction_associated")),
        Beside::Taken => Err(invalid("profiling_too_many_profiles")),
        Beside::Dropped(dropped) => Err(dropped),
        Beside::Kept(segment) => {
            profile.release = segment.release.into();
            profile.environment = segment.environment.into();
            if let Subject::Transaction { name, trace, span, .. } = &mut profile.subject {
                *name = segment.name.into();
                (*trace, *span) = (Some(segment.trace), Some(segment.span));
            }
            Ok(())
        }
    }
}

fn facts(one: &Incoming<'_>, profile: &Profile<'_>) -> StoredProfile {
    let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    let has = |is_it: fn(&Measurement<'_>) -> bool| profile.measurements.iter().any(is_it);
    let mut facts = StoredProfile {
        project: one.record.project,
        id: profile.id,
        profiler: None,
        event: None,
        trace: None,
        span: None,
        name: String::new(),
        platform: profile.platform.to_string(),
        release: profile.release.to_string(),
        environment: profile.environment.to_string(),
        start: profile.start,
        end: profile.end,
        received: one.record.received,
        samples: count(profile.samples.len()),
        threads: count(profile.threads.len()),
        has_memory: has(|series| series.name.contains("memory") || series.unit == "byte"),
        has_cpu: has(|series| series.name.starts_with("cpu")),
        place: Place::default(),
    };
    match &profile.subject {
        Subject::Transaction { event, name, trace, span, .. } => {
            facts.event = Some(*event);
            (facts.trace, facts.span) = (*trace, *span);
            facts.name = name.to_string();
        }
        Subject::Process { profiler } => facts.profiler = Some(*profiler),
    }
    facts
}

/// Stores profiles, durably. What is known already is accounted for and not stored again.
pub(super) fn store(
    pending: Vec<Pending>,
    parts: &TraceParts,
    outcomes: &mut Outcomes,
) -> Result<Vec<StoredProfile>, PipelineError> {
    let mut seen: HashSet<(ProjectId, EventId)> = HashSet::with_capacity(pending.len());
    let (mut stored, mut new) = (Vec::new(), Vec::new());
    for Pending { facts, packed, key } in pending {
        let is_known = !seen.insert((facts.project, facts.id))
            || parts.meta.profile(facts.project, facts.id)?.is_some();
        if is_known {
            let (fate, reason) = (Fate::Invalid, "duplicate".into());
            outcomes.record(OutcomeKey { fate, reason, ..key }, 1);
            continue;
        }
        outcomes.record(key, 1);
        new.push(NewProfile { project: facts.project, received: facts.received, packed });
        stored.push(facts);
    }
    let places = parts.profiles.append(&new)?;
    for (facts, place) in stored.iter_mut().zip(places) {
        facts.place = place;
    }
    Ok(stored)
}
