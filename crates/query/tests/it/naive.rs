//! The meaning of questions, written down as plainly as possible.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use lang::ask::{
    Aggregate, Cell, Column, Direction, Facet, FacetValue, Field, Filter, Glob, Operator, Scope,
    SpanField, TableQuestion,
};
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{IssueId, ProjectId};
use model::sketch::Sketch;
use model::span::{AttributeValue, SpanRow};

/// Whose a row is, the issue it is in, its environment, its time, its id.
type Facts<'a> = (ProjectId, Option<IssueId>, &'a str, Micros, Vec<u8>);

/// A field, and what a row has in it.
pub(crate) trait Plain: Debug + Clone + PartialEq {
    type Row;

    /// Sums are of parts of rows, too.
    const IS_WEIGHTED: bool;

    /// What is answered.
    fn cell(&self, row: &Self::Row) -> Cell;

    fn facts(row: &Self::Row) -> Facts<'_>;

    fn weight(row: &Self::Row) -> f64;

    fn is_list(&self) -> bool {
        false
    }

    /// Missing text compares as the empty text, missing ids compare with nothing.
    fn is_id(&self) -> bool;

    /// Counts as a number where only numbers make sense.
    fn is_free(&self) -> bool;
}

impl Plain for Field {
    type Row = ErrorRow;
    const IS_WEIGHTED: bool = false;

    fn cell(&self, row: &ErrorRow) -> Cell {
        let pair = |pairs: &[(String, String)], name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map_or(Cell::Null, |(_, value)| text(value))
        };
        match self {
            Self::Project => Cell::U64(row.project.0),
            Self::Issue => Cell::U64(row.issue.0),
            Self::EventId => Cell::Text(row.event_id.to_string()),
            Self::Timestamp => Cell::Time(row.timestamp),
            Self::Received => Cell::Time(row.received),
            Self::Level => text(&row.level),
            Self::Environment => text(&row.environment),
            Self::Release => text(&row.release),
            Self::Transaction => text(&row.transaction),
            Self::Title => text(&row.title),
            Self::Message => text(&row.message),
            Self::Culprit => text(&row.culprit),
            Self::User => text(&row.user),
            Self::ErrorHandled => row.error_handled.map_or(Cell::Null, Cell::Bool),
            Self::StackFunctions => text(&row.stack_functions),
            Self::Trace => row.trace.map_or(Cell::Null, |id| Cell::Text(id.to_string())),
            Self::Size => Cell::U64(u64::from(row.size)),
            Self::Tag(name) => pair(&row.tags, name),
            Self::Flag(name) => pair(&row.flags, name),
            other => panic!("the tests do not use {other:?}"),
        }
    }

    fn facts(row: &ErrorRow) -> Facts<'_> {
        let id = row.event_id.0.to_vec();
        (row.project, Some(row.issue), &row.environment, row.timestamp, id)
    }

    fn weight(_: &ErrorRow) -> f64 {
        1.0
    }

    fn is_list(&self) -> bool {
        *self == Self::StackFunctions
    }

    fn is_id(&self) -> bool {
        matches!(self, Self::Trace | Self::EventId | Self::Span)
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Tag(_) | Self::Flag(_))
    }
}

impl Plain for SpanField {
    type Row = SpanRow<'static>;
    const IS_WEIGHTED: bool = true;

    fn cell(&self, row: &SpanRow<'static>) -> Cell {
        match self {
            Self::Project => Cell::U64(row.project.0),
            Self::Trace => Cell::Text(row.trace.to_string()),
            Self::Span => Cell::Text(row.span.to_string()),
            Self::Parent => row.parent.map_or(Cell::Null, |id| Cell::Text(id.to_string())),
            Self::Segment => Cell::Text(row.segment.to_string()),
            Self::IsSegment => Cell::Bool(row.is_segment),
            Self::Timestamp => Cell::Time(row.timestamp),
            Self::Duration => Cell::F64(millis(row.duration)),
            Self::SelfTime => Cell::F64(millis(row.self_time)),
            Self::Received => Cell::Time(row.received),
            Self::Op => text(&row.op),
            Self::Category => text(&row.category),
            Self::Name => text(&row.name),
            Self::Description => text(&row.description),
            Self::Group if row.group == 0 => Cell::Null,
            Self::Group => Cell::Text(format!("{:016x}", row.group)),
            Self::Transaction => text(&row.transaction),
            Self::Status => text(&row.status),
            Self::Environment => text(&row.environment),
            Self::Release => text(&row.release),
            Self::Platform => text(&row.platform),
            Self::User => text(&row.user),
            Self::Weight => Cell::F64(row.weight),
            Self::Attribute(name) => match row.attribute(name) {
                None => Cell::Null,
                Some(AttributeValue::Text(value)) => text(value),
                Some(AttributeValue::Bool(value)) => text(&value.to_string()),
                Some(AttributeValue::Number(value)) => text(&value.to_string()),
            },
            Self::Number(name) => match row.attribute(name) {
                Some(AttributeValue::Number(value)) => Cell::F64(*value),
                Some(AttributeValue::Text(value)) => value.parse().map_or(Cell::Null, Cell::F64),
                Some(AttributeValue::Bool(_)) | None => Cell::Null,
            },
        }
    }

