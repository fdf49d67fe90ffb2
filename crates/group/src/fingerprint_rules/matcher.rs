//! What a fingerprint rule asks of an event, apart from its frames.

use model::json::Value;

use crate::analysis::{Analysis, thread_list};
use crate::glob::{Flavor, Glob, normalize_path};
use crate::platform::Families;
use crate::syntax::RawMatcher;

/// A question about an event.
#[derive(Debug)]
pub(super) struct EventMatcher {
    negated: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Message(Glob),
    ErrorType(Glob),
    ErrorValue(Glob),
    Logger(Glob),
    Level(Glob),
    Release(Glob),
    Tag(String, Glob),
    Thread(&'static str, Glob),
    Sdk(Vec<String>),
    Family(Families),
}

/// What questions are about. All questions about one subject must fit the same one: the same
/// exception, the same thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Message,
    Exception,
    Thread,
    Event,
}

impl EventMatcher {
    /// `None` if the matcher is not about the event.
    pub(super) fn new(raw: &RawMatcher) -> Option<Self> {
        let pattern = raw.pattern.as_str();
        let plain = || Glob::new(pattern, Flavor::Plain);
        let no_case = || Glob::new(pattern, Flavor::NoCase);
        let test = match raw.name.as_str() {
            "message" => Test::Message(no_case()),
            "error.type" | "type" => Test::ErrorType(plain()),
            "error.value" | "value" => Test::ErrorValue(no_case()),
            "logger" => Test::Logger(plain()),
            "level" => Test::Level(no_case()),
            "release" => Test::Release(Glob::new(pattern, Flavor::Path)),
            "thread.id" => Test::Thread("id", no_case()),
            "thread.name" => Test::Thread("name", no_case()),
            "thread.state" => Test::Thread("state", no_case()),
            "thread.crashed" => Test::Thread("crashed", no_case()),
            "thread.current" => Test::Thread("current", no_case()),
            "sdk" => Test::Sdk(pattern.split(',').map(|name| name.trim().to_owned()).collect()),
            "family" => Test::Family(Families::parse(pattern)),
            name => Test::Tag(name.strip_prefix("tags.")?.to_owned(), plain()),
        };
        Some(Self { negated: raw.negated, test })
    }

    fn subject(&self) -> Subject {
        match self.test {
            Test::Message(_) => Subject::Message,
            Test::ErrorType(_) | Test::ErrorValue(_) => Subject::Exception,
            Test::Thread(..) => Subject::Thread,
            _ => Subject::Event,
        }
    }
}

/// One thing that questions are put to.
#[derive(Debug, Clone, Copy)]
enum Object<'a> {
    Message(&'a str),
    Exception { kind: &'a str, value: &'a str },
    Thread(&'a model::json::Object<'a>),
    Event(&'a Analysis<'a>),
}

/// Whether for each subject there is one that fits all questions about it.
pub(super) fn all_match(matchers: &[EventMatcher], analysis: &Analysis<'_>) -> bool {
    [Subject::Event, Subject::Exception, Subject::Message, Subject::Thread].into_iter().all(
        |subject| {
            if !matchers.iter().any(|matcher| matcher.subject() == subject) {
                return true;
            }
            let fits = |object: Object<'_>| {
                let about = matchers.iter().filter(|matcher| matcher.subject() == subject);
                about.into_iter().all(|matcher| matcher.test.fits(object) != matcher.negated)
            };
            any_object(subject, analysis, fits)
        },
    )
}

fn any_object(
    subject: Subject,
    analysis: &Analysis<'_>,
    mut fits: impl FnMut(Object<'_>) -> bool,
) -> bool {
    let exceptions = || analysis.exceptions.iter().flat_map(|list| &list.all);
    match subject {
        Subject::Event => fits(Object::Event(analysis)),
        Subject::Exception => exceptions()
            .any(|found| fits(Object::Exception { kind: found.kind, value: found.value })),
        Subject::Message => {
            let formatted = analysis.event.str_at(&["logentry", "formatted"]);
            let of_log = [Some(analysis.message()), formatted].into_iter().flatten();
            let mut texts =
                of_log.filter(|text| !text.is_empty()).chain(exceptions().map(|found| found.value));
            texts.any(|text| fits(Object::Message(text)))
        }
        Subject::Thread => {
            thread_list(analysis.event).any(|(_, thread)| fits(Object::Thread(thread)))
        }
    }
}

impl Test {
    fn fits(&self, object: Object<'_>) -> bool {
        match (self, object) {
            (Self::Message(glob), Object::Message(text)) => glob.matches(&text.to_lowercase()),
            (Self::ErrorType(glob), Object::Exception { kind, .. }) => glob.matches(kind),
            (Self::ErrorValue(glob), Object::Exception { value, .. }) => {
                glob.matches(&value.to_lowercase())
            }
            (Self::Thread(field, glob), Object::Thread(thread)) => {
                let text = match thread.get(field) {
                    Some(Value::Str(text)) => text.to_lowercase(),
                    Some(Value::Bool(value)) => value.to_string(),
                    Some(Value::U64(value)) => value.to_string(),
                    _ => return false,
                };
                glob.matches(&text)
            }
            (test, Object::Event(analysis)) => test.fits_event(analysis),
            _ => false,
        }
    }

    fn fits_event(&self, analysis: &Analysis<'_>) -> bool {
        let event = analysis.event;
        let text = |name: &str| event.root.str(name);
        match self {
            Self::Logger(glob) => text("logger").is_some_and(|logger| glob.matches(logger)),
            Self::Level(glob) => {
                text("level").is_some_and(|level| glob.matches(&level.to_lowercase()))
            }
            Self::Release(glob) => {
                text("release").is_some_and(|name| glob.matches_path(&normalize_path(name)))
            }
            Self::Tag(key, glob) => event.tag(key).is_some_and(|value| glob.matches(value)),
            Self::Sdk(names) => {
                let name = event.str_at(&["sdk", "name"]).unwrap_or_default();
                names.iter().any(|wanted| wanted == name || wanted == "all")
            }
            Self::Family(families) => families.contains(analysis.platform.family()),
            _ => false,
        }
    }
}
