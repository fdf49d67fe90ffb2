//! Questions that cells answer: for counts, failures and durations, by what cells are told apart by. They
//! count every span there was, also those that were let go since.

use datafusion::functions_aggregate::expr_fn::{max, sum};
use datafusion::logical_expr::{Expr, ident};
use lang::ask::{
    Aggregate, AskError, Cell, Column, Filter, Operator, Scope, SpanField, TableQuestion, Window,
};
use model::clock::Micros;
use model::sketch;
use store::spans::{Rollup, SpanStore, StoreError};

use crate::column::{OverRows, only_if, rounded};
use crate::field::{in_filter, millis, or};
use crate::filter::condition;
use crate::scan::{Source, is_empty, signed};
use crate::sketch::{count_below, merged, quantile};

/// Windows of fewer cells than this are answered from rows, because cells begin and end at full minutes:
/// what is answered differs from what was asked by a cell at most.
const GRAINS_MIN: u64 = 20;

/// Which cells answer a question.
pub(crate) struct CellsAsked {
    rollup: Rollup,
    scope: Scope,
}

impl CellsAsked {
    /// `None` when rows must be looked at. `now` says how old the window is.
    pub(crate) fn by(question: &TableQuestion<SpanField>, now: Micros) -> Option<Self> {
        let has_aggregate =
            question.columns.iter().any(|column| matches!(column, Column::Aggregate(_)));
        if !has_aggregate || !question.columns.iter().all(is_counted) {
            return None;
        }
        let scope = Scope { issues: None, ..question.scope.clone() };
        let rollup = Rollup::ALL.into_iter().find(|rollup| tells_apart(*rollup, question))?;
        let age = signed(now).saturating_sub(signed(scope.window.start));
        let grain = u64::try_from(rollup.grain(age)).ok()?;
        let is_whole = |column: &Column<SpanField>| match column {
            Column::Bucket(micros) => *micros > 0 && micros.is_multiple_of(grain),
            _ => true,
        };
        let window = scope.window;
        let is_long = window.end.0.saturating_sub(window.start.0) >= GRAINS_MIN * grain;
        let fits = is_long && question.columns.iter().all(is_whole);
        let scope = Scope { window: whole(window, grain), ..scope };
        fits.then_some(Self { rollup, scope })
    }

    /// The cells; `None` when some of them are missing, or the scope is empty.
    pub(crate) fn source(&self, store: &SpanStore) -> Result<Option<Source>, StoreError> {
        if is_empty(&self.scope) {
            return Ok(None);
        }
        let window = self.scope.window;
        let snapshot = store.cells(self.rollup, (window.start, window.end))?;
        Ok(Source::of_cells(snapshot, &self.scope, self.rollup))
    }
}

/// The window from full grain to full grain: it begins at the nearest, and ends after all it has.
fn whole(window: Window, grain: u64) -> Window {
    let start = window.start.0.saturating_add(grain / 2) / grain * grain;
    let end = window.end.0.div_ceil(grain).saturating_mul(grain);
    Window { start: Micros(start), end: Micros(end) }
}

/// Whether the cells differ in everything that the question tells apart.
fn tells_apart(rollup: Rollup, question: &TableQuestion<SpanField>) -> bool {
    let is_segment = only_segments(&question.filter);
    let has = |field: &SpanField| {
        column(field).is_some_and(|column| rollup.tells_apart(column, is_segment))
    };
    let mut all = question.scope.environments.is_empty() || has(&SpanField::Environment);
    let mut check = |field: &SpanField| all &= has(field);
    in_filter(&question.filter, &mut check);
    for column in &question.columns {
        match column {
            Column::Field(field) => check(field),
            Column::Aggregate(Aggregate::CountIf(filter)) if !is_measured(filter) => {
                in_filter(filter, &mut check);
            }
            Column::Aggregate(_) | Column::Bucket(_) => {}
        }
    }
    all
}

/// The column of cells with a field that they may be told apart by.
fn column(field: &SpanField) -> Option<&'static str> {
    Some(match field {
        SpanField::Project => "project",
        SpanField::IsSegment => "is_segment",
        SpanField::Transaction => "transaction",
        SpanField::Release => "release",
        SpanField::Environment => "environment",
        SpanField::Category => "category",
        SpanField::Op => "op",
        SpanField::Description => "description",
        SpanField::Group => "group",
        _ => return None,
    })
}

