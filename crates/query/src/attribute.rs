//! Attributes of spans where a part has no column that is what was asked for: taken from its maps, and
//! written as text or read as numbers.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Float64Builder, Int32Array, StringArray,
    StringDictionaryBuilder,
};
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};
use lang::ask::SpanField;
use store::spans::schema::{NUMBERS, TEXTS, number_column, text_column};
use store::spans::{PartColumns, Place};

/// What an attribute is asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Text,
    Number,
}

/// An attribute that a question names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Attribute {
    name: String,
    kind: Kind,
}

/// How the rows of one place give an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// By the column of the very name and type; nothing where the files have none.
    Column,
    /// By the first of these that has a value.
    First(Vec<Origin>),
}

/// Where values of an attribute are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    TextColumn,
    NumberColumn,
    TextMap,
    NumberMap,
}

impl Attribute {
    /// As text, whatever it is.
    pub(crate) fn text(name: String) -> Self {
        Self { name, kind: Kind::Text }
    }

    /// As a number, where it is one.
    pub(crate) fn number(name: String) -> Self {
        Self { name, kind: Kind::Number }
    }

    /// `None` for fields that are none.
    pub(crate) fn of(field: &SpanField) -> Option<Self> {
        match field {
            SpanField::Attribute(name) => Some(Self::text(name.clone())),
            SpanField::Number(name) => Some(Self::number(name.clone())),
            _ => None,
        }
    }

    /// The column that questions see.
    pub(crate) fn column(&self) -> Field {
        match self.kind {
            Kind::Text => self.text_column(),
            Kind::Number => self.number_column(),
        }
    }

    /// The column with its texts that a part may have.
    pub(crate) fn text_column(&self) -> Field {
        Field::new(text_column(&self.name), repeated_text(), true)
    }

    /// The column with its numbers that a part may have.
    pub(crate) fn number_column(&self) -> Field {
        Field::new(number_column(&self.name), DataType::Float64, true)
    }

    /// How rows in memory give it.
    pub(crate) fn in_memory(&self) -> Reading {
        self.first([Some(Origin::TextMap), Some(Origin::NumberMap)])
    }

    /// How the rows of a part give it.
    pub(crate) fn in_part(&self, columns: &PartColumns) -> Reading {
        let text = match columns.text(&self.name) {
            Place::Column => Some(Origin::TextColumn),
            Place::Map => Some(Origin::TextMap),
            Place::Nowhere => None,
        };
        let number = match columns.number(&self.name) {
            Place::Column => Some(Origin::NumberColumn),
            Place::Map => Some(Origin::NumberMap),
            Place::Nowhere => None,
        };
        match (self.kind, text, number) {
            (Kind::Text, None | Some(Origin::TextColumn), None)
            | (Kind::Number, None, None | Some(Origin::NumberColumn)) => Reading::Column,
            _ => self.first([text, number]),
        }
    }

    /// What was asked for goes before what has to be written or read as such.
    fn first(&self, [text, number]: [Option<Origin>; 2]) -> Reading {
        let [first, second] = match self.kind {
            Kind::Text => [text, number],
            Kind::Number => [number, text],
        };
        Reading::First(first.into_iter().chain(second).collect())
    }

    /// The value as it is asked for, from the first of these origins that has one.
    pub(crate) fn value(&self, origins: &[Origin]) -> Expr {
        let columns = origins.iter().map(|origin| ident(self.origin_column(*origin))).collect();
        let function = FirstOf {
            name: format!("{self:?} of {origins:?}"),
            attribute: self.clone(),
            signature: Signature::any(origins.len(), Volatility::Immutable),
        };
        ScalarUDF::new_from_impl(function).call(columns)
    }

    /// The column that is read for it.
    pub(crate) fn origin_column(&self, origin: Origin) -> String {
        match origin {
            Origin::TextColumn => text_column(&self.name),
            Origin::NumberColumn => number_column(&self.name),
            Origin::TextMap => TEXTS.to_owned(),
            Origin::NumberMap => NUMBERS.to_owned(),
        }
    }
}

