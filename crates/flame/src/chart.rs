//! The flame chart: what one profile saw, in order of time.

use std::cmp::Reverse;
use std::collections::HashMap;

use model::profile::Profile;

use crate::slice::{Clip, slices};

/// A call, as far as it was seen: from the first sample that has it to the end of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The thread, a position in [`Profile::threads`].
    pub thread: u32,
    /// How many calls it lies within.
    pub depth: u32,
    /// What was called, a position in [`Profile::frames`].
    pub frame: u32,
    /// Microseconds since the profile's start.
    pub start: u64,
    /// Microseconds since the profile's start.
    pub end: u64,
}

/// The bars of a flame chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chart {
    /// In order of thread, depth and time.
    pub bars: Vec<Bar>,
    /// How many shorter bars are not among them.
    pub left_out: u64,
}

/// Draws what `clip` shows of a profile with at most `bars_max` bars: the longest.
pub fn chart(profile: &Profile<'_>, clip: &Clip<'_>, bars_max: usize) -> Chart {
    let functions = functions(profile);
    let function = |frame: u32| usize::try_from(frame).ok().and_then(|at| functions.get(at));
    let mut drawing = Drawing { chart: Chart::default(), open: Vec::new(), bars_max, least: None };
    let mut before = (u32::MAX, None, 0);
    let mut path = Vec::new();
    for slice in slices(profile, clip) {
        let follows = (before.0, before.2) == (slice.thread, slice.start);
        if !follows {
            drawing.close(0);
        }
        if !follows || before.1 != slice.stack {
            path.clear();
            path.extend(profile.calls(slice.stack).map(|call| call.frame));
            path.reverse();
            // The line within a function changes all the time; the call is still the same.
            let pairs = drawing.open.iter().zip(&path);
            let same = pairs.take_while(|(bar, frame)| function(bar.frame) == function(**frame));
            let same = same.count();
            drawing.close(same);
            for frame in &path[same..] {
                drawing.open(*frame, slice.thread, slice.start);
            }
        }
        drawing.extend(slice.end);
        before = (slice.thread, slice.stack, slice.end);
    }
    drawing.close(0);
    drawing.finish()
}

/// For each frame the number of its function.
fn functions(profile: &Profile<'_>) -> Vec<usize> {
    let mut known = HashMap::new();
    let keys = profile.frames.iter().map(|frame| (&frame.function, &frame.module, &frame.file));
    keys.map(|key| {
        let next = known.len();
        *known.entry(key).or_insert(next)
    })
    .collect()
}

struct Drawing {
    chart: Chart,
    /// Calls that have not returned; the end of the innermost is the end of all.
    open: Vec<Bar>,
    bars_max: usize,
    /// Length of the longest bar that was left out.
    least: Option<u64>,
}

impl Drawing {
    fn open(&mut self, frame: u32, thread: u32, start: u64) {
        let depth = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        self.open.push(Bar { thread, depth, frame, start, end: start });
    }

    fn extend(&mut self, end: u64) {
        if let Some(innermost) = self.open.last_mut() {
            innermost.end = end;
        }
    }

    /// Lets all calls but the outermost `depth` return.
    fn close(&mut self, depth: usize) {
        let Some(end) = self.open.last().map(|innermost| innermost.end) else { return };
        let full = self.least;
        let (chart, mut left_out) = (&mut self.chart, 0);
        chart.bars.extend(self.open.drain(depth..).map(|bar| Bar { end, ..bar }).filter(|bar| {
            let is_kept = full.is_none_or(|least| bar.end - bar.start > least);
            left_out += u64::from(!is_kept);
            is_kept
        }));
        chart.left_out += left_out;
        self.extend(end);
        // Deep stacks that change with every sample make more bars than fit into memory.
        if self.chart.bars.len() > self.bars_max.saturating_mul(2).saturating_add(4_096) {
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        let bars = &mut self.chart.bars;
        let Some(left_out) = bars.len().checked_sub(self.bars_max).filter(|more| *more > 0) else {
            return;
        };
        // Of equally long ones the earlier are kept: those to come are later.
        let (_, first_out, _) = bars.select_nth_unstable_by_key(self.bars_max, |bar| {
            (Reverse(bar.end - bar.start), bar.thread, bar.start, bar.depth)
        });
        self.least = Some(first_out.end - first_out.start);
        bars.truncate(self.bars_max);
        self.chart.left_out += u64::try_from(left_out).unwrap_or(u64::MAX);
    }

    fn finish(mut self) -> Chart {
        self.thin_out();
        self.chart.bars.sort_unstable_by_key(|bar| (bar.thread, bar.depth, bar.start));
        self.chart
    }
}
