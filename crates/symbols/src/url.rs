//! Addresses of scripts, maps and sources: what to look for, and in what order.
//!
//! Addresses are compared as texts, as build tools wrote them, so nothing here encodes, decodes or
//! orders anything in them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::debug_id::DebugId;
use crate::limits;

/// Both alphabets are seen in the wild, and padding is often lost.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The URLs under which what is at `url` may have been uploaded, the best first: in full, without its
/// query, and both with `~` instead of scheme and host. A fragment never counts.
///
/// Source: `get_release_file_candidate_urls` of Symbolicator.
pub fn candidates(url: &str) -> Vec<String> {
    let whole = without_fragment(url);
    let mut all = Vec::with_capacity(4);
    let mut add = |url: String| {
        if !url.is_empty() && !all.contains(&url) {
            all.push(url);
        }
    };
    add(whole.to_owned());
    add(without_query(whole).to_owned());
    if let Some(path) = path_of(whole) {
        add(format!("~{path}"));
        add(format!("~{}", without_query(path)));
    }
    all
}

/// The URLs under which the map of a script may have been uploaded, the best first, given the
/// reference to it that the script or its header has.
///
/// Uploaded with `--url-suffix ?v=9`, both have the suffix, and the reference has not; so the script's
/// query is tried on the map, too.
pub fn map_candidates(script: &str, reference: &str) -> Vec<String> {
    let map = resolve(script, reference);
    let mut all = candidates(&map);
    let script = without_fragment(script);
    if let Some((_, query)) = script.split_once('?')
        && !map.contains('?')
    {
        for url in candidates(&format!("{}?{query}", without_fragment(&map))) {
            if !all.contains(&url) {
                all.push(url);
            }
        }
    }
    all
}

/// What a relative `reference` in the file at `base` points to. References that are whole URLs, and
/// those into nothing, are returned as they are.
pub fn resolve(base: &str, reference: &str) -> String {
    if reference.is_empty() || reference.starts_with("~/") || has_scheme(reference) {
        return reference.to_owned();
    }
    let base = without_query(without_fragment(base));
    let (root, path) = split_root(base);
    if reference.starts_with("//") {
        let scheme = root.split_once("//").map_or("https:", |(scheme, _)| scheme);
        return format!("{scheme}{reference}");
    }
    let (target, suffix) = split_suffix(reference);
    if target.starts_with('/') {
        return format!("{root}{}{suffix}", normalized(target));
    }
    let folder = path.rfind(['/', '\\']).map_or("", |end| path.get(..=end).unwrap_or_default());
    let folder = if root.is_empty() || !folder.is_empty() { folder } else { "/" };
    format!("{root}{}{suffix}", normalized(&format!("{folder}{target}")))
}

