//! Repeated text where a null means that another column says it.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};

use crate::pattern::is_same;

/// The column, and where it is null the other one; both are repeated text.
pub(crate) fn text_or(column: &str, other: &str) -> Expr {
    let signature = Signature::any(2, Volatility::Immutable);
    let function = TextOr { signature, joined: Joined::default() };
    ScalarUDF::new_from_impl(function).call(vec![ident(column), ident(other)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TextOr {
    signature: Signature,
    joined: Joined,
}

/// Pairs of dictionaries that were joined lately, with what came of it. The batches of a row group share
/// their dictionaries, and whoever remembers what he found for a dictionary must see the same one again.
#[derive(Debug, Default)]
struct Joined(Mutex<VecDeque<[ArrayRef; 3]>>);

/// As many as are read at the same time, and a few more.
const JOINED_MAX: usize = 16;

impl Joined {
    fn of(&self, texts: &ArrayRef, others: &ArrayRef) -> Result<ArrayRef> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known =
            |[known, other, _]: &&[ArrayRef; 3]| is_same(known, texts) && is_same(other, others);
        if let Some([.., joined]) = lock().iter().find(is_known) {
            return Ok(Arc::clone(joined));
        }
        let joined = concat(&[texts.as_ref(), others.as_ref()])?;
        let mut known = lock();
        if known.len() >= JOINED_MAX {
            known.pop_front();
        }
        known.push_back([Arc::clone(texts), Arc::clone(others), Arc::clone(&joined)]);
        Ok(joined)
    }
}

/// Functions are the same whatever they remember.
impl PartialEq for Joined {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Joined {}

impl Hash for Joined {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl ScalarUDFImpl for TextOr {
    fn name(&self) -> &'static str {
        "text_or"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match given {
            [column, other] if column == other => Ok(column.clone()),
            _ => exec_err!("two columns of repeated text are wanted"),
        }
    }

    fn is_nullable(&self, _: &[Expr], _: &dyn datafusion::common::ExprSchema) -> bool {
        true
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [column, other] = given.args.as_slice() else {
            return exec_err!("two columns are wanted");
        };
        let column = column.to_array(given.number_rows)?;
        if column.null_count() == 0 {
            return Ok(ColumnarValue::Array(column));
        }
        let other = other.to_array(given.number_rows)?;
        self.fill(&column, &other).map(ColumnarValue::Array)
    }
}

impl TextOr {
    fn fill(&self, column: &ArrayRef, other: &ArrayRef) -> Result<ArrayRef> {
        let texts = |array: &ArrayRef| {
            let repeated = array.as_dictionary_opt::<Int32Type>();
            let repeated = repeated.ok_or_else(|| exec_datafusion_err!("no repeated text"))?;
            Ok::<_, datafusion::error::DataFusionError>(repeated.clone())
        };
        let (column, other) = (texts(column)?, texts(other)?);
        let joined = self.joined.of(column.values(), other.values())?;
        let behind = i32::try_from(column.values().len())
            .map_err(|cause| exec_datafusion_err!("too many texts: {cause}"))?;
        let keys = column.keys().iter().zip(other.keys());
        let keys: Int32Array =
            keys.map(|(key, other)| key.or_else(|| other?.checked_add(behind))).collect();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, joined)?))
    }
}
