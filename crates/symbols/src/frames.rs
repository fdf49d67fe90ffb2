//! Stacks of JavaScript made readable, given whoever has the maps.
//!
//! [`apply`] goes through the stacks of an event, asks a [`Lookup`] once for each script, and writes
//! into the frames what the maps say. The stack as it came stays beside it as `raw_stacktrace`, so that
//! it can be done again when a map is uploaded late. What could not be done is said on the frame, in
//! the event's `errors`, and in the [`Report`].
//!
//! Source: `symbolicate_js_frame` of Symbolicator.

mod origin;
mod problem;
mod stack;

pub use origin::{in_app, module};
pub use problem::Problem;

use std::sync::Arc;

use bytes::Bytes;
use model::event::Event;
use model::json::{Object, Value};
use model::limits::EVENT_ERRORS_MAX;

use crate::debug_id::DebugId;
use crate::limits;
use crate::source_map::SourceMap;

/// A script that frames of an event are in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Script {
    /// The `abs_path` of its frames.
    pub url: String,
    /// The id that the SDK found in it.
    pub debug_id: Option<DebugId>,
}

/// By what a map was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By its debug id.
    DebugId,
    /// By release, distribution and URL in a bundle.
    Release,
    /// By release, distribution and URL among files that were uploaded one by one.
    ReleaseFile,
}

impl FoundBy {
    /// As it is written into a frame's `data.resolved_with`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DebugId => "debug-id",
            Self::Release => "release",
            Self::ReleaseFile => "release-file",
        }
    }
}

/// A built map, and where it is from.
#[derive(Debug, Clone)]
pub struct Map {
    /// What answers.
    pub map: SourceMap<Bytes>,
    /// The address of the map, which its sources are relative to. That of the script, if it is inline.
    pub url: String,
    /// By what it was found.
    pub found_by: FoundBy,
}

/// Whoever has the maps. It knows project, release and distribution of the event.
pub trait Lookup {
    /// Whether there should be a map of a script, so that its absence is worth a word. Frames of other
    /// scripts stay as they are. Asked once for each script of an event.
    fn concerns(&mut self, script: &Script) -> bool {
        let _ = script;
        true
    }

    /// The map of a script. Asked once for each script of an event.
    ///
    /// # Errors
    ///
    /// Says why there is none, for the person who looks at the frame.
    fn map(&mut self, script: &Script) -> Result<Map, Problem>;

    /// A source that is not in its map, by its address. Asked for each frame that needs it.
    fn source(&mut self, script: &Script, url: &str) -> Option<Arc<str>> {
        let _ = (script, url);
        None
    }
}

/// A frame, as the way to it: `["exception", "values", "0"]`, and its place in the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FramePlace {
    /// `exception`, `threads`, or `stacktrace`.
    pub list: &'static str,
    /// Which exception or thread.
    pub stack: usize,
    /// Which frame, the outermost being 0.
    pub frame: usize,
}

/// What became of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Frames that are readable now.
    pub readable: usize,
    /// What went wrong, and where.
    pub problems: Vec<(FramePlace, Problem)>,
}

impl Report {
    /// True when the event differs from what it was.
    pub const fn is_changed(&self) -> bool {
        self.readable > 0 || !self.problems.is_empty()
    }
}

/// The scripts that maps would be asked of, without asking. So a caller can fetch them beforehand.
pub fn scripts(event: &Event<'_>) -> Vec<Script> {
    let images = images(event);
    let mut scripts: Vec<Script> = Vec::new();
    let platform = platform(event);
    for holder in LISTS.iter().flat_map(|list| holders(event, list)).chain([&event.root]) {
        for frame in stack::raw_frames(holder) {
            if let Some(script) = stack::script(frame, platform, &images)
                && scripts.len() < limits::EVENT_SCRIPTS_MAX
                && !scripts.contains(&script)
            {
                scripts.push(script);
            }
        }
    }
    scripts
}

/// A frame of a script, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFrame {
    /// Where it is.
    pub place: FramePlace,
    /// Its script.
    pub script: Script,
    /// Its function.
    pub function: Option<String>,
    /// Its line, from 1.
    pub line: u64,
    /// Its column, from 1; 0 when it has none.
    pub column: u64,
}

