//! Wherever spans are, and whatever attributes they have, the engine answers what the plain meaning says.

use std::borrow::Cow;

use lang::ask::{
    Aggregate, Ask, Cell, Column, Direction, Filter, Glob, Operator, Scope, SpanField,
    TableQuestion, Window,
};
use lang::matching::Matcher;
use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};
use proptest::prelude::*;
use proptest::sample::select;

use crate::naive;
use crate::small_store::{PLACES, SmallStore, wait};
use crate::spans::span;

const TEXTS: [&str; 8] = ["", "a", "ab", "Abc", "Ж", "12", "2.5", "true"];
const NUMBERS: [f64; 5] = [0.0, 12.0, 2.5, -3.25, 1e9];
/// Names that would be something else to a language, a file format or a path.
const NAMES: [&str; 8] = ["a", "A", "a.b", "", "\"q' \\`", "Ж.é", "t.a", "texts"];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn attributes() -> impl Strategy<Value = Vec<Attribute<'static>>> {
    let value = prop_oneof![
        text().prop_map(|text| AttributeValue::Text(Cow::Owned(text))),
        select(&NUMBERS[..]).prop_map(AttributeValue::Number),
        any::<bool>().prop_map(AttributeValue::Bool),
    ];
    prop::collection::btree_map(select(&NAMES[..]), value, 0..5).prop_map(|attributes| {
        let attribute = |(name, value)| Attribute { name: Cow::Borrowed(name), value };
        attributes.into_iter().map(attribute).collect()
    })
}

