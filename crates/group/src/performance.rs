//! What makes a segment slow by the way it is built: the same query again and again, calls one after
//! the other that could run side by side, work that blocks a screen, too many bytes.
//!
//! [`find`] looks at all spans of one segment at once. Spans come in any order and may be broken in any
//! way: nothing walks the tree, only siblings are compared, so cycles and orphans do no harm.
//!
//! Source: Sentry's performance issue detectors, their rules and their thresholds; where we differ it
//! says so.

mod assets;
mod calls;
mod queries;
mod segment;
mod settings;
mod thread;

use std::collections::HashSet;

use model::id::SpanId;
use model::span::SpanRow;

use segment::Segment;
pub use settings::{SETTINGS, Setting, SettingError, SettingValue, Unit};

/// Findings of one segment that are told, of all kinds.
pub const FINDINGS_MAX: usize = 20;
/// Spans of one finding that are named.
pub const FINDING_SPANS_MAX: usize = 50;
/// Spans of one segment that are looked at: the first ones by time.
pub const SEGMENT_SPANS_MAX: usize = 20_000;
/// Bytes of a text in evidence; longer ones are cut.
const EVIDENCE_BYTES_MAX: usize = 1024;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A query, then one more for each of its rows.
    NPlusOneQueries,
    /// The same endpoint called for each of many things.
    NPlusOneCalls,
    /// A query that takes long.
    SlowQuery,
    /// Queries one after the other that do not need each other.
    ConsecutiveQueries,
    /// Slow requests one after the other.
    ConsecutiveCalls,
    /// The very same call again and again.
    DuplicateCalls,
    /// A database asked on the main thread.
    DatabaseOnMainThread,
    /// Files read or written on the main thread.
    FilesOnMainThread,
    /// A regular expression on the main thread.
    RegexOnMainThread,
    /// Somebody else's service takes most of the time.
    SlowExternalProvider,
    /// An answer of many bytes.
    LargePayload,
    /// A script or style sheet that is sent uncompressed.
    UncompressedAsset,
    /// A script or style sheet that everything waits for.
    RenderBlockingAsset,
}

impl Kind {
    /// Its name as `issue.type`, as in Sentry where Sentry has it.
    pub fn issue_type(self) -> &'static str {
        match self {
            Self::NPlusOneQueries => "performance_n_plus_one_db_queries",
            Self::NPlusOneCalls => "performance_n_plus_one_api_calls",
            Self::SlowQuery => "performance_slow_db_query",
            Self::ConsecutiveQueries => "performance_consecutive_db_queries",
            Self::ConsecutiveCalls => "performance_consecutive_http",
            Self::DuplicateCalls => "performance_duplicate_calls",
            Self::DatabaseOnMainThread => "performance_db_main_thread",
            Self::FilesOnMainThread => "performance_file_io_main_thread",
            Self::RegexOnMainThread => "profile_regex_main_thread",
            Self::SlowExternalProvider => "performance_slow_external_provider",
            Self::LargePayload => "performance_large_http_payload",
            Self::UncompressedAsset => "performance_uncompressed_assets",
            Self::RenderBlockingAsset => "performance_render_blocking_asset_span",
        }
    }

    /// The title of its issues.
    pub fn title(self) -> &'static str {
        match self {
            Self::NPlusOneQueries => "N+1 Query",
            Self::NPlusOneCalls => "N+1 API Call",
            Self::SlowQuery => "Slow DB Query",
            Self::ConsecutiveQueries => "Consecutive DB Queries",
            Self::ConsecutiveCalls => "Consecutive HTTP",
            Self::DuplicateCalls => "Duplicate Calls",
            Self::DatabaseOnMainThread => "DB on Main Thread",
            Self::FilesOnMainThread => "File IO on Main Thread",
            Self::RegexOnMainThread => "Regex on Main Thread",
            Self::SlowExternalProvider => "Slow External Provider",
            Self::LargePayload => "Large HTTP payload",
            Self::UncompressedAsset => "Uncompressed Asset",
            Self::RenderBlockingAsset => "Large Render Blocking Asset",
        }
    }
}