fn repeated_text() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The first value of an attribute in columns of its own or in maps.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FirstOf {
    attribute: Attribute,
    /// Two functions of one name would be taken for the same column.
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for FirstOf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.attribute.kind {
            Kind::Text => repeated_text(),
            Kind::Number => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = given.args.iter().map(|column| column.to_array(given.number_rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let origins = arrays.iter().map(|column| Values::of(column, &self.attribute.name));
        let origins = origins
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| exec_datafusion_err!("attributes of unexpected types"))?;
        Ok(ColumnarValue::Array(match self.attribute.kind {
            Kind::Text => texts(&origins, given.number_rows)?,
            Kind::Number => numbers(&origins, given.number_rows),
        }))
    }
}

/// Numbers are written out, whole ones without a fraction.
fn texts(origins: &[Values<'_>], rows: usize) -> Result<ArrayRef> {
    let mut texts = StringDictionaryBuilder::<Int32Type>::new();
    let mut written = String::new();
    for row in 0..rows {
        match origins.iter().find_map(|origin| origin.get(row)) {
            Some(Value::Text(text)) => drop(texts.append(text)?),
            Some(Value::Number(number)) => {
                written.clear();
                if write!(written, "{number}").is_err() {
                    return exec_err!("a number cannot be written");
                }
                texts.append(&written)?;
            }
            None => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn numbers(origins: &[Values<'_>], rows: usize) -> ArrayRef {
    let number = |row| {
        origins.iter().find_map(|origin: &Values<'_>| match origin.get(row)? {
            Value::Number(number) => Some(number),
            Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        })
    };
    let mut numbers = Float64Builder::with_capacity(rows);
    (0..rows).for_each(|row| numbers.append_option(number(row)));
    Arc::new(numbers.finish())
}

/// The values of one attribute in one column.
enum Values<'a> {
    Texts(&'a Int32Array, &'a StringArray),
    Numbers(&'a Float64Array),
    TextMap(Entries<'a>, &'a StringArray),
    NumberMap(Entries<'a>, &'a Float64Array),
}

enum Value<'a> {
    Text(&'a str),
    Number(f64),
}

impl<'a> Values<'a> {
    /// `None` when the column is of a type that no such column has.
    fn of(column: &'a ArrayRef, name: &'a str) -> Option<Self> {
        match column.data_type() {
            DataType::Float64 => Some(Self::Numbers(column.as_primitive_opt()?)),
            DataType::Dictionary(..) => {
                let texts = column.as_dictionary_opt::<Int32Type>()?;
                Some(Self::Texts(texts.keys(), texts.values().as_string_opt()?))
            }
            _ => {
                let map = column.as_map_opt()?;
                let keys = map.keys().as_string_opt()?;
                let entries = Entries { ends: map.value_offsets(), keys, name };
                match map.values().as_primitive_opt::<Float64Type>() {
                    Some(numbers) => Some(Self::NumberMap(entries, numbers)),
                    None => Some(Self::TextMap(entries, map.values().as_string_opt()?)),
                }
            }
        }
    }

    fn get(&self, row: usize) -> Option<Value<'a>> {
        match self {
            Self::Texts(keys, texts) => {
                let key = keys.is_valid(row).then(|| usize::try_from(keys.value(row)).ok())??;
                texts.is_valid(key).then(|| Value::Text(texts.value(key)))
            }
            Self::Numbers(numbers) => {
                numbers.is_valid(row).then(|| Value::Number(numbers.value(row)))
            }
            Self::TextMap(entries, texts) => {
                entries.find(row).map(|place| Value::Text(texts.value(place)))
            }
            Self::NumberMap(entries, numbers) => {
                entries.find(row).map(|place| Value::Number(numbers.value(place)))
            }
        }
    }
}

/// The names in a map, and which of them is wanted.
struct Entries<'a> {
    ends: &'a [i32],
    keys: &'a StringArray,
    name: &'a str,
}

impl Entries<'_> {
    /// The place of the row's entry of that name.
    fn find(&self, row: usize) -> Option<usize> {
        let end = |row: usize| usize::try_from(*self.ends.get(row)?).ok();
        (end(row)?..end(row + 1)?).find(|place| self.keys.value(*place) == self.name)
    }
}
