//! One frame of a stack trace: what is known of it, and which parts of it tell it from others.

use std::borrow::Cow;

use model::json::{Object, Value};

use crate::component::{Sink, Verdict};
use crate::function_name;
use crate::glob::{Rooted, normalize_path};
use crate::platform::Platform;

/// Source lines longer than this are minified code or data, and change with every build.
const CONTEXT_CHARS_MAX: usize = 120;

/// A frame while it is grouped.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) platform: Platform,
    /// As the SDK sent it, also if rules have changed the event since.
    pub(crate) sent_in_app: Option<bool>,
    pub(crate) in_app: Option<bool>,
    /// As in the event before rules set it.
    pub(crate) sent_category: Option<&'a str>,
    pub(crate) category: Option<&'a str>,
    /// What the last `±app` rule that matched said, and the rule.
    pub(crate) app_rule: Option<(bool, &'a str)>,
    /// What the last `±group` rule that matched said, and the rule.
    pub(crate) group_rule: Option<(bool, &'a str)>,
    /// The same call as the frame before it.
    pub(crate) is_recursion: bool,
    pub(crate) function: Cow<'a, str>,
    pub(crate) module: &'a str,
    pub(crate) path: Rooted<'a>,
    pub(crate) package: Rooted<'a>,
    raw_function: &'a str,
    abs_path: &'a str,
    filename: &'a str,
    raw_package: &'a str,
    context_line: &'a str,
    line: Option<u64>,
    column: Option<u64>,
    has_source_map: bool,
    /// Module, filename, function, context line: what there is of them, in this order.
    parts: [Option<Part<'a>>; 4],
}

/// A text that may go into the hash.
type Part<'f> = (&'static str, Cow<'f, str>, Verdict<'static>);

impl<'a> Frame<'a> {
    pub(crate) fn new(frame: &'a Object<'_>, event_platform: Platform) -> Self {
        let mut out = Self {
            platform: event_platform,
            sent_in_app: None,
            in_app: None,
            sent_category: None,
            category: None,
            app_rule: None,
            group_rule: None,
            is_recursion: false,
            function: Cow::Borrowed(""),
            module: "",
            path: Rooted::default(),
            package: Rooted::default(),
            raw_function: "",
            abs_path: "",
            filename: "",
            raw_package: "",
            context_line: "",
            line: None,
            column: None,
            has_source_map: false,
            parts: [const { None }; 4],
        };
        // One pass: a frame has a dozen fields, and looking each up would be a search of its own.
        let (mut function, mut before_trimming) = ("", "");
        let mut data = None;
        for (name, value) in frame.iter() {
            let text = value.as_str().unwrap_or_default();
            match name {
                "platform" if !text.is_empty() => out.platform = Platform::parse(text),
                "in_app" => out.sent_in_app = value.as_bool(),
                "function" => function = text,
                "raw_function" => before_trimming = text,
                "module" => out.module = text,
                "abs_path" => out.abs_path = text,
                "filename" => out.filename = text,
                "package" => out.raw_package = text,
                "context_line" => out.context_line = text,
                "lineno" => out.line = value.as_u64(),
                "colno" => out.column = value.as_u64(),
                "data" => data = Some(value),
                _ => {}
            }
        }
        if let Some(data) = data {
            out.read_data(data);
        }
        out.in_app = out.sent_in_app;
        out.raw_function = if function.is_empty() { before_trimming } else { function };
        let full_name = match out.platform {
            Platform::CSharp if !before_trimming.is_empty() => before_trimming,
            _ => out.raw_function,
        };
        out.function = function_name::trim(full_name, out.platform);
        let path = if out.abs_path.is_empty() { out.filename } else { out.abs_path };
        out.path = normalize_path(path);
        if !out.raw_package.is_empty() {
            out.package = normalize_path(out.raw_package);
        }
        out.parts = out.read_parts();
        out
    }

    /// Reads `data`, where it is said what `in_app` was before rules changed it, if they did.
    fn read_data(&mut self, data: &'a Value<'_>) {
        self.sent_category = data.get("category").and_then(Value::as_str);
        self.category = self.sent_category;
        self.has_source_map = data.get("sourcemap").is_some_and(|map| !map.is_null());
        match data.get("orig_in_app") {
            Some(Value::U64(value)) => self.sent_in_app = Some(*value != 0),
            Some(Value::I64(_)) => self.sent_in_app = None,
            _ => {}
        }
    }

    /// The name rules compare: never empty.
    pub(crate) fn function_for_rules(&self) -> &str {
        if self.function.is_empty() { "<unknown>" } else { &self.function }
    }

    /// The path as it was sent.
    pub(crate) fn raw_path(&self) -> &'a str {
        if self.abs_path.is_empty() { self.filename } else { self.abs_path }
    }

    /// The file as it was sent.
    pub(crate) fn filename(&self) -> &'a str {
        self.filename
    }

    /// The library's file name without its folders.
    pub(crate) fn package_name(&self) -> &'a str {
        self.raw_package.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// Whether this is the same call as `other`, at the same place in the code.
    pub(crate) fn is_same_call(&self, other: &Self) -> bool {
        self.raw_function == other.raw_function
            && self.line == other.line
            && self.column == other.column
            && self.module == other.module
            && self.filename == other.filename
            && self.abs_path == other.abs_path
            && self.raw_package == other.raw_package
    }

    /// Why the whole frame says nothing, whatever rules say.
    pub(crate) fn low_quality(&self) -> Option<&'static str> {
        const NO_PLACE: [&str; 4] = ["[native code]", "native code", "eval code", "<anonymous>"];
        let says_nothing = self.platform.is_javascript()
            && (self.function == "eval" || NO_PLACE.contains(&self.abs_path));
        says_nothing.then_some("ignored because it is a low quality JavaScript frame")
    }

    /// A JavaScript frame that only says at which address a script lies.
    pub(crate) fn is_only_a_url(&self) -> bool {
        self.platform.is_javascript() && self.function.is_empty() && has_scheme(self.abs_path)
    }

    /// Whether any part of it goes into the hash.
    pub(crate) fn has_content(&self) -> bool {
        self.parts.iter().flatten().any(|(_, text, verdict)| verdict.counts && !text.is_empty())
    }

    /// Walks the parts.
    pub(crate) fn walk(&self, verdict: Verdict<'_>, sink: &mut impl Sink) {
        if sink.open("frame", verdict) {
            for (id, text, verdict) in self.parts.iter().flatten() {
                sink.leaf(id, text, *verdict);
            }
            sink.close();
        }
    }

    fn read_parts(&self) -> [Option<Part<'a>>; 4] {
        let module = self.module_part();
        let filename = self.filename_part(module.as_ref().is_some_and(|part| part.2.counts));
        let context = self.context_part();
        let has_context = context.as_ref().is_some_and(|part| part.2.counts);
        [module, filename, self.function_part(has_context), context]
    }

    fn module_part(&self) -> Option<Part<'a>> {
        if self.module.is_empty() {
            return None;
        }
        let verdict = match self.platform {
            Platform::JavaScript | Platform::Node
                if self.module.contains('/') && self.abs_path.ends_with(self.module) =>
            {
                Verdict::ignored("ignored because it is part of the path")
            }
            Platform::Java if self.module.contains("$$Lambda$") => {
                Verdict::ignored("ignored because it is a lambda")
            }
            _ => Verdict::COUNTS,
        };
        let text = match self.platform {
            Platform::Java => java::module(self.module),
            _ => Cow::Borrowed(self.module),
        };
        Some(("module", text, verdict))
    }

    fn filename_part(&self, has_module: bool) -> Option<Part<'a>> {
        let name = if self.filename.is_empty() { self.abs_path } else { self.filename };
        if name.is_empty() {
            return None;
        }
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let verdict = if has_module {
            Verdict::ignored("the module takes precedence")
        } else if is_url(self.abs_path) || is_url(name) {
            Verdict::ignored("ignored because the file is at a URL")
        } else if matches!(base, "<anonymous>" | "[native code]") {
            Verdict::ignored("ignored because it is not a file")
        } else {
            Verdict::COUNTS
        };
        let is_lower = !base.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
        let text = if is_lower { Cow::Borrowed(base) } else { Cow::Owned(base.to_lowercase()) };
        Some(("filename", text, verdict))
    }

    fn function_part(&self, has_context: bool) -> Option<Part<'a>> {
        if self.function.is_empty() {
            return None;
        }
        let (text, verdict) = match &self.function {
            Cow::Borrowed(name) => self.judge_name(name, has_context),
            Cow::Owned(name) => {
                let (text, verdict) = self.judge_name(name, has_context);
                (Cow::Owned(text.into_owned()), verdict)
            }
        };
        Some(("function", text, verdict))
    }

    /// The part of a function's name that tells it from others.
    fn judge_name<'n>(&self, name: &'n str, has_context: bool) -> (Cow<'n, str>, Verdict<'static>) {
        let unless = |ignored: bool| {
            if ignored {
                Verdict::ignored("ignored because it is not a name")
            } else {
                Verdict::COUNTS
            }
        };
        match self.platform {
            Platform::Ruby => (ruby_method(name), Verdict::COUNTS),
            Platform::Php => (
                Cow::Borrowed(php_method(name)),
                unless(name.starts_with("{closure") || name.starts_with("[Anonymous")),
            ),
            Platform::Java => (java::method(name), unless(name.starts_with("lambda$"))),
            Platform::Native => {
                (Cow::Borrowed(name), unless(matches!(name, "<redacted>" | "<unknown>")))
            }
            Platform::JavaScript | Platform::Node => {
                let last = name.rsplit('.').next().unwrap_or(name);
                let verdict = if self.has_source_map && has_context {
                    Verdict::ignored("ignored because a source map gave the source line")
                } else {
                    unless(is_javascript_placeholder(name))
                };
                (Cow::Borrowed(last), verdict)
            }
            _ => (Cow::Borrowed(name), Verdict::COUNTS),
        }
    }

    fn context_part(&self) -> Option<Part<'a>> {
        if self.context_line.is_empty() || !self.platform.has_stable_context() {
            return None;
        }
        let text = collapse_space(self.context_line);
        if text.is_empty() {
            return None;
        }
        let too_long = text.len() > CONTEXT_CHARS_MAX && text.chars().count() > CONTEXT_CHARS_MAX;
        let verdict = if too_long {
            Verdict::ignored("ignored because the line is too long")
        } else if self.is_only_a_url() {
            Verdict::ignored("ignored because the script has no function and lies at a URL")
        } else {
            Verdict::COUNTS
        };
        Some(("context-line", text, verdict))
    }
}

