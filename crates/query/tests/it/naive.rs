//! The meaning of questions, written down as plainly as possible.

use std::collections::{BTreeMap, BTreeSet};

use lang::ask::{
    Aggregate, Cell, Column, Direction, Facet, FacetValue, Field, Filter, Glob, Operator, Scope,
    TableQuestion,
};
use model::error_row::ErrorRow;

/// Whether the scope lets a question see the row.
pub(crate) fn in_scope(scope: &Scope, row: &ErrorRow) -> bool {
    scope.projects.contains(&row.project)
        && scope.issues.as_ref().is_none_or(|issues| issues.contains(&row.issue))
        && (scope.environments.is_empty() || scope.environments.contains(&row.environment))
        && scope.window.start <= row.timestamp
        && row.timestamp < scope.window.end
}

/// What a row has in a field.
pub(crate) fn cell(row: &ErrorRow, field: &Field) -> Cell {
    let text = |text: &str| match text {
        "" => Cell::Null,
        text => Cell::Text(text.to_owned()),
    };
    let pair = |pairs: &[(String, String)], name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map_or(Cell::Null, |(_, value)| text(value))
    };
    match field {
        Field::Project => Cell::U64(row.project.0),
        Field::Issue => Cell::U64(row.issue.0),
        Field::EventId => Cell::Text(row.event_id.to_string()),
        Field::Timestamp => Cell::Time(row.timestamp),
        Field::Received => Cell::Time(row.received),
        Field::Level => text(&row.level),
        Field::Environment => text(&row.environment),
        Field::Release => text(&row.release),
        Field::Transaction => text(&row.transaction),
        Field::Title => text(&row.title),
        Field::Message => text(&row.message),
        Field::Culprit => text(&row.culprit),
        Field::User => text(&row.user),
        Field::ErrorHandled => row.error_handled.map_or(Cell::Null, Cell::Bool),
        Field::StackFunctions => text(&row.stack_functions),
        Field::Trace => row.trace.map_or(Cell::Null, |id| Cell::Text(id.to_string())),
        Field::Size => Cell::U64(u64::from(row.size)),
        Field::Tag(name) => pair(&row.tags, name),
        Field::Flag(name) => pair(&row.flags, name),
        other => panic!("the tests do not use {other:?}"),
    }
}

fn text_of(row: &ErrorRow, field: &Field) -> String {
    match cell(row, field) {
        Cell::Text(text) => text,
        Cell::U64(number) => number.to_string(),
        _ => String::new(),
    }
}

pub(crate) fn matches(filter: &Filter, row: &ErrorRow) -> bool {
    match filter {
        Filter::All => true,
        Filter::Nothing => false,
        Filter::And(all) => all.iter().all(|filter| matches(filter, row)),
        Filter::Or(any) => any.iter().any(|filter| matches(filter, row)),
        Filter::Not(inner) => !matches(inner, row),
        Filter::Has(field) => cell(row, field) != Cell::Null,
        Filter::Compare(field, operator, wanted) => compares(row, field, *operator, wanted),
        Filter::In(field, cells) => {
            cells.iter().any(|wanted| compares(row, field, Operator::Equal, wanted))
        }
        Filter::Contains(field, part) => {
            text_of(row, field).to_lowercase().contains(&part.to_lowercase())
        }
        Filter::Glob(field @ Field::StackFunctions, glob) => {
            text_of(row, field).split('\n').any(|line| fits(glob, line))
        }
        Filter::Glob(field, glob) => fits(glob, &text_of(row, field)),
    }
}

