//! Which uploads belong to a script: by debug id, else by release, distribution and address.
//!
//! Source: the order of Symbolicator's lookups.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use meta::{FoundFile, Meta, MetaError, ReleaseFile, Renewable};
use model::id::ProjectId;
use symbols::DebugId;
use symbols::frames::{FoundBy, Problem, Script};
use symbols::limits::UPLOADED_SHOWN_MAX;
use symbols::url;

use crate::built::{Broken, Built, Job, Reference, Refusal};
use crate::explain::{Step, Trail};
use crate::key::{Key, Stored};
use crate::patience::Patience;
use crate::workshop::Workshop;

/// What is listed of uploads, and one more, which shows that there are more.
const LISTED: usize = UPLOADED_SHOWN_MAX + 1;

/// A script of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub project: ProjectId,
    /// The event's; empty for none.
    pub release: Arc<str>,
    /// The event's; empty for none.
    pub dist: Arc<str>,
    pub script: Script,
}

/// What is known about a script.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its map.
    pub found: Result<Found, Problem>,
    /// Nobody expects a map: it is not worth a word that there is none.
    pub is_nobodys: bool,
    /// What was looked for.
    pub trail: Trail,
    /// Bundles that are its own, in which its sources may be.
    pub bundles: Vec<u64>,
    /// What lives longer when it is used.
    pub used: Vec<Renewable>,
    /// When that was last noted.
    pub renewed: AtomicU64,
}

/// Where a script's map is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub key: Key,
    pub job: Job,
    /// What the map's sources are relative to.
    pub url: String,
    pub by: FoundBy,
}

/// Why there is no answer.
#[derive(Debug)]
enum Stop {
    /// There is one: that there is no map.
    Missing(Problem),
    /// The answer may be another one in a moment.
    Passing(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Missing(problem)
    }
}

impl From<MetaError> for Stop {
    fn from(problem: MetaError) -> Self {
        tracing::warn!(%problem, "uploads cannot be looked up");
        Self::Passing(Problem::Unreadable { reason: "the database does not answer".to_owned() })
    }
}

/// Finds the map of a script. The second is false when the same question may have another answer in a
/// moment.
pub(crate) fn find(
    question: &Question,
    meta: &Meta,
    workshop: &Workshop,
    patience: &mut Patience<'_>,
) -> (Answer, bool) {
    let mut finder = Finder {
        question,
        meta,
        workshop,
        patience,
        trail: Trail::default(),
        bundles: Vec::new(),
        used: Vec::new(),
    };
    let (found, is_lasting) = match finder.find() {
        Ok(found) => (Ok(found), true),
        Err(Stop::Missing(problem)) => (Err(problem), true),
        Err(Stop::Passing(problem)) => (Err(problem), false),
    };
    let is_nobodys = found.is_err() && finder.is_nobodys();
    let Finder { trail, bundles, used, .. } = finder;
    let renewed = AtomicU64::new(0);
    (Answer { found, is_nobodys, trail, bundles, used, renewed }, is_lasting)
}

struct Finder<'a, 'c> {
    question: &'a Question,
    meta: &'a Meta,
    workshop: &'a Workshop,
    patience: &'a mut Patience<'c>,
    trail: Trail,
    bundles: Vec<u64>,
    used: Vec<Renewable>,
}

/// An uploaded script, and what it says about its map.
struct Uploaded {
    stored: Stored,
    by: FoundBy,
    /// Its header's word.
    reference: Option<String>,
}

impl Finder<'_, '_> {
    fn find(&mut self) -> Result<Found, Stop> {
        if let Some(id) = self.question.script.debug_id {
            let named = id.to_string();
            let map = self.file_with_id(&named, "source_map", "the source map")?;
            let script = self.file_with_id(&named, "minified_source", "the script")?;
            (self.trail.map_has_id, self.trail.script_has_id) = (map.is_some(), script.is_some());
            match (map, script) {
                (Some(map), script) => return Ok(self.with_map(&map, script)),
                (None, Some(script)) => {
                    let uploaded = self.of_bundle(script, FoundBy::DebugId);
                    return self.map_of(uploaded);
                }
                (None, None) => {}
            }
        }
        let script = self.script_of_release()?;
        self.map_of(script)
    }

    /// Whether a map that is not there is missed by nobody: the build gave the script no id, nothing was
    /// uploaded for its release, and it is no script of a page whose other scripts were uploaded.
    fn is_nobodys(&self) -> bool {
        let Question { project, release, dist, script } = self.question;
        if script.debug_id.is_some() {
            return false;
        }
        let place = (&**release, &**dist);
        let has_uploads = if script.url.starts_with("http") {
            self.meta.has_script_artifacts(*project)
        } else if release.is_empty() {
            Ok(false)
        } else {
            self.meta.uploaded_urls(*project, place, 1).map(|urls| !urls.is_empty())
        };
        !has_uploads.unwrap_or(true)
    }

