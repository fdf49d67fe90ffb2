//! Readable stacks for the pipeline and the API, and the process that reads debug files.

use std::fs::File;
use std::io;
use std::sync::Arc;

use anyhow::Context;
use api::events::readable::{
    DebugIdProcess, Explained, ExplainedFrame, ExplainedProblem, ExplainedStack, ExplainedStep,
    ReleaseProcess, ScrapingProcess,
};
use meta::Meta;
use model::clock::Clock;
use model::event::Event;
use model::id::ProjectId;
use pipeline::Masking;
use store::blobs::{BlobId, BlobStore};
use symbolicate::{FrameExplained, Parts, ReaderProcess, Symbolicator, Waiting};

use crate::settings::Settings;

/// The hidden subcommand that reads one debug file.
pub const SUBCOMMAND: &str = "read-debug-file";

/// Opens the folder of built symbols.
///
/// # Errors
/// When it cannot be used.
pub fn open(
    settings: &Settings,
    meta: Meta,
    artifacts: Arc<BlobStore>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Symbolicator> {
    let program = std::env::current_exe().context("finding this program's own file")?;
    let reader = ReaderProcess::new(program, vec![SUBCOMMAND.to_owned()]);
    Ok(Symbolicator::open(Parts {
        meta,
        artifacts: Arc::new(Uploads(artifacts)),
        debug_files: Arc::new(reader),
        folder: settings.data.join("symbols"),
        bytes_max: settings.symbol_bytes,
        clock,
    })?)
}

/// Bytes of uploads.
#[derive(Debug)]
struct Uploads(Arc<BlobStore>);

impl symbolicate::Artifacts for Uploads {
    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>> {
        let found = self.0.open_blob(BlobId::from_bytes(*sha256)).map_err(io::Error::other)?;
        Ok(found.map(|(file, _)| file))
    }
}

/// Makes stacks readable before events are grouped.
#[derive(Debug)]
pub struct AtOnce(pub Symbolicator);

impl pipeline::errors::Stacks for AtOnce {
    fn concerns(&self, event: &Event<'_>) -> bool {
        Symbolicator::concerns(event)
    }

    fn make_readable(&self, project: ProjectId, event: &mut Event<'_>) -> bool {
        self.0.apply(project, event, Waiting::Pipeline)
    }

    fn read_minidump(&self, project: ProjectId, dump: &[u8]) -> Result<Vec<u8>, String> {
        self.0.read_dump(project, dump).map_err(|problem| problem.to_string())
    }
}

/// Makes stacks readable when they are shown. What lines of source bring in is scrubbed as it would have
/// been at once.
#[derive(Debug)]
pub struct WhenShown(pub Symbolicator, pub Masking);

impl api::state::Stacks for WhenShown {
    fn make_readable(&self, project: ProjectId, event: &mut Event<'_>, is_of_many: bool) -> bool {
        let waiting = if is_of_many { Waiting::Browser } else { Waiting::Reader };
        Symbolicator::concerns(event)
            && !Symbolicator::is_finished(event)
            && self.0.apply(project, event, waiting)
            && self.1.apply(project, event)
    }

    fn explain(&self, project: ProjectId, event: &Event<'_>) -> Explained {
        let explained = self.0.explain(project, event);
        let problem = |(kind, message)| ExplainedProblem { r#type: kind, message };
        let has_debug_ids = explained.frames.iter().any(|frame| frame.debug_id.is_some());
        let mut view = Explained {
            release: explained.release,
            dist: explained.dist,
            project_has_some_artifact_bundle: explained.project_has_uploads,
            release_has_some_artifact: explained.release_has_uploads,
            has_uploaded_some_artifact_with_a_debug_id: explained.has_uploads_with_debug_ids,
            has_debug_ids,
            sdk_debug_id_support: if has_debug_ids { "full" } else { "not-supported" },
            sdk_version: event.str_at(&["sdk", "version"]).map(str::to_owned),
            native_problems: explained.native.into_iter().map(problem).collect(),
            ..Explained::default()
        };
        for explained in explained.frames {
            let stack = explained.place.stack;
            let shown = frame(explained.place.frame, &explained);
            let stacks = match explained.place.list {
                "exception" => &mut view.exceptions,
                "threads" => &mut view.threads,
                _ => {
                    view.stacktrace.frames.push(shown);
                    continue;
                }
            };
            // One that has no frames of scripts keeps its place.
            if stacks.len() <= stack {
                stacks.resize_with(stack + 1, ExplainedStack::default);
            }
            if let Some(stack) = stacks.get_mut(stack) {
                stack.frames.push(shown);
            }
        }
        view
    }
}

fn frame(number: usize, frame: &FrameExplained) -> ExplainedFrame {
    let FrameExplained { trail, url, .. } = frame;
    let step = |step: &symbolicate::Step| ExplainedStep {
        tried: step.tried.clone(),
        found: step.found.clone(),
    };
    let result = |name: &Option<String>| match name {
        Some(_) => "found",
        None if trail.is_other_dist => "wrong-dist",
        None => "unsuccessful",
    };
    ExplainedFrame {
        number,
        function: frame.function.clone(),
        abs_path: url.clone(),
        lineno: frame.line,
        colno: frame.column,
        steps: trail.steps.iter().map(step).collect(),
        readable: frame.readable.clone(),
        problem: frame
            .problem
            .clone()
            .map(|(kind, message)| ExplainedProblem { r#type: kind, message }),
        advice: frame.advice,
        debug_id_process: DebugIdProcess {
            debug_id: frame.debug_id.map(|id| id.to_string()),
            uploaded_source_file_with_correct_debug_id: trail.script_has_id,
            uploaded_source_map_with_correct_debug_id: trail.map_has_id,
        },
        release_process: ReleaseProcess {
            abs_path: url.clone(),
            matching_source_file_names: symbols::url::candidates(url),
            matching_source_map_name: trail.map_named.clone(),
            source_map_reference: trail.reference.clone(),
            source_file_lookup_result: result(&trail.script_named),
            source_map_lookup_result: result(&trail.map_named),
        },
        scraping_process: ScrapingProcess::default(),
    }
}
