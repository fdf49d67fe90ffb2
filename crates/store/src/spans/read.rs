//! Reads the spans of a trace, and makes rows of columns again.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, Int64Array, MapArray,
    PrimitiveArray, RecordBatch,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int64Type, UInt64Type};
use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection};
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};

use super::attributes::{Cells, Number, Text, TextColumn, Value, missing};
use super::{SpanPart, SpanSnapshot, StoreError, builder};

/// Rows decoded at a time. Spans may be large, and no more than needed should be in memory.
const ROWS_AT_ONCE: usize = 1_024;

impl SpanSnapshot {
    /// See [`super::SpanStore::parts_with_trace`].
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn parts_with_trace(&self, trace: TraceId) -> Result<Vec<Arc<SpanPart>>, StoreError> {
        let mut found = Vec::new();
        for part in &self.parts {
            if part.may_have(trace)? {
                found.push(Arc::clone(part));
            }
        }
        Ok(found)
    }

    /// See [`super::SpanStore::trace`].
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn trace(&self, wanted: &TraceWanted<'_>) -> Result<TraceRows, StoreError> {
        let mut found = TraceRows::default();
        for batch in &self.memory {
            if !found.take(batch, wanted)? {
                return Ok(found);
            }
        }
        for part in &self.parts {
            let ranges = part.rows_of(wanted.trace)?;
            if !ranges.is_empty() && !read(part, &ranges, &mut |rows| found.take(rows, wanted))? {
                break;
            }
        }
        Ok(found)
    }
}

/// Which trace, as whom, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct TraceWanted<'w> {
    /// Which trace. Ids are chosen by clients: spans of several tenants may have the same.
    pub trace: TraceId,
    /// Whose spans. Others are neither answered nor counted.
    pub projects: &'w [ProjectId],
    /// Spans after which no more are read.
    pub rows_max: usize,
    /// Bytes after which no more are read: what the spans take as rows.
    pub bytes_max: usize,
}

/// The spans of a trace.
#[derive(Debug, Clone, Default)]
pub struct TraceRows {
    /// As columns, which differ from batch to batch; see [`spans_of`].
    pub batches: Vec<RecordBatch>,
    /// True when there may be more.
    pub is_cut: bool,
    rows: usize,
    bytes: usize,
}

impl TraceRows {
    /// Takes those in that are wanted; false when that is enough.
    fn take(&mut self, rows: &RecordBatch, wanted: &TraceWanted<'_>) -> Result<bool, StoreError> {
        if let Some(rows) = only(rows, wanted)? {
            self.rows += rows.num_rows();
            self.bytes = self.bytes.saturating_add(bytes_as_rows(&rows));
            self.batches.push(rows);
            self.is_cut = self.rows >= wanted.rows_max || self.bytes >= wanted.bytes_max;
        }
        Ok(!self.is_cut)
    }
}

/// The rows of a trace in some projects; `None` when there are none.
fn only(rows: &RecordBatch, wanted: &TraceWanted<'_>) -> Result<Option<RecordBatch>, StoreError> {
    if builder::traces(rows).all(|known| known != wanted.trace) {
        return Ok(None);
    }
    let projects = primitive::<UInt64Type>(rows, "project").ok_or_else(missing)?;
    let is_wanted = |(trace, project): (TraceId, &u64)| {
        trace == wanted.trace && wanted.projects.contains(&ProjectId(*project))
    };
    let those = builder::traces(rows).zip(projects.values()).map(is_wanted);
    let those = BooleanArray::from(those.collect::<Vec<bool>>());
    if !those.has_true() {
        return Ok(None);
    }
    Ok(Some(filter_record_batch(rows, &those)?))
}

/// About what the rows will take as [`SpanRow`]s.
fn bytes_as_rows(rows: &RecordBatch) -> usize {
    let columns = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, column)| {
        let prefixes = [Text::PREFIX, Number::PREFIX];
        let attribute = prefixes.iter().find_map(|prefix| field.name().strip_prefix(prefix));
        let each = attribute.map_or(0, |name| name.len() + size_of::<Attribute<'_>>());
        (column.len() - column.null_count()) * each + text_bytes(column)
    });
    columns.sum::<usize>() + rows.num_rows() * size_of::<SpanRow<'_>>()
}

