//! What an event offers to group it by, after the stack trace rules.

use model::event::Event;
use model::json::{Object, Value};
use model::limits;

use crate::component::{Sink, Verdict};
use crate::csp;
use crate::exception::Exceptions;
use crate::frame::Frame;
use crate::parametrize::parametrize;
use crate::platform::Platform;
use crate::rules::GroupingRules;
use crate::stack::{FrameChange, Place, Stack, StackContext, Variant};
use crate::stack_rules::{ErrorFacts, StackRules};

/// The ways to group, in the order they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    Exceptions,
    Threads,
    Stacktrace,
    Template,
    Csp,
    Message,
}

impl Strategy {
    pub(crate) const ORDER: [Self; 6] = [
        Self::Exceptions,
        Self::Threads,
        Self::Stacktrace,
        Self::Template,
        Self::Csp,
        Self::Message,
    ];

    /// As people read it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exceptions => "exception",
            Self::Threads => "thread",
            Self::Stacktrace => "stack trace",
            Self::Template => "template",
            Self::Csp => "security report",
            Self::Message => "message",
        }
    }
}

/// One of the ways a strategy looks at an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) variant: Variant,
}

const APP: View = View { name: "app", variant: Variant::App };
const SYSTEM: View = View { name: "system", variant: Variant::System };
const DEFAULT: View = View { name: "default", variant: Variant::System };

/// An event with its stack traces read and the rules applied to them.
#[derive(Debug)]
pub(crate) struct Analysis<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) platform: Platform,
    pub(crate) exceptions: Option<Exceptions<'a>>,
    threads: Vec<Stack<'a>>,
    /// Place in the event of the thread that counts.
    crashed_thread: Option<usize>,
    own: Option<Stack<'a>>,
}

impl<'a> Analysis<'a> {
    pub(crate) fn new(event: &'a Event<'a>, rules: &'a GroupingRules) -> Self {
        let platform = Platform::parse(event.root.str("platform").unwrap_or_default());
        let context = StackContext { platform, rules: [StackRules::base(), &rules.stack] };
        let mut frames_left = limits::GROUPING_FRAMES_MAX;
        let exceptions = Exceptions::read(event, context, &mut frames_left);
        let mut read = |holder: &'a Object<'a>, place| {
            let stack = Stack::new(holder, place, ErrorFacts::default(), context, frames_left)?;
            frames_left -= stack.frames.len();
            Some(stack)
        };
        let own = read(&event.root, Place::Event);
        let threads = thread_list(event)
            .filter_map(|(place, thread)| read(thread, Place::Thread(place)))
            .collect();
        let crashed_thread = crashed_thread(event);
        Self { event, platform, exceptions, threads, crashed_thread, own }
    }

    /// The strategy that decides, with the views that count; app first.
    pub(crate) fn decisive(&self) -> Option<(Strategy, Vec<View>)> {
        Strategy::ORDER
            .into_iter()
            .map(|strategy| (strategy, self.views(strategy)))
            .find(|(_, views)| !views.is_empty())
    }

