//! Writes the files of a part.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, UInt64Type};
use model::clock::Micros;
use model::id::ProjectId;
use model::part::{PartId, PartRecord, TableName};
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::attributes::{Layout, missing};
use super::builder;
use super::cells::{CELLS_FILE, CellsFile, Key, Tally};
use super::part::{FORMAT, NAMES_FILE, SpanPart, TRACES_FILE, VERDICTS_FILE};
use super::traces::TraceCollector;
use super::verdicts::Verdicts;
use super::{SpanStore, StoreError};
use crate::disk::Disk;
use crate::parts::{CountedFile, Extent, NewPart, PartFolder, ROWS_FILE, StoredPart};

/// Rows of one Parquet row group.
const ROW_GROUP_ROWS: usize = 131_072;
/// Rows of one Parquet page: what a search for one row must decompress.
const PAGE_ROWS: usize = 8_192;
/// Bytes of a column's different values in a row group, above which they are written one by one.
const DICTIONARY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A part in the making. Dropping it before [`SpanPartWriter::finish`] removes what was written.
pub(crate) struct SpanPartWriter {
    new: NewPart,
    layout: Layout,
    rows: ArrowWriter<BufWriter<CountedFile>>,
    rows_written: u64,
    traces: TraceCollector,
    cells: CellsFile,
    cells_written: u64,
    extent: Extent,
    /// What was found out about traces among the rows.
    pub(crate) verdicts: Verdicts,
    /// Whether traces were chosen among the rows.
    pub(crate) sampled: bool,
}

impl SpanPartWriter {
    fn create(
        parts: &Path,
        id: PartId,
        disk: Arc<dyn Disk>,
        layout: Layout,
    ) -> Result<Self, StoreError> {
        let create = || {
            let new = NewPart::create(parts, id, disk)?;
            let rows = new.file(ROWS_FILE)?;
            let cells = new.file(CELLS_FILE)?;
            Ok((new, rows, cells))
        };
        let (new, rows, cells) = create().map_err(|cause| StoreError::Write { part: id, cause })?;
        let mut properties = properties();
        // Readers get dictionaries, whatever the texts are written as.
        add_encoded_arrow_schema_to_metadata(&layout.read_schema(), &mut properties);
        let options = ArrowWriterOptions::new().with_properties(properties);
        let options = options.with_skip_arrow_metadata(true);
        let schema = Arc::clone(&layout.schema);
        let rows = BufWriter::with_capacity(1 << 18, rows);
        Ok(Self {
            new,
            layout,
            rows: ArrowWriter::try_new_with_options(rows, schema, options)?,
            rows_written: 0,
            traces: TraceCollector::default(),
            cells: CellsFile::new(cells)?,
            cells_written: 0,
            extent: Extent::default(),
            verdicts: Verdicts::default(),
            sampled: false,
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Appends rows of the layout's schema; all of them together must be sorted.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        let column = |name| rows.column_by_name(name).ok_or_else(missing);
        let projects = column("project")?.as_primitive::<UInt64Type>().values();
        let timestamps = column("timestamp")?.as_primitive::<Int64Type>().values();
        let received = column("received")?.as_primitive::<Int64Type>().values();
        for ((project, timestamp), received) in projects.iter().zip(timestamps).zip(received) {
            let micros = |micros: &i64| Micros(u64::try_from(*micros).unwrap_or(0));
            self.extent.include(ProjectId(*project), micros(timestamp), micros(received));
        }
        for trace in builder::traces(rows) {
            self.traces.push(trace);
        }
        self.rows.write(rows)?;
        self.rows_written += rows.num_rows() as u64;
        Ok(())
    }

    /// Appends a cell, which comes after all others.
    pub(crate) fn push_cell(&mut self, key: Key, tally: Tally) -> Result<(), StoreError> {
        let start = Micros(u64::try_from(key.start).unwrap_or(0));
        self.extent.include_cell(ProjectId(key.project), start);
        self.cells_written += 1;
        self.cells.push(key, tally)
    }

    /// Some of what it holds arrived when the rows of that part did.
    pub(crate) fn note_received(&mut self, part: &PartRecord) {
        let (first, last) = self.extent.received;
        self.extent.received = (first.min(part.received_min), last.max(part.received_max));
    }

    /// True when there are neither rows nor cells.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows_written == 0 && self.cells_written == 0
    }

    /// Makes everything durable. The part is unwanted until it is published.
    pub(crate) fn finish(mut self, level: u8) -> Result<SpanPart, StoreError> {
        let id = self.new.id();
        self.rows.finish()?;
        self.cells.finish()?;
        let (folder, bytes) =
            self.make_durable().map_err(|cause| StoreError::Write { part: id, cause })?;
        let record = PartRecord {
            id,
            table: TableName::Spans,
            format: FORMAT,
            level,
            rows: self.rows_written,
            bytes,
            timestamp_min: self.extent.timestamp.0,
            timestamp_max: self.extent.timestamp.1,
            received_min: self.extent.received.0,
            received_max: self.extent.received.1,
            sampled: self.sampled,
            projects: self.extent.projects.iter().copied().collect(),
        };
        Ok(SpanPart::stored(PartFolder::written(record, folder, self.new.disk())))
    }

    /// Says where the part is, and how many bytes it has.
    fn make_durable(&mut self) -> io::Result<(PathBuf, u64)> {
        self.rows.inner_mut().flush()?;
        self.rows.inner_mut().get_mut().sync()?;
        let mut traces = BufWriter::new(self.new.file(TRACES_FILE)?);
        std::mem::take(&mut self.traces).write(&mut traces)?;
        traces.flush()?;
        traces.get_mut().sync()?;
        let mut names = self.new.file(NAMES_FILE)?;
        self.layout.columns.write(&mut names)?;
        names.sync()?;
        let mut verdicts = self.new.file(VERDICTS_FILE)?;
        self.verdicts.write(&mut verdicts)?;
        verdicts.sync()?;
        let rows = self.rows.inner().get_ref().bytes();
        let cells = self.cells.sync()?;
        let bytes = rows + cells + traces.get_ref().bytes() + names.bytes() + verdicts.bytes();
        Ok((self.new.finish()?, bytes))
    }
}

impl SpanStore {
    pub(crate) fn new_part(&self, layout: Layout) -> Result<SpanPartWriter, StoreError> {
        let (id, disk) = (self.shelf.next_part(), self.shelf.disk());
        SpanPartWriter::create(self.shelf.folder(), id, disk, layout)
    }
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("pitwatch".to_owned());
    for column in ["project", "timestamp", "duration", "is_segment", "op", "transaction"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    for column in ["timestamp", "received", "duration", "self_time"] {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    // Random bytes, each once: nothing makes them smaller.
    let span = ColumnPath::from("span");
    properties
        .set_column_dictionary_enabled(span.clone(), false)
        .set_column_encoding(span.clone(), Encoding::PLAIN)
        .set_column_compression(span, Compression::UNCOMPRESSED)
        .build()
}