    fn file_with_id(
        &mut self,
        id: &str,
        kind: &str,
        what: &str,
    ) -> Result<Option<FoundFile>, MetaError> {
        let found = self.meta.bundle_file_by_debug_id(self.question.project, id, kind)?;
        let tried = format!("{what} with debug id {id}");
        self.note(tried, found.as_ref().map(in_bundle));
        Ok(found)
    }

    /// The map was found by the script's id.
    fn with_map(&mut self, map: &FoundFile, script: Option<FoundFile>) -> Found {
        let url = &self.question.script.url;
        let reference = script.as_ref().and_then(|script| script.file.source_map.clone());
        // Its own name is at least in the same folder.
        let reference = reference.filter(|reference| !url::is_inline(reference)).or_else(|| {
            let name = map.file.url.as_deref().unwrap_or(&map.file.path);
            name.rsplit('/').next().map(str::to_owned)
        });
        let url = reference.map_or_else(|| url.clone(), |name| url::resolve(url, &name));
        self.bundle(map.bundle);
        let script = script.map(|script| {
            self.bundle(script.bundle);
            stored_in(&script)
        });
        found(Some(stored_in(map)), script, url, FoundBy::DebugId)
    }

    /// The script by its address.
    fn script_of_release(&mut self) -> Result<Uploaded, Stop> {
        let Question { project, release, script, .. } = self.question;
        let url = script.url.clone();
        if release.is_empty() {
            self.note("the script by its address: the event has no release".to_owned(), None);
            return Err(match script.debug_id {
                Some(id) => self.no_map_for(*project, id)?.into(),
                None => Problem::NoIdentity { url }.into(),
            });
        }
        if let Some((file, name)) = self.file_at("the script", &url::candidates(&url))? {
            self.trail.script_named = Some(name);
            return Ok(file);
        }
        if let Some(id) = script.debug_id {
            return Err(self.no_map_for(*project, id)?.into());
        }
        let place = (&**release, &*self.question.dist);
        let uploaded = self.meta.uploaded_urls(*project, place, LISTED)?;
        if uploaded.is_empty() {
            self.note_other_dists()?;
        }
        Err(Problem::NoScript { url, uploaded }.into())
    }

    /// Where the map of an uploaded script is.
    fn map_of(&mut self, script: Uploaded) -> Result<Found, Stop> {
        let url = self.question.script.url.clone();
        let reference = match &script.reference {
            Some(reference) if url::is_inline(reference) => Reference::Inside,
            Some(reference) => Reference::At(reference.clone()),
            None => self.reference_in(&script.stored)?,
        };
        let reference = match reference {
            Reference::Inside => {
                self.note("the source map in the script".to_owned(), Some(String::new()));
                return Ok(found(None, Some(script.stored), url, script.by));
            }
            Reference::Nowhere => return Err(Problem::NoReference { url }.into()),
            Reference::At(reference) => reference,
        };
        let map_url = url::resolve(&url, &reference);
        let candidates = url::map_candidates(&url, &reference);
        self.trail.reference = Some(reference);
        match self.file_at("the source map", &candidates)? {
            Some((map, name)) => {
                self.trail.map_named = Some(name);
                Ok(found(Some(map.stored), Some(script.stored), map_url, script.by))
            }
            None => Err(Problem::NoMap { url: map_url }.into()),
        }
    }

    fn reference_in(&mut self, script: &Stored) -> Result<Reference, Stop> {
        let job = Job::Reference(script.clone());
        let url = self.question.script.url.clone();
        match self.workshop.ask(Key::of_reference(script), &job, self.patience) {
            Ok(Built::Reference(reference)) => Ok(reference),
            Ok(_) => Ok(Reference::Nowhere),
            Err(Refusal::NotYet) => Err(Stop::Passing(Problem::NotYet { url })),
            Err(Refusal::Passing(reason)) => Err(Stop::Passing(Problem::Unreadable { reason })),
            Err(Refusal::Broken(broken)) => Err(unreadable(broken).into()),
        }
    }

    /// A file at the first of these addresses, and its name: in the bundles of the script, in those of
    /// the release, among its single files.
    fn file_at(
        &mut self,
        what: &str,
        urls: &[String],
    ) -> Result<Option<(Uploaded, String)>, MetaError> {
        let (meta, project) = (self.meta, self.question.project);
        let place = (&*self.question.release, &*self.question.dist);
        let tried = format!("{what} at {}", urls.join(", "));
        for bundle in self.bundles.clone() {
            if let Some(file) = meta.bundle_file_within(project, bundle, urls)? {
                self.note(tried, Some(in_bundle(&file)));
                return Ok(Some(self.named(file)));
            }
        }
        if place.0.is_empty() {
            self.note(tried, None);
            return Ok(None);
        }
        if let Some(file) = meta.bundle_file_by_url(project, place, urls)? {
            self.note(tried, Some(in_bundle(&file)));
            return Ok(Some(self.named(file)));
        }
        let file = meta.release_file_by_url(project, place, urls)?;
        let shown =
            file.as_ref().map(|file| format!("{} among the release's files", file.file.name));
        self.note(format!("{tried}, uploaded for release {}{}", place.0, of_dist(place.1)), shown);
        Ok(file.map(|file| {
            let name = file.file.name.clone();
            (self.of_release(&file), name)
        }))
    }

