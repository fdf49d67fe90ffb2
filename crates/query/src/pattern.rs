//! Functions of our own in plans: does a text fit a pattern, and what is the value of a tag.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, MapArray, StringArray,
    StringBuilder,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Int32Type, UInt64Type};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
pub(crate) use lang::pattern::Pattern;

use crate::memo::Memo;

/// The condition that `text` fits.
pub(crate) fn fits(pattern: Pattern, text: Expr) -> Expr {
    let name = format!("fits {pattern:?}");
    let signature = Signature::any(1, Volatility::Immutable);
    let function = Fits { pattern, name, signature, tested: Memo::default() };
    ScalarUDF::new_from_impl(function).call(vec![text])
}

/// Whether texts, or ids as text, fit a pattern.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Fits {
    pattern: Pattern,
    /// Two functions of one name would be taken for the same column.
    name: String,
    signature: Signature,
    tested: Memo<1>,
}

impl ScalarUDFImpl for Fits {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = argument(&given)?;
        Ok(ColumnarValue::Array(self.of(&texts)?))
    }
}

impl Fits {
    fn of(&self, texts: &ArrayRef) -> Result<ArrayRef> {
        let mut lower = String::new();
        let mut test =
            |text: Option<&str>| text.is_some_and(|text| self.pattern.test(text, &mut lower));
        let fits: BooleanArray = match texts.data_type() {
            DataType::Utf8 => {
                texts.as_string::<i32>().iter().map(|text| Some(test(text))).collect()
            }
            DataType::LargeUtf8 => {
                texts.as_string::<i64>().iter().map(|text| Some(test(text))).collect()
            }
            DataType::Utf8View => {
                texts.as_string_view().iter().map(|text| Some(test(text))).collect()
            }
            DataType::Dictionary(..) => {
                // Each different text is tested once, however many rows have it.
                let Some(texts) = texts.as_dictionary_opt::<Int32Type>() else {
                    return exec_err!("unexpected keys of a dictionary");
                };
                let fits = self.tested.of([texts.values()], |[texts]| self.of(texts))?;
                return Ok(take(&fits, texts.keys(), None)?);
            }
            DataType::FixedSizeBinary(_) => {
                let ids: &FixedSizeBinaryArray = texts.as_fixed_size_binary();
                ids.iter().map(|id| Some(test(id.map(hex).as_deref()))).collect()
            }
            DataType::UInt64 => {
                let hashes = texts.as_primitive::<UInt64Type>().iter();
                let hashes = hashes.map(|hash| hash.filter(|hash| *hash != 0));
                let shown = |hash: u64| hex(&hash.to_be_bytes());
                hashes.map(|hash| Some(test(Some(&hash.map_or(String::new(), shown))))).collect()
            }
            other => return exec_err!("{other} has no text"),
        };
        Ok(Arc::new(fits))
    }
}

/// An id as text.
pub(crate) fn hex(id: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    id.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The value of one tag in a map column; the empty text where it is not there.
pub(crate) fn tag(map: &str, name: &str) -> Expr {
    let shown = format!("tag {name:?}");
    let signature = Signature::any(1, Volatility::Immutable);
    let function = Tag { tag: name.to_owned(), name: shown, signature };
    ScalarUDF::new_from_impl(function).call(vec![datafusion::logical_expr::ident(map)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Tag {
    tag: String,
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for Tag {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn is_nullable(&self, _: &[Expr], _: &dyn datafusion::common::ExprSchema) -> bool {
        false
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let maps = argument(&given)?;
        let Some(maps) = maps.as_map_opt() else { return exec_err!("tags are not a map") };
        let Some(pairs) = Pairs::of(maps) else { return exec_err!("tags are not texts") };
        let mut values = StringBuilder::with_capacity(maps.len(), maps.len() * 8);
        for row in 0..maps.len() {
            let mut found = pairs.of_row(row).filter(|(key, _)| *key == self.tag);
            values.append_value(found.next().map_or("", |(_, value)| value));
        }
        Ok(ColumnarValue::Array(Arc::new(values.finish())))
    }
}

/// The names and values in a map column.
pub(crate) struct Pairs<'a> {
    offsets: &'a [i32],
    keys: &'a StringArray,
    values: &'a StringArray,
}

impl<'a> Pairs<'a> {
    /// `None` when they are not texts.
    pub(crate) fn of(maps: &'a MapArray) -> Option<Self> {
        Some(Self {
            offsets: maps.value_offsets(),
            keys: maps.keys().as_string_opt()?,
            values: maps.values().as_string_opt()?,
        })
    }

    pub(crate) fn of_row(&self, row: usize) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (keys, values) = (self.keys, self.values);
        let offset = |row: usize| {
            let offset = self.offsets.get(row).copied().unwrap_or_default();
            usize::try_from(offset).unwrap_or_default()
        };
        (offset(row)..offset(row + 1)).map(|place| (keys.value(place), values.value(place)))
    }
}

fn argument(given: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let Some(argument) = given.args.first() else { return exec_err!("an argument is missing") };
    argument.to_array(given.number_rows)
}
