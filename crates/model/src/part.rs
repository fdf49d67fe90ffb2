//! Parts of the tables: immutable files, and the line about each in the catalogue.

use crate::clock::Micros;
use crate::id::ProjectId;
use crate::intake::{Lane, Offset};

/// The number of a part; also the stem of its file names. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub u64);

/// What a part holds rows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// Error events with their payloads.
    Errors,
    /// Spans.
    Spans,
    /// Profiles.
    Profiles,
}

impl TableName {
    /// All tables.
    pub const ALL: [Self; 3] = [Self::Errors, Self::Spans, Self::Profiles];

    /// Its name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Spans => "spans",
            Self::Profiles => "profiles",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// What the catalogue knows of a part. A part exists when, and only when, the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Its number; no two parts of any table have the same.
    pub id: PartId,
    /// What it holds.
    pub table: TableName,
    /// Version of its file format, see `docs/formats/parts.md`.
    pub format: u16,
    /// How often its rows were merged: 0 as flushed.
    pub level: u8,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Smallest `timestamp` of its rows.
    pub timestamp_min: Micros,
    /// Largest `timestamp` of its rows.
    pub timestamp_max: Micros,
    /// Smallest `received` of its rows.
    pub received_min: Micros,
    /// Largest `received` of its rows.
    pub received_max: Micros,
    /// True when traces were chosen among its rows, which happens once.
    pub sampled: bool,
    /// Projects that have rows in it, sorted.
    pub projects: Vec<ProjectId>,
}

/// A change of the catalogue that happens as a whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogueChange {
    /// Parts that exist from now on.
    pub added: Vec<PartRecord>,
    /// Parts that do not exist any more.
    pub removed: Vec<PartId>,
    /// Up to where a lane of the intake log is in parts from now on; `None` leaves it.
    pub flushed: Option<(Lane, Offset)>,
}
