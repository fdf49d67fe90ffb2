//! The `X-Sentry-Rate-Limits` header.

use model::category::Category;
use proptest::prelude::*;
use wire::rate_limit_header::{RateLimit, Scope, parse, write};

fn limit(secs: u64, categories: &[Category], scope: Scope, reason: &str) -> RateLimit {
    RateLimit {
        retry_after_secs: secs,
        categories: categories.to_vec(),
        scope,
        reason: reason.to_owned(),
    }
}

#[test]
fn limits_are_written_as_sdks_read_them() {
    let limits = [
        limit(60, &[Category::Transaction, Category::Span], Scope::Organization, "quota_exceeded"),
        limit(2700, &[Category::Error], Scope::Key, ""),
        limit(5, &[], Scope::Project, "a:b,c\r\nd"),
    ];
    assert_eq!(
        write(&limits),
        "60:transaction;span:organization:quota_exceeded, 2700:error:key, 5::project:a_b_c__d"
    );
    assert_eq!(write(&[]), "");
}

#[test]
fn what_cannot_be_read_is_skipped() {
    assert_eq!(parse("x:error:key, 7:error:galaxy, 7, ,9:error:key:r:ns:more").len(), 1);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        limits in prop::collection::vec(
            (
                any::<u64>(),
                prop::collection::vec(prop::sample::select(&Category::ALL), 0..4),
                prop::sample::select(&Scope::ALL),
                "[a-z_]{0,12}",
            ),
            1..5,
        )
    ) {
        let limits: Vec<RateLimit> = limits
            .into_iter()
            .map(|(secs, categories, (scope, _), reason)| {
                let categories: Vec<Category> = categories.into_iter().map(|(it, _)| it).collect();
                limit(secs, &categories, scope, &reason)
            })
            .collect();
        prop_assert_eq!(parse(&write(&limits)), limits);
    }

    #[test]
    fn any_text_is_read(text: String) {
        let _limits = parse(&text);
    }
}
