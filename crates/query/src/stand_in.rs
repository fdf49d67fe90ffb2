//! Repeated text where a null means that another column says it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};

use crate::memo::Memo;

/// The column, and where it is null the other one; both are repeated text.
pub(crate) fn text_or(column: &str, other: &str) -> Expr {
    let signature = Signature::any(2, Volatility::Immutable);
    let function = TextOr { signature, joined: Memo::default() };
    ScalarUDF::new_from_impl(function).call(vec![ident(column), ident(other)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TextOr {
    signature: Signature,
    /// Whoever remembers what he found for a dictionary must see the same one again.
    joined: Memo<2>,
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
        let joined = self.joined.of([column.values(), other.values()], |[texts, others]| {
            Ok(concat(&[texts.as_ref(), others.as_ref()])?)
        })?;
        let behind = i32::try_from(column.values().len())
            .map_err(|cause| exec_datafusion_err!("too many texts: {cause}"))?;
        let keys = column.keys().iter().zip(other.keys());
        let keys: Int32Array =
            keys.map(|(key, other)| key.or_else(|| other?.checked_add(behind))).collect();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, joined)?))
    }
}
