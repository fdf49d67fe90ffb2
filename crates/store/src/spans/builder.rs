//! Spans become columns one by one, without a detour over rows on the heap.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, BooleanArray, FixedSizeBinaryArray, Float64Array,
    Float64Builder, Int64Array, MapArray, RecordBatch, StringBuilder, StringDictionaryBuilder,
    StructArray, UInt64Array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type};
use arrow::error::ArrowError;
use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::sampling::Verdict;
use model::span::{AttributeValue, SpanRow};

use super::StoreError;
use super::schema::{self, LABELS};
use crate::parts::Extent;
use crate::schema::signed;

/// Bytes of texts in one batch; Arrow's offsets have 31 bits.
const TEXT_BYTES_MAX: usize = 1 << 30;

/// Turns spans into batches. Make one for each worker, and use it again and again.
#[derive(Default)]
pub struct SpanBuilder {
    project: Vec<u64>,
    timestamp: Vec<i64>,
    received: Vec<i64>,
    duration: Vec<u64>,
    self_time: Vec<u64>,
    has_self_time: Vec<bool>,
    trace: Vec<u8>,
    span: Vec<u8>,
    parent: Vec<u8>,
    has_parent: Vec<bool>,
    segment: Vec<u8>,
    has_segment: Vec<bool>,
    is_segment: Vec<bool>,
    labels: [Label; LABELS.len()],
    group: Vec<u64>,
    weight: Vec<f64>,
    texts: Pairs<StringBuilder>,
    numbers: Pairs<Float64Builder>,
    extent: Extent,
    text_bytes: usize,
    failed: Option<ArrowError>,
}

/// Spans as columns; schema as in [`schema::spans`].
#[derive(Debug, Clone)]
pub struct SpanBatch {
    rows: RecordBatch,
    extent: Extent,
    verdicts: Vec<Verdict>,
}

impl SpanBuilder {
    /// Without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a span.
    pub fn push(&mut self, row: &SpanRow<'_>) {
        self.project.push(row.project.0);
        self.timestamp.push(signed(row.timestamp));
        self.received.push(signed(row.received));
        self.duration.push(row.duration);
        self.self_time.push(row.self_time);
        self.has_self_time.push(row.self_time != row.duration);
        self.trace.extend_from_slice(&row.trace.0);
        self.span.extend_from_slice(&row.span.0);
        self.parent.extend_from_slice(&row.parent.map(|parent| parent.0).unwrap_or_default());
        self.has_parent.push(row.parent.is_some());
        self.segment.extend_from_slice(&row.segment.0);
        self.has_segment.push(row.segment != row.span);
        self.is_segment.push(row.is_segment);
        let labels = labels_of(row);
        for (column, text) in self.labels.iter_mut().zip(labels) {
            if let Err(cause) = column.push(text) {
                self.failed.get_or_insert(cause);
            }
        }
        self.group.push(row.group);
        self.weight.push(row.weight);
        self.text_bytes += labels.iter().flatten().map(|text| text.len()).sum::<usize>();
        self.push_attributes(row);
        self.extent.include(row.project, row.timestamp, row.received);
    }

    fn push_attributes(&mut self, row: &SpanRow<'_>) {
        for attribute in &row.attributes {
            let name = attribute.name.as_ref();
            self.text_bytes += name.len();
            let text = match &attribute.value {
                AttributeValue::Text(text) => text.as_ref(),
                AttributeValue::Bool(true) => "true",
                AttributeValue::Bool(false) => "false",
                AttributeValue::Number(number) => {
                    self.numbers.keys.append_value(name);
                    self.numbers.values.append_value(*number);
                    continue;
                }
            };
            self.text_bytes += text.len();
            if self.text_bytes > TEXT_BYTES_MAX {
                self.failed.get_or_insert(ArrowError::OffsetOverflowError(self.text_bytes));
                break;
            }
            self.texts.keys.append_value(name);
            self.texts.values.append_value(text);
        }
        self.texts.end_row();
        self.numbers.end_row();
    }

    /// Spans since the last batch.
    pub fn rows(&self) -> usize {
        self.project.len()
    }

