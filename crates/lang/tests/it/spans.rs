//! Searches for spans and columns of them.

use lang::ask::{Aggregate, Cell, Column, Filter, Glob, Operator, SpanField};
use lang::search::names::{Names, resolve};
use lang::search::{Display, Type, span_column, span_filter, suggest};
use model::clock::Micros;
use model::id::{IssueId, ProjectId};

use crate::NOW;

#[track_caller]
fn check(search: &str, expected: &Filter<SpanField>) {
    assert_eq!(span_filter(search, NOW).unwrap().0, *expected, "{search}");
}

fn text(field: SpanField, text: &str) -> Filter<SpanField> {
    Filter::Compare(field, Operator::Equal, Cell::Text(text.to_owned()))
}

fn than(field: SpanField, operator: Operator, value: u64) -> Filter<SpanField> {
    Filter::Compare(field, operator, Cell::U64(value))
}

fn attribute(name: &str) -> SpanField {
    SpanField::Attribute(name.to_owned())
}

fn number(name: &str) -> SpanField {
    SpanField::Number(name.to_owned())
}

fn not(filter: Filter<SpanField>) -> Filter<SpanField> {
    Filter::Not(Box::new(filter))
}

#[test]
fn names_and_their_aliases() {
    check("span.op:db", &text(SpanField::Op, "db"));
    check("transaction.op:db", &text(SpanField::Op, "db"));
    check("span.module:db", &text(SpanField::Category, "db"));
    check("span.description:x", &text(SpanField::Name, "x"));
    check("normalized_description:x", &text(SpanField::Description, "x"));
    check("trace:abc", &text(SpanField::Trace, "abc"));
    check("id:abc", &text(SpanField::Span, "abc"));
    check("span.status:ok", &text(SpanField::Status, "ok"));
    check("http.status_code:500", &text(attribute("http.response.status_code"), "500"));
    check("profile.id:x", &text(attribute("sentry.profile_id"), "x"));
    check("bet.currency:EUR", &text(attribute("bet.currency"), "EUR"));
    check("tags[my:key]:1", &text(attribute("my:key"), "1"));
    check("flags[new-ui]:true", &text(attribute("flag.evaluation.new-ui"), "true"));
    check("has:bet.amount", &Filter::Has(attribute("bet.amount")));
    check("!has:user", &not(Filter::Has(SpanField::User)));
    let is_segment = |is| Filter::Compare(SpanField::IsSegment, Operator::Equal, Cell::Bool(is));
    check("is_transaction:true", &is_segment(true));
    check("!is_transaction:1", &is_segment(false));
    check("event.type:transaction", &is_segment(true));
    check("event.type:error", &Filter::Nothing);
    check("!event.type:error", &not(Filter::Nothing));
}

#[test]
fn durations_sizes_and_numbers() {
    check("span.duration:>100ms", &than(SpanField::Duration, Operator::Greater, 100));
    check("span.self_time:<=1.5s", &than(SpanField::SelfTime, Operator::LessOrEqual, 1500));
    check("!span.duration:>2s", &than(SpanField::Duration, Operator::LessOrEqual, 2000));
    check("transaction.duration:300", &than(SpanField::Duration, Operator::Equal, 300));
    let lcp = number("browser.web_vital.lcp.value");
    check("measurements.lcp:>2.5s", &than(lcp.clone(), Operator::Greater, 2500));
    check("browser.web_vital.lcp.value:>2500", &than(lcp, Operator::Greater, 2500));
    check("measurements.bet:>5", &than(number("bet"), Operator::Greater, 5));
    check(
        "http.response_content_length:>1kb",
        &than(number("http.response.body.size"), Operator::Greater, 1000),
    );
    check("tags[amount,number]:>=5", &than(number("amount"), Operator::GreaterOrEqual, 5));
    // Only the values tell what these are.
    check("amount:>5", &than(number("amount"), Operator::Greater, 5));
    check("!amount:>5", &than(number("amount"), Operator::LessOrEqual, 5));
    check("amount:5", &text(attribute("amount"), "5"));
    check("amount:>x", &text(attribute("amount"), ">x"));
    check("amount:\">5\"", &text(attribute("amount"), ">5"));
    let message = span_filter("span.duration:slow", NOW).unwrap_err().to_string();
    assert!(message.starts_with("span.duration: Invalid number: slow."), "{message}");
}

