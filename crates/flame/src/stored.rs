//! The stored form of a profile; see `docs/formats/profiles.md`.
//!
//! Numbers are LEB128 varints, texts are positions in one table of texts, samples lie column by column
//! with differences instead of moments: short before Zstandard, which the caller applies, and much
//! shorter after it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use model::clock::Micros;
use model::id::{EventId, SpanId, TraceId};
use model::limits::{
    PROFILE_FRAMES_MAX, PROFILE_IMAGES_MAX, PROFILE_MEASUREMENTS_MAX, PROFILE_POINTS_MAX,
    PROFILE_SAMPLES_MAX, PROFILE_STACKS_MAX, PROFILE_THREADS_MAX,
};
use model::profile::{
    Call, Device, Frame, Image, Measurement, Point, Profile, Sample, Subject, Thread, Versioned,
};

/// The first bytes; the last of them is the version.
const MAGIC: &[u8; 4] = b"PWF\x01";

const TRANSACTION: u8 = 1;
const PROCESS: u8 = 2;

/// Texts of a frame, a thread, an image, and of everything else; each may be one of its own.
const TEXTS_MAX: usize =
    PROFILE_FRAMES_MAX * 5 + PROFILE_THREADS_MAX * 2 + PROFILE_IMAGES_MAX * 3 + 1_024;

/// The bytes are not a stored profile: damaged, or written by a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// What could not be read.
    pub what: &'static str,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not a stored profile: wrong {}", self.what)
    }
}

impl std::error::Error for DecodeError {}

/// The stored form of a profile, not yet compressed. Its samples must be in order of time.
pub fn encode(profile: &Profile<'_>) -> Vec<u8> {
    let mut body = Writer::default();
    body.profile(profile);
    let mut whole = Writer::default();
    whole.out.reserve(body.out.len() + 1_024);
    whole.out.extend_from_slice(MAGIC);
    whole.count(body.texts.len());
    for text in &body.texts {
        whole.count(text.len());
    }
    for text in &body.texts {
        whole.out.extend_from_slice(text.as_bytes());
    }
    whole.out.append(&mut body.out);
    whole.out
}

/// Reads the stored form. Whatever the bytes are, every position in what comes out is a valid one.
///
/// # Errors
/// [`DecodeError`] when the bytes are not what [`encode`] writes.
pub fn decode(bytes: &[u8]) -> Result<Profile<'_>, DecodeError> {
    let bytes = bytes.strip_prefix(MAGIC).ok_or(DecodeError { what: "first bytes" })?;
    let mut reader = Reader { bytes, texts: Vec::new() };
    reader.read_texts()?;
    let profile = reader.profile()?;
    if reader.bytes.is_empty() { Ok(profile) } else { Err(DecodeError { what: "length" }) }
}

/// Collects the body, and the texts it refers to.
#[derive(Default)]
struct Writer<'p> {
    places: HashMap<&'p str, usize>,
    texts: Vec<&'p str>,
    out: Vec<u8>,
}

