//! Mappings of ProGuard and R8: what classes and methods were called before they were shortened.

use bytes::Bytes;
use proguard::{ProguardCache, ProguardMapping, StackFrame};

use super::file::{reason, unless_it_panics};
use super::problem::NativeError;
use super::sealed::{Sealed, seal};
use crate::limits;

/// A method before it was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JavaFrame {
    /// The class with its package.
    pub class: String,
    /// The method.
    pub method: String,
    /// The line in the class's file, from 1.
    pub line: Option<u64>,
    /// The class's file.
    pub file: Option<String>,
}

/// Makes of a mapping bytes for [`Mapping::parse`].
///
/// # Errors
///
/// When it is no mapping, or too large.
pub fn build_mapping(bytes: &[u8]) -> Result<Vec<u8>, NativeError> {
    if bytes.len() > limits::DEBUG_FILE_BYTES_MAX {
        return Err(NativeError::TooLarge { bytes: bytes.len() });
    }
    unless_it_panics(|| {
        let mapping = ProguardMapping::new(bytes);
        if !mapping.is_valid() {
            return Err(NativeError::Unknown);
        }
        let mut out = Vec::new();
        match ProguardCache::write(&mapping, &mut out) {
            Ok(()) => Ok(seal(out)),
            Err(error) => Err(NativeError::Damaged { reason: reason(&error) }),
        }
    })
}

/// A built mapping.
#[derive(Debug)]
pub struct Mapping {
    bytes: Sealed,
}

impl Mapping {
    /// Takes what [`build_mapping`] made.
    ///
    /// # Errors
    ///
    /// When it is something else; then it is to be built again.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, NativeError> {
        let bytes = Sealed::open(bytes.into()).ok_or(NativeError::Format)?;
        if ProguardCache::parse(bytes.get()).is_err() {
            return Err(NativeError::Format);
        }
        Ok(Self { bytes })
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.get().len()
    }

    /// The class before it was renamed. `None` when the mapping does not know it.
    pub fn class(&self, class: &str) -> Option<String> {
        let found = self.read(|cache| cache.remap_class(class).map(str::to_owned));
        found.ok().flatten()
    }

    /// The methods that a frame was, the one that was inlined deepest first. Empty when the mapping
    /// does not know the class or the method.
    pub fn frames(&self, class: &str, method: &str, line: u64) -> Vec<JavaFrame> {
        let line = usize::try_from(line).unwrap_or(0);
        let found = self.read(|cache| {
            let frame = StackFrame::new(class, method, line);
            cache
                .remap_frame(&frame)
                .take(limits::INLINED_FRAMES_MAX)
                .map(|frame| java_frame(&frame))
                .collect()
        });
        found.unwrap_or_default()
    }

    fn read<T>(&self, read: impl FnOnce(&ProguardCache<'_>) -> T) -> Result<T, NativeError> {
        unless_it_panics(|| {
            let cache = ProguardCache::parse(self.bytes.get()).or(Err(NativeError::Format))?;
            Ok(read(&cache))
        })
    }
}

fn java_frame(frame: &StackFrame<'_>) -> JavaFrame {
    JavaFrame {
        class: frame.class().to_owned(),
        method: frame.method().to_owned(),
        line: frame.line().and_then(|line| u64::try_from(line).ok()).filter(|line| *line > 0),
        file: frame.file().map(str::to_owned),
    }
}
