//! Where the events of a batch went, until their rows are in parts.

use std::collections::HashMap;

use model::id::{EventId, IssueId, ProjectId};
use model::intake::Offset;
use rusqlite::{Connection, params};

use crate::batch::{EventFacts, Placement};
use crate::error::MetaError;
use crate::page::{execute, row, rows};

/// Bytes of one event: its id, its project, its issue.
const ENTRY_BYTES: usize = 32;

/// Issues by project and event; `None` for one that is gone.
pub(super) type Placed = HashMap<(ProjectId, EventId), Option<IssueId>>;

/// Notes where the events between two offsets went.
pub(super) fn note(
    connection: &Connection,
    (start, end): (Offset, Offset),
    events: &[EventFacts],
    placements: &[Placement],
) -> Result<(), MetaError> {
    let mut bytes = Vec::with_capacity(events.len() * ENTRY_BYTES);
    for (event, placement) in events.iter().zip(placements) {
        if let Placement::Issue { issue, .. } = placement {
            bytes.extend_from_slice(&event.event_id.0);
            bytes.extend_from_slice(&event.project.0.to_le_bytes());
            bytes.extend_from_slice(&issue.0.to_le_bytes());
        }
    }
    let sql = "INSERT OR REPLACE INTO placed (\"end\", start, events) VALUES (?, ?, ?)";
    execute(connection, sql, params![end.0, start.0, bytes]).map(drop)
}

/// What was noted of events between two offsets. Batches may have been cut otherwise when they were noted,
/// and those that an older version applied were not.
pub(super) fn between(
    connection: &Connection,
    start: Offset,
    end: Offset,
) -> Result<Placed, MetaError> {
    let sql = "SELECT events FROM placed WHERE \"end\" > ? AND start < ? ORDER BY \"end\"";
    let noted = rows(connection, sql, [start.0, end.0], |row| row.get::<_, Vec<u8>>(0))?;
    let mut placed = Placed::new();
    let mut known = HashMap::new();
    for (event, issue) in noted.iter().flat_map(|bytes| entries(bytes)) {
        let found = if let Some(found) = known.get(&issue) {
            *found
        } else {
            let sql = "SELECT 1 FROM issues WHERE id = ?";
            row(connection, sql, [issue.0], |_| Ok(issue))?
        };
        known.insert(issue, found);
        placed.insert(event, found);
    }
    Ok(placed)
}

/// Forgets what is in parts.
pub(crate) fn forget(connection: &Connection, flushed: Offset) -> Result<(), MetaError> {
    execute(connection, "DELETE FROM placed WHERE \"end\" <= ?", [flushed.0]).map(drop)
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = ((ProjectId, EventId), IssueId)> {
    let (entries, _) = bytes.as_chunks::<ENTRY_BYTES>();
    entries.iter().filter_map(|entry| {
        let (event, rest) = entry.split_first_chunk::<16>()?;
        let (project, rest) = rest.split_first_chunk::<8>()?;
        let (issue, _) = rest.split_first_chunk::<8>()?;
        let project = ProjectId(u64::from_le_bytes(*project));
        Some(((project, EventId(*event)), IssueId(u64::from_le_bytes(*issue))))
    })
}