fn text_bytes(column: &ArrayRef) -> usize {
    if let Some(map) = column.as_map_opt() {
        let pairs = map.entries().len() * size_of::<Attribute<'_>>();
        pairs + text_bytes(map.keys()) + text_bytes(map.values())
    } else {
        let texts = TextColumn::new(column);
        texts.map_or(0, |texts| {
            (0..column.len()).filter_map(|row| texts.get(row)).map(str::len).sum()
        })
    }
}

/// Gives what lies there to `take`, while that says true.
fn read(
    part: &SpanPart,
    ranges: &[Range<u64>],
    take: &mut dyn FnMut(&RecordBatch) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let rows = part.open_rows(options)?;
    let lens = rows.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
    let lens: Vec<usize> = lens.map(|len| usize::try_from(len).unwrap_or_default()).collect();
    let (groups, selection) = select(&lens, ranges);
    let rows = rows.with_row_groups(groups).with_row_selection(selection);
    for rows in rows.with_batch_size(ROWS_AT_ONCE).build()? {
        if !take(&rows?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The row groups (of these lengths) in which the ranges are, and where in them. The dictionaries of a
/// row group are read even if all of its rows are skipped, so it has to be left out.
fn select(lens: &[usize], ranges: &[Range<u64>]) -> (Vec<usize>, RowSelection) {
    let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
    let (mut groups, mut within) = (Vec::new(), Vec::new());
    let (mut start, mut rows) = (0, 0);
    for (group, len) in lens.iter().enumerate() {
        let end = start + len;
        let before = within.len();
        for range in ranges {
            let (first, last) = (place(range.start).max(start), place(range.end).min(end));
            if first < last {
                within.push(first - start + rows..last - start + rows);
            }
        }
        if within.len() > before {
            groups.push(group);
            rows += len;
        }
        start = end;
    }
    (groups, RowSelection::from_consecutive_ranges(within.into_iter(), rows))
}

/// The spans of a batch, whether from memory or from a part. Truth values among the attributes come back
/// as the texts `true` and `false`.
///
/// # Errors
/// When the batch is none of ours.
pub fn spans_of(rows: &RecordBatch) -> Result<Vec<SpanRow<'static>>, StoreError> {
    let columns = SpanColumns::new(rows).ok_or_else(missing)?;
    (0..rows.num_rows()).map(|row| columns.span(row).ok_or_else(missing)).collect()
}

struct SpanColumns<'a> {
    project: &'a PrimitiveArray<UInt64Type>,
    timestamp: &'a Int64Array,
    received: &'a Int64Array,
    duration: &'a PrimitiveArray<UInt64Type>,
    self_time: &'a PrimitiveArray<UInt64Type>,
    trace: &'a FixedSizeBinaryArray,
    span: &'a FixedSizeBinaryArray,
    parent: &'a FixedSizeBinaryArray,
    segment: &'a FixedSizeBinaryArray,
    is_segment: &'a BooleanArray,
    op: TextColumn<'a>,
    category: TextColumn<'a>,
    name: TextColumn<'a>,
    description: TextColumn<'a>,
    group: &'a PrimitiveArray<UInt64Type>,
    transaction: TextColumn<'a>,
    status: TextColumn<'a>,
    environment: TextColumn<'a>,
    release: TextColumn<'a>,
    platform: TextColumn<'a>,
    user: TextColumn<'a>,
    weight: &'a PrimitiveArray<Float64Type>,
    texts: Attributes<'a, Text>,
    numbers: Attributes<'a, Number>,
}

/// Attributes of one kind.
pub(super) struct Attributes<'a, V: Value> {
    columns: Vec<(&'a str, V::Column<'a>)>,
    map: &'a MapArray,
    keys: TextColumn<'a>,
    values: V::Column<'a>,
}

impl<'a> SpanColumns<'a> {
    fn new(rows: &'a RecordBatch) -> Option<Self> {
        let text = |name| TextColumn::new(rows.column_by_name(name)?);
        let id = |name| rows.column_by_name(name)?.as_fixed_size_binary_opt();
        Some(Self {
            project: primitive(rows, "project")?,
            timestamp: primitive::<Int64Type>(rows, "timestamp")?,
            received: primitive::<Int64Type>(rows, "received")?,
            duration: primitive(rows, "duration")?,
            self_time: primitive(rows, "self_time")?,
            trace: id("trace")?,
            span: id("span")?,
            parent: id("parent")?,
            segment: id("segment")?,
            is_segment: rows.column_by_name("is_segment")?.as_boolean_opt()?,
            op: text("op")?,
            category: text("category")?,
            name: text("name")?,
            description: text("description")?,
            group: primitive(rows, "group")?,
            transaction: text("transaction")?,
            status: text("status")?,
            environment: text("environment")?,
            release: text("release")?,
            platform: text("platform")?,
            user: text("user")?,
            weight: primitive(rows, "weight")?,
            texts: Attributes::new(rows)?,
            numbers: Attributes::new(rows)?,
        })
    }

