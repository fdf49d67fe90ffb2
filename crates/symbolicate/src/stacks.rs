//! Makes the stacks of events readable with what was uploaded for their projects.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use meta::{Meta, Renewable};
use model::clock::Clock;
use model::event::Event;
use model::id::ProjectId;
use symbols::DebugId;
use symbols::frames::{self, Map, Problem, Script};
use symbols::limits::EVENT_SCRIPTS_MAX;
use symbols::native::{self, Image, Mapping, NativeProblem, Symbols};
use symbols::url;

use crate::Artifacts;
use crate::answers::Answers;
use crate::built::{Broken, Built, Job, Refusal};
use crate::disk::{Disk, DiskError};
use crate::explain::{Explanation, FrameExplained, advice};
use crate::image::{self, Wanted};
use crate::key::{Key, Stored};
use crate::limits::{RENEW_MICROS, URL_BYTES_MAX};
use crate::patience::{Patience, Waiting, Waits};
use crate::script::{self, unreadable};
use crate::workshop::{DebugFiles, Trade, Workshop};

mod dumps;
mod holders;

pub use dumps::DumpProblem;

/// Whom it works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Who has which file.
    pub meta: Meta,
    /// The files.
    pub artifacts: Arc<dyn Artifacts>,
    /// Who reads debug files.
    pub debug_files: Arc<dyn DebugFiles>,
    /// Where built things are kept.
    pub folder: PathBuf,
    /// How many bytes of them.
    pub bytes_max: u64,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Makes stacks readable. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Symbolicator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    meta: Meta,
    clock: Arc<dyn Clock>,
    workshop: Workshop,
    scripts: Answers<script::Question, script::Answer>,
    images: Answers<image::Question, image::Answer>,
    sources: Answers<(script::Question, String), Option<Stored>>,
    waits: Waits,
    /// For minidumps.
    dump_waits: Waits,
    /// Held while a minidump is read: one at a time bounds the memory that takes.
    dumps: Mutex<()>,
}

