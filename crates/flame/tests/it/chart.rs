//! Flame charts.

use flame::{Clip, chart};
use model::profile::Sample;

use crate::given::profile;

#[track_caller]
fn check(samples: &[(u64, &str, &str)], bars_max: usize, expected: &[&str]) {
    let profile = profile(samples);
    let chart = chart(&profile, &Clip::default(), bars_max);
    let mut lines: Vec<String> = Vec::new();
    for bar in &chart.bars {
        let name = &profile.frame(bar.frame).unwrap().function;
        let (start, end) = (bar.start / 1_000, bar.end / 1_000);
        lines.push(format!("{}/{} {name} {start}-{end}", bar.thread, bar.depth));
    }
    if chart.left_out > 0 {
        lines.push(format!("and {}", chart.left_out));
    }
    assert_eq!(lines, expected);
}

#[test]
fn a_call_stays_open_while_it_is_seen() {
    let samples = [
        (0, "1", "main a"),
        (10_000, "1", "main a b"),
        (20_000, "1", "main c"),
        (30_000, "1", "main a"),
    ];
    check(
        &samples,
        100,
        &["0/0 main 0-40", "0/1 a 0-20", "0/1 c 20-30", "0/1 a 30-40", "0/2 b 10-20"],
    );
    check(&samples, 2, &["0/0 main 0-40", "0/1 a 0-20", "and 3"]);
}

#[test]
fn idle_time_closes_everything() {
    let samples = [(0, "1", "main"), (10_000, "1", ""), (20_000, "1", "main"), (30_000, "2", "x")];
    check(&samples, 100, &["0/0 main 0-10", "0/0 main 20-30", "1/0 x 30-30"]);
}

/// Two deep stacks that take turns: every sample closes and opens a thousand calls.
#[test]
fn many_short_bars_take_neither_memory_nor_time() {
    let path = |name: &str| format!("{name} ").repeat(500);
    let (one, two) = (path("a"), path("b"));
    let mut profile = profile(&[(0, "1", &one), (1, "1", &two)]);
    let stacks = [profile.samples[0], profile.samples[1]];
    profile.samples =
        (0..4_000).map(|at| Sample { offset: at, ..stacks[usize::from(at % 2 == 1)] }).collect();
    let chart = chart(&profile, &Clip::default(), 1_000);
    assert_eq!(chart.bars.len(), 1_000);
    assert_eq!(chart.left_out, 4_000 * 500 - 1_000);
}