#[test]
fn patterns_lists_words_and_times() {
    let pieces = vec!["GET ".to_owned(), String::new()];
    check("span.description:\"GET *\"", &Filter::Glob(SpanField::Name, Glob { pieces }));
    let cells = ["db", "http"].map(|text| Cell::Text(text.to_owned())).to_vec();
    check("span.category:[db,http]", &Filter::In(SpanField::Category, cells));
    let within = |field| Filter::Contains(field, "payout queue".to_owned());
    let words = Filter::Or(vec![within(SpanField::Name), within(SpanField::Description)]);
    check("payout queue", &words);
    check(
        "(span.op:db OR span.op:http) payout queue",
        &Filter::And(vec![
            Filter::Or(vec![text(SpanField::Op, "db"), text(SpanField::Op, "http")]),
            words,
        ]),
    );
    check(
        "timestamp:-1h",
        &Filter::Compare(
            SpanField::Timestamp,
            Operator::GreaterOrEqual,
            Cell::Time(Micros(NOW.0 - 3_600_000_000)),
        ),
    );
}

struct Known;

impl Names for Known {
    fn projects(&self) -> Vec<(ProjectId, String)> {
        vec![(ProjectId(3), "wallet".to_owned())]
    }

    fn issue(&self, _: &str) -> Option<IssueId> {
        None
    }

    fn latest_releases(&self) -> Vec<String> {
        vec!["wallet@2.0".to_owned()]
    }

    fn releases(&self) -> Vec<String> {
        vec!["wallet@1.0".to_owned(), "wallet@2.0".to_owned()]
    }
}

#[test]
fn names_become_what_rows_hold() {
    let resolved = |search| resolve(span_filter(search, NOW).unwrap().0, &Known);
    assert_eq!(resolved("project:wallet"), than(SpanField::Project, Operator::Equal, 3));
    assert_eq!(resolved("release:latest"), text(SpanField::Release, "wallet@2.0"));
    assert_eq!(resolved("release.version:<2"), text(SpanField::Release, "wallet@1.0"));
    assert_eq!(resolved("project:other"), Filter::Nothing);
}

#[test]
fn groups_are_compared_in_the_units_of_their_values() {
    let having = |search| {
        let having = span_filter(search, NOW).unwrap().1;
        having.iter().map(|one| (one.function.clone(), one.value)).collect::<Vec<_>>()
    };
    assert_eq!(having("p95(span.duration):>5m"), [("p95(span.duration)".to_owned(), 300_000.0)]);
    assert_eq!(having("count():>5m"), [("count()".to_owned(), 5e6)]);
    assert_eq!(having("failure_rate():>5%"), [("failure_rate()".to_owned(), 0.05)]);
    assert_eq!(having("avg(bet):>2"), [("avg(bet)".to_owned(), 2.0)]);
}

#[track_caller]
fn aggregate(name: &str, expected: Aggregate<SpanField>, kind: Type) {
    let selected = span_column(name).unwrap();
    assert_eq!(selected.column, Column::Aggregate(expected), "{name}");
    assert_eq!((selected.others.len(), selected.kind), (0, kind), "{name}");
}

#[test]
fn functions_of_one_column() {
    aggregate("count()", Aggregate::Count, Type::Integer);
    aggregate("count(bet)", Aggregate::CountIf(Filter::Has(attribute("bet"))), Type::Integer);
    aggregate("count_unique(user)", Aggregate::CountUnique(SpanField::User), Type::Integer);
    aggregate("p95()", Aggregate::Quantile(SpanField::Duration, 0.95), Type::Duration);
    aggregate("p50(bet)", Aggregate::Quantile(number("bet"), 0.5), Type::Number);
    aggregate("p100(span.self_time)", Aggregate::Max(SpanField::SelfTime), Type::Duration);
    aggregate(
        "percentile(measurements.lcp, 0.42)",
        Aggregate::Quantile(number("browser.web_vital.lcp.value"), 0.42),
        Type::Duration,
    );
    aggregate("sum(tags[bet,number])", Aggregate::Sum(number("bet")), Type::Number);
    aggregate("max(timestamp)", Aggregate::Max(SpanField::Timestamp), Type::Date);
    aggregate("last_seen()", Aggregate::Max(SpanField::Timestamp), Type::Date);
    let slow = Filter::Compare(SpanField::Duration, Operator::Greater, Cell::F64(300.0));
    aggregate("count_if(span.duration,greater,300)", Aggregate::CountIf(slow), Type::Integer);
    let failed = text(SpanField::Status, "ok");
    aggregate("count_if(span.status,notEquals,ok)", Aggregate::CountIf(not(failed)), Type::Integer);
    let segments = Filter::Compare(SpanField::IsSegment, Operator::Equal, Cell::Bool(true));
    aggregate("tpm()", Aggregate::CountIf(segments), Type::Rate);
    aggregate("spm()", Aggregate::Count, Type::Rate);
}