impl Symbolicator {
    /// Opens the folder of built things.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(parts: Parts) -> Result<Self, DiskError> {
        let Parts { meta, artifacts, debug_files, folder, bytes_max, clock } = parts;
        let disk = Disk::open(&folder, bytes_max, Arc::clone(&clock))?;
        Ok(Self {
            inner: Arc::new(Inner {
                meta,
                clock,
                workshop: Workshop::new(artifacts, debug_files, disk),
                scripts: Answers::new(),
                images: Answers::new(),
                sources: Answers::new(),
                waits: Waits::default(),
                dump_waits: Waits::default(),
                dumps: Mutex::default(),
            }),
        })
    }

    /// Builds what is asked for, until [`Symbolicator::close`]. Nothing is built while nobody is here.
    pub fn work(&self, trade: Trade) {
        self.inner.workshop.work(trade);
    }

    /// Ends all work.
    pub fn close(&self) {
        self.inner.workshop.close();
    }

    /// How many built things are on disk, and their bytes.
    pub fn kept(&self) -> (usize, u64) {
        self.inner.workshop.kept()
    }

    /// Whether an event has frames that might be made readable. Cheap.
    pub fn concerns(event: &Event<'_>) -> bool {
        !frames::scripts(event).is_empty() || native::concerns(event)
    }

    /// Whether everything that can be readable is.
    pub fn is_finished(event: &Event<'_>) -> bool {
        holders::is_finished(event)
    }

    /// Makes the stacks of an event readable, as far as there are uploads. May be done again, when there
    /// are more. False when nothing has changed.
    pub fn apply(&self, project: ProjectId, event: &mut Event<'_>, waiting: Waiting) -> bool {
        let has_scripts = !frames::scripts(event).is_empty();
        let has_images = native::concerns(event);
        if !has_scripts && !has_images {
            return false;
        }
        let clock = Arc::clone(&self.inner.clock);
        let mut lookup = self.lookup(project, event, waiting, &*clock);
        let changed = if has_scripts && has_images {
            holders::apply_both(event, &mut lookup)
        } else if has_scripts {
            frames::apply(event, &mut lookup).is_changed()
        } else {
            let report = native::apply(event, &mut lookup);
            report.readable > 0 || !report.problems.is_empty()
        };
        self.inner.waits.end(project, waiting, &lookup.patience);
        changed
    }

    /// Says of each frame why it is readable, or why not. The event is as it is stored.
    pub fn explain(&self, project: ProjectId, event: &Event<'_>) -> Explanation {
        let clock = Arc::clone(&self.inner.clock);
        let mut lookup = self.lookup(project, event, Waiting::Reader, &*clock);
        let mut done = event.clone();
        let report = frames::apply(&mut done, &mut lookup);
        let mut explained = Vec::new();
        let mut scripts = HashSet::new();
        for frame in frames::script_frames(event) {
            scripts.insert(frame.script.clone());
            if scripts.len() > EVENT_SCRIPTS_MAX {
                break;
            }
            let answer = lookup.answer(&frame.script);
            let wrong = report.problems.iter().filter(|(place, _)| *place == frame.place);
            let wrong = wrong.map(|(_, problem)| problem).next_back();
            let missing = answer.found.as_ref().err();
            let problem = wrong.or(missing);
            explained.push(FrameExplained {
                readable: frames::readable_at(&done, &frame.place),
                place: frame.place,
                function: frame.function,
                url: frame.script.url,
                line: frame.line,
                column: frame.column,
                debug_id: frame.script.debug_id,
                trail: answer.trail.clone(),
                problem: problem.map(|problem| (problem.kind(), problem.to_string())),
                advice: problem.map(advice),
            });
        }
        let native = if native::concerns(event) {
            native::apply(&mut done, &mut lookup).problems
        } else {
            Vec::new()
        };
        let text = |name: &str| event.root.str(name).map(str::to_owned);
        let (release, dist) = (text("release"), text("dist"));
        let place = (release.as_deref().unwrap_or(""), dist.as_deref().unwrap_or(""));
        let meta = &self.inner.meta;
        // That the database does not answer is in the problems already.
        Explanation {
            frames: explained,
            native: native.iter().map(|it| (it.kind(), it.to_string())).collect(),
            project_has_uploads: meta.has_script_artifacts(project).unwrap_or(false),
            release_has_uploads: meta
                .uploaded_urls(project, place, 1)
                .is_ok_and(|urls| !urls.is_empty()),
            has_uploads_with_debug_ids: meta
                .newest_map_ids(project, 1)
                .is_ok_and(|ids| !ids.is_empty()),
            release,
            dist,
        }
    }

    fn lookup<'c>(
        &self,
        project: ProjectId,
        event: &Event<'_>,
        waiting: Waiting,
        clock: &'c dyn Clock,
    ) -> EventLookup<'_, 'c> {
        let text = |name: &str| Arc::from(event.root.str(name).unwrap_or_default());
        EventLookup {
            inner: &self.inner,
            project,
            release: text("release"),
            dist: text("dist"),
            generation: self.inner.meta.artifact_generation(project),
            patience: self.inner.waits.begin(project, waiting, clock),
            answers: HashMap::new(),
        }
    }
}

/// What is looked up for one event.
struct EventLookup<'a, 'c> {
    inner: &'a Inner,
    project: ProjectId,
    release: Arc<str>,
    dist: Arc<str>,
    /// Of the uploads, before anything was looked up.
    generation: u64,
    patience: Patience<'c>,
    answers: HashMap<Script, Arc<script::Answer>>,
}

impl EventLookup<'_, '_> {
    fn question(&self, script: &Script) -> script::Question {
        script::Question {
            project: self.project,
            release: Arc::clone(&self.release),
            dist: Arc::clone(&self.dist),
            script: script.clone(),
        }
    }

