//! A source map as large as the goal says, and its script.

use std::fmt::Write as _;

/// As in the goal: a map of 50 MB with 500,000 mappings.
pub(crate) const MAPPINGS: usize = 500_000;
const MAP_BYTES: usize = 50_000_000;
const SOURCES: usize = 1_000;
/// Calls of others in one function, and itself.
const PER_FUNCTION: usize = 10;

/// A minified script in one line, whose functions call others, and its map.
pub(crate) fn large() -> (String, String) {
    let (mut script, mut mappings, mut names) = (String::new(), String::new(), String::new());
    let filler = "x".repeat(MAP_BYTES / MAPPINGS - 40);
    let (mut contents, mut last) = (String::new(), 0);
    for number in 0..MAPPINGS {
        let is_function = number % PER_FUNCTION == 0;
        script.push_str(if is_function { "}function " } else { "+" });
        vlq(&mut mappings, script.len() - last);
        last = script.len();
        let is_first = number % (MAPPINGS / SOURCES) == 0;
        mappings.push_str(match number {
            0 => "AAAA,",
            _ if is_first => "CAAC,",
            _ => "ACAC,",
        });
        write!(script, "f{number}(a,b)").unwrap();
        if is_function {
            script.push_str("{return c");
        }
        if is_first {
            contents.push_str(if number == 0 { "\"" } else { "\",\"" });
        }
        write!(contents, "function original{number}() {{ // {filler}\\n").unwrap();
        write!(names, "\"original{number}\",").unwrap();
    }
    contents.push('"');
    let sources: Vec<String> = (0..SOURCES).map(|source| format!("\"src/{source}.ts\"")).collect();
    let map = format!(
        r#"{{"version":3,"sources":[{}],"sourcesContent":[{}],"names":[{}],"mappings":"{}"}}"#,
        sources.join(","),
        contents,
        names.trim_end_matches(','),
        mappings.trim_end_matches(',')
    );
    (script, map)
}

fn vlq(out: &mut String, number: usize) {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = number << 1;
    loop {
        let more = if value > 31 { 32 } else { 0 };
        out.push(char::from(digits[value & 31 | more]));
        value >>= 5;
        if more == 0 {
            return;
        }
    }
}