/// The value of a function for a row of its columns, and the totals of these.
#[track_caller]
fn value(name: &str, row: &[u64], totals: &[u64], expected: Option<f64>) {
    let selected = span_column(name).unwrap();
    assert_eq!(selected.columns().count(), row.len(), "{name}");
    let cells = |numbers: &[u64]| numbers.iter().map(|&it| Cell::U64(it)).collect::<Vec<_>>();
    assert_eq!(selected.formula.value(&cells(row), &cells(totals)), expected, "{name}");
}

#[test]
fn functions_of_several_columns() {
    value("failure_rate()", &[5, 20], &[], Some(0.25));
    value("failure_rate()", &[0, 0], &[], None);
    value("apdex(300)", &[6, 2, 10], &[], Some(0.7));
    value("apdex(span.duration,300)", &[6, 2, 10], &[], Some(0.7));
    value("time_spent_percentage()", &[5], &[20], Some(0.25));
    value("performance_score(measurements.score.lcp)", &[1, 2], &[], Some(0.5));
    value("opportunity_score(score.total)", &[10, 4], &[], Some(6.0));
    value("http_response_rate(5)", &[1, 4], &[], Some(0.25));
    value("precise.finish_ts", &[2_000_000, 500], &[], Some(2.5));
    value("equation|failure_count() / count() * (2 + 1)", &[2, 4], &[], Some(1.5));
    value("equation|count() - count()", &[4], &[], Some(0.0));
    assert_eq!(span_column("failure_rate()").unwrap().kind, Type::Percentage);
}

#[test]
fn orders_that_need_no_arithmetic() {
    let order = |name| span_column(name).unwrap().formula.ordered_as();
    assert_eq!(order("time_spent_percentage(span.duration)"), Some(0));
    assert_eq!(order("p95()"), Some(0));
    assert_eq!(order("failure_rate()"), None);
}

#[test]
fn plain_columns() {
    let check = |name: &str, field, display, kind| {
        let selected = span_column(name).unwrap();
        let expected = (Column::Field(field), display, kind);
        assert_eq!((selected.column, selected.display, selected.kind), expected, "{name}");
    };
    check("span.duration", SpanField::Duration, Display::Plain, Type::Duration);
    check("project", SpanField::Project, Display::ProjectSlug, Type::String);
    check("is_transaction", SpanField::IsSegment, Display::Plain, Type::Boolean);
    check("user.display", SpanField::User, Display::AfterColon, Type::String);
    check("tags[bet,number]", number("bet"), Display::Plain, Type::Number);
    check("bet", attribute("bet"), Display::Plain, Type::String);
}

#[test]
fn what_is_no_column() {
    let message = |text: &str| span_column(text).unwrap_err().to_string();
    assert_eq!(message("nonsense(x)"), "nonsense(x) is not a valid function");
    assert_eq!(message("percentile(bet,2)"), "percentile(bet,2) is not a valid function");
    assert_eq!(
        message("avg(transaction)"),
        "avg(transaction) is not a valid column: the field has no numbers"
    );
    assert_eq!(message("apdex(-1)"), "apdex(-1) is not a valid function");
    for text in ["1 + 2", "count() +", "count() count()", "(count()", "span.op + count()"] {
        let refused = format!("equation|{text}");
        assert_eq!(message(&refused), format!("'{text}' is not a valid equation"));
    }
    assert!(span_column(&format!("equation|{}count()", "(".repeat(4000))).is_err());
}

#[test]
fn suggestions_name_every_key_once() {
    let keys = suggest::span_keys();
    let mut names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(count > 20 && names.len() == count);
}
