//! A stack trace while it is grouped: its frames after the rules, and what counts in which variant.

use model::json::{Object, Value};

use crate::component::{Hint, Sink, Verdict};
use crate::frame::Frame;
use crate::platform::Platform;
use crate::stack_rules::{ErrorFacts, StackRules};

/// Which frames a hash is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Those of the application.
    App,
    /// All.
    System,
}

impl Variant {
    pub(crate) const ALL: [Self; 2] = [Self::App, Self::System];
}

/// Bounds that rules set on a stack trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) min_frames: usize,
    pub(crate) max_frames: usize,
}

/// Where a stack trace is in the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Exception(usize),
    Thread(usize),
    Event,
}

/// A stack trace, outermost call first.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) place: Place,
    pub(crate) frames: Vec<Frame<'a>>,
    /// For each frame and [`Variant`].
    frame_verdicts: Vec<[Verdict<'a>; 2]>,
    /// For each [`Variant`].
    verdicts: [Verdict<'a>; 2],
}

/// What all stack traces of an event have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StackContext<'a> {
    pub(crate) platform: Platform,
    /// Applied in this order.
    pub(crate) rules: [&'a StackRules; 2],
}

impl<'a> Stack<'a> {
    /// Reads at most `frames_max` frames and applies the rules. `None` if there are no frames.
    pub(crate) fn new(
        holder: &'a Object<'_>,
        place: Place,
        error: ErrorFacts<'_>,
        context: StackContext<'a>,
        frames_max: usize,
    ) -> Option<Self> {
        let frames = holder.get("stacktrace")?.get("frames")?.as_array()?;
        // Beyond the limit the outermost calls are left out.
        let skipped = frames.len().saturating_sub(frames_max);
        let nothing = const { &Object::new() };
        let frames = frames.iter().skip(skipped);
        let frames: Vec<_> = frames
            .map(|frame| Frame::new(frame.as_object().unwrap_or(nothing), context.platform))
            .collect();
        if frames.is_empty() {
            return None;
        }
        let mut stack =
            Self { place, frames, frame_verdicts: Vec::new(), verdicts: [Verdict::COUNTS; 2] };
        stack.mark_recursion();
        let limits = stack.apply_rules(error, context);
        stack.decide(limits);
        Some(stack)
    }

    fn mark_recursion(&mut self) {
        for place in 1..self.frames.len() {
            let (before, rest) = self.frames.split_at_mut(place);
            if let (Some(caller), Some(frame)) = (before.last(), rest.first_mut()) {
                frame.is_recursion = frame.is_same_call(caller);
            }
        }
    }

    fn apply_rules(&mut self, error: ErrorFacts<'_>, context: StackContext<'a>) -> Limits {
        let mut limits = Limits { min_frames: 0, max_frames: usize::MAX };
        let frames = &mut self.frames;
        let candidates = context.rules.map(|rules| rules.candidates(frames));
        for (rules, candidates) in context.rules.into_iter().zip(&candidates) {
            rules.modify(candidates, frames, error);
        }
        for (rules, candidates) in context.rules.into_iter().zip(&candidates) {
            rules.judge(candidates, frames, error, &mut limits);
        }
        limits
    }

    fn decide(&mut self, limits: Limits) {
        self.frame_verdicts = self.frames.iter().map(judge).collect();
        for variant in Variant::ALL {
            let side = variant as usize;
            let mut counting = 0;
            for verdicts in self.frame_verdicts.iter_mut().rev() {
                if verdicts[side].counts && counting == limits.max_frames {
                    verdicts[side] = Verdict::ignored("ignored because enough frames count");
                }
                counting += usize::from(verdicts[side].counts);
            }
            self.verdicts[side] = if counting == 0 {
                Verdict::ignored(match variant {
                    Variant::App => "ignored because no frame of the application counts",
                    Variant::System => "ignored because no frame counts",
                })
            } else if counting < limits.min_frames {
                Verdict { counts: false, hint: Hint::TooFew(limits.min_frames) }
            } else if self.frames.len() == 1 && self.frames[0].is_only_a_url() {
                Verdict::ignored("ignored because it is one frame without a function, at a URL")
            } else {
                Verdict::COUNTS
            };
        }
    }

    /// Whether it goes into the hash of that variant.
    pub(crate) fn counts(&self, variant: Variant) -> bool {
        self.verdicts[variant as usize].counts
    }

    /// Walks the frames.
    pub(crate) fn walk(&self, variant: Variant, sink: &mut impl Sink) {
        if sink.open("stacktrace", self.verdicts[variant as usize]) {
            for (frame, verdicts) in self.frames.iter().zip(&self.frame_verdicts) {
                frame.walk(verdicts[variant as usize], sink);
            }
            sink.close();
        }
    }

    /// Rules that changed what a frame is or whether it counts.
    pub(crate) fn matched_rules(&self) -> impl Iterator<Item = &'a str> {
        self.frames
            .iter()
            .flat_map(|frame| [frame.app_rule, frame.group_rule])
            .flatten()
            .map(|(_, rule)| rule)
    }
}

