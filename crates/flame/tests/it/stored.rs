//! The stored form: what is written is read back, and damage is noticed or harmless.

use std::borrow::Cow;

use flame::{decode, encode};
use model::clock::Micros;
use model::id::{EventId, SpanId, TraceId};
use model::profile::{
    Call, Device, Frame, Image, Measurement, Point, Profile, Sample, Subject, Thread, Versioned,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    prop_oneof![Just(String::new()), "[a-c]{1,2}", "\\PC{0,20}"].prop_map(Cow::Owned)
}

fn versioned() -> impl Strategy<Value = Versioned<'static>> {
    (text(), text()).prop_map(|(name, version)| Versioned { name, version })
}

fn frame() -> impl Strategy<Value = Frame<'static>> {
    let texts = (text(), text(), text(), text(), text());
    (texts, any::<(u32, u32, u64, bool)>()).prop_map(|(texts, (line, column, address, in_app))| {
        let (function, module, file, path, platform) = texts;
        Frame { function, module, file, path, line, column, address, platform, in_app }
    })
}

fn subject(threads: u32) -> impl Strategy<Value = Subject<'static>> {
    let trace = any::<[u8; 16]>().prop_map(|id| Some(TraceId(id)).filter(|id| !id.is_nil()));
    let span = any::<[u8; 8]>().prop_map(|id| Some(SpanId(id)).filter(|id| !id.is_nil()));
    let active_thread = prop::option::of(0..threads);
    prop_oneof![
        any::<[u8; 16]>().prop_map(|id| Subject::Process { profiler: EventId(id) }),
        (any::<[u8; 16]>(), text(), trace, span, active_thread).prop_map(
            |(event, name, trace, span, active_thread)| {
                Subject::Transaction { event: EventId(event), name, trace, span, active_thread }
            }
        ),
    ]
}

fn measurement() -> impl Strategy<Value = Measurement<'static>> {
    let value = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    let point = (any::<i64>(), value).prop_map(|(offset, value)| Point { offset, value });
    (text(), text(), vec(point, 0..5)).prop_map(|(name, unit, points)| Measurement {
        name,
        unit,
        points,
    })
}

fn image() -> impl Strategy<Value = Image<'static>> {
    (text(), text(), text(), any::<(u64, u64)>()).prop_map(
        |(kind, file, debug_id, (address, size))| Image { kind, file, debug_id, address, size },
    )
}

/// Profiles whose positions are all valid.
fn profile() -> impl Strategy<Value = Profile<'static>> {
    let thread = (text(), text()).prop_map(|(id, name)| Thread { id, name });
    let parts = (vec(thread, 1..4), vec(frame(), 1..6));
    let links = (vec(any::<(u32, u32)>(), 0..12), vec(any::<(u32, u32, u32)>(), 0..30));
    let sides = (vec(measurement(), 0..3), vec(image(), 0..3), subject(1), vec(text(), 7));
    let names = (versioned(), versioned(), versioned(), any::<([u8; 16], u64, u64)>());
    (parts, links, sides, names).prop_map(|((threads, frames), (calls, seen), sides, names)| {
        let (measurements, images, subject, mut texts) = sides;
        let (sdk, os, runtime, (id, start, end)) = names;
        let below = |value: u32, len: usize| value.checked_rem(u32::try_from(len).unwrap());
        let call = |(own, (caller, frame)): (usize, &(u32, u32))| Call {
            caller: below(*caller, own + 1)
                .filter(|caller| usize::try_from(*caller).unwrap() < own),
            frame: below(*frame, frames.len()).unwrap(),
        };
        let stacks: Vec<_> = calls.iter().enumerate().map(call).collect();
        let mut at = 0;
        let sample = |(step, thread, stack): &(u32, u32, u32)| {
            at += u64::from(*step);
            let thread = below(*thread, threads.len()).unwrap();
            Sample { offset: at, thread, stack: below(*stack, stacks.len()) }
        };
        let samples = seen.iter().map(sample).collect();
        let mut text = || texts.pop().unwrap();
        Profile {
            id: EventId(id),
            subject,
            platform: text(),
            release: text(),
            dist: text(),
            environment: text(),
            sdk,
            os,
            runtime,
            device: Device { architecture: text(), manufacturer: text(), model: text() },
            start: Micros(start),
            end: Micros(end),
            threads,
            frames,
            stacks,
            samples,
            measurements,
            images,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(profile in profile(), cut in any::<prop::sample::Index>()) {
        let stored = encode(&profile);
        let read = decode(&stored);
            prop_assert_eq!(read.as_ref(), Ok(&profile));
        let cut = cut.index(stored.len());
        prop_assert!(decode(&stored[..cut]).is_err(), "cut after {} bytes", cut);
    }

    #[test]
    fn damage_never_leads_outside(profile in profile(), place in any::<prop::sample::Index>(), byte: u8) {
        let mut stored = encode(&profile);
        let place = place.index(stored.len());
        stored[place] = byte;
        let Ok(read) = decode(&stored) else { return Ok(()) };
        for sample in &read.samples {
            prop_assert!(usize::try_from(sample.thread).unwrap() < read.threads.len());
            let calls = read.calls(sample.stack).count();
            prop_assert_eq!(calls > 0, sample.stack.is_some());
            prop_assert!(read.calls(sample.stack).all(|call| read.frame(call.frame).is_some()));
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        let mut stored = b"PWF\x01".to_vec();
        stored.extend(bytes);
        drop(decode(&stored));
    }
}
