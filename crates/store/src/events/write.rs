//! Writes the files of a part under a temporary name, and gives them their own when they are durable.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use model::part::{PartId, PartRecord, TableName};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::StoreError;
use super::ids::{self, IdEntry, Place};
use super::part::{FORMAT, IDS_FILE, PAYLOADS_FILE, PAYLOADS_MAGIC, Part, Run};
use super::payload::Facts;
use crate::disk::Disk;
use crate::fields::too_large;
use crate::parts::{CountedFile, Extent, NewPart, PartFolder, ROWS_FILE, StoredPart};
use crate::schema;

/// Rows of one Parquet row group.
const ROW_GROUP_ROWS: usize = 32_768;
/// Rows of one Parquet page: what a search for one row must decompress.
const PAGE_ROWS: usize = 8_192;

/// A part in the making. Dropping it before [`PartWriter::finish`] removes what was written.
pub(crate) struct PartWriter {
    new: NewPart,
    rows: ArrowWriter<CountedFile>,
    rows_written: u64,
    payloads: CountedFile,
    run_start: u64,
    runs: Vec<Run>,
    ids: Vec<IdEntry>,
    extent: Extent,
}

impl PartWriter {
    pub(crate) fn create(
        parts: &Path,
        id: PartId,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, StoreError> {
        let create = || {
            let new = NewPart::create(parts, id, disk)?;
            let (rows, payloads) = (new.file(ROWS_FILE)?, new.file(PAYLOADS_FILE)?);
            Ok((new, rows, payloads))
        };
        let (new, rows, payloads) =
            create().map_err(|cause| StoreError::Write { part: id, cause })?;
        let rows = ArrowWriter::try_new(rows, schema::error_rows(), Some(properties()))?;
        Ok(Self {
            new,
            rows,
            rows_written: 0,
            payloads,
            run_start: 0,
            runs: Vec::new(),
            ids: Vec::new(),
            extent: Extent::default(),
        })
    }

    /// Appends a block of payloads; `facts` are those of its entries in order.
    pub(crate) fn block(&mut self, block: &[u8], facts: &[Facts]) -> Result<(), StoreError> {
        let (id, start) = (self.new.id(), self.payloads.bytes());
        self.payloads.write_all(block).map_err(|cause| StoreError::Write { part: id, cause })?;
        self.ids.extend(facts.iter().zip(0..).map(|(facts, index)| IdEntry {
            event_id: facts.event_id,
            project: facts.project,
            place: Place { block: start, index },
        }));
        for facts in facts {
            self.extent.include(facts.project, facts.timestamp, facts.received);
        }
        Ok(())
    }

    /// What came since the last call, or the beginning, is one sorted run.
    pub(crate) fn end_run(&mut self) {
        let end = self.payloads.bytes();
        if end > self.run_start {
            self.runs.push((self.run_start, end));
            self.run_start = end;
        }
    }

    /// Appends rows; all of them together must be sorted.
    pub(crate) fn rows(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        self.rows.write(rows)?;
        self.rows_written += rows.num_rows() as u64;
        Ok(())
    }

    /// True when there are no payloads.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Makes everything durable. The part is unwanted until it is published.
    pub(crate) fn finish(mut self, level: u8) -> Result<Part, StoreError> {
        let id = self.new.id();
        if self.rows_written != self.ids.len() as u64 {
            return Err(StoreError::Unequal { part: id });
        }
        self.rows.finish()?;
        let (folder, bytes) =
            self.make_durable().map_err(|cause| StoreError::Write { part: id, cause })?;
        let record = PartRecord {
            id,
            table: TableName::Errors,
            format: FORMAT,
            level,
            rows: self.rows_written,
            bytes,
            timestamp_min: self.extent.timestamp.0,
            timestamp_max: self.extent.timestamp.1,
            received_min: self.extent.received.0,
            received_max: self.extent.received.1,
            sampled: false,
            projects: self.extent.projects.iter().copied().collect(),
        };
        Ok(Part::stored(PartFolder::written(record, folder, self.new.disk())))
    }

    /// Says where the part is, and how many bytes it has.
    fn make_durable(&mut self) -> io::Result<(PathBuf, u64)> {
        self.rows.inner_mut().sync()?;
        write_footer(&self.runs, &mut self.payloads)?;
        self.payloads.sync()?;
        let mut ids = self.new.file(IDS_FILE)?;
        let mut out = BufWriter::new(&mut ids);
        ids::write(&mut self.ids, &mut out)?;
        out.flush()?;
        drop(out);
        ids.sync()?;
        let bytes = self.rows.inner().bytes() + self.payloads.bytes() + ids.bytes();
        Ok((self.new.finish()?, bytes))
    }
}

/// Runs, their count, a checksum of the runs, magic.
fn write_footer(runs: &[Run], out: &mut dyn Write) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(runs.len() * 16 + 16);
    for (start, end) in runs {
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&end.to_le_bytes());
    }
    let checksum = crc32fast::hash(&bytes);
    let count = u32::try_from(runs.len()).map_err(too_large)?;
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.extend_from_slice(&PAYLOADS_MAGIC);
    out.write_all(&bytes)
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_created_by("pitwatch".to_owned());
    // Random bytes only grow in a dictionary.
    for column in ["event_id", "span"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    for column in ["timestamp", "received"] {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    // Minima and maxima of long texts and of map entries help no question.
    for column in ["stack_functions", "stack_modules", "stack_filenames", "message", "error_value"]
    {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    properties.build()
}
