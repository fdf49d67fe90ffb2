//! Which releases were seen where.

use std::collections::HashMap;

use meta::Deployment;
use model::clock::Micros;
use model::id::ProjectId;

/// First and last moment of each release in each environment of each project.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    seen: HashMap<ProjectId, HashMap<Names, (Micros, Micros)>>,
}

/// A release and an environment.
type Names = (String, String);

impl Sightings {
    /// Something of a release was seen at a moment.
    pub(crate) fn note(
        &mut self,
        project: ProjectId,
        release: &str,
        environment: &str,
        moment: Micros,
    ) {
        let of_project = self.seen.entry(project).or_default();
        let names = (release.to_owned(), environment.to_owned());
        let (first, last) = of_project.entry(names).or_insert((moment, moment));
        *first = moment.min(*first);
        *last = moment.max(*last);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (project, names) in other.seen {
            let of_project = self.seen.entry(project).or_default();
            for (names, (first, last)) in names {
                let known = of_project.entry(names).or_insert((first, last));
                *known = (first.min(known.0), last.max(known.1));
            }
        }
    }

    pub(crate) fn into_deployments(self) -> Vec<Deployment> {
        let all = self.seen.into_iter().flat_map(|(project, names)| {
            names.into_iter().map(move |((release, environment), (first, last))| Deployment {
                project,
                release,
                environment,
                first,
                last,
            })
        });
        all.collect()
    }
}