fn compares(row: &ErrorRow, field: &Field, operator: Operator, wanted: &Cell) -> bool {
    let has = cell(row, field);
    let ordering = match (&has, wanted) {
        (Cell::Text(lines), Cell::Text(line)) if *field == Field::StackFunctions => {
            let is_one = lines.split('\n').any(|other| other == line);
            return is_one == (operator == Operator::Equal);
        }
        (Cell::Null, _) if *field == Field::StackFunctions => {
            return operator == Operator::NotEqual;
        }
        // Missing text compares as the empty text.
        (Cell::Null, Cell::Text(wanted)) if *field != Field::Trace => Some("".cmp(wanted.as_str())),
        (Cell::Text(has), Cell::Text(wanted)) => Some(has.cmp(wanted)),
        (Cell::Text(has), wanted) => {
            has.parse::<f64>().ok().and_then(|has| has.partial_cmp(&number(wanted)))
        }
        (Cell::U64(_), wanted) => number(&has).partial_cmp(&number(wanted)),
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
pub(crate) fn newest(question: &TableQuestion, rows: &[ErrorRow]) -> Vec<Vec<Cell>> {
    let mut found = seen(&question.scope, &question.filter, rows);
    found.sort_by_key(|row| (row.timestamp, row.event_id));
    if question.order != [(0, Direction::Ascending)] {
        found.reverse();
    }
    let cells =
        |row: &&ErrorRow| question.columns.iter().map(|column| plain(row, column)).collect();
    found.iter().skip(question.offset).take(question.limit).map(cells).collect()
}

/// The rows that a question sees.
pub(crate) fn seen<'a>(scope: &Scope, filter: &Filter, rows: &'a [ErrorRow]) -> Vec<&'a ErrorRow> {
    rows.iter().filter(|row| in_scope(scope, row) && matches(filter, row)).collect()
}

fn plain(row: &ErrorRow, column: &Column) -> Cell {
    match column {
        Column::Field(field) => cell(row, field),
        Column::Bucket(width) => Cell::Time(model::clock::Micros(row.timestamp.0 / width * width)),
        Column::Aggregate(_) => Cell::Null,
    }
}

/// The groups of a question, by their keys as text.
pub(crate) fn groups(question: &TableQuestion, rows: &[ErrorRow]) -> BTreeMap<String, Vec<Cell>> {
    let mut groups: BTreeMap<String, Vec<&ErrorRow>> = BTreeMap::new();
    for row in seen(&question.scope, &question.filter, rows) {
        let keys: Vec<Cell> = question.columns.iter().map(|column| plain(row, column)).collect();
        groups.entry(format!("{keys:?}")).or_default().push(row);
    }
    let answer = |rows: &[&ErrorRow]| {
        let column = |column: &Column| match column {
            Column::Aggregate(of) => aggregate(of, rows),
            column => plain(rows[0], column),
        };
        question.columns.iter().map(column).collect()
    };
    groups.into_iter().map(|(key, rows)| (key, answer(&rows))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of tests are small")]
fn aggregate(aggregate: &Aggregate, rows: &[&ErrorRow]) -> Cell {
    let cells =
        |field| rows.iter().map(move |row| cell(row, field)).filter(|cell| *cell != Cell::Null);
    let sum = |field| cells(field).map(|cell| number(&cell)).sum::<f64>();
    match aggregate {
        Aggregate::Count => Cell::U64(rows.len() as u64),
        Aggregate::CountIf(filter) => {
            Cell::U64(rows.iter().filter(|row| matches(filter, row)).count() as u64)
        }
        Aggregate::CountUnique(field) => {
            let different: BTreeSet<String> =
                cells(field).map(|cell| format!("{cell:?}")).collect();
            Cell::U64(different.len() as u64)
        }
        Aggregate::Min(Field::Timestamp) => {
            Cell::Time(rows.iter().map(|row| row.timestamp).min().unwrap())
        }
        Aggregate::Max(Field::Timestamp) => {
            Cell::Time(rows.iter().map(|row| row.timestamp).max().unwrap())
        }
        Aggregate::Sum(Field::Size) => Cell::U64(rows.iter().map(|row| u64::from(row.size)).sum()),
        Aggregate::Average(field) => Cell::F64(sum(field) / rows.len() as f64),
        Aggregate::Latest(field) => {
            let newest = rows.iter().max_by_key(|row| (row.timestamp, row.event_id)).unwrap();
            cell(newest, field)
        }
        other => panic!("the tests do not use {other:?}"),
    }
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
