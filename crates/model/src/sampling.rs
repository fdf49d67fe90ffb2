//! Which traces stay: a share of them, chosen by their ids, so that everybody chooses the same ones.
//!
//! Source: OpenTelemetry's consistent probability sampling. The last 56 bits of a trace id are its
//! randomness `R`; of a share `p` stays what has `R >= (1 - p) * 2^56`, and of a larger one, too.

use crate::clock::Micros;
use crate::id::{ProjectId, TraceId};

const MILLION: u32 = 1_000_000;
/// Bits of a trace's randomness.
const RANDOM_BITS: u32 = 56;

/// Attribute of spans whose sender has chosen their trace in the same way: which share it kept.
pub const CONSISTENT_RATE: &str = "sentry.client_sample_rate";
/// A share of all traces, in millionths, so that what is written down is exactly what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Share(u32);

impl Share {
    /// No trace.
    pub const NONE: Self = Self(0);
    /// Every trace.
    pub const ALL: Self = Self(MILLION);

    /// `None` when it is more than all.
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (millionths <= MILLION).then_some(Self(millionths))
    }

    /// The nearest share; what is no number is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between zero and a million"
    )]
    pub fn nearest(share: f64) -> Self {
        let millionths = (share * f64::from(MILLION)).round();
        Self(millionths.clamp(0.0, f64::from(MILLION)) as u32)
    }

    /// In millionths.
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// From 0 to 1.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(MILLION)
    }

    /// The randomness from which on traces stay, from 0 to 2^56.
    pub fn threshold(self) -> u64 {
        let dropped = u128::from(MILLION - self.0);
        let threshold = ((dropped << RANDOM_BITS) + u128::from(MILLION / 2)) / u128::from(MILLION);
        u64::try_from(threshold).unwrap_or(u64::MAX)
    }

    /// Whether a trace stays.
    pub fn keeps(self, trace: TraceId) -> bool {
        randomness(trace) >= self.threshold()
    }

    /// How many traces each that stays stands for; 0 where none does.
    pub fn weight(self) -> f64 {
        if self.0 == 0 { 0.0 } else { f64::from(MILLION) / f64::from(self.0) }
    }
}

/// The last 56 bits of a trace's id.
pub fn randomness(trace: TraceId) -> u64 {
    let half = trace.0.last_chunk().copied().map_or(0, u64::from_be_bytes);
    half & ((1 << 56) - 1)
}

/// Why a trace has the share it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Nothing speaks for it.
    Background,
    /// Something in it failed.
    Error,
    /// It was slower than nearly all others of its kind.
    Slow,
    /// Whoever sent it wants it kept.
    Keep,
    /// There are few of its kind.
    Rare,
    /// The release is new.
    NewRelease,
    /// The project's rule with that place in its list.
    Custom(u8),
}

impl Rule {
    /// All that are not of a project.
    pub const FIXED: [Self; 6] =
        [Self::Background, Self::Error, Self::Slow, Self::Keep, Self::Rare, Self::NewRelease];

    /// Its number on disk.
    pub fn code(self) -> u8 {
        match self {
            Self::Background => 0,
            Self::Error => 1,
            Self::Slow => 2,
            Self::Keep => 3,
            Self::Rare => 4,
            Self::NewRelease => 5,
            Self::Custom(place) => place.saturating_add(CUSTOM_CODE),
        }
    }

    /// The rule of that number; unknown ones count as background.
    pub fn from_code(code: u8) -> Self {
        match code.checked_sub(CUSTOM_CODE) {
            Some(place) => Self::Custom(place),
            None => Self::FIXED.get(usize::from(code)).copied().unwrap_or(Self::Background),
        }
    }

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Error => "error",
            Self::Slow => "slow",
            Self::Keep => "keep",
            Self::Rare => "rare",
            Self::NewRelease => "new_release",
            Self::Custom(_) => "custom",
        }
    }
}

/// The number of the first rule of a project.
const CUSTOM_CODE: u8 = 16;

/// What was found out about a trace when its spans arrived. A share of none asks for the trace to be
/// dropped, unless another verdict speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whose spans said so.
    pub project: ProjectId,
    /// About which trace.
    pub trace: TraceId,
    /// When.
    pub at: Micros,
    /// Which share of such traces stays.
    pub share: Share,
    /// Why.
    pub rule: Rule,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: OpenTelemetry's sampling thresholds, worked out with exact fractions.
    #[test]
    fn thresholds() {
        let known = [
            (1.0, 0),
            (0.5, 36_028_797_018_963_968),
            (0.25, 54_043_195_528_445_952),
            (0.1, 64_851_834_634_135_142),
            (0.05, 68_454_714_336_031_539),
            (0.02, 70_616_442_157_169_377),
            (0.01, 71_337_018_097_548_657),
            (0.0, 1 << 56),
        ];
        for (share, threshold) in known {
            assert_eq!(Share::nearest(share).threshold(), threshold, "{share}");
        }
    }

    #[track_caller]
    fn check(trace: &str, random: u64, kept: [bool; 5]) {
        let trace = TraceId::parse(trace).unwrap();
        assert_eq!(randomness(trace), random);
        assert_eq!([0.5, 0.1, 0.05, 0.02, 0.01].map(|p| Share::nearest(p).keeps(trace)), kept);
        assert!(Share::ALL.keeps(trace) && !Share::NONE.keeps(trace));
    }

    #[test]
    fn decisions() {
        let none = [false; 5];
        check(
            "4bf92f3577b34da6a3ce929d0e0e4736",
            58_145_048_445_732_662,
            [true, false, false, false, false],
        );
        check("0af7651916cd43dd8448eb211c80319c", 20_524_725_767_778_716, none);
        check("ffffffffffffffffffffae147ae147ae", 71_967_522_045_380_526, [true; 5]);
        check(
            "000000000000000000fae147ae147ae1",
            70_616_442_157_169_377,
            [true, true, true, true, false],
        );
        check(
            "000000000000000000fae147ae147ae0",
            70_616_442_157_169_376,
            [true, true, true, false, false],
        );
    }

    #[test]
    fn shares_lead_there_and_back() {
        assert_eq!(Share::nearest(0.1).millionths(), 100_000);
        assert_eq!([f64::NAN, -1.0].map(Share::nearest), [Share::NONE; 2]);
        assert_eq!(Share::nearest(7.0), Share::ALL);
        assert_eq!(Share::from_millionths(1_000_001), None);
        assert!((Share::nearest(0.05).weight() - 20.0).abs() < 1e-12);
        assert_eq!(Share::nearest(1.0 / Share::nearest(0.015).weight()), Share::nearest(0.015));
        let custom = Rule::Custom(3);
        for rule in Rule::FIXED.into_iter().chain([custom]) {
            assert_eq!(Rule::from_code(rule.code()), rule);
        }
        assert_eq!(Rule::from_code(9), Rule::Background);
    }
}
