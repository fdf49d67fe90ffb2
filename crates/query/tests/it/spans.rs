//! Questions about spans and traces over small stores.

use std::borrow::Cow;

use lang::ask::{
    Aggregate, Ask, AskError, AttributeKind, Cell, Column, Direction, Filter, Having, Operator,
    SpanAttributesQuestion, SpanFacetsQuestion, SpanField, TableQuestion, Trace, TraceQuestion,
};
use model::clock::Micros;
use model::id::{IssueId, ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};

use crate::naive;
use crate::small_store::{PLACES, Place, SmallStore, everything, wait};

/// A span with nothing in it but ids and a time.
pub(crate) fn span(number: u16, timestamp: u64) -> SpanRow<'static> {
    let text = || Cow::Borrowed("");
    let [high, low] = number.to_be_bytes();
    SpanRow {
        project: ProjectId(1),
        trace: TraceId([1; 16]),
        span: SpanId([0, 0, 0, 0, 0, 0, high, low]),
        parent: None,
        segment: SpanId([1; 8]),
        is_segment: false,
        timestamp: Micros(timestamp),
        duration: 0,
        self_time: 0,
        received: Micros(timestamp + 5),
        op: Cow::Borrowed("default"),
        category: text(),
        name: text(),
        description: text(),
        group: 0,
        transaction: text(),
        status: text(),
        environment: text(),
        release: text(),
        platform: text(),
        user: text(),
        weight: 1.0,
        attributes: Vec::new(),
    }
}

fn with(name: &'static str, value: AttributeValue<'static>) -> Vec<Attribute<'static>> {
    vec![Attribute { name: Cow::Borrowed(name), value }]
}

/// Spans of two parts and of the memory table: `rare` is in the first part's map as text, has a column of
/// numbers in the second, and is true or false in memory.
fn three_places() -> [Vec<SpanRow<'static>>; 3] {
    let text = |text: String| AttributeValue::Text(Cow::Owned(text));
    let spans = |numbers: std::ops::Range<u16>,
                 rare: fn(u16) -> Option<AttributeValue<'static>>| {
        let each = numbers.map(|number| {
            let mut row = span(number, 1_000 + u64::from(number) * 7 % 600);
            row.duration = u64::from(number) * 1_500;
            row.weight = [1.0, 4.0, 2.5][usize::from(number % 3)];
            row.user = Cow::Owned(format!("id:{}", number % 50));
            row.trace = TraceId([u8::try_from(number % 20).unwrap(); 16]);
            row.attributes = with("often", text(format!("{}", number % 7)));
            row.attributes
                .extend(rare(number).map(|value| Attribute { name: Cow::Borrowed("rare"), value }));
            row
        });
        each.collect::<Vec<_>>()
    };
    [
        spans(0..300, |number| {
            let text = Cow::Owned(format!("1{number}"));
            (number % 200 == 7).then_some(AttributeValue::Text(text))
        }),
        spans(300..600, |number| Some(AttributeValue::Number(f64::from(number % 4) * 0.5))),
        spans(600..700, |number| Some(AttributeValue::Bool(number % 2 == 0))),
    ]
}

fn question(
    filter: Filter<SpanField>,
    columns: Vec<Column<SpanField>>,
) -> TableQuestion<SpanField> {
    TableQuestion {
        scope: everything(),
        filter,
        columns,
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1000,
    }
}

fn rare() -> SpanField {
    SpanField::Attribute("rare".to_owned())
}

fn rare_number() -> SpanField {
    SpanField::Number("rare".to_owned())
}

#[test]
fn attributes_are_found_wherever_they_are() {
    let [one, two, memory] = three_places();
    let store = SmallStore::with_parts(&[&one, &two], &memory);
    let all = [one, two, memory].concat();
    let text = |text: &str| Cell::Text(text.to_owned());
    let filters = [
        Filter::All,
        Filter::Has(rare()),
        Filter::Compare(rare(), Operator::Equal, text("1.5")),
        Filter::Compare(rare(), Operator::Equal, text("1207")),
        Filter::Compare(rare(), Operator::NotEqual, text("true")),
        Filter::Compare(rare_number(), Operator::GreaterOrEqual, Cell::F64(1.0)),
        // Few match: files decide row by row.
        Filter::And(vec![
            Filter::Compare(SpanField::User, Operator::Equal, text("id:7")),
            Filter::In(rare(), vec![text("17"), text("1.5"), text("0"), text("false")]),
        ]),
        Filter::And(vec![
            Filter::Compare(SpanField::Trace, Operator::Equal, text(&"07".repeat(16))),
            Filter::Compare(rare_number(), Operator::Less, Cell::F64(100.0)),
        ]),
        Filter::In(SpanField::Trace, vec![text(&"63".repeat(16)), text("none")]),
    ];
    let aggregates = [
        Aggregate::Count,
        Aggregate::CountUnique(SpanField::Attribute("often".to_owned())),
        Aggregate::Sum(rare_number()),
        Aggregate::Quantile(rare_number(), 0.5),
        Aggregate::Quantile(SpanField::Duration, 0.5),
        Aggregate::Quantile(SpanField::Duration, 0.99),
        Aggregate::Histogram(SpanField::Duration),
        Aggregate::Histogram(rare_number()),
        Aggregate::Squares(rare_number()),
        Aggregate::Latest(rare()),
    ];
    let aggregates = aggregates.map(Column::Aggregate);
    for filter in filters {
        let keys = [Column::Field(rare())];
        let columns = keys.into_iter().chain(aggregates.clone()).collect();
        let in_groups = question(filter.clone(), columns);
        let mut groups = wait(store.engine.spans(in_groups.clone())).unwrap().rows;
        let mut expected: Vec<_> = naive::groups(&in_groups, &all).into_values().collect();
        groups.sort_by_key(|cells| format!("{:?}", cells[0]));
        expected.sort_by_key(|cells| format!("{:?}", cells[0]));
        assert_eq!(groups.len(), expected.len(), "{filter:?}");
        for (answer, expected) in groups.iter().zip(&expected) {
            assert!(naive::is_close(&in_groups, answer, expected), "{answer:?} {expected:?}");
        }
        let fields = [SpanField::Timestamp, SpanField::Span, rare(), rare_number()];
        let in_rows = TableQuestion {
            limit: 20,
            ..question(filter.clone(), fields.map(Column::Field).to_vec())
        };
        let answer = wait(store.engine.spans(in_rows.clone())).unwrap().rows;
        assert_eq!(answer, naive::newest(&in_rows, &all), "{filter:?}");
    }
}

