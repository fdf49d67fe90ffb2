//! What an issue is about, as rules number it.

/// What an issue is about.
///
/// Source: Sentry's `GroupCategory` and the categories of its group types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// An error or a message.
    Error,
    /// A finding in traces of a kind that is not known here.
    Performance,
    /// What users wrote.
    Feedback,
    /// A job that stays away, or a site that is down.
    Outage,
    /// A finding about queries.
    Database,
    /// A finding about calls.
    Http,
    /// A finding about what pages load.
    Frontend,
    /// A finding about work on a main thread.
    Mobile,
}

impl Category {
    /// Of a finding in traces, by its `issue.type`.
    pub fn of_finding(issue_type: &str) -> Self {
        match issue_type {
            "performance_n_plus_one_db_queries"
            | "performance_slow_db_query"
            | "performance_consecutive_db_queries" => Self::Database,
            "performance_n_plus_one_api_calls"
            | "performance_consecutive_http"
            | "performance_duplicate_calls"
            | "performance_slow_external_provider"
            | "performance_large_http_payload" => Self::Http,
            "performance_uncompressed_assets" | "performance_render_blocking_asset_span" => {
                Self::Frontend
            }
            "performance_db_main_thread"
            | "performance_file_io_main_thread"
            | "profile_regex_main_thread" => Self::Mobile,
            _ => Self::Performance,
        }
    }

    /// Sentry's number.
    pub const fn number(self) -> u64 {
        match self {
            Self::Error => 1,
            Self::Performance => PERFORMANCE,
            Self::Feedback => 6,
            Self::Outage => 10,
            Self::Database => 12,
            Self::Http => 13,
            Self::Frontend => 14,
            Self::Mobile => 15,
        }
    }

    /// Whether a filter for that number means it.
    pub(super) fn is(self, number: u64) -> bool {
        self.number() == number || (number == PERFORMANCE && FINDINGS.contains(&self.number()))
    }
}

/// All findings in traces, before there were kinds of them.
const PERFORMANCE: u64 = 2;
const FINDINGS: std::ops::RangeInclusive<u64> = 12..=15;

/// Whether no issue is in both.
pub(super) fn exclude(one: u64, two: u64) -> bool {
    let holds = |whole, part| whole == PERFORMANCE && FINDINGS.contains(&part);
    one != two && !holds(one, two) && !holds(two, one)
}
