//! The tests against textbook values, and what they must never do.

use contrast::{
    Compared, Moments, Outcome, Share, Verdict, decide, decide_at, excess, means, ranks, shares,
};
use proptest::prelude::*;

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 5e-4, "{found} is not {wanted}");
}

#[test]
fn shares_agree_with_tables() {
    // 45 of 200 against 70 of 220: z = 2.1389, two-sided p = 0.0325.
    let found = shares(Share { hits: 45.0, total: 200.0 }, Share { hits: 70.0, total: 220.0 });
    let found = found.unwrap();
    close(found.z, 2.1389);
    close(found.p, 0.0324);
}

#[test]
fn shares_of_few_are_compared_exactly() {
    let share = |hits, total| Share { hits, total };
    // Both of 30, and none of 300: 30 * 29 of 330 * 329 pairs, in either direction.
    let found = shares(share(0.0, 300.0), share(2.0, 30.0)).unwrap();
    assert!((found.p - 2.0 * 870.0 / 108_570.0).abs() < 1e-9 && found.z > 2.0, "{found:?}");
    let turned = shares(share(2.0, 30.0), share(0.0, 300.0)).unwrap();
    assert!((turned.p - found.p).abs() < 1e-9 && turned.z < -2.0, "{turned:?}");
    assert!(
        shares(share(1.0, 100.0), share(10.0, 1_000.0)).unwrap().p > 0.5,
        "both are a hundredth"
    );
}

#[test]
fn too_few_are_not_compared() {
    let none = Share { hits: 0.0, total: 0.0 };
    let few = Share { hits: 1.0, total: 10.0 };
    let fewer = Share { hits: 0.0, total: 3.0 };
    let many = Share { hits: 10.0, total: 1_000.0 };
    for (before, after) in [(none, none), (none, many), (few, fewer), (many, none)] {
        assert_eq!(shares(before, after), None, "{before:?} {after:?}");
    }
    let never = Share { hits: 0.0, total: 10_000.0 };
    assert_eq!(shares(never, never), None);
    assert_eq!(ranks([(1, 19.0)], [(2, 1_000.0)]), None);
    assert_eq!(ranks([(1, 1_000.0)], [(1, 1_000.0)]), None);
    let same = Moments { count: 40.0, sum: 80.0, squares: 160.0 };
    assert_eq!(means(same, same), None);
}

#[test]
fn ranks_agree_with_tables() {
    // 1 to 20 against 11 to 30: U = 350 of 400, without ties but ten; by hand.
    let before = (1..=20).map(|bucket| (bucket, 1.0));
    let after = (11..=30).map(|bucket| (bucket, 1.0));
    let found = ranks(before, after).unwrap();
    close(found.z, 4.0595);
    assert!(found.p < 1e-4);
}

#[test]
fn means_agree_with_tables() {
    // Averages 2.0 and 2.3, variances 1 and 1, 100 each: z = 2.1213, p = 0.0339.
    let group = |mean: f64| {
        let count = 100.0;
        Moments { count, sum: count * mean, squares: 99.0 + count * mean * mean }
    };
    let found = means(group(2.0), group(2.3)).unwrap();
    close(found.z, 2.1213);
    close(found.p, 0.0339);
}

#[test]
fn excesses_agree_with_tables() {
    for (before, after, p) in [
        // The lady tasting tea: three of four cups are right.
        ((1, 4), (3, 4), 17.0 / 70.0),
        ((0, 4), (4, 4), 1.0 / 70.0),
        ((3, 4), (1, 4), 69.0 / 70.0),
        // Twelve women of whom nine diet, twelve men of whom one does.
        ((1, 12), (9, 12), 0.001_379_728),
        // 20 heads of 100 against 35 of 100, by summing up all terms.
        ((20, 100), (35, 100), 0.013_058_976),
    ] {
        let share = |(hits, total): (u32, u32)| Share { hits: hits.into(), total: total.into() };
        let found = excess(share(before), share(after)).unwrap();
        assert!((found.p - p).abs() < 1e-6, "{before:?} {after:?}: {found:?}");
    }
    let many = Share { hits: 900_000.0, total: 1e6 };
    let few = Share { hits: 1_000.0, total: 1e6 };
    assert!(excess(few, many).unwrap().p < 1e-300);
    close(excess(many, few).unwrap().p, 1.0);
}

