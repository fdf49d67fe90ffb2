//! What holds for all rules, messages and events.

use group::{GroupingRules, parametrize};
use proptest::prelude::*;
use serde_json::json;

use crate::given;

/// Pieces rules are made of, so that random texts get past the first character.
fn rule_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "function:",
        "module:",
        "path:",
        "type:",
        "tags.",
        "tags.\"",
        "family:",
        "app:",
        "[",
        "]",
        "|",
        "->",
        "!",
        "^",
        "v",
        "+app",
        "-group",
        "category=",
        "max-frames=",
        "\"",
        "\\",
        "{{",
        "}}",
        "title=\"",
        " ",
        " ",
        "\n",
        "a",
        "*",
        "**",
        "?",
        "[a-",
        "é",
        "1",
        ",",
        "#",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Pieces messages are made of.
fn message() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "7",
        "12",
        "-",
        ".",
        ":",
        "::",
        "=",
        "'",
        "\"",
        " ",
        "\n",
        "@",
        "/",
        "//",
        "http",
        "x.com",
        "ab12cd34",
        "0x",
        "Jan",
        "Mon",
        ", ",
        "2026-01-02",
        "T10:00",
        "Z",
        "+02",
        "ms",
        "s",
        "true",
        "é",
        "中",
        "tx",
        "%",
        "(",
        ")",
        "_",
        "deadbeef",
        "datetime.datetime(",
        "<int>",
        "\u{2028}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn rules_never_panic(text in rule_text(), other in ".{0,80}") {
        let event = given::event(&json!({"platform": "native", "exception": {"values": [
            {"type": "a", "value": "1", "stacktrace": {"frames": [{"function": "a", "abs_path": "é/a"}]}},
        ]}}));
        for text in [text, other] {
            for rules in [GroupingRules::new(&text, ""), GroupingRules::new("", &text)] {
                match rules {
                    Ok(rules) => {
                        given::group(&event, &rules);
                    }
                    Err(error) => prop_assert!(error.line >= 1 && !error.message.is_empty()),
                }
            }
        }
    }

    #[test]
    fn messages_never_panic(text in message(), other in "\\PC{0,120}") {
        for text in [text, other] {
            let once = parametrize(&text).into_owned();
            let twice = parametrize(&once).into_owned();
            for placeholder in ["<uuid>", "<ip>", "<date>", "<int>", "<float>"] {
                prop_assert!(
                    twice.matches(placeholder).count() >= once.matches(placeholder).count()
                        || twice.contains("<email>") || twice.contains("<url>") || twice.contains("<quoted_str>")
                        || once.contains("datetime.datetime("),
                    "{once:?} became {twice:?}"
                );
            }
        }
    }

    #[test]
    fn lines_and_ids_do_not_matter(lines in prop::collection::vec(0_u64..10_000, 4), id in any::<u64>(), amount in 0_u32..10_000_000) {
        let event = |lines: &[u64], id: u64, amount: u32| {
            let frames: Vec<_> = lines.iter().enumerate()
                .map(|(place, line)| json!({"function": format!("f{place}"), "lineno": line, "colno": line, "in_app": place > 1}))
                .collect();
            given::event(&json!({"event_id": format!("{id:032x}"), "platform": "go", "exception": {"values": [
                {"type": "A", "value": format!("order {id:016x}: {amount}")},
                {"type": "B", "value": format!("{amount}"), "stacktrace": {"frames": frames}},
            ]}}))
        };
        let rules = GroupingRules::default();
        let reference = given::group(&event(&[1, 2, 3, 4], 0x1234_5678_9abc_def0, 5), &rules);
        // Ids of letters only are words.
        prop_assume!(format!("{id:016x}").bytes().any(|byte| byte.is_ascii_digit()));
        prop_assert_eq!(given::group(&event(&lines, id, amount), &rules), reference);
    }

    #[test]
    fn odd_events_never_panic(text in "[\\[\\]{}:,\"0-9a-z]{0,60}", name in "(exception|threads|stacktrace|fingerprint|checksum|csp|logentry|tags|template)") {
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or(json!({"values": [{"stacktrace": {"frames": [null, 7, {"data": 3, "in_app": text}]}, "mechanism": 4}, 3]}));
        let event = given::event(&json!({"platform": "javascript", name: value}));
        let rules = GroupingRules::default();
        given::group(&event, &rules);
        group::title(&event, None);
    }
}
