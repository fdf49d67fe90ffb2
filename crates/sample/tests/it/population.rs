//! Whole populations of traces: what stays, and what the rest says of all.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId, TraceId};
use model::sampling::{Rule, Share, Verdict};
use model::span::SpanRow;
use proptest::prelude::*;
use sample::{Budget, Docket, Judge, Rules, Settings};

use crate::judge::span;

const ACME: OrganizationId = OrganizationId(1);

/// What becomes of traces: judged by one judge, decided by one docket.
fn kept(settings: &Settings, spans: &[SpanRow<'_>], release_seen: Micros) -> Vec<(TraceId, f64)> {
    let rules = Rules::new(settings);
    let (mut judge, mut docket) = (Judge::default(), Docket::default());
    for row in spans {
        judge.look(&rules, std::slice::from_ref(row), |_| release_seen);
    }
    judge.take().iter().for_each(|verdict| docket.add(ACME, verdict));
    let background = docket.background(ProjectId(1), Budget::default().share(&rules));
    let mut traces: Vec<TraceId> = spans.iter().map(|row| row.trace).collect();
    traces.sort_unstable();
    traces.dedup();
    let stays = |trace: &TraceId| {
        let (share, _) = docket.share_of(ACME, *trace, background);
        share.keeps(*trace).then(|| (*trace, share.weight()))
    };
    traces.iter().filter_map(stays).collect()
}

fn plain() -> Settings {
    let mut settings = Settings::default();
    settings.rare.count = 0;
    settings
}

#[expect(clippy::cast_precision_loss, reason = "small")]
fn share(kept: usize, of: usize) -> f64 {
    kept as f64 / of as f64
}

#[test]
fn every_error_stays_wherever_in_its_trace_it_is() {
    let mut spans: Vec<SpanRow<'static>> = (0..10_000).map(span).collect();
    let mut failed: Vec<TraceId> = Vec::new();
    for number in 0..50_u64 {
        let row = span(number * 199);
        failed.push(row.trace);
        let child = SpanRow { is_segment: false, status: "aborted".into(), ..row };
        // Some long after the root.
        let place = if number % 2 == 0 { spans.len() } else { usize::try_from(number).unwrap() };
        spans.insert(place, child);
    }
    let kept = kept(&plain(), &spans, Micros(0));
    assert!(failed.iter().all(|trace| kept.contains(&(*trace, 1.0))));
}

#[test]
fn payouts_new_releases_and_the_rest() {
    let payouts: Vec<_> =
        (0..4_000).map(|it| SpanRow { transaction: "POST /payout".into(), ..span(it) }).collect();
    let found = share(kept(&plain(), &payouts, Micros(0)).len(), 4_000);
    assert!((0.47..=0.53).contains(&found), "{found}");
    let others: Vec<_> = (0..20_000).map(span).collect();
    let found = share(kept(&plain(), &others, others[0].received).len(), 20_000);
    assert!((0.08..=0.12).contains(&found), "{found}");
    let found = share(kept(&plain(), &others, Micros(0)).len(), 20_000);
    assert!((0.008..=0.052).contains(&found), "{found}");
}

#[test]
fn two_who_have_the_same_rules_keep_the_same() {
    let spans: Vec<_> = (0..5_000).map(span).collect();
    let backwards: Vec<_> = spans.iter().rev().cloned().collect();
    assert_eq!(kept(&plain(), &spans, Micros(0)), kept(&plain(), &backwards, Micros(0)));
}

/// Source: the mix and the standard deviation of the reference.
#[test]
fn what_stays_tells_how_many_there_were() {
    let settings =
        Settings { background: sample::settings::Background { min: 0.02, max: 0.02 }, ..plain() };
    let mut total = 0.0;
    let mixes = [(0..600, "internal_error", "GET /bets"), (600..2_600, "ok", "POST /payout")];
    for (numbers, status, transaction) in mixes {
        let spans: Vec<_> = numbers
            .map(|it| SpanRow {
                status: status.into(),
                transaction: transaction.into(),
                ..span(it)
            })
            .collect();
        total += kept(&settings, &spans, Micros(0)).iter().map(|(_, weight)| weight).sum::<f64>();
    }
    let news: Vec<_> = (2_600..7_600).map(span).collect();
    total += kept(&settings, &news, news[0].received).iter().map(|(_, weight)| weight).sum::<f64>();
    let others: Vec<_> = (7_600..107_600).map(span).collect();
    total += kept(&settings, &others, Micros(0)).iter().map(|(_, weight)| weight).sum::<f64>();
    assert!((total - 107_600.0).abs() < 1.96 * 2_224.0, "{total}");
}

#[test]
fn the_background_gives_way_to_the_goal() {
    let rules = Rules::new(&Settings::default());
    let mut budget = Budget::default();
    assert_eq!(budget.share(&rules), Share::nearest(0.05));
    budget.note(6_000, 60 * 1_000, 60.0);
    assert_eq!(budget.share(&rules), Share::nearest(0.05), "a small project");
    for _ in 0..20 {
        budget.note(60 * 100, 60 * 20_000, 60.0);
    }
    assert!((budget.share(&rules).as_f64() - 0.02).abs() < 1e-3, "400 of 20,000 a second");
    assert!(!budget.is_exceeded(&rules));
    for _ in 0..20 {
        budget.note(60 * 600, 60 * 20_000, 60.0);
    }
    assert_eq!(budget.share(&rules), Share::nearest(0.01));
    assert!(budget.is_exceeded(&rules), "errors are not cut");
}

#[test]
fn a_docket_knows_whose_verdict_it_is() {
    let mut docket = Docket::default();
    let verdict = |share: f64, rule| {
        let share = Share::nearest(share);
        Verdict { project: ProjectId(1), trace: TraceId([5; 16]), at: Micros(0), share, rule }
    };
    docket.add(ACME, &verdict(0.0, Rule::Custom(2)));
    let background = Share::nearest(0.05);
    let asked = |docket: &Docket, whose| docket.share_of(whose, TraceId([5; 16]), background);
    assert_eq!(asked(&docket, ACME), (Share::NONE, Rule::Custom(2)));
    assert_eq!(asked(&docket, OrganizationId(2)), (background, Rule::Background));
    docket.add(ACME, &verdict(1.0, Rule::Error));
    docket.add(ACME, &verdict(0.0, Rule::Custom(2)));
    assert_eq!(asked(&docket, ACME), (Share::ALL, Rule::Error));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Spans of one trace arrive over a long time, and rounds go with shares that change: all stay, or
    /// none does.
    #[test]
    fn a_trace_is_kept_whole(seed in any::<u64>(), wanted in prop::collection::vec(0.0..0.5_f64, 1..8)) {
        for trace in (0..40).map(|number| span(seed.wrapping_add(number)).trace) {
            let mut remembered: Vec<Verdict> = Vec::new();
            let mut last = None;
            for wanted in &wanted {
                let mut docket = Docket::default();
                for verdict in &remembered {
                    docket.add(ACME, verdict);
                }
                let background = docket.background(ProjectId(1), Share::nearest(*wanted));
                let (share, _) = docket.share_of(ACME, trace, background);
                let stays = share.keeps(trace);
                prop_assert!(last.is_none_or(|last| last == stays));
                last = Some(stays);
                // A round remembers what it kept; others were kept as well, and tell its share.
                for trace in [Some(trace).filter(|_| stays), Some(TraceId([255; 16]))].into_iter().flatten() {
                    let (project, at, rule) = (ProjectId(1), Micros(0), Rule::Background);
                    let (share, _) = docket.share_of(ACME, trace, background);
                    if share > Share::NONE {
                        remembered.push(Verdict { project, trace, at, share, rule });
                    }
                }
            }
        }
    }
}
