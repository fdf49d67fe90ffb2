//! From hashes to issues: which events of a batch belong together, and to which issue.

use std::collections::HashMap;

use model::id::{GroupHash, IssueId, ProjectId};
use rusqlite::params;

use super::{Step, Tally};
use crate::batch::EventFacts;
use crate::error::MetaError;
use crate::page::{execute, row};

/// Hashes of one event that count; grouping makes two or three.
const HASHES_PER_EVENT_MAX: usize = 16;
/// Stands for the hash of an event that came without one.
const NO_HASH: [GroupHash; 1] = [GroupHash([0; 16])];

/// Where events with a hash go.
#[derive(Debug, Clone, Copy)]
enum Home {
    /// To the tally at that place.
    Tally(usize),
    /// Into that issue, which may not have a tally yet.
    Issue(IssueId),
    /// Nowhere.
    Discard,
}

/// The events of a batch by issue, while they are being sorted.
#[derive(Default)]
struct Grouping {
    tallies: Vec<Tally>,
    by_issue: HashMap<IssueId, usize>,
    by_hash: HashMap<(ProjectId, GroupHash), Home>,
}

impl Step<'_> {
    /// Sorts the events into tallies; those that are to be discarded are in none.
    pub(super) fn group(&mut self) -> Result<Vec<Tally>, MetaError> {
        let mut grouping = Grouping::default();
        for (place, event) in self.events.iter().enumerate() {
            if self.directory.organization_of(event.project).is_none() {
                continue;
            }
            if let Some(tally) = self.home(&mut grouping, event)? {
                grouping.tallies[tally].events.push(place);
            }
        }
        Ok(grouping.tallies)
    }

    /// The place of the event's tally; `None` when it is to be discarded.
    fn home(
        &mut self,
        grouping: &mut Grouping,
        event: &EventFacts,
    ) -> Result<Option<usize>, MetaError> {
        let hashes = if event.hashes.is_empty() { NO_HASH.as_slice() } else { &event.hashes };
        let hashes = &hashes[..hashes.len().min(HASHES_PER_EVENT_MAX)];
        let mut decided = None;
        let mut unknown = Vec::new();
        for &hash in hashes {
            match self.known(grouping, event.project, hash)? {
                Some(home) => decided = decided.or(Some(home)),
                None if unknown.contains(&hash) => {}
                None => unknown.push(hash),
            }
        }
        let tally = match decided {
            Some(Home::Discard) => return Ok(None),
            Some(Home::Tally(place)) => place,
            Some(Home::Issue(issue)) => grouping.add(event.project, Some(issue)),
            None => grouping.add(event.project, None),
        };
        for &hash in &unknown {
            grouping.by_hash.insert((event.project, hash), Home::Tally(tally));
        }
        grouping.tallies[tally].fresh_hashes.extend(unknown);
        Ok(Some(tally))
    }

    fn known(
        &mut self,
        grouping: &mut Grouping,
        project: ProjectId,
        hash: GroupHash,
    ) -> Result<Option<Home>, MetaError> {
        if let Some(home) = grouping.by_hash.get(&(project, hash)) {
            return Ok(Some(*home));
        }
        let home = self.lookup(project, hash)?;
        if let Some(home) = home {
            grouping.by_hash.insert((project, hash), home);
        }
        Ok(home)
    }

    /// Where the database says that events with a hash go.
    fn lookup(&mut self, project: ProjectId, hash: GroupHash) -> Result<Option<Home>, MetaError> {
        let key = (project, hash);
        let home = |issue: Option<IssueId>| issue.map_or(Home::Discard, Home::Issue);
        if let Some(issue) = self.caches.hashes.get(&key) {
            return Ok(Some(home(issue)));
        }
        let sql = "SELECT issue FROM hashes WHERE project = ? AND hash = ?";
        let found = row(self.transaction, sql, params![project.0, hash.0], |row| {
            Ok(row.get::<_, Option<u64>>(0)?.map(IssueId))
        })?;
        if let Some(issue) = found {
            self.caches.hashes.insert(key, issue);
        }
        Ok(found.map(home))
    }

    /// Writes the hashes that a tally's events brought to its issue.
    pub(super) fn attach(&mut self, tally: &Tally, issue: IssueId) -> Result<(), MetaError> {
        for &hash in &tally.fresh_hashes {
            let sql = "INSERT INTO hashes (project, hash, issue, origin) VALUES (?1, ?2, ?3, ?3)";
            execute(self.transaction, sql, params![tally.project.0, hash.0, issue.0])?;
            self.caches.hashes.insert((tally.project, hash), Some(issue));
        }
        Ok(())
    }
}

impl Grouping {
    /// The tally of that issue, or a new one for an issue that does not exist yet.
    fn add(&mut self, project: ProjectId, issue: Option<IssueId>) -> usize {
        let next = self.tallies.len();
        let place = match issue {
            Some(issue) => *self.by_issue.entry(issue).or_insert(next),
            None => next,
        };
        if place == next {
            let (fresh_hashes, events) = (Vec::new(), Vec::new());
            self.tallies.push(Tally { project, issue, fresh_hashes, events });
        }
        place
    }
}
