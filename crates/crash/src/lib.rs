//! Crash dumps: what a minidump says about a program's end, as the fields of an event.
//!
//! [`read`] takes the bytes of a minidump, walks the stacks of its threads, and answers what an event
//! gets from it: why the program crashed, its threads, the programs and libraries that were loaded, the
//! system. Frames have addresses only; who has debug files makes names of them, as for every native event.
//!
//! What is read comes from whoever has a project's public key, so it belongs into a process of its own.
//! What the format's structures and numbers are is told by Mozilla's `minidump-common`. Its reader and walker
//! of stacks are not used: they turn on a feature of `tracing`, by which everything else, the column engine
//! too, is built once more; and they know no limits.
//!
//! Source: Sentry's `merge_symbolicator_minidump_response` for the shape; Microsoft's and Breakpad's
//! descriptions of minidumps, and Breakpad's stack walkers.

mod cause;
mod contexts;
mod images;
pub mod limits;
mod memory;
mod raw;
mod registers;
mod rules;
mod stacks;
mod system;
mod unwinding;
mod walk;
mod windows;

use model::json::{Object, Value};

use crate::images::Images;
use crate::raw::Raw;
use crate::system::System;

pub use unwinding::Unwinding;

/// Bytes are not a minidump, or not enough of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum DumpError {
    #[error("the minidump ends within its header")]
    NoHeader,
    #[error("not a minidump: it does not begin with MDMP")]
    NoDump,
    #[error("the minidump is of version {version}, which is not known")]
    Version { version: u32 },
    #[error("the minidump ends before its list of contents")]
    NoDirectory,
}

/// Reads a minidump: the fields that an event gets from it. What part of it is damaged is left out and
/// named under `errors`.
///
/// # Errors
/// When the bytes are not a minidump at all.
pub fn read(bytes: &[u8], unwinding: &Unwinding<'_>) -> Result<Object<'static>, DumpError> {
    let raw = Raw::open(bytes)?;
    let mut problems = Vec::new();
    let system = System::read(&raw);
    if system.is_none() {
        problems.push("the minidump does not say on what system it was written".to_owned());
    }
    let system = system.unwrap_or_default();
    let images = Images::read(&raw, &system);
    if images.is_empty() {
        problems.push("the minidump lists no programs and libraries".to_owned());
    }
    let threads = stacks::walk(&raw, &system, &images, unwinding, &mut problems);
    let cause = cause::Cause::read(&raw);
    let mut exception = cause::exception(&raw, &system, cause.as_ref());
    if let Some(id) = threads.crashed {
        exception.push("thread_id", u64::from(id));
    }
    if let Some(stack) = threads.crashed_stack {
        exception.push("stacktrace", stack);
    }
    let mut event = Object::with_capacity(8);
    event.push("platform", "native");
    event.push("level", if cause.is_some() { "fatal" } else { "info" });
    if raw.written != 0 {
        event.push("timestamp", u64::from(raw.written));
    }
    event.push("exception", values(vec![Value::Object(exception)]));
    if !threads.list.is_empty() {
        event.push("threads", values(threads.list));
    }
    let mut debug_meta = Object::with_capacity(1);
    debug_meta.push("images", images.list(&threads.images, &system));
    event.push("debug_meta", debug_meta);
    event.push("contexts", contexts::all(&raw, &system));
    if !problems.is_empty() {
        let problems = problems.iter().map(|problem| Value::Object(error(problem)));
        event.push("errors", problems.collect::<Vec<_>>());
    }
    Ok(event)
}

/// An entry of an event's `errors` about its minidump.
fn error(message: &str) -> Object<'static> {
    let mut error = Object::with_capacity(2);
    error.push("type", "native_symbolicator_failed");
    error.push("message", message.to_owned());
    error
}

fn values(list: Vec<Value<'static>>) -> Object<'static> {
    let mut object = Object::with_capacity(1);
    object.push("values", list);
    object
}

fn short(text: &str) -> String {
    text.chars().take(limits::TEXT_CHARS_MAX).collect()
}

fn address(address: u64) -> String {
    format!("{address:#x}")
}
