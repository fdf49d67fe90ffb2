//! What speaks for a trace.

use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::sampling::{Rule, Share, Verdict};
use model::span::{Attribute, AttributeValue, SpanRow};
use sample::settings::CustomRule;
use sample::{Judge, Rules, Settings};

const MINUTE: u64 = 60_000_000;
/// When tests begin.
const START: u64 = 1_700_000_000_000_000;

/// Settings by which only what a test is about speaks for a trace.
fn quiet() -> Settings {
    let mut settings = Settings::default();
    settings.rare.count = 0;
    settings.new_release.rate = 0.0;
    settings
}

pub(crate) fn span(trace: u64) -> SpanRow<'static> {
    let mut id = [9; 16];
    id[8..].copy_from_slice(&trace.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let text = |text: &'static str| text.into();
    SpanRow {
        project: ProjectId(1),
        trace: TraceId(id),
        span: SpanId(trace.to_be_bytes()),
        parent: None,
        segment: SpanId(trace.to_be_bytes()),
        is_segment: true,
        timestamp: Micros(START),
        duration: 20_000,
        self_time: 0,
        received: Micros(START),
        op: text("http.server"),
        category: text("http"),
        name: text("GET /bets"),
        description: text("GET /bets"),
        group: 0,
        transaction: text("GET /bets"),
        status: text("ok"),
        environment: text("production"),
        release: text("bets@1.0"),
        platform: text("python"),
        user: text(""),
        weight: 1.0,
        attributes: Vec::new(),
    }
}

fn with(name: &'static str, value: AttributeValue<'static>) -> SpanRow<'static> {
    SpanRow { attributes: vec![Attribute { name: name.into(), value }], ..span(1) }
}

