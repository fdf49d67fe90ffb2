//! Stacks of events: what of them becomes readable, and what is said when nothing does.

use std::collections::HashMap;
use std::sync::Arc;

use model::event::Event;
use model::json::Value;
use model::json_text;
use symbols::DebugId;
use symbols::frames::{self, FoundBy, FramePlace, Lookup, Map, Problem, Script};

use crate::maps::{MAP, SCRIPT, built};

/// The event of the corpus with a `TypeError`, as the SDK sent it: two scripts, both with ids.
const CORPUS: &[u8] =
    include_bytes!("../../../../conformance/corpus/dev/browser/casino-web-v11/bodies/0004.bin");

/// Whoever has these maps, by debug id or address.
#[derive(Default)]
struct Shelf {
    maps: HashMap<String, Map>,
    sources: HashMap<String, &'static str>,
    asked: Vec<String>,
}

impl Shelf {
    fn with(mut self, name: &str, map: &[u8], script: Option<&str>) -> Self {
        let url = "http://casino.example/assets/app.js.map".to_owned();
        let map = built(map, script);
        self.maps.insert(name.to_owned(), Map { map, url, found_by: FoundBy::DebugId });
        self
    }
}

impl Lookup for Shelf {
    fn map(&mut self, script: &Script) -> Result<Map, Problem> {
        self.asked.push(script.url.clone());
        let id = script.debug_id.map(|id: DebugId| id.to_string());
        let found = id.and_then(|id| self.maps.get(&id)).or_else(|| self.maps.get(&script.url));
        found.cloned().ok_or_else(|| match script.debug_id {
            Some(debug_id) => Problem::NoMapForDebugId {
                debug_id,
                uploaded: vec!["19c5818b-c20c-591d-8943-ea389fc0001a (web@1)".to_owned()],
            },
            None => Problem::NoScript { url: script.url.clone(), uploaded: Vec::new() },
        })
    }

    fn source(&mut self, _: &Script, url: &str) -> Option<Arc<str>> {
        self.sources.get(url).map(|source| Arc::from(*source))
    }
}

fn event(json: &[u8]) -> Event<'static> {
    let mut bytes = json.to_vec();
    let Value::Object(root) = wire::json::parse(&mut bytes).unwrap().into_owned() else {
        return Event::default();
    };
    Event::from_object(root)
}

fn corpus() -> Event<'static> {
    let mut lines = CORPUS.split(|byte| *byte == b'\n');
    event(lines.find(|line| line.starts_with(b"{\"exception")).unwrap())
}

/// Each frame as `function filename:line:column in_app`.
fn shown(stack: &Value<'_>) -> Vec<String> {
    let frames = stack.get("frames").and_then(Value::as_array).unwrap();
    let frame = |frame: &Value<'_>| {
        let text = |name| frame.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        let number = |name| frame.get(name).and_then(Value::as_u64).unwrap_or(0);
        let own = frame.get("in_app").and_then(Value::as_bool);
        let own = own.map_or("", |own| if own { " in app" } else { " not in app" });
        let place = format!("{}:{}:{}", text("filename"), number("lineno"), number("colno"));
        format!("{} {place}{own}", text("function"))
    };
    frames.iter().map(frame).collect()
}

fn stack<'e>(event: &'e Event<'static>, name: &str) -> &'e Value<'static> {
    event.at(&["exception", "values", "0", name]).unwrap()
}

const INDEX: &str = "19c5818b-c20c-591d-8943-ea389fc0001a";

