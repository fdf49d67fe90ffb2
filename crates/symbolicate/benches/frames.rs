//! How long the first frame of a large map takes, and how many frames a second become readable once maps
//! are built: `cargo bench -p symbolicate`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement for people"
)]

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use meta::{Claim, Meta, NewProject, NewReleaseFile, StoredArtifact};
use model::clock::{Clock, MachineClock};
use model::event::Event;
use model::json::Value;
use symbolicate::{Artifacts, Parts, ReadInside, Symbolicator, Trade, Waiting};

#[path = "../../symbols/benches/maps/large.rs"]
mod large;

use large::{MAPPINGS, large};

/// Frames of one event.
const FRAMES: usize = 30;
const EVENTS: u32 = 2_000;
const HOST: &str = "https://shop.example";

/// The script and its map.
#[derive(Debug)]
struct Shelf([String; 2]);

impl Artifacts for Shelf {
    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>> {
        let mut file = tempfile::tempfile()?;
        file.write_all(self.0[usize::from(sha256[0])].as_bytes())?;
        file.rewind()?;
        Ok(Some(file))
    }
}

fn main() {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::default());
    let meta = Meta::in_memory(Arc::clone(&clock)).unwrap();
    let organization = meta.create_organization("acme", "Acme").unwrap().id;
    let new = NewProject { slug: "web".into(), name: "Web".into(), ..NewProject::default() };
    let project = meta.create_project(organization, &new).unwrap().id;
    let (script, map) = large();
    println!("script {} bytes, map {} bytes, {MAPPINGS} mappings", script.len(), map.len());
    let columns = script.len();
    for (number, name) in ["~/app.js", "~/app.js.map"].into_iter().enumerate() {
        let blob = [u8::try_from(number).unwrap(); 32];
        let artifact = StoredArtifact { blob, size: 1 };
        assert_eq!(meta.claim_artifact(artifact, u64::MAX).unwrap(), Claim::Held);
        meta.add_release_file(&NewReleaseFile {
            project,
            release: "web@1".into(),
            dist: String::new(),
            name: name.into(),
            headers: r#"{"sourcemap": "app.js.map"}"#.into(),
            sha1: [blob[0]; 20],
            artifact,
        })
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let parts = Parts {
            meta: meta.clone(),
            artifacts: Arc::new(Shelf([script.clone(), map.clone()])),
            debug_files: Arc::new(ReadInside),
            folder: folder.path().to_owned(),
            bytes_max: 1 << 30,
            clock: Arc::clone(&clock),
        };
        let stacks = Symbolicator::open(parts).unwrap();
        let worker = stacks.clone();
        std::thread::spawn(move || worker.work(Trade::Scripts));
        stacks
    };
    let stacks = open();
    let one = |stacks: &Symbolicator, number: usize| {
        let mut event = event(number, columns);
        let start = Instant::now();
        assert!(stacks.apply(project, &mut event, Waiting::Reader));
        start.elapsed()
    };
    println!("first event, the map is built: {:?}", one(&stacks, 0));
    println!("second event: {:?}", one(&stacks, 1));
    stacks.close();
    let stacks = open();
    println!("first event after a start: {:?}", one(&stacks, 2));
    let (start, mut inside) = (Instant::now(), std::time::Duration::ZERO);
    for number in 0..EVENTS {
        inside += one(&stacks, number as usize);
    }
    let frames = f64::from(EVENTS) * 30.0;
    println!(
        "{FRAMES} frames an event: {:?} each, {:.0} frames/s on one thread ({:?} with parsing)",
        inside / EVENTS,
        frames / inside.as_secs_f64(),
        start.elapsed()
    );
    stacks.close();
}

/// An event with frames all over the script.
fn event(number: usize, columns: usize) -> Event<'static> {
    let frame = |frame: usize| {
        let column = (number * FRAMES + frame).wrapping_mul(2_654_435_761) % columns + 1;
        format!(
            r#"{{"function": "a", "abs_path": "{HOST}/app.js", "lineno": 1, "colno": {column}}}"#
        )
    };
    let frames: Vec<String> = (0..FRAMES).map(frame).collect();
    let text = format!(
        r#"{{"platform": "javascript", "release": "web@1", "exception": {{"values": [
        {{"type": "E", "stacktrace": {{"frames": [{}]}}}}]}}}}"#,
        frames.join(",")
    );
    let mut bytes = text.into_bytes();
    match wire::json::parse(&mut bytes).unwrap().into_owned() {
        Value::Object(root) => Event::from_object(root),
        _ => Event::default(),
    }
}
