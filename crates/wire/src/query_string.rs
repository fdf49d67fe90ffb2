//! Query strings and form fields into decoded pairs.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The pairs in order. What is not UTF-8 after decoding becomes U+FFFD.
pub fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// The first value under `name`, unless it is empty.
pub fn value<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let found = pairs(query).find(|(key, _)| key == name);
    found.map(|(_, value)| value).filter(|value| !value.is_empty())
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8_lossy();
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}
