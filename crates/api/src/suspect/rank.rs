//! Which of the commits that changed a file of a stack trace is most likely the cause.
//!
//! A commit counts more the closer its file is to where the error was raised, the better the two paths fit,
//! the newer it is, and the fewer other files it changed: who formats everything changes every file.

use std::collections::HashMap;

use meta::{Change, Commit};

use super::frames::Frame;
use crate::code_link::Place;

/// What a frame counts compared with the one it called.
const NEXT_FRAME: f64 = 0.75;
/// What a release counts compared with the one after it.
const NEXT_RELEASE: f64 = 0.5;
/// What a commit counts compared with the next newer one of its release.
const NEXT_COMMIT: f64 = 0.99;
/// How much further files of the stack trace add, compared with the most telling one.
const FURTHER: f64 = 0.25;
/// Files above which a commit begins to count less.
const MANY_FILES: f64 = 4.0;
/// What fits less than this does not fit.
const LIKENESS_MIN: f64 = 0.15;

/// What each file of a commit counts.
type Counted<'c> = Vec<(f64, &'c str)>;

/// A commit that may be the cause.
#[derive(Debug)]
pub(super) struct Suspect<'c> {
    pub(super) commit: &'c Commit,
    /// From 0 to 1.
    pub(super) score: f64,
    /// What it changed of the stack trace, the most telling one first.
    pub(super) files: Vec<String>,
}

