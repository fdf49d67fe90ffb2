//! What a stack trace rule asks of a frame or of the exception.

use super::ErrorFacts;
use crate::frame::Frame;
use crate::glob::{Flavor, Glob};
use crate::platform::Families;
use crate::syntax::RawMatcher;

/// A question about one frame.
#[derive(Debug)]
pub(crate) struct FrameMatcher {
    pub(crate) negated: bool,
    pub(crate) test: FrameTest,
}

#[derive(Debug)]
pub(crate) enum FrameTest {
    Function(Glob),
    Module(Glob),
    Path(Glob),
    Package(Glob),
    Category(Glob),
    Family(Families),
    App(bool),
}

/// A question about the exception.
#[derive(Debug)]
pub(crate) struct ErrorMatcher {
    negated: bool,
    field: ErrorField,
    glob: Glob,
}

#[derive(Debug, Clone, Copy)]
enum ErrorField {
    Type,
    Value,
    Mechanism,
}

/// Either kind, as read.
pub(crate) enum Matcher {
    Frame(FrameMatcher),
    Error(ErrorMatcher),
}

impl Matcher {
    pub(crate) fn new(raw: &RawMatcher) -> Result<Self, String> {
        let RawMatcher { negated, name, pattern } = raw;
        let negated = *negated;
        let error = |field| {
            let glob = Glob::new(pattern, Flavor::Plain);
            Ok(Self::Error(ErrorMatcher { negated, field, glob }))
        };
        match name.as_str() {
            "error.type" => error(ErrorField::Type),
            "error.value" => error(ErrorField::Value),
            "error.mechanism" => error(ErrorField::Mechanism),
            _ => FrameTest::new(name, pattern)?
                .map(|test| Self::Frame(FrameMatcher { negated, test }))
                .ok_or_else(|| format!("`{name}` is not a matcher")),
        }
    }
}

impl FrameTest {
    /// The test for a matcher's name; `None` if it is not about frames.
    pub(crate) fn new(name: &str, pattern: &str) -> Result<Option<Self>, String> {
        Ok(Some(match name {
            "stack.function" | "function" => Self::Function(Glob::new(pattern, Flavor::Plain)),
            "stack.module" | "module" => Self::Module(Glob::new(pattern, Flavor::Plain)),
            "stack.abs_path" | "path" => Self::Path(Glob::new(pattern, Flavor::Path)),
            "stack.package" | "package" => Self::Package(Glob::new(pattern, Flavor::Path)),
            "category" => Self::Category(Glob::new(pattern, Flavor::Plain)),
            "family" => Self::Family(Families::parse(pattern)),
            "app" => match pattern.to_ascii_lowercase().as_str() {
                "yes" | "true" | "1" => Self::App(true),
                "no" | "false" | "0" => Self::App(false),
                _ => return Err(format!("`app:` takes yes or no, not `{pattern}`")),
            },
            _ => return Ok(None),
        }))
    }
}

impl FrameMatcher {
    pub(crate) fn matches(&self, frame: &Frame<'_>) -> bool {
        let found = match &self.test {
            FrameTest::Function(glob) => glob.matches(frame.function_for_rules()),
            FrameTest::Module(glob) => !frame.module.is_empty() && glob.matches(frame.module),
            FrameTest::Path(glob) => !frame.path.text.is_empty() && glob.matches_path(&frame.path),
            FrameTest::Package(glob) => {
                !frame.package.text.is_empty() && glob.matches_path(&frame.package)
            }
            FrameTest::Category(glob) => {
                frame.category.is_some_and(|category| glob.matches(category))
            }
            FrameTest::Family(families) => families.contains(frame.platform.family()),
            FrameTest::App(wanted) => frame.in_app.unwrap_or(false) == *wanted,
        };
        found != self.negated
    }
}

impl ErrorMatcher {
    pub(crate) fn matches(&self, error: ErrorFacts<'_>) -> bool {
        let text = match self.field {
            ErrorField::Type => error.kind,
            ErrorField::Value => error.value,
            ErrorField::Mechanism => error.mechanism,
        };
        self.glob.matches(text) != self.negated
    }
}
