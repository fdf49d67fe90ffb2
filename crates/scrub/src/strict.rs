//! What our defaults do beyond Relay's: names that stand for secrets, numbers, and names themselves.

use std::borrow::Cow;

use model::annotation::Note;
use model::json::Value;

use crate::anchor::Hits;
use crate::chunks::{Action, Chunks, Redaction};
use crate::place::Place;
use crate::rule::Text;
use crate::schema::Strict;
use crate::walk::NAME_NEEDS;
use crate::{Scrubber, card, token};

/// The rules for texts, in the order in which they run: those that know a whole secret before those
/// that know a part of it.
pub(crate) const TEXT_RULES: &[&str] =
    &["@jwt", "@secret", "@cvv", "@pan", "@iban-checked", "@usssn:replace", "@phone"];

/// The rules for the names of fields. What they put there must not itself speak of secrets.
pub(crate) const NAME_RULES: &[&str] = &["@jwt", "@apitoken", "@pan"];

/// Noted where the name of a field was changed.
pub(crate) const NAME_RULE: &str = "@field-name";

/// What stands in the place of a value, and the rule that put it there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marker {
    pub(crate) rule: &'static str,
    pub(crate) text: &'static str,
}

/// What must be seen in a name for it to stand for a secret.
const NAMED: Hits = Hits::CVV.or(Hits::ASSIGNED).or(Hits::COOKIE);

const PAN: Marker = Marker { rule: "@pan", text: "[pan]" };
const CVV: Marker = Marker { rule: "@cvv", text: "[cvv]" };
const SECRET: Marker = Marker { rule: "@secret", text: "[secret]" };

impl Marker {
    pub(crate) fn action(self) -> Action {
        let redaction = Redaction::Replace(Cow::Borrowed(self.text));
        Action { rule: Cow::Borrowed(self.rule), redaction }
    }
}

/// What to put in the place of a number.
pub(crate) fn number(scrubber: &Scrubber, value: &Value<'_>, place: &Place<'_>) -> Option<Marker> {
    let number = value.as_u64().filter(|_| is_on(scrubber, place))?;
    if card::is_card_number(number) {
        return Some(PAN);
    }
    if is_cvv_name(place) && number <= 9999 {
        return Some(CVV);
    }
    is_secret_name(place).then_some(SECRET)
}

/// What to put in the place of a whole text.
pub(crate) fn whole_text(scrubber: &Scrubber, text: &str, place: &Place<'_>) -> Option<Marker> {
    if !is_on(scrubber, place) {
        return None;
    }
    if place.field.strict == Strict::Whole {
        return Some(SECRET);
    }
    if !place.key_hits.meets(NAMED) {
        return None;
    }
    let unquoted = text.trim_matches(['\'', '"', ' ']);
    if is_cvv_name(place)
        && (3..=4).contains(&unquoted.len())
        && unquoted.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(CVV);
    }
    let harmless = unquoted.is_empty() || unquoted == "None";
    (!harmless && (is_secret_name(place) || is_cookie_header(place))).then_some(SECRET)
}

/// The name of a field without the secrets in it, if there are any.
pub(crate) fn clean_name(scrubber: &Scrubber, key: &str, place: &Place<'_>) -> Option<String> {
    if !place.key_hits.meets(NAME_NEEDS) || !is_on(scrubber, place) {
        return None;
    }
    let mut text = Text::new(key);
    text.open_with(|plain| Chunks::new(plain, &[]));
    for rule in &scrubber.name_rules {
        rule.apply(&mut text, "", Hits::NONE);
    }
    text.into_changed().map(|chunks| chunks.join(&mut Note::default()))
}

fn is_on(scrubber: &Scrubber, place: &Place<'_>) -> bool {
    place.field.strict != Strict::Off
        && scrubber.is_strict()
        && !scrubber.safe.iter().any(|safe| safe.matches(place))
}

fn is_cvv_name(place: &Place<'_>) -> bool {
    const NAMES: [&str; 6] = ["cvv", "cvc", "cvv2", "cvc2", "cid", "securitycode"];
    place.key_hits.meets(Hits::CVV)
        && place.key().is_some_and(|key| {
            let name = key.replace(['_', '-', ' '], "").to_ascii_lowercase();
            NAMES.contains(&name.strip_prefix("card").unwrap_or(&name))
        })
}

fn is_secret_name(place: &Place<'_>) -> bool {
    place.key_hits.meets(Hits::ASSIGNED) && place.key().is_some_and(token::is_secret_name)
}

fn is_cookie_header(place: &Place<'_>) -> bool {
    place.key_hits.meets(Hits::COOKIE)
        && place.key().is_some_and(|key| {
            ["cookie", "set-cookie", "cookies", "http_cookie"]
                .iter()
                .any(|name| key.eq_ignore_ascii_case(name))
        })
}
