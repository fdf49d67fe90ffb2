//! A database with two projects, a folder of uploads, and events.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use meta::{
    BundlePlace, Claim, Meta, NewBundle, NewBundleFile, NewDebugFile, NewProject, NewReleaseFile,
    StoredArtifact,
};
use model::clock::{Clock, MachineClock};
use model::event::Event;
use model::id::{OrganizationId, ProjectId};
use model::json::Value;
use symbolicate::{Artifacts, Parts, ReadInside, Symbolicator, Trade, Waiting};

use crate::zip;

/// A script of the corpus as Vite built it and sentry-cli gave it an id, and its map.
pub(crate) const SCRIPT: &[u8] = include_bytes!("../../../symbols/tests/data/casino.min.js");
pub(crate) const MAP: &[u8] = include_bytes!("../../../symbols/tests/data/casino.min.js.map");
pub(crate) const ID: &str = "19c5818b-c20c-591d-8943-ea389fc0001a";
pub(crate) const URL: &str = "http://casino.example/assets/index-DqpBW_SC.js";

/// Uploads in memory, which count how often they are opened.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    files: Mutex<HashMap<[u8; 32], Vec<u8>>>,
    opened: Mutex<Vec<u8>>,
}

impl Artifacts for Shelf {
    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>> {
        self.opened.lock().unwrap().push(sha256[0]);
        let files = self.files.lock().unwrap();
        let Some(content) = files.get(sha256) else { return Ok(None) };
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        file.rewind()?;
        Ok(Some(file))
    }
}

/// The server's part of it.
pub(crate) struct World {
    pub(crate) meta: Meta,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) other: ProjectId,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) stacks: Symbolicator,
    folder: tempfile::TempDir,
    clock: Arc<dyn Clock>,
    workers: Vec<JoinHandle<()>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(MachineClock::default());
        let meta = Meta::in_memory(Arc::clone(&clock)).unwrap();
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let project = |slug: &str| {
            let new = NewProject { slug: slug.into(), name: slug.into(), ..NewProject::default() };
            meta.create_project(organization, &new).unwrap().id
        };
        let (project, other) = (project("web"), project("other"));
        let (shelf, folder) = (Arc::new(Shelf::default()), tempfile::tempdir().unwrap());
        let stacks = open(&meta, &shelf, &folder, &clock);
        let workers = work(&stacks);
        Self { meta, organization, project, other, shelf, stacks, folder, clock, workers }
    }

    /// Ends the server and starts it again.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.stacks = open(&self.meta, &self.shelf, &self.folder, &self.clock);
        self.workers = work(&self.stacks);
    }

    fn stop(&mut self) {
        self.stacks.close();
        for worker in self.workers.drain(..) {
            worker.join().unwrap();
        }
    }

    /// First bytes of the names of uploads that were opened since.
    pub(crate) fn opened(&self) -> Vec<u8> {
        std::mem::take(&mut self.shelf.opened.lock().unwrap())
    }

    fn store(&self, number: u8, content: &[u8]) -> StoredArtifact {
        let artifact = StoredArtifact { blob: [number; 32], size: content.len() as u64 };
        assert_eq!(self.meta.claim_artifact(artifact, u64::MAX).unwrap(), Claim::Held);
        self.shelf.files.lock().unwrap().insert([number; 32], content.to_vec());
        artifact
    }

    /// Uploads a bundle for the project: kind, URL, debug id, reference to the map, content.
    pub(crate) fn bundle(&self, number: u8, release: &str, files: &[Upload<'_>]) -> u64 {
        let path = |file: &Upload<'_>| format!("files/_/{}", file.url.trim_start_matches("~/"));
        let named: Vec<(String, &[u8])> =
            files.iter().map(|file| (path(file), file.content)).collect();
        let named: Vec<(&str, &[u8])> =
            named.iter().map(|(path, content)| (path.as_str(), *content)).collect();
        let artifact = self.store(number, &zip::bundle(&named));
        let file = |file: &Upload<'_>| NewBundleFile {
            path: path(file),
            url: Some(file.url.to_owned()),
            kind: file.kind.to_owned(),
            debug_id: file.debug_id.map(str::to_owned),
            source_map: file.reference.map(str::to_owned),
            size: file.content.len() as u64,
        };
        let place =
            BundlePlace { project: self.project, release: release.into(), dist: String::new() };
        self.meta
            .add_bundle(&NewBundle {
                organization: self.organization,
                sha1: [number; 20],
                artifact,
                name: format!("{number:08x}-0000-8000-8000-000000000000"),
                files: files.iter().map(file).collect(),
                places: vec![place],
            })
            .unwrap()
    }

    /// Uploads a file of a release.
    pub(crate) fn release_file(&self, number: u8, name: &str, headers: &str, content: &[u8]) {
        let artifact = self.store(number, content);
        self.meta
            .add_release_file(&NewReleaseFile {
                project: self.project,
                release: "web@1".into(),
                dist: String::new(),
                name: name.into(),
                headers: headers.into(),
                sha1: [number; 20],
                artifact,
            })
            .unwrap();
    }

    /// Uploads a debug file.
    pub(crate) fn debug_file(&self, number: u8, format: &str, debug_id: &str, content: &[u8]) {
        let artifact = self.store(number, content);
        self.meta
            .add_debug_files(&[NewDebugFile {
                project: self.project,
                sha1: [number; 20],
                artifact,
                debug_id: debug_id.into(),
                code_id: None,
                format: format.into(),
                name: "x".into(),
                cpu: "any".into(),
                data: r#"{"features": []}"#.into(),
            }])
            .unwrap();
    }

    /// What an event's frames are afterwards, and what is said about them.
    pub(crate) fn applied(&self, event: &mut Event<'_>) -> Vec<String> {
        self.stacks.apply(self.project, event, Waiting::Reader);
        shown(event)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A file of a bundle.
#[derive(Clone, Copy)]
pub(crate) struct Upload<'a> {
    pub(crate) kind: &'a str,
    pub(crate) url: &'a str,
    pub(crate) debug_id: Option<&'a str>,
    pub(crate) reference: Option<&'a str>,
    pub(crate) content: &'a [u8],
}

