//! Thresholds one by one, under the names that people set them by.
//!
//! Source: the names are those of Sentry's performance issue settings where it has the setting; those of
//! our own detectors and of what Sentry does not let people set are made alike.

use super::{Kind, Thresholds};

/// What a setting says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingValue {
    /// Whether a detector looks.
    Switch(bool),
    /// From where on something is wrong, in the setting's [`Unit`].
    Number(f64),
}

/// What a setting is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: it is on or off.
    Switch,
    /// Milliseconds.
    Millis,
    /// Bytes.
    Bytes,
    /// How many there are.
    Count,
    /// A part of a whole, at most `1.0`.
    Share,
}

impl Unit {
    /// The smallest and the largest number. Wider than in Sentry: what its clients may set, may be set.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Switch => (0.0, 1.0),
            Self::Millis => (1.0, 60_000.0),
            Self::Bytes => (1_000.0, 100_000_000.0),
            Self::Count => (2.0, 1_000.0),
            Self::Share => (0.01, 1.0),
        }
    }
}

/// Why a setting cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error("is not a setting of a detector")]
    Unknown,
    /// A switch that is neither on nor off.
    #[error("must be true or false")]
    NoSwitch,
    /// A threshold that is no number, or none that there can be so many of.
    #[error("must be a whole number")]
    NotWhole,
    /// A share that is no number.
    #[error("must be a number")]
    NoNumber,
    /// A threshold beyond what makes sense.
    #[error("must be between {0} and {1}")]
    OutOfRange(f64, f64),
    /// The earliest of something is later than the latest.
    #[error("must not be more than {0}")]
    Reversed(&'static str),
}

/// A threshold or switch of a detector.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// The detector it belongs to.
    pub kind: Kind,
    place: fn(&mut Thresholds) -> Place<'_>,
}

