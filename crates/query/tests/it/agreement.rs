//! Wherever rows are, and whatever is asked, the engine answers what the plain meaning says.

use lang::ask::{
    Aggregate, Ask, Cell, Column, Direction, FacetQuestion, Field, Filter, Glob, Operator, Pairs,
    Scope, TableQuestion, Window,
};
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{IssueId, ProjectId, TraceId};
use proptest::prelude::*;
use proptest::sample::select;

use crate::naive;
use crate::small_store::{PLACES, SmallStore, row, wait};

const TEXTS: [&str; 9] = ["", "a", "ab", "Abc", "b*c", "Ж", "12", "a\nb", "2.5"];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn error_row() -> impl Strategy<Value = ErrorRow> {
    let texts = (text(), text(), text(), text(), text());
    let tags = prop::collection::btree_map(select(&["t", "u"][..]), text(), 0..3);
    let numbers = (1..4_u64, 1..4_u64, 0..40_u64, 0..1000_u32);
    let handled = prop::option::of(any::<bool>());
    (texts, tags, numbers, handled, prop::option::of(0..3_u8)).prop_map(
        |((level, environment, title, user, functions), tags, numbers, handled, trace)| {
            let (project, issue, timestamp, size) = numbers;
            ErrorRow {
                project: ProjectId(project),
                issue: IssueId(issue),
                level,
                environment,
                title,
                user,
                stack_functions: functions,
                error_handled: handled,
                trace: trace.map(|byte| TraceId([byte; 16])),
                tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                size,
                ..row(0, timestamp)
            }
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<ErrorRow>> {
    prop::collection::vec(error_row(), 0..40).prop_map(|mut rows| {
        for (row, number) in rows.iter_mut().zip(0..) {
            row.event_id = model::id::EventId([number; 16]);
        }
        rows
    })
}

fn text_field() -> impl Strategy<Value = Field> {
    select(vec![
        Field::Level,
        Field::Environment,
        Field::Title,
        Field::User,
        Field::StackFunctions,
        Field::Tag("t".to_owned()),
    ])
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn condition() -> impl Strategy<Value = Filter> {
    let equality = || select(vec![Operator::Equal, Operator::NotEqual]);
    let glob = prop::collection::vec(text(), 2..4).prop_map(|pieces| Glob { pieces });
    let tag = || Field::Tag("t".to_owned());
    let traced = prop_oneof![Just("01".repeat(16)), Just("no id".to_owned())];
    prop_oneof![
        Just(Filter::All),
        Just(Filter::Nothing),
        text_field().prop_map(Filter::Has),
        (text_field(), equality(), text()).prop_map(|(field, operator, text)| Filter::Compare(
            field,
            operator,
            Cell::Text(text)
        )),
        (text_field(), prop::collection::vec(text(), 0..3)).prop_map(|(field, texts)| {
            Filter::In(field, texts.into_iter().map(Cell::Text).collect())
        }),
        (text_field(), text()).prop_map(|(field, part)| Filter::Contains(field, part)),
        (text_field(), glob).prop_map(|(field, glob)| Filter::Glob(field, glob)),
        (operator(), 0..40_u64).prop_map(|(operator, at)| {
            Filter::Compare(Field::Timestamp, operator, Cell::Time(Micros(at)))
        }),
        (operator(), 0..1000_u64).prop_map(|(operator, size)| Filter::Compare(
            Field::Size,
            operator,
            Cell::U64(size)
        )),
        (operator(), 0..20_u64).prop_map(move |(operator, value)| Filter::Compare(
            tag(),
            operator,
            Cell::U64(value)
        )),
        (equality(), any::<bool>()).prop_map(|(operator, truth)| {
            Filter::Compare(Field::ErrorHandled, operator, Cell::Bool(truth))
        }),
        traced.prop_map(|id| Filter::Compare(Field::Trace, Operator::Equal, Cell::Text(id))),
        Just(Filter::Has(Field::Trace)),
        prop::collection::vec(1..4_u64, 0..3)
            .prop_map(|ids| Filter::In(Field::Issue, ids.into_iter().map(Cell::U64).collect())),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    condition().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    let projects = prop::collection::btree_set((1..4_u64).prop_map(ProjectId), 0..4);
    let issues = prop::option::of(prop::collection::vec((1..4_u64).prop_map(IssueId), 0..3));
    let environments = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec(text(), 1..3),
    ];
    let window = prop_oneof![Just((0, 100)), (0..40_u64, 0..40_u64)];
    (projects, issues, environments, window).prop_map(|(projects, issues, environments, window)| {
        let (start, end) = (Micros(window.0), Micros(window.1));
        let projects = projects.into_iter().collect();
        Scope { projects, issues, environments, window: Window { start, end } }
    })
}

fn row_question(
    scope: Scope,
    filter: Filter,
    direction: Direction,
    page: (usize, usize),
) -> TableQuestion {
    let fields = [
        Field::Timestamp,
        Field::EventId,
        Field::Title,
        Field::Level,
        Field::Issue,
        Field::ErrorHandled,
        Field::Trace,
        Field::Tag("u".to_owned()),
    ];
    TableQuestion {
        scope,
        filter,
        columns: fields.into_iter().map(Column::Field).collect(),
        having: Vec::new(),
        order: vec![(0, direction)],
        offset: page.0,
        limit: page.1,
    }
}

fn group_question(scope: Scope, filter: Filter, condition: Filter) -> TableQuestion {
    let aggregates = [
        Aggregate::Quantile(Field::Size, 0.9),
        Aggregate::Count,
        Aggregate::CountIf(condition),
        Aggregate::CountUnique(Field::User),
        Aggregate::Min(Field::Timestamp),
        Aggregate::Max(Field::Timestamp),
        Aggregate::Sum(Field::Size),
        Aggregate::Average(Field::Size),
        Aggregate::Latest(Field::Title),
    ];
    let keys = [Column::Field(Field::Level), Column::Bucket(10)];
    TableQuestion {
        scope,
        filter,
        columns: keys.into_iter().chain(aggregates.map(Column::Aggregate)).collect(),
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_place_gives_the_plain_answer(
        rows in rows(),
        scope in scope(),
        filter in filter(),
        condition in condition(),
        page in (0..5_usize, 0..20_usize),
        ascending in any::<bool>(),
    ) {
        let direction = if ascending { Direction::Ascending } else { Direction::Descending };
        let in_rows = row_question(scope.clone(), filter.clone(), direction, page);
        let in_groups = group_question(scope.clone(), filter.clone(), condition);
        let in_facets = FacetQuestion {
            scope: scope.clone(),
            filter: filter.clone(),
            pairs: Pairs::Tags,
            key: None,
            value_contains: String::new(),
            values_max: 100,
        };
        for place in PLACES {
            let small = SmallStore::with(&rows, place);
            let answer = wait(small.engine.table(in_rows.clone())).unwrap();
            prop_assert_eq!(answer.rows, naive::newest(&in_rows, &rows), "{:?}", place);
            let mut groups = wait(small.engine.table(in_groups.clone())).unwrap().rows;
            let mut expected: Vec<_> = naive::groups(&in_groups, &rows).into_values().collect();
            let by_key = |cells: &Vec<Cell>| format!("{:?}", &cells[..2]);
            groups.sort_by_key(by_key);
            expected.sort_by_key(by_key);
            let is_close = groups.len() == expected.len() && groups.iter().zip(&expected).all(
                |(answer, expected)| naive::is_close(&in_groups, answer, expected),
            );
            prop_assert!(is_close, "{:?}: {:?} {:?}", place, groups, expected);
            let facets = wait(small.engine.facets(in_facets.clone())).unwrap();
            let expected = naive::facets(&naive::seen(&scope, &filter, &rows));
            prop_assert_eq!(facets, expected, "{:?}", place);
        }
    }
}
