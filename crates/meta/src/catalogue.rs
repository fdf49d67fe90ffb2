//! The catalogue of parts, and how far the intake log has been worked through.

use std::sync::atomic::Ordering;

use model::clock::Micros;
use model::id::ProjectId;
use model::intake::{Lane, Offset};
use model::part::{CatalogueChange, PartId, PartRecord, TableName};
use rusqlite::{Connection, Row, params};

use crate::apply::placed;
use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json};
use crate::page::{execute, row, rows};

/// How far the lanes of the intake log have been worked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offsets {
    /// Up to where issues and accounts know the errors lane.
    pub applied: Offset,
    /// Up to where the events of the errors lane are in parts; the pipeline starts here after a restart.
    pub flushed: Offset,
    /// Up to where releases and accounts know the traces lane.
    pub applied_traces: Offset,
    /// Up to where the spans of the traces lane are in parts.
    pub flushed_traces: Offset,
    /// Up to where releases and accounts know the lane of sessions.
    pub applied_sessions: Offset,
    /// Up to where environments and accounts know the lane of check-ins.
    pub applied_check_ins: Offset,
    /// Up to where the kept lane has been looked through for what has a lane of its own by now.
    pub rehomed: Offset,
    /// The same for sessions, which got theirs later.
    pub rehomed_sessions: Offset,
    /// The same for check-ins.
    pub rehomed_check_ins: Offset,
}

impl Meta {
    /// All parts of a table, oldest number first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn catalogue(&self, table: TableName) -> Result<Vec<PartRecord>, MetaError> {
        let sql = "SELECT id, format, level, rows, bytes, timestamp_min, timestamp_max,
                   received_min, received_max, sampled, projects
                   FROM parts WHERE \"table\" = ? ORDER BY id";
        let found =
            self.read(|connection| rows(connection, sql, [table.name()], |row| read(row, table)))?;
        found.into_iter().map(with_projects).collect()
    }

    /// Adds and removes parts and moves the flushed offset, on disk when it returns.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when a removed part is not in the catalogue; then nothing is changed.
    pub fn commit_catalogue(&self, change: &CatalogueChange) -> Result<(), MetaError> {
        self.write(|transaction| {
            for part in &change.removed {
                if execute(transaction, "DELETE FROM parts WHERE id = ?", [part.0])? == 0 {
                    return Err(MetaError::Missing("part"));
                }
            }
            for part in &change.added {
                insert(transaction, part)?;
            }
            if let Some(newest) = change.added.iter().map(|part| part.id.0).max() {
                let sql = "UPDATE state SET value = max(value, ?) WHERE name = 'next_part'";
                execute(transaction, sql, [newest + 1])?;
            }
            let Some((lane, flushed)) = change.flushed else { return Ok(()) };
            if lane == Lane::Errors {
                placed::forget(transaction, flushed)?;
            }
            set_offset(transaction, flushed_name(lane)?, flushed)
        })
    }

    /// How far the lanes have been worked through.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn offsets(&self) -> Result<Offsets, MetaError> {
        self.read(|connection| {
            Ok(Offsets {
                applied: offset(connection, "applied")?,
                flushed: offset(connection, "flushed")?,
                applied_traces: offset(connection, "applied_traces")?,
                flushed_traces: offset(connection, "flushed_traces")?,
                applied_sessions: offset_or_zero(connection, "applied_sessions")?,
                applied_check_ins: offset_or_zero(connection, "applied_check_ins")?,
                rehomed: offset(connection, "rehomed")?,
                rehomed_sessions: offset_or_zero(connection, "rehomed_sessions")?,
                rehomed_check_ins: offset_or_zero(connection, "rehomed_check_ins")?,
            })
        })
    }

    /// Notes up to where the kept lane has been looked through.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_rehomed(&self, end: Offset) -> Result<(), MetaError> {
        self.write(|transaction| set_offset(transaction, "rehomed", end))
    }

    /// Notes up to where the kept lane has been looked through for sessions.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_rehomed_sessions(&self, end: Offset) -> Result<(), MetaError> {
        self.write(|transaction| put_offset(transaction, "rehomed_sessions", end))
    }

    /// The same for check-ins.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_rehomed_check_ins(&self, end: Offset) -> Result<(), MetaError> {
        self.write(|transaction| put_offset(transaction, "rehomed_check_ins", end))
    }

    /// Makes sure that what was applied of the lane of sessions is on disk, and says up to where.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn settle_sessions(&self) -> Result<Offset, MetaError> {
        self.settle("applied_sessions", "settled_sessions")
    }

    /// The same for the lane of check-ins.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn settle_check_ins(&self) -> Result<Offset, MetaError> {
        self.settle("applied_check_ins", "settled_check_ins")
    }

    fn settle(&self, applied: &'static str, settled: &'static str) -> Result<Offset, MetaError> {
        self.write(|transaction| {
            let applied = offset_or_zero(transaction, applied)?;
            // A commit is on disk with all that came before it.
            put_offset(transaction, settled, applied)?;
            Ok(applied)
        })
    }

    /// A number no part has or had. One that is not committed may be given again after a restart.
    pub fn next_part_id(&self) -> PartId {
        PartId(self.next_part().fetch_add(1, Ordering::Relaxed))
    }
}

