//! Check-ins as SDKs send them, and as nobody should.

use proptest::prelude::*;
use wire::check_in::{CheckIn, CheckInError, parse, slug};
use wire::json::Parser;

const ID: &str = "83a7c03ed0a04e1b97e2e3b18d38f244";

fn read(text: &str) -> Result<CheckIn, CheckInError> {
    parse(&mut Parser::default(), &mut text.as_bytes().to_vec())
}

#[test]
fn a_check_in_of_an_sdk() {
    let check_in = read(
        r#"{"check_in_id":"83a7c03e-d0a0-4e1b-97e2-e3b18d38f244","monitor_slug":"Nightly Settlement",
        "status":"ok","duration":1.2345,"environment":"prod","release":"api@1",
        "contexts":{"trace":{"trace_id":"0123456789abcdef0123456789abcdef","span_id":"b0e6f15b45c36b12"}},
        "monitor_config":{"schedule":{"type":"crontab","value":"15 3 * * *"},"max_runtime":40}}"#,
    )
    .unwrap();
    assert_eq!(
        (check_in.id.to_string().as_str(), check_in.slug.as_str()),
        (ID, "nightly-settlement")
    );
    assert_eq!((check_in.status.as_str(), check_in.duration_millis), ("ok", Some(1_235)));
    assert_eq!((check_in.environment.as_str(), check_in.release.as_str()), ("prod", "api@1"));
    assert_eq!(check_in.trace.unwrap().to_string(), "0123456789abcdef0123456789abcdef");
    let config = check_in.config.unwrap();
    assert_eq!(config, r#"{"schedule":{"type":"crontab","value":"15 3 * * *"},"max_runtime":40}"#);
}

#[test]
fn what_is_not_said_has_a_default() {
    let check_in =
        read(r#"{"monitor_slug":"x","status":"in_progress","monitor_config":null}"#).unwrap();
    assert!(check_in.id.is_nil());
    assert_eq!(check_in.environment, "production");
    assert_eq!((check_in.duration_millis, check_in.trace, check_in.config), (None, None, None));
}

#[test]
fn what_is_none_is_refused_with_a_reason() {
    let long = "e".repeat(65);
    for (text, reason) in [
        ("{", "invalid_json"),
        ("[]", "invalid_check_in"),
        (r#"{"status":"ok"}"#, "invalid_check_in"),
        (r#"{"monitor_slug":" !! ","status":"ok"}"#, "invalid_check_in"),
        (r#"{"monitor_slug":"x"}"#, "invalid_check_in"),
        (r#"{"monitor_slug":"x","status":"ok","check_in_id":"7"}"#, "invalid_guid"),
        (r#"{"monitor_slug":"x","status":"ok","check_in_id":7}"#, "invalid_guid"),
        (
            &format!(r#"{{"monitor_slug":"x","status":"ok","environment":"{long}"}}"#),
            "invalid_check_in",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().reason(), reason, "{text}");
    }
    for duration in ["-1", "\"2\"", "1e300", "null"] {
        let text = format!(r#"{{"monitor_slug":"x","status":"ok","duration":{duration}}}"#);
        assert_eq!(read(&text).unwrap().duration_millis, None, "{duration}");
    }
}

proptest! {
    #[test]
    fn slugs_stay_slugs(text in ".{0,300}") {
        let once = slug(&text);
        prop_assert!(once.len() <= 50);
        prop_assert!(once.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')));
        // The cut may leave a dash at the end, which a second reading takes away.
        prop_assert_eq!(slug(&once), once.trim_end_matches(['-', '_']));
    }

    #[test]
    fn nothing_breaks_the_reader(text in ".{0,200}") {
        drop(read(&text));
    }
}
