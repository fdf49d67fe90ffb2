//! How often what is uploaded for a project has changed, so that who remembers what was not there looks
//! again as soon as it is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::id::ProjectId;

use crate::database::Meta;

/// Counts changes by project.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Changes that may be of any project.
    of_all: u64,
    of_one: HashMap<ProjectId, u64>,
}

impl Generations {
    /// Counts a change for these projects.
    pub(crate) fn advance(&self, projects: impl IntoIterator<Item = ProjectId>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for project in projects {
            *counts.of_one.entry(project).or_default() += 1;
        }
    }

    /// Counts a change for every project.
    pub(crate) fn advance_all(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).of_all += 1;
    }

    fn of(&self, project: ProjectId) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Both only grow, so that their sum is never the same again.
        counts.of_all + counts.of_one.get(&project).copied().unwrap_or(0)
    }
}

impl Meta {
    /// A number that is another one whenever bundles, debug files or files of releases of the project
    /// have come or gone since. Counts from the start of the process.
    pub fn artifact_generation(&self, project: ProjectId) -> u64 {
        self.generations().of(project)
    }
}
