//! Columns of an events table, and what a search bar offers.

use lang::ask::{Aggregate, Cell, Column, Field, Filter, Operator};
use lang::search::{Display, Kind, Type, column, suggest};

#[track_caller]
fn check(text: &str, expected: Column, display: Display, kind: Type) {
    let selected = column(text).unwrap();
    assert_eq!((selected.column, selected.display, selected.kind), (expected, display, kind));
}

#[test]
fn plain_columns() {
    check("title", Column::Field(Field::Title), Display::Plain, Type::String);
    check("issue", Column::Field(Field::Issue), Display::ShortId, Type::String);
    check("issue.id", Column::Field(Field::Issue), Display::Plain, Type::Integer);
    check("project", Column::Field(Field::Project), Display::ProjectSlug, Type::String);
    check("timestamp", Column::Field(Field::Timestamp), Display::Plain, Type::Date);
    check("timestamp.to_hour", Column::Bucket(3_600_000_000), Display::Plain, Type::Date);
    check("error.unhandled", Column::Field(Field::ErrorHandled), Display::Opposite, Type::Boolean);
    let tag = |name: &str| Column::Field(Field::Tag(name.to_owned()));
    check("tags[os.name]", tag("os.name"), Display::Plain, Type::String);
    check("customer", tag("customer"), Display::Plain, Type::String);
}

#[test]
fn aggregates() {
    let aggregate = Column::Aggregate;
    check("count()", aggregate(Aggregate::Count), Display::Plain, Type::Integer);
    check(
        "count_unique( user )",
        aggregate(Aggregate::CountUnique(Field::User)),
        Display::Plain,
        Type::Integer,
    );
    check("epm()", aggregate(Aggregate::Count), Display::PerMinute, Type::Rate);
    check("last_seen()", aggregate(Aggregate::Max(Field::Timestamp)), Display::Plain, Type::Date);
    check(
        "latest_event()",
        aggregate(Aggregate::Latest(Field::EventId)),
        Display::Plain,
        Type::String,
    );
    let fatal = Filter::Compare(Field::Level, Operator::Equal, Cell::Text("fatal".to_owned()));
    check(
        "count_if(level, equals, fatal)",
        aggregate(Aggregate::CountIf(fatal)),
        Display::Plain,
        Type::Integer,
    );
}

#[test]
fn what_is_no_column() {
    let message = |text| column(text).unwrap_err().to_string();
    assert_eq!(message("nonsense(x)"), "nonsense(x) is not a valid function");
    assert_eq!(
        message("p95(transaction.duration)"),
        "p95(transaction.duration) is not a valid column: error events have no durations"
    );
    assert_eq!(message("two words"), "Invalid key for this search: two words");
}

#[test]
fn suggestions_name_every_key_once() {
    let keys = suggest::keys();
    let mut names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), keys.len());
    let handled = keys.iter().find(|key| key.name == "error.handled").unwrap();
    assert_eq!((handled.kind, handled.values.as_slice()), (Kind::Boolean, &["true", "false"][..]));
}
