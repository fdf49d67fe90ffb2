//! Which parts of a frame go into the hash.

use group::GroupingRules;
use serde_json::{Value as Json, json};

use crate::given;

/// What is left of a frame; `-` if nothing is.
#[track_caller]
fn check(platform: &str, mut frame: Json, expected: &str) {
    frame["in_app"] = json!(true);
    let event = json!({"platform": platform, "stacktrace": {"frames": [
        {"function": "main", "in_app": true}, frame,
    ]}});
    let content = given::content(&event, &GroupingRules::default());
    let content = content.strip_prefix("app: main").unwrap_or(&content);
    assert_eq!(content.strip_prefix('|').unwrap_or("-"), expected, "{frame}");
}

#[test]
fn modules_and_files() {
    check("python", json!({"module": "a.b", "filename": "a/B.py", "function": "f"}), "a.b|f");
    check("python", json!({"filename": "a/B.py", "function": "f"}), "b.py|f");
    check("python", json!({"abs_path": "/x/a.py", "function": "f", "lineno": 3}), "a.py|f");
    check("csharp", json!({"filename": "C:\\x\\A.cs"}), "a.cs");
    check(
        "javascript",
        json!({"module": "app/main", "abs_path": "https://x.io/app/main", "function": "f"}),
        "f",
    );
    check(
        "javascript",
        json!({"module": "app/main", "abs_path": "https://x.io/b.js", "function": "f"}),
        "app/main|f",
    );
    check(
        "javascript",
        json!({"filename": "https://x.io/a.js", "abs_path": "https://x.io/a.js", "function": "f"}),
        "f",
    );
    check(
        "javascript",
        json!({"filename": "/a.js", "abs_path": "blob:https://x.io/1", "function": "f"}),
        "f",
    );
    check(
        "javascript",
        json!({"filename": "a.js", "abs_path": "file:///a.js", "function": "f"}),
        "a.js|f",
    );
    check("python", json!({"filename": "<anonymous>", "function": "f"}), "f");
    check(
        "java",
        json!({"module": "a.B$$Lambda$12", "function": "f", "filename": "B.java"}),
        "b.java|f",
    );
    check("java", json!({"module": "sun.reflect.GeneratedMethodAccessor12", "function": "f"}), "-");
    check(
        "java",
        json!({"module": "a.GeneratedMethodAccessor12", "function": "f"}),
        "a.GeneratedMethodAccessor|f",
    );
    check(
        "java",
        json!({"module": "a.B$$EnhancerBySpringCGLIB$$1a2b", "function": "f"}),
        "a.B$$EnhancerBySpringCGLIB$$<auto>|f",
    );
    check(
        "java",
        json!({"module": "a.B_$$_javassist_seam_3", "function": "f"}),
        "a.B_$$_javassist<auto>|f",
    );
    check(
        "java",
        json!({"module": "a.B$HibernateProxy$x1", "function": "f"}),
        "a.B$HibernateProxy$<auto>|f",
    );
    check("java", json!({"module": "a.core$fn__1234", "function": "f"}), "a.core$fn__<auto>|f");
}

#[test]
fn functions() {
    check("java", json!({"module": "a", "function": "lambda$pay$0"}), "a");
    check("ruby", json!({"function": "block (2 levels) in pay"}), "block");
    check("ruby", json!({"function": "_app_bet_html_erb__123_456"}), "_app_bet_html_erb");
    check("php", json!({"function": "{closure}", "module": "m"}), "m");
    check("php", json!({"function": "class@anonymous/srv/a.php:3$0::pay"}), "pay");
    check("csharp", json!({"function": "Pay", "raw_function": "Pay (int x)"}), "Pay");
    check("native", json!({"function": "<redacted>", "module": "m"}), "m");
    check("native", json!({"function": "void pay(int)"}), "pay");
    check("rust", json!({"function": "w::pay::h0123456789abcdef"}), "w::pay");
    check("javascript", json!({"function": "Wallet.prototype.pay"}), "pay");
    for name in ["?", "<anonymous>", "Anonymous function", "pay/<"] {
        check("javascript", json!({"function": name, "module": "m"}), "m");
    }
    check(
        "javascript",
        json!({"function": "pay", "module": "m", "context_line": "x()", "data": {"sourcemap": "m"}}),
        "m|x()",
    );
    check(
        "javascript",
        json!({"function": "pay", "module": "m", "data": {"sourcemap": "m"}}),
        "m|pay",
    );
    check("python", json!({"function": "a.b"}), "a.b");
}

#[test]
fn context_lines() {
    check("python", json!({"function": "f", "context_line": "  x  =\t1 "}), "f|x = 1");
    check(
        "python",
        json!({"function": "f", "context_line": "é".repeat(120)}),
        &format!("f|{}", "é".repeat(120)),
    );
    check("python", json!({"function": "f", "context_line": "é".repeat(121)}), "f");
    check("python", json!({"function": "f", "context_line": "   "}), "f");
    check("go", json!({"function": "f", "context_line": "x"}), "f");
    check("javascript", json!({"abs_path": "https://x.io/a.js", "context_line": "x"}), "-");
    check(
        "javascript",
        json!({"abs_path": "file:///a.js", "filename": "a.js", "context_line": "x"}),
        "a.js",
    );
}

#[test]
fn whole_frames() {
    check("javascript", json!({"function": "eval", "module": "m"}), "-");
    for path in ["[native code]", "native code", "eval code", "<anonymous>"] {
        check("javascript", json!({"function": "f", "abs_path": path}), "-");
    }
    check("python", json!({"function": "main"}), "-");
    check("python", json!({"function": "main", "lineno": 2}), "main");
    check("python", json!({}), "-");
    let lonely = |frame: Json| {
        json!({"platform": "javascript", "exception": {"values": [{
            "type": "Error", "value": "x 1", "stacktrace": {"frames": [frame]},
        }]}})
    };
    let rules = GroupingRules::default();
    let url = json!({"abs_path": "https://x.io/a.js", "context_line": "x", "in_app": true});
    assert_eq!(given::content(&lonely(url), &rules), "app: Error|x <int>");
    let named = json!({"abs_path": "https://x.io/a.js", "function": "f", "in_app": true});
    assert_eq!(given::content(&lonely(named), &rules), "app: Error|f");
}