/// Whether only segments match.
fn only_segments(filter: &Filter<SpanField>) -> bool {
    match filter {
        Filter::And(all) => all.iter().any(only_segments),
        Filter::Compare(SpanField::IsSegment, Operator::Equal, cell) => *cell == Cell::Bool(true),
        _ => false,
    }
}

/// Whether cells have what a column asks for.
fn is_counted(column: &Column<SpanField>) -> bool {
    match column {
        Column::Field(_) | Column::Bucket(_) => true,
        Column::Aggregate(aggregate) => match aggregate {
            Aggregate::Count | Aggregate::CountIf(_) => true,
            Aggregate::Sum(field) | Aggregate::Average(field) => {
                matches!(field, SpanField::Duration | SpanField::SelfTime)
            }
            Aggregate::Max(field) => matches!(field, SpanField::Duration | SpanField::Timestamp),
            Aggregate::Quantile(field, _) | Aggregate::Histogram(field) => {
                *field == SpanField::Duration
            }
            Aggregate::CountUnique(_)
            | Aggregate::Min(_)
            | Aggregate::Latest(_)
            | Aggregate::Squares(_) => false,
        },
    }
}

/// Whether a condition is one that cells have counted for themselves.
fn is_measured(filter: &Filter<SpanField>) -> bool {
    *filter == Filter::is_failure() || durations(filter).is_some()
}

/// What an aggregate is made of, over cells.
pub(crate) fn value(
    over: &mut OverRows,
    aggregate: &Aggregate<SpanField>,
) -> Result<Expr, AskError> {
    let count = || ident("count");
    // What follows from other columns is null: see the store's schema of cells.
    let durations_of = || or(ident("durations"), count() * millis(ident("longest")));
    let sums = |field: &SpanField| match field {
        SpanField::SelfTime => or(ident("self_times"), durations_of()),
        _ => durations_of(),
    };
    let sketches = || merged(ident("sketch"), millis(ident("longest")), count());
    Ok(match aggregate {
        Aggregate::Count => rounded(over.add(sum(count()))),
        Aggregate::CountIf(filter) if *filter == Filter::is_failure() => {
            rounded(over.add(sum(ident("failures"))))
        }
        Aggregate::CountIf(filter) => match durations(filter) {
            Some((above, up_to)) => {
                let sketch = over.add(sketches());
                let below = |edge: f64| count_below(sketch.clone(), edge);
                rounded(above.map_or(below(up_to), |above| below(up_to) - below(above)))
            }
            None => rounded(over.add(sum(only_if(condition(filter), count())?))),
        },
        Aggregate::Sum(field) => over.add(sum(sums(field))),
        Aggregate::Average(field) => over.add(sum(sums(field))) / over.add(sum(count())),
        Aggregate::Max(SpanField::Timestamp) => over.add(max(ident("newest"))),
        Aggregate::Max(_) => millis(over.add(max(ident("longest")))),
        Aggregate::Quantile(_, share) => quantile(over.add(sketches()), *share),
        Aggregate::Histogram(_) => over.add(sketches()),
        Aggregate::CountUnique(_)
        | Aggregate::Min(_)
        | Aggregate::Latest(_)
        | Aggregate::Squares(_) => {
            return Err(AskError::Invalid("cells do not have this aggregate".to_owned()));
        }
    })
}

/// Above which and up to which duration in milliseconds a condition holds, if histograms know how many
/// that are. Durations of exactly these bounds count as longer.
fn durations(filter: &Filter<SpanField>) -> Option<(Option<f64>, f64)> {
    let bound = |filter: &Filter<SpanField>| match filter {
        Filter::Compare(SpanField::Duration, operator, Cell::F64(millis)) => {
            sketch::is_edge(*millis).then_some((*operator, *millis))
        }
        _ => None,
    };
    match filter {
        Filter::And(both) => match both.as_slice() {
            [above, up_to] => match (bound(above)?, bound(up_to)?) {
                ((Operator::Greater, above), (Operator::LessOrEqual, up_to)) => {
                    Some((Some(above), up_to))
                }
                _ => None,
            },
            _ => None,
        },
        _ => match bound(filter)? {
            (Operator::LessOrEqual, up_to) => Some((None, up_to)),
            _ => None,
        },
    }
}
