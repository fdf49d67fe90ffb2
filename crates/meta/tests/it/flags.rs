//! Feature flags: secrets of their providers, and the log of changes.

use std::collections::BTreeMap;

use meta::{
    AuthorKind, FLAG_CHANGES_MAX, FlagAction, FlagChangeOrder, FlagChangeQuery, FlagProvider,
    FlagsTold, Meta, MetaError, NewFlagChange, Page, Secret,
};
use model::clock::Micros;

use crate::fixture::{DAY, Fixture, HOUR, START};

fn change(flag: &str, at: u64) -> NewFlagChange {
    NewFlagChange {
        told_as: "1".into(),
        flag: flag.into(),
        action: FlagAction::Updated,
        at: Micros(at),
        author: Some((AuthorKind::Email, "ann@example.com".into())),
        tags: BTreeMap::from([("environment".into(), "prod".into())]),
    }
}

fn query(fixture: &Fixture) -> FlagChangeQuery {
    FlagChangeQuery {
        organization: fixture.organization,
        flags: Vec::new(),
        providers: Vec::new(),
        start: Micros(0),
        end: Micros(u64::MAX),
        order: FlagChangeOrder::NewestFirst,
    }
}

fn flags(fixture: &Fixture, query: &FlagChangeQuery) -> Vec<String> {
    let found = fixture.meta.flag_changes(query, Page::FIRST).unwrap().rows;
    found.into_iter().map(|change| change.flag).collect()
}

#[test]
fn what_is_told_twice_is_noted_once() {
    let fixture = Fixture::new();
    let (organization, generic) = (fixture.organization, FlagProvider::Generic);
    let tell = |changes: &[NewFlagChange]| {
        fixture.meta.tell_flag_changes(organization, generic, changes).unwrap()
    };
    let first = change("new-ui", START.0 - HOUR);
    let told = |stored, known, expired| FlagsTold { stored, known, expired };
    assert_eq!(tell(&[first.clone(), first.clone()]), told(1, 1, 0));
    assert_eq!(tell(std::slice::from_ref(&first)), told(0, 1, 0));
    // Some senders give all changes the same name.
    let later = NewFlagChange { at: START, ..first.clone() };
    let deleted = NewFlagChange { action: FlagAction::Deleted, ..later.clone() };
    let other = NewFlagChange { flag: "old-ui".into(), ..later.clone() };
    assert_eq!(tell(&[later, deleted, other]), told(3, 0, 0));
    assert_eq!(tell(&[change("ancient", START.0 - 366 * DAY)]), told(0, 0, 1));
    assert_eq!(tell(&[]), told(0, 0, 0));
    assert_eq!(flags(&fixture, &query(&fixture)), ["old-ui", "new-ui", "new-ui", "new-ui"]);
    let kept = fixture.meta.flag_changes(&query(&fixture), Page::FIRST).unwrap().rows.remove(3);
    assert_eq!((kept.flag, kept.action, kept.at), (first.flag, first.action, first.at));
    assert_eq!((kept.author, kept.tags, kept.provider), (first.author, first.tags, generic));
    assert_eq!(fixture.meta.flag_change(organization, kept.id).unwrap().unwrap().id, kept.id);
    assert_eq!(fixture.meta.flag_change(organization, 99).unwrap(), None);
}

#[test]
fn changes_are_chosen_and_sorted() {
    let fixture = Fixture::new();
    let tell = |provider, changes: &[NewFlagChange]| {
        fixture.meta.tell_flag_changes(fixture.organization, provider, changes).unwrap();
    };
    tell(FlagProvider::Generic, &[change("b", START.0 - 3), change("a", START.0 - 2)]);
    tell(FlagProvider::Unleash, &[change("c", START.0 - 1)]);
    let stranger = fixture.meta.create_organization("other", "Other").unwrap().id;
    let generic = FlagProvider::Generic;
    fixture.meta.tell_flag_changes(stranger, generic, &[change("secret", START.0)]).unwrap();
    let all = query(&fixture);
    for (query, expected) in [
        (all.clone(), &["c", "a", "b"][..]),
        (FlagChangeQuery { order: FlagChangeOrder::OldestFirst, ..all.clone() }, &["b", "a", "c"]),
        (FlagChangeQuery { order: FlagChangeOrder::Flag, ..all.clone() }, &["a", "b", "c"]),
        (
            FlagChangeQuery { order: FlagChangeOrder::FlagBackwards, ..all.clone() },
            &["c", "b", "a"],
        ),
        (FlagChangeQuery { flags: vec!["a".into(), "b".into()], ..all.clone() }, &["a", "b"]),
        (FlagChangeQuery { flags: vec!["secret".into()], ..all.clone() }, &[]),
        (FlagChangeQuery { providers: vec![FlagProvider::Unleash], ..all.clone() }, &["c"]),
        (FlagChangeQuery { start: Micros(START.0 - 2), ..all.clone() }, &["c", "a"]),
        (FlagChangeQuery { end: Micros(START.0 - 2), ..all.clone() }, &["b"]),
    ] {
        assert_eq!(flags(&fixture, &query), expected, "{query:?}");
    }
    let page = fixture.meta.flag_changes(&all, Page { offset: 1, limit: 1 }).unwrap();
    assert_eq!((page.rows[0].flag.as_str(), page.more), ("a", true));

    let before = |moment| {
        let organization = fixture.organization;
        fixture.meta.flag_changes_before(organization, "a", Micros(moment), 5).unwrap().len()
    };
    assert_eq!((before(START.0 - 3), before(START.0 - 2), before(u64::MAX)), (0, 1, 1));
}

