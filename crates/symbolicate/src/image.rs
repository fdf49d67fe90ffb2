//! Which debug files belong to a program, a library, or a ProGuard id.

use std::sync::atomic::AtomicU64;

use meta::{DebugFile, Meta, MetaError, Renewable};
use model::id::ProjectId;
use symbols::DebugId;

use crate::limits::DEBUG_FILES_TRIED_MAX;

/// Formats that addresses can be looked up in.
const NATIVE: [&str; 5] = ["elf", "macho", "pe", "pdb", "breakpad"];

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    /// Symbols of an image.
    Symbols { debug_id: DebugId, code_id: Option<String> },
    /// How the functions of an image keep the stack.
    Unwind { debug_id: DebugId },
    /// A mapping of ProGuard.
    Mapping(DebugId),
}

/// By whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub project: ProjectId,
    pub wanted: Wanted,
}

/// What was uploaded for it, the most telling first.
#[derive(Debug)]
pub(crate) struct Answer {
    pub files: Vec<Candidate>,
    /// When its use was last noted.
    pub renewed: AtomicU64,
}

/// A debug file that may answer.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub blob: [u8; 32],
    /// Which object in it.
    pub debug_id: DebugId,
    pub used: Renewable,
}

/// Looks for debug files.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn find(question: &Question, meta: &Meta) -> Result<Answer, MetaError> {
    let Question { project, wanted } = question;
    let files = match wanted {
        Wanted::Symbols { debug_id, code_id } => {
            let named = (!debug_id.is_nil()).then(|| debug_id.to_string());
            // Events write code ids in any case, the database has those of files as tools write them.
            let code_id = code_id.as_ref().map(|id| id.to_lowercase());
            let mut files =
                meta.debug_files_with(*project, named.as_deref(), code_id.as_deref())?;
            files.retain(|file| NATIVE.contains(&file.file.format.as_str()));
            // The newest first within what is equally telling.
            files.sort_by_key(|file| {
                (named.as_deref() != Some(&*file.file.debug_id), Telling::of(&file.file.data))
            });
            files.retain(|file| Telling::of(&file.file.data) != Telling::Nothing);
            // Lines are all there is to know.
            let lines = |file: &DebugFile| Telling::of(&file.file.data) == Telling::Lines;
            if files.first().is_some_and(lines) {
                files.truncate(1);
            }
            files
        }
        Wanted::Unwind { debug_id } => {
            let mut files = meta.debug_files_with(*project, Some(&debug_id.to_string()), None)?;
            files.retain(|file| {
                NATIVE.contains(&file.file.format.as_str()) && may_unwind(&file.file.data)
            });
            files
        }
        Wanted::Mapping(id) => {
            let mut files = meta.debug_files_with(*project, Some(&id.to_string()), None)?;
            files.retain(|file| file.file.format == "proguard");
            files
        }
    };
    let files = files.iter().filter_map(candidate).take(DEBUG_FILES_TRIED_MAX).collect();
    Ok(Answer { files, renewed: AtomicU64::new(0) })
}

fn candidate(file: &DebugFile) -> Option<Candidate> {
    Some(Candidate {
        blob: file.file.artifact.blob,
        debug_id: file.file.debug_id.parse().ok()?,
        used: Renewable::DebugFile(file.id),
    })
}

/// What can be known by a file, from its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    Lines,
    Names,
    /// It was not looked into when it was uploaded.
    Unknown,
    Nothing,
}

/// What a file can be used for; `None` when it was not looked into.
fn features(data: &str) -> Option<Vec<serde_json::Value>> {
    let mut data: serde_json::Value = serde_json::from_str(data).ok()?;
    match data.get_mut("features")?.take() {
        serde_json::Value::Array(features) => Some(features).filter(|found| !found.is_empty()),
        _ => None,
    }
}

/// Most files are not looked into when they are uploaded.
fn may_unwind(data: &str) -> bool {
    features(data).is_none_or(|features| features.iter().any(|found| found == "unwind"))
}

impl Telling {
    fn of(data: &str) -> Self {
        let Some(features) = features(data) else { return Self::Unknown };
        let has = |name: &str| features.iter().any(|feature| feature == name);
        match (has("debug"), has("symtab")) {
            (true, _) => Self::Lines,
            (false, true) => Self::Names,
            (false, false) => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_lines_tell_most() {
        let check = |data: &str, expected| assert_eq!(Telling::of(data), expected, "{data}");
        check(r#"{"features": ["symtab", "debug", "unwind"]}"#, Telling::Lines);
        check(r#"{"features": ["symtab"]}"#, Telling::Names);
        check(r#"{"type": "dbg", "features": []}"#, Telling::Unknown);
        check(r#"{"features": ["unwind"]}"#, Telling::Nothing);
        check("", Telling::Unknown);
        let unwinds = [r#"{"features": ["symtab"]}"#, r#"{"features": ["unwind"]}"#, "{}"];
        assert_eq!(unwinds.map(may_unwind), [false, true, true]);
    }
}