    fn span(&self, row: usize) -> Option<SpanRow<'static>> {
        let mut attributes = Vec::new();
        self.texts.each(row, |name, text| {
            let value = AttributeValue::Text(Cow::Owned(text.to_owned()));
            attributes.push(Attribute { name: Cow::Owned(name.to_owned()), value });
        })?;
        self.numbers.each(row, |name, number| {
            let value = AttributeValue::Number(number);
            attributes.push(Attribute { name: Cow::Owned(name.to_owned()), value });
        })?;
        let micros = |column: &Int64Array| Micros(u64::try_from(column.value(row)).unwrap_or(0));
        let text = |column: &TextColumn<'_>| Cow::Owned(column.get(row).unwrap_or("").to_owned());
        let span_id = |column: &FixedSizeBinaryArray| column.value(row).try_into().ok().map(SpanId);
        let segment = if self.segment.is_valid(row) { self.segment } else { self.span };
        let description = self.description.get(row).or_else(|| self.name.get(row));
        Some(SpanRow {
            project: ProjectId(self.project.value(row)),
            trace: TraceId(self.trace.value(row).try_into().ok()?),
            span: span_id(self.span)?,
            parent: span_id(self.parent).filter(|_| self.parent.is_valid(row)),
            segment: span_id(segment)?,
            is_segment: self.is_segment.value(row),
            timestamp: micros(self.timestamp),
            duration: self.duration.value(row),
            self_time: if self.self_time.is_valid(row) {
                self.self_time.value(row)
            } else {
                self.duration.value(row)
            },
            received: micros(self.received),
            op: text(&self.op),
            category: text(&self.category),
            name: text(&self.name),
            description: Cow::Owned(description.unwrap_or("").to_owned()),
            group: self.group.value(row),
            transaction: text(&self.transaction),
            status: text(&self.status),
            environment: text(&self.environment),
            release: text(&self.release),
            platform: text(&self.platform),
            user: text(&self.user),
            weight: self.weight.value(row),
            attributes,
        })
    }
}

impl<'a, V: Value> Attributes<'a, V> {
    pub(super) fn new(rows: &'a RecordBatch) -> Option<Self> {
        let named = rows.schema_ref().fields().iter().zip(rows.columns());
        let own = named.filter_map(|(field, column)| {
            Some((field.name().strip_prefix(V::PREFIX)?, V::column(column)))
        });
        let columns = own.map(|(name, column)| Some((name, column?))).collect::<Option<_>>()?;
        let map = rows.column_by_name(V::MAP)?.as_map_opt()?;
        let (keys, values) = (TextColumn::new(map.keys())?, V::column(map.values())?);
        Some(Self { columns, map, keys, values })
    }

    /// One attribute of a row.
    pub(super) fn get(&self, row: usize, name: &str) -> Option<V::Item<'a>> {
        let mut found = None;
        self.each(row, |known, value| {
            if known == name && found.is_none() {
                found = Some(value);
            }
        })?;
        found
    }

    fn each<'b>(&'b self, row: usize, mut with: impl FnMut(&'a str, V::Item<'a>)) -> Option<()> {
        for (name, column) in &self.columns {
            if let Some(value) = column.get(row) {
                with(name, value);
            }
        }
        let ends = self.map.value_offsets();
        let place = |end: i32| usize::try_from(end).unwrap_or_default();
        for entry in place(*ends.get(row)?)..place(*ends.get(row + 1)?) {
            with(self.keys.get(entry)?, self.values.get(entry)?);
        }
        Some(())
    }
}

fn primitive<'a, T: ArrowPrimitiveType>(
    rows: &'a RecordBatch,
    name: &str,
) -> Option<&'a PrimitiveArray<T>> {
    rows.column_by_name(name)?.as_primitive_opt::<T>()
}
