//! Allowed domains.

use wire::origin::is_allowed;

#[track_caller]
fn check(origin: &str, patterns: &[&str], expected: bool) {
    let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    assert_eq!(is_allowed(Some(origin), None, &patterns), expected, "{origin} {patterns:?}");
    let referer = format!("{origin}/a/page?x=http://other.example");
    assert_eq!(is_allowed(None, Some(&referer), &patterns), expected, "{referer} {patterns:?}");
}

#[test]
fn patterns_match_part_by_part() {
    check("https://a.example", &["*"], true);
    check("https://a.example", &[], false);
    check("https://a.example", &[""], false);
    check("https://a.example", &["a.example"], true);
    check("https://A.Example:8443", &["a.example"], true);
    check("https://b.a.example", &["a.example"], false);
    check("https://b.a.example", &["*.a.example"], true);
    check("https://a.example", &["*.a.example"], true);
    check("https://bada.example", &["*.a.example"], false);
    check("https://a.example.evil", &["a.example", "*.a.example"], false);
    check("http://a.example", &["https://a.example"], false);
    check("https://a.example", &["https://a.example"], true);
    check("https://a.example", &["https://*"], true);
    check("https://a.example", &["a.example:443"], true);
    check("https://a.example", &["a.example:8000"], false);
    check("http://a.example:8000", &["a.example:8000", "x"], true);
    check("http://a.example:8000", &["*:8000"], true);
    check("http://[::1]:8000", &["[::1]"], true);
    check("https://user@a.example", &["user"], false);
    check("https://é.example", &["*.xample"], false);
}

#[test]
fn who_does_not_say_may_send() {
    for origin in [None, Some("null"), Some(""), Some("file:///x"), Some("chrome-extension://x")] {
        assert!(is_allowed(origin, None, &[]), "{origin:?}");
    }
    assert!(!is_allowed(Some("null"), Some("https://a.example/"), &[]));
}
