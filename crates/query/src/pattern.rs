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
use lang::ask::Glob;

/// What a text has to look like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Pattern {
    /// This is within it; given in lower case.
    Contains(String),
    /// The whole of it fits; pieces in lower case.
    Glob(Vec<String>),
    /// One of its lines is exactly this.
    Line(String),
    /// One of its lines fits; pieces in lower case.
    LineGlob(Vec<String>),
}

impl Pattern {
    pub(crate) fn contains(part: &str) -> Self {
        Self::Contains(part.to_lowercase())
    }

    pub(crate) fn glob(glob: &Glob, by_line: bool) -> Self {
        let pieces = glob.pieces.iter().map(|piece| piece.to_lowercase()).collect();
        if by_line { Self::LineGlob(pieces) } else { Self::Glob(pieces) }
    }

    /// The condition that `text` fits.
    pub(crate) fn fits(self, text: Expr) -> Expr {
        let name = format!("fits {self:?}");
        let signature = Signature::any(1, Volatility::Immutable);
        let function = Fits { pattern: self, name, signature };
        ScalarUDF::new_from_impl(function).call(vec![text])
    }

    /// Whether one text fits.
    pub(crate) fn fits_text(&self, text: &str) -> bool {
        self.test(text, &mut String::new())
    }

    /// `lower` is room to work in, to be used again for the next text.
    fn test(&self, text: &str, lower: &mut String) -> bool {
        match self {
            Self::Contains(part) if part.is_ascii() => contains_ascii(text, part),
            Self::Contains(part) => in_lower_case(text, lower).contains(part.as_str()),
            Self::Glob(pieces) => glob_fits(pieces, in_lower_case(text, lower)),
            Self::Line(line) => text.split('\n').any(|other| other == line),
            Self::LineGlob(pieces) => {
                in_lower_case(text, lower).split('\n').any(|line| glob_fits(pieces, line))
            }
        }
    }
}

/// Nearly all texts are ASCII, where changing the case needs no new text.
fn in_lower_case<'a>(text: &str, lower: &'a mut String) -> &'a str {
    lower.clear();
    if text.is_ascii() {
        lower.push_str(text);
        lower.make_ascii_lowercase();
    } else {
        lower.extend(text.chars().flat_map(char::to_lowercase));
    }
    lower
}

/// Whether `part`, ASCII in lower case, is within `text` in any case.
fn contains_ascii(text: &str, part: &str) -> bool {
    let Some((first, rest)) = part.as_bytes().split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    let mut bytes = text.as_bytes();
    while let Some(place) = bytes.iter().position(|byte| byte == first || *byte == upper) {
        bytes = bytes.get(place + 1..).unwrap_or_default();
        match bytes.get(..rest.len()) {
            Some(next) if next.eq_ignore_ascii_case(rest) => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

/// Takes each piece at its first place, which is right because only the ends are fixed.
fn glob_fits(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// Whether texts, or ids as text, fit a pattern.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Fits {
    pattern: Pattern,
    /// Two functions of one name would be taken for the same column.
    name: String,
    signature: Signature,
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
                return Ok(take(&self.of(texts.values())?, texts.keys(), None)?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let glob = |pieces: &[&str], by_line| {
            let pieces = pieces.iter().map(|&piece| piece.to_owned()).collect();
            Pattern::glob(&Glob { pieces }, by_line)
        };
        let cases = [
            (Pattern::contains("Out"), "TIMEOUT", true),
            (Pattern::contains("out"), "tim OU", false),
            (Pattern::contains("ooo"), "oooo", true),
            (Pattern::contains(""), "", true),
            (Pattern::contains("Ж"), "ставкаж", true),
            (glob(&["a", ""], false), "ABC", true),
            (glob(&["a", "c"], false), "abcd", false),
            (glob(&["", "b", "d"], false), "abcd", true),
            (glob(&["ab", "ba"], false), "aba", false),
            (Pattern::Line("b".to_owned()), "a\nb\nc", true),
            (Pattern::Line("a\nb".to_owned()), "a\nb", false),
            (glob(&["B", ""], true), "a\nbx\nc", true),
            (glob(&["a", "c"], true), "a\nb\nc", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(pattern.test(text, &mut String::new()), expected, "{pattern:?} {text:?}");
        }
    }
}
