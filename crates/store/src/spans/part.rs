//! A part: immutable files in a folder of their own.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use model::id::TraceId;
use model::part::{PartId, PartRecord};
use model::sampling::Verdict;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::cells::CELLS_FILE;
use super::names::PartColumns;
use super::traces::{TraceCollector, Traces};
use super::{StoreError, builder, verdicts};
use crate::parts::{PartFolder, ROWS_FILE, StoredPart, lock};

/// Version of the files described in `docs/formats/parts.md`.
pub(crate) const FORMAT: u16 = 1;
pub(crate) const TRACES_FILE: &str = "traces";
pub(crate) const NAMES_FILE: &str = "names";
pub(crate) const VERDICTS_FILE: &str = "verdicts";

/// Spans that were flushed or merged together. Its files are deleted when it is not wanted any more and
/// the last snapshot that uses it is gone.
#[derive(Debug)]
pub struct SpanPart {
    folder: PartFolder,
    traces: Mutex<Option<Arc<Traces>>>,
    columns: Mutex<Option<Arc<PartColumns>>>,
}

impl StoredPart for SpanPart {
    fn stored(folder: PartFolder) -> Self {
        Self { folder, traces: Mutex::default(), columns: Mutex::default() }
    }

    fn folder(&self) -> &PartFolder {
        &self.folder
    }
}

impl SpanPart {
    /// What the catalogue knows of it.
    pub fn record(&self) -> &PartRecord {
        self.folder.record()
    }

    /// Its number.
    pub fn id(&self) -> PartId {
        self.folder.id()
    }

    /// The Parquet file with its rows, sorted by project, transaction, timestamp. The file never
    /// changes, and is there as long as this part is held.
    pub fn rows_path(&self) -> PathBuf {
        self.folder.file(ROWS_FILE)
    }

    /// The Parquet file with its cells, in the order of rollup, project and names; schema as in
    /// [`super::cells::schema`].
    pub fn cells_path(&self) -> PathBuf {
        self.folder.file(CELLS_FILE)
    }

    /// Which attributes it has, and where. Reads a small file the first time.
    ///
    /// # Errors
    /// When neither that nor the rows can be read.
    pub fn columns(&self) -> Result<Arc<PartColumns>, StoreError> {
        if let Some(columns) = lock(&self.columns).as_ref() {
            return Ok(Arc::clone(columns));
        }
        let read = self
            .folder
            .open(NAMES_FILE)
            .and_then(|file| PartColumns::read(file).map_err(|cause| self.unreadable(cause)));
        let columns = read.or_else(|cause| {
            tracing::error!(part = self.id().0, %cause, "list of attributes is damaged");
            let rows = self.open_rows(ArrowReaderOptions::new())?;
            Ok::<_, StoreError>(PartColumns::of_schema(rows.schema(), self.record().rows))
        })?;
        let columns = Arc::new(columns);
        *lock(&self.columns) = Some(Arc::clone(&columns));
        Ok(columns)
    }

    /// False when it surely has no span of the trace. Reads a filter the first time.
    ///
    /// # Errors
    /// When neither that nor the rows can be read.
    pub fn may_have(&self, trace: TraceId) -> Result<bool, StoreError> {
        Ok(self.traces()?.may_have(trace))
    }

    /// The rows of the Parquet file among which all spans of the trace are, ascending; others are there
    /// too, so compare the ids. Reads a page of the index.
    ///
    /// # Errors
    /// When neither that nor the rows can be read.
    pub fn rows_of(&self, trace: TraceId) -> Result<Vec<Range<u64>>, StoreError> {
        let found = self.traces()?.find(trace).or_else(|cause| {
            tracing::error!(part = self.id().0, %cause, "index of traces is damaged");
            self.rebuild()?.find(trace).map_err(|cause| self.unreadable(cause))
        })?;
        let rows = self.record().rows;
        let within = found.into_iter().map(|range| range.start.min(rows)..range.end.min(rows));
        Ok(within.filter(|range| !range.is_empty()).collect())
    }

    /// What was found out about traces among its rows. Reads a small file. Without it, traces are judged
    /// as if nothing was known of them, which costs spans and makes no count wrong.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let read = File::open(self.folder.file(VERDICTS_FILE)).and_then(verdicts::read);
        read.unwrap_or_else(|cause| {
            // Parts had none before traces were sampled.
            if cause.kind() != io::ErrorKind::NotFound {
                tracing::error!(part = self.id().0, %cause, "verdicts on traces are damaged");
            }
            Vec::new()
        })
    }

    fn traces(&self) -> Result<Arc<Traces>, StoreError> {
        if let Some(traces) = lock(&self.traces).as_ref() {
            return Ok(Arc::clone(traces));
        }
        let read = self
            .folder
            .open(TRACES_FILE)
            .and_then(|file| Traces::open(file).map_err(|cause| self.unreadable(cause)));
        match read {
            Ok(traces) => Ok(self.remember(traces)),
            Err(cause) => {
                tracing::error!(part = self.id().0, %cause, "index of traces is damaged");
                self.rebuild()
            }
        }
    }

    /// Finds the traces in the rows themselves.
    fn rebuild(&self) -> Result<Arc<Traces>, StoreError> {
        let rows = self.open_rows(ArrowReaderOptions::new())?;
        let only_trace = ProjectionMask::columns(rows.parquet_schema(), ["trace"]);
        let mut traces = TraceCollector::default();
        for rows in rows.with_projection(only_trace).build()? {
            builder::traces(&rows?).for_each(|trace| traces.push(trace));
        }
        let traces = traces.into_traces().map_err(|cause| self.unreadable(cause))?;
        Ok(self.remember(traces))
    }

    fn remember(&self, traces: Traces) -> Arc<Traces> {
        let traces = Arc::new(traces);
        *lock(&self.traces) = Some(Arc::clone(&traces));
        traces
    }

    /// What is made anew from the rows is no damage that a merge would carry on.
    fn unreadable(&self, cause: io::Error) -> StoreError {
        StoreError::Part { part: self.id(), cause }
    }

    pub(crate) fn open_rows(
        &self,
        options: ArrowReaderOptions,
    ) -> Result<ParquetRecordBatchReaderBuilder<File>, StoreError> {
        let file = self.folder.open(ROWS_FILE)?;
        let rows = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
        Ok(rows.inspect_err(|_| self.folder.mark_damaged())?)
    }
}
