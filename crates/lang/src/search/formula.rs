//! Values that are made of several columns: rates, scores, equations.

use super::column::{Selected, Type, select};
use super::error::SearchError;
use super::field::SearchField;
use crate::ask::{Cell, Column};

/// What begins the text of an equation among columns.
pub const EQUATION: &str = "equation|";
/// Parentheses within parentheses, and operators in all. Source: Sentry allows 10 operators.
const DEPTH_MAX: usize = 8;
const OPERATORS_MAX: usize = 10;

/// How a value is made of columns. Numbers are places in a list of columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// The column's cell as it is.
    Column(usize),
    /// The column's aggregate over all rows that match, whatever they are grouped by.
    Total(usize),
    /// Always the same.
    Constant(f64),
    /// Two values put together.
    Pair(Box<Formula>, Arithmetic, Box<Formula>),
}

/// How two numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Formula {
    /// One formula put together with another.
    pub(super) fn pair(left: Self, arithmetic: Arithmetic, right: Self) -> Self {
        Self::Pair(Box::new(left), arithmetic, Box::new(right))
    }

    /// One column over another.
    pub(super) fn ratio(left: usize, right: usize) -> Self {
        Self::pair(Self::Column(left), Arithmetic::Divide, Self::Column(right))
    }

    /// The value for a row: its cells, and the totals of the same columns. `None` where a part is not
    /// there or is no number, and for what is divided by nothing. Depth is bounded by what made it.
    pub fn value(&self, cells: &[Cell], totals: &[Cell]) -> Option<f64> {
        match self {
            Self::Column(place) => number(cells.get(*place)?),
            Self::Total(place) => number(totals.get(*place)?),
            Self::Constant(value) => Some(*value),
            Self::Pair(left, arithmetic, right) => {
                let (left, right) = (left.value(cells, totals)?, right.value(cells, totals)?);
                let value = match arithmetic {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                };
                value.is_finite().then_some(value)
            }
        }
    }

    /// The value for a row as a cell: the column's own, or what is made of several.
    pub fn cell(&self, cells: &[Cell], totals: &[Cell]) -> Cell {
        match self {
            Self::Column(place) => cells.get(*place).cloned().unwrap_or(Cell::Null),
            formula => formula.value(cells, totals).map_or(Cell::Null, Cell::F64),
        }
    }

    /// The column whose order is that of the values, if there is one.
    pub fn ordered_as(&self) -> Option<usize> {
        match self {
            Self::Column(place) => Some(*place),
            Self::Pair(left, Arithmetic::Divide, right) => match (left.as_ref(), right.as_ref()) {
                (Self::Column(place), Self::Total(_)) => Some(*place),
                _ => None,
            },
            Self::Total(_) | Self::Constant(_) | Self::Pair(..) => None,
        }
    }

    /// Whether totals are needed.
    pub fn needs_totals(&self) -> bool {
        match self {
            Self::Total(_) => true,
            Self::Column(_) | Self::Constant(_) => false,
            Self::Pair(left, _, right) => left.needs_totals() || right.needs_totals(),
        }
    }

    /// The same when its columns have moved to these places.
    #[must_use]
    pub fn moved(self, places: &[usize]) -> Self {
        let to = |place: usize| places.get(place).copied().unwrap_or(usize::MAX);
        match self {
            Self::Column(place) => Self::Column(to(place)),
            Self::Total(place) => Self::Total(to(place)),
            Self::Constant(value) => Self::Constant(value),
            Self::Pair(left, arithmetic, right) => {
                Self::pair(left.moved(places), arithmetic, right.moved(places))
            }
        }
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::U64(number) => Some(exact(*number)),
        Cell::F64(number) => Some(*number),
        Cell::Bool(value) => Some(f64::from(u8::from(*value))),
        Cell::Time(at) => Some(exact(at.0)),
        Cell::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        Cell::Null | Cell::Histogram(_) => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to people, who do not miss the 53rd bit")]
fn exact(number: u64) -> f64 {
    number as f64
}

/// Reads `count() / count_unique(user) * 2`: aggregates, numbers and parentheses.
pub(super) fn equation<F: SearchField>(text: &str) -> Result<Selected<F>, SearchError> {
    let mut reader = Reader { text, rest: text, columns: Vec::new(), operators: 0 };
    let formula = reader.sum(0)?;
    if !reader.rest.trim_start().is_empty() || reader.columns.is_empty() {
        return Err(reader.wrong());
    }
    let column = reader.columns.remove(0);
    let others = reader.columns;
    Ok(Selected { others, formula, ..Selected::of(column, Type::Number) })
}

struct Reader<'a, F> {
    text: &'a str,
    rest: &'a str,
    columns: Vec<Column<F>>,
    operators: usize,
}

impl<F: SearchField> Reader<'_, F> {
    fn wrong(&self) -> SearchError {
        SearchError::Equation { equation: self.text.to_owned() }
    }

    /// The operator that comes next, if it is one of these.
    fn operator(
        &mut self,
        wanted: [(char, Arithmetic); 2],
    ) -> Result<Option<Arithmetic>, SearchError> {
        let rest = self.rest.trim_start();
        let found = wanted
            .into_iter()
            .find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, operator)));
        let Some((rest, operator)) = found else { return Ok(None) };
        self.rest = rest;
        self.operators += 1;
        if self.operators > OPERATORS_MAX {
            return Err(self.wrong());
        }
        Ok(Some(operator))
    }

    fn sum(&mut self, depth: usize) -> Result<Formula, SearchError> {
        let mut left = self.product(depth)?;
        while let Some(operator) =
            self.operator([('+', Arithmetic::Add), ('-', Arithmetic::Subtract)])?
        {
            left = Formula::pair(left, operator, self.product(depth)?);
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Formula, SearchError> {
        let mut left = self.operand(depth)?;
        while let Some(operator) =
            self.operator([('*', Arithmetic::Multiply), ('/', Arithmetic::Divide)])?
        {
            left = Formula::pair(left, operator, self.operand(depth)?);
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Formula, SearchError> {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('(') {
            if depth == DEPTH_MAX {
                return Err(self.wrong());
            }
            self.rest = rest;
            let inner = self.sum(depth + 1)?;
            self.rest = self.rest.trim_start().strip_prefix(')').ok_or_else(|| self.wrong())?;
            return Ok(inner);
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if let Ok(value) = word.parse::<f64>()
            && word.starts_with(|c: char| c.is_ascii_digit())
        {
            self.rest = rest;
            return Ok(Formula::Constant(value));
        }
        let close = rest.find(')').filter(|_| rest.starts_with('(') && !word.is_empty());
        let close = close.ok_or_else(|| self.wrong())?;
        let function = &self.rest[..=word.len() + close];
        self.rest = &rest[close + 1..];
        let selected = select::<F>(function)?;
        if !selected.is_aggregate() {
            return Err(self.wrong());
        }
        let columns = selected.columns().cloned();
        let places: Vec<usize> =
            columns.map(|column| place_of(&mut self.columns, column)).collect();
        Ok(selected.formula.moved(&places))
    }
}

/// The place of a column, which is added if it is not there yet.
pub fn place_of<F: PartialEq>(columns: &mut Vec<Column<F>>, column: Column<F>) -> usize {
    columns.iter().position(|known| *known == column).unwrap_or_else(|| {
        columns.push(column);
        columns.len() - 1
    })
}
