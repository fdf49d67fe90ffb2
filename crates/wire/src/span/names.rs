//! Names of transactions: those that are URLs lose the parts that differ from one to the next.

use std::borrow::Cow;

use model::event::Event;
use model::json::{Object, Value};

/// What a transaction without a name is called.
const UNLABELED: &str = "<unlabeled transaction>";

/// SDKs that once called transactions after URLs without saying so. Source: Relay.
const URLS_WITHOUT_SOURCE: [&str; 9] = [
    "sentry.javascript.angular",
    "sentry.javascript.browser",
    "sentry.javascript.ember",
    "sentry.javascript.gatsby",
    "sentry.javascript.react",
    "sentry.javascript.remix",
    "sentry.javascript.vue",
    "sentry.php.laravel",
    "sentry.php.symfony",
];

/// Settles the name of a transaction and where it comes from.
pub(super) fn normalize(event: &mut Event<'_>) {
    let source = event.str_at(&["transaction_info", "source"]).unwrap_or_default();
    let sanitized = match source {
        "url" | "sanitized" => true,
        "" => is_url_without_source(event),
        _ => false,
    };
    let source: Cow<'static, str> = match source {
        _ if sanitized => "sanitized".into(),
        "" => "unknown".into(),
        other => other.to_owned().into(),
    };
    match event.root.get_mut("transaction") {
        Some(Value::Str(name)) if !name.is_empty() => {
            if sanitized && let Some(clean) = sanitize(name) {
                *name = Cow::Owned(clean);
            }
        }
        _ => drop(event.root.insert("transaction", UNLABELED)),
    }
    let info = event.root.entry("transaction_info");
    if info.as_object().is_none() {
        *info = Value::Object(Object::new());
    }
    if let Value::Object(info) = info {
        info.insert("source", Value::Str(source));
    }
}

fn is_url_without_source(event: &Event<'_>) -> bool {
    let Some(name) = event.root.str("transaction").filter(|name| name.contains('/')) else {
        return false;
    };
    let sdk = event.str_at(&["sdk", "name"]).unwrap_or_default();
    let uses = |wanted: &str| {
        let list = event.at(&["sdk", "integrations"]).and_then(Value::as_array);
        list.into_iter().flatten().any(|it| it.as_str() == Some(wanted))
    };
    let not_found = || event.tag("http.status_code") == Some("404");
    URLS_WITHOUT_SOURCE.contains(&sdk)
        || sdk.starts_with("sentry.python") && not_found() && uses("django")
        || sdk == "sentry.javascript.node" && name.starts_with("OPTIONS ") && uses("Express")
}

/// The name with `*` for each part of the path that looks like an id; `None` when there is none.
pub(super) fn sanitize(name: &str) -> Option<String> {
    if !name.split(['/', '\\']).any(is_id) {
        return None;
    }
    let mut clean = String::with_capacity(name.len());
    let mut rest = name;
    loop {
        let end = rest.find(['/', '\\']);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        clean.push_str(if is_id(part) { "*" } else { part });
        let Some(separator) = after.chars().next() else { return Some(clean) };
        clean.push(separator);
        rest = &after[1..];
    }
}

/// Source: Relay's `TRANSACTION_NAME_NORMALIZER_REGEX`: digests, hexadecimal numbers, and whatever
/// has two digits in a row, which dates and nearly all UUIDs have too.
fn is_id(part: &str) -> bool {
    has_two_digits(part.as_bytes()) || part.split(is_no_word).any(is_hex) || has_uuid(part)
}

fn is_no_word(char: char) -> bool {
    !(char.is_alphanumeric() || char == '_')
}

/// Digits of `%20` and the like do not count.
fn has_two_digits(mut part: &[u8]) -> bool {
    while let [first, rest @ ..] = part {
        part = match rest {
            [high, low, rest @ ..]
                if *first == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            [second, ..] if first.is_ascii_digit() && second.is_ascii_digit() => return true,
            _ => rest,
        };
    }
    false
}

fn is_hex(word: &str) -> bool {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let all_hex = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_hexdigit());
    digits.is_some_and(all_hex) || matches!(word.len(), 32 | 40) && all_hex(word)
}

fn has_uuid(part: &str) -> bool {
    const UUID: usize = 36;
    let is_uuid = |text: &[u8]| {
        text.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    part.len() >= UUID && part.as_bytes().windows(UUID).any(is_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_ids_become_stars() {
        for (name, expected) in [
            ("/users/123/orders/ceee0822-ed8f-4622-b2a3-789e73e75cd1/x", "/users/*/orders/*/x"),
            ("/a/deadbeefdeadbeef/b", "/a/deadbeefdeadbeef/b"),
            ("/a/2026-11-21/b", "/a/*/b"),
            ("/v1/x2/y", "/v1/x2/y"),
            ("/a/0xff/b", "/a/*/b"),
            ("GET /x/12345", "GET /x/*"),
            ("/a/abc12/b", "/a/*/b"),
            ("/static/app.a1b2c3d4.js", "/static/app.a1b2c3d4.js"),
            ("/a/abcdefabcdefabcdefabcdefabcdefab/b", "/a/*/b"),
            ("/a%20b%2F/c", "/a%20b%2F/c"),
            ("/a%2012/c", "/*/c"),
            ("12/\u{e4}/", "*/\u{e4}/"),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(sanitize(name).as_deref().unwrap_or(name), expected, "{name}");
        }
    }
}
