//! Compaction: several parts become one, in bounded memory: one batch of each, and the row group that is
//! being written.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, UInt64Array};
use arrow::datatypes::{Float64Type, Int64Type, UInt64Type};
use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::sampling::{CONSISTENT_RATE, Rule, Share, Verdict};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader};

use super::attributes::{Cells, Columns, Layout, Number, TextColumn, missing};
use super::cells::Merged;
use super::names::Census;
use super::picks::{Pick, gather};
use super::read::Attributes;
use super::verdicts::Verdicts;
use super::write::SpanPartWriter;
use super::{Compacted, Plan, Retention, SpanPart, SpanStore, StoreError, builder};
use crate::parts::{DAY_MICROS, StoredPart};
use crate::schema::signed;

/// Rows read from each part at a time, and rows written at a time.
const ROWS_AT_ONCE: usize = 8_192;

impl SpanStore {
    /// Carries a plan out, leaving out what is not wanted any more. Reads, compresses and writes for
    /// seconds; readers are not disturbed. One at a time.
    ///
    /// # Errors
    /// When a part cannot be read or the new one cannot be written. Nothing has changed then; a damaged
    /// part is not planned for again.
    pub fn run(&self, plan: &Plan, retention: &Retention<'_>) -> Result<Compacted, StoreError> {
        let replaced = plan.parts();
        let mut census = Census::default();
        for part in &plan.parts {
            census.add(&*part.columns()?, part.record().rows);
        }
        let mut writer = self.new_part(Layout::new(census.decide()))?;
        writer.sampled = plan.thins || plan.parts.iter().all(|part| part.record().sampled);
        let remembered = retention.now.0.saturating_sub(DAY_MICROS);
        for part in &plan.parts {
            let verdicts = part.verdicts().into_iter().filter(|verdict| verdict.at.0 >= remembered);
            verdicts.for_each(|verdict| writer.verdicts.add(verdict));
        }
        merge(plan, retention, &mut writer)?;
        merge_cells(plan, retention, &mut writer)?;
        if writer.is_empty() {
            return Ok(Compacted { part: None, replaced });
        }
        let part = writer.finish(plan.level)?;
        Ok(Compacted { part: Some(part.into()), replaced })
    }

    /// Lets readers see the merged part instead of those it replaces. To be called when, and only
    /// when, the catalogue has the change.
    pub fn publish_compacted(&self, compacted: Compacted) {
        self.shelf.publish_compacted(compacted);
    }
}

fn merge(
    plan: &Plan,
    retention: &Retention<'_>,
    writer: &mut SpanPartWriter,
) -> Result<(), StoreError> {
    let mut cursors = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        cursors.extend(Cursor::open(part, writer.layout())?);
    }
    let mut chunk = Chunk::default();
    while let Some((first, limit)) = first_and_limit(&cursors) {
        // Most rows of a part follow one another in the whole as well.
        let Some(cursor) = cursors.get(first) else { break };
        let end = limit.and_then(|limit| cursors.get(limit)).map_or(cursor.rows.len, |limit| {
            cursor.rows.rows_before(cursor.row, &limit.rows, limit.row)
        });
        let thinned = plan.thins.then_some(&mut writer.verdicts);
        chunk.push((first, cursor, end), retention, thinned);
        let is_read = end >= cursor.rows.len;
        if is_read || chunk.picks.len() >= ROWS_AT_ONCE {
            chunk.write(writer, &cursors)?;
        }
        if let Some(cursor) = cursors.get_mut(first) {
            cursor.row = end;
            if is_read && !cursor.advance(writer.layout())? {
                cursors.remove(first);
            }
        }
    }
    Ok(())
}

/// Adds the cells up, which rows that are dropped stay counted in.
fn merge_cells(
    plan: &Plan,
    retention: &Retention<'_>,
    writer: &mut SpanPartWriter,
) -> Result<(), StoreError> {
    let now = signed(retention.now);
    for cell in Merged::new(plan.parts.iter().map(AsRef::as_ref), now)? {
        let (key, tally) = cell?;
        let start = Micros(u64::try_from(key.start).unwrap_or(0));
        if !retention.is_over(ProjectId(key.project), start) {
            writer.push_cell(key, tally)?;
        }
    }
    for part in &plan.parts {
        writer.note_received(part.record());
    }
    Ok(())
}

