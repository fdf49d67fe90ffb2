//! Function names without what differs between builds: arguments, generics, hashes.

use std::borrow::Cow;

use crate::platform::Platform;

/// Nesting of brackets in a native name that is followed; deeper ones stay as they are.
const DEPTH_MAX: usize = 64;
/// Native names longer than this stay as they are.
const NAME_BYTES_MAX: usize = 4_096;

/// The part of a function's name that stays the same from build to build.
///
/// Source: the reference on grouping, section 4.4.
pub(crate) fn trim(name: &str, platform: Platform) -> Cow<'_, str> {
    match platform {
        Platform::CSharp => Cow::Borrowed(name.split(" (").next().unwrap_or(name)),
        Platform::Native => trim_native(name),
        _ => Cow::Borrowed(name),
    }
}

fn trim_native(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.');
    let objective_c = ["[", "+[", "-["].iter().any(|start| name.starts_with(start));
    let fixed = matches!(name, "<redacted>" | "<unknown>");
    if objective_c || fixed || name.len() > NAME_BYTES_MAX {
        return Cow::Borrowed(name);
    }
    let name = strip_suffixes(name);
    if name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    if let Some(closure) = swift_closure(name) {
        return Cow::Owned(closure);
    }
    let bare = without_arguments(name);
    let bare = bare.trim().trim_end_matches([' ', '&']);
    let bare = bare.strip_suffix(" const").unwrap_or(bare).trim_end();
    Cow::Owned(collapse_generics(last_word(bare)))
}

/// Drops `::h0123456789abcdef`, ` [clone …]`, `@GLIBC_…` and `@12`.
fn strip_suffixes(name: &str) -> &str {
    let name = name.split(" [clone ").next().unwrap_or(name);
    let name = match name.rsplit_once('@') {
        Some((before, after)) if !before.is_empty() && is_version(after) => {
            before.trim_end_matches('@')
        }
        _ => name,
    };
    match name.rsplit_once("::h") {
        Some((before, hash)) if hash.len() == 16 && hash.bytes().all(is_hex) => before,
        _ => name,
    }
}

fn is_version(text: &str) -> bool {
    text.starts_with("GLIBC") || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// `closure #1 (Int) in Wallet.settle(bet:)` → `closure in Wallet.settle`.
fn swift_closure(name: &str) -> Option<String> {
    let rest = name.strip_prefix("closure #")?;
    let (_, outer) = rest.rsplit_once(" in ")?;
    Some(format!("closure in {}", outer.split(['(', '<']).next().unwrap_or(outer)))
}

/// Takes out `(…)` outside generics, and turns every spelling of a lambda into `lambda`.
fn without_arguments(name: &str) -> String {
    const KEPT: [&str; 2] = ["operator()", "(anonymous namespace)"];
    let mut out = String::with_capacity(name.len());
    let (mut parens, mut braces) = (0_usize, 0_usize);
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        let outside = parens == 0 && braces == 0;
        if outside && let Some(kept) = KEPT.iter().find(|kept| rest.starts_with(**kept)) {
            out.push_str(kept);
            rest = &rest[kept.len()..];
            continue;
        }
        match letter {
            '(' => parens += 1,
            ')' if parens > 0 => parens -= 1,
            '{' => {
                if outside && rest.starts_with("{lambda") {
                    out.push_str("lambda");
                } else if outside {
                    // Rust: `{closure#0}`, `{impl#1}`; C++: `{unnamed type#1}`.
                    let inner = rest.trim_start_matches('{');
                    let word = inner.split(['#', '}', '(']).next().unwrap_or_default();
                    out.extend(["{", word, "}"]);
                }
                braces += 1;
            }
            '}' if braces > 0 => braces -= 1,
            other if outside => out.push(other),
            _ => {}
        }
        rest = &rest[letter.len_utf8()..];
    }
    out
}