/// Runs of space as one space, none at the ends.
fn collapse_space(line: &str) -> Cow<'_, str> {
    let trimmed = line.trim();
    let mut after_space = false;
    let is_single = trimmed.chars().all(|letter| {
        let fine = !letter.is_whitespace() || (letter == ' ' && !after_space);
        after_space = letter.is_whitespace();
        fine
    });
    if is_single {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len());
    for word in trimmed.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    Cow::Owned(out)
}

fn is_url(path: &str) -> bool {
    const SCHEMES: [&str; 5] =
        ["http://", "https://", "applewebdata://", "blob:", "webpack-internal:"];
    SCHEMES.iter().any(|scheme| path.starts_with(scheme))
}

fn has_scheme(path: &str) -> bool {
    is_url(path) || path.starts_with("file:")
}

fn is_javascript_placeholder(name: &str) -> bool {
    matches!(name, "?" | "<anonymous>" | "<anonymous function>" | "Anonymous function")
        || name.ends_with("/<")
}

/// `block (2 levels) in settle` → `block`; `_app_views_bet_html_erb__123_456` without its numbers.
fn ruby_method(name: &str) -> Cow<'_, str> {
    if name.starts_with("block ") {
        return Cow::Borrowed("block");
    }
    let Some(end) = name.find("_erb__") else { return Cow::Borrowed(name) };
    let numbers = &name[end + "_erb__".len()..];
    let generated =
        numbers.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'-'));
    Cow::Borrowed(if generated { &name[..end + "_erb".len()] } else { name })
}

