//! Stacks of an event, with addresses or with names that ProGuard shortened.

use std::collections::HashMap;
use std::sync::Arc;

use model::event::Event;
use model::json::{Object, Value};
use model::limits::EVENT_ERRORS_MAX;

use super::java::{JavaFrame, Mapping};
use super::problem::{KINDS, NativeProblem};
use super::symbols::{NativeFrame, Symbols};
use crate::bounded;
use crate::debug_id::DebugId;
use crate::frames::relist;
use crate::limits;

/// A program or library that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The id of its debug file.
    pub debug_id: DebugId,
    /// Its build id, or time and size.
    pub code_id: Option<String>,
    /// Its path.
    pub code_file: Option<String>,
    /// Where it was loaded.
    pub address: u64,
    /// How many bytes of it were. Zero when that is not known.
    pub size: u64,
}

impl Image {
    /// The name of its file, for people.
    pub fn name(&self) -> String {
        let path = self.code_file.as_deref().unwrap_or("an image");
        last_step(path).chars().take(limits::FRAME_PATH_CHARS_MAX).collect()
    }
}

/// Whoever has the debug files of the event's project.
pub trait Lookup {
    /// The symbols of an image. Asked once for each image of an event.
    ///
    /// # Errors
    ///
    /// Says why there are none.
    fn symbols(&mut self, image: &Image) -> Result<Arc<Symbols>, NativeProblem>;

    /// A mapping of ProGuard. Asked once for each of an event.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    fn mapping(&mut self, id: DebugId) -> Result<Arc<Mapping>, NativeProblem>;
}

/// What became of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NativeReport {
    /// Frames that are readable now, those of inlined functions not counted.
    pub readable: usize,
    /// What went wrong, once each.
    pub problems: Vec<NativeProblem>,
}

/// Whether an event names programs, libraries or mappings. Cheap.
pub fn concerns(event: &Event<'_>) -> bool {
    all_images(event).filter_map(|image| image.str("type")).any(|kind| kind != "sourcemap")
}

/// Makes the stacks of an event readable, as far as there are debug files.
pub fn apply(event: &mut Event<'_>, lookup: &mut dyn Lookup) -> NativeReport {
    let is_java = event.root.str("platform").is_some_and(is_java);
    let mut work = Work {
        images: images(event),
        symbols: HashMap::new(),
        mappings: Vec::new(),
        lookup,
        is_java,
        frames_left: limits::EVENT_FRAMES_MAX,
        report: NativeReport::default(),
    };
    for id in mapping_ids(event) {
        match work.lookup.mapping(id) {
            Ok(mapping) => work.mappings.push(mapping),
            Err(problem) => work.note(problem),
        }
    }
    for list in ["exception", "threads"] {
        let values = match event.root.get_mut(list) {
            Some(Value::Array(values)) => Some(values),
            Some(Value::Object(object)) => object.get_mut("values").and_then(Value::as_array_mut),
            _ => None,
        };
        for holder in values.into_iter().flatten().filter_map(Value::as_object_mut) {
            if list == "exception" {
                work.exception(holder);
            }
            work.holder(holder);
        }
    }
    work.holder(&mut event.root);
    let report = work.report;
    relist(event, KINDS, report.problems.iter().map(NativeProblem::to_object));
    report
}

fn is_java(platform: &str) -> bool {
    matches!(platform, "java" | "android")
}

fn all_images<'e, 'a>(event: &'e Event<'a>) -> impl Iterator<Item = &'e Object<'a>> {
    let images = event.at(&["debug_meta", "images"]).and_then(Value::as_array);
    images.into_iter().flatten().filter_map(Value::as_object)
}

/// The loaded programs and libraries. Those without an address keep their place in the list, because
/// frames may count in it.
fn images(event: &Event<'_>) -> Vec<Option<Image>> {
    let image = |image: &Object<'_>| {
        let kind = image.str("type")?;
        if !matches!(kind, "macho" | "elf" | "pe" | "symbolic" | "apple") {
            return None;
        }
        Some(Image {
            debug_id: image.str("debug_id")?.parse().ok()?,
            code_id: image.str("code_id").map(str::to_owned),
            code_file: image.str("code_file").map(str::to_owned),
            address: address(image.get("image_addr")?)?,
            size: image.get("image_size").and_then(Value::as_u64).unwrap_or(0),
        })
    };
    all_images(event).map(image).collect()
}

fn mapping_ids(event: &Event<'_>) -> Vec<DebugId> {
    let id = |image: &Object<'_>| {
        let id = image.str("uuid").or_else(|| image.str("debug_id"));
        id.filter(|_| image.str("type") == Some("proguard"))?.parse().ok()
    };
    all_images(event).filter_map(id).take(limits::EVENT_SCRIPTS_MAX).collect()
}