/// One thing that is wrong in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Equal for the same problem in the same place of the code, whichever segment shows it.
    pub fingerprint: Vec<String>,
    /// The name of the segment.
    pub culprit: String,
    /// The query, request or file it is about, without what varies.
    pub subject: String,
    /// The spans that the others are children of.
    pub parent_spans: Vec<SpanId>,
    /// The spans that led to it.
    pub cause_spans: Vec<SpanId>,
    /// The spans that should be fewer, shorter or elsewhere; at most [`FINDING_SPANS_MAX`].
    pub offender_spans: Vec<SpanId>,
    /// Label and text, in the order to show them.
    pub evidence: Vec<(String, String)>,
    /// How much shorter the segment could be, at most, in microseconds.
    pub saved_micros: u64,
}

/// From where on something is wrong. Durations are microseconds; every threshold belongs to the
/// finding if it is reached.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each detector is switched on or off by itself")]
pub struct Thresholds {
    /// Look for [`Kind::NPlusOneQueries`].
    pub n_plus_one_queries: bool,
    /// How many queries repeat.
    pub n_plus_one_queries_count_min: usize,
    /// How long they take together.
    pub n_plus_one_queries_micros_min: u64,
    /// Look for [`Kind::NPlusOneCalls`].
    pub n_plus_one_calls: bool,
    /// How many calls repeat.
    pub n_plus_one_calls_count_min: usize,
    /// How long they take together.
    pub n_plus_one_calls_micros_min: u64,
    /// Look for [`Kind::SlowQuery`].
    pub slow_query: bool,
    /// How long one query takes.
    pub slow_query_micros_min: u64,
    /// Look for [`Kind::ConsecutiveQueries`].
    pub consecutive_queries: bool,
    /// How long each of those takes that could run beside the others.
    pub consecutive_queries_each_micros_min: u64,
    /// What running them side by side saves.
    pub consecutive_queries_saved_micros_min: u64,
    /// The same as part of the time of all, `0.0..=1.0`.
    pub consecutive_queries_saved_share_min: f64,
    /// Look for [`Kind::ConsecutiveCalls`].
    pub consecutive_calls: bool,
    /// How many calls follow each other.
    pub consecutive_calls_count_min: usize,
    /// How long each takes.
    pub consecutive_calls_each_micros_min: u64,
    /// The longest pause between two; from there on they belong to different work.
    pub consecutive_calls_gap_micros_max: u64,
    /// What running them side by side saves.
    pub consecutive_calls_saved_micros_min: u64,
    /// Look for [`Kind::DuplicateCalls`].
    pub duplicate_calls: bool,
    /// How many calls are equal.
    pub duplicate_calls_count_min: usize,
    /// How long they take together.
    pub duplicate_calls_micros_min: u64,
    /// Look for [`Kind::DatabaseOnMainThread`].
    pub database_on_main_thread: bool,
    /// How long the main thread is blocked by the same query.
    pub database_on_main_thread_micros_min: u64,
    /// Look for [`Kind::FilesOnMainThread`].
    pub files_on_main_thread: bool,
    /// How long the main thread is blocked by the same file.
    pub files_on_main_thread_micros_min: u64,
    /// Look for [`Kind::RegexOnMainThread`].
    pub regex_on_main_thread: bool,
    /// How long the main thread is blocked by the same expression.
    pub regex_on_main_thread_micros_min: u64,
    /// Look for [`Kind::SlowExternalProvider`].
    pub slow_external_provider: bool,
    /// How long a segment waits for the provider.
    pub slow_external_provider_micros_min: u64,
    /// The same as part of the segment, `0.0..=1.0`.
    pub slow_external_provider_share_min: f64,
    /// Look for [`Kind::LargePayload`].
    pub large_payload: bool,
    /// Bytes of the answer.
    pub large_payload_bytes_min: u64,
    /// How long the call takes.
    pub large_payload_micros_min: u64,
    /// Look for [`Kind::UncompressedAsset`].
    pub uncompressed_asset: bool,
    /// Bytes of the asset.
    pub uncompressed_asset_bytes_min: u64,
    /// How long it takes.
    pub uncompressed_asset_micros_min: u64,
    /// Look for [`Kind::RenderBlockingAsset`].
    pub render_blocking_asset: bool,
    /// Bytes of the asset.
    pub render_blocking_asset_bytes_min: u64,
    /// First contentful paints that are earlier are no problem, later ones have another.
    pub render_blocking_asset_paint_micros_min: u64,
    /// See above.
    pub render_blocking_asset_paint_micros_max: u64,
    /// How much of the time to the paint the asset takes, `0.0..=1.0`.
    pub render_blocking_asset_share_min: f64,
}