/// `class@anonymous/srv/a.php:3$0::pay` → `pay`.
fn php_method(name: &str) -> &str {
    match name.rsplit_once("::") {
        Some((class, method)) if class.contains("class@anonymous") => method,
        _ => name,
    }
}

/// Names the Java world makes up at run time.
mod java {
    use std::borrow::Cow;

    const ACCESSORS: [&str; 2] = ["GeneratedMethodAccessor", "GeneratedConstructorAccessor"];
    /// What stands before the generated part of a class name.
    const GENERATORS: [&str; 7] = [
        "$$EnhancerBySpringCGLIB$$",
        "$$EnhancerByGuice$$",
        "$$EnhancerByCGLIB$$",
        "$$FastClassBySpringCGLIB$$",
        "$$FastClassByGuice$$",
        "$$FastClassByCGLIB$$",
        "$HibernateProxy$",
    ];

    pub(super) fn module(name: &str) -> Cow<'_, str> {
        for accessor in ACCESSORS {
            if let Some(place) = name.find(accessor) {
                return Cow::Borrowed(&name[..place + accessor.len()]);
            }
        }
        for marker in GENERATORS {
            if let Some((before, after)) = name.split_once(marker) {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                return Cow::Owned(format!("{before}{marker}<auto>{}", &after[end..]));
            }
        }
        if let Some((before, number)) = name.rsplit_once("_$$_javassist") {
            let number = number.trim_start_matches("_seam");
            if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
                return Cow::Owned(format!("{before}_$$_javassist<auto>"));
            }
        }
        clojure(name)
    }

    pub(super) fn method(name: &str) -> Cow<'_, str> {
        clojure(name)
    }

    /// `pay$fn__1234` → `pay$fn__<auto>`.
    fn clojure(name: &str) -> Cow<'_, str> {
        let Some((before, after)) = name.split_once("fn__") else { return Cow::Borrowed(name) };
        let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
        if rest.len() == after.len() {
            return Cow::Borrowed(name);
        }
        Cow::Owned(format!("{before}fn__<auto>{rest}"))
    }
}
