//! Slugs: the names of things in URLs.

use crate::error::MetaError;

/// Longest slug and longest name, in bytes. Source: Sentry's columns.
const SLUG_BYTES_MAX: usize = 50;
const NAME_BYTES_MAX: usize = 200;

/// Makes a slug of a name; empty when nothing of the name can be in one.
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if slug.len() == SLUG_BYTES_MAX {
            break;
        }
        match character {
            'a'..='z' | '0'..='9' | '_' => slug.push(character),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.bytes().all(|byte| byte.is_ascii_digit()) { String::new() } else { slug }
}

/// A slug has lower-case letters, digits, `-` and `_`, and is not a number, which would be taken for
/// an id.
pub(crate) fn check_slug(slug: &str) -> Result<(), MetaError> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let reason = if slug.is_empty() || slug.len() > SLUG_BYTES_MAX {
        "must have 1 to 50 characters"
    } else if !slug.bytes().all(allowed) {
        "may only have lower-case letters, digits, - and _"
    } else if slug.bytes().all(|byte| byte.is_ascii_digit()) {
        "must not be a number"
    } else if slug.starts_with('-') || slug.ends_with('-') {
        "must not begin or end with -"
    } else {
        return Ok(());
    };
    Err(MetaError::invalid("slug", reason))
}

/// A name is one line that is not blank.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), MetaError> {
    if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(MetaError::invalid(field, "must have 1 to 200 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(MetaError::invalid(field, "must not have control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Payments API", "payments-api"),
            ("  a  &  b ", "a-b"),
            ("Ünïcode", "n-code"),
            ("42", ""),
            ("snake_case", "snake_case"),
            ("!!!", ""),
        ] {
            assert_eq!(slugify(name), slug, "{name}");
            assert_eq!(check_slug(&slugify(name)).is_ok(), !slug.is_empty(), "{name}");
        }
    }

    #[test]
    fn other_texts_are_not_slugs() {
        for slug in ["", "A", "a b", "7", "-a", "a-", "ä", &"x".repeat(51), "../etc"] {
            assert!(check_slug(slug).is_err(), "{slug}");
        }
    }
}
