//! Threads and their stacks.

use std::collections::{BTreeMap, BTreeSet};

use minidump_common::format::{
    BreakpadInfoValid, MINIDUMP_BREAKPAD_INFO, MINIDUMP_STREAM_TYPE, MINIDUMP_THREAD,
    MINIDUMP_THREAD_NAME,
};
use model::json::{Object, Value};

use crate::cause::Cause;
use crate::images::Images;
use crate::limits::{DUMP_FRAMES_MAX, STACK_FRAMES_MAX, THREADS_MAX};
use crate::memory::{Code, Stack};
use crate::raw::Raw;
use crate::registers::Registers;
use crate::system::System;
use crate::unwinding::Unwinding;
use crate::walk::{Frame, Walker};
use crate::{address, short};

/// The threads of a dump.
#[derive(Default)]
pub(crate) struct Threads {
    /// As an event lists them, in the order of the dump.
    pub(crate) list: Vec<Value<'static>>,
    /// The thread that crashed, or asked for the dump.
    pub(crate) crashed: Option<u32>,
    /// Its stack, which is that of the exception.
    pub(crate) crashed_stack: Option<Object<'static>>,
    /// Where the images begin that stacks go through.
    pub(crate) images: BTreeSet<u64>,
}

/// Walks the stacks of all threads.
pub(crate) fn walk(
    raw: &Raw<'_>,
    system: &System,
    images: &Images,
    unwinding: &Unwinding<'_>,
    problems: &mut Vec<String>,
) -> Threads {
    let Some(found) = raw.list::<MINIDUMP_THREAD>(MINIDUMP_STREAM_TYPE::ThreadListStream) else {
        problems.push("the minidump has no list of threads".to_owned());
        return Threads::default();
    };
    let cause = Cause::read(raw);
    let about: Option<MINIDUMP_BREAKPAD_INFO> =
        raw.structure(MINIDUMP_STREAM_TYPE::BreakpadInfoStream);
    let said = |what: BreakpadInfoValid, id: fn(&MINIDUMP_BREAKPAD_INFO) -> u32| {
        let about = about.as_ref()?;
        BreakpadInfoValid::from_bits_truncate(about.validity).contains(what).then(|| id(about))
    };
    let writer = said(BreakpadInfoValid::DumpThreadId, |about| about.dump_thread_id);
    let asked = said(BreakpadInfoValid::RequestingThreadId, |about| about.requesting_thread_id);
    let crashed = cause.as_ref().map(|cause| cause.thread).or(asked);
    let is_crashed = |thread: &MINIDUMP_THREAD| crashed == Some(thread.thread_id);
    // The thread that wrote the dump is busy with just that.
    let is_shown =
        |thread: &MINIDUMP_THREAD| writer != Some(thread.thread_id) || is_crashed(thread);
    let mut threads: Vec<(usize, MINIDUMP_THREAD)> = found.filter(is_shown).enumerate().collect();
    if let Some(id) = crashed
        && !threads.iter().any(|(_, thread)| is_crashed(thread))
    {
        problems.push(format!("the minidump does not have thread {id}, which crashed"));
    }
    if threads.len() > THREADS_MAX {
        problems.push(format!("of {} threads {THREADS_MAX} are shown", threads.len()));
    }
    // The one that matters is walked first, while there are frames left.
    threads.sort_by_key(|(_, thread)| !is_crashed(thread));
    threads.truncate(THREADS_MAX);
    let mut work = Work {
        raw,
        system,
        cause: cause.as_ref(),
        walker: Walker { images, code: Code::read(raw), unwinding },
        frames_left: DUMP_FRAMES_MAX,
        images: BTreeSet::new(),
    };
    let names = names(raw);
    let mut crashed_stack = None;
    let mut list = Vec::with_capacity(threads.len());
    for (place, thread) in &threads {
        let is_crashed = is_crashed(thread);
        let mut object = Object::with_capacity(5);
        object.push("id", u64::from(thread.thread_id));
        let name = names.get(&thread.thread_id).and_then(|place| raw.wide_text(*place));
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            object.push("name", short(&name));
        }
        object.push("crashed", is_crashed);
        object.push("current", is_crashed);
        let stack = work.stack(thread, is_crashed);
        if is_crashed {
            crashed_stack = stack;
        } else if let Some(stack) = stack {
            object.push("stacktrace", stack);
        }
        list.push((*place, object));
    }
    list.sort_by_key(|(place, _)| *place);
    let list = list.into_iter().map(|(_, thread)| Value::Object(thread)).collect();
    Threads { list, crashed, crashed_stack, images: work.images }
}

/// Where the names of threads are.
fn names(raw: &Raw<'_>) -> BTreeMap<u32, u64> {
    let names = raw.list::<MINIDUMP_THREAD_NAME>(MINIDUMP_STREAM_TYPE::ThreadNamesStream);
    names.into_iter().flatten().map(|name| (name.thread_id, name.thread_name_rva)).collect()
}

struct Work<'w> {
    raw: &'w Raw<'w>,
    system: &'w System,
    cause: Option<&'w Cause>,
    walker: Walker<'w>,
    frames_left: usize,
    images: BTreeSet<u64>,
}

impl Work<'_> {
    fn stack(&mut self, thread: &MINIDUMP_THREAD, is_crashed: bool) -> Option<Object<'static>> {
        let cpu = self.system.cpu?;
        let read = |location| Registers::read(self.raw, self.raw.at(location)?, cpu);
        // The registers of a thread that crashed are by now those of whoever handles the crash.
        let crash = self.cause.filter(|_| is_crashed);
        let registers = crash
            .and_then(|cause| read(cause.registers))
            .or_else(|| read(thread.thread_context))?;
        let mut shown = Object::new();
        for (name, value) in registers.all() {
            shown.push(name, address(value));
        }
        let memory = Stack::find(self.raw, &thread.stack, registers.stack()?);
        let frames_max = self.frames_left.min(STACK_FRAMES_MAX);
        let frames = self.walker.walk(registers, memory.as_ref(), frames_max);
        self.frames_left = self.frames_left.saturating_sub(frames.len());
        self.images.extend(frames.iter().filter_map(|frame| Some(frame.image?.start)));
        let mut stack = Object::with_capacity(2);
        let frames = frames.iter().rev().map(|found| Value::Object(frame(found)));
        stack.push("frames", frames.collect::<Vec<_>>());
        if is_crashed {
            stack.push("registers", shown);
        }
        Some(stack)
    }
}

fn frame(found: &Frame<'_>) -> Object<'static> {
    let mut frame = Object::with_capacity(4);
    // Where a call returns to: who looks it up goes back by one, as events want it.
    frame.push("instruction_addr", address(found.address));
    if let Some(image) = found.image {
        frame.push("package", image.name.clone());
        frame.push("in_app", image.is_app);
    }
    frame.push("trust", found.trust.name());
    frame
}