fn span_row() -> impl Strategy<Value = SpanRow<'static>> {
    let texts = (text(), text(), text(), text());
    let numbers = (1..4_u64, 0..40_u64, 0..5_000_u64, 0..3_u64, 0..3_u8);
    let segment = prop::option::of(0..3_u8);
    // The name, when it is nothing else.
    let description = prop::option::of(text());
    let weight = select(&[1.0, 2.0, 2.5, 10.0][..]);
    let parent = prop::option::of(0..3_u8);
    (texts, attributes(), numbers, weight, any::<bool>(), (parent, segment, description)).prop_map(
        |((op, name, environment, user), attributes, numbers, weight, is_segment, ids)| {
            let (project, timestamp, duration, group, trace) = numbers;
            let (parent, segment, description) = ids;
            SpanRow {
                project: ProjectId(project),
                trace: TraceId([trace; 16]),
                parent: parent.map(|byte| SpanId([byte; 8])),
                // The span itself, when it is no other.
                segment: SpanId([segment.unwrap_or(u8::MAX); 8]),
                op: Cow::Owned(op),
                description: Cow::Owned(description.unwrap_or_else(|| name.clone())),
                name: Cow::Owned(name),
                environment: Cow::Owned(environment),
                user: Cow::Owned(user),
                duration,
                group,
                weight,
                is_segment,
                attributes,
                ..span(0, timestamp)
            }
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<SpanRow<'static>>> {
    prop::collection::vec(span_row(), 0..40).prop_map(|mut rows| {
        for (row, number) in rows.iter_mut().zip(0..) {
            row.span = SpanId([number; 8]);
            if row.segment == SpanId([u8::MAX; 8]) {
                row.segment = row.span;
            }
        }
        rows
    })
}

fn attribute() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

fn text_field() -> impl Strategy<Value = SpanField> {
    prop_oneof![
        select(vec![
            SpanField::Op,
            SpanField::Name,
            SpanField::Description,
            SpanField::Environment,
            SpanField::User
        ]),
        attribute().prop_map(SpanField::Attribute),
        attribute().prop_map(SpanField::Attribute),
    ]
}

fn number_field() -> impl Strategy<Value = SpanField> {
    prop_oneof![
        select(vec![SpanField::Duration, SpanField::Weight]),
        attribute().prop_map(SpanField::Number),
        attribute().prop_map(SpanField::Attribute),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn condition() -> impl Strategy<Value = Filter<SpanField>> {
    let equality = || select(vec![Operator::Equal, Operator::NotEqual]);
    let glob = prop::collection::vec(text(), 2..4).prop_map(|pieces| Glob { pieces });
    let trace = select(vec!["01".repeat(16), "05".repeat(16), "no id".to_owned()]);
    let group = select(vec!["0000000000000001", "0000000000000005", "", "no group"]);
    let number = prop_oneof![
        select(&NUMBERS[..]),
        (0..5_000_u32).prop_map(|micros| f64::from(micros) / 1_000.0),
        select(vec![0.0005, 1.0004, -1.0, 1e30]),
    ];
    prop_oneof![
        Just(Filter::All),
        Just(Filter::Nothing),
        text_field().prop_map(Filter::Has),
        number_field().prop_map(Filter::Has),
        select(vec![SpanField::Parent, SpanField::Group, SpanField::Trace]).prop_map(Filter::Has),
        (text_field(), operator(), text()).prop_map(|(field, operator, text)| Filter::Compare(
            field,
            operator,
            Cell::Text(text)
        )),
        (text_field(), prop::collection::vec(text(), 0..3)).prop_map(|(field, texts)| {
            Filter::In(field, texts.into_iter().map(Cell::Text).collect())
        }),
        (text_field(), text()).prop_map(|(field, part)| Filter::Contains(field, part)),
        (text_field(), glob).prop_map(|(field, glob)| Filter::Glob(field, glob)),
        (number_field(), operator(), number).prop_map(|(field, operator, number)| {
            Filter::Compare(field, operator, Cell::F64(number))
        }),
        (equality(), any::<bool>()).prop_map(|(operator, truth)| {
            Filter::Compare(SpanField::IsSegment, operator, Cell::Bool(truth))
        }),
        (equality(), group).prop_map(|(operator, group)| {
            Filter::Compare(SpanField::Group, operator, Cell::Text(group.to_owned()))
        }),
        trace.prop_map(|id| Filter::Compare(SpanField::Trace, Operator::Equal, Cell::Text(id))),
        Just(Filter::In(SpanField::Parent, vec![Cell::Text("01".repeat(8))])),
        Just(Filter::In(SpanField::Segment, vec![Cell::Text("01".repeat(8))])),
        equality().prop_map(|operator| {
            Filter::Compare(SpanField::Segment, operator, Cell::Text("02".repeat(8)))
        }),
    ]
}

fn filter() -> impl Strategy<Value = Filter<SpanField>> {
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
    let environments = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec(text(), 1..3),
    ];
    let window = prop_oneof![Just((0, 100)), (0..40_u64, 0..40_u64)];
    (projects, environments, window).prop_map(|(projects, environments, window)| {
        let (start, end) = (Micros(window.0), Micros(window.1));
        let projects = projects.into_iter().collect();
        Scope { projects, issues: None, environments, window: Window { start, end } }
    })
}

fn question(
    scope: Scope,
    filter: Filter<SpanField>,
    columns: Vec<Column<SpanField>>,
) -> TableQuestion<SpanField> {
    TableQuestion {
        scope,
        filter,
        columns,
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1000,
    }
}

fn row_columns(name: &str) -> Vec<Column<SpanField>> {
    let fields = [
        SpanField::Timestamp,
        SpanField::Span,
        SpanField::Parent,
        SpanField::Segment,
        SpanField::Op,
        SpanField::Description,
        SpanField::Group,
        SpanField::Duration,
        SpanField::IsSegment,
        SpanField::Weight,
        SpanField::Attribute(name.to_owned()),
        SpanField::Number(name.to_owned()),
        SpanField::Attribute(String::new()),
    ];
    fields.into_iter().map(Column::Field).collect()
}

fn group_columns(name: &str, condition: Filter<SpanField>) -> Vec<Column<SpanField>> {
    let number = || SpanField::Number(name.to_owned());
    let text = || SpanField::Attribute(name.to_owned());
    let aggregates = [
        Aggregate::Count,
        Aggregate::CountIf(condition),
        Aggregate::CountUnique(text()),
        Aggregate::CountUnique(SpanField::Group),
        Aggregate::Min(SpanField::Duration),
        Aggregate::Max(text()),
        Aggregate::Min(SpanField::Name),
        Aggregate::Max(SpanField::Timestamp),
        Aggregate::Sum(SpanField::Duration),
        Aggregate::Sum(text()),
        Aggregate::Average(number()),
        Aggregate::Quantile(SpanField::Duration, 0.5),
        Aggregate::Quantile(SpanField::Duration, 0.95),
        Aggregate::Quantile(number(), 0.75),
        Aggregate::Latest(text()),
        Aggregate::Latest(SpanField::Duration),
        Aggregate::Latest(SpanField::Parent),
    ];
    let keys = [Column::Field(text()), Column::Bucket(10), Column::Field(SpanField::Op)];
    keys.into_iter().chain(aggregates.map(Column::Aggregate)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_place_gives_the_plain_answer_about_spans(
        rows in rows(),
        scope in scope(),
        filter in filter(),
        condition in condition(),
        page in (0..5_usize, 0..20_usize),
        name in attribute(),
        ascending in any::<bool>(),
    ) {
        let direction = if ascending { Direction::Ascending } else { Direction::Descending };
        let in_rows = TableQuestion {
            order: vec![(0, direction)],
            offset: page.0,
            limit: page.1,
            ..question(scope.clone(), filter.clone(), row_columns(&name))
        };
        let in_groups = question(scope, filter, group_columns(&name, condition));
        let matcher = Matcher::new(&in_rows.filter);
        for row in &rows {
            let expected = naive::matches(&in_rows.filter, row);
            prop_assert_eq!(matcher.matches(row), expected, "as it arrives: {:?}", row);
        }
        for place in PLACES {
            let small = SmallStore::with_spans(&rows, place);
            let answer = wait(small.engine.spans(in_rows.clone())).unwrap();
            prop_assert_eq!(answer.rows, naive::newest(&in_rows, &rows), "{:?}", place);
            let mut groups = wait(small.engine.spans(in_groups.clone())).unwrap().rows;
            let mut expected: Vec<_> = naive::groups(&in_groups, &rows).into_values().collect();
            let by_key = |cells: &Vec<Cell>| format!("{:?}", &cells[..3]);
            groups.sort_by_key(by_key);
            expected.sort_by_key(by_key);
            let is_close = groups.len() == expected.len() && groups.iter().zip(&expected).all(
                |(answer, expected)| naive::is_close(&in_groups, answer, expected),
            );
            prop_assert!(is_close, "{:?}: {:#?} {:#?}", place, groups, expected);
        }
    }
}
