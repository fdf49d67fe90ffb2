//! DSNs.

use model::id::ProjectId;
use proptest::prelude::*;
use wire::dsn::{Dsn, PublicKey};

const KEY: &str = "0123456789abcdef0123456789abcdef";

#[track_caller]
fn check(text: &str, expected: &str) {
    let text = text.replace("KEY", KEY);
    let actual = text.parse::<Dsn>().map_or_else(|error| error.to_string(), |dsn| dsn.to_string());
    assert_eq!(actual, expected.replace("KEY", KEY), "{text}");
}

#[test]
fn dsns_are_read_and_written() {
    check("http://KEY@localhost:8000/1", "http://KEY@localhost:8000/1");
    check("https://KEY:secret@pitwatch.example/a/b/42/", "https://KEY@pitwatch.example/a/b/42");
    check(" https://KEY@[::1]:9000/7 ", "https://KEY@[::1]:9000/7");
    check("https://KEY.no-cache@h/1", "https://KEY@h/1");
    for (text, error) in [
        ("", "no valid scheme"),
        ("ftp://KEY@h/1", "no valid scheme"),
        ("http://h/1", "no valid public key"),
        ("http://abc@h/1", "no valid public key"),
        ("http://KEY@/1", "no valid host"),
        ("http://KEY@h:x/1", "no valid host"),
        ("http://KEY@h:70000/1", "no valid host"),
        ("http://KEY@[::1/1", "no valid host"),
        ("http://KEY@h", "no valid project id"),
        ("http://KEY@h/", "no valid project id"),
        ("http://KEY@h/one", "no valid project id"),
        ("http://KEY@h/-1", "no valid project id"),
    ] {
        check(text, error);
    }
}

#[test]
fn keys_have_32_printable_characters() {
    assert!("z".repeat(32).parse::<PublicKey>().is_ok());
    for text in ["", "abc", &"a".repeat(33), &"ä".repeat(16), &" ".repeat(32)] {
        assert!(text.parse::<PublicKey>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        is_secure: bool, key in "[0-9a-f]{32}", host in "[a-z][a-z.]{0,20}(:[1-9][0-9]{0,3})?",
        path in "(/[a-z]{1,8}){0,3}/", project: u64,
    ) {
        let dsn = Dsn { is_secure, key: key.parse().unwrap(), host, path, project: ProjectId(project) };
        prop_assert_eq!(dsn.to_string().parse::<Dsn>().unwrap(), dsn);
    }

    #[test]
    fn any_text_is_a_dsn_or_an_error(text: String) {
        let _answer = text.parse::<Dsn>();
    }
}