#[test]
fn the_corpus_is_readable_where_there_are_maps() {
    let mut event = corpus();
    let wanted: Vec<String> = frames::scripts(&event).into_iter().map(|s| s.url).collect();
    assert_eq!(
        wanted,
        [
            "http://casino.example/assets/vendor-BAB4uW5f.js",
            "http://casino.example/assets/index-DqpBW_SC.js",
        ]
    );
    let before = shown(stack(&event, "stacktrace"));
    let mut shelf = Shelf::default().with(INDEX, MAP, Some(SCRIPT));
    let report = frames::apply(&mut event, &mut shelf);
    assert_eq!(shelf.asked, wanted);
    assert_eq!(report.readable, 3);
    assert_eq!(shown(stack(&event, "raw_stacktrace")), before);
    assert_eq!(
        shown(stack(&event, "stacktrace")),
        [
            "HTMLButtonElement.r http://casino.example/assets/vendor-BAB4uW5f.js:496:808 in app",
            "<anonymous> ../../src/main.ts:47:46 in app",
            "renderSpin ../../src/main.ts:42:15 in app",
            "evaluateLine ../../src/lib/reels.ts:17:24 in app",
        ]
    );
    let innermost = stack(&event, "stacktrace").at(&["frames", "3"]).unwrap();
    assert_eq!(
        json_text::to_string(innermost),
        concat!(
            r#"{"filename":"../../src/lib/reels.ts","function":"evaluateLine","in_app":true,"#,
            r#""lineno":17,"colno":24,"module":"src/lib/reels","#,
            r#""abs_path":"http://casino.example/src/lib/reels.ts","#,
            r#""data":{"sourcemap":"http://casino.example/assets/app.js.map","#,
            r#""resolved_with":"debug-id","symbolicated":true},"#,
            r#""pre_context":["","export function evaluateLine(reels: string[], "#,
            r#"paytable: Record<string, number[]>): number {","  const first = reels[0];","#,
            r#""  const run = reels.findIndex((s) => s !== first);","#,
            r#""  // bug on purpose: symbols that are missing in the paytable"],"#,
            r#""context_line":"  return paytable[first][run < 0 ? reels.length : run];","#,
            r#""post_context":["}","","export class Wallet {","#,
            r#""  constructor(private cents: number) {}","  debit(amount: number): void {"]}"#,
        )
    );
    // What was not found is said on the frame, in the list of errors, and to the caller.
    let debug_id: DebugId = "474653ca-a7c3-56c9-9e1f-b417d5ce9a89".parse().unwrap();
    let message =
        format!("no map was uploaded for debug id {debug_id}; uploaded are {INDEX} (web@1)");
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].0, FramePlace { list: "exception", stack: 0, frame: 0 });
    assert_eq!(report.problems[0].1.to_string(), message);
    let problem = stack(&event, "stacktrace").at(&["frames", "0", "data"]).unwrap();
    assert_eq!(
        json_text::to_string(problem),
        format!(
            r#"{{"symbolicated":false,"problem":{{"type":"js_no_source","message":"{message}"}}}}"#
        )
    );
    assert_eq!(event.at(&["errors", "0", "message"]).unwrap().as_str(), Some(message.as_str()));
}

#[test]
fn a_late_map_makes_the_stack_readable_from_what_came() {
    let mut event = corpus();
    let none = frames::apply(&mut event, &mut Shelf::default());
    assert_eq!((none.readable, none.problems.len()), (0, 4));
    assert!(event.at(&["exception", "values", "0", "raw_stacktrace"]).is_none());
    let mut shelf = Shelf::default().with(INDEX, MAP, Some(SCRIPT));
    assert_eq!(frames::apply(&mut event, &mut shelf).readable, 3);
    let once = json_text::to_string(stack(&event, "stacktrace"));
    assert_eq!(frames::scripts(&event).len(), 2);
    assert_eq!(frames::apply(&mut event, &mut shelf).readable, 3);
    assert_eq!(json_text::to_string(stack(&event, "stacktrace")), once);
}

/// One exception with one frame in `http://a.example/app.js`, with these other fields.
fn one(platform: &str, frame: &str) -> Event<'static> {
    event(
        format!(
            r#"{{"platform":"{platform}","exception":{{"values":[{{"stacktrace":{{"frames":[
               {{"abs_path":"http://a.example/app.js"{frame}}}]}}}}]}}}}"#
        )
        .as_bytes(),
    )
}

