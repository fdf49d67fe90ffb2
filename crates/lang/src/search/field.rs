//! What the data sets have in common: names with a meaning.

use std::fmt::Debug;

use super::column::Selected;
use super::error::SearchError;
use super::syntax::{TagType, Value};
use crate::ask::{Aggregate, Cell, Filter};

/// What a key's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// A span of time, in milliseconds.
    Duration,
    /// Bytes.
    Size,
    /// A moment.
    Date,
    /// True or false.
    Boolean,
}

/// What a field stands for when rows do not hold what people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role<'a> {
    /// A project's number; people write its slug.
    Project,
    /// An issue's number; people write its short id.
    Issue,
    /// A release; people also write `latest`.
    Release,
    /// `release.version`, `release.build` or `release.package`, which are parts of a release's name.
    ReleasePart(&'a str),
    /// Nothing else.
    Plain,
}

impl<'a> Role<'a> {
    /// The role of a tag or attribute.
    pub(super) fn of_name(name: &'a str) -> Self {
        match name {
            "release.version" | "release.build" | "release.package" => Self::ReleasePart(name),
            _ => Self::Plain,
        }
    }
}

/// The fields of a data set, as the search language names them.
pub trait SearchField: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Where words without a key are looked for.
    const WORDS: &'static [Self];
    /// The project's number.
    const PROJECT: Self;
    /// The release's name.
    const RELEASE: Self;
    /// When it happened.
    const TIMESTAMP: Self;

    /// Where the values of a key are stored, and what they are. Any name has a meaning.
    fn named(name: &str) -> (Self, Kind);

    /// The same for `tags[name]` and `tags[name,number]`.
    fn tag(name: &str, of: Option<TagType>) -> (Self, Kind);

    /// The feature flag of that name.
    fn flag(name: &str) -> Self;

    /// Where the texts of that key are looked for.
    fn searched(self, _key: &str) -> Vec<Self> {
        vec![self]
    }

    /// Whether text is found by a part of it, as with words without a key.
    fn is_loose(_key: &str) -> bool {
        false
    }

    /// The same field read as a number, where only its values tell whether it is one.
    fn as_number(&self) -> Option<Self> {
        None
    }

    /// The condition that `key:value` means, where it is not about a field of that name.
    fn condition(_key: &str, _value: &Value<'_>) -> Option<Filter<Self>> {
        None
    }

    /// Rows whose truth value is that one.
    fn truth(self, key: &str, wanted: bool) -> Filter<Self>;

    /// What people write in place of its values.
    fn role(&self) -> Role<'_>;

    /// What `epm()`, `eps()`, `tpm()` and `tps()` count.
    fn events(_function: &str) -> Aggregate<Self> {
        Aggregate::Count
    }

    /// A column that is shown in a way of its own.
    fn plain(text: &str) -> Option<Selected<Self>>;

    /// A function that only this data set has, or has in a way of its own.
    ///
    /// # Errors
    /// When there is none of that name, or not with these arguments.
    fn aggregate(text: &str, name: &str, arguments: &[&str])
    -> Result<Selected<Self>, SearchError>;
}

/// Rows whose text says yes, or no.
pub(super) fn is_word_of_truth<F>(field: F, wanted: bool) -> Filter<F> {
    let words: [&str; 3] = if wanted { ["true", "True", "1"] } else { ["false", "False", "0"] };
    Filter::In(field, words.iter().map(|&word| Cell::Text(word.to_owned())).collect())
}

/// Vitals of a page that are spans of time; the others are plain numbers.
const TIMED_MEASUREMENTS: [&str; 11] = [
    "fp",
    "fcp",
    "lcp",
    "fid",
    "inp",
    "ttfb",
    "ttfb.requesttime",
    "app_start_cold",
    "app_start_warm",
    "time_to_full_display",
    "time_to_initial_display",
];

/// What the values of a measurement are.
pub(super) fn measurement_kind(name: &str) -> Kind {
    if TIMED_MEASUREMENTS.contains(&name) { Kind::Duration } else { Kind::Number }
}
