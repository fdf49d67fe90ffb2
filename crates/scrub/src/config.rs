//! Rules as people write them: the `piiConfig` of a project, read and made ready to run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::limits::RULES_BYTES_MAX;
use regex::RegexBuilder;
use serde::Deserialize;

use crate::RuleError;
use crate::anchor::Hits;
use crate::builtin;
use crate::chunks::{Action, Redaction};
use crate::kind::Kind;
use crate::rule::{Finder, KeyTest, Matcher, Rule};
use crate::selector::Selector;

/// Bytes of one compiled expression. Source: Relay.
const REGEX_BYTES_MAX: usize = 262_144;
/// How deep rules may name rules.
const RULE_DEPTH_MAX: usize = 16;
/// Rules that are looked up for one selector.
const LOOK_UPS_MAX: usize = 1_000;

/// Rules, and where they are applied.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PiiConfig {
    rules: BTreeMap<String, WrittenRule>,
    applications: BTreeMap<String, Vec<String>>,
}

/// A rule as written. Fields that its type does not know are ignored, as in Relay.
#[derive(Debug, Clone, Deserialize)]
struct WrittenRule {
    #[serde(flatten)]
    ty: WrittenType,
    #[serde(default)]
    redaction: WrittenRedaction,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WrittenType {
    Anything,
    Pattern {
        pattern: String,
        #[serde(rename = "replaceGroups")]
        replace_groups: Option<Vec<usize>>,
    },
    #[serde(alias = "redactPair")]
    RedactPair {
        #[serde(rename = "keyPattern")]
        key_pattern: String,
    },
    Password,
    Bearer,
    Creditcard,
    Iban,
    Email,
    Ip,
    Imei,
    Mac,
    Uuid,
    UsSsn,
    Pemkey,
    UrlAuth,
    Userpath,
    Cookies,
    Multiple {
        rules: Vec<String>,
        #[serde(default, rename = "hideInner")]
        hide_inner: bool,
    },
    Alias {
        rule: String,
        #[serde(default, rename = "hideInner")]
        hide_inner: bool,
    },
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum WrittenRedaction {
    #[default]
    Default,
    Remove,
    Replace {
        text: Option<String>,
    },
    Mask,
    Hash,
    #[serde(other)]
    Unknown,
}

/// A rule before the rules that it names are looked up.
#[derive(Debug, Clone)]
pub(crate) struct RuleSpec {
    pub(crate) ty: RuleType,
    /// `None`: that of the rules it names, or removal.
    pub(crate) redaction: Option<Redaction>,
}

#[derive(Debug, Clone)]
pub(crate) enum RuleType {
    Builtin(Kind),
    Pattern {
        pattern: String,
        groups: Vec<usize>,
    },
    /// `any_case`: capitals in names count alike. In texts they never do, as in Relay.
    RedactPair {
        key_pattern: String,
        any_case: bool,
    },
    Multiple {
        rules: Vec<String>,
        hide_inner: bool,
    },
    Alias {
        rule: String,
        hide_inner: bool,
    },
    /// A way to redact that we do not know: the rule does nothing.
    Ignored,
}

impl PiiConfig {
    /// Reads the JSON text.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > RULES_BYTES_MAX {
            return Err(RuleError::TooLong);
        }
        serde_json::from_str(text).map_err(RuleError::Json)
    }

    /// The selectors in the order in which their rules run, each with its rules.
    pub(crate) fn compile(&self) -> Result<Vec<(Selector, Vec<Rule>)>, RuleError> {
        let mut compiled = Vec::with_capacity(self.applications.len());
        for (text, ids) in &self.applications {
            let selector = Selector::parse(text)
                .map_err(|cause| RuleError::Selector { selector: text.clone(), cause })?;
            compiled.push((selector, rules(ids, &|id| self.rule(id))?));
        }
        compiled.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(compiled)
    }

    fn rule(&self, id: &str) -> Option<RuleSpec> {
        self.rules.get(id).map(WrittenRule::spec).or_else(|| builtin::rule(id))
    }
}

impl WrittenRule {
    fn spec(&self) -> RuleSpec {
        let redaction = match &self.redaction {
            WrittenRedaction::Default => None,
            WrittenRedaction::Remove => Some(Redaction::Remove),
            WrittenRedaction::Mask => Some(Redaction::Mask),
            WrittenRedaction::Hash => Some(Redaction::Hash),
            WrittenRedaction::Replace { text } => {
                let text = text.clone().map_or(Cow::Borrowed("[Filtered]"), Cow::Owned);
                Some(Redaction::Replace(text))
            }
            WrittenRedaction::Unknown => {
                return RuleSpec { ty: RuleType::Ignored, redaction: None };
            }
        };
        RuleSpec { ty: self.ty.clone().into(), redaction }
    }
}

