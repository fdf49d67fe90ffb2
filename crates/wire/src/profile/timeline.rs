//! Samples: read, put in order, rid of what shows nothing, and joined with their call stacks.

use std::borrow::Cow;
use std::collections::HashMap;

use model::clock::Micros;
use model::id::EventId;
use model::limits::{PROFILE_SAMPLES_MAX, PROFILE_THREADS_MAX};
use model::profile::{Device, Profile, Sample, Subject, Thread, Versioned};

use super::ProfileError;
use super::code::Code;
use super::view::View;

/// The samples of a profile with what they point at, as sent.
#[derive(Debug)]
pub(super) struct Timeline<'t, 'a> {
    samples: Vec<Seen>,
    threads: Vec<Cow<'a, str>>,
    thread_names: Option<View<'t, 'a>>,
    code: Code<'t, 'a>,
}

/// A sample as sent.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// In microseconds since the start, or since 1970 until [`Timeline::rebase`].
    moment: u64,
    thread: usize,
    /// A position in the stacks as sent.
    stack: usize,
}

impl<'t, 'a> Timeline<'t, 'a> {
    /// Reads the object `profile` in `root`. `moment_of` is what tells the formats apart.
    pub(super) fn read(
        root: View<'t, 'a>,
        moment_of: impl Fn(View<'t, 'a>) -> Option<u64>,
    ) -> Result<Self, ProfileError> {
        let profile = root.get("profile").filter(|profile| profile.is_object());
        let profile = profile.ok_or(ProfileError::Json(None))?;
        let code = Code::read(profile, root.text_at("platform"))?;
        let mut numbers = HashMap::new();
        let mut timeline = Self {
            samples: Vec::new(),
            threads: Vec::new(),
            thread_names: profile.get("thread_metadata"),
            code,
        };
        for view in profile.get("samples").into_iter().flat_map(View::items) {
            let stack = view.get("stack_id").and_then(View::whole);
            let stack = stack.and_then(|stack| usize::try_from(stack).ok());
            let stack = stack.filter(|stack| *stack < timeline.code.stacks_len());
            let id = view.get("thread_id").map(View::label).unwrap_or_default();
            let thread = *numbers.entry(id).or_insert_with_key(|id| {
                timeline.threads.push(id.clone());
                timeline.threads.len() - 1
            });
            timeline.samples.push(Seen {
                moment: moment_of(view).ok_or(ProfileError::Samples)?,
                thread,
                stack: stack.ok_or(ProfileError::Samples)?,
            });
        }
        if timeline.samples.len() > PROFILE_SAMPLES_MAX
            || timeline.threads.len() > PROFILE_THREADS_MAX
        {
            return Err(ProfileError::TooBig);
        }
        timeline.samples.sort_by_key(|sample| sample.moment);
        Ok(timeline)
    }

    /// Drops the samples of each thread before it first did something and after it last did.
    /// Source: Relay, `remove_idle_samples_at_the_edge`.
    pub(super) fn drop_idle_edges(&mut self) {
        let mut busy: Vec<Option<(usize, usize)>> = vec![None; self.threads.len()];
        for (place, sample) in self.samples.iter().enumerate() {
            if !self.code.is_idle(sample.stack) {
                let range = busy[sample.thread].get_or_insert((place, place));
                range.1 = place;
            }
        }
        let mut place = 0..;
        self.samples.retain(|sample| {
            let place = place.next();
            let range = busy[sample.thread].zip(place);
            range.is_some_and(|((first, last), place)| (first..=last).contains(&place))
        });
    }

    /// Drops the samples of threads that have only one: how long it lasted is not known.
    /// Source: Relay, `remove_single_samples_per_thread`.
    pub(super) fn drop_single_samples(&mut self) {
        let mut counts = vec![0_u32; self.threads.len()];
        for sample in &self.samples {
            counts[sample.thread] += 1;
        }
        self.samples.retain(|sample| counts[sample.thread] > 1);
    }

    /// Lets moments count from the first sample, and returns when that was.
    pub(super) fn rebase(&mut self) -> u64 {
        let start = self.samples.first().map_or(0, |sample| sample.moment);
        for sample in &mut self.samples {
            sample.moment -= start;
        }
        start
    }

    /// A profile of what is left, which still lacks all that says where it comes from.
    pub(super) fn finish(
        mut self,
        start: Micros,
        micros_max: u64,
    ) -> Result<Profile<'a>, ProfileError> {
        let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) else {
            return Err(ProfileError::TooFewSamples);
        };
        let end = Micros(start.0.saturating_add(last.moment));
        match last.moment - first.moment {
            0 => return Err(ProfileError::NoDuration),
            micros if micros > micros_max => return Err(ProfileError::TooLong),
            _ => {}
        }
        let names: HashMap<&str, View<'t, 'a>> =
            self.thread_names.into_iter().flat_map(View::entries).collect();
        let mut threads = Vec::new();
        let mut thread_places: Vec<Option<u32>> = vec![None; self.threads.len()];
        let mut samples = Vec::with_capacity(self.samples.len());
        for seen in &self.samples {
            let next = u32::try_from(threads.len()).or(Err(ProfileError::TooBig))?;
            let thread = *thread_places[seen.thread].get_or_insert_with(|| {
                let id = std::mem::take(&mut self.threads[seen.thread]);
                let name = names.get(&*id).map(|thread| thread.text_at("name")).unwrap_or_default();
                threads.push(Thread { id, name });
                next
            });
            let stack = self.code.call_of(seen.stack)?;
            samples.push(Sample { offset: seen.moment, thread, stack });
        }
        let (frames, stacks) = self.code.finish();
        Ok(Profile {
            id: EventId([0; 16]),
            subject: Subject::Process { profiler: EventId([0; 16]) },
            platform: Cow::Borrowed(""),
            release: Cow::Borrowed(""),
            dist: Cow::Borrowed(""),
            environment: Cow::Borrowed(""),
            sdk: Versioned::default(),
            os: Versioned::default(),
            runtime: Versioned::default(),
            device: Device::default(),
            start,
            end,
            threads,
            frames,
            stacks,
            samples,
            measurements: Vec::new(),
            images: Vec::new(),
        })
    }
}
