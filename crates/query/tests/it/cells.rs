//! Questions that cells answer, against the same questions answered from rows.

use lang::ask::{
    Aggregate, Ask, Cell, Column, Direction, Filter, Operator, Scope, SpanField, TableQuestion,
    Window,
};
use model::clock::Micros;
use model::span::SpanRow;

use crate::small_store::{NOW, PLACES, Place, SmallStore, everything, wait};
use crate::spans::span;

const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 60 * MINUTE;

/// Spans of the last two hours, of some transactions in some releases.
fn spans() -> Vec<SpanRow<'static>> {
    let mut spans = Vec::new();
    for number in 0..600_u16 {
        let at = NOW.0 - 2 * HOUR + u64::from(number) * 12_000_000;
        let mut row = span(number, at);
        row.is_segment = number % 3 == 0;
        row.transaction = ["/spin", "/deposit", ""][usize::from(number % 7) % 3].into();
        row.op = ["http.server", "db", "cache.get"][usize::from(number % 3)].into();
        row.category = ["http", "db", "cache"][usize::from(number % 3)].into();
        row.description = ["GET", "SELECT 1", "SELECT 2"][usize::from(number % 5) % 3].into();
        row.name = if number % 2 == 0 { row.description.clone() } else { "GET /".into() };
        row.group = u64::from(number % 5) % 3;
        row.release = ["1", "2"][usize::from(number / 300)].into();
        row.environment = ["production", "", "test"][usize::from(number % 11) % 3].into();
        row.status = ["ok", "internal_error", ""][usize::from(number % 13) % 3].into();
        row.weight = [1.0, 4.0][usize::from(number % 2)];
        row.duration = u64::from(number) * u64::from(number) * 7;
        row.self_time = u64::from(number);
        spans.push(row);
    }
    spans
}

fn aggregates() -> Vec<Column<SpanField>> {
    let than = |operator, millis| Filter::Compare(SpanField::Duration, operator, Cell::F64(millis));
    let tolerating = vec![than(Operator::Greater, 300.0), than(Operator::LessOrEqual, 1_200.0)];
    let has_release = Filter::Has(SpanField::Transaction);
    let all = [
        Aggregate::Count,
        Aggregate::CountIf(Filter::is_failure()),
        Aggregate::CountIf(than(Operator::LessOrEqual, 300.0)),
        Aggregate::CountIf(Filter::And(tolerating)),
        Aggregate::CountIf(has_release),
        Aggregate::Sum(SpanField::Duration),
        Aggregate::Average(SpanField::Duration),
        Aggregate::Sum(SpanField::SelfTime),
        Aggregate::Quantile(SpanField::Duration, 0.5),
        Aggregate::Quantile(SpanField::Duration, 0.99),
        Aggregate::Max(SpanField::Duration),
        Aggregate::Max(SpanField::Timestamp),
    ];
    all.into_iter().map(Column::Aggregate).collect()
}

fn is(field: SpanField, cell: Cell) -> Filter<SpanField> {
    Filter::Compare(field, Operator::Equal, cell)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// What a question groups by, looks for, and in which environments.
type Asked = (Vec<Column<SpanField>>, Filter<SpanField>, Vec<String>);

/// Questions that cells can answer.
fn questions() -> Vec<Asked> {
    let field = Column::Field;
    let segments = is(SpanField::IsSegment, Cell::Bool(true));
    let db = is(SpanField::Category, text("db"));
    let production = || vec!["production".to_owned()];
    vec![
        (vec![], Filter::All, vec![]),
        (vec![field(SpanField::Transaction)], Filter::All, vec![]),
        (vec![field(SpanField::Project), field(SpanField::IsSegment)], Filter::All, vec![]),
        (
            vec![field(SpanField::Transaction), field(SpanField::Op)],
            Filter::And(vec![segments.clone(), Filter::All]),
            vec![],
        ),
        (vec![Column::Bucket(MINUTE)], segments.clone(), vec![]),
        (vec![Column::Bucket(10 * MINUTE), field(SpanField::Release)], segments, production()),
        (vec![], is(SpanField::Release, text("2")), production()),
    ]
    .into_iter()
    .chain([(vec![field(SpanField::Description), field(SpanField::Group)], db, production())])
    .collect()
}

fn question(
    columns: Vec<Column<SpanField>>,
    filter: Filter<SpanField>,
    scope: Scope,
) -> TableQuestion<SpanField> {
    let keys = columns.len();
    TableQuestion {
        scope,
        filter,
        columns,
        having: Vec::new(),
        order: (0..keys).map(|place| (place, Direction::Ascending)).collect(),
        offset: 0,
        limit: 1_000,
    }
}

fn last_hours() -> Scope {
    // Cells by what was done are of an hour then.
    let window = Window { start: Micros(NOW.0 - 22 * HOUR), end: NOW };
    Scope { window, ..everything() }
}

/// A window of which there are cells of a minute.
fn newest_hours() -> Scope {
    let window = Window { start: Micros(NOW.0 / MINUTE * MINUTE - 150 * MINUTE), end: NOW };
    Scope { window, ..everything() }
}

/// The answer from rows, because cells have no smallest duration.
fn from_rows(store: &SmallStore, mut asked: TableQuestion<SpanField>) -> Vec<Vec<Cell>> {
    asked.columns.push(Column::Aggregate(Aggregate::Min(SpanField::Duration)));
    let mut rows = wait(store.engine.spans(asked)).unwrap().rows;
    for row in &mut rows {
        row.pop();
    }
    rows
}

#[track_caller]
fn assert_alike(found: &[Vec<Cell>], expected: &[Vec<Cell>]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        match (found, expected) {
            // Sums in another order.
            (Cell::F64(found), Cell::F64(expected)) => {
                assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} {expected}");
            }
            // Cells know the newest to the second; stretches of time begin at full seconds.
            (Cell::Time(found), Cell::Time(expected)) => {
                assert_eq!(found.0, expected.0 / 1_000_000 * 1_000_000);
            }
            _ => assert_eq!(found, expected),
        }
    }
}