const MILLI: u64 = 1_000;
const SECOND: u64 = 1_000 * MILLI;

impl Default for Thresholds {
    /// Those of Sentry, where it has the detector. Slow queries are 500 ms as in its documentation;
    /// duplicates and providers are our own.
    fn default() -> Self {
        Self {
            n_plus_one_queries: true,
            n_plus_one_queries_count_min: 5,
            n_plus_one_queries_micros_min: 50 * MILLI,
            n_plus_one_calls: true,
            n_plus_one_calls_count_min: 5,
            n_plus_one_calls_micros_min: 300 * MILLI,
            slow_query: true,
            slow_query_micros_min: 500 * MILLI,
            consecutive_queries: true,
            consecutive_queries_each_micros_min: 30 * MILLI,
            consecutive_queries_saved_micros_min: 100 * MILLI,
            consecutive_queries_saved_share_min: 0.1,
            consecutive_calls: true,
            consecutive_calls_count_min: 3,
            consecutive_calls_each_micros_min: 500 * MILLI,
            consecutive_calls_gap_micros_max: SECOND,
            consecutive_calls_saved_micros_min: 2 * SECOND,
            duplicate_calls: true,
            duplicate_calls_count_min: 5,
            duplicate_calls_micros_min: 25 * MILLI,
            database_on_main_thread: true,
            database_on_main_thread_micros_min: 16 * MILLI,
            files_on_main_thread: true,
            files_on_main_thread_micros_min: 16 * MILLI,
            regex_on_main_thread: true,
            regex_on_main_thread_micros_min: 16 * MILLI,
            slow_external_provider: true,
            slow_external_provider_micros_min: 2 * SECOND,
            slow_external_provider_share_min: 0.5,
            large_payload: true,
            large_payload_bytes_min: 1_000_000,
            large_payload_micros_min: 100 * MILLI,
            uncompressed_asset: true,
            uncompressed_asset_bytes_min: 500 * 1024,
            uncompressed_asset_micros_min: 300 * MILLI,
            render_blocking_asset: true,
            render_blocking_asset_bytes_min: 500_000,
            render_blocking_asset_paint_micros_min: 2 * SECOND,
            render_blocking_asset_paint_micros_max: 10 * SECOND,
            render_blocking_asset_share_min: 0.33,
        }
    }
}

type Detector = fn(&Segment<'_>, &Thresholds) -> Vec<Finding>;

/// Looks for everything that is switched on. `spans` are all of one segment, in any order; each
/// fingerprint is told once, the problems that cost most first.
pub fn find(spans: &[SpanRow<'_>], thresholds: &Thresholds) -> Vec<Finding> {
    let segment = Segment::new(spans);
    let detectors: [(bool, Detector); 11] = [
        (thresholds.n_plus_one_queries, queries::n_plus_one),
        (thresholds.n_plus_one_calls, calls::n_plus_one),
        (thresholds.slow_query, queries::slow),
        (thresholds.consecutive_queries, queries::consecutive),
        (thresholds.consecutive_calls, calls::consecutive),
        (thresholds.duplicate_calls, calls::duplicates),
        (true, thread::blocked),
        (thresholds.slow_external_provider, calls::slow_provider),
        (thresholds.large_payload, assets::large_payloads),
        (thresholds.uncompressed_asset, assets::uncompressed),
        (thresholds.render_blocking_asset, assets::render_blocking),
    ];
    let wanted = detectors.iter().filter(|(is_on, _)| *is_on);
    let mut findings: Vec<_> =
        wanted.flat_map(|(_, detect)| detect(&segment, thresholds)).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.saved_micros));
    let mut known = HashSet::new();
    findings.retain(|finding| known.insert(finding.fingerprint.clone()));
    findings.truncate(FINDINGS_MAX);
    findings
}
