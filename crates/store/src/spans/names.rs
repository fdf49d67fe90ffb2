//! Which attributes the spans of a part have, and where: in a column of their own or in a map.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use arrow::datatypes::Schema;

use super::schema::{NUMBER_PREFIX, TEXT_PREFIX};
use crate::fields::{Fields, too_large};
use crate::parts::damaged;

/// The first bytes of the file: its kind and version.
const MAGIC: [u8; 8] = *b"PWNAM\0\0\x01";
/// Magic, attributes, whether there are others.
const HEADER_BYTES: usize = 8 + 4 + 1;
/// Attributes with columns of their own in one part.
const COLUMNS_MAX: usize = 128;
/// One of so many rows must have an attribute for it to get a column.
const ROWS_PER_VALUE_MAX: u64 = 100;
/// Attributes that are listed; what is rarer is only known to be there.
const NAMES_MAX: usize = 1_024;
/// Larger files were not written by us.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where the values of an attribute are in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a column of their own, null where a row has none.
    Column,
    /// In the map; perhaps nowhere.
    Map,
    /// No row has any.
    Nowhere,
}

/// Whether the values of an attribute are text or numbers; one name may have both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Number,
}

/// The attributes of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartColumns {
    /// In how many rows, about, and whether it has a column.
    texts: BTreeMap<String, (u64, bool)>,
    numbers: BTreeMap<String, (u64, bool)>,
    /// Whether the maps have attributes that are not listed.
    others: bool,
}

/// Counts in how many rows each attribute is.
#[derive(Debug, Default)]
pub(crate) struct Census {
    pub(crate) rows: u64,
    pub(crate) texts: BTreeMap<String, u64>,
    pub(crate) numbers: BTreeMap<String, u64>,
    pub(crate) others: bool,
}

impl Census {
    /// Adds what is known of a part with that many rows.
    pub(crate) fn add(&mut self, part: &PartColumns, rows: u64) {
        self.rows += rows;
        self.others |= part.others;
        for (counts, known) in [(&mut self.texts, &part.texts), (&mut self.numbers, &part.numbers)]
        {
            for (name, (rows, _)) in known {
                *counts.entry(name.clone()).or_default() += rows;
            }
        }
    }

    /// Gives columns to what is frequent.
    pub(crate) fn decide(self) -> PartColumns {
        let all = |counts: BTreeMap<String, u64>, kind| {
            counts.into_iter().map(move |(name, rows)| (rows, kind, name))
        };
        let mut all: Vec<(u64, Kind, String)> =
            all(self.texts, Kind::Text).chain(all(self.numbers, Kind::Number)).collect();
        all.sort_unstable_by(|one, other| {
            other.0.cmp(&one.0).then_with(|| (one.1, &one.2).cmp(&(other.1, &other.2)))
        });
        let mut columns = PartColumns { others: self.others, ..PartColumns::default() };
        columns.others |= all.len() > NAMES_MAX;
        for (place, (rows, kind, name)) in all.into_iter().take(NAMES_MAX).enumerate() {
            let is_frequent = rows.saturating_mul(ROWS_PER_VALUE_MAX) >= self.rows;
            columns.of(kind).insert(name, (rows, is_frequent && place < COLUMNS_MAX));
        }
        columns
    }
}

impl PartColumns {
    /// Where the texts of an attribute are: truth values are `true` and `false`.
    pub fn text(&self, name: &str) -> Place {
        self.place(&self.texts, name)
    }

    /// Where the numbers of an attribute are.
    pub fn number(&self, name: &str) -> Place {
        self.place(&self.numbers, name)
    }

    /// Every known attribute with texts, and in how many rows, about.
    pub fn texts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.texts.iter().map(|(name, (rows, _))| (name.as_str(), *rows))
    }

    /// Every known attribute with numbers, and in how many rows, about.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, u64)> {
        self.numbers.iter().map(|(name, (rows, _))| (name.as_str(), *rows))
    }

    /// The attributes whose texts have columns, in the columns' order.
    pub fn text_columns(&self) -> Vec<String> {
        with_columns(&self.texts)
    }

    /// The attributes whose numbers have columns, in the columns' order.
    pub fn number_columns(&self) -> Vec<String> {
        with_columns(&self.numbers)
    }

    /// What the columns of a part of that many rows say themselves; whatever may be in the maps.
    pub(crate) fn of_schema(schema: &Schema, rows: u64) -> Self {
        let mut columns = Self { others: true, ..Self::default() };
        for field in schema.fields() {
            if let Some(name) = field.name().strip_prefix(TEXT_PREFIX) {
                columns.texts.insert(name.to_owned(), (rows, true));
            } else if let Some(name) = field.name().strip_prefix(NUMBER_PREFIX) {
                columns.numbers.insert(name.to_owned(), (rows, true));
            }
        }
        columns
    }

    /// Writes the file's bytes.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        let count = u32::try_from(self.texts.len() + self.numbers.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.push(u8::from(self.others));
        for (kind, names) in [(0, &self.texts), (1, &self.numbers)] {
            for (name, (rows, is_column)) in names {
                bytes.push(kind | u8::from(*is_column) << 1);
                bytes.extend_from_slice(&rows.to_le_bytes());
                let len = u16::try_from(name.len()).map_err(too_large)?;
                bytes.extend_from_slice(&len.to_le_bytes());
                bytes.extend_from_slice(name.as_bytes());
            }
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        out.write_all(&bytes)
    }

    /// Reads what [`PartColumns::write`] wrote.
    pub(crate) fn read(file: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        let (bytes, checksum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        let is_ours = bytes.starts_with(&MAGIC) && bytes.len() >= HEADER_BYTES;
        if !is_ours || u32::from_le_bytes(*checksum) != crc32fast::hash(bytes) {
            return Err(damaged());
        }
        Self::parse(bytes).ok_or_else(damaged)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes.get(MAGIC.len()..)?);
        let count = fields.u32()?;
        let others = fields.take::<1>()? != [0];
        let mut columns = Self { others, ..Self::default() };
        for _ in 0..count {
            let [flags] = fields.take::<1>()?;
            let rows = fields.u64()?;
            let len = usize::from(u16::from_le_bytes(fields.take()?));
            let name = std::str::from_utf8(fields.0.get(..len)?).ok()?.to_owned();
            fields.0 = fields.0.get(len..)?;
            let kind = if flags & 1 == 0 { Kind::Text } else { Kind::Number };
            columns.of(kind).insert(name, (rows, flags & 2 != 0));
        }
        Some(columns)
    }

    fn of(&mut self, kind: Kind) -> &mut BTreeMap<String, (u64, bool)> {
        match kind {
            Kind::Text => &mut self.texts,
            Kind::Number => &mut self.numbers,
        }
    }

    fn place(&self, names: &BTreeMap<String, (u64, bool)>, name: &str) -> Place {
        match names.get(name) {
            Some((_, true)) => Place::Column,
            Some((_, false)) => Place::Map,
            None if self.others => Place::Map,
            None => Place::Nowhere,
        }
    }
}

fn with_columns(names: &BTreeMap<String, (u64, bool)>) -> Vec<String> {
    let columns = names.iter().filter(|(_, (_, is_column))| *is_column);
    columns.map(|(name, _)| name.clone()).collect()
}