pub(crate) fn first_free_part(connection: &Connection) -> Result<u64, MetaError> {
    number(connection, "next_part")
}

fn flushed_name(lane: Lane) -> Result<&'static str, MetaError> {
    match lane {
        Lane::Errors => Ok("flushed"),
        Lane::Traces => Ok("flushed_traces"),
        Lane::Sessions | Lane::CheckIns | Lane::Kept => Err(MetaError::Missing("lane")),
    }
}

pub(crate) fn offset(connection: &Connection, name: &'static str) -> Result<Offset, MetaError> {
    number(connection, name).map(Offset)
}

pub(crate) fn set_offset(
    connection: &Connection,
    name: &'static str,
    offset: Offset,
) -> Result<(), MetaError> {
    let sql = "UPDATE state SET value = ? WHERE name = ?";
    execute(connection, sql, params![offset.0, name]).map(drop)
}

/// Of a lane that a database of an older version knows nothing of.
pub(crate) fn offset_or_zero(
    connection: &Connection,
    name: &'static str,
) -> Result<Offset, MetaError> {
    let sql = "SELECT value FROM state WHERE name = ?";
    let value: Option<u64> = row(connection, sql, [name], |row| row.get(0))?;
    Ok(Offset(value.unwrap_or(0)))
}

pub(crate) fn put_offset(
    connection: &Connection,
    name: &'static str,
    offset: Offset,
) -> Result<(), MetaError> {
    let sql = "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)";
    execute(connection, sql, params![name, offset.0]).map(drop)
}

fn number(connection: &Connection, name: &'static str) -> Result<u64, MetaError> {
    let value =
        row(connection, "SELECT value FROM state WHERE name = ?", [name], |row| row.get(0))?;
    value.ok_or_else(|| MetaError::Damaged(format!("the state has no {name}")))
}

fn insert(connection: &Connection, part: &PartRecord) -> Result<(), MetaError> {
    let projects: Vec<u64> = part.projects.iter().map(|project| project.0).collect();
    execute(
        connection,
        "INSERT INTO parts (id, \"table\", format, level, rows, bytes, timestamp_min, timestamp_max,
         received_min, received_max, sampled, projects)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            part.id.0,
            part.table.name(),
            part.format,
            part.level,
            part.rows,
            part.bytes,
            part.timestamp_min.0,
            part.timestamp_max.0,
            part.received_min.0,
            part.received_max.0,
            part.sampled,
            to_json("part's projects", &projects)?
        ],
    )
    .map(drop)
}

fn read(row: &Row<'_>, table: TableName) -> Result<(PartRecord, String), rusqlite::Error> {
    let part = PartRecord {
        id: PartId(row.get(0)?),
        table,
        format: row.get(1)?,
        level: row.get(2)?,
        rows: row.get(3)?,
        bytes: row.get(4)?,
        timestamp_min: Micros(row.get(5)?),
        timestamp_max: Micros(row.get(6)?),
        received_min: Micros(row.get(7)?),
        received_max: Micros(row.get(8)?),
        sampled: row.get(9)?,
        projects: Vec::new(),
    };
    Ok((part, row.get(10)?))
}

fn with_projects((part, projects): (PartRecord, String)) -> Result<PartRecord, MetaError> {
    let projects: Vec<u64> = from_json("part's projects", &projects)?;
    Ok(PartRecord { projects: projects.into_iter().map(ProjectId).collect(), ..part })
}