impl From<WrittenType> for RuleType {
    fn from(written: WrittenType) -> Self {
        use WrittenType as W;
        Self::Builtin(match written {
            W::Pattern { pattern, replace_groups } => {
                return Self::Pattern { pattern, groups: replace_groups.unwrap_or(vec![0]) };
            }
            W::RedactPair { key_pattern } => {
                return Self::RedactPair { key_pattern, any_case: false };
            }
            W::Multiple { rules, hide_inner } => return Self::Multiple { rules, hide_inner },
            W::Alias { rule, hide_inner } => return Self::Alias { rule, hide_inner },
            W::Anything => Kind::Anything,
            W::Password => Kind::Password,
            W::Bearer => Kind::Bearer,
            W::Creditcard => Kind::CreditCard,
            W::Iban => Kind::Iban,
            W::Email => Kind::Email,
            W::Ip => Kind::Ip,
            W::Imei => Kind::Imei,
            W::Mac => Kind::Mac,
            W::Uuid => Kind::Uuid,
            W::UsSsn => Kind::UsSsn,
            W::Pemkey => Kind::PemKey,
            W::UrlAuth => Kind::UrlAuth,
            W::Userpath => Kind::UserPath,
            W::Cookies => Kind::Cookies,
        })
    }
}

/// The rules that `ids` come to, in the order in which they run. Ids that nobody defines are left
/// out, as in Relay.
pub(crate) fn rules(
    ids: &[String],
    look_up: &dyn Fn(&str) -> Option<RuleSpec>,
) -> Result<Vec<Rule>, RuleError> {
    let mut collector = Collector { look_up, look_ups: 0, rules: BTreeMap::new() };
    for id in ids {
        collector.collect(id, None, 0)?;
    }
    Ok(collector.rules.into_values().collect())
}

/// What an outer rule passes on to those it names.
#[derive(Clone)]
struct Outer {
    origin: Cow<'static, str>,
    redaction: Option<Redaction>,
}

struct Collector<'c> {
    look_up: &'c dyn Fn(&str) -> Option<RuleSpec>,
    look_ups: usize,
    rules: BTreeMap<(String, Cow<'static, str>), Rule>,
}

impl Collector<'_> {
    fn collect(&mut self, id: &str, outer: Option<Outer>, depth: usize) -> Result<(), RuleError> {
        self.look_ups += 1;
        if depth > RULE_DEPTH_MAX || self.look_ups > LOOK_UPS_MAX {
            return Err(RuleError::TooManyRules);
        }
        let Some(spec) = (self.look_up)(id) else { return Ok(()) };
        let here = Outer {
            origin: outer.as_ref().map_or(Cow::Owned(id.to_owned()), |outer| outer.origin.clone()),
            redaction: outer.and_then(|outer| outer.redaction).or(spec.redaction),
        };
        let passed_on = |hide_inner: bool, here| hide_inner.then_some(here);
        match spec.ty {
            RuleType::Ignored => Ok(()),
            RuleType::Alias { rule, hide_inner } => {
                self.collect(&rule, passed_on(hide_inner, here), depth + 1)
            }
            RuleType::Multiple { rules, hide_inner } => {
                let outer = passed_on(hide_inner, here);
                rules.iter().try_for_each(|rule| self.collect(rule, outer.clone(), depth + 1))
            }
            other => {
                let rule = Rule {
                    id: id.to_owned(),
                    action: Action {
                        rule: here.origin,
                        redaction: here.redaction.unwrap_or(Redaction::Remove),
                    },
                    anything: matches!(other, RuleType::Builtin(Kind::Anything)),
                    matchers: matchers(other)?,
                };
                self.rules.entry((rule.id.clone(), rule.action.rule.clone())).or_insert(rule);
                Ok(())
            }
        }
    }
}

fn matchers(ty: RuleType) -> Result<Vec<Matcher>, RuleError> {
    match ty {
        RuleType::Builtin(kind) => kind.matchers(),
        RuleType::Pattern { pattern, groups } => {
            let value = Finder::Groups(regex(&pattern, false)?, groups, |_| true);
            Ok(vec![Matcher { key: KeyTest::Never, value, needs: Hits::ALWAYS }])
        }
        RuleType::RedactPair { key_pattern, any_case } => {
            let key = KeyTest::Matches(regex(&key_pattern, any_case)?);
            let value = Finder::WholeIfMatches(regex(&key_pattern, false)?);
            Ok(vec![Matcher { key, value, needs: Hits::ALWAYS }])
        }
        RuleType::Multiple { .. } | RuleType::Alias { .. } | RuleType::Ignored => Ok(Vec::new()),
    }
}

fn regex(pattern: &str, any_case: bool) -> Result<regex::Regex, RuleError> {
    RegexBuilder::new(pattern)
        .case_insensitive(any_case)
        .size_limit(REGEX_BYTES_MAX)
        .build()
        .map_err(RuleError::Pattern)
}
