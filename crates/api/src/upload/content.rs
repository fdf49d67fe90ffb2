//! What is in an uploaded file, read from disk piece by piece.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use meta::NewDebugFile;
use serde_json::{Value, json};
use symbols::bundle::Bundle;
use symbols::{DebugId, ReadAt};

/// Bytes that tell what a file is.
const HEAD_BYTES: u64 = 64;
/// What the kinds of debug files begin with, how they are named, and what `type` they have when nothing
/// else is known of them. Clients refuse types that they do not know.
const BEGINNINGS: [(&[u8], &str, Option<&str>); 15] = [
    (b"\x7fELF", "elf", None),
    (b"\xfe\xed\xfa\xce", "macho", None),
    (b"\xfe\xed\xfa\xcf", "macho", None),
    (b"\xce\xfa\xed\xfe", "macho", None),
    (b"\xcf\xfa\xed\xfe", "macho", None),
    (b"\xca\xfe\xba\xbe", "macho", None),
    (b"MZ", "pe", Some("exe")),
    (b"Microsoft C/C++ MSF 7.00\r\n", "pdb", Some("dbg")),
    (b"BSJB", "portablepdb", Some("dbg")),
    (b"MODULE ", "breakpad", Some("dbg")),
    (b"\0asm", "wasm", None),
    (b"BCSymbolMap Version:", "bcsymbolmap", None),
    (b"<?xml", "uuidmap", None),
    (b"[", "dartsymbolmap", None),
    (b"{", "il2cpp", None),
];

/// A file on disk, read at any place.
#[derive(Debug)]
pub(super) struct FileAt {
    file: File,
    bytes: u64,
}

impl FileAt {
    /// Looks how long a file is.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }
}

impl ReadAt for FileAt {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, offset)
    }
}

/// What a debug file is, besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identified {
    debug_id: Option<DebugId>,
    code_id: Option<String>,
    format: &'static str,
    name: String,
    cpu: String,
    data: Value,
}

impl Identified {
    /// The same as the database has it.
    pub(super) fn in_place_of(self, file: &NewDebugFile) -> NewDebugFile {
        NewDebugFile {
            debug_id: self.debug_id.map(|id| id.to_string()).unwrap_or_default(),
            code_id: self.code_id,
            format: self.format.to_owned(),
            name: self.name,
            cpu: self.cpu,
            data: self.data.to_string(),
            ..file.clone()
        }
    }
}

/// What debug file this is, given the name and the debug id that the client sends with it.
///
/// # Errors
/// What is wrong with it, for the person whose build uploaded it.
pub(super) fn identify(
    file: FileAt,
    name: &str,
    announced: Option<DebugId>,
) -> Result<Vec<Identified>, String> {
    let plain_name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    if let Some(id) = proguard_id(name) {
        return Ok(vec![Identified {
            debug_id: Some(id),
            code_id: None,
            format: "proguard",
            name: "proguard-mapping".to_owned(),
            cpu: "any".to_owned(),
            data: json!({"features": ["mapping"]}),
        }]);
    }
    let mut head = vec![0; usize::try_from(file.len().min(HEAD_BYTES)).unwrap_or(0)];
    file.read_at(0, &mut head).map_err(|cause| cause.to_string())?;
    if head.starts_with(b"SYSB") {
        return source_bundle(file, plain_name, announced);
    }
    let known = BEGINNINGS.iter().find(|(beginning, _, _)| head.starts_with(beginning));
    let (_, format, kind) = known.ok_or("Unsupported object file")?;
    let debug_id = announced.filter(|id| !id.is_nil());
    let debug_id = debug_id.ok_or("The file has no debug id")?;
    let data = match kind {
        Some(kind) => json!({"type": kind, "features": []}),
        None => json!({"features": []}),
    };
    Ok(vec![Identified {
        debug_id: Some(debug_id),
        code_id: None,
        format,
        name: plain_name,
        cpu: "any".to_owned(),
        data,
    }])
}

/// The id of a mapping of `ProGuard`, which only its name tells: `/proguard/<uuid>.txt`.
fn proguard_id(name: &str) -> Option<DebugId> {
    let name = name.strip_prefix('/').unwrap_or(name);
    name.strip_prefix("proguard/")?.strip_suffix(".txt")?.parse().ok()
}

/// The sources of a native program.
fn source_bundle(
    file: FileAt,
    name: String,
    announced: Option<DebugId>,
) -> Result<Vec<Identified>, String> {
    let bundle = Bundle::open(file).map_err(|problem| crate::error::causes(&problem))?;
    let about = bundle.about;
    let debug_id = about.debug_id.or(announced).ok_or("The bundle of sources has no debug id")?;
    Ok(vec![Identified {
        debug_id: Some(debug_id),
        code_id: about.code_id,
        format: "sourcebundle",
        name: about.object_name.unwrap_or(name),
        cpu: about.arch.unwrap_or_else(|| "any".to_owned()),
        data: json!({"type": "src", "features": ["sources"]}),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_proguard_are_known_by_name() {
        let id = "85ae9df9-1fc2-44fa-bf08-4d2dddbb7674";
        for name in [format!("/proguard/{id}.txt"), format!("proguard/{id}.txt")] {
            assert_eq!(proguard_id(&name).map(|id| id.to_string()).as_deref(), Some(id), "{name}");
        }
        for name in ["proguard/x.txt", "/proguard/../85ae9df9.txt", "mapping.txt", ""] {
            assert_eq!(proguard_id(name), None, "{name}");
        }
    }
}