#[test]
fn cells_answer_as_rows_do() {
    for place in PLACES {
        let store = SmallStore::with_spans(&spans(), place);
        for (mut columns, filter, environments) in questions() {
            let counts_names = columns.iter().all(|column| {
                !matches!(column, Column::Field(SpanField::Description | SpanField::Group))
            });
            columns.extend(aggregates().into_iter().filter(|column| {
                let of_transactions = Aggregate::CountIf(Filter::Has(SpanField::Transaction));
                counts_names || *column != Column::Aggregate(of_transactions)
            }));
            let is_fine = columns.contains(&Column::Bucket(MINUTE));
            let scope = if is_fine { newest_hours() } else { last_hours() };
            let asked = question(columns, filter, Scope { environments, ..scope });
            let found = wait(store.engine.spans(asked.clone())).unwrap().rows;
            assert!(!found.is_empty());
            assert_alike(&found, &from_rows(&store, asked));
        }
    }
}

#[test]
fn what_was_let_go_is_still_counted() {
    let all = SmallStore::with_spans(&spans(), Place::Parts);
    let thinned = SmallStore::with_spans_thinned(&spans());
    for (mut columns, filter, environments) in questions() {
        columns.push(Column::Aggregate(Aggregate::Count));
        let is_fine = columns.contains(&Column::Bucket(MINUTE));
        let scope = if is_fine { newest_hours() } else { last_hours() };
        let asked = question(columns, filter, Scope { environments, ..scope });
        let found = wait(thinned.engine.spans(asked.clone())).unwrap().rows;
        assert_alike(&found, &wait(all.engine.spans(asked.clone())).unwrap().rows);
        let rows = from_rows(&thinned, asked);
        assert_ne!(rows, found, "there are no rows");
    }
}

#[test]
fn short_windows_and_other_questions_look_at_rows() {
    let thinned = SmallStore::with_spans_thinned(&spans());
    let count = || vec![Column::Aggregate(Aggregate::Count)];
    let ten_minutes = Window { start: Micros(NOW.0 - 70 * MINUTE), end: Micros(NOW.0 - HOUR) };
    let scope = Scope { window: ten_minutes, ..everything() };
    let short = question(count(), Filter::All, scope);
    let rare = question(count(), Filter::Has(SpanField::User), last_hours());
    let fine = vec![Column::Bucket(30_000_000), Column::Aggregate(Aggregate::Count)];
    let fine = question(fine, Filter::All, last_hours());
    let missing = SmallStore::with_spans(&spans(), Place::Parts);
    missing.remove_cells();
    let all = question(count(), Filter::All, last_hours());
    for (store, asked) in [(&thinned, short), (&thinned, rare), (&thinned, fine), (&missing, all)] {
        let found = wait(store.engine.spans(asked.clone())).unwrap().rows;
        assert_alike(&found, &from_rows(store, asked));
    }
}

#[test]
fn a_window_is_one_of_full_minutes() {
    let store = SmallStore::with_spans(&spans(), Place::Both);
    let minute = 3 * MINUTE / 10;
    let count = |start: u64| {
        let window = Window { start: Micros(start), end: NOW };
        let asked = vec![Column::Aggregate(Aggregate::Count)];
        let asked = question(asked, Filter::All, Scope { window, ..everything() });
        wait(store.engine.spans(asked)).unwrap().rows
    };
    let full = NOW.0 / MINUTE * MINUTE - HOUR;
    assert_eq!(count(full), count(full + minute));
    assert_eq!(count(full), count(full - minute));
    assert_ne!(count(full), count(full + MINUTE));
}
