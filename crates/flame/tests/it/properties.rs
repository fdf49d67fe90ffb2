//! What holds for every profile.

use flame::{Clip, Row, Tree, Weight, chart, slices, speedscope};
use model::clock::Micros;
use model::profile::Profile;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{START, profile};

const THREADS: [&str; 3] = ["1", "2", "3"];

/// Samples in order of time, on few threads, of few functions.
fn profiles() -> impl Strategy<Value = Profile<'static>> {
    let path = vec(prop::sample::select(vec!["a", "b", "c.d", "c.e", "f"]), 0..6);
    vec((0_u64..30_000, prop::sample::select(THREADS.to_vec()), path), 0..40).prop_map(|steps| {
        let mut at = 0;
        let mut samples = Vec::new();
        for (step, thread, path) in steps {
            at += step;
            samples.push((at, thread, path.join(" ")));
        }
        let samples: Vec<_> =
            samples.iter().map(|(at, thread, path)| (*at, *thread, &**path)).collect();
        profile(&samples)
    })
}

fn clips() -> impl Strategy<Value = Clip<'static>> {
    let thread = prop::option::of(prop::sample::select(THREADS.to_vec()));
    (0_u64..600_000, 0_u64..600_000, thread).prop_map(|(from, micros, thread)| Clip {
        from: Micros(START.0 + from),
        to: Micros(START.0 + from + micros),
        thread,
    })
}

fn sum(weights: impl Iterator<Item = Weight>) -> Weight {
    let mut sum = Weight::default();
    weights.for_each(|weight| sum += weight);
    sum
}

fn merged(one: &Tree, other: &Tree) -> Tree {
    let mut both = one.clone();
    both.merge(other);
    both
}

fn busy(profile: &Profile<'_>, clip: &Clip<'_>) -> Weight {
    let busy = slices(profile, clip).into_iter().filter(|slice| slice.stack.is_some());
    sum(busy.map(|slice| slice.weight()))
}

/// Every node has what its children have and its own.
fn assert_sums(rows: &[Row<'_>]) {
    for (place, row) in rows.iter().enumerate() {
        let below = rows[place + 1..].iter().take_while(|other| other.depth > row.depth);
        let children = below.filter(|other| other.depth == row.depth + 1).map(|child| child.total);
        assert_eq!(sum(children.chain([row.own])), row.total);
    }
}

proptest! {
    #[test]
    fn no_time_is_lost(profile in profiles(), clip in clips(), nodes_max in 1_usize..20) {
        let mut tree = Tree::of(&profile, &clip);
        let all = busy(&profile, &clip);
        prop_assert_eq!(sum(tree.rows().iter().map(|row| row.own)), all);
        assert_sums(&tree.rows());
        tree.prune(nodes_max);
        prop_assert!(tree.len() <= nodes_max.max(2));
        prop_assert_eq!(tree.rows()[0].total, all);
        assert_sums(&tree.rows());
    }

    #[test]
    fn clips_add_up(profile in profiles(), at in 0_u64..600_000) {
        let at = Micros(START.0 + at);
        let before = Tree::of(&profile, &Clip { to: at, ..Clip::default() });
        let after = Tree::of(&profile, &Clip { from: at, ..Clip::default() });
        let whole = Tree::of(&profile, &Clip::default());
        let both = merged(&before, &after);
        prop_assert_eq!(both.rows(), whole.rows());
    }

    #[test]
    fn merging_knows_no_order(one in profiles(), two in profiles(), three in profiles()) {
        let [one, two, three] = [one, two, three].map(|profile| Tree::of(&profile, &Clip::default()));
        let left = merged(&merged(&one, &two), &three);
        let right = merged(&three, &merged(&two, &one));
        prop_assert_eq!(left.rows(), right.rows());
        prop_assert_eq!(left.profiles(), right.profiles());
    }

    #[test]
    fn charts_show_all_time_at_the_bottom(profile in profiles(), clip in clips()) {
        let whole = chart(&profile, &clip, usize::MAX);
        let bottom = whole.bars.iter().filter(|bar| bar.depth == 0);
        let shown: u64 = bottom.map(|bar| bar.end - bar.start).sum();
        prop_assert_eq!(shown, busy(&profile, &clip).micros);
        let few = chart(&profile, &clip, 5);
        prop_assert!(few.bars.len() <= 5);
        let left_out = usize::try_from(few.left_out).unwrap();
        prop_assert_eq!(few.bars.len() + left_out, whole.bars.len());
        let json = speedscope(&profile, &clip, "").unwrap();
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok());
    }
}
