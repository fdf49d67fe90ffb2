//! Why a frame is readable, or why it is not.

use symbols::DebugId;
use symbols::frames::{FramePlace, Problem};

/// Something that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What, and by what.
    pub tried: String,
    /// Where it is, empty when there is nothing to say about that; `None` when it is not there.
    pub found: Option<String>,
}

/// What was looked for, in words and in facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// In words, in order.
    pub steps: Vec<Step>,
    /// The script was uploaded with the debug id.
    pub script_has_id: bool,
    /// The map was uploaded with the debug id.
    pub map_has_id: bool,
    /// The script at its address, as it was uploaded for the release.
    pub script_named: Option<String>,
    /// What the script says about where its map is.
    pub reference: Option<String>,
    /// The map at that address, as it was uploaded for the release.
    pub map_named: Option<String>,
    /// The release has uploads, and they are for other distributions.
    pub is_other_dist: bool,
}

/// A frame that source maps are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameExplained {
    /// Where it is in the event.
    pub place: FramePlace,
    /// Its function, as it came.
    pub function: Option<String>,
    /// Its script's address.
    pub url: String,
    /// Its line, as it came.
    pub line: u64,
    /// Its column, as it came; 0 when it has none.
    pub column: u64,
    /// Its script's debug id.
    pub debug_id: Option<DebugId>,
    /// What was looked for.
    pub trail: Trail,
    /// `function file:line:column` when it is readable.
    pub readable: Option<String>,
    /// What is wrong: `type`, and a sentence.
    pub problem: Option<(&'static str, String)>,
    /// What to do about it.
    pub advice: Option<&'static str>,
}

/// What is known about the stacks of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The event's.
    pub release: Option<String>,
    /// The event's.
    pub dist: Option<String>,
    /// Frames of scripts.
    pub frames: Vec<FrameExplained>,
    /// What is wrong with native frames and those of Java: `type`, and a sentence.
    pub native: Vec<(&'static str, String)>,
    /// The project has bundles, or files of releases.
    pub project_has_uploads: bool,
    /// The release has.
    pub release_has_uploads: bool,
    /// The newest bundles have files with debug ids.
    pub has_uploads_with_debug_ids: bool,
}

/// What to do about a problem.
pub(crate) const fn advice(problem: &Problem) -> &'static str {
    match problem {
        Problem::NoColumn => {
            "Let the app report columns: some old browsers and some handlers of `onerror` leave them out."
        }
        Problem::NoMapForDebugId { .. } => {
            "Upload the output of the very build that runs: `sentry-cli sourcemaps upload DIR`, or the \
             bundler's plugin. Every build has ids of its own."
        }
        Problem::NoScript { .. } => {
            "Give scripts and maps a common debug id with `sentry-cli sourcemaps inject DIR` before both \
             deploying and uploading them; or upload with the release, distribution and --url-prefix \
             that give the script the address it has here."
        }
        Problem::NoIdentity { .. } => {
            "Give scripts and maps a common debug id with `sentry-cli sourcemaps inject DIR` before both \
             deploying and uploading them; or set `release` where the SDK is started."
        }
        Problem::NoReference { .. } => {
            "Let the build write a comment with `sourceMappingURL` into the script, or upload with \
             `sentry-cli sourcemaps upload`, which finds the map by its name."
        }
        Problem::NoMap { .. } => {
            "Upload the map, too: it lies beside the script in the build's output."
        }
        Problem::MalformedMap { .. } | Problem::InvalidInlineMap { .. } => {
            "Build again and upload again; the map is broken."
        }
        Problem::Unreadable { .. } => "Upload it again.",
        Problem::InvalidLocation { .. } => {
            "The map is not of this very script: upload the output of the build that runs, without \
             changing scripts after maps were made."
        }
        Problem::NoSource { .. } => {
            "Let the build put sources into the map (`sourcesContent`), or upload the sources, too."
        }
        Problem::NotYet { .. } => "Look again in a moment.",
        Problem::TooManyScripts => {
            "Frames of the first scripts are readable; others stay as they are."
        }
    }
}
