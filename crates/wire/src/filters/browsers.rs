//! Browsers that projects do not support any more.

use crate::user_agent::Product;

/// A family of browsers up to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegacyBrowser {
    name: &'static str,
    /// Families with their first and last version that count as legacy.
    families: &'static [(&'static str, u32, u32)],
}

/// Source: Sentry's filter options; the numbers are those of Relay.
const KNOWN: [LegacyBrowser; 18] = [
    LegacyBrowser {
        name: "default",
        families: &[
            ("IE", 0, 9),
            ("Safari", 0, 5),
            ("Opera", 0, 14),
            ("Android", 0, 3),
            ("Opera Mini", 0, 7),
        ],
    },
    LegacyBrowser { name: "ie_pre_9", families: &[("IE", 0, 8)] },
    LegacyBrowser { name: "ie9", families: &[("IE", 9, 9)] },
    LegacyBrowser { name: "ie10", families: &[("IE", 10, 10)] },
    LegacyBrowser { name: "ie11", families: &[("IE", 11, 11)] },
    LegacyBrowser { name: "opera_pre_15", families: &[("Opera", 0, 14)] },
    LegacyBrowser { name: "opera_mini_pre_8", families: &[("Opera Mini", 0, 7)] },
    LegacyBrowser { name: "android_pre_4", families: &[("Android", 0, 3)] },
    LegacyBrowser { name: "safari_pre_6", families: &[("Safari", 0, 5)] },
    LegacyBrowser { name: "edge_pre_79", families: &[("Edge", 0, 78)] },
    LegacyBrowser { name: "ie", families: &[("IE", 0, 11)] },
    LegacyBrowser { name: "edge", families: &[("Edge", 0, 110)] },
    LegacyBrowser { name: "chrome", families: &[("Chrome", 0, 110)] },
    LegacyBrowser { name: "firefox", families: &[("Firefox", 0, 110)] },
    LegacyBrowser { name: "safari", families: &[("Safari", 0, 15)] },
    LegacyBrowser { name: "opera", families: &[("Opera", 0, 99)] },
    LegacyBrowser { name: "opera_mini", families: &[("Opera Mini", 0, 34)] },
    LegacyBrowser { name: "android", families: &[("Android", 0, 3)] },
];

impl LegacyBrowser {
    /// The option with that name in project settings.
    pub fn from_name(name: &str) -> Option<Self> {
        KNOWN.iter().find(|known| known.name == name).copied()
    }

    /// The name in project settings.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// True when the browser is one of these.
    pub(super) fn includes(&self, browser: &Product) -> bool {
        let family = match browser.name.as_str() {
            "IE Mobile" => "IE",
            other => other,
        };
        let major = browser.version.as_deref().and_then(|version| version.split('.').next());
        let Some(major) = major.and_then(|major| major.parse::<u32>().ok()) else { return false };
        self.families
            .iter()
            .any(|(name, first, last)| *name == family && (*first..=*last).contains(&major))
    }
}