    /// Bytes of text since the last batch: what repeats counts each time.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// A batch of the spans since the last one. The builder is empty afterwards, also after an error.
    ///
    /// # Errors
    /// When Arrow refuses the columns: their texts are longer than 1 GiB.
    pub fn finish(&mut self) -> Result<SpanBatch, StoreError> {
        let next = self.with_room_for_as_much();
        std::mem::replace(self, next).into_batch()
    }

    /// An empty one with room for what this one has and a little more: the next batch is mostly like the
    /// last, and what grows by doubling is copied again and again.
    fn with_room_for_as_much(&self) -> Self {
        let rows = with_reserve(self.rows());
        let numbers = || Vec::with_capacity(rows);
        Self {
            project: numbers(),
            timestamp: Vec::with_capacity(rows),
            received: Vec::with_capacity(rows),
            duration: numbers(),
            self_time: numbers(),
            trace: Vec::with_capacity(rows * 16),
            span: Vec::with_capacity(rows * 8),
            parent: Vec::with_capacity(rows * 8),
            segment: Vec::with_capacity(rows * 8),
            group: numbers(),
            weight: Vec::with_capacity(rows),
            texts: self.texts.with_room_for_as_much(text_like),
            numbers: self.numbers.with_room_for_as_much(|numbers| {
                Float64Builder::with_capacity(with_reserve(numbers.len()))
            }),
            ..Self::default()
        }
    }

    fn into_batch(self) -> Result<SpanBatch, StoreError> {
        if let Some(cause) = self.failed {
            return Err(cause.into());
        }
        let has_parent = Some(NullBuffer::from(self.has_parent));
        let has_segment = Some(NullBuffer::from(self.has_segment));
        let has_self_time = Some(NullBuffer::from(self.has_self_time));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from(self.project)),
            Arc::new(Int64Array::from(self.timestamp)),
            Arc::new(Int64Array::from(self.received)),
            Arc::new(UInt64Array::from(self.duration)),
            Arc::new(UInt64Array::new(self.self_time.into(), has_self_time)),
            Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from(self.trace), None)?),
            Arc::new(FixedSizeBinaryArray::try_new(8, Buffer::from(self.span), None)?),
            Arc::new(FixedSizeBinaryArray::try_new(8, Buffer::from(self.parent), has_parent)?),
            Arc::new(FixedSizeBinaryArray::try_new(8, Buffer::from(self.segment), has_segment)?),
            Arc::new(BooleanArray::from(self.is_segment)),
        ];
        for label in self.labels {
            columns.push(label.finish()?);
        }
        columns.push(Arc::new(UInt64Array::from(self.group)));
        columns.push(Arc::new(Float64Array::from(self.weight)));
        columns.push(self.texts.finish(DataType::Utf8, |values| Arc::new(values.finish()))?);
        columns.push(self.numbers.finish(DataType::Float64, |values| Arc::new(values.finish()))?);
        // What grew by doubling has up to half of it to spare, for as long as the row is in memory.
        columns.iter_mut().for_each(Array::shrink_to_fit);
        let rows = RecordBatch::try_new(schema::spans(), columns)?;
        Ok(SpanBatch { rows, extent: self.extent, verdicts: Vec::new() })
    }
}

impl SpanBatch {
    /// Spans in it.
    pub fn rows(&self) -> usize {
        self.rows.num_rows()
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.rows.get_array_memory_size()
    }

    /// Its columns.
    pub fn record_batch(&self) -> &RecordBatch {
        &self.rows
    }

    /// When its first and last spans began. Without spans, the end of time and its beginning.
    pub fn timestamps(&self) -> (Micros, Micros) {
        self.extent.timestamp
    }

    /// When its first and last spans arrived.
    pub fn received(&self) -> (Micros, Micros) {
        self.extent.received
    }

    /// Whose spans are in it.
    pub fn projects(&self) -> &BTreeSet<ProjectId> {
        &self.extent.projects
    }

    /// The trace of each span, in their order.
    pub fn traces(&self) -> impl Iterator<Item = TraceId> {
        traces(&self.rows)
    }

    /// What was found out about traces among its spans.
    #[must_use]
    pub fn with_verdicts(self, verdicts: Vec<Verdict>) -> Self {
        Self { verdicts, ..self }
    }

    pub(crate) fn take_verdicts(&mut self) -> Vec<Verdict> {
        std::mem::take(&mut self.verdicts)
    }