    fn answer(&mut self, script: &Script) -> Arc<script::Answer> {
        if let Some(known) = self.answers.get(script) {
            return Arc::clone(known);
        }
        let question = self.question(script);
        let inner = self.inner;
        let answer = inner.scripts.get(&question, self.generation).unwrap_or_else(|| {
            let (answer, is_lasting) =
                script::find(&question, &inner.meta, &inner.workshop, &mut self.patience);
            let answer = Arc::new(answer);
            if is_lasting {
                inner.scripts.put(question, self.generation, Arc::clone(&answer));
            }
            answer
        });
        self.answers.insert(script.clone(), Arc::clone(&answer));
        answer
    }

    /// Where the text of a source is that no map holds.
    fn source_place(&self, script: &Script, url: &str, bundles: &[u64]) -> Option<Stored> {
        let urls = url::candidates(url);
        let (meta, project) = (&self.inner.meta, self.project);
        let place = (&*self.release, &*self.dist);
        let in_bundles = || {
            for bundle in bundles {
                let found = meta.bundle_file_within(project, *bundle, &urls)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            if place.0.is_empty() {
                Ok(None)
            } else {
                meta.bundle_file_by_url(project, place, &urls)
            }
        };
        let found = || match in_bundles()? {
            Some(file) => Ok(Some(Stored { blob: file.artifact.blob, path: Some(file.file.path) })),
            None if place.0.is_empty() => Ok(None),
            None => {
                let file = meta.release_file_by_url(project, place, &urls)?;
                Ok(file.map(|file| Stored { blob: file.file.artifact.blob, path: None }))
            }
        };
        found().unwrap_or_else(|problem: meta::MetaError| {
            tracing::warn!(%problem, script = script.url, "a source cannot be looked up");
            None
        })
    }

    fn native(&mut self, wanted: Wanted) -> Result<Arc<image::Answer>, String> {
        let question = image::Question { project: self.project, wanted };
        if let Some(known) = self.inner.images.get(&question, self.generation) {
            return Ok(known);
        }
        let answer = image::find(&question, &self.inner.meta).map_err(|problem| {
            tracing::warn!(%problem, "debug files cannot be looked up");
            "the database does not answer".to_owned()
        })?;
        let answer = Arc::new(answer);
        self.inner.images.put(question, self.generation, Arc::clone(&answer));
        Ok(answer)
    }

    /// Notes that uploads are used, so that they live longer.
    fn renew(&self, renewed: &AtomicU64, used: impl IntoIterator<Item = Renewable>) {
        let now = self.inner.clock.now().0;
        if now.saturating_sub(renewed.load(Ordering::Relaxed)) < RENEW_MICROS {
            return;
        }
        renewed.store(now, Ordering::Relaxed);
        for one in used {
            if let Err(problem) = self.inner.meta.renew_artifact(self.project, one) {
                tracing::warn!(%problem, "the use of an upload is not noted");
            }
        }
    }
}

impl frames::Lookup for EventLookup<'_, '_> {
    fn concerns(&mut self, script: &Script) -> bool {
        !self.answer(script).is_nobodys
    }

    fn map(&mut self, script: &Script) -> Result<Map, Problem> {
        let answer = self.answer(script);
        let found = answer.found.as_ref().map_err(Clone::clone)?;
        let map_url = || found.url.clone();
        match self.inner.workshop.ask(found.key, &found.job, &mut self.patience) {
            Ok(Built::Map(map)) => {
                self.renew(&answer.renewed, answer.used.iter().copied());
                Ok(Map { map, url: map_url(), found_by: found.by })
            }
            Ok(_) => Err(Problem::Unreadable { reason: "it is no map".to_owned() }),
            Err(Refusal::NotYet) => Err(Problem::NotYet { url: script.url.clone() }),
            Err(Refusal::Passing(reason)) => Err(Problem::Unreadable { reason }),
            Err(Refusal::Broken(Broken::Malformed(reason))) => {
                Err(Problem::MalformedMap { url: map_url(), reason })
            }
            Err(Refusal::Broken(Broken::NotBase64)) => {
                Err(Problem::InvalidInlineMap { url: script.url.clone() })
            }
            Err(Refusal::Broken(broken @ Broken::Unreadable(_))) => Err(unreadable(broken)),
        }
    }

