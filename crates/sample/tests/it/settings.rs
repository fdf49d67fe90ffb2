//! Settings that make no sense are refused with a reason.

use sample::Settings;
use sample::settings::CustomRule;

#[track_caller]
fn refused(change: impl FnOnce(&mut Settings), expected: &str) {
    let mut settings = Settings::default();
    change(&mut settings);
    assert_eq!(settings.check().unwrap_err().to_string(), expected);
}

#[track_caller]
fn query(query: &str, expected: &str) {
    let rule = CustomRule { name: "mine".into(), query: query.into(), sample_rate: 0.5 };
    refused(|settings| settings.rules = vec![rule], &format!("rules.0.query {expected}"));
}

#[test]
fn the_defaults_make_sense() {
    assert_eq!(Settings::default().check(), Ok(()));
}

#[test]
fn what_makes_no_sense_is_refused() {
    refused(|it| it.error = 1.5, "error must be between 0 and 1");
    refused(|it| it.slow.rate = f64::NAN, "slow.rate must be between 0 and 1");
    refused(|it| it.slow.quantile = 0.1, "slow.quantile must be between 0.5 and 0.999");
    refused(|it| it.background.min = 0.5, "background.min must not be greater than background.max");
    refused(|it| it.new_release.hours = 0, "newRelease.hours must be between 1 and 720");
    refused(|it| it.spans_per_second = 0, "spansPerSecond must be between 1 and 1000000");
    refused(|it| it.rules[1].name.clear(), "rules.1.name must have between 1 and 100 characters");
    refused(|it| it.rules[2].sample_rate = -0.1, "rules.2.sampleRate must be between 0 and 1");
    refused(|it| it.rules = vec![it.rules[0].clone(); 21], "rules must have at most 20 entries");
}

#[test]
fn searches_must_be_about_spans_that_arrive() {
    query(" ", "must say which spans are meant");
    query(
        "span.duration:slow",
        "span.duration: Invalid number: slow. Expected number then optional k, m, or b suffix (e.g. 500k).",
    );
    query("count():>5", "count() is known of groups, not of a span");
    query("timestamp:-1h", "a rule is for spans of any time");
    query("project:wallet", "a rule is for one project anyway");
    query("release:latest", "release:latest is not known of a span that arrives");
    query("release.version:>2.0", "release.version is not known of a span that arrives");
    query(&"x".repeat(1025), "must have at most 1024 characters");
}
