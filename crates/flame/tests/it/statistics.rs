//! Functions over many profiles, and what got slower.

use flame::{Clip, Statistics, Tree, compare};
use model::id::EventId;

use crate::given::profile;

/// Profiles in which `slow.settle` takes `micros`, within 100 ms of `app.main`.
fn statistics(micros: impl IntoIterator<Item = u64>) -> Statistics {
    let mut statistics = Statistics::default();
    for (number, micros) in (0..).zip(micros) {
        let samples =
            [(0, "1", "app.main slow.settle"), (micros, "1", "app.main"), (100_000, "1", "")];
        let tree = Tree::of(&profile(&samples), &Clip::default());
        statistics.add(EventId([number; 16]), &tree);
    }
    statistics
}

#[test]
fn functions_have_sums_and_percentiles() {
    let statistics = statistics((1..=20).map(|step| step * 1_000));
    let names = statistics.functions();
    assert_eq!(
        names.iter().map(|f| f.function.name.as_str()).collect::<Vec<_>>(),
        ["main", "settle"]
    );
    let settle = statistics.get("slow", "settle").unwrap();
    assert_eq!((settle.own.micros, settle.own.samples), (210_000, 20));
    assert_eq!(settle.total, settle.own);
    assert_eq!(settle.worst, EventId([19; 16]));
    assert!(settle.per_profile.percentile(75).unwrap().abs_diff(15_000) < 300);
    assert!(settle.per_profile.percentile(99).unwrap().abs_diff(20_000) < 400);
    assert_eq!(statistics.get("app", "main").unwrap().total.micros, 2_000_000);
    assert_eq!(statistics.profiles(), 20);
}

#[test]
fn recursion_counts_once() {
    let tree = Tree::of(&profile(&[(0, "1", "f g f"), (10_000, "1", "")]), &Clip::default());
    let mut statistics = Statistics::default();
    statistics.add(EventId([1; 16]), &tree);
    let f = statistics.get("", "f").unwrap();
    assert_eq!((f.own.micros, f.total.micros), (10_000, 10_000));
}

#[test]
fn what_got_slower_is_found() {
    let before = statistics((0..20).map(|step| 10_000 + step * 100));
    let after = statistics((0..20).map(|step| 15_000 + step * 100));
    let changes = compare(&before, &after);
    assert_eq!(changes[0].function.name, "settle");
    assert!(changes[0].is_slower(), "{}", changes[0].score);
    assert!((changes[0].micros_more() - 5_000.0).abs() < 1.0);
    let main = changes.last().unwrap();
    assert!(main.function.name == "main" && !main.is_slower());
}

#[test]
fn one_wild_profile_proves_nothing() {
    let before = statistics((0..20).map(|step| 10_000 + step * 100));
    let after = statistics((0..19).map(|step| 10_000 + step * 100).chain([99_000]));
    assert!(compare(&before, &after).iter().all(|change| !change.is_slower()));
    let few = statistics([90_000; 3]);
    assert!(compare(&before, &few).iter().all(|change| !change.is_slower()));
    let none = Statistics::default();
    assert!(compare(&before, &none).iter().all(|change| change.score.abs() < 0.1));
}

#[test]
fn a_new_function_is_slower_than_none() {
    let none = statistics([0; 20]);
    let some = statistics([5_000; 20]);
    assert!(compare(&none, &some)[0].is_slower());
    assert!(compare(&some, &none).last().unwrap().is_faster());
}
