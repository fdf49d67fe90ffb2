//! Addresses: what is looked for, and what references point to.

use symbols::url::{self, InlineError};

#[track_caller]
fn candidates(address: &str, expected: &[&str]) {
    assert_eq!(url::candidates(address), expected);
}

#[test]
fn a_script_is_looked_for_under_four_addresses() {
    candidates(
        "https://cdn.example.com/static/app.js?v=9#top",
        &[
            "https://cdn.example.com/static/app.js?v=9",
            "https://cdn.example.com/static/app.js",
            "~/static/app.js?v=9",
            "~/static/app.js",
        ],
    );
    candidates("http://a.example/app.js", &["http://a.example/app.js", "~/app.js"]);
    candidates(
        "http://a.example:8080/x?y",
        &["http://a.example:8080/x?y", "http://a.example:8080/x", "~/x?y", "~/x"],
    );
    candidates("app:///main.jsbundle", &["app:///main.jsbundle", "~/main.jsbundle"]);
    candidates("file:///srv/app.js", &["file:///srv/app.js", "~/srv/app.js"]);
    candidates("/srv/app/out/lib.js", &["/srv/app/out/lib.js", "~/srv/app/out/lib.js"]);
    candidates("~/app.js?v=1", &["~/app.js?v=1", "~/app.js"]);
    candidates("https://a.example", &["https://a.example"]);
    candidates("https://a.example?x=/y", &["https://a.example?x=/y", "https://a.example"]);
    candidates("webpack:///./src/a.ts", &["webpack:///./src/a.ts", "~/./src/a.ts"]);
    candidates("C:\\app\\a.js", &["C:\\app\\a.js"]);
    candidates("", &[]);
    candidates("#", &[]);
}

#[test]
fn a_suffix_of_the_script_is_tried_on_its_map() {
    assert_eq!(
        url::map_candidates("https://a.example/s/app.min.js?v=9", "app.min.js.map"),
        [
            "https://a.example/s/app.min.js.map",
            "~/s/app.min.js.map",
            "https://a.example/s/app.min.js.map?v=9",
            "~/s/app.min.js.map?v=9",
        ]
    );
    assert_eq!(url::map_candidates("~/app.js", "app.js.map"), ["~/app.js.map"]);
}

#[track_caller]
fn resolve(base: &str, reference: &str, expected: &str) {
    assert_eq!(url::resolve(base, reference), expected, "{reference} in {base}");
}

#[test]
fn references_are_relative_to_the_file_they_are_in() {
    let script = "https://cdn.example.com/static/js/app.min.js?v=9#x";
    resolve(script, "app.min.js.map", "https://cdn.example.com/static/js/app.min.js.map");
    resolve(script, "./a.map", "https://cdn.example.com/static/js/a.map");
    resolve(script, "../maps/a.map?q", "https://cdn.example.com/static/maps/a.map?q");
    resolve(script, "../../../../a.map", "https://cdn.example.com/a.map");
    resolve(script, "/a.map", "https://cdn.example.com/a.map");
    resolve(script, "//maps.example.com/a.map", "https://maps.example.com/a.map");
    resolve(script, "http://maps.example.com/a.map", "http://maps.example.com/a.map");
    resolve(script, "webpack:///src/a.ts", "webpack:///src/a.ts");
    resolve(script, "data:application/json,{}", "data:application/json,{}");
    resolve("https://a.example", "a.map", "https://a.example/a.map");
    resolve("~/static/app.js", "app.js.map", "~/static/app.js.map");
    resolve("~/static/app.js", "/app.js.map", "~/app.js.map");
    resolve("app:///main.jsbundle", "main.map", "app:///main.map");
    resolve("/srv/out/lib.js", "lib.js.map", "/srv/out/lib.js.map");
    resolve("/srv/out/lib.js", "../src.ts", "/srv/src.ts");
    resolve("lib.js", "../src.ts", "../src.ts");
    resolve("a/lib.js", "../../src.ts", "../src.ts");
    resolve("C:\\out\\lib.js", "lib.js.map", "C:\\out\\lib.js.map");
    resolve("https://a.example/x.js", "~/y.map", "~/y.map");
    resolve("https://a.example/x.js", "", "");
}

#[test]
fn maps_may_be_inline() {
    let check = |text: &str, expected: Result<&str, InlineError>| {
        let expected = expected.map(|text| text.as_bytes().to_vec());
        assert_eq!(url::inline(text), expected, "{text}");
    };
    check("data:application/json;base64,eyJhIjoxfQ==", Ok(r#"{"a":1}"#));
    check("data:application/json;charset=utf-8;base64,eyJhIjoxfQ", Ok(r#"{"a":1}"#));
    check("DATA:application/json;BASE64,eyJhIjoxfQ%3D%3D", Ok(r#"{"a":1}"#));
    check("data:application/json;base64,eyJhIjox\n fQ==", Ok(r#"{"a":1}"#));
    check("data:application/json,%7B%22a%22%3A1%7D", Ok(r#"{"a":1}"#));
    check("data:,{}", Ok("{}"));
    check("data:application/json;base64,eyJhIjoi4oKsPz4_In0", Ok(r#"{"a":"€?>?"}"#));
    check("data:application/json;base64,!!!!", Err(InlineError::Base64));
    check("data:application/json;base64", Err(InlineError::NotData));
    check("app.js.map", Err(InlineError::NotData));
    check("dätä:", Err(InlineError::NotData));
}

#[test]
fn the_last_comment_of_a_script_counts() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(url::source_mapping_url(text), expected, "{text}");
    };
    check("a()\n//# sourceMappingURL=a.js.map", Some("a.js.map"));
    check("a()\n//# sourceMappingURL=a.js.map\n\n//# debugId=19c5", Some("a.js.map"));
    check("//# sourceMappingURL=a.map\n//# sourceMappingURL=b.map\n", Some("b.map"));
    check("//@ sourceMappingURL=old.map\r\n", Some("old.map"));
    check("/*# sourceMappingURL=a.css.map */", Some("a.css.map"));
    check("/*# sourceMappingURL=a.css.map*/", Some("a.css.map"));
    check("x=1;//#\tsourceMappingURL=a.map", Some("a.map"));
    check("x='sourceMappingURL=a.map'", None);
    check("//# sourceMappingURL=\n", None);
    check("//# sourceMappingURL=a.map\nx='//sourceMappingURL=' ", Some("a.map"));
    check("", None);
    let id = "a()\n//# sourceMappingURL=a.map\n\n//# debugId=19C5818BC20C591D8943EA389FC0001A\n";
    assert_eq!(url::debug_id(id).unwrap().to_string(), "19c5818b-c20c-591d-8943-ea389fc0001a");
}

#[test]
fn what_engines_made_up_is_no_script() {
    for script in [
        "https://a.example/app.js",
        "app:///main.jsbundle",
        "file:///srv/a.js",
        "/srv/a.js",
        "C:\\a\\b.js",
        "~/a.js",
        "capacitor://localhost/a.js",
    ] {
        assert!(url::is_script(script), "{script}");
    }
    for other in [
        "",
        "<anonymous>",
        "native",
        "[native code]",
        "native array.js",
        "node:internal/process/task_queues",
        "internal/process.js",
        "chrome-extension://abc/x.js",
        "data:text/javascript,1",
        "lib.js",
    ] {
        assert!(!url::is_script(other), "{other}");
    }
}
