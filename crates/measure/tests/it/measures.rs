//! From the text of a rule to what is asked.

use lang::ask::{Aggregate, Cell, Column, Field, Filter, SpanField};
use lang::data_set::is_segment;
use measure::{Measured, Reading, Value};
use serde_json::json;

use crate::given::{Given, MINUTE};

#[test]
fn data_sets_have_the_names_of_rules() {
    let given = Given::new();
    let kind = |dataset: &str, aggregate: &str| {
        let measured = given.measured(&json!({"dataset": dataset, "aggregate": aggregate}));
        match measured.unwrap() {
            Measured::Errors(_) => "errors",
            Measured::Spans(it) if it.filter == is_segment() => "transactions",
            Measured::Spans(_) => "spans",
            Measured::Sessions(it) if it.users => "users",
            Measured::Sessions(_) => "sessions",
        }
    };
    assert_eq!(kind("events", "count()"), "errors");
    assert_eq!(kind("events", "p95(transaction.duration)"), "transactions");
    assert_eq!(kind("generic_metrics", "failure_rate()"), "transactions");
    assert_eq!(kind("transactions", "apdex(300)"), "transactions");
    assert_eq!(kind("events_analytics_platform", "count(span.duration)"), "spans");
    let crashes = "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate";
    assert_eq!(kind("metrics", crashes), "sessions");
    assert_eq!(kind("sessions", "percentage(users_crashed, users)"), "users");
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_field() {
    let given = Given::new();
    let refused = |fields: serde_json::Value| {
        let problem = given.measured(&fields).unwrap_err();
        format!("{}: {problem}", problem.field())
    };
    assert_eq!(
        refused(json!({"aggregate": "cuont()"})),
        "aggregate: cuont() is not a valid function"
    );
    assert_eq!(
        refused(json!({"aggregate": "title"})),
        "aggregate: an alert needs an aggregate such as count()"
    );
    assert_eq!(
        refused(json!({"query": "count():>5"})),
        "query: the search of an alert cannot compare aggregates; use a threshold"
    );
    assert!(refused(json!({"query": "a AND"})).starts_with("query: "));
    assert_eq!(refused(json!({"dataset": "logs"})), "dataset: nothing of that dataset is stored");
    assert_eq!(
        refused(json!({"groupBy": ["project"]})),
        "groupBy: project is not a field that groups can be made of"
    );
    assert!(refused(json!({"anomaly": {"kind": "ratio"}})).starts_with("aggregate: only a share"));
    let game = json!({"kind": "rtp", "staked": "bet", "won": "won", "theory": 0.95, "sigma": 5});
    assert!(refused(json!({"anomaly": game})).starts_with("anomaly: stakes and wins are fields"));
}

#[test]
fn names_in_searches_are_looked_up() {
    let given = Given::new();
    let Measured::Errors(measure) = given.measured(&json!({"query": "project:bank"})).unwrap()
    else {
        unreachable!("it is about errors")
    };
    let bank = Cell::U64(given.projects[1].id.0);
    assert_eq!(measure.filter, Filter::Compare(Field::Project, lang::ask::Operator::Equal, bank));
}

#[test]
fn shares_are_two_counts() {
    let given = Given::new();
    let fields = json!({
        "dataset": "spans", "aggregate": "failure_rate()", "anomaly": {"kind": "ratio"},
    });
    let Measured::Spans(measure) = given.measured(&fields).unwrap() else {
        unreachable!("it is about spans")
    };
    // A failure rate counts what went wrong.
    let read = |failed, all| measure.value.read(&[Cell::U64(failed), Cell::U64(all)], MINUTE);
    assert_eq!(read(3, 20), Reading::Share(alert::Counts { good: 17, total: 20 }));
    assert_eq!(read(3, 20).number(), Some(0.85));
    assert_eq!(read(0, 0).number(), None);
    assert_eq!(measure::empty_cells(&measure.columns), [Cell::U64(0), Cell::U64(0)]);
}

#[test]
fn wagers_that_stand_for_others_count_for_less() {
    let given = Given::new();
    let game = json!({"kind": "rtp", "staked": "bet", "won": "won", "theory": 0.95, "sigma": 5});
    let Measured::Spans(measure) =
        given.measured(&json!({"dataset": "spans", "anomaly": game})).unwrap()
    else {
        unreachable!("it is about spans")
    };
    let bet = SpanField::Number("bet".to_owned());
    assert_eq!(measure.filter, Filter::Has(bet.clone()));
    assert_eq!(measure.columns[2], Column::Aggregate(Aggregate::Squares(bet)));
    let cells = [1_000.0, 2_000.0, 5_000.0, 1_900.0, 4_000.0].map(Cell::F64);
    let Reading::Wagers(wagers) = measure.value.read(&cells, MINUTE) else {
        unreachable!("there are wagers")
    };
    assert_eq!((wagers.count, wagers.staked_squared), (250, 20_000.0));
    assert_eq!(Reading::Wagers(wagers).number(), Some(0.95));
}

#[test]
fn rates_are_over_their_window() {
    let given = Given::new();
    let Measured::Errors(measure) = given.measured(&json!({"aggregate": "epm()"})).unwrap() else {
        unreachable!("it is about errors")
    };
    assert_eq!(measure.value.read(&[Cell::U64(50)], 5 * MINUTE), Reading::Number(10.0));
    let moved = Value::number().moved(&[2]);
    assert_eq!(moved.read(&[Cell::Null, Cell::Null, Cell::F64(7.0)], MINUTE), Reading::Number(7.0));
    assert_eq!(moved.read(&[Cell::Null], MINUTE), Reading::Missing);
}
