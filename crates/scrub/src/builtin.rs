//! The built-in rules: families such as `@email`, each with its ways to redact.

use std::borrow::Cow;

use crate::chunks::Redaction;
use crate::config::{RuleSpec, RuleType};
use crate::kind::Kind;

/// A built-in rule, for people to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// The id without a method, such as `@email`.
    pub id: &'static str,
    /// What it finds.
    pub finds: &'static str,
    /// The methods that may follow the id after a colon.
    pub methods: &'static [&'static str],
    /// What the id alone stands for.
    pub default_method: &'static str,
    /// What stands in the place of what was found.
    pub replacement: &'static str,
    /// True when our stricter defaults apply it without being asked.
    pub by_default: bool,
}

struct Family {
    info: RuleInfo,
    kind: Kind,
}

const fn family(kind: Kind, id: &'static str, replacement: &'static str) -> Family {
    let (finds, methods, default_method) = ("", ALL, "replace");
    let info = RuleInfo { id, finds, methods, default_method, replacement, by_default: false };
    Family { info, kind }
}

impl Family {
    const fn finds(self, finds: &'static str) -> Self {
        Self { info: RuleInfo { finds, ..self.info }, ..self }
    }

    const fn methods(self, methods: &'static [&'static str], default: &'static str) -> Self {
        Self { info: RuleInfo { methods, default_method: default, ..self.info }, ..self }
    }

    const fn by_default(self) -> Self {
        Self { info: RuleInfo { by_default: true, ..self.info }, ..self }
    }
}

const ALL: &[&str] = &["replace", "hash", "mask", "remove"];
const WITH_FILTER: &[&str] = &["replace", "filter", "hash", "mask", "remove"];
/// The text of the `filter` method.
const FILTERED: &str = "[Filtered]";

static FAMILIES: &[Family] = &[
    family(Kind::Anything, "@anything", FILTERED)
        .finds("Any value, also whole objects and lists.")
        .methods(WITH_FILTER, "replace"),
    family(Kind::Password, "@password", "[password]")
        .finds("Values whose name or text speaks of passwords, secrets, tokens or API keys.")
        .methods(WITH_FILTER, "remove")
        .by_default(),
    family(Kind::Bearer, "@bearer", "Bearer [token]")
        .finds("`Bearer` with the word after it.")
        .methods(WITH_FILTER, "replace")
        .by_default(),
    family(Kind::CreditCard, "@creditcard", "[creditcard]")
        .finds("Numbers that begin like a card number; the check digit is not looked at.")
        .methods(WITH_FILTER, "replace"),
    family(Kind::Iban, "@iban", "[iban]")
        .finds("International bank account numbers.")
        .methods(WITH_FILTER, "replace")
        .by_default(),
    family(Kind::PemKey, "@pemkey", "[pemkey]")
        .finds("What stands between the BEGIN and END lines of a key.")
        .methods(WITH_FILTER, "replace")
        .by_default(),
    family(Kind::UsSsn, "@usssn", "[us-ssn]")
        .finds("Social security numbers of the USA.")
        .methods(WITH_FILTER, "mask")
        .by_default(),
    family(Kind::UrlAuth, "@urlauth", "[auth]")
        .finds("User name and password in a URL.")
        .methods(&["replace", "hash", "mask", "remove", "legacy"], "replace")
        .by_default(),
    family(Kind::Email, "@email", "[email]").finds("E-mail addresses."),
    family(Kind::Ip, "@ip", "[ip]").finds("IPv4 and IPv6 addresses."),
    family(Kind::Imei, "@imei", "[imei]").finds("Serial numbers of phones (IMEI)."),
    family(Kind::Mac, "@mac", "[mac]").finds("Hardware addresses (MAC).").methods(ALL, "mask"),
    family(Kind::Uuid, "@uuid", "[uuid]").finds("UUIDs.").methods(ALL, "mask"),
    family(Kind::UserPath, "@userpath", "[user]").finds("The user's name in the path of a file."),
    family(Kind::Cookies, "@cookies", FILTERED)
        .finds("Values of session and CSRF cookies in a list of cookies.")
        .methods(&["filter"], "filter")
        .by_default(),
    family(Kind::Pan, "@pan", "[pan]")
        .finds("Card numbers: issuer, length and check digit are right.")
        .by_default(),
    family(Kind::Cvv, "@cvv", "[cvv]").finds("Security codes of cards, after a name.").by_default(),
    family(Kind::Jwt, "@jwt", "[jwt]").finds("JSON web tokens.").by_default(),
    family(Kind::Secret, "@secret", "[secret]")
        .finds("API tokens, credentials in headers and URLs, private keys, `password=...`.")
        .by_default(),
    family(Kind::ApiToken, "@apitoken", "[key]")
        .finds("API tokens by the letters that they begin with.")
        .by_default(),
    family(Kind::Phone, "@phone", "[phone]")
        .finds("Phone numbers in international form.")
        .by_default(),
    family(Kind::CheckedIban, "@iban-checked", "[iban]")
        .finds("International bank account numbers whose check digits are right.")
        .by_default(),
];