    /// The views of a strategy in which something counts.
    pub(crate) fn views(&self, strategy: Strategy) -> Vec<View> {
        let both = |stack: &Stack<'_>| {
            [APP, SYSTEM].into_iter().filter(|view| stack.counts(view.variant)).collect()
        };
        let alone = |counts: bool| if counts { vec![DEFAULT] } else { Vec::new() };
        match strategy {
            Strategy::Exceptions => match &self.exceptions {
                None => Vec::new(),
                Some(exceptions) if Variant::ALL.iter().any(|v| exceptions.has_stack(*v)) => {
                    let views = [APP, SYSTEM].into_iter();
                    views.filter(|view| exceptions.has_stack(view.variant)).collect()
                }
                Some(exceptions) if exceptions.counts(Variant::App) => vec![APP],
                Some(_) => Vec::new(),
            },
            Strategy::Threads => self.thread().map_or_else(Vec::new, both),
            Strategy::Stacktrace => self.own.as_ref().map_or_else(Vec::new, both),
            Strategy::Template => alone(self.template().is_some()),
            Strategy::Csp => alone(self.csp().is_some()),
            Strategy::Message => alone(!self.message().is_empty()),
        }
    }

    /// Walks what a strategy looks at.
    pub(crate) fn walk(&self, strategy: Strategy, variant: Variant, sink: &mut impl Sink) {
        match strategy {
            Strategy::Exceptions => {
                if let Some(exceptions) = &self.exceptions {
                    exceptions.walk(variant, sink);
                }
            }
            Strategy::Threads => {
                if let Some(stack) = self.thread() {
                    stack.walk(variant, sink);
                }
            }
            Strategy::Stacktrace => {
                if let Some(stack) = &self.own {
                    stack.walk(variant, sink);
                }
            }
            Strategy::Template => {
                if let Some((filename, line)) = self.template() {
                    sink.leaf("filename", filename, Verdict::COUNTS);
                    sink.leaf("context-line", line, Verdict::COUNTS);
                }
            }
            Strategy::Csp => {
                if let Some(report) = self.csp() {
                    sink.leaf("directive", report.directive, Verdict::COUNTS);
                    sink.leaf("source", report.source(), Verdict::COUNTS);
                }
            }
            Strategy::Message => {
                sink.leaf("message", &parametrize(self.message()), Verdict::COUNTS);
            }
        }
    }

    /// The stack trace a person would look at first.
    pub(crate) fn main_stack(&self) -> Option<&Stack<'a>> {
        let exceptions = self.exceptions.as_ref();
        let of_exception = exceptions.and_then(|list| list.all.last()?.stack.as_ref());
        of_exception.or_else(|| self.thread()).or(self.own.as_ref())
    }

    /// The innermost frame of the application that has a name, else the innermost frame.
    pub(crate) fn crash_frame(&self) -> Option<&Frame<'a>> {
        let frames = &self.main_stack()?.frames;
        let in_app = |frame: &&Frame<'_>| frame.in_app == Some(true) && !frame.function.is_empty();
        frames.iter().rfind(in_app).or_else(|| frames.last())
    }

    /// All stack traces that were read.
    pub(crate) fn stacks(&self) -> impl Iterator<Item = &Stack<'a>> {
        let of_exceptions = self.exceptions.iter().flat_map(|list| &list.all);
        let of_exceptions = of_exceptions.filter_map(|exception| exception.stack.as_ref());
        of_exceptions.chain(&self.threads).chain(&self.own)
    }

    /// What rules changed on frames.
    pub(crate) fn changes(&self) -> Vec<FrameChange> {
        let mut changes = Vec::new();
        for stack in self.stacks() {
            stack.changes(&self.event.root, &mut changes);
        }
        changes
    }

    /// The text messages are grouped by: with its variables not filled in, if the SDK kept it.
    pub(crate) fn message(&self) -> &'a str {
        let text = |name| self.event.str_at(&["logentry", name]).filter(|text| !text.is_empty());
        text("message").or_else(|| text("formatted")).unwrap_or_default()
    }

    fn thread(&self) -> Option<&Stack<'a>> {
        let place = Place::Thread(self.crashed_thread?);
        self.threads.iter().find(|stack| stack.place == place)
    }

    fn template(&self) -> Option<(&'a str, &'a str)> {
        let text = |name| self.event.str_at(&["template", name]).unwrap_or_default();
        let path = if text("filename").is_empty() { text("abs_path") } else { text("filename") };
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let line = text("context_line").trim();
        (!name.is_empty() || !line.is_empty()).then_some((name, line))
    }

    fn csp(&self) -> Option<csp::Report<'a>> {
        csp::Report::read(self.event.root.get("csp")?)
    }
}

/// The threads of an event with their places.
pub(crate) fn thread_list<'e, 'a>(
    event: &'e Event<'a>,
) -> impl Iterator<Item = (usize, &'e Object<'a>)> {
    let values = event.at(&["threads", "values"]).and_then(Value::as_array);
    let threads = values.into_iter().flatten().enumerate();
    threads.filter_map(|(place, thread)| Some((place, thread.as_object()?)))
}

/// The only crashed thread, else the only current one, else the only one.
fn crashed_thread(event: &Event<'_>) -> Option<usize> {
    let only = |flag: Option<&str>| {
        let is = |thread: &Object<'_>| {
            flag.is_none_or(|flag| thread.get(flag).and_then(Value::as_bool).unwrap_or(false))
        };
        let mut found = thread_list(event).filter(|(_, thread)| is(thread));
        found.next().filter(|_| found.next().is_none())
    };
    let (place, _) =
        only(Some("crashed")).or_else(|| only(Some("current"))).or_else(|| only(None))?;
    Some(place)
}