/// An address as events have it: a number, or a text in hexadecimal or decimal digits.
fn address(value: &Value<'_>) -> Option<u64> {
    let Some(text) = value.as_str() else { return value.as_u64() };
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn last_step(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What the stacks of an event share.
struct Work<'l> {
    images: Vec<Option<Image>>,
    /// By place in `images`.
    symbols: HashMap<usize, Result<Arc<Symbols>, NativeProblem>>,
    mappings: Vec<Arc<Mapping>>,
    lookup: &'l mut dyn Lookup,
    is_java: bool,
    frames_left: usize,
    report: NativeReport,
}

impl Work<'_> {
    fn note(&mut self, problem: NativeProblem) {
        if !self.report.problems.contains(&problem) && self.report.problems.len() < EVENT_ERRORS_MAX
        {
            self.report.problems.push(problem);
        }
    }

    /// The class of an exception.
    fn exception(&self, exception: &mut Object<'_>) {
        let Some(kind) = exception.str("type") else { return };
        let class = match exception.str("module") {
            Some(package) => format!("{package}.{kind}"),
            None => kind.to_owned(),
        };
        if let Some(class) = self.mappings.iter().find_map(|mapping| mapping.class(&class)) {
            let (package, kind) = class.rsplit_once('.').unwrap_or(("", &class));
            exception.insert("type", kind.to_owned());
            if !package.is_empty() {
                exception.insert("module", package.to_owned());
            }
        }
    }

    /// The stack of an exception or a thread.
    fn holder(&mut self, holder: &mut Object<'_>) {
        let again = holder.get("raw_stacktrace").filter(|raw| raw.get("frames").is_some());
        let Some(original) = again.or_else(|| holder.get("stacktrace")).cloned() else { return };
        let mut stack = original.clone();
        let Some(object) = stack.as_object_mut() else { return };
        let adjusted = Adjusted::of(object.str("instruction_addr_adjustment"));
        let Some(frames) = object.get_mut("frames").and_then(Value::as_array_mut) else { return };
        let (readable, mut is_changed) = (self.report.readable, false);
        let innermost = frames.len().saturating_sub(1);
        let mut made = Vec::with_capacity(frames.len());
        for (place, value) in std::mem::take(frames).into_iter().enumerate() {
            let Value::Object(frame) = value else {
                made.push(value);
                continue;
            };
            let before = made.len();
            let is_caller = adjusted.is_return_address(place == innermost);
            is_changed |= self.frame(frame, is_caller, &mut made);
            debug_assert!(made.len() > before, "no frame is lost");
        }
        *frames = made;
        if is_changed {
            holder.insert("stacktrace", stack);
        }
        if self.report.readable > readable {
            holder.insert("raw_stacktrace", original);
        }
    }

    /// Puts into `made` what a frame becomes, the outermost first. False when it stays as it is.
    fn frame<'a>(&mut self, frame: Object<'a>, is_caller: bool, made: &mut Vec<Value<'a>>) -> bool {
        let Some(left) = self.frames_left.checked_sub(1) else {
            made.push(Value::Object(frame));
            return false;
        };
        self.frames_left = left;
        if frame.str("platform").map_or(self.is_java, is_java) {
            return self.java(frame, made);
        }
        match self.native(&frame, is_caller) {
            Some(Ok((found, image))) => {
                self.report.readable += 1;
                // Functions that were inlined here are frames, too.
                self.frames_left = left.saturating_sub(found.len().saturating_sub(1));
                let (innermost, callers) = found.split_first().unzip();
                let caller = outline(&frame);
                let callers = callers.into_iter().flatten().rev();
                made.extend(
                    callers.map(|found| Value::Object(native_frame(&caller, found, image))),
                );
                made.extend(
                    innermost.map(|found| Value::Object(native_frame(&frame, found, image))),
                );
                true
            }
            Some(Err(problem)) => {
                made.push(Value::Object(refused(frame, &problem)));
                self.note(problem);
                true
            }
            None => {
                made.push(Value::Object(frame));
                false
            }
        }
    }

    fn java<'a>(&mut self, frame: Object<'a>, made: &mut Vec<Value<'a>>) -> bool {
        let found = frame.str("module").zip(frame.str("function")).and_then(|(class, method)| {
            let line = frame.get("lineno").and_then(Value::as_u64).unwrap_or(0);
            self.mappings.iter().find_map(|mapping| {
                let frames = mapping.frames(class, method, line);
                let class_alone = || {
                    let class = mapping.class(class)?;
                    Some(vec![JavaFrame {
                        class,
                        method: method.to_owned(),
                        line: None,
                        file: None,
                    }])
                };
                if frames.is_empty() { class_alone() } else { Some(frames) }
            })
        });
        let Some(found) = found else {
            made.push(Value::Object(frame));
            return false;
        };
        self.report.readable += 1;
        made.extend(found.iter().rev().map(|found| Value::Object(java_frame(&frame, found))));
        true
    }

    /// What is at a frame's address, and where its image starts. `None` for frames that are not of a
    /// known image.
    fn native(
        &mut self,
        frame: &Object<'_>,
        is_caller: bool,
    ) -> Option<Result<(Vec<NativeFrame>, u64), NativeProblem>> {
        let address = address(frame.get("instruction_addr")?)?;
        // The address behind the call may be of the next line, or of the next function.
        let address = if is_caller { address.saturating_sub(1) } else { address };
        let relative = frame.str("addr_mode").and_then(|mode| mode.strip_prefix("rel:"));
        let (place, offset) = match relative {
            Some(place) => (place.parse().ok()?, address),
            None => self.image_at(address)?,
        };
        let image = self.images.get(place)?.clone()?;
        if !self.symbols.contains_key(&place) {
            if self.symbols.len() >= limits::EVENT_SCRIPTS_MAX {
                return None;
            }
            let found = self.lookup.symbols(&image);
            self.symbols.insert(place, found);
        }
        match self.symbols.get(&place)? {
            Ok(symbols) => {
                let found = symbols.lookup(offset);
                let problem = || NativeProblem::NoSymbol { name: image.name() };
                let is_known = !found.is_empty();
                Some(is_known.then_some((found, image.address)).ok_or_else(problem))
            }
            Err(problem) => Some(Err(problem.clone())),
        }
    }

    /// The image that holds an address, and how far from its start.
    fn image_at(&self, address: u64) -> Option<(usize, u64)> {
        let images = self.images.iter().enumerate();
        let before = images.filter_map(|(place, image)| {
            let offset = address.checked_sub(image.as_ref()?.address)?;
            Some((place, offset))
        });
        let (place, offset) = before.min_by_key(|(_, offset)| *offset)?;
        let size = self.images.get(place)?.as_ref()?.size;
        (size == 0 || offset < size).then_some((place, offset))
    }
}