#[test]
fn groups_are_sorted_compared_and_cut() {
    let spans = three_places().concat();
    for place in PLACES {
        let store = SmallStore::with_spans(&spans, place);
        let columns = vec![
            Column::Field(SpanField::User),
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::Quantile(SpanField::Duration, 0.95)),
        ];
        let question = TableQuestion {
            having: vec![Having { column: 1, operator: Operator::Greater, value: 35.0 }],
            order: vec![(2, Direction::Descending)],
            limit: 3,
            ..question(Filter::All, columns)
        };
        let answer = wait(store.engine.spans(question.clone())).unwrap().rows;
        let all = naive::groups(&question, &spans).into_values();
        let mut expected: Vec<_> =
            all.filter(|cells| matches!(cells[1], Cell::U64(count) if count > 35)).collect();
        let quantile = |cells: &[Cell]| match cells[2] {
            Cell::F64(quantile) => quantile,
            _ => 0.0,
        };
        expected.sort_by(|one, other| quantile(other).total_cmp(&quantile(one)));
        assert_eq!(answer.len(), 3);
        assert!(answer.windows(2).all(|pair| quantile(&pair[0]) >= quantile(&pair[1])));
        let largest = quantile(&expected[0]);
        assert!((quantile(&answer[0]) - largest).abs() <= largest * 0.01, "{answer:?}");
    }
}

#[test]
fn nothing_is_counted_as_nothing() {
    let store = SmallStore::with_spans(&three_places().concat(), Place::Both);
    let columns = [
        Aggregate::Count,
        Aggregate::CountIf(Filter::All),
        Aggregate::Quantile(SpanField::Duration, 0.5),
        Aggregate::Average(rare_number()),
        Aggregate::Squares(SpanField::Duration),
    ];
    let nothing = Filter::Compare(SpanField::Op, Operator::Equal, Cell::Text("no".to_owned()));
    let mut question = question(nothing, columns.map(Column::Aggregate).to_vec());
    let expected = [[Cell::U64(0), Cell::U64(0), Cell::Null, Cell::Null, Cell::Null]];
    // Issues are no matter of spans.
    question.scope.issues = Some(vec![IssueId(1)]);
    assert_eq!(wait(store.engine.spans(question.clone())).unwrap().rows, expected);
    question.scope.projects.clear();
    assert_eq!(wait(store.engine.spans(question)).unwrap().rows, expected);
}

#[test]
fn questions_about_spans_that_are_refused() {
    let store = SmallStore::with_spans(&three_places().concat(), Place::Both);
    let number = |number: usize| Filter::Has(SpanField::Attribute(format!("attribute {number}")));
    let many = |column: usize| {
        let each = (0..9).map(|place| number(column * 9 + place)).collect();
        Column::Aggregate(Aggregate::CountIf(Filter::And(each)))
    };
    let refused = [
        vec![Column::Aggregate(Aggregate::Sum(SpanField::Name))],
        vec![Column::Aggregate(Aggregate::Max(SpanField::Trace))],
        vec![Column::Aggregate(Aggregate::Quantile(SpanField::IsSegment, 0.5))],
        (0..30).map(many).collect(),
    ];
    for columns in refused {
        let answer = wait(store.engine.spans(question(Filter::All, columns)));
        assert!(matches!(answer, Err(AskError::Invalid(_))), "{answer:?}");
    }
}

