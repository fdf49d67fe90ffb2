//! Lets issues learn what fails and what is well again.

use std::collections::HashSet;

use alarm::Occurrence;
use meta::{IssueAction, IssueChange, IssueStatus, Resolving};
use model::clock::Micros;
use model::id::IssueId;
use model::intake::{BodyCoding, Item, ItemType, Record};

use crate::RulerError;
use crate::intake::Intake;
use crate::parts::Parts;

/// What one turn works up.
const PIECE_MAX: usize = 2_000;
/// How long an event may be on its way to its issue. After that it became none: a filter or a person
/// did not want it.
const ON_ITS_WAY_MICROS: u64 = 3_600_000_000;

/// Appends events and resolves issues, those of one subject in order; true when something waits for an
/// issue that is not known yet. What is done again after a crash changes nothing: events have ids, and
/// what is resolved stays so.
pub(crate) async fn teach(
    parts: &Parts,
    intake: &dyn Intake,
    now: Micros,
) -> Result<bool, RulerError> {
    let waiting = parts.alarms.occurrences(PIECE_MAX)?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let mut held: HashSet<&str> = HashSet::new();
    let (mut records, mut done) = (Vec::new(), Vec::new());
    for occurrence in &waiting {
        if held.contains(occurrence.subject.as_str()) {
            continue;
        }
        if parts.meta.organization_of(occurrence.project).is_none() {
            done.push(occurrence.id);
            continue;
        }
        if let Some(event) = &occurrence.event {
            records.extend(record(occurrence, event));
            done.push(occurrence.id);
        } else {
            // Its event may be in the same piece.
            append(intake, &mut records)?;
            let is_resolved = match resolve(parts, occurrence, now).await {
                // What was appended before is done all the same.
                Err(RulerError::Ask(problem)) => {
                    let problem = &problem as &dyn std::error::Error;
                    tracing::warn!(problem, "an issue could not be resolved; trying again");
                    false
                }
                is_resolved => is_resolved?,
            };
            if is_resolved {
                done.push(occurrence.id);
            } else {
                held.insert(&occurrence.subject);
            }
        }
    }
    append(intake, &mut records)?;
    parts.alarms.forget_occurrences(&done)?;
    Ok(!held.is_empty())
}

fn append(intake: &dyn Intake, records: &mut Vec<Record>) -> Result<(), RulerError> {
    if records.is_empty() { Ok(()) } else { Ok(intake.append(std::mem::take(records))?) }
}

/// Resolves the issue that an incident opened, unless a person did something about it; false when the
/// issue is not known yet.
async fn resolve(parts: &Parts, occurrence: &Occurrence, now: Micros) -> Result<bool, RulerError> {
    let found = parts.ask.event(occurrence.project, occurrence.newest_event).await?;
    let Some(event) = found else {
        return Ok(now.0.saturating_sub(occurrence.at.0) > ON_ITS_WAY_MICROS);
    };
    let issues: Vec<IssueId> = parts.meta.survivors(&[event.issue])?;
    let open = parts.meta.issues(&issues)?;
    let is_open = open.iter().any(|issue| issue.state.status == IssueStatus::Unresolved);
    if is_open {
        let actions = vec![IssueAction::Resolve(Resolving::Now)];
        parts.meta.change_issues(&IssueChange { issues, actor: None, actions })?;
    }
    Ok(true)
}

/// A record with one event. `None` for one longer than a record can be, which its own limits do not
/// allow.
fn record(occurrence: &Occurrence, event: &str) -> Option<Record> {
    let body = event.as_bytes().to_vec();
    let body_len = u32::try_from(body.len()).ok()?;
    let item = Item {
        item_type: ItemType::Occurrence,
        start: 0,
        len: body_len,
        count: 1,
        header: "{}".to_owned(),
    };
    Some(Record {
        received: occurrence.at,
        organization: occurrence.organization,
        project: occurrence.project,
        key: occurrence.key,
        client_ip: String::new(),
        user_agent: String::new(),
        sdk: String::new(),
        header: "{}".to_owned(),
        items: vec![item],
        coding: BodyCoding::Identity,
        body_len,
        body,
    })
}
