//! Debug files, built once into a form in which addresses are looked up.

use bytes::Bytes;
use symbolic_common::Language;
use symbolic_debuginfo::Object;
use symbolic_symcache::{SourceLocation, SymCache, SymCacheConverter};

use super::file::{debug_id, objects, reason, unless_it_panics};
use super::problem::NativeError;
use super::sealed::{Sealed, seal};
use super::{demangle, depth};
use crate::debug_id::DebugId;
use crate::limits;

/// A function at an address, and where in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeFrame {
    /// The name without parameters.
    pub function: String,
    /// The name with parameters.
    pub full_function: String,
    /// The name as it is in the file.
    pub symbol: String,
    /// The path of the source.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u32>,
    /// Where the function starts, counted from the image's start. An inlined one starts nowhere.
    pub function_offset: Option<u64>,
    /// The language, such as `rust` or `cpp`.
    pub language: Option<&'static str>,
}

/// Makes of a debug file, or of the object in it that has an id, bytes for [`Symbols::parse`].
///
/// # Errors
///
/// When the file is of no known format, damaged, too large, or has no such object.
pub fn build_symbols(bytes: &[u8], wanted: Option<DebugId>) -> Result<Vec<u8>, NativeError> {
    if bytes.len() > limits::DEBUG_FILE_BYTES_MAX {
        return Err(NativeError::TooLarge { bytes: bytes.len() });
    }
    unless_it_panics(|| {
        let objects = objects(bytes)?;
        let found = objects
            .iter()
            .find(|object| wanted.is_none_or(|wanted| debug_id(object.debug_id()) == wanted));
        match (found, wanted) {
            (Some(object), _) => build(object),
            (None, Some(debug_id)) => Err(NativeError::NoSuchObject { debug_id }),
            (None, None) => Err(NativeError::Unknown),
        }
    })
}

fn build(object: &Object<'_>) -> Result<Vec<u8>, NativeError> {
    depth::check(object)?;
    let mut converter = SymCacheConverter::new();
    let damaged = |error: &dyn std::error::Error| NativeError::Damaged { reason: reason(error) };
    converter.process_object(object).map_err(|error| damaged(&error))?;
    let mut out = Vec::new();
    converter.serialize(&mut out).map_err(|error| damaged(&error))?;
    Ok(seal(out))
}

/// A built debug file.
#[derive(Debug)]
pub struct Symbols {
    bytes: Sealed,
}

impl Symbols {
    /// Takes what [`build_symbols`] made.
    ///
    /// # Errors
    ///
    /// When it is something else; then it is to be built again.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, NativeError> {
        let bytes = Sealed::open(bytes.into()).ok_or(NativeError::Format)?;
        if SymCache::parse(bytes.get()).is_err() {
            return Err(NativeError::Format);
        }
        Ok(Self { bytes })
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.get().len()
    }

    /// What is at an address, counted from the image's start: the function that was inlined deepest
    /// first, the one that holds them all last. Empty where nothing is known.
    pub fn lookup(&self, offset: u64) -> Vec<NativeFrame> {
        let found = unless_it_panics(|| {
            let cache = SymCache::parse(self.bytes.get()).or(Err(NativeError::Format))?;
            Ok(cache
                .lookup(offset)
                .take(limits::INLINED_FRAMES_MAX)
                .map(|location| frame(&location))
                .collect())
        });
        found.unwrap_or_default()
    }
}

fn frame(location: &SourceLocation<'_, '_>) -> NativeFrame {
    let function = location.function();
    let language = function.language();
    let names = demangle::in_language(function.name(), language);
    NativeFrame {
        function: names.short,
        full_function: names.full,
        symbol: function.name().to_owned(),
        file: location.file().map(|file| file.full_path()).filter(|path| !path.is_empty()),
        line: Some(location.line()).filter(|line| *line > 0),
        function_offset: (function.entry_pc() != u32::MAX).then(|| function.entry_pc().into()),
        language: (language != Language::Unknown).then(|| language.name()),
    }
}