/// Ranks the commits, the most suspect first; `place` is where a frame's file is by the code mappings.
pub(super) fn rank<'c>(
    frames: &[Frame],
    changes: &'c [Change],
    place: impl Fn(&Frame) -> Option<Place>,
) -> Vec<Suspect<'c>> {
    let places: Vec<Option<Place>> = frames.iter().map(place).collect();
    let mut found: HashMap<u64, (&Change, Counted<'_>)> = HashMap::new();
    for change in changes {
        let mut height = 1.0;
        let mut best = 0.0_f64;
        for (frame, place) in frames.iter().zip(&places) {
            let likeness = likeness(frame, place.as_ref(), change);
            if likeness >= LIKENESS_MIN {
                best = best.max(likeness * height);
            }
            height *= NEXT_FRAME;
        }
        if best > 0.0 {
            let (_, files) = found.entry(change.commit.id).or_insert((change, Vec::new()));
            files.push((best, &change.path));
        }
    }
    let mut suspects: Vec<(&Change, Suspect<'c>)> =
        found.into_values().map(|(change, files)| (change, sum(change, files))).collect();
    suspects.sort_by(|(left_change, left), (right_change, right)| {
        let newer = |change: &Change| (change.releases_back, change.place, change.commit.id);
        let by_age = newer(left_change).cmp(&newer(right_change));
        right.score.total_cmp(&left.score).then(by_age)
    });
    suspects.into_iter().map(|(_, suspect)| suspect).collect()
}

fn sum<'c>(change: &'c Change, mut files: Counted<'c>) -> Suspect<'c> {
    files.sort_by(|left, right| right.0.total_cmp(&left.0));
    let best = files.first().map_or(0.0, |(counts, _)| *counts);
    let further: f64 = files.iter().skip(1).map(|(counts, _)| counts).sum();
    let told = (best + FURTHER * further).min(1.0);
    let age = NEXT_RELEASE.powi(exponent(change.releases_back))
        * NEXT_COMMIT.powi(exponent(change.place));
    let changed = f64::from(u32::try_from(change.commit.files).unwrap_or(u32::MAX));
    let breadth = 1.0 + (changed / MANY_FILES).max(1.0).ln();
    let files = files.into_iter().map(|(_, path)| path.to_owned()).collect();
    Suspect { commit: &change.commit, score: told * age / breadth, files }
}

fn exponent(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// How well a changed file fits a frame's: 1 when a code mapping says that it is the one, else by how many
/// parts of the paths are the same from their ends on.
fn likeness(frame: &Frame, place: Option<&Place>, change: &Change) -> f64 {
    if let Some(place) = place
        && place.repository == change.commit.repository
    {
        return if place.path == change.path { 1.0 } else { 0.0 };
    }
    let paths = frame.paths();
    paths.iter().map(|path| common_end(path, &change.path)).fold(0.0, f64::max)
}

fn common_end(left: &str, right: &str) -> f64 {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    let (left_parts, right_parts) = (parts(left), parts(right));
    let pairs = left.rsplit('/').zip(right.rsplit('/'));
    let common = pairs.take_while(|(left, right)| left == right && !left.is_empty()).count();
    let whole = left_parts.min(right_parts);
    let float = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if common == 0 || whole == 0 {
        0.0
    } else if common == whole {
        0.6 + 0.1 * float(common.min(3))
    } else {
        // Many files have the same name; the same folder as well is another thing.
        0.4 * float(common - 1) / float(whole - 1).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::clock::Micros;

    fn change(hash: &str, path: &str, (releases_back, place): (usize, usize)) -> Change {
        let commit = Commit {
            id: u64::from_str_radix(hash, 16).unwrap(),
            repository: 1,
            hash: hash.to_owned(),
            author_name: String::new(),
            author_email: String::new(),
            message: String::new(),
            committed: Micros(0),
            files: 1,
        };
        Change { commit, path: path.to_owned(), releases_back, place }
    }

    fn frames(paths: &[&str]) -> Vec<Frame> {
        let frame = |path: &&str| Frame { path: (*path).to_owned(), absolute: String::new() };
        paths.iter().map(frame).collect()
    }

    fn order(frames: &[Frame], changes: &[Change]) -> Vec<String> {
        let ranked = rank(frames, changes, |_| None);
        ranked.into_iter().map(|suspect| suspect.commit.hash.clone()).collect()
    }

    #[test]
    fn the_innermost_file_the_newest_commit_and_the_best_fit_come_first() {
        let trace = frames(&["bets/limit.py", "bets/place.py", "app.py"]);
        let inner = change("a1", "src/bets/limit.py", (0, 5));
        let outer = change("a2", "src/bets/place.py", (0, 0));
        assert_eq!(order(&trace, &[outer.clone(), inner.clone()]), ["a1", "a2"]);
        let newer = change("a3", "src/bets/limit.py", (0, 1));
        assert_eq!(order(&trace, &[inner.clone(), newer.clone()]), ["a3", "a1"]);
        let before = change("a4", "src/bets/limit.py", (1, 0));
        assert_eq!(order(&trace, &[before, inner.clone()]), ["a1", "a4"]);
        let elsewhere = change("a5", "src/wallet/limit.py", (0, 0));
        assert_eq!(order(&trace, &[elsewhere, inner.clone()]), ["a1"], "of another folder");
        let wide = Change { commit: Commit { files: 800, ..newer.commit.clone() }, ..newer };
        assert_eq!(order(&trace, &[wide, inner]), ["a1", "a3"], "who formats everything");
    }

    #[test]
    fn a_code_mapping_is_certain() {
        let trace = frames(&["app/limit.py"]);
        let (right, wrong) = (
            change("b1", "services/bets/limit.py", (0, 9)),
            change("b2", "old/app/limit.py", (0, 0)),
        );
        let changes = [wrong, right];
        assert_eq!(order(&trace, &changes), ["b2"]);
        let place = |_: &Frame| {
            Some(Place {
                repository: 1,
                path: "services/bets/limit.py".into(),
                branch: "main".into(),
            })
        };
        let ranked = rank(&trace, &changes, place);
        assert_eq!((ranked.len(), ranked[0].commit.hash.as_str()), (1, "b1"));
    }

    #[test]
    fn paths_are_compared_from_their_ends() {
        assert!(common_end("a/b.py", "a/c.py") < f64::EPSILON);
        assert!(common_end("b.py", "x/b.py") < common_end("a/b.py", "x/a/b.py"));
        assert!(common_end("x/y/index.ts", "x/z/index.ts") < LIKENESS_MIN);
        assert!(common_end("/srv/app/src/bets/a.py", "services/app/src/bets/a.py") > LIKENESS_MIN);
        assert!(common_end("", "") < f64::EPSILON);
    }
}
