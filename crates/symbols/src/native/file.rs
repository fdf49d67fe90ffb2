//! What an uploaded file is.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proguard::ProguardMapping;
use symbolic_debuginfo::{Archive, FileFormat, Object, ParseObjectOptions};

use super::problem::NativeError;
use crate::bundle::Bundle;
use crate::debug_id::DebugId;
use crate::limits;

/// What a debug file can be used for, as sentry-cli lists it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Features {
    /// Names of functions.
    pub symtab: bool,
    /// Files, lines, and functions that were inlined.
    pub debug: bool,
    /// How to walk a stack.
    pub unwind: bool,
    /// Source files.
    pub sources: bool,
    /// What classes and methods were called before.
    pub mapping: bool,
}

impl Features {
    /// As the protocol of uploads lists them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.symtab, "symtab"),
            (self.debug, "debug"),
            (self.unwind, "unwind"),
            (self.sources, "sources"),
            (self.mapping, "mapping"),
        ];
        all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name)
    }
}

/// What an object in an uploaded file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugFile {
    /// `elf`, `macho`, `pe`, `pdb`, `breakpad`, `proguard` or `sourcebundle`.
    pub format: &'static str,
    /// `exe`, `lib`, `dbg`, `rel`, `src`, `proguard` or `other`.
    pub kind: &'static str,
    /// The id that events name it by.
    pub debug_id: DebugId,
    /// The id of the program that the debug file belongs to: the build id of ELF, time and size of PE.
    pub code_id: Option<String>,
    /// The architecture, such as `x86_64`, `arm64` or `any`.
    pub arch: String,
    /// What it can be used for.
    pub features: Features,
}

/// Says what is in an uploaded file: one object, or one for each architecture.
///
/// # Errors
///
/// When it is of no known format, damaged, or too large.
pub fn identify(bytes: &[u8]) -> Result<Vec<DebugFile>, NativeError> {
    if bytes.len() > limits::DEBUG_FILE_BYTES_MAX {
        return Err(NativeError::TooLarge { bytes: bytes.len() });
    }
    if bytes.starts_with(b"SYSB") {
        return source_bundle(bytes).map(|file| vec![file]);
    }
    unless_it_panics(|| match Archive::peek(bytes) {
        FileFormat::Unknown => proguard(bytes).map(|file| vec![file]),
        _ => objects(bytes)?.iter().map(|object| Ok(describe(object))).collect(),
    })
}

/// The objects in a file of a known format.
pub(super) fn objects(bytes: &[u8]) -> Result<Vec<Object<'_>>, NativeError> {
    let damaged = |error: &dyn std::error::Error| NativeError::Damaged { reason: reason(error) };
    let mut options = ParseObjectOptions::default();
    options.max_decompressed_section_size = Some(limits::DEBUG_SECTION_BYTES_MAX);
    options.max_decompressed_embedded_source_size = Some(limits::ARTIFACT_BYTES_MAX);
    options.max_inline_depth = u32::try_from(limits::INLINE_DEPTH_MAX).ok();
    let archive = Archive::parse_with_opts(bytes, options).map_err(|error| damaged(&error))?;
    let count = archive.object_count();
    if count > limits::DEBUG_FILE_OBJECTS_MAX {
        return Err(NativeError::TooManyObjects { count });
    }
    archive.objects().map(|object| object.map_err(|error| damaged(&error))).collect()
}

/// Runs a reader of foreign bytes. What it panics on is damaged.
pub(super) fn unless_it_panics<T>(
    read: impl FnOnce() -> Result<T, NativeError>,
) -> Result<T, NativeError> {
    // Nothing that was being changed is looked at afterwards.
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(NativeError::Damaged { reason: "its reader gave up".to_owned() }))
}

/// An error with what caused it, in one line.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        cause = error.source();
    }
    reason
}

/// The same id in our own words.
pub(super) fn debug_id(id: symbolic_common::DebugId) -> DebugId {
    DebugId::new(id.uuid().as_u128(), id.appendix())
}

fn describe(object: &Object<'_>) -> DebugFile {
    DebugFile {
        format: object.file_format().name(),
        kind: object.kind().name(),
        debug_id: debug_id(object.debug_id()),
        code_id: object.code_id().map(|id| id.to_string()).filter(|id| !id.is_empty()),
        arch: object.arch().name().to_owned(),
        features: Features {
            symtab: object.has_symbols(),
            debug: object.has_debug_info(),
            unwind: object.has_unwind_info(),
            sources: object.has_sources(),
            mapping: false,
        },
    }
}

fn source_bundle(bytes: &[u8]) -> Result<DebugFile, NativeError> {
    let about = Bundle::open(bytes).map_err(NativeError::Bundle)?.about;
    let no_id = || NativeError::Damaged { reason: "the source bundle has no debug id".to_owned() };
    Ok(DebugFile {
        format: "sourcebundle",
        kind: "src",
        debug_id: about.debug_id.ok_or_else(no_id)?,
        code_id: about.code_id,
        arch: about.arch.unwrap_or_else(|| "unknown".to_owned()),
        features: Features { sources: true, ..Features::default() },
    })
}

fn proguard(bytes: &[u8]) -> Result<DebugFile, NativeError> {
    let mapping = ProguardMapping::new(bytes);
    if !mapping.is_valid() {
        return Err(NativeError::Unknown);
    }
    Ok(DebugFile {
        format: "proguard",
        kind: "proguard",
        debug_id: DebugId::new(mapping.uuid().as_u128(), 0),
        code_id: None,
        arch: "any".to_owned(),
        features: Features { mapping: true, ..Features::default() },
    })
}
