//! Profiles to fold.

use std::borrow::Cow;

use model::clock::Micros;
use model::id::EventId;
use model::profile::{Call, Device, Frame, Profile, Sample, Subject, Thread, Versioned};

/// A moment far enough from 1970.
pub(crate) const START: Micros = Micros(1_795_000_000_000_000);

/// A profile of samples given as `(microseconds, thread, path)`: functions from the outermost inwards,
/// parted by blanks. A function is in the module before its dot, if it has one.
pub(crate) fn profile(samples: &[(u64, &str, &str)]) -> Profile<'static> {
    let mut profile = Profile {
        id: EventId([7; 16]),
        subject: Subject::Process { profiler: EventId([8; 16]) },
        platform: Cow::Borrowed("python"),
        release: Cow::Borrowed(""),
        dist: Cow::Borrowed(""),
        environment: Cow::Borrowed(""),
        sdk: Versioned::default(),
        os: Versioned::default(),
        runtime: Versioned::default(),
        device: Device::default(),
        start: START,
        end: START,
        threads: Vec::new(),
        frames: Vec::new(),
        stacks: Vec::new(),
        samples: Vec::new(),
        measurements: Vec::new(),
        images: Vec::new(),
    };
    for (offset, thread, path) in samples {
        let thread = Thread { id: Cow::Owned((*thread).to_owned()), name: Cow::Borrowed("") };
        let mut stack = None;
        for function in path.split_whitespace() {
            let (module, function) = function.split_once('.').unwrap_or(("", function));
            let frame = Frame {
                function: Cow::Owned(function.to_owned()),
                module: Cow::Owned(module.to_owned()),
                in_app: true,
                ..Frame::default()
            };
            let frame = place(&mut profile.frames, frame);
            stack = Some(place(&mut profile.stacks, Call { caller: stack, frame }));
        }
        let thread = place(&mut profile.threads, thread);
        profile.samples.push(Sample { offset: *offset, thread, stack });
        profile.end = Micros(START.0 + offset);
    }
    profile
}

fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> u32 {
    let known = list.iter().position(|known| *known == item);
    let place = known.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    });
    u32::try_from(place).unwrap()
}
