//! Frames and call stacks: checked, each kept once, and only what a sample points at.

use std::borrow::Cow;
use std::collections::HashMap;

use model::limits::{PROFILE_DEPTH_MAX, PROFILE_FRAMES_MAX, PROFILE_STACKS_MAX};
use model::profile::{Call, Frame};

use super::ProfileError;
use super::view::View;

/// Stands for the middle of a call stack that is too deep.
const LEFT_OUT: &str = "(frames left out)";

/// The code a profile saw.
#[derive(Debug)]
pub(super) struct Code<'t, 'a> {
    sent_frames: Vec<View<'t, 'a>>,
    sent_stacks: Vec<View<'t, 'a>>,
    /// Where a frame or stack as sent went, once a sample asked for it.
    frame_places: Vec<Option<u32>>,
    stack_places: Vec<Option<u32>>,
    frames: Vec<Frame<'a>>,
    calls: Vec<Call>,
    known_frames: HashMap<Frame<'a>, u32>,
    known_calls: HashMap<Call, u32>,
    platform: Cow<'a, str>,
}

impl<'t, 'a> Code<'t, 'a> {
    /// Finds frames and stacks in the object `profile`, and checks all positions.
    pub(super) fn read(
        profile: View<'t, 'a>,
        platform: Cow<'a, str>,
    ) -> Result<Self, ProfileError> {
        let list = |name| profile.get(name).into_iter().flat_map(View::items).collect::<Vec<_>>();
        let (sent_frames, sent_stacks) = (list("frames"), list("stacks"));
        let is_frame = |place: View<'_, '_>| {
            let place = place.whole().and_then(|place| usize::try_from(place).ok());
            place.is_some_and(|place| place < sent_frames.len())
        };
        if !sent_stacks.iter().all(|stack| stack.is_list() && stack.items().all(is_frame)) {
            return Err(ProfileError::Stacks);
        }
        Ok(Self {
            frame_places: vec![None; sent_frames.len()],
            stack_places: vec![None; sent_stacks.len()],
            sent_frames,
            sent_stacks,
            frames: Vec::new(),
            calls: Vec::new(),
            known_frames: HashMap::new(),
            known_calls: HashMap::new(),
            platform,
        })
    }

    pub(super) fn stacks_len(&self) -> usize {
        self.sent_stacks.len()
    }

    /// True when nothing was running.
    pub(super) fn is_idle(&self, stack: usize) -> bool {
        self.sent_stacks[stack].items().next().is_none()
    }

    /// The innermost call of a stack; `None` when it is idle.
    pub(super) fn call_of(&mut self, stack: usize) -> Result<Option<u32>, ProfileError> {
        if let Some(call) = self.stack_places[stack] {
            return Ok(Some(call));
        }
        // As sent, the innermost frame is the first.
        let frames: Vec<View<'_, '_>> = self.sent_stacks[stack].items().collect();
        let (inner, outer) = if frames.len() > PROFILE_DEPTH_MAX {
            let half = PROFILE_DEPTH_MAX / 2;
            (&frames[..half - 1], &frames[frames.len() - half..])
        } else {
            (&frames[..], &frames[..0])
        };
        let mut call = None;
        for place in outer.iter().rev() {
            let frame = self.frame_of(*place)?;
            call = Some(self.call(call, frame)?);
        }
        if !outer.is_empty() {
            let gap = Frame { function: Cow::Borrowed(LEFT_OUT), ..Frame::default() };
            let gap = self.frame(gap)?;
            call = Some(self.call(call, gap)?);
        }
        for place in inner.iter().rev() {
            let frame = self.frame_of(*place)?;
            call = Some(self.call(call, frame)?);
        }
        self.stack_places[stack] = call;
        Ok(call)
    }

    pub(super) fn finish(self) -> (Vec<Frame<'a>>, Vec<Call>) {
        (self.frames, self.calls)
    }

    fn frame_of(&mut self, place: View<'_, '_>) -> Result<u32, ProfileError> {
        let sent = place.whole().and_then(|place| usize::try_from(place).ok());
        let sent = sent.ok_or(ProfileError::Stacks)?;
        if let Some(known) = self.frame_places[sent] {
            return Ok(known);
        }
        let frame = read_frame(self.sent_frames[sent], &self.platform);
        let place = self.frame(frame)?;
        self.frame_places[sent] = Some(place);
        Ok(place)
    }

    fn frame(&mut self, frame: Frame<'a>) -> Result<u32, ProfileError> {
        if let Some(known) = self.known_frames.get(&frame) {
            return Ok(*known);
        }
        let place = next(self.frames.len(), PROFILE_FRAMES_MAX)?;
        self.frames.push(frame.clone());
        self.known_frames.insert(frame, place);
        Ok(place)
    }

    fn call(&mut self, caller: Option<u32>, frame: u32) -> Result<u32, ProfileError> {
        let call = Call { caller, frame };
        if let Some(known) = self.known_calls.get(&call) {
            return Ok(*known);
        }
        let place = next(self.calls.len(), PROFILE_STACKS_MAX)?;
        self.calls.push(call);
        self.known_calls.insert(call, place);
        Ok(place)
    }
}

fn next(len: usize, max: usize) -> Result<u32, ProfileError> {
    if len < max {
        u32::try_from(len).or(Err(ProfileError::TooBig))
    } else {
        Err(ProfileError::TooBig)
    }
}

fn read_frame<'a>(sent: View<'_, 'a>, platform: &str) -> Frame<'a> {
    let number = |names: &[&str]| sent.first(names).map_or(0, View::small);
    let mut frame = Frame {
        function: sent.first_text(&["function", "name"]),
        module: sent.first_text(&["module", "package"]),
        file: sent.first_text(&["filename", "file"]),
        path: sent.text_at("abs_path"),
        line: number(&["lineno", "line"]),
        column: number(&["colno", "column"]),
        address: sent.get("instruction_addr").map_or(0, View::address),
        platform: sent.text_at("platform"),
        in_app: false,
    };
    if frame.platform == platform {
        frame.platform = Cow::Borrowed("");
    }
    if frame.file.is_empty() {
        frame.file = std::mem::take(&mut frame.path);
    } else if frame.path == frame.file {
        frame.path = Cow::Borrowed("");
    }
    let stated = sent.get("in_app").and_then(View::bool);
    let platform = if frame.platform.is_empty() { platform } else { &frame.platform };
    // Python's own loader, which SDKs that are told what is own code take for it.
    let is_loader = frame.file.starts_with("<frozen ");
    frame.in_app = !is_loader && stated.unwrap_or_else(|| is_own_code(&frame, platform));
    frame
}

/// Whether a frame is the customer's own code when the SDK does not say. Python's SDK says nothing
/// about the standard library only; Node's marks what it knows, browsers' never do.
fn is_own_code(frame: &Frame<'_>, platform: &str) -> bool {
    let path = if frame.path.is_empty() { &frame.file } else { &frame.path };
    match platform {
        "python" => false,
        "node" => !path.is_empty() && !path.starts_with("node:") && !path.contains("node_modules"),
        "javascript" => !path.is_empty() && !path.contains("-extension://"),
        _ => false,
    }
}