    pub(crate) fn into_rows(self) -> RecordBatch {
        self.rows
    }
}

impl std::fmt::Debug for SpanBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SpanBuilder").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

/// The trace of each row.
pub(crate) fn traces(rows: &RecordBatch) -> impl Iterator<Item = TraceId> {
    let column = rows.column_by_name("trace");
    let bytes = column.and_then(|column| column.as_any().downcast_ref::<FixedSizeBinaryArray>());
    let bytes = bytes.map(FixedSizeBinaryArray::value_data).unwrap_or_default();
    bytes.as_chunks::<16>().0.iter().map(|trace| TraceId(*trace))
}

/// The texts of the columns in [`LABELS`]; `None` where another column says the same.
fn labels_of<'a>(row: &'a SpanRow<'_>) -> [Option<&'a str>; LABELS.len()] {
    [
        Some(&row.op),
        Some(&row.category),
        Some(&row.transaction),
        Some(&row.status),
        Some(&row.environment),
        Some(&row.release),
        Some(&row.platform),
        Some(&row.name),
        (row.description != row.name).then_some(&row.description),
        Some(&row.user),
    ]
}

/// A column of repeated text. The spans of a trace come together, and have much in common: what a row
/// shares with the one before is not looked up again.
#[derive(Default)]
struct Label {
    column: StringDictionaryBuilder<Int32Type>,
    /// What the last rows have.
    text: String,
    is_null: bool,
    /// How many they are; the column does not have them yet.
    rows: usize,
}

impl Label {
    fn push(&mut self, text: Option<&str>) -> Result<(), ArrowError> {
        let (text, is_null) = (text.unwrap_or_default(), text.is_none());
        if self.is_null != is_null || self.text != text {
            self.end_run()?;
            text.clone_into(&mut self.text);
            self.is_null = is_null;
        }
        self.rows += 1;
        Ok(())
    }

    fn end_run(&mut self) -> Result<(), ArrowError> {
        match std::mem::take(&mut self.rows) {
            0 => {}
            rows if self.is_null => self.column.append_nulls(rows),
            rows => {
                self.column.append_n(&self.text, rows)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        self.end_run()?;
        Ok(Arc::new(self.column.finish()))
    }
}

/// Names and values of attributes, in rows.
pub(crate) struct Pairs<V> {
    pub(crate) keys: StringBuilder,
    pub(crate) values: V,
    /// Up to which pair each row reaches.
    ends: Vec<i32>,
}

impl<V: Default> Default for Pairs<V> {
    fn default() -> Self {
        Self { keys: StringBuilder::new(), values: V::default(), ends: vec![0] }
    }
}

/// That much and a little more.
fn with_reserve(count: usize) -> usize {
    count + count / 8
}

/// An empty builder with room for as much.
fn text_like(texts: &StringBuilder) -> StringBuilder {
    let (items, bytes) = (texts.len(), texts.values_slice().len());
    StringBuilder::with_capacity(with_reserve(items), with_reserve(bytes))
}

impl<V> Pairs<V> {
    /// An empty one with room for as much and a little more.
    fn with_room_for_as_much(&self, values: impl FnOnce(&V) -> V) -> Self {
        let mut ends = Vec::with_capacity(with_reserve(self.ends.len()));
        ends.push(0);
        Self { keys: text_like(&self.keys), values: values(&self.values), ends }
    }

    /// The pairs since the last call are of one row.
    pub(crate) fn end_row(&mut self) {
        self.ends.push(i32::try_from(self.keys.len()).unwrap_or(i32::MAX));
    }

    pub(crate) fn finish(
        mut self,
        value: DataType,
        finish: impl FnOnce(&mut V) -> ArrayRef,
    ) -> Result<ArrayRef, ArrowError> {
        let field: Field = schema::entries(value);
        let DataType::Struct(fields) = field.data_type().clone() else {
            return Err(ArrowError::SchemaError("a map without entries".to_owned()));
        };
        let pairs = vec![Arc::new(self.keys.finish()) as ArrayRef, finish(&mut self.values)];
        let pairs = StructArray::try_new(fields, pairs, None)?;
        let ends = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        Ok(Arc::new(MapArray::try_new(Arc::new(field), ends, pairs, None, false)?))
    }
}
