//! How long a minute of alerting takes: `cargo bench -p alert`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

use alert::{
    Alert, Assignee, Condition, Counted, Counts, Dispatcher, Facts, IssueChange, IssueRule, Level,
    Levels, MetricRule, MetricState, NoData, Policy, RatioTest, Receiver, Role, Route, Routes,
    RuleId, Sample, Season, Seen, Severity, Side, evaluate,
};
use model::clock::Micros;
use serde_json::json;

const RULES: u64 = 10_000;
const MINUTE: u64 = 60_000_000;

fn main() {
    thresholds();
    ratios();
    issues();
    dispatch();
}

fn time<T>(what: &str, mut work: impl FnMut() -> T) {
    // Once to warm up, and the best of five, because other programs run too.
    let mut best = f64::INFINITY;
    for _ in 0..6 {
        #[expect(clippy::disallowed_methods, reason = "it measures time")]
        let start = Instant::now();
        let found = std::hint::black_box(work());
        best = best.min(start.elapsed().as_secs_f64());
        drop(found);
    }
    println!("{what}: {:.2} ms for {RULES}", best * 1_000.0);
}

fn rule(condition: Condition) -> MetricRule {
    MetricRule {
        condition,
        wrong_for: MINUTE,
        right_for: 0,
        no_data: NoData::Keep,
        no_data_after: 0,
    }
}

fn thresholds() {
    let levels =
        Levels { side: Side::Above, warning: Some(0.5), critical: Some(0.9), recovery: Some(0.4) };
    let rule = rule(Condition::Threshold(levels));
    let mut states = vec![MetricState::default(); 10_000];
    let mut now = 0;
    time("thresholds", || {
        now += MINUTE;
        let judged = (0_u32..).zip(&mut states).filter_map(|(number, state)| {
            let value = f64::from(number.wrapping_mul(2_654_435_761) % 1_000) / 1_000.0;
            let (next, transition) = evaluate(&rule, state, &Sample::Value(value), Micros(now));
            *state = next;
            transition
        });
        judged.count()
    });
}

/// With the look at the last seven days, which is most of the work.
fn ratios() {
    let rule = rule(Condition::Ratio(RatioTest::default()));
    let mut season = Season::default();
    for minute in 0..8 * 1_440 {
        season.add(minute, Counts { good: 39, total: 40 });
    }
    let mut states = vec![MetricState::default(); 10_000];
    let mut minute = 8 * 1_440;
    time("ratio tests with their season", || {
        minute += 1;
        for state in &mut states {
            let usual = season.usual(minute).unwrap();
            let sample = Sample::Share { counts: season.sum(minute - 5, minute), usual };
            *state = evaluate(&rule, state, &sample, Micros(minute * MINUTE)).0;
        }
    });
}

struct Event;

impl Facts for Event {
    fn tag(&self, _: &str) -> Option<Cow<'_, str>> {
        Some("ES".into())
    }

    fn attribute(&self, _: &str) -> Vec<Cow<'_, str>> {
        vec!["PaymentError".into()]
    }

    fn count(&self, _: Counted, _: u32, _: u32) -> Option<f64> {
        Some(7.0)
    }
}

fn issues() {
    let rule = json!({"name": "x", "when": ["regression", "more than 100 events in 1h"],
        "if": ["error.type equals PaymentError", "tag market is ES", "level at least error"],
        "then": "mail owners"});
    let rule = IssueRule::from_plain(&rule).unwrap();
    let seen = Seen {
        change: IssueChange::None,
        became_high_priority: false,
        environment: "production",
        level: Level::Error,
        events: 9,
        first_seen: Micros(0),
        assignee: Assignee::Nobody,
        category: alert::Category::Error,
        is_latest_release: false,
        release_seen: None,
    };
    time("issue rules", || {
        let decided = (0..RULES).map(|number| rule.decide(&seen, &Event, None, Micros(number)));
        decided.filter(|decision| *decision == alert::Decision::Fire).count()
    });
}

/// All of them fire, in 1,000 groups, and nothing is new.
fn dispatch() {
    let root = Route {
        receiver: Some("team".to_owned()),
        group_by: Some(vec!["service".to_owned()]),
        ..Route::default()
    };
    let routes = Routes::new(&root, &["team".to_owned()].into()).unwrap();
    let policy = Policy::new(routes, BTreeMap::from([("team".to_owned(), Receiver::default())]));
    let alerts: Vec<Alert> = (0..RULES)
        .map(|number| Alert {
            labels: [
                ("alertname".to_owned(), format!("R{number}")),
                ("service".to_owned(), format!("s{}", number % 1_000)),
            ]
            .into(),
            rule: RuleId(number),
            role: Role::Other,
            severity: Severity::Warning,
            is_firing: true,
            at: Micros(0),
            lapses_at: None,
            annotations: BTreeMap::new(),
        })
        .collect();
    let mut dispatcher = Dispatcher::default();
    let mut now = 0;
    time("a tick with as many alerts that fire", || {
        now += MINUTE;
        dispatcher.tick(&policy, &alerts, Micros(now)).notifications.len()
    });
}