/// The rules of `@common` and `@common:filter`, as Relay has them.
const COMMON: &[&str] = &[
    "@bearer",
    "@creditcard",
    "@email",
    "@iban",
    "@ip",
    "@password",
    "@pemkey",
    "@urlauth",
    "@userpath",
    "@usssn",
];
pub(crate) const COMMON_FILTER: &[&str] = &[
    "@bearer:filter",
    "@creditcard:filter",
    "@iban:filter",
    "@password:filter",
    "@pemkey:filter",
    "@urlauth:legacy",
    "@usssn:filter",
];

/// All built-in rules, for the settings page and the guide.
pub fn describe() -> Vec<RuleInfo> {
    FAMILIES.iter().map(|family| family.info.clone()).collect()
}

/// The built-in rule of that id.
pub(crate) fn rule(id: &str) -> Option<RuleSpec> {
    let multiple = |ids: &[&str]| RuleSpec {
        ty: RuleType::Multiple {
            rules: ids.iter().map(|id| (*id).to_owned()).collect(),
            hide_inner: false,
        },
        redaction: None,
    };
    match id {
        "@common" => return Some(multiple(COMMON)),
        "@common:filter" => return Some(multiple(COMMON_FILTER)),
        _ => {}
    }
    let (name, method) = match id.split_once(':') {
        Some((name, method)) => (name, Some(method)),
        None => (id, None),
    };
    let family = FAMILIES.iter().find(|family| family.info.id == name)?;
    let Some(method) = method else {
        let rule = format!("{name}:{}", family.info.default_method);
        return Some(RuleSpec { ty: RuleType::Alias { rule, hide_inner: true }, redaction: None });
    };
    if !family.info.methods.contains(&method) {
        return None;
    }
    let (kind, redaction) = match method {
        "remove" => (family.kind, Redaction::Remove),
        "mask" => (family.kind, Redaction::Mask),
        "hash" => (family.kind, Redaction::Hash),
        "filter" => (family.kind, Redaction::Replace(Cow::Borrowed(FILTERED))),
        "legacy" => (Kind::UrlPassword, Redaction::Replace(Cow::Borrowed(FILTERED))),
        _ => (family.kind, Redaction::Replace(Cow::Borrowed(family.info.replacement))),
    };
    Some(RuleSpec { ty: RuleType::Builtin(kind), redaction: Some(redaction) })
}

/// True for the word in the brackets of a replacement.
pub(crate) fn is_marker_word(word: &str) -> bool {
    FAMILIES.iter().any(|family| {
        let marker = family.info.replacement;
        marker.trim_start_matches('[').trim_end_matches(']') == word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_can_run() {
        for family in FAMILIES {
            assert!(rule(family.info.id).is_some());
            assert!(family.kind.matchers().is_ok(), "{}", family.info.id);
            for method in family.info.methods {
                assert!(rule(&format!("{}:{method}", family.info.id)).is_some());
            }
        }
    }
}