/// What one frame says for itself, per variant.
fn judge<'a>(frame: &Frame<'a>) -> [Verdict<'a>; 2] {
    let own = if let Some(reason) = frame.low_quality() {
        Verdict::ignored(reason)
    } else if frame.is_recursion {
        Verdict::ignored("ignored because it is the same call as the one before")
    } else if !frame.has_content() {
        Verdict::ignored("ignored because nothing tells it from other frames")
    } else {
        Verdict::COUNTS
    };
    let system = match frame.group_rule {
        Some((false, rule)) => Verdict::by_rule(false, "ignored", rule),
        Some((true, rule)) if !own.counts && frame.has_content() => {
            Verdict::by_rule(true, "made to count", rule)
        }
        _ => own,
    };
    let app = match (frame.in_app, frame.app_rule) {
        (Some(true), Some((true, rule))) if system.counts => {
            Verdict::by_rule(true, "marked as the application's", rule)
        }
        (Some(true), _) => system,
        (_, Some((false, rule))) => {
            Verdict::by_rule(false, "marked as not the application's", rule)
        }
        _ => Verdict::ignored("not the application's"),
    };
    [app, system]
}

/// What rules changed on one frame, to be written into the event.
#[derive(Debug)]
pub(crate) struct FrameChange {
    place: Place,
    frame: usize,
    sent_in_app: Option<bool>,
    in_app: Option<bool>,
    category: Option<String>,
}

impl Stack<'_> {
    /// Adds what rules changed to `changes`. `frames_total` is how many frames the event has there.
    pub(crate) fn changes(&self, event: &Object<'_>, changes: &mut Vec<FrameChange>) {
        let total = self.place.frames(event).map_or(0, Vec::len);
        let skipped = total.saturating_sub(self.frames.len());
        for (place, frame) in self.frames.iter().enumerate() {
            let category = frame.category.filter(|_| frame.category != frame.sent_category);
            let in_app_changed = frame.in_app != frame.sent_in_app;
            if in_app_changed || category.is_some() {
                changes.push(FrameChange {
                    place: self.place,
                    frame: skipped + place,
                    sent_in_app: frame.sent_in_app,
                    in_app: frame.in_app,
                    category: category.map(str::to_owned),
                });
            }
        }
    }
}

impl Place {
    fn frames<'e, 'a>(self, event: &'e Object<'a>) -> Option<&'e Vec<Value<'a>>> {
        let holder = match self {
            Self::Exception(place) => {
                event.get("exception")?.get("values")?.as_array()?.get(place)?
            }
            Self::Thread(place) => event.get("threads")?.get("values")?.as_array()?.get(place)?,
            Self::Event => return event.get("stacktrace")?.get("frames")?.as_array(),
        };
        holder.get("stacktrace")?.get("frames")?.as_array()
    }

    fn frames_mut<'e, 'a>(self, event: &'e mut Object<'a>) -> Option<&'e mut Vec<Value<'a>>> {
        let (name, place) = match self {
            Self::Exception(place) => ("exception", place),
            Self::Thread(place) => ("threads", place),
            Self::Event => return stack_frames_mut(event),
        };
        let values = event.get_mut(name)?.as_object_mut()?.get_mut("values")?;
        stack_frames_mut(values.as_array_mut()?.get_mut(place)?.as_object_mut()?)
    }
}

fn stack_frames_mut<'e, 'a>(holder: &'e mut Object<'a>) -> Option<&'e mut Vec<Value<'a>>> {
    holder.get_mut("stacktrace")?.as_object_mut()?.get_mut("frames")?.as_array_mut()
}

impl FrameChange {
    /// Writes the change into the event, and what the SDK had sent into `data.orig_in_app`.
    pub(crate) fn apply(self, event: &mut Object<'_>) {
        let Some(frames) = self.place.frames_mut(event) else { return };
        let Some(frame) = frames.get_mut(self.frame).and_then(Value::as_object_mut) else { return };
        if self.in_app != self.sent_in_app {
            frame.insert("in_app", self.in_app);
        }
        let data = frame.entry("data");
        if data.as_object().is_none() {
            *data = Value::Object(Object::new());
        }
        let Some(data) = data.as_object_mut() else { return };
        if self.in_app != self.sent_in_app {
            data.insert("orig_in_app", self.sent_in_app.map_or(-1, i64::from));
        }
        if let Some(category) = self.category {
            data.insert("category", category);
        }
    }
}
