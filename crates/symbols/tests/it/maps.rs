//! Source maps: what lookups answer, and which maps are refused.

use std::error::Error as _;
use std::fmt::Write as _;

use bytes::Bytes;
use symbols::source_map::{self, Context, Location, Scope, SourceMap};

/// A script of the corpus, as Vite built it and sentry-cli gave it an id.
pub(crate) const SCRIPT: &str = include_str!("../data/casino.min.js");
pub(crate) const MAP: &[u8] = include_bytes!("../data/casino.min.js.map");

pub(crate) fn built(map: &[u8], script: Option<&str>) -> SourceMap<Bytes> {
    SourceMap::parse(Bytes::from(source_map::build(map, script).unwrap())).unwrap()
}

/// `source:line:column function token`, then the context.
fn shown(map: &SourceMap<Bytes>, line: u32, column: u32) -> String {
    let Some(location) = map.lookup(line, column) else { return "nothing".to_owned() };
    let Location { source, line, column, token, scope, is_ignored, .. } = location;
    let scope = match scope {
        Scope::Named(name) => name,
        Scope::Anonymous => "<anonymous>",
        Scope::Unknown => "?",
    };
    let mut out = format!("{source}:{line}:{column} {scope}");
    if let Some(token) = token {
        write!(out, " {token}").unwrap();
    }
    if is_ignored {
        out.push_str(" ignored");
    }
    out
}

#[test]
fn the_script_of_the_corpus_is_readable() {
    let map = built(MAP, Some(SCRIPT));
    let check = |line, column, expected: &str, source_line: &str| {
        assert_eq!(shown(&map, line, column), expected);
        let context = map.context(&map.lookup(line, column).unwrap(), 5).unwrap();
        assert_eq!(context.line.trim(), source_line);
    };
    // As `expect.json` of the corpus has it; its columns are from 0.
    check(
        3,
        3435,
        "../../src/main.ts:47:46 <anonymous> renderSpin",
        "$('crash').addEventListener('click', () => { renderSpin(['7', '7', '7', 'A', 'K']); });",
    );
    check(
        3,
        3196,
        "../../src/main.ts:42:15 renderSpin evaluateLine",
        "const win = evaluateLine(reels, paytable);",
    );
    check(
        3,
        1106,
        "../../src/lib/reels.ts:17:24 evaluateLine",
        "return paytable[first][run < 0 ? reels.length : run];",
    );
    check(3, 1683, "../../src/lib/cashier.ts:9:17 parseCallback", "return JSON.parse(raw);");
    assert_eq!(shown(&map, 1, 1), "nothing");
    assert_eq!(shown(&map, 0, 1), "nothing");
    assert_eq!(shown(&map, 3, 0), "nothing");
    assert_eq!(shown(&map, 99, 1), "nothing");
    assert_eq!(
        source_map::debug_id(MAP).unwrap().to_string(),
        "19c5818b-c20c-591d-8943-ea389fc0001a"
    );
    assert_eq!(symbols::url::debug_id(SCRIPT), source_map::debug_id(MAP));
}

#[test]
fn without_the_script_only_functions_are_unknown() {
    let map = built(MAP, None);
    assert_eq!(shown(&map, 3, 3196), "../../src/main.ts:42:15 ? evaluateLine");
}

#[test]
fn context_ends_where_the_source_does() {
    let map = built(MAP, Some(SCRIPT));
    let location = map.lookup(3, 1106).unwrap();
    let context = map.context(&location, 2).unwrap();
    let text = |lines: &[String]| lines.join("|");
    assert_eq!(context.before.len(), 2);
    assert_eq!(text(&context.after[..1]), "}");
    let all = map.context(&location, 1000).unwrap();
    assert_eq!(all.before.len(), 16);
    assert_eq!(all.before[0], "export interface SpinResult { reels: string[]; win: number }");
}

#[test]
fn a_source_in_one_piece_has_the_same_context() {
    let source = "a\nb\r\nc\nd\n";
    let check = |line, expected: Option<(&[&str], &str, &[&str])>| {
        let expected = expected.map(|(before, line, after)| Context {
            before: before.iter().map(ToString::to_string).collect(),
            line: line.to_owned(),
            after: after.iter().map(ToString::to_string).collect(),
        });
        assert_eq!(Context::of(source, line, 1, 2), expected, "{line}");
    };
    check(1, Some((&[], "a", &["b", "c"])));
    check(2, Some((&["a"], "b", &["c", "d"])));
    check(4, Some((&["b", "c"], "d", &[])));
    check(0, None);
    check(5, None);
    check(u32::MAX, None);
}