/// Drops a return type: what stands before the last space outside brackets.
fn last_word(name: &str) -> &str {
    if name.contains("operator") {
        return name;
    }
    let (mut depth, mut start) = (0_usize, 0);
    for (place, letter) in name.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => start = place + 1,
            _ => {}
        }
    }
    &name[start..]
}

/// Replaces generics by `<T>`, and Rust's `<Foo as Bar>::f` by `Foo::f`.
fn collapse_generics(name: &str) -> String {
    if name.contains("operator") {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('<') {
        let Some(close) = closing(&rest[open..]) else { break };
        let (before, inner) = (&rest[..open], &rest[open + 1..open + close]);
        out.push_str(before);
        if let (true, Some((implementor, implemented))) = (out.is_empty(), split_as(inner)) {
            let bare = implementor.trim_start_matches(['&', '*']);
            // A blanket implementation: the trait says more than `T`.
            let chosen = if bare.len() == 1 { implemented } else { bare };
            out.push_str(&outer_name(chosen));
        } else if out.is_empty() && rest[open + close + 1..].starts_with("::") {
            out.push_str(&outer_name(inner));
        } else if inner.starts_with("lambda") {
            out.push_str("lambda");
        } else {
            out.push_str("<T>");
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// Where the bracket closes that `text` starts with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (place, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' if previous == '-' => {}
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
        if depth > DEPTH_MAX {
            return None;
        }
        previous = letter;
    }
    None
}

/// Splits `Foo<A> as Bar` at the `as` that is not inside brackets.
fn split_as(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (place, letter) in inner.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && inner[place..].starts_with(" as ") => {
                return Some((&inner[..place], &inner[place + 4..]));
            }
            _ => {}
        }
    }
    None
}

/// A type's path with its own generics as `<T>`.
fn outer_name(path: &str) -> String {
    match path.find('<') {
        Some(0) | None => path.to_owned(),
        Some(open) => format!("{}<T>", &path[..open]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(trim(name, Platform::Native), expected, "{name}");
    }

    #[test]
    fn native_names() {
        check("main", "main");
        check("wallet::settle::h0123456789abcdef", "wallet::settle");
        check("void game::Table::spin(int, char const*) const", "game::Table::spin");
        check(
            "std::vector<int, std::allocator<int> >::push_back(int&&)",
            "std::vector<T>::push_back",
        );
        check("unsigned int foo<bar>(x)", "foo<T>");
        check("malloc@GLIBC_2.2.5", "malloc");
        check("malloc@@GLIBC_2.2.5", "malloc");
        check("_start@12", "_start");
        check("settle(int) [clone .constprop.0]", "settle");
        check("<wallet::Ledger as wallet::Book>::post", "wallet::Ledger::post");
        check("<T as core::convert::Into<U>>::into", "core::convert::Into<T>::into");
        check(
            "<alloc::boxed::Box<F,A> as core::ops::FnOnce<Args>>::call_once",
            "alloc::boxed::Box<T>::call_once",
        );
        check("wallet::main::{{closure}}::h0123456789abcdef", "wallet::main::{closure}");
        check("a::b{lambda(int)#1}::operator()(int) const", "a::blambda::operator()");
        check(
            "closure #2 (Swift.Int) -> () in Casino.Wallet.settle(bet: Int)",
            "closure in Casino.Wallet.settle",
        );
        check("-[Wallet settle:(id)x]", "-[Wallet settle:(id)x]");
        check("(anonymous namespace)::pay(int)", "(anonymous namespace)::pay");
        check("<redacted>", "<redacted>");
        check("bool operator<(A const&, B const&)", "bool operator<");
        check("a<b", "a<b");
        check("((((", "");
    }

    #[test]
    fn other_names() {
        assert_eq!(trim("Pay (int x)", Platform::CSharp), "Pay");
        assert_eq!(trim("pay(x)", Platform::Python), "pay(x)");
    }
}