fn judged(settings: &Settings, rows: &[SpanRow<'_>]) -> Vec<Verdict> {
    let mut judge = Judge::default();
    judge.look(&Rules::new(settings), rows, |_| Micros(START - 60 * MINUTE));
    judge.take()
}

#[track_caller]
fn check(row: SpanRow<'static>, expected: Option<(f64, Rule)>) {
    let quiet_one = SpanRow { is_segment: false, ..span(1) };
    let found = judged(&quiet(), &[quiet_one, row]);
    let found: Vec<_> = found.iter().map(|verdict| (verdict.share, verdict.rule)).collect();
    let expected = expected.map(|(share, rule)| (Share::nearest(share), rule));
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn errors_money_and_wishes() {
    use AttributeValue::{Bool, Number, Text};
    let error = Some((1.0, Rule::Error));
    let payout = Some((0.5, Rule::Custom(0)));
    let drop = Some((0.0, Rule::Custom(2)));
    check(span(1), None);
    check(SpanRow { status: "internal_error".into(), ..span(1) }, error);
    check(SpanRow { status: "cancelled".into(), ..span(1) }, None);
    check(with("http.response.status_code", Number(503.0)), error);
    check(with("http.response.status_code", Text("500".into())), error);
    check(with("http.response.status_code", Number(404.0)), None);
    check(with("sli.bad", Bool(true)), error);
    check(with("sampling.keep", Bool(true)), Some((1.0, Rule::Keep)));
    check(with("sampling.keep", Text("no".into())), None);
    check(SpanRow { transaction: "POST /api/Withdrawals".into(), ..span(1) }, payout);
    check(with("ig.flow", Text("payout".into())), payout);
    check(with("ig.flow", Text("deposit".into())), None);
    check(with("deployment", Text("canary".into())), Some((0.1, Rule::Custom(1))));
    check(SpanRow { transaction: "GET /healthz".into(), ..span(1) }, drop);
    check(SpanRow { transaction: "GET /healthy-food".into(), ..span(1) }, None);
    // Somebody who calls a neighbour's health check is none.
    check(SpanRow { transaction: "GET /healthz".into(), is_segment: false, ..span(1) }, None);
    let failed = SpanRow { status: "unavailable".into(), ..span(1) };
    check(SpanRow { transaction: "GET /healthz".into(), ..failed }, error);
}

#[test]
fn a_new_release_is_new_for_a_day() {
    let settings = Settings { rare: sample::settings::Rare { count: 0 }, ..Settings::default() };
    let rules = Rules::new(&settings);
    let mut judge = Judge::default();
    let mut seen = |hours: u64| {
        judge.look(&rules, &[span(1)], |_| Micros(START - hours * 60 * MINUTE));
        judge.take().first().map(|verdict| (verdict.share, verdict.rule))
    };
    assert_eq!(seen(23), Some((Share::nearest(0.1), Rule::NewRelease)));
    assert_eq!(seen(25), None);
}

#[test]
fn the_slowest_twentieth_is_slow_and_what_takes_as_long_as_all_is_not() {
    let rules = Rules::new(&quiet());
    let mut judge = Judge::default();
    let mut kept = [0_u32; 2];
    for number in 0..4_000_u64 {
        let duration = 10_000 + (number * 7_919 % 1_000) * 100;
        let varied = SpanRow { duration, ..span(number) };
        let equal = SpanRow { transaction: "GET /equal".into(), ..span(number) };
        for (row, kept) in [varied, equal].into_iter().zip(&mut kept) {
            judge.look(&rules, &[row], |_| Micros(0));
            let found = judge.take();
            assert!(found.iter().all(|verdict| verdict.rule == Rule::Slow));
            *kept += u32::from(!found.is_empty());
        }
    }
    assert!((100..=200).contains(&kept[0]), "{kept:?}");
    assert_eq!(kept[1], 0);
}

#[test]
fn the_first_ten_of_a_kind_stay_every_ten_minutes() {
    let mut settings = quiet();
    settings.rare.count = 10;
    settings.background = sample::settings::Background { min: 0.0, max: 0.0 };
    let rules = Rules::new(&settings);
    let mut judge = Judge::default();
    let mut kept = |minute: u64, count: u64, transaction: &'static str| {
        for number in 0..count {
            let received = Micros(START / MINUTE * MINUTE + minute * MINUTE);
            let row = SpanRow { transaction: transaction.into(), received, ..span(number) };
            judge.look(&rules, &[row], |_| Micros(0));
        }
        judge.take().len()
    };
    assert_eq!(kept(0, 50, "a"), 10);
    assert_eq!(kept(0, 3, "b"), 3);
    assert_eq!(kept(4, 50, "a"), 0);
    assert_eq!(kept(20, 50, "a"), 10);
    assert_eq!(kept(20, 50, "b"), 10);
    // Health checks are asked for day and night.
    assert_eq!(kept(20, 50, "GET /ping"), 50, "to be dropped");
}

#[test]
fn a_judge_stays_small() {
    let rules = Rules::new(&Settings { error: 0.0, ..Settings::default() });
    let mut judge = Judge::default();
    let rows: Vec<_> =
        (0..100_000).map(|number| SpanRow { span: SpanId([7; 8]), ..span(number % 2) }).collect();
    judge.look(&rules, &rows, |_| Micros(0));
    assert_eq!(judge.take().len(), 2, "a trace costs one verdict, however large it is");
    for number in 0..5_000 {
        let row = SpanRow { transaction: format!("/{number}").into(), ..span(number) };
        judge.look(&rules, &[row], |_| Micros(0));
    }
    assert!(judge.take().len() <= 1_000, "nothing is rare among too many transactions");
}

#[test]
fn off_is_off() {
    let settings = Settings { enabled: false, ..Settings::default() };
    let failed = SpanRow { status: "internal_error".into(), ..span(1) };
    assert_eq!(judged(&settings, &[failed]), []);
}

#[test]
fn rules_of_ones_own() {
    let mut settings = quiet();
    let rule = |query: &str, sample_rate| CustomRule {
        name: "x".into(),
        query: query.into(),
        sample_rate,
    };
    settings.rules = vec![rule("span.duration:>10ms", 0.25), rule("span.op:http.*", 0.75)];
    let found = judged(&settings, &[span(1)]);
    assert_eq!((found[0].share, found[0].rule), (Share::nearest(0.75), Rule::Custom(1)));
}