#[test]
fn long_lines_are_cut_around_the_column() {
    let line: String = ('a'..='z').cycle().take(400).collect();
    let check = |column, start: usize, end: usize, opening: &str, closing: &str| {
        assert_eq!(
            source_map::trimmed(&line, column),
            format!("{opening}{}{closing}", &line[start..end])
        );
    };
    check(0, 0, 140, "", " {snip}");
    check(64, 0, 140, "", " {snip}");
    check(65, 5, 145, "{snip} ", " {snip}");
    check(200, 140, 280, "{snip} ", " {snip}");
    check(316, 260, 400, "{snip} ", "");
    check(400, 260, 400, "{snip} ", "");
    check(usize::MAX, 260, 400, "{snip} ", "");
    assert_eq!(source_map::trimmed("short\r\n", 3), "short");
    assert_eq!(source_map::trimmed(&"ä".repeat(150), 3), "ä".repeat(150));
}

/// A map with three points in one line: `a` at 1, `b` at 11, and nothing from 21 on.
fn small(extra: &str) -> String {
    format!(
        r#"{{"version":3,"sources":["a.ts","b.ts"],"names":["one",2,null],
           "mappings":"AAAAA,UCCCC,U"{extra}}}"#
    )
}

#[test]
fn maps_are_read_in_all_their_forms() {
    let check = |map: &str, points: &[((u32, u32), &str)]| {
        let built = built(map.as_bytes(), None);
        for ((line, column), expected) in points {
            assert_eq!(
                &shown(&built, *line, *column),
                expected,
                "{}",
                map.chars().take(200).collect::<String>()
            );
        }
    };
    check(
        &small(""),
        &[
            ((1, 1), "a.ts:1:1 ? one"),
            ((1, 10), "a.ts:1:1 ? one"),
            ((1, 11), "b.ts:2:2 ? 2"),
            ((1, 21), "nothing"),
            ((2, 1), "nothing"),
        ],
    );
    let guarded = format!(")]}}'\n{}", small(""));
    check(&guarded, &[((1, 1), "a.ts:1:1 ? one")]);
    check(&format!("\u{feff}{}", small("")), &[((1, 1), "a.ts:1:1 ? one")]);
    check(
        &small(r#","sourceRoot":"webpack:///src/""#),
        &[((1, 1), "webpack:///src/a.ts:1:1 ? one")],
    );
    check(
        &small(r#","ignoreList":[1,7],"x_google_ignoreList":[1]"#),
        &[((1, 1), "a.ts:1:1 ? one"), ((1, 11), "b.ts:2:2 ? 2 ignored")],
    );
    // Sections: the second starts in the middle of a line, and the first ends there.
    let sections = format!(
        r#"{{"version":3,"sections":[
            {{"offset":{{"line":1,"column":5}},"map":{}}},
            {{"offset":{{"line":0,"column":0}},"map":{}}}]}}"#,
        small(""),
        small(r#","sourceRoot":"/r""#).replace("AAAAA,UCCCC,U", "AAAAA;KCCCC")
    );
    check(
        &sections,
        &[
            ((1, 1), "/r/a.ts:1:1 ? one"),
            ((2, 5), "nothing"),
            ((2, 6), "a.ts:1:1 ? one"),
            ((2, 16), "b.ts:2:2 ? 2"),
        ],
    );
    let nested =
        format!(r#"{{"sections":[{{"offset":{{"line":1,"column":1}},"map":{sections}}}]}}"#);
    check(
        &nested,
        &[((1, 1), "nothing"), ((2, 2), "/r/a.ts:1:1 ? one"), ((3, 6), "a.ts:1:1 ? one")],
    );
    // Out of order, as some tools write.
    check(
        &small("").replace("AAAAA,UCCCC,U", "UAAAA,VCCCC"),
        &[((1, 1), "b.ts:2:2 ? 2"), ((1, 11), "a.ts:1:1 ? one")],
    );
}

#[test]
fn bytecode_knows_its_functions_from_the_map() {
    let functions = r#","x_facebook_sources":[
        [{"names":["<global>","pay","<anonymous>"],"mappings":"AAA;ACC;CDC,OEA"},{"other":1}], null]"#;
    let map = small(functions).replace("AAAAA,UCCCC,U", "AAAA,UACA,UAAU,UACA,UCAA");
    // The script is empty, or something else than JavaScript.
    let map = built(map.as_bytes(), Some("function x(){}"));
    assert_eq!(shown(&map, 1, 1), "a.ts:1:1 ?");
    assert_eq!(shown(&map, 1, 15), "a.ts:2:1 pay");
    assert_eq!(shown(&map, 1, 41), "b.ts:3:11 ?");
    assert_eq!(shown(&map, 1, 31), "a.ts:3:11 <anonymous>");
}