/// The script and its map, under an id or none.
pub(crate) fn both(debug_id: Option<&str>) -> [Upload<'_>; 2] {
    [
        Upload {
            kind: "minified_source",
            url: "~/assets/index-DqpBW_SC.js",
            debug_id,
            reference: Some("index-DqpBW_SC.js.map"),
            content: SCRIPT,
        },
        Upload {
            kind: "source_map",
            url: "~/assets/index-DqpBW_SC.js.map",
            debug_id,
            reference: None,
            content: MAP,
        },
    ]
}

fn open(
    meta: &Meta,
    shelf: &Arc<Shelf>,
    folder: &tempfile::TempDir,
    clock: &Arc<dyn Clock>,
) -> Symbolicator {
    Symbolicator::open(Parts {
        meta: meta.clone(),
        artifacts: Arc::clone(shelf) as _,
        debug_files: Arc::new(ReadInside),
        folder: folder.path().to_owned(),
        bytes_max: 1 << 30,
        clock: Arc::clone(clock),
    })
    .unwrap()
}

fn work(stacks: &Symbolicator) -> Vec<JoinHandle<()>> {
    let worker = |trade| {
        let stacks = stacks.clone();
        std::thread::Builder::new().spawn(move || stacks.work(trade)).unwrap()
    };
    [Trade::Scripts, Trade::DebugFiles].map(worker).into()
}

pub(crate) fn event(json: &str) -> Event<'static> {
    let mut bytes = json.as_bytes().to_vec();
    match wire::json::parse(&mut bytes).unwrap().into_owned() {
        Value::Object(root) => Event::from_object(root),
        _ => Event::default(),
    }
}

/// An event with one frame, in the script; with its id when it says so.
pub(crate) fn minified(debug_id: Option<&str>, release: Option<&str>) -> Event<'static> {
    let id = debug_id.map_or_else(String::new, |id| {
        format!(
            r#""debug_meta": {{"images": [{{"type": "sourcemap", "code_file": "{URL}", "debug_id": "{id}"}}]}},"#
        )
    });
    let release = release.map_or_else(String::new, |it| format!(r#""release": "{it}","#));
    event(&format!(
        r#"{{"platform": "javascript", {id} {release} "exception": {{"values": [{{"type": "TypeError",
        "stacktrace": {{"frames": [{{"function": "J", "abs_path": "{URL}", "filename": "{URL}",
        "lineno": 3, "colno": 1106}}]}}}}]}}}}"#
    ))
}

/// Each frame as `function filename:line`, then what is wrong with the event.
pub(crate) fn shown(event: &Event<'_>) -> Vec<String> {
    let frames = event.at(&["exception", "values", "0", "stacktrace", "frames"]);
    let frames = frames.and_then(Value::as_array).unwrap();
    let frame = |frame: &Value<'_>| {
        let text = |name| frame.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        let line = frame.get("lineno").and_then(Value::as_u64).unwrap_or(0);
        format!("{} {}:{line}", text("function"), text("filename"))
    };
    let errors = event.root.get("errors").and_then(Value::as_array).into_iter().flatten();
    let error = |error: &Value<'_>| {
        let text = |name| error.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        format!("{}: {}", text("type"), text("message"))
    };
    frames.iter().map(frame).chain(errors.map(error)).collect()
}

pub(crate) const READABLE: &str = "evaluateLine ../../src/lib/reels.ts:17";
