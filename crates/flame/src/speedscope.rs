//! A profile in the format of speedscope, which many tools read.

use std::fmt;

use model::json_text::write_str;
use model::limits::PROFILE_EXPORT_BYTES_MAX;
use model::profile::Profile;

use crate::slice::{Clip, Slice, slices};

/// The profile would be too big for any program to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig;

impl fmt::Display for TooBig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "profile takes more than {PROFILE_EXPORT_BYTES_MAX} bytes")
    }
}

impl std::error::Error for TooBig {}

/// Writes what `clip` shows of a profile as JSON, a profile of speedscope for each thread.
///
/// Source: <https://www.speedscope.app/file-format-schema.json>
///
/// # Errors
/// [`TooBig`] when it takes more than [`PROFILE_EXPORT_BYTES_MAX`].
pub fn speedscope(profile: &Profile<'_>, clip: &Clip<'_>, name: &str) -> Result<Vec<u8>, TooBig> {
    let mut out = Vec::new();
    out.extend_from_slice(
        br#"{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"pitwatch","name":"#,
    );
    write_str(&mut out, name);
    out.extend_from_slice(br#","shared":{"frames":["#);
    for (place, frame) in profile.frames.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"{\"name\":" } else { b",{\"name\":" });
        write_str(
            &mut out,
            if frame.function.is_empty() { "(anonymous)" } else { &frame.function },
        );
        if !frame.file.is_empty() {
            out.extend_from_slice(b",\"file\":");
            write_str(&mut out, &frame.file);
        }
        for (key, number) in [(",\"line\":", frame.line), (",\"col\":", frame.column)] {
            if number > 0 {
                write(&mut out, key);
                write_number(&mut out, u64::from(number));
            }
        }
        out.push(b'}');
    }
    write(&mut out, "]},\"profiles\":[");
    let slices = slices(profile, clip);
    for (number, of_thread) in slices.chunk_by(|one, next| one.thread == next.thread).enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write_thread(&mut out, profile, of_thread)?;
    }
    write(&mut out, "]}");
    Ok(out)
}

fn write_thread(
    out: &mut Vec<u8>,
    profile: &Profile<'_>,
    of_thread: &[Slice],
) -> Result<(), TooBig> {
    let thread = of_thread.first().and_then(|slice| usize::try_from(slice.thread).ok());
    let thread = thread.and_then(|thread| profile.threads.get(thread));
    let name =
        thread.map_or("", |thread| if thread.name.is_empty() { &thread.id } else { &thread.name });
    // What follows one another and is the same is one sample: stacks are what takes the room.
    let runs = || of_thread.chunk_by(|one, next| one.stack == next.stack);
    let nanos = |run: &[Slice]| {
        let micros = run.iter().map(|slice| slice.weight().micros);
        micros.fold(0, u64::saturating_add).saturating_mul(1_000)
    };
    write(out, "{\"type\":\"sampled\",\"name\":");
    write_str(out, name);
    write(out, ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":");
    write_number(out, runs().map(nanos).fold(0, u64::saturating_add));
    write(out, ",\"samples\":[");
    let mut path = Vec::new();
    for (number, run) in runs().enumerate() {
        write(out, if number > 0 { ",[" } else { "[" });
        path.clear();
        path.extend(profile.calls(run[0].stack).map(|call| u64::from(call.frame)));
        for (level, frame) in path.iter().rev().enumerate() {
            if level > 0 {
                out.push(b',');
            }
            write_number(out, *frame);
        }
        out.push(b']');
        if out.len() > PROFILE_EXPORT_BYTES_MAX {
            return Err(TooBig);
        }
    }
    write(out, "],\"weights\":[");
    for (number, run) in runs().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write_number(out, nanos(run));
    }
    write(out, "]}");
    Ok(())
}

fn write(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    write(out, &number.to_string());
}
