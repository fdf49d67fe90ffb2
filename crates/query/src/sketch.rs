//! Quantiles: an aggregate function that counts into histograms, and a function that reads them. However
//! many quantiles of a field are asked for, its values are looked at once.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanArray, Float64Array,
    Float64Builder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, Expr, GroupsAccumulator,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use datafusion::scalar::ScalarValue;
use model::sketch::Sketch;

/// The histogram of numbers, each counted as often as its weight says.
pub(crate) fn sketch(numbers: Expr, weights: Expr) -> Expr {
    let numbers_and_weights = vec![DataType::Float64; 2];
    let signature = Signature::exact(numbers_and_weights, Volatility::Immutable);
    AggregateUDF::new_from_impl(ToSketch { signature }).call(vec![numbers, weights])
}

/// The value in a histogram below which that share of the values lies.
pub(crate) fn quantile(sketch: Expr, share: f64) -> Expr {
    let sketch_and_share = vec![DataType::Binary, DataType::Float64];
    let signature = Signature::exact(sketch_and_share, Volatility::Immutable);
    ScalarUDF::new_from_impl(Quantile { signature }).call(vec![sketch, lit(share)])
}

/// Histograms added up. Where there is none, all of `counts` are in the bucket of `numbers`.
pub(crate) fn merged(sketches: Expr, numbers: Expr, counts: Expr) -> Expr {
    let types = vec![DataType::Binary, DataType::Float64, DataType::Float64];
    let signature = Signature::exact(types, Volatility::Immutable);
    AggregateUDF::new_from_impl(Merge { signature }).call(vec![sketches, numbers, counts])
}

/// How much of what a histogram has counted is below a value, which must be the edge of a bucket.
pub(crate) fn count_below(sketch: Expr, value: f64) -> Expr {
    let sketch_and_value = vec![DataType::Binary, DataType::Float64];
    let signature = Signature::exact(sketch_and_value, Volatility::Immutable);
    ScalarUDF::new_from_impl(CountBelow { signature }).call(vec![sketch, lit(value)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToSketch {
    signature: Signature,
}

impl AggregateUDFImpl for ToSketch {
    fn name(&self) -> &'static str {
        "sketch"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneSketch(Sketches::default())))
    }

    fn state_fields(&self, of: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[counts]", of.name), DataType::Binary, true))])
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Sketches::default()))
    }
}

/// The histograms of groups, by their numbers.
#[derive(Debug, Default)]
struct Sketches {
    groups: Vec<Sketch>,
    /// What the groups' counts take, kept up because it is asked for after every batch.
    bytes: usize,
}

impl Sketches {
    fn change(&mut self, group: usize, change: impl FnOnce(&mut Sketch)) {
        if let Some(sketch) = self.groups.get_mut(group) {
            let before = sketch.bytes();
            change(sketch);
            self.bytes += sketch.bytes().saturating_sub(before);
        }
    }

    fn take(&mut self, which: EmitTo) -> ArrayRef {
        let taken = which.take_needed(&mut self.groups);
        let mut encoded = BinaryBuilder::new();
        let mut bytes = Vec::new();
        for sketch in taken {
            self.bytes = self.bytes.saturating_sub(sketch.bytes());
            bytes.clear();
            sketch.encode(&mut bytes);
            encoded.append_value(&bytes);
        }
        Arc::new(encoded.finish())
    }

    /// That of group 0.
    fn only(&mut self) -> Result<ScalarValue> {
        self.groups.resize(1, Sketch::default());
        ScalarValue::try_from_array(&self.take(EmitTo::All), 0)
    }
}

impl GroupsAccumulator for Sketches {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> Result<()> {
        self.groups.resize(groups, Sketch::default());
        let values = Weighted::of(values, filter)?;
        for (row, group) in group_indices.iter().enumerate() {
            if let Some((number, weight)) = values.get(row) {
                self.change(*group, |sketch| sketch.add(number, weight));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, which: EmitTo) -> Result<ArrayRef> {
        Ok(self.take(which))
    }

    fn state(&mut self, which: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.take(which)])
    }

    fn merge_batch(
        &mut self,
        states: &[ArrayRef],
        group_indices: &[usize],
        groups: usize,
    ) -> Result<()> {
        self.groups.resize(groups, Sketch::default());
        let states = encoded(states)?;
        for (row, group) in group_indices.iter().enumerate() {
            if states.is_valid(row) {
                self.change(*group, |sketch| sketch.merge_encoded(states.value(row)));
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = Weighted::of(values, filter)?;
        let mut states = BinaryBuilder::new();
        let mut bytes = Vec::new();
        for row in 0..values.numbers.len() {
            bytes.clear();
            if let Some((number, weight)) = values.get(row) {
                let mut sketch = Sketch::default();
                sketch.add(number, weight);
                sketch.encode(&mut bytes);
            }
            states.append_value(&bytes);
        }
        Ok(vec![Arc::new(states.finish())])
    }

    fn size(&self) -> usize {
        self.bytes + self.groups.capacity() * size_of::<Sketch>()
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Merge {
    signature: Signature,
}

impl AggregateUDFImpl for Merge {
    fn name(&self) -> &'static str {
        "merge_sketches"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneMerged(MergedSketches(Sketches::default()))))
    }

    fn state_fields(&self, of: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[counts]", of.name), DataType::Binary, true))])
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(MergedSketches(Sketches::default())))
    }
}