/// The cursor with the first row, and the one with the first row of all others. Parts are few.
fn first_and_limit(cursors: &[Cursor<'_>]) -> Option<(usize, Option<usize>)> {
    let compare = |(_, one): &(usize, &Cursor<'_>), (_, other): &(usize, &Cursor<'_>)| {
        one.rows.compare(one.row, &other.rows, other.row)
    };
    let (first, _) = cursors.iter().enumerate().min_by(compare)?;
    let others = cursors.iter().enumerate().filter(|(number, _)| *number != first);
    Some((first, others.min_by(compare).map(|(limit, _)| limit)))
}

/// The rows of a part being read; one batch of them is in memory.
struct Cursor<'a> {
    part: &'a SpanPart,
    reader: ParquetRecordBatchReader,
    rows: SortedRows,
    /// The next row.
    row: usize,
}

/// A batch in the shape of the new part, with the columns that say where its rows belong.
struct SortedRows {
    columns: Columns,
    project: UInt64Array,
    transaction: ArrayRef,
    timestamp: Int64Array,
    received: Int64Array,
    traces: Vec<TraceId>,
    len: usize,
}

impl<'a> Cursor<'a> {
    /// `None` when the part has no rows.
    fn open(part: &'a SpanPart, layout: &Layout) -> Result<Option<Self>, StoreError> {
        let rows = part.open_rows(ArrowReaderOptions::new())?;
        let mut reader = rows.with_batch_size(ROWS_AT_ONCE).build()?;
        let rows = next(part, &mut reader, layout)?;
        Ok(rows.map(|rows| Self { part, reader, rows, row: 0 }))
    }

