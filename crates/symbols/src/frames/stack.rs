//! One stack after the other, with what they share: the maps, and how much may still be done.

use std::collections::HashMap;

use model::json::{Object, Value};

use super::{FramePlace, Lookup, Map, Problem, Report, Script, origin};
use crate::bounded;
use crate::debug_id::DebugId;
use crate::limits;
use crate::source_map::{Context, Location, Scope};
use crate::url;

/// True for platforms whose frames are in scripts.
pub(super) fn is_script_platform(platform: &str) -> bool {
    matches!(platform, "javascript" | "node")
}

/// The frames as they came.
pub(super) fn raw_frames<'e, 'a>(holder: &'e Object<'a>) -> impl Iterator<Item = &'e Object<'a>> {
    let stack = holder.get("raw_stacktrace").filter(|raw| raw.get("frames").is_some());
    let stack = stack.or_else(|| holder.get("stacktrace"));
    let frames = stack.and_then(|stack| stack.get("frames")).and_then(Value::as_array);
    frames.into_iter().flatten().filter_map(Value::as_object)
}

/// The script a frame is in, if it is in one and has a line.
pub(super) fn script(
    frame: &Object<'_>,
    is_script: bool,
    images: &[(String, DebugId)],
) -> Option<Script> {
    if !frame.str("platform").map_or(is_script, is_script_platform) {
        return None;
    }
    frame.get("lineno")?.as_u64()?;
    let filename = frame.str("filename");
    let url = frame.str("abs_path").or(filename)?;
    let image = images.iter().find(|(code_file, _)| code_file == url);
    let image = image.or_else(|| images.iter().find(|(file, _)| Some(file.as_str()) == filename));
    let debug_id = image.map(|(_, id)| *id);
    (debug_id.is_some() || url::is_script(url)).then(|| Script { url: url.to_owned(), debug_id })
}

/// What the stacks of an event share.
pub(super) struct Work<'l> {
    lookup: &'l mut dyn Lookup,
    images: Vec<(String, DebugId)>,
    is_script: bool,
    /// `None` for those that are nobody's concern.
    maps: HashMap<Script, Option<Result<Map, Problem>>>,
    frames_left: usize,
    contexts_left: usize,
    report: Report,
}

/// A frame and where it is.
struct Here {
    place: FramePlace,
    wants_context: bool,
}

/// What a frame tells about the one inside it.
#[derive(Default)]
struct Caller {
    /// The name of what it calls.
    callee: Option<String>,
}

impl<'l> Work<'l> {
    pub(super) fn new(
        lookup: &'l mut dyn Lookup,
        images: Vec<(String, DebugId)>,
        is_script: bool,
    ) -> Self {
        Self {
            lookup,
            images,
            is_script,
            maps: HashMap::new(),
            frames_left: limits::EVENT_FRAMES_MAX,
            contexts_left: limits::EVENT_CONTEXT_FRAMES_MAX,
            report: Report::default(),
        }
    }

    pub(super) fn finish(self) -> Report {
        self.report
    }

    /// The stack of an exception or a thread.
    pub(super) fn holder(&mut self, list: &'static str, number: usize, holder: &mut Object<'_>) {
        // Done before, perhaps with fewer maps: begin with what came.
        let again = holder.get("raw_stacktrace").filter(|raw| raw.get("frames").is_some());
        let Some(original) = again.or_else(|| holder.get("stacktrace")).cloned() else { return };
        let mut stack = original.clone();
        let frames = stack.as_object_mut().and_then(|stack| stack.get_mut("frames"));
        let Some(frames) = frames.and_then(Value::as_array_mut) else { return };
        let first_with_context = frames.len().saturating_sub(limits::STACK_CONTEXT_FRAMES_MAX);
        let (readable, problems) = (self.report.readable, self.report.problems.len());
        let mut caller = Caller::default();
        for (place, frame) in frames.iter_mut().enumerate() {
            let Some(frame) = frame.as_object_mut() else { continue };
            let Some(left) = self.frames_left.checked_sub(1) else { break };
            self.frames_left = left;
            let here = Here {
                place: FramePlace { list, stack: number, frame: place },
                wants_context: place >= first_with_context,
            };
            self.frame(&here, frame, &mut caller);
        }
        let is_changed = self.report.readable > readable || self.report.problems.len() > problems;
        if is_changed {
            holder.insert("stacktrace", stack);
        }
        if self.report.readable > readable {
            holder.insert("raw_stacktrace", original);
        }
    }

    fn frame(&mut self, here: &Here, frame: &mut Object<'_>, caller: &mut Caller) {
        let callee = caller.callee.take();
        let Some(script) = script(frame, self.is_script, &self.images) else { return };
        let number = |name| frame.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (line, column) = (number("lineno"), number("colno"));
        let Some(map) = self.map(&script) else { return };
        let map = if column == 0 { Err(Problem::NoColumn) } else { map };
        let map = match map {
            Ok(map) => map,
            Err(problem) => return self.refuse(here, frame, problem),
        };
        let place = u32::try_from(line).ok().zip(u32::try_from(column).ok());
        let Some(location) = place.and_then(|(line, column)| map.map.lookup(line, column)) else {
            let problem = Problem::InvalidLocation { url: map.url.clone(), line, column };
            return self.refuse(here, frame, problem);
        };
        caller.callee = location.token.map(|token| bounded::name(token).to_owned());
        write_place(frame, &map, &location, callee);
        self.report.readable += 1;
        if here.wants_context && self.contexts_left > 0 {
            self.context(here, frame, &script, (&map, &location));
        } else {
            write_context(frame, None);
        }
    }