    fn facts<'a>(row: &'a SpanRow<'static>) -> Facts<'a> {
        (row.project, None, &row.environment, row.timestamp, row.span.0.to_vec())
    }

    fn weight(row: &SpanRow<'static>) -> f64 {
        row.weight
    }

    fn is_id(&self) -> bool {
        matches!(self, Self::Trace | Self::Span | Self::Parent | Self::Segment)
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Attribute(_))
    }
}

fn text(text: &str) -> Cell {
    match text {
        "" => Cell::Null,
        text => Cell::Text(text.to_owned()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of tests are small")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// Whether the scope lets a question see the row.
fn in_scope<F: Plain>(scope: &Scope, row: &F::Row) -> bool {
    let (project, issue, environment, timestamp, _) = F::facts(row);
    let of_issue = |issues: &Vec<IssueId>| issue.is_none_or(|issue| issues.contains(&issue));
    scope.projects.contains(&project)
        && scope.issues.as_ref().is_none_or(of_issue)
        && (scope.environments.is_empty()
            || scope.environments.iter().any(|known| known == environment))
        && scope.window.start <= timestamp
        && timestamp < scope.window.end
}

fn text_of<F: Plain>(row: &F::Row, field: &F) -> String {
    match field.cell(row) {
        Cell::Text(text) => text,
        Cell::U64(number) => number.to_string(),
        _ => String::new(),
    }
}

pub(crate) fn matches<F: Plain>(filter: &Filter<F>, row: &F::Row) -> bool {
    match filter {
        Filter::All => true,
        Filter::Nothing => false,
        Filter::And(all) => all.iter().all(|filter| matches(filter, row)),
        Filter::Or(any) => any.iter().any(|filter| matches(filter, row)),
        Filter::Not(inner) => !matches(inner, row),
        Filter::Has(field) => field.cell(row) != Cell::Null,
        Filter::Compare(field, operator, wanted) => compares(row, field, *operator, wanted),
        Filter::In(field, cells) => {
            cells.iter().any(|wanted| compares(row, field, Operator::Equal, wanted))
        }
        Filter::Contains(field, part) => {
            text_of(row, field).to_lowercase().contains(&part.to_lowercase())
        }
        Filter::Glob(field, glob) if field.is_list() => {
            text_of(row, field).split('\n').any(|line| fits(glob, line))
        }
        Filter::Glob(field, glob) => fits(glob, &text_of(row, field)),
    }
}

fn compares<F: Plain>(row: &F::Row, field: &F, operator: Operator, wanted: &Cell) -> bool {
    let has = field.cell(row);
    let ordering = match (&has, wanted) {
        (Cell::Text(lines), Cell::Text(line)) if field.is_list() => {
            let is_one = lines.split('\n').any(|other| other == line);
            return is_one == (operator == Operator::Equal);
        }
        (Cell::Null, _) if field.is_list() => {
            return operator == Operator::NotEqual;
        }
        (Cell::Null, Cell::Text(wanted)) if !field.is_id() => Some("".cmp(wanted.as_str())),
        (Cell::Text(has), Cell::Text(wanted)) => Some(has.cmp(wanted)),
        (Cell::Text(has), wanted) => {
            has.parse::<f64>().ok().and_then(|has| has.partial_cmp(&number(wanted)))
        }
        (Cell::U64(_) | Cell::F64(_), wanted) => number(&has).partial_cmp(&number(wanted)),
        (Cell::Time(has), Cell::Time(wanted)) => Some(has.cmp(wanted)),
        (Cell::Bool(has), Cell::Bool(wanted)) => Some(has.cmp(wanted)),
        _ => None,
    };
    ordering.is_some_and(|ordering| match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of tests are small")]
fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::U64(number) => *number as f64,
        Cell::F64(number) => *number,
        Cell::Text(text) => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Tries every place for every piece.
fn fits(glob: &Glob, text: &str) -> bool {
    fn rest_fits(pieces: &[String], text: &str) -> bool {
        match pieces {
            [] => false,
            [last] => text.ends_with(last.as_str()),
            [piece, rest @ ..] => {
                let places = text.match_indices(piece.as_str());
                places.into_iter().any(|(at, _)| rest_fits(rest, &text[at + piece.len()..]))
            }
        }
    }
    let text = text.to_lowercase();
    let pieces: Vec<String> = glob.pieces.iter().map(|piece| piece.to_lowercase()).collect();
    let Some(rest) = text.strip_prefix(pieces[0].as_str()) else { return false };
    rest_fits(&pieces[1..], rest)
}

/// The rows of a question in order of time, newest first.
pub(crate) fn newest<F: Plain>(question: &TableQuestion<F>, rows: &[F::Row]) -> Vec<Vec<Cell>> {
    let mut found = seen(&question.scope, &question.filter, rows);
    found.sort_by_key(|row| place_in_time::<F>(row));
    if question.order != [(0, Direction::Ascending)] {
        found.reverse();
    }
    let cells = |row: &&F::Row| question.columns.iter().map(|column| plain(*row, column)).collect();
    found.iter().skip(question.offset).take(question.limit).map(cells).collect()
}

fn place_in_time<F: Plain>(row: &F::Row) -> (Micros, Vec<u8>) {
    let (.., timestamp, id) = F::facts(row);
    (timestamp, id)
}

/// The rows that a question sees.
pub(crate) fn seen<'a, F: Plain>(
    scope: &Scope,
    filter: &Filter<F>,
    rows: &'a [F::Row],
) -> Vec<&'a F::Row> {
    rows.iter().filter(|row| in_scope::<F>(scope, row) && matches(filter, row)).collect()
}

fn plain<F: Plain>(row: &F::Row, column: &Column<F>) -> Cell {
    match column {
        Column::Field(field) => field.cell(row),
        Column::Bucket(width) => Cell::Time(Micros(F::facts(row).3.0 / width * width)),
        Column::Aggregate(_) => Cell::Null,
    }
}

/// The groups of a question, by their keys as text.
pub(crate) fn groups<F: Plain>(
    question: &TableQuestion<F>,
    rows: &[F::Row],
) -> BTreeMap<String, Vec<Cell>> {
    let mut groups: BTreeMap<String, Vec<&F::Row>> = BTreeMap::new();
    for row in seen(&question.scope, &question.filter, rows) {
        let keys: Vec<Cell> = question.columns.iter().map(|column| plain(row, column)).collect();
        groups.entry(format!("{keys:?}")).or_default().push(row);
    }
    let answer = |rows: &[&F::Row]| {
        let column = |column: &Column<F>| match column {
            Column::Aggregate(of) => aggregate(of, rows),
            column => plain(rows[0], column),
        };
        question.columns.iter().map(column).collect()
    };
    groups.into_iter().map(|(key, rows)| (key, answer(&rows))).collect()
}

fn aggregate<F: Plain>(aggregate: &Aggregate<F>, rows: &[&F::Row]) -> Cell {
    let cells = |field: &F| {
        let cells = rows.iter().map(|row| field.cell(row));
        cells.filter(|cell| *cell != Cell::Null).collect::<Vec<_>>()
    };
    // Numbers with their weights, ascending.
    let numbers = |field: &F| {
        let weighted = rows.iter().map(|row| (number(&field.cell(row)), F::weight(row)));
        let mut numbers: Vec<(f64, f64)> =
            weighted.filter(|(number, _)| !number.is_nan()).collect();
        numbers.sort_by(|one, other| one.0.total_cmp(&other.0));
        numbers
    };
    let sum = |field: &F| numbers(field).iter().map(|(number, weight)| number * weight).sum();
    let weights = |field: &F| numbers(field).iter().map(|(_, weight)| weight).sum::<f64>();
    let or_null = |field: &F, value: f64| {
        if numbers(field).is_empty() { Cell::Null } else { Cell::F64(value) }
    };
    let extreme = |field: &F, wanted: Ordering| {
        if field.is_free() {
            let numbers = numbers(field);
            let end = if wanted.is_lt() { numbers.first() } else { numbers.last() };
            return end.map_or(Cell::Null, |(number, _)| Cell::F64(*number));
        }
        let better = |one, other| if compare_cells(&one, &other) == wanted { one } else { other };
        cells(field).into_iter().reduce(better).unwrap_or(Cell::Null)
    };
    match aggregate {
        Aggregate::Count => rounded(rows.iter().map(|row| F::weight(row)).sum()),
        Aggregate::CountIf(filter) => {
            let matching = rows.iter().filter(|row| matches(filter, row));
            rounded(matching.map(|row| F::weight(row)).sum())
        }
        Aggregate::CountUnique(field) => {
            let cells = cells(field);
            let different: BTreeSet<String> =
                cells.iter().map(|cell| format!("{cell:?}")).collect();
            Cell::U64(different.len() as u64)
        }
        Aggregate::Min(field) => extreme(field, Ordering::Less),
        Aggregate::Max(field) => extreme(field, Ordering::Greater),
        Aggregate::Sum(field) if F::IS_WEIGHTED => or_null(field, sum(field)),
        Aggregate::Sum(field) => rounded(sum(field)),
        Aggregate::Average(field) => or_null(field, sum(field) / weights(field)),
        Aggregate::Quantile(field, share) => {
            let mut left = weights(field) * share * (1.0 - 1e-12);
            let found = numbers(field).into_iter().find(|(_, weight)| {
                left -= weight;
                left <= 0.0
            });
            found.map_or(Cell::Null, |(number, _)| Cell::F64(number))
        }
        Aggregate::Histogram(field) => {
            let mut sketch = Sketch::default();
            for (number, weight) in numbers(field) {
                sketch.add(number, weight);
            }
            Cell::Histogram(sketch)
        }
        Aggregate::Squares(field) => {
            let squares =
                numbers(field).into_iter().map(|(number, weight)| number * number * weight);
            or_null(field, squares.sum())
        }
        Aggregate::Latest(field) => {
            let newest = rows.iter().max_by_key(|row| place_in_time::<F>(row)).unwrap();
            field.cell(newest)
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn rounded(number: f64) -> Cell {
    Cell::U64((number + 0.5) as u64)
}

fn compare_cells(one: &Cell, other: &Cell) -> Ordering {
    match (one, other) {
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        (Cell::Time(one), Cell::Time(other)) => one.cmp(other),
        (one, other) => number(one).total_cmp(&number(other)),
    }
}

/// Whether the engine's answer is as good as the plain one: sums in another order have other last bits,
/// and quantiles are off by their stated error.
pub(crate) fn is_close<F: Plain>(
    question: &TableQuestion<F>,
    answer: &[Cell],
    expected: &[Cell],
) -> bool {
    let each = question.columns.iter().zip(answer.iter().zip(expected));
    answer.len() == expected.len()
        && each.into_iter().all(|(column, cells)| match cells {
            (Cell::F64(answer), Cell::F64(expected)) => {
                let is_quantile = matches!(column, Column::Aggregate(Aggregate::Quantile(..)));
                let error = if is_quantile { model::sketch::RELATIVE_ERROR } else { 1e-9 };
                (answer - expected).abs() <= error * expected.abs()
            }
            (Cell::Histogram(answer), Cell::Histogram(expected)) => {
                let (answer, expected): (Vec<_>, Vec<_>) =
                    (answer.buckets().collect(), expected.buckets().collect());
                let is_same = |(one, other): (&(i32, f64), &(i32, f64))| {
                    one.0 == other.0 && (one.1 - other.1).abs() <= 1e-9 * other.1
                };
                answer.len() == expected.len() && answer.iter().zip(&expected).all(is_same)
            }
            (answer, expected) => answer == expected,
        })
}

/// The tags of rows.
pub(crate) fn facets(rows: &[&ErrorRow]) -> Vec<Facet> {
    let mut tags: BTreeMap<&str, BTreeMap<&str, Vec<&ErrorRow>>> = BTreeMap::new();
    for row in rows {
        for (key, value) in &row.tags {
            tags.entry(key).or_default().entry(value).or_default().push(row);
        }
    }
    let facet = |(key, values): (&str, BTreeMap<&str, Vec<&ErrorRow>>)| {
        let mut values: Vec<FacetValue> = values
            .into_iter()
            .map(|(value, rows)| FacetValue {
                value: value.to_owned(),
                count: rows.len() as u64,
                first_seen: rows.iter().map(|row| row.timestamp).min().unwrap(),
                last_seen: rows.iter().map(|row| row.timestamp).max().unwrap(),
            })
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.count));
        Facet {
            key: key.to_owned(),
            total: values.iter().map(|value| value.count).sum(),
            unique: values.len() as u64,
            values,
        }
    };
    let mut facets: Vec<Facet> = tags.into_iter().map(facet).collect();
    facets.sort_by_key(|facet| std::cmp::Reverse(facet.total));
    facets
}