    fn source(&mut self, script: &Script, url: &str) -> Option<Arc<str>> {
        if url.len() > URL_BYTES_MAX {
            return None;
        }
        let answer = self.answer(script);
        let question = (self.question(script), url.to_owned());
        let known = self.inner.sources.get(&question, self.generation);
        let place = known.unwrap_or_else(|| {
            let place = Arc::new(self.source_place(script, url, &answer.bundles));
            self.inner.sources.put(question, self.generation, Arc::clone(&place));
            place
        });
        let place = (*place).as_ref()?;
        let job = Job::Source(place.clone());
        match self.inner.workshop.ask(Key::of_source(place), &job, &mut self.patience) {
            Ok(Built::Source(text)) => Some(text),
            _ => None,
        }
    }
}

impl native::Lookup for EventLookup<'_, '_> {
    fn symbols(&mut self, image: &Image) -> Result<Arc<Symbols>, NativeProblem> {
        let (name, debug_id) = (image.name(), image.debug_id);
        let bad = |reason| NativeProblem::BadDebugFile { name: name.clone(), debug_id, reason };
        let wanted = Wanted::Symbols { debug_id, code_id: image.code_id.clone() };
        let answer = self.native(wanted).map_err(bad)?;
        let mut problem = NativeProblem::NoDebugFile { name: name.clone(), debug_id };
        let mut best: Option<(Arc<Symbols>, Renewable)> = None;
        for file in &answer.files {
            let key = Key::of_symbols(file.blob, file.debug_id);
            let job = Job::Symbols { blob: file.blob, debug_id: file.debug_id };
            match self.inner.workshop.ask(key, &job, &mut self.patience) {
                // A program and its debug file have one id. The one that tells more is larger.
                Ok(Built::Symbols(found)) => {
                    if best.as_ref().is_none_or(|(best, _)| best.bytes() < found.bytes()) {
                        best = Some((found, file.used));
                    }
                }
                Ok(_) => problem = bad("it holds no symbols".to_owned()),
                Err(Refusal::NotYet) => return Err(NativeProblem::NotYet { name }),
                Err(refusal) => problem = bad(words(refusal)),
            }
        }
        let (symbols, used) = best.ok_or(problem)?;
        self.renew(&answer.renewed, [used]);
        Ok(symbols)
    }

    fn mapping(&mut self, id: DebugId) -> Result<Arc<Mapping>, NativeProblem> {
        let bad = |reason| NativeProblem::BadMapping { id, reason };
        let answer = self.native(Wanted::Mapping(id)).map_err(bad)?;
        let mut problem = NativeProblem::NoMapping { id };
        for file in &answer.files {
            let job = Job::Mapping { blob: file.blob };
            match self.inner.workshop.ask(Key::of_mapping(file.blob), &job, &mut self.patience) {
                Ok(Built::Mapping(mapping)) => {
                    self.renew(&answer.renewed, [file.used]);
                    return Ok(mapping);
                }
                Ok(_) => problem = bad("it is no mapping".to_owned()),
                Err(Refusal::NotYet) => {
                    return Err(NativeProblem::NotYet { name: format!("ProGuard id {id}") });
                }
                Err(refusal) => problem = bad(words(refusal)),
            }
        }
        Err(problem)
    }
}

fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Broken(Broken::Malformed(reason) | Broken::Unreadable(reason))
        | Refusal::Passing(reason) => reason,
        Refusal::Broken(Broken::NotBase64) => "not valid base64".to_owned(),
        Refusal::NotYet => "it is still being read".to_owned(),
    }
}
