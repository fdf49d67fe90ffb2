//! `manifest.json` of a bundle.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::archive::Archive;
use super::error::BundleError;
use super::{About, Entry, Kind, MANIFEST};
use crate::debug_id::{DebugId, DebugIdError};
use crate::limits;
use crate::read_at::ReadAt;

#[derive(serde::Deserialize)]
struct Manifest {
    #[serde(default)]
    files: Files,
    org: Option<String>,
    project: Option<String>,
    release: Option<String>,
    dist: Option<String>,
    note: Option<String>,
    debug_id: Option<String>,
    arch: Option<String>,
    code_id: Option<String>,
    object_name: Option<String>,
}

#[derive(serde::Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
    path: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, serde_json::Value>>,
}

/// Files in the order they came, also those that came twice.
#[derive(Default)]
struct Files(Vec<(String, File)>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Files;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("paths with descriptions of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
                let mut files = Vec::new();
                while let Some(file) = map.next_entry()? {
                    files.push(file);
                    if files.len() > limits::BUNDLE_ENTRIES_MAX {
                        return Err(A::Error::custom("too many files"));
                    }
                }
                Ok(Files(files))
            }
        }
        from.deserialize_map(Each)
    }
}

/// Reads the manifest and finds the file for each line of it.
pub(super) fn read<R: ReadAt>(archive: &Archive<R>) -> Result<(About, Vec<Entry>), BundleError> {
    let place = archive.place(MANIFEST).ok_or(BundleError::NoManifest)?;
    let max = limits::BUNDLE_MANIFEST_BYTES_MAX;
    if usize::try_from(place.bytes).map_or(true, |bytes| bytes > max) {
        let path = MANIFEST.to_owned();
        return Err(BundleError::EntryTooLarge { path, bytes: place.bytes, max });
    }
    let text = archive.read_place(MANIFEST, place)?;
    let mut manifest: Manifest = serde_json::from_slice(&text).map_err(BundleError::Manifest)?;
    let files = std::mem::take(&mut manifest.files);
    let about = about(manifest)?;
    let mut seen = HashSet::with_capacity(files.0.len());
    let mut entries = Vec::with_capacity(files.0.len());
    for (path, file) in files.0 {
        if !seen.insert(path.clone()) {
            return Err(BundleError::DescribedTwice { path });
        }
        entries.push(entry(archive, path, file)?);
    }
    Ok((about, entries))
}

fn about(manifest: Manifest) -> Result<About, BundleError> {
    Ok(About {
        organization: text("org", manifest.org)?,
        project: text("project", manifest.project)?,
        release: text("release", manifest.release)?,
        dist: text("dist", manifest.dist)?,
        note: text("note", manifest.note)?,
        debug_id: debug_id("", manifest.debug_id)?,
        arch: text("arch", manifest.arch)?,
        code_id: text("code_id", manifest.code_id)?,
        object_name: text("object_name", manifest.object_name)?,
    })
}

fn entry<R: ReadAt>(archive: &Archive<R>, path: String, file: File) -> Result<Entry, BundleError> {
    let Some(place) = archive.place(&path) else {
        return Err(BundleError::Unlisted { path: path.chars().take(200).collect() });
    };
    let File { kind, url, path: source_path, headers } = file;
    // Tools do not agree on the case of the names: `sourcemap`, `Sourcemap`, `SourceMap`.
    let mut headers: Vec<(String, String)> = headers
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| match value {
            serde_json::Value::String(value) => Some((name.to_ascii_lowercase(), value)),
            _ => None,
        })
        .collect();
    let mut header = |wanted: &str| {
        let found = headers.iter().position(|(name, _)| name == wanted)?;
        Some(headers.swap_remove(found).1)
    };
    let reference = header("sourcemap").or_else(|| header("x-sourcemap"));
    Ok(Entry {
        url: text("url", url)?,
        source_path: text("path", source_path)?,
        kind: kind.as_deref().and_then(Kind::from_name),
        debug_id: debug_id(&path, header("debug-id"))?,
        source_map: text("sourcemap", reference)?,
        path,
        place,
    })
}

/// A field with something in it.
fn text(field: &'static str, value: Option<String>) -> Result<Option<String>, BundleError> {
    let value = value.filter(|value| !value.is_empty());
    match value {
        Some(value) if value.len() > limits::BUNDLE_FIELD_BYTES_MAX => {
            Err(BundleError::FieldTooLong { field, bytes: value.len() })
        }
        value => Ok(value),
    }
}

fn debug_id(path: &str, text: Option<String>) -> Result<Option<DebugId>, BundleError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.parse() {
        Ok(id) => Ok(Some(id)),
        Err(DebugIdError) => Err(BundleError::DebugId {
            path: path.to_owned(),
            text: text.chars().take(100).collect(),
        }),
    }
}