    /// The map of a script, asked for once. `None` when nobody expects one.
    fn map(&mut self, script: &Script) -> Option<Result<Map, Problem>> {
        if let Some(known) = self.maps.get(script) {
            return known.clone();
        }
        if self.maps.len() >= limits::EVENT_SCRIPTS_MAX {
            return Some(Err(Problem::TooManyScripts));
        }
        let found = self.lookup.concerns(script).then(|| self.lookup.map(script));
        self.maps.insert(script.clone(), found.clone());
        found
    }

    /// The lines around, from the map or from a source that was uploaded.
    fn context(
        &mut self,
        here: &Here,
        frame: &mut Object<'_>,
        script: &Script,
        (map, location): (&Map, &Location<'_>),
    ) {
        let context = map.map.context(location, limits::CONTEXT_LINES);
        let context = context.or_else(|| {
            let url = url::resolve(&map.url, location.source);
            let source = self.lookup.source(script, &url)?;
            Context::of(&source, location.line, location.column, limits::CONTEXT_LINES)
        });
        if context.is_some() {
            self.contexts_left -= 1;
        } else {
            let source_url = url::resolve(&map.url, location.source);
            self.note(here, frame, Problem::NoSource { source_url });
        }
        write_context(frame, context);
    }

    fn refuse(&mut self, here: &Here, frame: &mut Object<'_>, problem: Problem) {
        change_data(frame, |data| {
            data.insert("symbolicated", false);
        });
        self.note(here, frame, problem);
    }

    fn note(&mut self, here: &Here, frame: &mut Object<'_>, problem: Problem) {
        let mut shown = Object::with_capacity(2);
        shown.push("type", problem.kind());
        shown.push("message", problem.to_string());
        change_data(frame, |data| {
            data.insert("problem", shown);
        });
        self.report.problems.push((here.place.clone(), problem));
    }
}

/// Changes the object under `data`, which is made if there is none.
fn change_data<'a>(frame: &mut Object<'a>, change: impl FnOnce(&mut Object<'a>)) {
    let mut data = match frame.remove("data") {
        Some(Value::Object(data)) => data,
        _ => Object::new(),
    };
    change(&mut data);
    frame.insert("data", data);
}

fn write_place(frame: &mut Object<'_>, map: &Map, location: &Location<'_>, callee: Option<String>) {
    let abs_path = url::resolve(&map.url, location.source);
    let filename = short_name(location.source);
    let own = if location.is_ignored { Some(false) } else { origin::in_app(&abs_path, filename) };
    if let Some(own) = own {
        frame.insert("in_app", own);
    }
    let named = ["http:", "https:", "app:", "webpack:", "file:", "/", "~"];
    let module = if filename == location.source {
        named.iter().any(|start| abs_path.starts_with(start)).then(|| origin::module(&abs_path))
    } else {
        Some(origin::module(filename))
    };
    match module.flatten() {
        Some(module) => frame.insert("module", bounded::path(&module)),
        None => frame.remove("module"),
    };
    let function = match location.scope {
        Scope::Named(name) => Some(bounded::name(name).to_owned()),
        Scope::Anonymous => Some("<anonymous>".to_owned()),
        // Nothing is known about functions: whoever calls this one may know its name.
        Scope::Unknown => callee,
    };
    if let Some(function) = function {
        frame.insert("function", function);
    }
    frame.insert("filename", bounded::path(filename));
    frame.insert("abs_path", bounded::path(&abs_path));
    frame.insert("lineno", u64::from(location.line));
    frame.insert("colno", u64::from(location.column));
    change_data(frame, |data| {
        data.insert("sourcemap", bounded::path(&map.url));
        data.insert("resolved_with", map.found_by.as_str());
        data.insert("symbolicated", true);
        data.remove("problem");
    });
}

/// What webpack puts in front of a path is left out.
fn short_name(source: &str) -> &str {
    if !source.starts_with("webpack:") {
        return source;
    }
    let behind = |mark: &str, kept: usize| {
        source.find(mark).and_then(|place| source.get(place + mark.len() - kept..))
    };
    behind("/~/", 2)
        .or_else(|| behind("/./", 2))
        .or_else(|| behind(":///", 0))
        .or_else(|| behind("://", 0))
        .unwrap_or(source)
}

fn write_context(frame: &mut Object<'_>, context: Option<Context>) {
    let Some(Context { before, line, after }) = context else {
        // What came with the frame is of the script, not of the source.
        for name in ["pre_context", "context_line", "post_context"] {
            frame.remove(name);
        }
        return;
    };
    let list = |lines: Vec<String>| Value::Array(lines.into_iter().map(Value::from).collect());
    frame.insert("pre_context", list(before));
    frame.insert("context_line", line);
    frame.insert("post_context", list(after));
}