#[test]
fn a_trace_is_whole_and_in_order() {
    let mut root = span(1, 1_000);
    root.duration = 900;
    root.is_segment = true;
    let mut child = span(2, 1_000);
    child.duration = 100;
    child.parent = Some(root.span);
    child.project = ProjectId(2);
    child.attributes = with("db.system", AttributeValue::Text(Cow::Borrowed("postgresql")));
    let mut again = child.clone();
    again.received = Micros(9_000);
    let mut namesake = child.clone();
    namesake.project = ProjectId(3);
    let mut stranger = span(3, 1_000);
    stranger.trace = TraceId([2; 16]);
    let late = span(4, 2_000);
    let parts: [&[SpanRow<'_>]; 2] =
        [&[late.clone(), again, stranger.clone()], &[child.clone(), namesake]];
    let store = SmallStore::with_parts(&parts, &[stranger, root.clone()]);
    let ask = |projects: &[u64], trace: u8| {
        let projects = projects.iter().map(|project| ProjectId(*project)).collect();
        let trace = TraceId([trace; 16]);
        wait(store.engine.trace(TraceQuestion { projects, trace })).unwrap()
    };
    let whole = Trace { spans: vec![root.clone(), child.clone(), late.clone()], is_cut: false };
    assert_eq!(ask(&[1, 2], 1), whole);
    assert_eq!(ask(&[2], 1).spans, [child]);
    assert_eq!(ask(&[1], 1).spans, [root, late]);
    assert_eq!(ask(&[1, 2], 9), Trace::default());
    assert_eq!(ask(&[], 1), Trace::default());
}

#[test]
fn names_of_attributes() {
    let [one, two, memory] = three_places();
    let mut others = memory.clone();
    for span in &mut others {
        span.project = ProjectId(2);
        span.attributes.push(with("secret", AttributeValue::Number(1.0)).remove(0));
    }
    let part = [one, others].concat();
    let store = SmallStore::with_parts(&[&part, &two], &memory);
    let ask = |projects: &[u64], part: &str, limit: usize| {
        let mut scope = everything();
        scope.projects = projects.iter().map(|project| ProjectId(*project)).collect();
        let name_contains = part.to_owned();
        let question = SpanAttributesQuestion { scope, name_contains, limit };
        let found = wait(store.engine.span_attributes(question)).unwrap();
        found.into_iter().map(|it| (it.name, it.kind, it.count)).collect::<Vec<_>>()
    };
    let named = |name: &str, kind, count| (name.to_owned(), kind, count);
    let often = named("often", AttributeKind::Text, 700);
    let rare = named("rare", AttributeKind::Number, 402);
    assert_eq!(ask(&[1], "", 10), [often.clone(), rare], "counted in rows");
    assert_eq!(ask(&[1], "OFT", 10), ask(&[1], "", 1));
    assert_eq!(ask(&[1], "", 1), [often]);
    assert_eq!(ask(&[2], "", 10)[1], named("rare", AttributeKind::Bool, 100));
    assert_eq!(ask(&[2], "secret", 10), [named("secret", AttributeKind::Number, 100)]);
    assert_eq!(ask(&[1, 2], "", 10)[0], named("often", AttributeKind::Text, 800), "from the list");
    assert_eq!(ask(&[1], "secret", 10), [], "of another project");
    assert_eq!(ask(&[], "", 10), []);
}

#[test]
fn values_that_are_frequent_in_sets() {
    let [one, two, memory] = three_places();
    let store = SmallStore::with_parts(&[&one, &two], &memory);
    let all = [one, two, memory].concat();
    let long = Filter::Compare(SpanField::Duration, Operator::Greater, Cell::F64(600.0));
    let sets = vec![long.clone(), Filter::Not(Box::new(long)), Filter::Has(rare())];
    let question = SpanFacetsQuestion {
        scope: everything(),
        sets: sets.clone(),
        fields: vec![SpanField::User, SpanField::Project, SpanField::IsSegment],
        facets_max: 10,
        values_max: 100,
    };
    let found = wait(store.engine.span_facets(question)).unwrap();
    let weights = |filter: &Filter<SpanField>| -> f64 {
        all.iter().filter(|row| naive::matches(filter, row)).map(|row| row.weight).sum()
    };
    let in_sets = |filter: Filter<SpanField>| {
        let each = sets.iter().map(|set| weights(&Filter::And(vec![set.clone(), filter.clone()])));
        each.collect::<Vec<_>>()
    };
    assert_eq!(found.totals, in_sets(Filter::All));
    assert_eq!(found.facets.len(), 5);
    for facet in &found.facets {
        if matches!(facet.field, SpanField::Project | SpanField::IsSegment) {
            assert_eq!(facet.totals, found.totals);
            assert_eq!(facet.values.len(), 1);
            continue;
        }
        assert_eq!(facet.totals, in_sets(Filter::Has(facet.field.clone())), "{:?}", facet.field);
        for (value, counts) in &facet.values {
            let is =
                Filter::Compare(facet.field.clone(), Operator::Equal, Cell::Text(value.clone()));
            assert_eq!(*counts, in_sets(is), "{:?} {value}", facet.field);
        }
    }
    let rare = found.facets.iter().find(|facet| facet.field == rare()).unwrap();
    // Four numbers, two texts, true and false.
    assert_eq!(rare.values.len(), 8);
}
