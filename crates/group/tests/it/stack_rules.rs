//! Stack trace rules: what they accept, match and do.

use group::GroupingRules;
use serde_json::{Value as Json, json};

use crate::given;

/// Frames `a`, `b`, `c`, `d` from the outermost call to the crash; `b` and `c` are the app's.
fn stack() -> Json {
    json!({"platform": "python", "exception": {"values": [{
        "type": "KeyError", "value": "no wallet", "mechanism": {"type": "celery"},
        "stacktrace": {"frames": [
            {"function": "a", "module": "lib.a", "abs_path": "/Opt/Lib/a.py", "in_app": false},
            {"function": "b", "module": "app.b", "abs_path": "app/b.py", "in_app": true},
            {"function": "c", "module": "app.c", "abs_path": "C:\\app\\C.py", "in_app": true},
            {"function": "d", "module": "lib.d", "package": "/opt/Lib/libd.so", "platform": "native"},
        ]},
    }]}})
}

/// The functions that count for the app and in all.
#[track_caller]
fn check(rules: &str, app: &str, system: &str) {
    let rules = given::stack_rules(rules);
    let event = given::event(&stack());
    given::group(&event, &rules);
    let explanation = given::text(&group::explain(&event, &rules));
    let functions = |key: &str| -> String {
        let variants = explanation["variants"].as_array().unwrap();
        let Some(variant) = variants.iter().find(|variant| variant["key"] == key) else {
            return "-".to_owned();
        };
        let parts = variant["component"]["values"][0]["values"].as_array().unwrap();
        let stack = parts.iter().find(|part| part["id"] == "stacktrace").unwrap();
        let frames = stack["values"].as_array().unwrap();
        let counting = frames
            .iter()
            .filter(|frame| stack["contributes"] == true && frame["contributes"] == true);
        counting
            .map(|frame| {
                frame["values"].as_array().unwrap().iter().find(|p| p["id"] == "function").unwrap()
                    ["values"][0]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!((functions("app").as_str(), functions("system").as_str()), (app, system));
}

#[test]
fn matchers() {
    check("", "bc", "abcd");
    for (matcher, matched) in [
        ("function:c", true),
        ("stack.function:c", true),
        ("function:C", false),
        ("function:?", true),
        ("module:app.c", true),
        ("module:app.*", true),
        ("module:lib.*", false),
        ("path:c:/app/c.py", true),
        ("path:**/app/*.py", true),
        ("path:/app/c.py", false),
        ("stack.abs_path:**/C.PY", true),
        ("package:**", false),
        ("family:other", true),
        ("family:native,javascript", false),
        ("family:all", true),
        ("app:yes", true),
        ("app:0", false),
        ("!function:b function:c", true),
        ("function:c error.type:KeyError", true),
        ("function:c error.type:Key", false),
        ("function:c error.value:*wallet", true),
        ("function:c error.mechanism:celery", true),
        ("function:c !error.mechanism:celery", false),
        ("category:x", false),
        ("function:\"c\"", true),
        ("[ function:b ] | function:c", true),
        ("[function:b] | function:c", true),
        ("[ function:a ] | function:c", false),
        ("function:c | [ function:d ]", true),
        ("function:c | [ function:d module:x ]", false),
        ("[ function:b ] | function:c | [ family:native ]", true),
    ] {
        let others = if matcher.contains("function:c") { "" } else { " function:c" };
        let rule = format!("{matcher}{others} -group");
        let rule = if matcher.starts_with('[') || matcher.contains('|') {
            format!("{matcher} -group")
        } else {
            rule
        };
        let (app, system) = if matched { ("b", "abd") } else { ("bc", "abcd") };
        check(&rule, app, system);
    }
    check("package:/opt/lib/** -group", "bc", "abc");
    check("family:native -group", "bc", "abc");
    check("path:app/*.py -group", "c", "acd");
    check("path:/app/*.py -group", "c", "acd");
}

#[test]
fn actions_and_ranges() {
    check("function:c -app", "b", "abcd");
    check("function:a +app", "abc", "abcd");
    check("function:b ^-app", "b", "abcd");
    check("function:c v-app", "c", "abcd");
    check("function:b ^-group", "b", "ab");
    check("function:c v-group", "c", "cd");
    check("function:b ^-group -group", "-", "a");
    check("function:? -group", "", "-");
    // Later rules override, and what is not the application's stays out of its variant.
    check("function:? -group\nfunction:c +group", "c", "c");
    check("function:a +group", "bc", "abcd");
    check("family:all max-frames=1", "c", "d");
    check("family:all max-frames=3", "bc", "bcd");
    check("family:all min-frames=3", "-", "abcd");
    check("family:all min-frames=9", "", "-");
    // Categories and what belongs to the application are settled before frames are judged.
    check("category:x -group\nfunction:c category=x", "b", "abd");
    check("app:no -group\nfunction:c -app", "b", "b");
    check(
        "function:b category=x\nfunction:c category=x\n[ category:x ] | category:x -group",
        "b",
        "abd",
    );
    check("# nothing\n\n  function:c   -group  ", "b", "abd");
}

#[test]
fn what_is_no_rule() {
    for (rules, line, part) in [
        ("function:a", 1, "an action"),
        ("# x\n\nfunction:a -aap", 3, "`-aap`"),
        ("-app", 1, "a matcher"),
        ("colour:red -app", 1, "`colour`"),
        ("function: -app", 1, "needs a pattern"),
        ("function:\"a -app", 1, "not closed"),
        ("app:maybe -app", 1, "yes or no"),
        ("function:a max-frames=x", 1, "`x`"),
        ("function:a category=", 1, "category"),
        ("[ function:a | function:b -app", 1, "`]`"),
        ("[ error.type:a ] | function:b -app", 1, "caller or callee"),
        ("[ function:a ] function:b -app", 1, "`|`"),
        ("function:a | function:b -app", 1, "brackets"),
        ("function:a prefix=1", 1, "prefix"),
    ] {
        let error = GroupingRules::new(rules, "").unwrap_err();
        assert_eq!(error.line, line, "{rules}");
        assert!(error.message.contains(part), "{rules}: {}", error.message);
    }
    let error = GroupingRules::new(&"app:1 -app\n".repeat(1_001), "").unwrap_err();
    assert_eq!(error.line, 1_001);
}

#[test]
fn changes_are_left_in_the_event() {
    let rules = given::stack_rules("function:b -app\nfunction:d +app category=x");
    let mut event = given::event(&stack());
    group::group(&mut event, &rules);
    let frame = |place: &str| {
        given::text(event.at(&["exception", "values", "0", "stacktrace", "frames", place]).unwrap())
    };
    assert_eq!(frame("0")["data"], Json::Null);
    assert_eq!(
        (&frame("1")["in_app"], &frame("1")["data"]["orig_in_app"]),
        (&json!(false), &json!(1))
    );
    let d = frame("3");
    assert_eq!(d["in_app"], json!(true));
    assert_eq!(d["data"], json!({"orig_in_app": -1, "category": "x"}));
    // Without the rules, the same event is what it was before.
    let before = given::group(&given::event(&stack()), &GroupingRules::default());
    assert_eq!(given::group(&event, &GroupingRules::default()), before);
}

/// A stack of one app frame, one frame of the base rules, and its verdict in the app variant.
#[track_caller]
fn check_base(platform: &str, frame: Json, expected: &str) {
    let event = json!({"platform": platform, "exception": {"values": [{
        "type": "E", "stacktrace": {"frames": [{"function": "ours", "in_app": true}, frame]},
    }]}});
    let rules = GroupingRules::default();
    let mut event = given::event(&event);
    let explanation = given::text(&group::explain(&event, &rules));
    group::group(&mut event, &rules);
    let path = ["exception", "values", "0", "stacktrace", "frames", "1"];
    let after = given::text(event.at(&path).unwrap());
    let variants = explanation["variants"].as_array().unwrap();
    let system = variants.iter().find(|variant| variant["key"] == "system");
    let parts = system.unwrap_or(&variants[0])["component"]["values"][0]["values"].as_array();
    let counts = parts.unwrap().last().unwrap()["values"][1]["contributes"] == true;
    let in_app = if after["in_app"] == true { "app" } else { "lib" };
    let category = after["data"]["category"].as_str().unwrap_or("-").to_owned();
    let counts = if counts { "counts" } else { "ignored" };
    assert_eq!(format!("{in_app} {category} {counts}"), expected, "{frame}");
}

#[test]
fn base_rules() {
    let path = |path: &str| json!({"abs_path": path, "function": "f", "in_app": true});
    let module = |module: &str| json!({"module": module, "function": "f", "in_app": true});
    let function = |function: &str| json!({"function": function, "in_app": true});
    let package = |package: &str| json!({"package": package, "function": "f", "in_app": true});
    for (platform, frame, expected) in [
        ("python", path("/srv/app/x.py"), "app - counts"),
        ("python", path("/srv/venv/lib/python3.12/site-packages/x.py"), "lib - counts"),
        ("python", path("/usr/lib/python3/dist-packages/x.py"), "lib - counts"),
        ("php", path("vendor/a/b.php"), "lib - counts"),
        ("ruby", path("/usr/local/lib/ruby/x.rb"), "lib - counts"),
        ("go", path("/home/ci/go/pkg/mod/x.go"), "lib - counts"),
        ("node", path("/srv/node_modules/x/i.js"), "lib - counts"),
        ("javascript", path("https://cdn.jsdelivr.net/npm/x.js"), "lib - counts"),
        ("javascript", path("https://x.io/node_modules/@babel/runtime/x.js"), "lib - ignored"),
        ("javascript", module("core-js/x"), "lib - ignored"),
        ("node", function("processTicksAndRejections"), "lib - ignored"),
        ("node", function("process.processTicksAndRejections"), "lib - ignored"),
        ("javascript", function("_callSuper"), "lib - ignored"),
        ("java", module("com.acme.Pay"), "app - counts"),
        ("java", module("org.springframework.web.X"), "lib framework counts"),
        ("java", module("java.util.List"), "lib std counts"),
        ("java", module("android.os.Looper"), "lib system counts"),
        ("java", module("kotlinx.coroutines.X"), "lib - counts"),
        ("java", module("io.sentry.Hub"), "lib - ignored"),
        ("native", function("std::io::read"), "lib - counts"),
        ("native", function("core::panicking::panic_fmt"), "lib - counts"),
        ("native", function("std::panicking::begin_panic"), "lib - ignored"),
        ("native", function("__cxa_throw"), "lib throw ignored"),
        ("native", function("abort"), "lib throw ignored"),
        ("native", function("malloc"), "lib malloc counts"),
        ("native", function("wallet::settle"), "app - counts"),
        ("native", package("/usr/lib/libz.so"), "lib - counts"),
        ("cocoa", package("/System/Library/Frameworks/UIKit"), "lib ui counts"),
        ("cocoa", package("/var/containers/Bundle/Application/X/App"), "app - counts"),
        ("cocoa", function("-[SentryHub capture]"), "lib - ignored"),
        ("native", function("BaseThreadInitThunk"), "app threadbase ignored"),
    ] {
        check_base(platform, frame, expected);
    }
}
