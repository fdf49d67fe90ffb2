//! A profile: which code ran on which thread, looked at about a hundred times a second.
//!
//! Transaction profiles and chunks of continuous profiles of every platform become this. It holds all
//! that is ever shown of a profile. Texts are borrowed: from what was sent while it is taken in, from
//! its [stored form](coding) while questions are answered.

use std::borrow::Cow;

use crate::clock::Micros;
use crate::id::{EventId, SpanId, TraceId};

/// A profile. Empty text means "not there", as does the number 0 of a line, column or address.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile<'a> {
    /// Its own id; of a chunk the chunk's.
    pub id: EventId,
    /// What it was taken of.
    pub subject: Subject<'a>,
    /// `python`, `node`, `javascript`, …
    pub platform: Cow<'a, str>,
    /// What ran.
    pub release: Cow<'a, str>,
    /// Its variant, such as a build number.
    pub dist: Cow<'a, str>,
    /// Where it ran.
    pub environment: Cow<'a, str>,
    /// The SDK that took it.
    pub sdk: Versioned<'a>,
    /// The operating system.
    pub os: Versioned<'a>,
    /// The interpreter or virtual machine.
    pub runtime: Versioned<'a>,
    /// The machine.
    pub device: Device<'a>,
    /// The moment that offsets count from.
    pub start: Micros,
    /// The last sample.
    pub end: Micros,
    /// The threads that were looked at.
    pub threads: Vec<Thread<'a>>,
    /// Places in the code.
    pub frames: Vec<Frame<'a>>,
    /// Call stacks as one tree, so that what they have in common is there once. A parent comes before
    /// its children.
    pub stacks: Vec<Call>,
    /// What was seen, in order of time.
    pub samples: Vec<Sample>,
    /// What was measured besides: memory, processor time.
    pub measurements: Vec<Measurement<'a>>,
    /// The files the code came from, where it takes their debug information to read the frames.
    pub images: Vec<Image<'a>>,
}

/// What a profile was taken of.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject<'a> {
    /// Of one transaction, from its start to its end.
    Transaction {
        /// The transaction's event.
        event: EventId,
        /// The transaction's name, such as `POST /deposit`.
        name: Cow<'a, str>,
        /// The trace it belongs to.
        trace: Option<TraceId>,
        /// The transaction's own span.
        span: Option<SpanId>,
        /// The thread it ran on, a position in [`Profile::threads`].
        active_thread: Option<u32>,
    },
    /// Of a process, cut into chunks. Spans name the profiler, their thread and their time.
    Process {
        /// The profiler: one for each time profiling was begun.
        profiler: EventId,
    },
}

/// A name with a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versioned<'a> {
    /// Such as `CPython`.
    pub name: Cow<'a, str>,
    /// Such as `3.13.1`.
    pub version: Cow<'a, str>,
}

/// The machine a profile was taken on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device<'a> {
    /// Such as `x86_64`.
    pub architecture: Cow<'a, str>,
    /// Who made it.
    pub manufacturer: Cow<'a, str>,
    /// Which one it is.
    pub model: Cow<'a, str>,
}

/// A thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread<'a> {
    /// The id that spans name it by (`thread.id`).
    pub id: Cow<'a, str>,
    /// What its program calls it.
    pub name: Cow<'a, str>,
}

/// A place in the code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    /// The function.
    pub function: Cow<'a, str>,
    /// Its module, or else its package or library.
    pub module: Cow<'a, str>,
    /// The file as people name it.
    pub file: Cow<'a, str>,
    /// The file as the machine found it, if that differs.
    pub path: Cow<'a, str>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Column in the line, from 1.
    pub column: u32,
    /// Address of the instruction, of native code.
    pub address: u64,
    /// The platform, if it is not the profile's.
    pub platform: Cow<'a, str>,
    /// Whether it is the customer's own code, as the SDK says or else the path.
    pub in_app: bool,
}

/// Where the bytes of a stored profile lie; see `docs/formats/profiles.md`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The day it arrived, counted from 1970.
    pub day: u32,
    /// The number of the pack among those of its project and day.
    pub pack: u32,
    /// Bytes of the pack before it.
    pub offset: u64,
    /// Its bytes in the pack.
    pub bytes: u32,
}

/// One level of a call stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who called, a lower position in [`Profile::stacks`]; `None` for the outermost.
    pub caller: Option<u32>,
    /// What was called, a position in [`Profile::frames`].
    pub frame: u32,
}

/// What a thread was doing at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Microseconds since the profile's start.
    pub offset: u64,
    /// Who was doing it, a position in [`Profile::threads`].
    pub thread: u32,
    /// The innermost level of the call stack, a position in [`Profile::stacks`]; `None` when idle.
    pub stack: Option<u32>,
}

/// A series of measured values.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement<'a> {
    /// Such as `memory_footprint` or `cpu_usage`.
    pub name: Cow<'a, str>,
    /// Such as `byte`, `percent` or `nanosecond`.
    pub unit: Cow<'a, str>,
    /// The values in order of time.
    pub points: Vec<Point>,
}

/// A measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Microseconds since the profile's start; negative before.
    pub offset: i64,
    /// The value; always finite.
    pub value: f64,
}

/// A file that code came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image<'a> {
    /// Such as `sourcemap` or `macho`.
    pub kind: Cow<'a, str>,
    /// The file, as frames name it in their path.
    pub file: Cow<'a, str>,
    /// What its debug information is found by.
    pub debug_id: Cow<'a, str>,
    /// Where it lay in memory.
    pub address: u64,
    /// How many bytes of memory it took.
    pub size: u64,
}

impl Profile<'_> {
    /// The calls of a stack, innermost first.
    pub fn calls(&self, stack: Option<u32>) -> impl Iterator<Item = Call> {
        let at = |place: u32| Some((place, *self.stacks.get(usize::try_from(place).ok()?)?));
        // Each caller lies below who it called, so this ends even if a profile was put together wrong.
        let up = move |(place, call): &(u32, Call)| {
            call.caller.filter(|caller| caller < place).and_then(at)
        };
        std::iter::successors(stack.and_then(at), up).map(|(_, call)| call)
    }

    /// The frame in that position.
    pub fn frame(&self, place: u32) -> Option<&Frame<'_>> {
        self.frames.get(usize::try_from(place).ok()?)
    }

    /// The position of the thread with that id.
    pub fn thread(&self, id: &str) -> Option<u32> {
        let place = self.threads.iter().position(|thread| thread.id == id)?;
        u32::try_from(place).ok()
    }
}
