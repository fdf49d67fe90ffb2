//! Searches are typed by anyone: whatever arrives has a reading or a message, and soon.

use lang::search::syntax::{Term, TermKind, parse};
use lang::search::{
    column, event_filter, issue_query, parse_moment, parse_span, span_column, span_filter,
};
use proptest::prelude::*;

use crate::NOW;

/// Texts made of what the grammar looks at.
fn search_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("\""),
        Just("\\"),
        Just(":"),
        Just("!"),
        Just(" "),
        Just("\n"),
        Just("\t"),
        Just(","),
        Just("*"),
        Just(">="),
        Just("-1d"),
        Just("OR"),
        Just("and"),
        Just("tags["),
        Just("flags["),
        Just("level"),
        Just("timestamp"),
        Just("is"),
        Just("has"),
        Just("count()"),
        Just("apdex(300)"),
        Just("+"),
        Just("/"),
        Just("span.duration"),
        Just("issue.id"),
        Just("//"),
        Just("\u{f00d}"),
        Just("Contains"),
        Just("é🎰"),
        Just("2026-11-21"),
        Just("5k"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Terms follow each other without overlap and cover everything but spaces.
fn check_cover(terms: &[Term<'_>], text: &str, mut at: usize) -> usize {
    for term in terms {
        assert!(term.start >= at && term.end > term.start, "{text:?}");
        assert!(text[at..term.start].trim().is_empty(), "{text:?}");
        if let TermKind::Group(inner) = &term.kind {
            let end = check_cover(inner, text, term.start + 1);
            assert!(text[end..term.end - 1].trim().is_empty(), "{text:?}");
        }
        at = term.end;
    }
    at
}

proptest! {
    #[test]
    fn nothing_panics(text in prop_oneof![search_like(), any::<String>()]) {
        if let Ok(terms) = parse(&text) {
            let end = check_cover(&terms, &text, 0);
            assert!(text[end..].trim().is_empty());
        }
        let _read = (event_filter(&text, NOW).is_ok(), issue_query(&text, NOW, None).is_ok());
        let _read = (column(&text).is_ok(), parse_moment(&text), parse_span(&text));
        let _read = (span_filter(&text, NOW).is_ok(), span_column(&text).is_ok());
        let _read = span_column(&format!("equation|{text}")).is_ok();
    }

    #[test]
    fn quoted_text_is_found_as_it_is(value in "[a-z (){}:,.!/-]{1,20}") {
        let (filter, _) = event_filter(&format!("transaction:\"{value}\""), NOW).unwrap();
        let expected = lang::ask::Filter::Compare(
            lang::ask::Field::Transaction,
            lang::ask::Operator::Equal,
            lang::ask::Cell::Text(value),
        );
        assert_eq!(filter, expected);
    }
}

#[test]
fn hostile_searches_take_no_time() {
    for piece in ["(", "((a ", "x (", "a:", "a(", "\"", "[", "a:[", "tags[", "//", "a://", "!("] {
        let text = piece.repeat(4096 / piece.len());
        let _read = (event_filter(&text, NOW).is_ok(), issue_query(&text, NOW, None).is_ok());
    }
}
