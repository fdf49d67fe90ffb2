//! How long a thread did one thing.

use std::ops::AddAssign;

use model::clock::Micros;
use model::profile::Profile;

/// What part of a profile is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Clip<'c> {
    /// From this moment.
    pub from: Micros,
    /// Up to this moment, itself left out.
    pub to: Micros,
    /// The id of the only thread that counts; `None` for all.
    pub thread: Option<&'c str>,
}

impl Default for Clip<'_> {
    /// The whole profile.
    fn default() -> Self {
        Self { from: Micros(0), to: Micros(u64::MAX), thread: None }
    }
}

/// How much of something there was, in two measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    /// Time, in microseconds.
    pub micros: u64,
    /// How often it was seen.
    pub samples: u64,
}

impl Weight {
    /// True when there was nothing of it.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.micros = self.micros.saturating_add(other.micros);
        self.samples = self.samples.saturating_add(other.samples);
    }
}

/// A stretch of time in which a thread was seen doing one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The thread, a position in [`Profile::threads`].
    pub thread: u32,
    /// What it did, a position in [`Profile::stacks`]; `None` when idle.
    pub stack: Option<u32>,
    /// Microseconds since the profile's start.
    pub start: u64,
    /// Microseconds since the profile's start; not before `start`.
    pub end: u64,
    /// Whether the moment it was seen lies within the clip.
    pub is_seen: bool,
}

impl Slice {
    /// How much it counts.
    pub fn weight(&self) -> Weight {
        Weight { micros: self.end - self.start, samples: u64::from(self.is_seen) }
    }
}

/// The profile as slices, thread by thread in order of time. A sample lasts until the next of its
/// thread, the last one as long as the median of those before it.
pub fn slices(profile: &Profile<'_>, clip: &Clip<'_>) -> Vec<Slice> {
    let only = clip.thread.map(|id| profile.thread(id));
    let mut samples: Vec<_> =
        profile.samples.iter().filter(|s| only.is_none_or(|only| only == Some(s.thread))).collect();
    // Stable, so that each thread's samples stay in order of time.
    samples.sort_by_key(|sample| sample.thread);
    let mut slices = Vec::with_capacity(samples.len());
    for of_thread in samples.chunk_by(|one, next| one.thread == next.thread) {
        let moments = || of_thread.iter().map(|sample| sample.offset);
        let gaps = || moments().zip(moments().skip(1)).map(|(one, next)| next.saturating_sub(one));
        let last = median(gaps().collect());
        for (sample, micros) in of_thread.iter().zip(gaps().chain([last])) {
            slices.push(Slice {
                thread: sample.thread,
                stack: sample.stack,
                start: sample.offset,
                end: sample.offset.saturating_add(micros),
                is_seen: true,
            });
        }
    }
    let from = clip.from.0.saturating_sub(profile.start.0);
    let to = clip.to.0.saturating_sub(profile.start.0);
    slices.retain_mut(|slice| {
        slice.is_seen = (from..to).contains(&slice.start);
        slice.start = slice.start.max(from);
        slice.end = slice.end.min(to);
        slice.is_seen || slice.start < slice.end
    });
    slices
}

fn median(mut values: Vec<u64>) -> u64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0 } else { *values.select_nth_unstable(middle).1 }
}
