//! The columns of error rows, and how rows become columns. One table, `COLUMNS`,
//! says both.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, FixedSizeBinaryBuilder, Int64Array, MapBuilder, MapFieldNames,
    RecordBatch, StringBuilder, StringDictionaryBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{
    DataType, Field, Fields, Int32Type, Int64Type, Schema, SchemaRef, UInt64Type,
};
use arrow::error::ArrowError;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{ProjectId, TraceId};

type Pairs = Vec<(String, String)>;

/// What a column holds, and where in a row it comes from. Missing text is the empty text.
enum Kind {
    /// `UInt64`.
    Number(fn(&ErrorRow) -> u64),
    /// `UInt32`.
    Count(fn(&ErrorRow) -> u32),
    /// `Int64`, microseconds since 1970.
    Time(fn(&ErrorRow) -> Micros),
    /// `Boolean`, may be null.
    Truth(fn(&ErrorRow) -> Option<bool>),
    /// `FixedSizeBinary(16)`, never null.
    EventId,
    /// `FixedSizeBinary(16)`, may be null.
    TraceId,
    /// `FixedSizeBinary(8)`, may be null.
    SpanId,
    /// `Utf8`: most rows have a value of their own.
    Text(fn(&ErrorRow) -> &str),
    /// `Dictionary(Int32, Utf8)`: many rows have the same value.
    Repeated(fn(&ErrorRow) -> &str),
    /// `Map(Utf8, Utf8)`.
    Pairs(fn(&ErrorRow) -> &Pairs),
}

/// The columns in their order. Parts keep the order and names of the version that wrote them.
const COLUMNS: [(&str, Kind); 41] = [
    ("project", Kind::Number(|row| row.project.0)),
    ("issue", Kind::Number(|row| row.issue.0)),
    ("event_id", Kind::EventId),
    ("timestamp", Kind::Time(|row| row.timestamp)),
    ("received", Kind::Time(|row| row.received)),
    ("level", Kind::Repeated(|row| &row.level)),
    ("event_type", Kind::Repeated(|row| &row.event_type)),
    ("platform", Kind::Repeated(|row| &row.platform)),
    ("environment", Kind::Repeated(|row| &row.environment)),
    ("release", Kind::Repeated(|row| &row.release)),
    ("dist", Kind::Repeated(|row| &row.dist)),
    ("transaction", Kind::Repeated(|row| &row.transaction)),
    ("server_name", Kind::Repeated(|row| &row.server_name)),
    ("logger", Kind::Repeated(|row| &row.logger)),
    ("title", Kind::Text(|row| &row.title)),
    ("message", Kind::Text(|row| &row.message)),
    ("culprit", Kind::Repeated(|row| &row.culprit)),
    ("user", Kind::Text(|row| &row.user)),
    ("user_id", Kind::Text(|row| &row.user_id)),
    ("user_email", Kind::Text(|row| &row.user_email)),
    ("user_username", Kind::Text(|row| &row.user_username)),
    ("user_ip", Kind::Text(|row| &row.user_ip)),
    ("geo_country", Kind::Repeated(|row| &row.geo_country)),
    ("sdk_name", Kind::Repeated(|row| &row.sdk_name)),
    ("sdk_version", Kind::Repeated(|row| &row.sdk_version)),
    ("http_method", Kind::Repeated(|row| &row.http_method)),
    ("http_url", Kind::Text(|row| &row.http_url)),
    ("error_type", Kind::Repeated(|row| &row.error_type)),
    ("error_value", Kind::Text(|row| &row.error_value)),
    ("error_mechanism", Kind::Repeated(|row| &row.error_mechanism)),
    ("error_handled", Kind::Truth(|row| row.error_handled)),
    ("stack_functions", Kind::Repeated(|row| &row.stack_functions)),
    ("stack_modules", Kind::Repeated(|row| &row.stack_modules)),
    ("stack_filenames", Kind::Repeated(|row| &row.stack_filenames)),
    ("trace", Kind::TraceId),
    ("span", Kind::SpanId),
    ("replay", Kind::Text(|row| &row.replay)),
    ("tags", Kind::Pairs(|row| &row.tags)),
    ("flags", Kind::Pairs(|row| &row.flags)),
    ("size", Kind::Count(|row| row.size)),
    ("attachments", Kind::Count(|row| row.attachments)),
];

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = COLUMNS.iter().map(|(name, kind)| kind.field(name));
    Arc::new(Schema::new(fields.collect::<Fields>()))
});

/// The schema of every batch and part of error rows. Column names are the fields of
/// `model::error_row::ErrorRow`, in their order.
pub fn error_rows() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// Turns rows into one batch.
///
/// # Errors
/// When Arrow refuses the columns, which would be a mistake in this file.
pub fn batch(rows: &[ErrorRow]) -> Result<RecordBatch, ArrowError> {
    let columns = COLUMNS.iter().map(|(_, kind)| kind.column(rows));
    RecordBatch::try_new(error_rows(), columns.collect::<Result<_, _>>()?)
}