#[test]
fn changes_that_cannot_be_are_refused_and_old_ones_forgotten() {
    let fixture = Fixture::new();
    let tell = |changes: &[NewFlagChange]| {
        let generic = FlagProvider::Generic;
        fixture.meta.tell_flag_changes(fixture.organization, generic, changes)
    };
    let good = change("a", START.0);
    for (field, wrong) in [
        ("flag", change("", START.0)),
        ("flag", change(" ", START.0)),
        ("flag", change(&"x".repeat(257), START.0)),
        ("flag", change("a\u{0}b", START.0)),
        ("created_at", change("a", START.0 + DAY + 1)),
        ("created_at", change("a", u64::MAX)),
    ] {
        let refused = tell(&[good.clone(), wrong.clone()]);
        assert!(
            matches!(refused, Err(MetaError::Invalid { field: of, .. }) if of == field),
            "{wrong:?}"
        );
    }
    let many = vec![good; FLAG_CHANGES_MAX + 1];
    assert!(matches!(tell(&many), Err(MetaError::Invalid { field: "data", .. })));
    assert_eq!(flags(&fixture, &query(&fixture)), [""; 0], "as a whole or not at all");

    let long = NewFlagChange {
        author: Some((AuthorKind::Name, "ä".repeat(500))),
        tags: (0..100).map(|n| (format!("tag-{n}"), "ö".repeat(2_000))).collect(),
        ..change("long", START.0)
    };
    tell(&[long]).unwrap();
    let kept = fixture.meta.flag_changes(&query(&fixture), Page::FIRST).unwrap().rows.remove(0);
    assert_eq!((kept.author.unwrap().1.len(), kept.tags.len()), (200, 50));
    assert_eq!(kept.tags["tag-0"].len(), 1_000);
    fixture.clock.advance_micros(365 * DAY + 1);
    fixture.meta.forget().unwrap();
    assert_eq!(flags(&fixture, &query(&fixture)), [""; 0]);
}

#[test]
fn a_provider_has_one_secret_and_the_file_does_not_tell_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meta.sqlite");
    let clock = std::sync::Arc::new(model::clock::FixedClock::at(START));
    let open = || Meta::open(&path, std::sync::Arc::clone(&clock) as _).unwrap();
    let fixture = Fixture::with(open(), std::sync::Arc::clone(&clock));
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let user = meta.create_user("jane@example.com", "Jane", None).unwrap().id;
    let secret = |text: &str| Secret::new(text);
    let first = secret("first-0123456789-first");
    let generic = FlagProvider::Generic;
    assert_eq!(meta.flag_secret(organization, generic).unwrap(), None);
    meta.set_flag_secret(organization, generic, &first, Some(user)).unwrap();
    assert_eq!(open().flag_secret(organization, generic).unwrap(), Some(first));
    let second = secret("second-0123456789-second");
    meta.set_flag_secret(organization, generic, &second, None).unwrap();
    let unleash = secret("unleash-0123456789-token");
    meta.set_flag_secret(organization, FlagProvider::Unleash, &unleash, None).unwrap();
    let all = meta.flag_secrets(organization).unwrap();
    assert_eq!(all.len(), 2);
    assert!(all.iter().any(|one| one.secret == Some(second.clone()) && one.provider == generic));

    for name in ["meta.sqlite", "meta.sqlite-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
        for told in ["first-0123", "second-0123", "unleash-0123"] {
            let has = bytes.windows(told.len()).any(|window| window == told.as_bytes());
            assert!(!has, "{told} in {name}");
        }
    }
    // The table without the key tells nothing and signs nothing.
    std::fs::remove_file(folder.path().join("meta.key")).unwrap();
    let without = open();
    assert_eq!(without.flag_secret(organization, generic).unwrap(), None);
    assert!(without.flag_secrets(organization).unwrap().iter().all(|one| one.secret.is_none()));

    let stranger = meta.create_organization("other", "Other").unwrap().id;
    let id = all[0].id;
    assert!(matches!(meta.delete_flag_secret(stranger, id), Err(MetaError::Missing(_))));
    meta.delete_flag_secret(organization, id).unwrap();
    assert_eq!(meta.flag_secrets(organization).unwrap().len(), 1);
}

#[test]
fn what_can_be_no_secret_is_refused() {
    let fixture = Fixture::new();
    let set = |provider, text: &str| {
        fixture
            .meta
            .set_flag_secret(fixture.organization, provider, &Secret::new(text), None)
            .is_ok()
    };
    for (provider, text, expected) in [
        (FlagProvider::Generic, "0123456789", true),
        (FlagProvider::Generic, "012345678", false),
        (FlagProvider::Generic, "0123 456789", false),
        (FlagProvider::Generic, "0123456789ä", false),
        (FlagProvider::LaunchDarkly, &"x".repeat(128), true),
        (FlagProvider::LaunchDarkly, &"x".repeat(129), false),
        (FlagProvider::Statsig, "webhook-0123456789abcdef01234567", true),
        (FlagProvider::Statsig, "0123456789abcdef0123456789abcdef", false),
        (FlagProvider::Statsig, "webhook-0123456789", false),
    ] {
        assert_eq!(set(provider, text), expected, "{provider:?} {text}");
    }
}