const AT: &str = r#","lineno":1,"colno":11,"function":"a","context_line":"minified""#;

fn small(extra: &str) -> String {
    format!(r#"{{"sources":["b.ts"],"names":["paid"],"mappings":"AAAAA,UACAA,U"{extra}}}"#)
}

fn applied(event: &mut Event<'static>, map: &str, script: Option<&str>) -> (usize, Vec<String>) {
    let mut shelf = Shelf::default().with("http://a.example/app.js", map.as_bytes(), script);
    shelf.sources.insert("http://casino.example/assets/c.ts".to_owned(), "one\ntwo\nthree");
    let report = frames::apply(event, &mut shelf);
    (report.readable, report.problems.iter().map(|(_, problem)| problem.to_string()).collect())
}

#[test]
fn what_is_wrong_is_said() {
    let check = |frame: &str, expected: &[&str]| {
        let (_, problems) = applied(&mut one("javascript", frame), &small(""), None);
        assert_eq!(problems, expected, "{frame}");
    };
    check(
        r#","lineno":1"#,
        &["the frame has no column, without which its place in a script is not known"],
    );
    check(
        r#","lineno":1,"colno":21"#,
        &["the source map http://casino.example/assets/app.js.map knows nothing about 1:21"],
    );
    check(
        r#","lineno":99999999999,"colno":1"#,
        &[
            "the source map http://casino.example/assets/app.js.map knows nothing about 99999999999:1",
        ],
    );
    check(AT, &["http://casino.example/assets/b.ts is neither in the source map nor uploaded"]);
    // Not of a script that could have a map.
    check("", &[]);
    check(r#","colno":1"#, &[]);
    check(r#","lineno":1,"colno":1,"platform":"native""#, &[]);
    let mut native = one("native", AT);
    assert_eq!(applied(&mut native, &small(""), None), (0, Vec::new()));
    let mut other = event(
        br#"{"platform":"node","exception":[{"stacktrace":{"frames":[
        {"abs_path":"node:internal/timers","lineno":1,"colno":1}, null, 1,
        {"filename":"native","lineno":1,"colno":1}]}}]}"#,
    );
    assert_eq!(applied(&mut other, &small(""), None), (0, Vec::new()));
    let mut unknown = one("node", AT);
    let report = frames::apply(&mut unknown, &mut Shelf::default());
    assert_eq!(
        report.problems[0].1.to_string(),
        "http://a.example/app.js was not uploaded for this release and distribution"
    );
}

