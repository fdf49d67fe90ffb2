//! Which traces are worth keeping, found out while their spans arrive.

use std::collections::HashMap;

use meta::Meta;
use model::clock::Micros;
use model::id::ProjectId;
use model::sampling::Verdict;
use model::span::SpanRow;
use sample::{Judge, Rules};

/// Releases whose age is known; more are asked for again.
const RELEASES_MAX: usize = 4_096;
/// Releases that are asked for between two batches; further ones count as new. Clients name them.
const ASKED_MAX: usize = 64;

/// A judge, and what it is to know of releases.
#[derive(Debug)]
pub(super) struct Judging {
    meta: Meta,
    judge: Judge,
    /// When each release was first seen.
    releases: HashMap<ProjectId, HashMap<String, Micros>>,
    known: usize,
    asked: usize,
}

impl Judging {
    /// A judge that has seen nothing yet.
    pub(super) fn new(meta: Meta) -> Self {
        let releases = HashMap::new();
        Self { meta, judge: Judge::default(), releases, known: 0, asked: 0 }
    }

    /// Looks at the spans of one item.
    pub(super) fn look(&mut self, rules: &Rules, rows: &[SpanRow<'_>]) {
        let Some(first) = rows.first() else { return };
        let (project, now) = (first.project, first.received);
        let Self { meta, judge, releases, known, asked } = self;
        judge.look(rules, rows, |release| {
            let of_project = releases.entry(project).or_default();
            if let Some(seen) = of_project.get(release) {
                return *seen;
            }
            if *asked >= ASKED_MAX {
                return now;
            }
            *asked += 1;
            // One that nobody knows is seen for the first time now.
            let seen = meta.release_first_seen(project, release).unwrap_or_else(|problem| {
                tracing::warn!(%problem, %project, "the age of a release is not known");
                None
            });
            let seen = seen.unwrap_or(now);
            of_project.insert(release.to_owned(), seen);
            *known += 1;
            seen
        });
        if self.known >= RELEASES_MAX {
            self.releases.clear();
            self.known = 0;
        }
    }

    /// What was found out since the last time.
    pub(super) fn take(&mut self) -> Vec<Verdict> {
        self.asked = 0;
        self.judge.take()
    }
}
