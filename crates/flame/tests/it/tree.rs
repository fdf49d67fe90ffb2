//! Flame graphs.

use flame::{Clip, Diff, Row, Tree, slices, speedscope};
use model::clock::Micros;

use crate::given::{START, profile};

/// One line a node: indented name, own and total milliseconds, samples in it and below.
fn drawn(tree: &Tree) -> Vec<String> {
    let line = |row: &Row<'_>| {
        let name = row.function.map_or("-", |function| &function.name);
        let indent = usize::try_from(row.depth).unwrap();
        let (own, total) = (row.own.micros / 1_000, row.total.micros / 1_000);
        format!("{}{name} {own} {total} {}", "  ".repeat(indent), row.total.samples)
    };
    tree.rows().iter().map(line).collect()
}

#[track_caller]
fn check(samples: &[(u64, &str, &str)], clip: &Clip<'_>, expected: &[&str]) {
    assert_eq!(drawn(&Tree::of(&profile(samples), clip)), expected);
}

const SAMPLES: &[(u64, &str, &str)] = &[
    (0, "1", "main handle"),
    (0, "2", "poll"),
    (10_000, "1", "main handle settle"),
    (20_000, "1", "main handle settle"),
    (30_000, "1", "main"),
    (40_000, "2", "poll"),
];

fn between(from: u64, to: u64) -> Clip<'static> {
    Clip { from: Micros(START.0 + from), to: Micros(START.0 + to), thread: None }
}

#[test]
fn a_sample_lasts_until_the_next_of_its_thread() {
    check(
        SAMPLES,
        &Clip::default(),
        &[
            "- 0 120 6",
            "  main 10 40 4",
            "    handle 10 30 3",
            "      settle 20 20 2",
            "  poll 80 80 2",
        ],
    );
}

#[test]
fn a_span_sees_its_time_and_thread() {
    let clip = Clip { thread: Some("1"), ..between(5_000, 25_000) };
    check(
        SAMPLES,
        &clip,
        &["- 0 20 2", "  main 0 20 2", "    handle 5 20 2", "      settle 15 15 2"],
    );
    check(SAMPLES, &Clip { thread: Some("3"), ..Clip::default() }, &["- 0 0 0"]);
    check(SAMPLES, &between(90_000, 91_000), &["- 0 0 0"]);
    assert_eq!(Tree::of(&profile(SAMPLES), &between(90_000, 91_000)).profiles(), 0);
}

#[test]
fn idle_time_has_no_weight() {
    let samples = [(0, "1", "main"), (10_000, "1", ""), (20_000, "1", "main")];
    check(&samples, &Clip::default(), &["- 0 20 2", "  main 20 20 2"]);
}

#[test]
fn pruning_sums_up_what_is_small() {
    let mut tree = Tree::of(&profile(SAMPLES), &Clip::default());
    tree.prune(4);
    assert_eq!(drawn(&tree), ["- 0 120 6", "  poll 80 80 2", "  - 40 40 4"]);
    tree.prune(1);
    assert_eq!(drawn(&tree), ["- 0 120 6", "  - 120 120 6"]);
}

#[test]
fn callers_and_callees_count_recursion_once() {
    let samples = [
        (0, "1", "main a b"),
        (10_000, "1", "main a b a c"),
        (20_000, "1", "main"),
        (30_000, "1", ""),
    ];
    let tree = Tree::of(&profile(&samples), &Clip::default());
    assert_eq!(drawn(&tree.callers("", "a")), ["- 0 20 2", "  a 0 20 2", "    main 20 20 2"]);
    assert_eq!(
        drawn(&tree.callees("", "a")),
        ["- 0 20 2", "  a 0 20 2", "    b 10 20 2", "      a 0 10 1", "        c 10 10 1"]
    );
    assert_eq!(drawn(&tree.callers("", "gone")), ["- 0 0 0"]);
}

#[test]
fn two_trees_lie_over_each_other() {
    let before = Tree::of(&profile(&[(0, "1", "main a"), (10_000, "1", "main")]), &Clip::default());
    let after =
        Tree::of(&profile(&[(0, "1", "main b"), (30_000, "1", "main b")]), &Clip::default());
    let diff = Diff::new(&before, &after);
    let rows = diff.rows();
    let line = |row: &flame::DiffRow<'_>| {
        let name = row.function.map_or("-", |function| &function.name);
        let (before, after) = ((row.before_own, row.before), (row.after_own, row.after));
        let [before, after] =
            [before, after].map(|(own, total)| format!("{}/{}", own.micros, total.micros));
        format!("{} {name} {before} {after}", row.depth)
    };
    assert_eq!(
        rows.iter().map(line).collect::<Vec<_>>(),
        [
            "0 - 0/20000 0/60000",
            "1 main 10000/20000 0/60000",
            "2 a 10000/10000 0/0",
            "2 b 0/0 60000/60000"
        ]
    );
}

#[test]
fn a_deep_stack_is_no_problem() {
    let deep = "f ".repeat(100_000);
    let profile = profile(&[(0, "1", "f"), (10_000, "1", "f")]);
    let mut profile = profile;
    for caller in 0..100_000 {
        profile.stacks.push(model::profile::Call { caller: Some(caller), frame: 0 });
    }
    profile.samples[1].stack = Some(100_000);
    let tree = Tree::of(&profile, &Clip::default());
    assert_eq!(tree.rows().len(), deep.split_whitespace().count() + 2);
    assert_eq!(tree.callers("", "f").rows().len(), 2);
}

#[test]
fn speedscope_has_a_profile_for_each_thread() {
    let profile = profile(SAMPLES);
    let bytes = speedscope(&profile, &Clip::default(), "GET \"/\"").unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["name"], "GET \"/\"");
    assert_eq!(json["shared"]["frames"][0]["name"], "main");
    let threads = json["profiles"].as_array().unwrap();
    assert_eq!(threads.len(), 2);
    assert_eq!(threads[0]["samples"], serde_json::json!([[0, 1], [0, 1, 3], [0]]));
    assert_eq!(threads[0]["weights"], serde_json::json!([10_000_000, 20_000_000, 10_000_000]));
    assert_eq!(threads[0]["endValue"], 40_000_000);
    assert_eq!(slices(&profile, &Clip::default()).len(), 6);
}