/// Which addresses of a stack are those behind a call.
///
/// Source: `instruction_addr_adjustment` of Sentry's stack trace interface.
#[derive(Clone, Copy)]
enum Adjusted {
    AllButInnermost,
    All,
    None,
}

impl Adjusted {
    fn of(name: Option<&str>) -> Self {
        match name {
            Some("all") => Self::All,
            Some("none") => Self::None,
            _ => Self::AllButInnermost,
        }
    }

    const fn is_return_address(self, is_innermost: bool) -> bool {
        match self {
            Self::AllButInnermost => !is_innermost,
            Self::All => true,
            Self::None => false,
        }
    }
}

/// What a frame says about its place in memory. The functions that were inlined into its own share that,
/// and not what belongs to one function alone, such as variables.
fn outline<'a>(frame: &Object<'a>) -> Object<'a> {
    const SHARED: [&str; 8] = [
        "instruction_addr",
        "addr_mode",
        "image_addr",
        "package",
        "platform",
        "in_app",
        "trust",
        "data",
    ];
    let mut outline = Object::with_capacity(SHARED.len());
    for name in SHARED {
        if let Some(value) = frame.get(name) {
            outline.push(name, value.clone());
        }
    }
    outline
}

fn native_frame<'a>(frame: &Object<'a>, found: &NativeFrame, image: u64) -> Object<'a> {
    let mut frame = frame.clone();
    frame.insert("function", bounded::name(&found.function).to_owned());
    if found.full_function == found.function {
        frame.remove("raw_function");
    } else {
        frame.insert("raw_function", bounded::name(&found.full_function).to_owned());
    }
    frame.insert("symbol", bounded::name(&found.symbol).to_owned());
    if let Some(file) = &found.file {
        frame.insert("filename", bounded::path(last_step(file)));
        frame.insert("abs_path", bounded::path(file));
    }
    if let Some(line) = found.line {
        frame.insert("lineno", u64::from(line));
    }
    match found.function_offset {
        Some(offset) => frame.insert("symbol_addr", format!("{:#x}", image.saturating_add(offset))),
        None => frame.remove("symbol_addr"),
    };
    if let Some(language) = found.language {
        frame.insert("lang", language);
    }
    readable(frame)
}

fn java_frame<'a>(frame: &Object<'a>, found: &JavaFrame) -> Object<'a> {
    let mut frame = frame.clone();
    frame.insert("module", bounded::name(&found.class).to_owned());
    frame.insert("function", bounded::name(&found.method).to_owned());
    if let Some(line) = found.line {
        frame.insert("lineno", line);
    }
    if let Some(file) = &found.file {
        frame.insert("filename", bounded::path(file));
        frame.remove("abs_path");
    }
    readable(frame)
}

fn readable(mut frame: Object<'_>) -> Object<'_> {
    let mut data = take_data(&mut frame);
    data.insert("symbolicated", true);
    data.remove("problem");
    frame.insert("data", data);
    frame
}

fn refused<'a>(mut frame: Object<'a>, problem: &NativeProblem) -> Object<'a> {
    let mut shown = Object::with_capacity(2);
    shown.push("type", problem.kind());
    shown.push("message", problem.to_string());
    let mut data = take_data(&mut frame);
    data.insert("symbolicated", false);
    data.insert("problem", shown);
    frame.insert("data", data);
    frame
}

fn take_data<'a>(frame: &mut Object<'a>) -> Object<'a> {
    match frame.remove("data") {
        Some(Value::Object(data)) => data,
        _ => Object::new(),
    }
}