#[test]
fn names_are_found_where_tools_put_them() {
    let map = |mappings: &str| {
        format!(r#"{{"sources":["a"],"names":["original","other"],"mappings":"{mappings}"}}"#)
    };
    let check = |script: &str, mappings: &str, column, expected: &str| {
        let built = built(map(mappings).as_bytes(), Some(script));
        let found = built.lookup(1, column).unwrap().scope;
        assert_eq!(found, Scope::Named(expected), "{script}");
    };
    check("function a(){b()}", "AAAA,SAASA,IAAI", 14, "original");
    // On the bracket behind it: terser.
    check("class A{#a(){b()}}", "AAAA,SAAS,CAAEA,IAAG", 14, "A.#original");
    // On the keyword in front of it, with the same place: TypeScript.
    check("function a(){b()}", "AAAAA,SAAA,IAAI", 14, "original");
    // On the last bracket: dart2js.
    check("function a(){b()}", "AAAA,gBAAAA,CAAC", 14, "original");
    check("function a(){b()}", "AAAA,SAAS", 14, "a");
}

#[test]
fn broken_maps_are_refused() {
    let check = |map: &str, expected: &str| {
        let error = source_map::build(map.as_bytes(), None).unwrap_err();
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        assert_eq!(
            format!("{error}{cause}"),
            expected,
            "{}",
            map.chars().take(200).collect::<String>()
        );
    };
    let mapped = |mappings: &str| small("").replace("AAAAA,UCCCC,U", mappings);
    check("", "not a source map: EOF while parsing a value at line 1 column 0");
    check("<!doctype html>", "not a source map: expected value at line 1 column 1");
    check(
        "[]",
        "not a source map: invalid length 0, expected struct RawMap with 9 elements at line 1 column 2",
    );
    check("{}", "the source map has no mappings");
    check(
        "1",
        "not a source map: invalid type: integer `1`, expected struct RawMap at line 1 column 1",
    );
    check(
        "{\"sources\":1}",
        "not a source map: invalid type: integer `1`, expected a list at line 1 column 12",
    );
    let broken =
        |line, what| format!("mappings of the source map are broken in line {line}: {what}");
    check(&mapped("AAAA;A!AA"), &broken(2, "a segment is not in base 64 VLQ"));
    check(&mapped("g"), &broken(1, "a segment is not in base 64 VLQ"));
    check(&mapped("AA"), &broken(1, "a segment has neither 1, 4 nor 5 numbers"));
    check(&mapped("AEAA"), &broken(1, "a segment is in no source"));
    check(&mapped("AAAAG"), &broken(1, "a segment has a name that is none"));
    check(&mapped("D"), &broken(1, "a number is negative or too large"));
    check(&mapped("AADA"), &broken(1, "a number is negative or too large"));
    check(
        r#"{"sections":[{"offset":{"line":0,"column":0},"url":"https://a.example/b.map"}]}"#,
        "a section of the source map is at another address, which is not followed",
    );
    let deep = "{\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":".repeat(1000);
    check(&deep, "not a source map: recursion limit exceeded at line 1 column 2155");
    let names = format!("{{\"names\":[{}1]}}", "1,".repeat(1_000_000));
    check(&names, "not a source map: more than 1000000 in a list at line 1 column 2000012");
    let large = vec![b' '; (100 << 20) + 1];
    let error = source_map::build(&large, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the map or its script has 104857601 bytes, 104857600 are allowed"
    );
}

#[test]
fn what_was_built_is_read_back_and_nothing_else() {
    let bytes = source_map::build(MAP, Some(SCRIPT)).unwrap();
    let map = SourceMap::parse(bytes.as_slice()).unwrap();
    assert_eq!(map.bytes(), bytes.len());
    assert_eq!(
        map.sources().collect::<Vec<_>>(),
        [
            ("../../src/lib/reels.ts", true),
            ("../../src/lib/cashier.ts", true),
            ("../../src/main.ts", true),
        ]
    );
    for wrong in [&b""[..], b"PWSM", MAP, &bytes[..bytes.len() - 1]] {
        let error = SourceMap::parse(wrong).unwrap_err();
        assert_eq!(error.to_string(), "not a built source map of this version");
    }
    let mut other = bytes;
    other[4] = 2;
    assert!(SourceMap::parse(other).is_err());
}