/// Sums of histograms, by the numbers of their groups.
#[derive(Debug)]
struct MergedSketches(Sketches);

/// Histograms as [`merged`] is given them.
struct Given<'a> {
    sketches: &'a BinaryArray,
    alone: Weighted<'a>,
}

impl<'a> Given<'a> {
    fn of(values: &'a [ArrayRef], filter: Option<&'a BooleanArray>) -> Result<Self> {
        let Some((sketches, alone)) = values.split_first() else {
            return exec_err!("no histograms");
        };
        if filter.is_some() {
            return exec_err!("histograms are added up without a condition");
        }
        let sketches = encoded(std::slice::from_ref(sketches))?;
        Ok(Self { sketches, alone: Weighted::of(alone, None)? })
    }

    fn add_to(&self, row: usize, sum: &mut Sketch) {
        if self.sketches.is_valid(row) {
            sum.merge_encoded(self.sketches.value(row));
        } else if let Some((number, count)) = self.alone.get(row) {
            sum.add(number, count);
        }
    }
}

impl GroupsAccumulator for MergedSketches {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> Result<()> {
        let given = Given::of(values, filter)?;
        self.0.groups.resize(groups, Sketch::default());
        for (row, group) in group_indices.iter().enumerate() {
            self.0.change(*group, |sum| given.add_to(row, sum));
        }
        Ok(())
    }

    fn evaluate(&mut self, which: EmitTo) -> Result<ArrayRef> {
        self.0.evaluate(which)
    }

    fn state(&mut self, which: EmitTo) -> Result<Vec<ArrayRef>> {
        self.0.state(which)
    }

    fn merge_batch(
        &mut self,
        states: &[ArrayRef],
        group_indices: &[usize],
        groups: usize,
    ) -> Result<()> {
        self.0.merge_batch(states, group_indices, groups)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let given = Given::of(values, filter)?;
        let mut states = BinaryBuilder::new();
        let mut bytes = Vec::new();
        for row in 0..given.sketches.len() {
            bytes.clear();
            let mut sketch = Sketch::default();
            given.add_to(row, &mut sketch);
            sketch.encode(&mut bytes);
            states.append_value(&bytes);
        }
        Ok(vec![Arc::new(states.finish())])
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

/// The sum where nothing is grouped by: that of group 0.
#[derive(Debug)]
struct OneMerged(MergedSketches);

impl Accumulator for OneMerged {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, Array::len);
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.0.only()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, Array::len);
        self.0.merge_batch(states, &vec![0; rows], 1)
    }
}

/// The histogram where nothing is grouped by: that of group 0.
#[derive(Debug)]
struct OneSketch(Sketches);

impl Accumulator for OneSketch {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, Array::len);
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.only()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, Array::len);
        self.0.merge_batch(states, &vec![0; rows], 1)
    }
}

/// Numbers with their weights.
struct Weighted<'a> {
    numbers: &'a Float64Array,
    weights: &'a Float64Array,
    filter: Option<&'a BooleanArray>,
}

impl<'a> Weighted<'a> {
    fn of(values: &'a [ArrayRef], filter: Option<&'a BooleanArray>) -> Result<Self> {
        let [numbers, weights] = values else { return exec_err!("not a number and a weight") };
        let numbers = numbers.as_primitive_opt::<Float64Type>();
        let weights = weights.as_primitive_opt::<Float64Type>();
        let Some((numbers, weights)) = numbers.zip(weights) else {
            return exec_err!("numbers or weights of an unexpected type");
        };
        Ok(Self { numbers, weights, filter })
    }

    /// `None` where there is no value, or one that does not count.
    fn get(&self, row: usize) -> Option<(f64, f64)> {
        let counts = self.numbers.is_valid(row)
            && self.weights.is_valid(row)
            && self.filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        counts.then(|| (self.numbers.value(row), self.weights.value(row)))
    }
}

fn encoded(states: &[ArrayRef]) -> Result<&BinaryArray> {
    let states = states.first().and_then(|states| states.as_binary_opt::<i32>());
    states.ok_or_else(|| exec_datafusion_err!("not a histogram"))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Quantile {
    signature: Signature,
}

impl ScalarUDFImpl for Quantile {
    fn name(&self) -> &'static str {
        "quantile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        of_each(&given, Sketch::quantile)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CountBelow {
    signature: Signature,
}

impl ScalarUDFImpl for CountBelow {
    fn name(&self) -> &'static str {
        "count_below"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        of_each(&given, |sketch, value| Some(sketch.count_up_to(value)))
    }
}

/// What is read from each of the histograms, given one number.
fn of_each(
    given: &ScalarFunctionArgs,
    read: impl Fn(&Sketch, f64) -> Option<f64>,
) -> Result<ColumnarValue> {
    let [sketches, ColumnarValue::Scalar(ScalarValue::Float64(Some(number)))] =
        given.args.as_slice()
    else {
        return exec_err!("not a histogram and a number");
    };
    let sketches = [sketches.to_array(given.number_rows)?];
    let sketches = encoded(&sketches)?;
    let mut values = Float64Builder::with_capacity(sketches.len());
    for encoded in sketches {
        let mut sketch = Sketch::default();
        sketch.merge_encoded(encoded.unwrap_or_default());
        values.append_option(read(&sketch, *number));
    }
    Ok(ColumnarValue::Array(Arc::new(values.finish())))
}