    /// Reads the next batch; false when there is none.
    fn advance(&mut self, layout: &Layout) -> Result<bool, StoreError> {
        match next(self.part, &mut self.reader, layout)? {
            Some(rows) => {
                (self.rows, self.row) = (rows, 0);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

fn next(
    part: &SpanPart,
    reader: &mut ParquetRecordBatchReader,
    layout: &Layout,
) -> Result<Option<SortedRows>, StoreError> {
    let Some(rows) = reader.next() else { return Ok(None) };
    let rows = rows.map_err(StoreError::from).and_then(|rows| SortedRows::new(&rows, layout));
    rows.map(Some).inspect_err(|_| part.folder().mark_damaged())
}

impl SortedRows {
    fn new(rows: &RecordBatch, layout: &Layout) -> Result<Self, StoreError> {
        let column = |name| rows.column_by_name(name).ok_or_else(missing);
        let micros = |name| -> Result<Int64Array, StoreError> {
            Ok(column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(missing)?.clone())
        };
        let project = column("project")?.as_primitive_opt::<UInt64Type>().ok_or_else(missing)?;
        let transaction = column("transaction")?;
        TextColumn::new(transaction).ok_or_else(missing)?;
        Ok(Self {
            columns: layout.arrange(rows)?,
            project: project.clone(),
            transaction: Arc::clone(transaction),
            timestamp: micros("timestamp")?,
            received: micros("received")?,
            traces: builder::traces(rows).collect(),
            len: rows.num_rows(),
        })
    }

    fn transaction(&self, row: usize) -> &str {
        TextColumn::new(&self.transaction).and_then(|texts| texts.get(row)).unwrap_or_default()
    }

    fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let projects = self.project.value(row).cmp(&other.project.value(other_row));
        projects
            .then_with(|| self.transaction(row).cmp(other.transaction(other_row)))
            .then_with(|| self.timestamp.value(row).cmp(&other.timestamp.value(other_row)))
    }

    /// The end of the rows from `row` on that do not come after that row of the other; at least one.
    fn rows_before(&self, row: usize, other: &Self, other_row: usize) -> usize {
        let (mut step, mut sure, mut end) = (1, row + 1, self.len);
        // Doubling steps, then halving ones.
        while sure + step < self.len {
            if self.compare(sure + step - 1, other, other_row).is_gt() {
                end = sure + step - 1;
                break;
            }
            (sure, step) = (sure + step, step * 2);
        }
        while sure < end {
            let middle = usize::midpoint(sure, end);
            if self.compare(middle, other, other_row).is_gt() {
                end = middle;
            } else {
                sure = middle + 1;
            }
        }
        end
    }
}

/// Rows on their way into the new part; written before a batch they are in is given up.
#[derive(Default)]
struct Chunk {
    picks: Vec<Pick>,
    /// How much more each stands for.
    factors: Vec<f64>,
}

impl Chunk {
    /// Takes the wanted ones of the rows of a cursor up to an end; where they are thinned out, a trace
    /// that stays for others is remembered, so that spans of it that come later stay as well.
    fn push(
        &mut self,
        (number, cursor, end): (usize, &Cursor<'_>, usize),
        retention: &Retention<'_>,
        mut thinned: Option<&mut Verdicts>,
    ) {
        let rows = &cursor.rows;
        let mut last = None;
        for row in cursor.row..end {
            let (Some(trace), project) = (rows.traces.get(row), ProjectId(rows.project.value(row)))
            else {
                continue;
            };
            let received = Micros(u64::try_from(rows.received.value(row)).unwrap_or(0));
            if retention.is_over(project, received) {
                continue;
            }
            let mut factor = 1.0;
            if let Some(verdicts) = thinned.as_deref_mut() {
                match (retention.weigh)(project, *trace) {
                    Some(weighed) => factor = weighed,
                    None => continue,
                }
                // Spans of a trace often lie side by side.
                if factor > 1.0 && last != Some((project, *trace)) {
                    let share = Share::nearest(1.0 / factor);
                    let (trace, rule) = (*trace, Rule::Background);
                    verdicts.add(Verdict { project, trace, at: received, share, rule });
                    last = Some((project, trace));
                }
            }
            self.picks.push((number, row));
            self.factors.push(factor);
        }
    }

    fn write(
        &mut self,
        writer: &mut SpanPartWriter,
        cursors: &[Cursor<'_>],
    ) -> Result<(), StoreError> {
        let sources: Vec<&Columns> = cursors.iter().map(|cursor| &cursor.rows.columns).collect();
        for (picks, factors) in
            self.picks.chunks(ROWS_AT_ONCE).zip(self.factors.chunks(ROWS_AT_ONCE))
        {
            let rows = gather(&writer.layout().schema, &sources, picks)?;
            writer.write(&weighed(rows, factors)?)?;
        }
        self.picks.clear();
        self.factors.clear();
        Ok(())
    }
}

/// The rows with the weights that they have now. Senders and we choose by the same randomness where they
/// chose consistently: what stays of our share was in theirs, or the other way round, so the smaller one
/// counts. Others chose by a coin of their own, and both shares count.
fn weighed(rows: RecordBatch, factors: &[f64]) -> Result<RecordBatch, StoreError> {
    if factors.iter().all(|factor| (factor - 1.0).abs() < f64::EPSILON) {
        return Ok(rows);
    }
    let place = rows.schema_ref().index_of("weight")?;
    let mut columns = rows.columns().to_vec();
    let column = columns.get_mut(place).ok_or_else(missing)?;
    let weights = column.as_primitive_opt::<Float64Type>().ok_or_else(missing)?;
    let rates = Attributes::<Number>::new(&rows).ok_or_else(missing)?;
    let is_consistent = |row, weight: f64| {
        let rate = rates.get(row, CONSISTENT_RATE);
        rate.is_some_and(|rate| (rate * weight - 1.0).abs() < 1e-9)
    };
    let weights =
        weights.values().iter().zip(factors).enumerate().map(|(row, (weight, factor))| {
            // Nearly all are sent by those who keep everything.
            let both = *weight > 1.0 && *factor > 1.0;
            if both && is_consistent(row, *weight) { weight.max(*factor) } else { weight * factor }
        });
    *column = Arc::new(Float64Array::from_iter_values(weights));
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}