#[test]
fn sources_come_from_the_map_or_from_what_was_uploaded() {
    let check = |map: &str, expected: &str| {
        let mut event = one("javascript", AT);
        let (readable, _) = applied(&mut event, map, None);
        assert_eq!(readable, 1);
        let frame = stack(&event, "stacktrace").at(&["frames", "0"]).unwrap().clone();
        let found = frame.get("context_line").and_then(Value::as_str).unwrap_or("none");
        assert_eq!(found, expected, "{map}");
    };
    check(&small(r#","sourcesContent":["x\ny\nz"]"#), "y");
    check(&small("").replace("b.ts", "c.ts"), "two");
    // The line of the script is not left standing beside a place in the source.
    check(&small(""), "none");
}

#[test]
fn own_code_is_told_from_dependencies() {
    let check = |source: &str, extra: &str, expected: &str| {
        let mut event = one("javascript", AT);
        applied(&mut event, &small(extra).replace("b.ts", source), None);
        let frame = stack(&event, "stacktrace").at(&["frames", "0"]).unwrap();
        let text = |name| frame.get(name).and_then(Value::as_str).unwrap_or("-");
        let own = frame.get("in_app").and_then(Value::as_bool);
        assert_eq!(
            format!("{} {} {} {own:?}", text("filename"), text("abs_path"), text("module")),
            expected
        );
    };
    check("webpack:///./src/b.ts", "", "./src/b.ts webpack:///./src/b.ts src/b Some(true)");
    check("webpack:///./~/x/b.js", "", "~/x/b.js webpack:///./~/x/b.js x/b Some(false)");
    check(
        "webpack:///webpack/bootstrap",
        "",
        "webpack/bootstrap webpack:///webpack/bootstrap webpack/bootstrap Some(false)",
    );
    check(
        "../node_modules/x.js",
        "",
        "../node_modules/x.js http://casino.example/node_modules/x.js x Some(false)",
    );
    check(
        "b.ts",
        r#","ignoreList":[0]"#,
        "b.ts http://casino.example/assets/b.ts assets/b Some(false)",
    );
    check("b.ts", "", "b.ts http://casino.example/assets/b.ts assets/b None");
    let long = "x/".repeat(300);
    let cut = format!("…{}", &format!("{long}b.ts")[349..]);
    let mut event = one("javascript", AT);
    applied(&mut event, &small("").replace("b.ts", &format!("{long}b.ts")), None);
    let frame = stack(&event, "stacktrace").at(&["frames", "0"]).unwrap();
    assert_eq!(frame.get("filename").and_then(Value::as_str), Some(cut.as_str()));
}

#[test]
fn callers_name_functions_when_nothing_else_does() {
    let frames = r#"},{"abs_path":"http://a.example/app.js","lineno":1,"colno":1,"function":"x"},
        {"filename":"native","function":"forEach"},
        {"abs_path":"http://a.example/app.js","lineno":1,"colno":1,"function":"y""#;
    let mut event = one("javascript", &format!("{AT}{frames}"));
    applied(&mut event, &small(""), None);
    assert_eq!(
        shown(stack(&event, "stacktrace")),
        ["a b.ts:2:1", "paid b.ts:1:1", "forEach native:0:0", "y b.ts:1:1",]
    );
}

#[test]
fn work_on_one_event_is_bounded() {
    let many: Vec<String> = (0..3_000)
        .map(|number| {
            let script = number / 10;
            format!(r#"{{"abs_path":"http://a.example/{script}.js","lineno":1,"colno":11}}"#)
        })
        .collect();
    let json = format!(
        r#"{{"platform":"javascript","threads":{{"values":[{{"stacktrace":{{"frames":[{}]}}}}]}}}}"#,
        many.join(",")
    );
    let mut event = event(json.as_bytes());
    assert_eq!(frames::scripts(&event).len(), 100);
    let mut shelf = Shelf::default();
    let report = frames::apply(&mut event, &mut shelf);
    assert_eq!(shelf.asked.len(), 100);
    assert_eq!((report.readable, report.problems.len()), (0, 2_000));
    let last = &report.problems[1_999].1;
    assert_eq!(last.to_string(), "the event has frames of more than 100 scripts");
    assert_eq!(event.at(&["errors"]).and_then(Value::as_array).map(Vec::len), Some(100));
}

/// Whoever may upload may name things with megabytes, and an event has thousands of frames.
#[test]
fn names_are_cut() {
    let long = "é".repeat(1_000_000);
    let map = |root: &str, source: &str, name: &str| {
        format!(
            r#"{{"version":3,"sourceRoot":"{root}","sources":["{source}"],"names":["{name}"],"mappings":"AAAAA"}}"#
        )
    };
    let url = "http://casino.example/a.js";
    let frame = format!(r#"{{"abs_path":"{url}","lineno":1,"colno":1}}"#);
    let json = format!(
        r#"{{"platform":"javascript","exception":{{"values":[{{"stacktrace":{{"frames":[{frame},{frame}]}}}}]}}}}"#
    );
    for map in [map("", "a.ts", &long), map("", &long, "a"), map(&long, "a.ts", "a")] {
        for script in [None, Some("function a(){}")] {
            let mut event = event(json.as_bytes());
            let mut shelf = Shelf::default().with(url, map.as_bytes(), script);
            assert_eq!(frames::apply(&mut event, &mut shelf).readable, 2);
            let mut bytes = Vec::new();
            event.write(&mut bytes);
            assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
        }
    }
}