/// True for a reference that holds the map itself.
pub fn is_inline(reference: &str) -> bool {
    reference.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Why a map in a `data:` URL cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InlineError {
    /// Not `data:…,…`.
    #[error("inline source map is not a data: URL with a comma")]
    NotData,
    /// What should be base64 is not.
    #[error("invalid base64 source map")]
    Base64,
    /// More than [`limits::ARTIFACT_BYTES_MAX`] bytes.
    #[error("inline source map has more than {} bytes", limits::ARTIFACT_BYTES_MAX)]
    TooLarge,
}

/// The bytes in a `data:` URL, which may be in base64 or percent-encoded.
///
/// # Errors
///
/// When it is no such URL, its base64 is broken, or it is too large.
///
/// Source: RFC 2397.
pub fn inline(url: &str) -> Result<Vec<u8>, InlineError> {
    if url.len() / 4 > limits::ARTIFACT_BYTES_MAX {
        return Err(InlineError::TooLarge);
    }
    let rest = url.get(5..).filter(|_| is_inline(url)).ok_or(InlineError::NotData)?;
    let (kind, data) = rest.split_once(',').ok_or(InlineError::NotData)?;
    let bytes = percent_encoding::percent_decode_str(data);
    let is_base64 =
        kind.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    let bytes = if is_base64 {
        let digits: Vec<u8> = bytes.filter(|byte| !byte.is_ascii_whitespace()).collect();
        let is_safe = digits.iter().any(|byte| matches!(byte, b'-' | b'_'));
        let engine = if is_safe { URL_SAFE } else { STANDARD };
        engine.decode(digits).or(Err(InlineError::Base64))?
    } else {
        bytes.collect()
    };
    if bytes.len() > limits::ARTIFACT_BYTES_MAX {
        return Err(InlineError::TooLarge);
    }
    Ok(bytes)
}

/// The reference to its map at the end of a script: `//# sourceMappingURL=app.min.js.map`, also in
/// the old form with `@` and in the form of style sheets. The last one counts.
///
/// Source: ECMA-426, "Linking generated code to source maps".
pub fn source_mapping_url(script: &str) -> Option<&str> {
    last_comment(script, "sourceMappingURL=")
}

/// The debug id at the end of a script: `//# debugId=…`. The last one counts.
pub fn debug_id(script: &str) -> Option<DebugId> {
    last_comment(script, "debugId=")?.parse().ok()
}

fn last_comment<'a>(script: &'a str, name: &str) -> Option<&'a str> {
    let mut before = script;
    while let Some(place) = before.rfind(name) {
        let opening = before.get(..place)?.trim_end_matches([' ', '\t']);
        if ["//#", "//@", "/*#", "/*@"].iter().any(|mark| opening.ends_with(mark)) {
            let value = script.get(place + name.len()..)?;
            let end = value.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`'));
            let value = value.get(..end.unwrap_or(value.len()))?;
            let value = value.strip_suffix("*/").unwrap_or(value);
            if !value.is_empty() {
                return Some(value);
            }
        }
        before = before.get(..place)?;
    }
    None
}

/// Whether an `abs_path` of a frame could be that of a script that was uploaded: a URL or a path on
/// disk, and nothing that an engine made up.
pub fn is_script(abs_path: &str) -> bool {
    let made_up = ["node:", "data:", "blob:", "about:", "javascript:", "native ", "internal/"];
    let extension = ["chrome-extension:", "moz-extension:", "safari-extension:", "safari-web-"];
    let skipped = made_up.iter().chain(&extension).any(|start| abs_path.starts_with(start));
    let path = abs_path.starts_with(['/', '\\']) || abs_path.starts_with("~/");
    let drive = abs_path.as_bytes().get(1) == Some(&b':');
    !skipped && (path || drive || has_scheme(abs_path)) && !abs_path.contains('<')
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// A target, and the query and fragment behind it.
fn split_suffix(reference: &str) -> (&str, &str) {
    reference.split_at(reference.find(['?', '#']).unwrap_or(reference.len()))
}

/// `/static/app.js?v=1` of `https://example.com/static/app.js?v=1`, and of a path itself.
fn path_of(url: &str) -> Option<&str> {
    if url.starts_with('/') {
        return Some(url);
    }
    let (root, path) = split_root(url);
    (root.contains("//") && path.starts_with('/')).then_some(path)
}

/// `https://example.com` and `/static/app.js`; `~` and the path behind it; nothing and a path.
fn split_root(url: &str) -> (&str, &str) {
    if let Some(path) = url.strip_prefix('~').filter(|path| path.starts_with('/')) {
        return ("~", path);
    }
    let host = url.find("://").filter(|_| has_scheme(url)).map(|colon| colon + 3);
    let Some(host) = host else { return ("", url) };
    let behind = url.get(host..).unwrap_or_default();
    url.split_at(behind.find(['/', '?']).map_or(url.len(), |path| host + path))
}

/// True for `https:`, `webpack:`, `data:`, and not for a drive such as `C:`.
///
/// Source: RFC 3986, section 3.1.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(letters)
}

/// A path without `.` and `..`, which end at the root.
fn normalized(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    let is_absolute = path.starts_with('/');
    for step in path.split('/') {
        match step {
            "." => {}
            ".." => match steps.last() {
                Some(&"" | &"..") | None if !is_absolute => steps.push(step),
                Some(&"") | None => {}
                Some(_) => {
                    steps.pop();
                }
            },
            step => steps.push(step),
        }
    }
    steps.join("/")
}