impl<'p> Writer<'p> {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }

    fn count(&mut self, value: usize) {
        self.number(u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// A position that may be missing: 0, or the position and 1.
    fn place(&mut self, place: Option<u32>) {
        self.number(place.map_or(0, |place| u64::from(place) + 1));
    }

    fn signed(&mut self, value: i64) {
        self.number((value << 1 ^ value >> 63).cast_unsigned());
    }

    fn text(&mut self, text: &'p str) {
        let next = self.texts.len();
        let place = *self.places.entry(text).or_insert(next);
        if place == next {
            self.texts.push(text);
        }
        self.count(place);
    }

    fn versioned(&mut self, what: &'p Versioned<'_>) {
        self.text(&what.name);
        self.text(&what.version);
    }

    fn profile(&mut self, profile: &'p Profile<'_>) {
        self.out.extend_from_slice(&profile.id.0);
        self.subject(&profile.subject);
        for text in [&profile.platform, &profile.release, &profile.dist, &profile.environment] {
            self.text(text);
        }
        for what in [&profile.sdk, &profile.os, &profile.runtime] {
            self.versioned(what);
        }
        self.text(&profile.device.architecture);
        self.text(&profile.device.manufacturer);
        self.text(&profile.device.model);
        self.number(profile.start.0);
        self.number(profile.end.0);
        self.count(profile.threads.len());
        for thread in &profile.threads {
            self.text(&thread.id);
            self.text(&thread.name);
        }
        self.count(profile.frames.len());
        for frame in &profile.frames {
            self.frame(frame);
        }
        self.stacks(&profile.stacks);
        self.samples(&profile.samples);
        self.count(profile.measurements.len());
        for measurement in &profile.measurements {
            self.measurement(measurement);
        }
        self.count(profile.images.len());
        for image in &profile.images {
            self.text(&image.kind);
            self.text(&image.file);
            self.text(&image.debug_id);
            self.number(image.address);
            self.number(image.size);
        }
    }

    fn subject(&mut self, subject: &'p Subject<'_>) {
        match subject {
            Subject::Transaction { event, name, trace, span, active_thread } => {
                self.out.push(TRANSACTION);
                self.out.extend_from_slice(&event.0);
                self.text(name);
                // Nil means "none" on the wire too.
                self.out.extend_from_slice(&trace.map_or([0; 16], |trace| trace.0));
                self.out.extend_from_slice(&span.map_or([0; 8], |span| span.0));
                self.place(*active_thread);
            }
            Subject::Process { profiler } => {
                self.out.push(PROCESS);
                self.out.extend_from_slice(&profiler.0);
            }
        }
    }

    fn frame(&mut self, frame: &'p Frame<'_>) {
        for text in [&frame.function, &frame.module, &frame.file, &frame.path, &frame.platform] {
            self.text(text);
        }
        // The flag shares the line's number: a byte less per frame.
        self.number(u64::from(frame.line) << 1 | u64::from(frame.in_app));
        self.number(u64::from(frame.column));
        self.number(frame.address);
    }

    fn stacks(&mut self, stacks: &[Call]) {
        self.count(stacks.len());
        for (own, call) in (0_u64..).zip(stacks) {
            let back = call.caller.map_or(0, |caller| own.saturating_sub(u64::from(caller)));
            self.number(back);
        }
        for call in stacks {
            self.number(u64::from(call.frame));
        }
    }

    fn samples(&mut self, samples: &[Sample]) {
        self.count(samples.len());
        let mut before = 0;
        for sample in samples {
            debug_assert!(sample.offset >= before, "samples are in order of time");
            self.number(sample.offset.saturating_sub(before));
            before = sample.offset;
        }
        for sample in samples {
            self.number(u64::from(sample.thread));
        }
        for sample in samples {
            self.place(sample.stack);
        }
    }

    fn measurement(&mut self, measurement: &'p Measurement<'_>) {
        self.text(&measurement.name);
        self.text(&measurement.unit);
        self.count(measurement.points.len());
        let mut before = 0;
        for point in &measurement.points {
            self.signed(point.offset.wrapping_sub(before));
            before = point.offset;
        }
        for point in &measurement.points {
            self.out.extend_from_slice(&point.value.to_le_bytes());
        }
    }
}

/// Takes values off the front of the bytes.
struct Reader<'a> {
    bytes: &'a [u8],
    texts: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.bytes.split_first_chunk().ok_or(DecodeError { what })?;
        self.bytes = rest;
        Ok(*array)
    }

    fn number(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array(what)?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError { what })
    }

    fn small(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        u32::try_from(self.number(what)?).or(Err(DecodeError { what }))
    }

    fn signed(&mut self, what: &'static str) -> Result<i64, DecodeError> {
        let value = self.number(what)?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// How many follow. Each takes a byte at least, so memory is asked for only as far as there are bytes.
    fn count(&mut self, max: usize, what: &'static str) -> Result<usize, DecodeError> {
        let count = usize::try_from(self.number(what)?).or(Err(DecodeError { what }))?;
        if count <= max && count <= self.bytes.len() {
            Ok(count)
        } else {
            Err(DecodeError { what })
        }
    }

    /// A position below `len`.
    fn below(&mut self, len: usize, what: &'static str) -> Result<u32, DecodeError> {
        let place = self.small(what)?;
        let fits = usize::try_from(place).is_ok_and(|place| place < len);
        if fits { Ok(place) } else { Err(DecodeError { what }) }
    }

    fn place(&mut self, len: usize, what: &'static str) -> Result<Option<u32>, DecodeError> {
        Ok(self.below(len.saturating_add(1), what)?.checked_sub(1))
    }

    fn list<T>(
        &mut self,
        max: usize,
        what: &'static str,
        read: impl Fn(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(max, what)?;
        self.column(count, read)
    }

    fn column<T>(
        &mut self,
        count: usize,
        read: impl Fn(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        (0..count).map(|_| read(self)).collect()
    }

    fn read_texts(&mut self) -> Result<(), DecodeError> {
        const WHAT: &str = "texts";
        let lens = self.list(TEXTS_MAX, WHAT, |reader| reader.count(usize::MAX, WHAT))?;
        for len in lens {
            let (text, rest) =
                self.bytes.split_at_checked(len).ok_or(DecodeError { what: WHAT })?;
            self.texts.push(std::str::from_utf8(text).or(Err(DecodeError { what: WHAT }))?);
            self.bytes = rest;
        }
        Ok(())
    }

    fn text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let place = self.below(self.texts.len(), "text")?;
        let text = usize::try_from(place).ok().and_then(|place| self.texts.get(place));
        text.map(|text| Cow::Borrowed(*text)).ok_or(DecodeError { what: "text" })
    }

    fn versioned(&mut self) -> Result<Versioned<'a>, DecodeError> {
        Ok(Versioned { name: self.text()?, version: self.text()? })
    }

    fn device(&mut self) -> Result<Device<'a>, DecodeError> {
        Ok(Device { architecture: self.text()?, manufacturer: self.text()?, model: self.text()? })
    }

    fn profile(&mut self) -> Result<Profile<'a>, DecodeError> {
        let profile = Profile {
            id: EventId(self.array("id")?),
            subject: self.subject()?,
            platform: self.text()?,
            release: self.text()?,
            dist: self.text()?,
            environment: self.text()?,
            sdk: self.versioned()?,
            os: self.versioned()?,
            runtime: self.versioned()?,
            device: self.device()?,
            start: Micros(self.number("start")?),
            end: Micros(self.number("end")?),
            threads: self.list(PROFILE_THREADS_MAX, "threads", |reader| {
                Ok(Thread { id: reader.text()?, name: reader.text()? })
            })?,
            frames: self.list(PROFILE_FRAMES_MAX, "frames", Self::frame)?,
            stacks: Vec::new(),
            samples: Vec::new(),
            measurements: Vec::new(),
            images: Vec::new(),
        };
        if let Subject::Transaction { active_thread: Some(thread), .. } = profile.subject
            && usize::try_from(thread).is_ok_and(|thread| thread >= profile.threads.len())
        {
            return Err(DecodeError { what: "active thread" });
        }
        let stacks = self.stacks(profile.frames.len())?;
        let samples = self.samples(profile.threads.len(), stacks.len())?;
        let measurements =
            self.list(PROFILE_MEASUREMENTS_MAX, "measurements", Self::measurement)?;
        let images = self.list(PROFILE_IMAGES_MAX, "images", Self::image)?;
        Ok(Profile { stacks, samples, measurements, images, ..profile })
    }

    fn subject(&mut self) -> Result<Subject<'a>, DecodeError> {
        match self.array("subject")? {
            [TRANSACTION] => Ok(Subject::Transaction {
                event: EventId(self.array("event id")?),
                name: self.text()?,
                trace: Some(TraceId(self.array("trace id")?)).filter(|trace| !trace.is_nil()),
                span: Some(SpanId(self.array("span id")?)).filter(|span| !span.is_nil()),
                active_thread: self.place(PROFILE_THREADS_MAX, "active thread")?,
            }),
            [PROCESS] => Ok(Subject::Process { profiler: EventId(self.array("profiler id")?) }),
            _ => Err(DecodeError { what: "subject" }),
        }
    }

    fn frame(&mut self) -> Result<Frame<'a>, DecodeError> {
        const WHAT: &str = "frame";
        let mut frame = Frame {
            function: self.text()?,
            module: self.text()?,
            file: self.text()?,
            path: self.text()?,
            platform: self.text()?,
            ..Frame::default()
        };
        let line = self.number(WHAT)?;
        frame.line = u32::try_from(line >> 1).or(Err(DecodeError { what: WHAT }))?;
        frame.in_app = line & 1 == 1;
        frame.column = self.small(WHAT)?;
        frame.address = self.number(WHAT)?;
        Ok(frame)
    }

    fn stacks(&mut self, frames: usize) -> Result<Vec<Call>, DecodeError> {
        const WHAT: &str = "stacks";
        let callers = self.list(PROFILE_STACKS_MAX, WHAT, |reader| reader.small(WHAT))?;
        (0_u32..)
            .zip(callers)
            .map(|(own, back)| {
                let caller = match back {
                    0 => None,
                    back => Some(own.checked_sub(back).ok_or(DecodeError { what: WHAT })?),
                };
                Ok(Call { caller, frame: self.below(frames, WHAT)? })
            })
            .collect()
    }

    fn samples(&mut self, threads: usize, stacks: usize) -> Result<Vec<Sample>, DecodeError> {
        const WHAT: &str = "samples";
        let steps = self.list(PROFILE_SAMPLES_MAX, WHAT, |reader| reader.number(WHAT))?;
        let thread_of = self.column(steps.len(), |reader| reader.below(threads, WHAT))?;
        let mut offset = 0_u64;
        steps
            .into_iter()
            .zip(thread_of)
            .map(|(step, thread)| {
                offset = offset.checked_add(step).ok_or(DecodeError { what: WHAT })?;
                Ok(Sample { offset, thread, stack: self.place(stacks, WHAT)? })
            })
            .collect()
    }

    fn measurement(&mut self) -> Result<Measurement<'a>, DecodeError> {
        const WHAT: &str = "measurement";
        let (name, unit) = (self.text()?, self.text()?);
        let steps = self.list(PROFILE_POINTS_MAX, WHAT, |reader| reader.signed(WHAT))?;
        let mut offset = 0_i64;
        let points = steps.into_iter().map(|step| {
            offset = offset.wrapping_add(step);
            let value = f64::from_le_bytes(self.array(WHAT)?);
            if value.is_finite() {
                Ok(Point { offset, value })
            } else {
                Err(DecodeError { what: WHAT })
            }
        });
        Ok(Measurement { name, unit, points: points.collect::<Result<_, _>>()? })
    }

    fn image(&mut self) -> Result<Image<'a>, DecodeError> {
        Ok(Image {
            kind: self.text()?,
            file: self.text()?,
            debug_id: self.text()?,
            address: self.number("image")?,
            size: self.number("image")?,
        })
    }
}
