//! The file with a part's cells: Parquet, in the order of [`Key`].

use std::fs::File;
use std::io::{self, BufWriter, Write};

use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::super::{SpanPart, StoreError};
use super::{Cells, Key, Tally, columns};
use crate::parts::{CountedFile, StoredPart};

pub(crate) const CELLS_FILE: &str = "cells.parquet";
/// Cells read from a part, and written, at a time.
const CELLS_AT_ONCE: usize = 4_096;
/// Cells of one row group, and of one page: what a question for few of them reads.
const GROUP_CELLS: usize = 65_536;

/// The file in the making.
pub(crate) struct CellsFile {
    rows: ArrowWriter<BufWriter<CountedFile>>,
    waiting: Vec<(Key, Tally)>,
}

impl CellsFile {
    pub(crate) fn new(file: CountedFile) -> Result<Self, StoreError> {
        let file = BufWriter::with_capacity(1 << 16, file);
        let rows = ArrowWriter::try_new(file, columns::schema(), Some(properties()))?;
        Ok(Self { rows, waiting: Vec::new() })
    }

    /// Appends a cell, which comes after all others.
    pub(crate) fn push(&mut self, key: Key, tally: Tally) -> Result<(), StoreError> {
        self.waiting.push((key, tally));
        if self.waiting.len() >= CELLS_AT_ONCE { self.write_waiting() } else { Ok(()) }
    }

    /// Writes all there is. Neither synced nor closed.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        self.write_waiting()?;
        self.rows.finish()?;
        Ok(())
    }

    /// Makes it durable when it is finished, and says how many bytes it has.
    pub(crate) fn sync(&mut self) -> io::Result<u64> {
        let file = self.rows.inner_mut();
        file.flush()?;
        file.get_mut().sync()?;
        Ok(file.get_ref().bytes())
    }

    fn write_waiting(&mut self) -> Result<(), StoreError> {
        self.rows.write(&columns::batch(&self.waiting)?)?;
        self.waiting.clear();
        Ok(())
    }
}

/// The cells of a part, one by one in their order.
pub(super) struct StoredCells<'p> {
    part: &'p SpanPart,
    rows: Option<ParquetRecordBatchReader>,
    read: std::vec::IntoIter<(Key, Tally)>,
}

impl<'p> StoredCells<'p> {
    /// Makes them anew from the rows if there is no file that can be opened: then they are what the rows
    /// stand for.
    pub(super) fn open(part: &'p SpanPart) -> Result<Self, StoreError> {
        let read = Vec::new().into_iter();
        match Self::reader(part) {
            Ok(rows) => Ok(Self { part, rows: Some(rows), read }),
            Err(problem) => {
                tracing::error!(part = part.id().0, %problem, "cells are damaged");
                let read = rebuilt(part)?.into_iter();
                Ok(Self { part, rows: None, read })
            }
        }
    }

    fn reader(part: &SpanPart) -> Result<ParquetRecordBatchReader, StoreError> {
        let file: File = part.folder().open(CELLS_FILE)?;
        let rows = ParquetRecordBatchReaderBuilder::try_new(file)?;
        Ok(rows.with_batch_size(CELLS_AT_ONCE).build()?)
    }
}

fn rebuilt(part: &SpanPart) -> Result<Vec<(Key, Tally)>, StoreError> {
    let rows = part.open_rows(ArrowReaderOptions::new())?;
    let columns = ProjectionMask::columns(rows.parquet_schema(), super::COLUMNS);
    let mut cells = Cells::default();
    for rows in rows.with_projection(columns).build()? {
        cells.count(&rows?)?;
    }
    Ok(cells.sorted().map(|(key, tally)| (key, tally.clone())).collect())
}

impl Iterator for StoredCells<'_> {
    type Item = Result<(Key, Tally), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(cell) = self.read.next() {
                return Some(Ok(cell));
            }
            let cells = self.rows.as_mut()?.next()?.map_err(StoreError::from);
            match cells.and_then(|rows| columns::cells(&rows)) {
                Ok(cells) => self.read = cells.into_iter(),
                Err(problem) => {
                    self.part.folder().mark_damaged();
                    return Some(Err(problem));
                }
            }
        }
    }
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_CELLS))
        .set_data_page_row_count_limit(CELLS_AT_ONCE)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("pitwatch".to_owned());
    for column in ["rollup", "project", "timestamp", "is_segment"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    properties.set_column_dictionary_enabled(ColumnPath::from("sketch"), false).build()
}
