//! Source maps and scripts, read from where they are uploaded and built.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use symbols::bundle::{Archive, BundleError};
use symbols::limits::ARTIFACT_BYTES_MAX;
use symbols::source_map;
use symbols::{ReadAt, url};

use crate::Artifacts;
use crate::built::{Broken, Reference, Refusal};
use crate::key::Stored;
use crate::limits::URL_BYTES_MAX;

/// Builds a map. Without one of its own it is the one inside the script.
pub(super) fn build(
    artifacts: &dyn Artifacts,
    map: Option<&Stored>,
    script: Option<&Stored>,
) -> Result<Vec<u8>, Refusal> {
    // A script that cannot be read costs names, unless the map is in it.
    let text = match (script, map) {
        (Some(script), None) => Some(read_text(artifacts, script)?),
        (Some(script), Some(_)) => read_text(artifacts, script).ok(),
        (None, _) => None,
    };
    let bytes = match (map, &text) {
        (Some(map), _) => read(artifacts, map)?,
        (None, Some(text)) => inline(text)?,
        (None, None) => return Err(malformed("there is no map")),
    };
    source_map::build(&bytes, text.as_deref()).map_err(|problem| malformed(&reason(&problem)))
}

/// What a script says about where its map is.
pub(super) fn reference(artifacts: &dyn Artifacts, script: &Stored) -> Result<Reference, Refusal> {
    let text = read_text(artifacts, script)?;
    Ok(match url::source_mapping_url(&text) {
        None => Reference::Nowhere,
        Some(reference) if url::is_inline(reference) => Reference::Inside,
        // Nothing is uploaded under such an address.
        Some(reference) if reference.len() > URL_BYTES_MAX => Reference::Nowhere,
        Some(reference) => Reference::At(reference.to_owned()),
    })
}

/// The text of a script or a source. What is not UTF-8 costs some characters.
pub(super) fn read_text(artifacts: &dyn Artifacts, stored: &Stored) -> Result<String, Refusal> {
    let bytes = read(artifacts, stored)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|problem| String::from_utf8_lossy(problem.as_bytes()).into_owned()))
}

fn inline(script: &str) -> Result<Vec<u8>, Refusal> {
    let reference = url::source_mapping_url(script).filter(|reference| url::is_inline(reference));
    let reference = reference.ok_or_else(|| malformed("there is no map in the script"))?;
    url::inline(reference).map_err(|problem| match problem {
        url::InlineError::Base64 => Refusal::Broken(Broken::NotBase64),
        problem @ (url::InlineError::NotData | url::InlineError::TooLarge) => {
            malformed(&problem.to_string())
        }
    })
}

/// The bytes of an upload, or of a file in it.
fn read(artifacts: &dyn Artifacts, stored: &Stored) -> Result<Vec<u8>, Refusal> {
    let passing = |cause: io::Error| Refusal::Passing(cause.to_string());
    let file = artifacts.open(&stored.blob).map_err(passing)?;
    let file = file.ok_or_else(|| Refusal::Passing("its bytes are gone".to_owned()))?;
    let file = FileAt::new(file).map_err(passing)?;
    if let Some(path) = &stored.path {
        return Archive::open(file).and_then(|bundle| bundle.read(path)).map_err(unreadable);
    }
    let bytes = usize::try_from(file.bytes).ok().filter(|bytes| *bytes <= ARTIFACT_BYTES_MAX);
    let too_large = || {
        let what = format!("it has {} bytes, {ARTIFACT_BYTES_MAX} are allowed", file.bytes);
        Refusal::Broken(Broken::Unreadable(what))
    };
    let mut content = vec![0; bytes.ok_or_else(too_large)?];
    file.read_at(0, &mut content).map_err(passing)?;
    Ok(content)
}

fn unreadable(problem: BundleError) -> Refusal {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    let what = reason(&problem);
    match problem {
        // What the disk says may be otherwise tomorrow, what inflating says may not.
        BundleError::Read { cause, .. }
            if !matches!(cause.kind(), InvalidData | InvalidInput | UnexpectedEof) =>
        {
            Refusal::Passing(what)
        }
        _ => Refusal::Broken(Broken::Unreadable(what)),
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::Broken(Broken::Malformed(what.to_owned()))
}

fn reason(problem: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(problem), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A file on disk, read at any place.
struct FileAt {
    file: File,
    bytes: u64,
}

impl FileAt {
    fn new(file: File) -> io::Result<Self> {
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