#[test]
fn excesses_of_nothing_are_none() {
    let share = |hits, total| Share { hits, total };
    for (before, after) in [
        (share(0.0, 0.0), share(1.0, 2.0)),
        (share(1.0, 2.0), share(0.0, 0.0)),
        (share(0.0, 5.0), share(0.0, 5.0)),
        (share(5.0, 5.0), share(5.0, 5.0)),
        (share(1.0, 5.0), share(6.0, 5.0)),
        (share(1.0, f64::NAN), share(1.0, 5.0)),
        (share(1.0, f64::INFINITY), share(1.0, 5.0)),
    ] {
        assert_eq!(excess(before, after), None, "{before:?} {after:?}");
    }
}

#[test]
fn many_comparisons_are_judged_together() {
    let of = |p| Compared { outcome: Some(Outcome { z: 2.0, p }), change: Some(0.2), least: 0.05 };
    let verdicts = decide(&[of(0.03)]);
    assert_eq!(verdicts, [Verdict::Significant]);
    let mut many = vec![of(0.03)];
    many.extend((0..50).map(|_| of(0.6)));
    assert!(decide(&many).iter().all(|verdict| *verdict == Verdict::Noise));
    let small = Compared { change: Some(0.01), ..of(1e-9) };
    let unknown = Compared { outcome: None, ..small };
    assert_eq!(decide(&[small, unknown]), [Verdict::Noise, Verdict::TooFew]);
    assert_eq!(decide(&[]), []);
    assert_eq!(decide_at(&[of(0.03)], 0.01), [Verdict::Noise]);
    assert_eq!(decide_at(&[of(0.003)], 0.01), [Verdict::Significant]);
}

#[test]
fn of_what_did_not_change_few_are_called_significant() {
    // Two samples of one distribution, many times, from a small generator with a fixed seed.
    let mut state = 7_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((state >> 40) % 100).unwrap()
    };
    let mut sample = || {
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..200 {
            *counts.entry(next()).or_insert(0.0) += 1.0;
        }
        counts
    };
    let outcomes: Vec<Outcome> = (0..1_000).map(|_| ranks(sample(), sample()).unwrap()).collect();
    let at_five_percent = outcomes.iter().filter(|outcome| outcome.p < 0.05).count();
    assert!((25..80).contains(&at_five_percent), "{at_five_percent} of 1,000");
    let compared: Vec<Compared> = outcomes
        .iter()
        .map(|outcome| Compared { outcome: Some(*outcome), change: None, least: 0.0 })
        .collect();
    let called = decide(&compared).iter().filter(|one| **one == Verdict::Significant).count();
    assert!(called <= 2, "{called} of 1,000");
}

proptest! {
    #[test]
    fn an_excess_is_the_sum_of_all_chances(
        total in 1..40_u32, others in 1..40_u32, share in 0.0..1.0_f64,
    ) {
        let all_hits = (f64::from(total + others) * share).ceil();
        let one = |hits: f64| {
            let after = Share { hits, total: f64::from(total) };
            let before = Share { hits: all_hits - hits, total: f64::from(others) };
            excess(before, after)
        };
        let least = (all_hits - f64::from(others)).max(0.0);
        let most = all_hits.min(f64::from(total));
        let mut last = 1.0 + 1e-9;
        let mut hits = least;
        while hits <= most {
            if let Some(found) = one(hits) {
                prop_assert!((0.0..=1.0).contains(&found.p));
                prop_assert!(found.p <= last, "more hits are never more likely: {} {}", found.p, last);
                last = found.p;
            }
            hits += 1.0;
        }
        if let Some(least) = one(least) {
            prop_assert!((least.p - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn turned_round_it_is_the_same(
        before in proptest::collection::btree_map(-50..50_i32, 1.0..100.0_f64, 1..30),
        after in proptest::collection::btree_map(-50..50_i32, 1.0..100.0_f64, 1..30),
    ) {
        let one = ranks(before.clone(), after.clone());
        let other = ranks(after, before);
        prop_assert_eq!(one.is_some(), other.is_some());
        if let (Some(one), Some(other)) = (one, other) {
            prop_assert!((one.z + other.z).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&one.p));
        }
    }
}
