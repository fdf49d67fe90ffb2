//! Writes the files of a part under a temporary name, and gives them their own when they are durable.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use model::clock::Micros;
use model::id::ProjectId;
use model::part::{PartId, PartRecord, TableName};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::StoreError;
use super::ids::{self, IdEntry, Place};
use super::part::{self, FORMAT, IDS_FILE, PAYLOADS_FILE, PAYLOADS_MAGIC, Part, ROWS_FILE, Run};
use super::payload::{Facts, too_large};
use crate::disk::{Disk, DiskFile};
use crate::schema;

/// Rows of one Parquet row group.
const ROW_GROUP_ROWS: usize = 32_768;
/// Rows of one Parquet page: what a search for one row must decompress.
const PAGE_ROWS: usize = 8_192;

/// A part in the making. Dropping it before [`PartWriter::finish`] removes what was written.
pub(crate) struct PartWriter {
    id: PartId,
    parts: PathBuf,
    temporary: PathBuf,
    disk: Arc<dyn Disk>,
    rows: ArrowWriter<FileWriter>,
    rows_written: u64,
    payloads: Box<dyn DiskFile>,
    payload_bytes: u64,
    run_start: u64,
    runs: Vec<Run>,
    ids: Vec<IdEntry>,
    extent: Extent,
    finished: bool,
}

/// From when to when, and whose.
#[derive(Debug)]
struct Extent {
    timestamp: (Micros, Micros),
    received: (Micros, Micros),
    projects: BTreeSet<ProjectId>,
}

impl PartWriter {
    pub(crate) fn create(
        parts: &Path,
        id: PartId,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, StoreError> {
        let temporary = parts.join(format!("{:016x}.new", id.0));
        let create = || {
            disk.create_dir(&temporary)?;
            let rows = FileWriter(disk.create(&temporary.join(ROWS_FILE))?);
            Ok((rows, disk.create(&temporary.join(PAYLOADS_FILE))?))
        };
        let (rows, payloads) = create().map_err(|cause| StoreError::Write { part: id, cause })?;
        let rows = ArrowWriter::try_new(rows, schema::error_rows(), Some(properties()))?;
        let never = (Micros(u64::MAX), Micros(0));
        Ok(Self {
            id,
            parts: parts.to_owned(),
            temporary,
            disk,
            rows,
            rows_written: 0,
            payloads,
            payload_bytes: 0,
            run_start: 0,
            runs: Vec::new(),
            ids: Vec::new(),
            extent: Extent { timestamp: never, received: never, projects: BTreeSet::new() },
            finished: false,
        })
    }

    /// Appends a block of payloads; `facts` are those of its entries in order.
    pub(crate) fn block(&mut self, block: &[u8], facts: &[Facts]) -> Result<(), StoreError> {
        let (id, start) = (self.id, self.payload_bytes);
        self.payloads.write_all(block).map_err(|cause| StoreError::Write { part: id, cause })?;
        self.payload_bytes += block.len() as u64;
        self.ids.extend(facts.iter().zip(0..).map(|(facts, index)| IdEntry {
            event_id: facts.event_id,
            project: facts.project,
            place: Place { block: start, index },
        }));
        for facts in facts {
            self.extent.include(facts);
        }
        Ok(())
    }

    /// What came since the last call, or the beginning, is one sorted run.
    pub(crate) fn end_run(&mut self) {
        if self.payload_bytes > self.run_start {
            self.runs.push((self.run_start, self.payload_bytes));
            self.run_start = self.payload_bytes;
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
        let id = self.id;
        if self.rows_written != self.ids.len() as u64 {
            return Err(StoreError::Unequal { part: id });
        }
        self.rows.finish()?;
        let rows_bytes = self.rows.bytes_written() as u64;
        let folder = part::folder_of(&self.parts, id);
        let finish = |this: &mut Self| {
            this.rows.inner_mut().0.sync()?;
            this.payload_bytes += write_footer(&this.runs, this.payloads.as_mut())?;
            this.payloads.sync()?;
            let ids_bytes = this.write_ids()?;
            this.disk.sync_dir(&this.temporary)?;
            this.disk.rename(&this.temporary, &folder)?;
            this.finished = true;
            this.disk.sync_dir(&this.parts)?;
            Ok(ids_bytes)
        };
        let ids_bytes = finish(&mut self).map_err(|cause| StoreError::Write { part: id, cause })?;
        let record = PartRecord {
            id,
            table: TableName::Errors,
            format: FORMAT,
            level,
            rows: self.rows_written,
            bytes: rows_bytes + self.payload_bytes + ids_bytes,
            timestamp_min: self.extent.timestamp.0,
            timestamp_max: self.extent.timestamp.1,
            received_min: self.extent.received.0,
            received_max: self.extent.received.1,
            projects: self.extent.projects.iter().copied().collect(),
        };
        Ok(Part::written(record, folder, Arc::clone(&self.disk)))
    }

    fn write_ids(&mut self) -> io::Result<u64> {
        let mut counted =
            Counted { file: self.disk.create(&self.temporary.join(IDS_FILE))?, bytes: 0 };
        let mut out = BufWriter::new(&mut counted);
        ids::write(&mut self.ids, &mut out)?;
        out.flush()?;
        drop(out);
        counted.file.sync()?;
        Ok(counted.bytes)
    }
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        if !self.finished
            && let Err(cause) = self.disk.remove_dir(&self.temporary)
        {
            // The next start deletes it.
            tracing::warn!(folder = %self.temporary.display(), %cause, "unfinished part stays for now");
        }
    }
}

impl Extent {
    fn include(&mut self, facts: &Facts) {
        let widen = |span: &mut (Micros, Micros), moment: Micros| {
            *span = (span.0.min(moment), span.1.max(moment));
        };
        widen(&mut self.timestamp, facts.timestamp);
        widen(&mut self.received, facts.received);
        if !self.projects.contains(&facts.project) {
            self.projects.insert(facts.project);
        }
    }
}

/// Runs, their count, a checksum of the runs, magic.
fn write_footer(runs: &[Run], out: &mut dyn Write) -> io::Result<u64> {
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
    out.write_all(&bytes)?;
    Ok(bytes.len() as u64)
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

/// A file as Parquet's writer wants it.
struct FileWriter(Box<dyn DiskFile>);

impl Write for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

struct Counted {
    file: Box<dyn DiskFile>,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
