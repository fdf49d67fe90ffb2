//! Releases: `package@version+build`, and which of two is newer.

use std::cmp::Ordering;

/// Bytes of a release.
const RELEASE_BYTES_MAX: usize = 200;
/// Bytes of the name of an environment.
const ENVIRONMENT_BYTES_MAX: usize = 64;
/// Digits of a commit hash that are shown.
const HASH_SHOWN: usize = 12;

/// True when the text may name a release: it becomes part of addresses.
pub fn is_valid(text: &str) -> bool {
    text.len() <= RELEASE_BYTES_MAX
        && !text.eq_ignore_ascii_case("latest")
        && !matches!(text, "." | "..")
        && !text.contains(is_forbidden)
}

/// True when the text may name an environment.
pub fn is_valid_environment(text: &str) -> bool {
    text.len() <= ENVIRONMENT_BYTES_MAX
        && !text.eq_ignore_ascii_case("none")
        && !matches!(text, "." | "..")
        && !text.contains(is_forbidden)
}

fn is_forbidden(char: char) -> bool {
    char.is_ascii_control() || char == '/' || char == '\\'
}

/// A release, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release<'r> {
    raw: &'r str,
    package: Option<&'r str>,
    version_raw: &'r str,
    version: Option<Version<'r>>,
}

/// A version with up to four numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'r> {
    /// Without the build code: `1.2.3-beta.1`.
    pub raw_short: &'r str,
    /// The numbers that were written.
    pub numbers: [Option<u64>; 4],
    /// What follows the first `-`.
    pub pre: Option<&'r str>,
    /// What follows the first `+`.
    pub build_code: Option<&'r str>,
}

impl<'r> Release<'r> {
    /// Takes a release apart. Every text is one.
    pub fn parse(text: &'r str) -> Self {
        let raw = text.trim();
        let split = raw
            .split_once('@')
            .filter(|(package, version)| !package.is_empty() && !version.is_empty());
        let (package, version_raw) =
            split.map_or((None, raw), |(package, version)| (Some(package), version));
        // Without a package a text such as a date would be taken for a version.
        let version = package.and_then(|_| Version::parse(version_raw));
        Self { raw, package, version_raw, version }
    }

    /// What stands before `@`.
    pub fn package(&self) -> Option<&'r str> {
        self.package
    }

    /// What stands after `@`; the whole text if there is none.
    pub fn version_raw(&self) -> &'r str {
        self.version_raw
    }

    /// The version, if it is one.
    pub fn version(&self) -> Option<&Version<'r>> {
        self.version.as_ref()
    }

    /// The version, if it is the hash of a commit.
    pub fn build_hash(&self) -> Option<&'r str> {
        let is_hash = matches!(self.version_raw.len(), 12 | 16 | 20 | 32 | 40 | 64)
            && self.version_raw.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(self.version_raw)
    }

    /// How people are shown it.
    pub fn describe(&self) -> String {
        if let Some(version) = &self.version {
            return match version.build_code {
                Some(code) => format!("{} ({code})", version.raw_short),
                None => version.raw_short.to_owned(),
            };
        }
        let shown = self.build_hash().map_or(self.raw, |hash| &hash[..HASH_SHOWN]);
        shown.to_owned()
    }
}

impl<'r> Version<'r> {
    /// Reads one to four numbers, perhaps a pre-release, perhaps a build code.
    pub fn parse(text: &'r str) -> Option<Self> {
        let (raw_short, build_code) = split(text, '+');
        let (plain, pre) = split(raw_short, '-');
        let mut numbers = [None; 4];
        let mut parts = plain.split('.');
        for (place, part) in parts.by_ref().take(4).enumerate() {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            numbers[place] = Some(part.parse().ok().filter(|_| digits)?);
        }
        let complete = parts.next().is_none() && pre != Some("") && build_code != Some("");
        complete.then_some(Self { raw_short, numbers, pre, build_code })
    }
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Which of two versions (without package) is newer. Texts that are not versions are older than
/// those that are, and compare as text. Source: Relay's release parser.
pub fn compare(left: &str, right: &str) -> Ordering {
    match (Version::parse(left), Version::parse(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

impl Ord for Version<'_> {
    /// Numbers first (missing ones are zero), then pre-releases before releases, then build codes.
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| version.numbers.map(|number| number.unwrap_or(0));
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| match (self.pre, other.pre) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(left), Some(right)) => left.cmp(right),
            })
            .then_with(|| self.build_code.cmp(&other.build_code))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