    fn named(&mut self, file: FoundFile) -> (Uploaded, String) {
        let name = file.file.url.clone().unwrap_or_default();
        (self.of_bundle(file, FoundBy::Release), name)
    }

    fn of_bundle(&mut self, file: FoundFile, by: FoundBy) -> Uploaded {
        self.bundle(file.bundle);
        Uploaded { stored: stored_in(&file), by, reference: file.file.source_map }
    }

    fn of_release(&mut self, file: &ReleaseFile) -> Uploaded {
        self.used.push(Renewable::ReleaseFile(file.id));
        let stored = Stored { blob: file.file.artifact.blob, path: None };
        let reference = header(&file.file.headers);
        Uploaded { stored, by: FoundBy::ReleaseFile, reference }
    }

    fn bundle(&mut self, bundle: u64) {
        if !self.bundles.contains(&bundle) {
            self.bundles.push(bundle);
            self.used.push(Renewable::Bundle(bundle));
        }
    }

    fn no_map_for(&self, project: ProjectId, debug_id: DebugId) -> Result<Problem, MetaError> {
        let newest = self.meta.newest_map_ids(project, LISTED)?;
        let uploaded = newest
            .into_iter()
            .map(|(id, release)| if release.is_empty() { id } else { format!("{id} ({release})") });
        Ok(Problem::NoMapForDebugId { debug_id, uploaded: uploaded.collect() })
    }

    /// The commonest mistake: uploaded, but for another distribution.
    fn note_other_dists(&mut self) -> Result<(), MetaError> {
        let Question { project, release, .. } = self.question;
        let dists = self.meta.uploaded_dists(*project, release, LISTED)?;
        if !dists.is_empty() {
            self.trail.is_other_dist = true;
            let named: Vec<String> = dists.iter().map(|dist| shown_dist(dist)).collect();
            let found = format!("uploads for {}, which do not count", named.join(", "));
            self.note("other distributions of the release".to_owned(), Some(found));
        }
        Ok(())
    }

    fn note(&mut self, tried: String, found: Option<String>) {
        self.trail.steps.push(Step { tried, found });
    }
}

fn found(map: Option<Stored>, script: Option<Stored>, url: String, by: FoundBy) -> Found {
    let key = Key::of_map(map.as_ref(), script.as_ref());
    Found { key, job: Job::Map { map, script }, url, by }
}

fn stored_in(file: &FoundFile) -> Stored {
    Stored { blob: file.artifact.blob, path: Some(file.file.path.clone()) }
}

fn in_bundle(file: &FoundFile) -> String {
    let name = file.file.url.as_deref().unwrap_or(&file.file.path);
    format!("{name} in bundle {}", file.bundle)
}

fn of_dist(dist: &str) -> String {
    if dist.is_empty() { String::new() } else { format!(" and distribution {dist}") }
}

fn shown_dist(dist: &str) -> String {
    if dist.is_empty() { "no distribution".to_owned() } else { format!("distribution {dist}") }
}

/// What a single file's headers say about its map.
fn header(headers: &str) -> Option<String> {
    let headers: serde_json::Map<String, serde_json::Value> = serde_json::from_str(headers).ok()?;
    let value = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        found.1.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
    };
    value("sourcemap").or_else(|| value("x-sourcemap"))
}

/// What it means for a frame that something cannot be read at all.
pub(crate) fn unreadable(broken: Broken) -> Problem {
    let reason = match broken {
        Broken::Malformed(reason) | Broken::Unreadable(reason) => reason,
        Broken::NotBase64 => "not valid base64".to_owned(),
    };
    Problem::Unreadable { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_maps_in_any_case() {
        let check = |headers: &str, expected: Option<&str>| {
            assert_eq!(header(headers).as_deref(), expected, "{headers}");
        };
        check(r#"{"Sourcemap": "a.map"}"#, Some("a.map"));
        check(r#"{"X-SourceMap": "b.map", "content-type": "x"}"#, Some("b.map"));
        check(r#"{"x-sourcemap": "b.map", "sourceMap": "a.map"}"#, Some("a.map"));
        check(r#"{"sourcemap": ""}"#, None);
        check(r#"{"sourcemap": 7}"#, None);
        check("", None);
    }
}
