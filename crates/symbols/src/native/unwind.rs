//! How the functions of a program keep the stack, built once from its debug file.

use bytes::Bytes;
use symbolic_cfi::{CfiCache, FromObjectOptions};
use symbolic_debuginfo::Object;

use super::file::{debug_id, objects, reason, unless_it_panics};
use super::problem::NativeError;
use super::sealed::{Sealed, seal};
use crate::debug_id::DebugId;
use crate::limits;

/// Makes of the object with that id in a debug file bytes for [`Unwind::parse`]. What says nothing about
/// stacks becomes an [`Unwind`] of no bytes.
///
/// # Errors
///
/// When the file is of no known format, damaged, too large, or has no such object.
pub fn build_unwind(bytes: &[u8], wanted: DebugId) -> Result<Vec<u8>, NativeError> {
    if bytes.len() > limits::DEBUG_FILE_BYTES_MAX {
        return Err(NativeError::TooLarge { bytes: bytes.len() });
    }
    unless_it_panics(|| {
        let objects = objects(bytes)?;
        let found = objects.iter().find(|object| debug_id(object.debug_id()) == wanted);
        build(found.ok_or(NativeError::NoSuchObject { debug_id: wanted })?)
    })
}

fn build(object: &Object<'_>) -> Result<Vec<u8>, NativeError> {
    let damaged = |error: &dyn std::error::Error| NativeError::Damaged { reason: reason(error) };
    let mut options = FromObjectOptions::default();
    options.max_unwind_chain_len = Some(limits::UNWIND_CHAIN_MAX);
    let built =
        CfiCache::from_object_with_opts(object, options).map_err(|error| damaged(&error))?;
    let text = built.as_slice();
    if text.len() > limits::UNWIND_BYTES_MAX {
        let allowed = limits::UNWIND_BYTES_MAX;
        let reason = format!("{} bytes about stacks, {allowed} are allowed", text.len());
        return Err(NativeError::Damaged { reason });
    }
    // A program without rules still has a head; that says nothing about stacks.
    let says_something = text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"STACK "));
    Ok(seal(if says_something { text.to_vec() } else { Vec::new() }))
}

/// How the functions of a program keep the stack.
#[derive(Debug)]
pub struct Unwind {
    bytes: Sealed,
}

impl Unwind {
    /// Takes what [`build_unwind`] made.
    ///
    /// # Errors
    ///
    /// When it is something else; then it is to be built again.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, NativeError> {
        Ok(Self { bytes: Sealed::open(bytes.into()).ok_or(NativeError::Format)? })
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.get().len()
    }

    /// Lines as in a symbol file of Breakpad, of which each tells of some instructions.
    ///
    /// Source: `STACK CFI` and `STACK WIN` records of Breakpad's symbol files.
    pub fn text(&self) -> &[u8] {
        self.bytes.get()
    }
}
