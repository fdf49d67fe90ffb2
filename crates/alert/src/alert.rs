//! An alert: something that a rule found, and that is firing or over.

use std::collections::BTreeMap;

use model::clock::Micros;
use serde::{Deserialize, Serialize};

use crate::labels::{Fingerprint, Labels, is_label_name};
use crate::limits::{ALERT_BYTES_MAX, LABELS_MAX};

/// A rule of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub u64);

/// How bad.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look at it in working hours.
    #[default]
    Warning,
    /// Wakes somebody.
    Critical,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What users feel: always worth a notification of its own, and an incident.
    Symptom,
    /// All others. While a symptom fires, they ride along with it.
    #[default]
    Other,
}

/// What a rule, or a Prometheus, reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alert {
    /// What makes it the one it is; never values that change.
    pub labels: Labels,
    /// Which rule found it.
    pub rule: RuleId,
    /// What the rule looks at.
    pub role: Role,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it fires; otherwise it is over.
    pub is_firing: bool,
    /// When it began to fire, or ended.
    #[serde(with = "crate::moment")]
    pub at: Micros,
    /// When it is over unless it is reported again; `None` if its end will be reported.
    #[serde(with = "crate::moment::option")]
    pub lapses_at: Option<Micros>,
    /// What people should read.
    pub annotations: BTreeMap<String, String>,
}

/// An alert that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refused {
    #[error("at least one label pair required")]
    NoLabels,
    #[error("more than {LABELS_MAX} labels")]
    TooManyLabels,
    #[error("labels and annotations are longer than {ALERT_BYTES_MAX} bytes")]
    TooLarge,
    #[error("a label has a name that is none")]
    LabelName,
    #[error("too many alerts are known already")]
    Full,
    #[error("another alert has the same fingerprint")]
    Collision,
}

impl Alert {
    /// The short form of its labels.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels)
    }

    /// Checks size and names.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check(&self) -> Result<(), Refused> {
        if self.labels.is_empty() {
            return Err(Refused::NoLabels);
        }
        if self.labels.len() > LABELS_MAX {
            return Err(Refused::TooManyLabels);
        }
        let texts = self.labels.iter().chain(&self.annotations);
        let bytes: usize = texts.map(|(name, value)| name.len() + value.len()).sum();
        if bytes > ALERT_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        if self.labels.keys().all(|name| is_label_name(name)) {
            Ok(())
        } else {
            Err(Refused::LabelName)
        }
    }

    /// The service it is about; empty if it does not say.
    pub(crate) fn service(&self) -> &str {
        self.labels.get("service").map_or("", String::as_str)
    }
}
