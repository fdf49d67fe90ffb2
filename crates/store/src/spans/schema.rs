//! The columns of spans. In memory every attribute lies in one of two maps; in a part the frequent ones
//! have columns of their own, so parts differ in those.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

/// The column with the texts and truth values of attributes, by name.
pub const TEXTS: &str = "texts";
/// The column with the numbers of attributes, by name.
pub const NUMBERS: &str = "numbers";
/// What the names of columns with an attribute's texts begin with.
pub const TEXT_PREFIX: &str = "t.";
/// What the names of columns with an attribute's numbers begin with.
pub const NUMBER_PREFIX: &str = "n.";

/// Columns of repeated text, in their order: many rows have the same value.
pub(crate) const LABELS: [&str; 10] = [
    "op",
    "category",
    "transaction",
    "status",
    "environment",
    "release",
    "platform",
    "name",
    "description",
    "user",
];

/// Null where it is the column named so: where nothing varied, nothing was taken out.
pub const DESCRIPTION: &str = "description";
/// What stands for a description that is null.
pub const NAME: &str = "name";

static MEMORY: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = fixed(&repeated());
    fields.extend(maps());
    Arc::new(Schema::new(fields))
});

/// The schema of rows in memory. Parts have the same columns, and behind them those of their
/// attributes: see [`super::PartColumns`].
pub fn spans() -> SchemaRef {
    Arc::clone(&MEMORY)
}

/// The schema of a part with columns for these attributes; `text` is how texts are held.
fn part(texts: &[String], numbers: &[String], text: &DataType) -> SchemaRef {
    let mut fields = fixed(text);
    fields.extend(maps());
    let texts = texts.iter().map(|name| Field::new(text_column(name), text.clone(), true));
    let column = |name: &String| Field::new(number_column(name), DataType::Float64, true);
    fields.extend(texts.chain(numbers.iter().map(column)));
    Arc::new(Schema::new(fields))
}

/// What a part with columns for these attributes is read as.
pub(crate) fn part_as_read(texts: &[String], numbers: &[String]) -> SchemaRef {
    part(texts, numbers, &repeated())
}

/// What it is written as: Parquet makes its own dictionaries, so ours would only be looked up again.
pub(crate) fn part_as_written(texts: &[String], numbers: &[String]) -> SchemaRef {
    part(texts, numbers, &DataType::Utf8)
}

/// The column of a part with an attribute's texts, if it has one.
pub fn text_column(name: &str) -> String {
    format!("{TEXT_PREFIX}{name}")
}

/// The column of a part with an attribute's numbers, if it has one.
pub fn number_column(name: &str) -> String {
    format!("{NUMBER_PREFIX}{name}")
}

fn repeated() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn fixed(text: &DataType) -> Vec<Field> {
    let field = |name: &str, data_type| Field::new(name, data_type, false);
    let mut fields = vec![
        field("project", DataType::UInt64),
        field("timestamp", DataType::Int64),
        field("received", DataType::Int64),
        field("duration", DataType::UInt64),
        // Null where it is the duration, as in most spans: those without children.
        Field::new("self_time", DataType::UInt64, true),
        field("trace", DataType::FixedSizeBinary(16)),
        field("span", DataType::FixedSizeBinary(8)),
        Field::new("parent", DataType::FixedSizeBinary(8), true),
        // Null where it is the span itself, as in all segments: ids are random, and no other bytes cost more.
        Field::new("segment", DataType::FixedSizeBinary(8), true),
        field("is_segment", DataType::Boolean),
    ];
    fields.extend(LABELS.map(|name| Field::new(name, text.clone(), name == DESCRIPTION)));
    fields.extend([field("group", DataType::UInt64), field("weight", DataType::Float64)]);
    fields
}

fn maps() -> [Field; 2] {
    let map = |name: &str, value: DataType| {
        Field::new(name, DataType::Map(Arc::new(entries(value)), false), false)
    };
    [map(TEXTS, DataType::Utf8), map(NUMBERS, DataType::Float64)]
}

/// The entries of a map whose keys are text.
pub(crate) fn entries(value: DataType) -> Field {
    let pair = [("keys", DataType::Utf8), ("values", value)];
    let pair = pair.map(|(name, data_type)| Field::new(name, data_type, false));
    Field::new("entries", DataType::Struct(Fields::from(pair.to_vec())), false)
}