/// The frames that [`apply`] would make readable.
pub fn script_frames(event: &Event<'_>) -> Vec<ScriptFrame> {
    let images = images(event);
    let platform = platform(event);
    let mut found = Vec::new();
    let stacks = LISTS
        .into_iter()
        .flat_map(|list| holders(event, list).enumerate().map(move |(at, it)| (list, at, it)))
        .chain([("stacktrace", 0, &event.root)]);
    for (list, stack, holder) in stacks {
        for (number, frame) in stack::raw_frames(holder).enumerate() {
            let Some(script) = stack::script(frame, platform, &images) else { continue };
            if found.len() == limits::EVENT_FRAMES_MAX {
                return found;
            }
            let count = |name| frame.get(name).and_then(Value::as_u64).unwrap_or(0);
            found.push(ScriptFrame {
                place: FramePlace { list, stack, frame: number },
                script,
                function: frame.str("function").map(str::to_owned),
                line: count("lineno"),
                column: count("colno"),
            });
        }
    }
    found
}

/// What a frame has become: `function file:line:column`. `None` when it is not readable.
pub fn readable_at(event: &Event<'_>, place: &FramePlace) -> Option<String> {
    let holder = if place.list == "stacktrace" {
        &event.root
    } else {
        holders(event, place.list).nth(place.stack)?
    };
    let frame = holder.get("stacktrace")?.get("frames")?.as_array()?.get(place.frame)?;
    if frame.at(&["data", "symbolicated"]).and_then(Value::as_bool) != Some(true) {
        return None;
    }
    let text = |name| frame.get(name).and_then(Value::as_str).unwrap_or("?");
    let number = |name| frame.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (line, column) = (number("lineno"), number("colno"));
    Some(format!("{} {}:{line}:{column}", text("function"), text("filename")))
}

/// Whether an entry of that type in an event's `errors` is from here.
pub fn is_problem(kind: &str) -> bool {
    problem::KINDS.contains(&kind)
}

/// Makes the stacks of an event readable, as far as there are maps.
pub fn apply(event: &mut Event<'_>, lookup: &mut dyn Lookup) -> Report {
    let images = images(event);
    let platform = platform(event);
    let mut work = stack::Work::new(lookup, images, platform);
    for list in LISTS {
        let values = match event.root.get_mut(list) {
            Some(Value::Array(values)) => Some(values),
            Some(Value::Object(object)) => object.get_mut("values").and_then(Value::as_array_mut),
            _ => None,
        };
        for (number, holder) in values.into_iter().flatten().enumerate() {
            if let Some(holder) = holder.as_object_mut() {
                work.holder(list, number, holder);
            }
        }
    }
    work.holder("stacktrace", 0, &mut event.root);
    let report = work.finish();
    list_problems(event, &report);
    report
}

/// Where stacks are. One more may be the event's own.
const LISTS: [&str; 2] = ["exception", "threads"];

/// Those that may have a stack.
fn holders<'e, 'a>(event: &'e Event<'a>, list: &str) -> impl Iterator<Item = &'e Object<'a>> {
    let list = event.root.get(list);
    let values = list
        .and_then(|list| list.as_array().or_else(|| list.get("values").and_then(Value::as_array)));
    values.into_iter().flatten().filter_map(Value::as_object)
}

/// True when frames that do not say what they are, are of scripts.
fn platform(event: &Event<'_>) -> bool {
    event.root.str("platform").is_some_and(stack::is_script_platform)
}

/// The debug ids of the scripts that were loaded, by address.
fn images(event: &Event<'_>) -> Vec<(String, DebugId)> {
    let images = event.at(&["debug_meta", "images"]).and_then(Value::as_array);
    let image = |image: &Value<'_>| {
        let image = image.as_object()?;
        let is_map = image.str("type") == Some("sourcemap");
        let id = image.str("debug_id").filter(|_| is_map)?.parse().ok()?;
        Some((image.str("code_file")?.to_owned(), id))
    };
    images.into_iter().flatten().filter_map(image).collect()
}

/// Puts what went wrong into the list that people and tools look at, once each, instead of what was
/// there from the last time.
fn list_problems(event: &mut Event<'_>, report: &Report) {
    let problems = report.problems.iter().map(|(_, problem)| problem.to_object());
    relist(event, problem::KINDS, problems);
}

/// Replaces the entries of these kinds in an event's `errors`.
pub(crate) fn relist(
    event: &mut Event<'_>,
    kinds: &[&str],
    problems: impl Iterator<Item = Object<'static>>,
) {
    let mut errors = match event.root.remove("errors") {
        Some(Value::Array(errors)) => errors,
        _ => Vec::new(),
    };
    errors.retain(|error| {
        !error.get("type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
    });
    for problem in problems {
        let error = Value::Object(problem);
        if errors.len() < EVENT_ERRORS_MAX && !errors.contains(&error) {
            errors.push(error);
        }
    }
    if !errors.is_empty() {
        event.root.insert("errors", errors);
    }
}