/// Where a setting is kept.
enum Place<'t> {
    Switch(&'t mut bool),
    Micros(&'t mut u64),
    Bytes(&'t mut u64),
    Count(&'t mut usize),
    Share(&'t mut f64),
}

use Kind::{
    ConsecutiveCalls, ConsecutiveQueries, DatabaseOnMainThread, DuplicateCalls, FilesOnMainThread,
    LargePayload, NPlusOneCalls, NPlusOneQueries, RegexOnMainThread, RenderBlockingAsset,
    SlowExternalProvider, SlowQuery, UncompressedAsset,
};
use Place::{Bytes, Count, Micros, Share, Switch};

const fn setting(
    name: &'static str,
    kind: Kind,
    place: fn(&mut Thresholds) -> Place<'_>,
) -> Setting {
    Setting { name, kind, place }
}

const PAINT_MIN: &str = "render_blocking_fcp_min";
const PAINT_MAX: &str = "render_blocking_fcp_max";

/// All of them, the switch of a detector before its thresholds.
#[rustfmt::skip]
pub const SETTINGS: [Setting; 40] = [
    setting("n_plus_one_db_queries_detection_enabled", NPlusOneQueries, |all| Switch(&mut all.n_plus_one_queries)),
    setting("n_plus_one_db_count", NPlusOneQueries, |all| Count(&mut all.n_plus_one_queries_count_min)),
    setting("n_plus_one_db_duration_threshold", NPlusOneQueries, |all| Micros(&mut all.n_plus_one_queries_micros_min)),
    setting("n_plus_one_api_calls_detection_enabled", NPlusOneCalls, |all| Switch(&mut all.n_plus_one_calls)),
    setting("n_plus_one_api_calls_count", NPlusOneCalls, |all| Count(&mut all.n_plus_one_calls_count_min)),
    setting("n_plus_one_api_calls_total_duration_threshold", NPlusOneCalls, |all| Micros(&mut all.n_plus_one_calls_micros_min)),
    setting("slow_db_queries_detection_enabled", SlowQuery, |all| Switch(&mut all.slow_query)),
    setting("slow_db_query_duration_threshold", SlowQuery, |all| Micros(&mut all.slow_query_micros_min)),
    setting("consecutive_db_queries_detection_enabled", ConsecutiveQueries, |all| Switch(&mut all.consecutive_queries)),
    setting("consecutive_db_min_time_saved_threshold", ConsecutiveQueries, |all| Micros(&mut all.consecutive_queries_saved_micros_min)),
    setting("consecutive_db_min_time_saved_ratio", ConsecutiveQueries, |all| Share(&mut all.consecutive_queries_saved_share_min)),
    setting("consecutive_db_span_duration_threshold", ConsecutiveQueries, |all| Micros(&mut all.consecutive_queries_each_micros_min)),
    setting("consecutive_http_spans_detection_enabled", ConsecutiveCalls, |all| Switch(&mut all.consecutive_calls)),
    setting("consecutive_http_spans_min_time_saved_threshold", ConsecutiveCalls, |all| Micros(&mut all.consecutive_calls_saved_micros_min)),
    setting("consecutive_http_spans_count_threshold", ConsecutiveCalls, |all| Count(&mut all.consecutive_calls_count_min)),
    setting("consecutive_http_spans_span_duration_threshold", ConsecutiveCalls, |all| Micros(&mut all.consecutive_calls_each_micros_min)),
    setting("consecutive_http_spans_max_duration_between", ConsecutiveCalls, |all| Micros(&mut all.consecutive_calls_gap_micros_max)),
    setting("duplicate_calls_detection_enabled", DuplicateCalls, |all| Switch(&mut all.duplicate_calls)),
    setting("duplicate_calls_count", DuplicateCalls, |all| Count(&mut all.duplicate_calls_count_min)),
    setting("duplicate_calls_duration_threshold", DuplicateCalls, |all| Micros(&mut all.duplicate_calls_micros_min)),
    setting("slow_external_provider_detection_enabled", SlowExternalProvider, |all| Switch(&mut all.slow_external_provider)),
    setting("slow_external_provider_duration_threshold", SlowExternalProvider, |all| Micros(&mut all.slow_external_provider_micros_min)),
    setting("slow_external_provider_ratio", SlowExternalProvider, |all| Share(&mut all.slow_external_provider_share_min)),
    setting("large_http_payload_detection_enabled", LargePayload, |all| Switch(&mut all.large_payload)),
    setting("large_http_payload_size_threshold", LargePayload, |all| Bytes(&mut all.large_payload_bytes_min)),
    setting("large_http_payload_duration_threshold", LargePayload, |all| Micros(&mut all.large_payload_micros_min)),
    setting("uncompressed_assets_detection_enabled", UncompressedAsset, |all| Switch(&mut all.uncompressed_asset)),
    setting("uncompressed_asset_size_threshold", UncompressedAsset, |all| Bytes(&mut all.uncompressed_asset_bytes_min)),
    setting("uncompressed_asset_duration_threshold", UncompressedAsset, |all| Micros(&mut all.uncompressed_asset_micros_min)),
    setting("large_render_blocking_asset_detection_enabled", RenderBlockingAsset, |all| Switch(&mut all.render_blocking_asset)),
    setting("render_blocking_fcp_ratio", RenderBlockingAsset, |all| Share(&mut all.render_blocking_asset_share_min)),
    setting("render_blocking_bytes_min", RenderBlockingAsset, |all| Bytes(&mut all.render_blocking_asset_bytes_min)),
    setting(PAINT_MIN, RenderBlockingAsset, |all| Micros(&mut all.render_blocking_asset_paint_micros_min)),
    setting(PAINT_MAX, RenderBlockingAsset, |all| Micros(&mut all.render_blocking_asset_paint_micros_max)),
    setting("db_on_main_thread_detection_enabled", DatabaseOnMainThread, |all| Switch(&mut all.database_on_main_thread)),
    setting("db_on_main_thread_duration_threshold", DatabaseOnMainThread, |all| Micros(&mut all.database_on_main_thread_micros_min)),
    setting("file_io_on_main_thread_detection_enabled", FilesOnMainThread, |all| Switch(&mut all.files_on_main_thread)),
    setting("file_io_on_main_thread_duration_threshold", FilesOnMainThread, |all| Micros(&mut all.files_on_main_thread_micros_min)),
    setting("regex_on_main_thread_detection_enabled", RegexOnMainThread, |all| Switch(&mut all.regex_on_main_thread)),
    setting("regex_on_main_thread_duration_threshold", RegexOnMainThread, |all| Micros(&mut all.regex_on_main_thread_micros_min)),
];

impl Setting {
    /// The setting of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|known| known.name == name)
    }

    /// What it is measured in.
    pub fn unit(&self) -> Unit {
        match (self.place)(&mut Thresholds::default()) {
            Switch(_) => Unit::Switch,
            Micros(_) => Unit::Millis,
            Bytes(_) => Unit::Bytes,
            Count(_) => Unit::Count,
            Share(_) => Unit::Share,
        }
    }

    /// What it is in `thresholds`.
    pub fn of(&self, thresholds: &Thresholds) -> SettingValue {
        #[expect(clippy::cast_precision_loss, reason = "no threshold has more than 53 bits")]
        match (self.place)(&mut thresholds.clone()) {
            Switch(is_on) => SettingValue::Switch(*is_on),
            Micros(micros) => SettingValue::Number(*micros as f64 / 1e3),
            Bytes(bytes) => SettingValue::Number(*bytes as f64),
            Count(count) => SettingValue::Number(*count as f64),
            Share(share) => SettingValue::Number(*share),
        }
    }

    /// Sets it.
    ///
    /// # Errors
    /// When the value is not of its kind, or beyond [`Unit::range`].
    pub fn set(
        &self,
        thresholds: &mut Thresholds,
        value: SettingValue,
    ) -> Result<(), SettingError> {
        let unit = self.unit();
        let (place, number) = match ((self.place)(thresholds), value) {
            (Switch(place), SettingValue::Switch(is_on)) => {
                *place = is_on;
                return Ok(());
            }
            (Switch(_), SettingValue::Number(_)) => return Err(SettingError::NoSwitch),
            (Share(_), SettingValue::Switch(_)) => return Err(SettingError::NoNumber),
            (_, SettingValue::Switch(_)) => return Err(SettingError::NotWhole),
            (place, SettingValue::Number(number)) => (place, number),
        };
        let (min, max) = unit.range();
        if unit != Unit::Share && number.fract() != 0.0 {
            return Err(SettingError::NotWhole);
        }
        if !(min..=max).contains(&number) {
            return Err(SettingError::OutOfRange(min, max));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        match place {
            Switch(_) => {}
            Micros(micros) => *micros = number as u64 * 1_000,
            Bytes(bytes) => *bytes = number as u64,
            Count(count) => *count = number as usize,
            Share(share) => *share = number,
        }
        Ok(())
    }
}

impl Thresholds {
    /// The defaults with what is set otherwise.
    ///
    /// # Errors
    /// The first setting that cannot be, by its name.
    pub fn with<'n>(
        settings: impl IntoIterator<Item = (&'n str, SettingValue)>,
    ) -> Result<Self, (String, SettingError)> {
        let mut thresholds = Self::default();
        for (name, value) in settings {
            Setting::named(name)
                .ok_or(SettingError::Unknown)
                .and_then(|setting| setting.set(&mut thresholds, value))
                .map_err(|problem| (name.to_owned(), problem))?;
        }
        if thresholds.render_blocking_asset_paint_micros_min
            > thresholds.render_blocking_asset_paint_micros_max
        {
            return Err((PAINT_MIN.to_owned(), SettingError::Reversed(PAINT_MAX)));
        }
        Ok(thresholds)
    }
}