impl Kind {
    fn field(&self, name: &str) -> Field {
        let may_be_null = matches!(self, Self::Truth(_) | Self::TraceId | Self::SpanId);
        Field::new(name, self.data_type(), may_be_null)
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Number(_) => DataType::UInt64,
            Self::Count(_) => DataType::UInt32,
            Self::Time(_) => DataType::Int64,
            Self::Truth(_) => DataType::Boolean,
            Self::EventId | Self::TraceId => DataType::FixedSizeBinary(16),
            Self::SpanId => DataType::FixedSizeBinary(8),
            Self::Text(_) => DataType::Utf8,
            Self::Repeated(_) => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            Self::Pairs(_) => {
                let [key, value] = ["keys", "values"].map(text_field);
                let entry = DataType::Struct(Fields::from(vec![key, value]));
                DataType::Map(Arc::new(Field::new("entries", entry, false)), false)
            }
        }
    }

    fn column(&self, rows: &[ErrorRow]) -> Result<ArrayRef, ArrowError> {
        let column: ArrayRef = match self {
            Self::Number(of) => Arc::new(UInt64Array::from_iter_values(rows.iter().map(of))),
            Self::Count(of) => Arc::new(UInt32Array::from_iter_values(rows.iter().map(of))),
            Self::Time(of) => {
                let micros = rows.iter().map(|row| signed(of(row)));
                Arc::new(Int64Array::from_iter_values(micros))
            }
            Self::Truth(of) => Arc::new(rows.iter().map(of).collect::<BooleanArray>()),
            Self::EventId => ids(rows, |row| Some(row.event_id.0))?,
            Self::TraceId => ids(rows, |row| row.trace.map(|id| id.0))?,
            Self::SpanId => ids(rows, |row| row.span.map(|id| id.0))?,
            Self::Text(of) => {
                let bytes = rows.iter().map(|row| of(row).len()).sum();
                let mut texts = StringBuilder::with_capacity(rows.len(), bytes);
                for row in rows {
                    texts.append_value(of(row));
                }
                Arc::new(texts.finish())
            }
            Self::Repeated(of) => {
                let mut texts = StringDictionaryBuilder::<Int32Type>::new();
                for row in rows {
                    texts.append(of(row))?;
                }
                Arc::new(texts.finish())
            }
            Self::Pairs(of) => pairs(rows, *of)?,
        };
        Ok(column)
    }
}

/// Hands out project and trace of the rows that arrived between these moments.
pub(crate) fn traces(
    rows: &RecordBatch,
    between: (Micros, Micros),
    each: &mut impl FnMut(ProjectId, TraceId),
) {
    let column = |name| rows.column_by_name(name);
    let projects = column("project").and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let received = column("received").and_then(|column| column.as_primitive_opt::<Int64Type>());
    let traces = column("trace").and_then(|column| column.as_fixed_size_binary_opt());
    let (Some(projects), Some((received, traces))) = (projects, received.zip(traces)) else {
        return;
    };
    let between = signed(between.0)..=signed(between.1);
    for ((project, received), trace) in projects.values().iter().zip(received.values()).zip(traces)
    {
        let trace = trace.and_then(|trace| trace.try_into().ok());
        if let Some(trace) = trace.filter(|_| between.contains(received)) {
            each(ProjectId(*project), TraceId(trace));
        }
    }
}

fn text_field(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

/// Moments after the year 294,000 become the last one that fits.
pub(crate) fn signed(moment: Micros) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

fn ids<const BYTES: usize>(
    rows: &[ErrorRow],
    of: impl Fn(&ErrorRow) -> Option<[u8; BYTES]>,
) -> Result<ArrayRef, ArrowError> {
    let width = i32::try_from(BYTES).unwrap_or(i32::MAX);
    let mut column = FixedSizeBinaryBuilder::with_capacity(rows.len(), width);
    for row in rows {
        match of(row) {
            Some(id) => column.append_value(id)?,
            None => column.append_null(),
        }
    }
    Ok(Arc::new(column.finish()))
}

fn pairs(rows: &[ErrorRow], of: fn(&ErrorRow) -> &Pairs) -> Result<ArrayRef, ArrowError> {
    let names = MapFieldNames {
        entry: "entries".to_owned(),
        key: "keys".to_owned(),
        value: "values".to_owned(),
    };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(text_field("keys"))
        .with_values_field(text_field("values"));
    for row in rows {
        for (key, value) in of(row) {
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        maps.append(true)?;
    }
    Ok(Arc::new(maps.finish()))
}
