//! `X-Sentry-Rate-Limits`: which categories a client is to keep back, and for how long.
//!
//! Source: SDK development documentation, "Rate Limiting". The Rust SDK wants three fields at least.

use std::fmt;

use model::category::Category;

/// Whom a limit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All projects of the organisation.
    Organization,
    /// The project.
    Project,
    /// The client key.
    Key,
}

impl Scope {
    /// Every scope with its name in the header.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Organization, "organization"), (Self::Project, "project"), (Self::Key, "key")];

    /// The name in the header.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// Whole seconds to wait.
    pub retry_after_secs: u64,
    /// What to keep back; empty means everything.
    pub categories: Vec<Category>,
    /// Whom it is for.
    pub scope: Scope,
    /// A code such as `quota_exceeded`; may be empty.
    pub reason: String,
}

impl fmt::Display for RateLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.retry_after_secs)?;
        for (place, category) in self.categories.iter().enumerate() {
            write!(out, "{}{category}", if place > 0 { ";" } else { "" })?;
        }
        write!(out, ":{}", self.scope.name())?;
        if self.reason.is_empty() {
            return Ok(());
        }
        // A reason is a person's text; only what cannot end the field or the header gets through.
        let safe = |c: char| if c.is_ascii_alphanumeric() || "_-. ".contains(c) { c } else { '_' };
        write!(out, ":{}", self.reason.chars().map(safe).collect::<String>())
    }
}

/// The header's value.
pub fn write(limits: &[RateLimit]) -> String {
    limits.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads the header's value. Limits that cannot be read are skipped, as SDKs do.
pub fn parse(value: &str) -> Vec<RateLimit> {
    value.split(',').filter_map(parse_one).collect()
}

fn parse_one(text: &str) -> Option<RateLimit> {
    let mut fields = text.trim().split(':');
    let retry_after_secs = fields.next()?.trim().parse().ok()?;
    let categories = fields.next()?.split(';').filter(|name| !name.is_empty());
    let categories = categories.map(Category::from_name).collect();
    let scope = fields.next()?;
    let (scope, _) = Scope::ALL.into_iter().find(|(_, name)| *name == scope)?;
    let reason = fields.next().unwrap_or_default().to_owned();
    Some(RateLimit { retry_after_secs, categories, scope, reason })
}
