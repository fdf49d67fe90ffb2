//! What rules would have done.

use alert::Severity;
use lang::ask::{Cell, Window};
use measure::{Preview, preview};
use model::clock::Micros;
use serde_json::{Value, json};

use crate::given::{DAY, Engine, Given, MINUTE, NOW, rule};

const WEEK: Window = Window { start: Micros(NOW.0 - 7 * DAY), end: NOW };

/// Rows of the first project: buckets so many minutes before now, and their values.
fn rows(given: &Given, values: &[(u64, f64)]) -> Vec<Vec<Cell>> {
    let project = Cell::U64(given.projects[0].id.0);
    let row = |(before, value): &(u64, f64)| {
        vec![Cell::Time(Micros(NOW.0 - before * MINUTE)), project.clone(), Cell::F64(*value)]
    };
    values.iter().map(row).collect()
}

async fn looked(given: &Given, fields: &Value, engine: &Engine) -> Preview {
    let rule = rule(fields);
    let measured = given.measured(fields).unwrap();
    let ids = &given.ids()[..1];
    preview(engine, &rule, &measured, ids, WEEK).await.unwrap()
}

#[tokio::test]
async fn a_threshold_fires_here_and_here() {
    let given = Given::new();
    let values = [(5_000, 12.0), (4_995, 15.0), (4_990, 3.0), (100, 11.0)];
    let engine = Engine { rows: rows(&given, &values), ..Engine::default() };
    let found = looked(&given, &json!({}), &engine).await;
    assert_eq!((found.step_minutes, found.series.len(), found.is_cut), (5, 1, false));
    let series = &found.series[0];
    assert_eq!(series.points.len(), 2_016);
    assert_eq!(series.points.iter().filter(|point| point.value == Some(0.0)).count(), 2_012);
    let fired: Vec<_> = series
        .fired
        .iter()
        .map(|it| ((NOW.0 - it.start.0) / MINUTE, it.end.map(|end| (NOW.0 - end.0) / MINUTE)))
        .collect();
    assert_eq!(fired, [(4_995, Some(4_985)), (95, Some(90))]);
    // One question, whatever the number of moments.
    let asked = engine.asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].columns.len()), (1, 3));
}

#[tokio::test]
async fn patience_and_severities_are_those_of_the_rule() {
    let given = Given::new();
    let values =
        [(50, 12.0), (45, 12.0), (40, 12.0), (35, 30.0), (30, 30.0), (25, 30.0), (5, 12.0)];
    let engine = Engine { rows: rows(&given, &values), ..Engine::default() };
    let fields = json!({"forMinutes": 10, "triggers": [
        {"label": "warning", "alertThreshold": 10}, {"label": "critical", "alertThreshold": 20}]});
    let fired = looked(&given, &fields, &engine).await.series[0].fired.clone();
    assert_eq!(fired.len(), 1);
    assert_eq!(fired[0].severity, Severity::Critical);
    assert_eq!((NOW.0 - fired[0].start.0) / MINUTE, 35);
}

#[tokio::test]
async fn changes_are_compared_with_the_time_before() {
    let given = Given::new();
    let day = 1_440;
    let values = [(day + 100, 10.0), (100, 16.0), (day + 50, 10.0), (50, 12.0)];
    let engine = Engine { rows: rows(&given, &values), ..Engine::default() };
    let fields = json!({"comparisonDelta": 1440, "dataset": "errors",
        "aggregate": "count()", "triggers": [{"label": "warning", "alertThreshold": 50}]});
    let found = looked(&given, &fields, &engine).await;
    let starts: Vec<u64> =
        found.series[0].fired.iter().map(|it| (NOW.0 - it.start.0) / MINUTE).collect();
    // From nothing there is no percentage, so the day before fired nothing.
    assert_eq!(starts, [95]);
    let asked = engine.asked.lock().unwrap();
    assert_eq!(asked[0].scope.window.start.0, NOW.0 - 8 * DAY);
}

#[tokio::test]
async fn a_share_is_compared_with_the_days_before() {
    let given = Given::new();
    let project = Cell::U64(given.projects[0].id.0);
    let row = |before: u64| {
        let good = if (20..=40).contains(&before) { 60 } else { 147 };
        let at = Cell::Time(Micros(NOW.0 - before * MINUTE));
        vec![at, project.clone(), Cell::U64(good), Cell::U64(150)]
    };
    let rows = (1..=2_016).map(|step| row(step * 5)).collect();
    let engine = Engine { rows, ..Engine::default() };
    let fields = json!({"dataset": "spans", "anomaly": {"kind": "ratio"},
        "aggregate": "equation|count_if(span.status,equals,ok) / count()"});
    let found = looked(&given, &fields, &engine).await;
    let fired: Vec<u64> =
        found.series[0].fired.iter().map(|it| (NOW.0 - it.start.0) / MINUTE).collect();
    assert_eq!(fired, [30]);
}
