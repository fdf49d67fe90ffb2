//! Lists, changes, merges.

use meta::{
    Archiving, Assignee, Compare, EventFacts, IssueAction, IssueChange, IssueCursor, IssueOwner,
    IssuePage, IssuePredicate, IssueQuery, IssueSort, IssueStatus, IssueTest, Level, MetaError,
    Page, Priority, Resolving, Role, Substatus, TextPattern,
};
use model::clock::Micros;
use model::id::{GroupHash, IssueId, UserId};

use crate::fixture::{Fixture, HOUR, START};

/// Ten issues, one a minute; the how-manieth tells most of what they are.
fn ten() -> (Fixture, Vec<IssueId>, UserId) {
    let mut fixture = Fixture::new();
    let user = fixture.meta.create_user("jane@example.com", "Jane", None).unwrap().id;
    fixture.meta.add_member(fixture.organization, user, Role::Owner).unwrap();
    let mut ids = Vec::new();
    for hash in 0..10_u8 {
        fixture.clock.advance_micros(60_000_000);
        let mut event = fixture.event(hash);
        event.level = ["info", "warning", "error"][usize::from(hash % 3)].into();
        event.platform = if hash < 5 { "python" } else { "javascript" }.into();
        event.title = format!("Error{hash}: 100%_sure\\ ÄPFEL {hash}");
        event.release = format!("api@1.{hash}.0");
        let events = (0..=hash).map(|user| {
            let mut event = event.clone();
            event.user = format!("id:{user}");
            event
        });
        let events = events.collect();
        ids.push(fixture.apply(events).changed[0]);
    }
    (fixture, ids, user)
}

fn query(fixture: &Fixture, tests: Vec<IssueTest>) -> IssueQuery {
    IssueQuery {
        projects: vec![fixture.project],
        predicates: tests.into_iter().map(IssuePredicate::from).collect(),
        limit: 100,
        ..IssueQuery::default()
    }
}

fn change(issues: &[IssueId], actor: UserId, action: IssueAction) -> IssueChange {
    IssueChange { issues: issues.to_vec(), actor: Some(actor), actions: vec![action] }
}

#[test]
fn what_was_found_in_traces_is_chosen_by_its_type() {
    let mut fixture = Fixture::new();
    let error = fixture.event(1);
    let found = |hash: u8, metadata: &str| {
        let (event_type, metadata) = ("generic".into(), metadata.into());
        EventFacts { event_type, metadata, ..fixture.event(hash) }
    };
    let events = [
        error,
        found(2, r#"{"issueType": "performance_slow_db_query"}"#),
        found(3, "{}"),
        found(4, "no JSON"),
    ];
    let ids = events.map(|event| fixture.send(event));
    let check = |names: &[&str], expected: &[IssueId]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let page =
            fixture.meta.list_issues(&query(&fixture, vec![IssueTest::Type(names)])).unwrap();
        let mut chosen: Vec<_> = page.issues.iter().map(|issue| issue.id).collect();
        chosen.sort_unstable();
        assert_eq!(chosen, expected);
    };
    check(&["error"], &ids[..1]);
    check(&["performance_slow_db_query"], &ids[1..2]);
    check(&["performance"], &ids[2..]);
    check(&["error", "performance_slow_db_query"], &ids[..2]);
    check(&["feedback"], &[]);
    check(&[], &[]);
}

#[test]
fn predicates_choose_issues() {
    let (fixture, ids, user) = ten();
    let meta = &fixture.meta;
    let team = meta.team_by_slug(fixture.organization, "acme").unwrap().unwrap().id;
    meta.change_issues(&change(&ids[..2], user, IssueAction::Resolve(Resolving::Now))).unwrap();
    meta.change_issues(&change(&ids[2..3], user, IssueAction::Archive(Archiving::Forever)))
        .unwrap();
    let owner = Some(IssueOwner::User(user));
    meta.change_issues(&change(&ids[3..4], user, IssueAction::Assign(owner))).unwrap();
    let owner = Some(IssueOwner::Team(team));
    meta.change_issues(&change(&ids[4..5], user, IssueAction::Assign(owner))).unwrap();
    meta.bookmark(user, &ids[5..7], true).unwrap();
    meta.subscribe(user, &ids[7..8], true).unwrap();
    meta.mark_seen(user, &ids[8..9]).unwrap();

    let check = |test: IssueTest, expected: &[usize]| {
        let places = |query: &IssueQuery| -> Vec<usize> {
            let page = meta.list_issues(query).unwrap();
            assert_eq!(page.hits, page.issues.len());
            let place = |id| ids.iter().position(|known| *known == id).unwrap();
            let mut places: Vec<_> = page.issues.iter().map(|issue| place(issue.id)).collect();
            places.sort_unstable();
            places
        };
        let mut query = query(&fixture, vec![test.clone()]);
        assert_eq!(places(&query), expected, "{test:?}");
        query.predicates[0].negated = true;
        let others: Vec<usize> = (0..10).filter(|place| !expected.contains(place)).collect();
        assert_eq!(places(&query), others, "not {test:?}");
    };
    let text = |pieces: &[&str]| {
        IssueTest::Text(TextPattern { pieces: pieces.iter().map(|&piece| piece.into()).collect() })
    };
    let minute = |count: u64| Micros(START.0 + count * 60_000_000);
    check(IssueTest::Status(vec![IssueStatus::Resolved]), &[0, 1]);
    check(IssueTest::Status(vec![IssueStatus::Resolved, IssueStatus::Ignored]), &[0, 1, 2]);
    check(IssueTest::Status(vec![]), &[]);
    check(IssueTest::Substatus(vec![Substatus::Forever]), &[2]);
    check(IssueTest::ForReview, &[5, 6, 7, 8, 9]);
    check(IssueTest::Assigned(vec![Assignee::User(user)]), &[3]);
    check(IssueTest::Assigned(vec![Assignee::Team(team), Assignee::User(user)]), &[3, 4]);
    check(IssueTest::Assigned(vec![Assignee::Anybody]), &[3, 4]);
    check(IssueTest::Assigned(vec![Assignee::Nobody]), &[0, 1, 2, 5, 6, 7, 8, 9]);
    check(IssueTest::Bookmarked(user), &[5, 6]);
    check(IssueTest::Subscribed(user), &[7]);
    check(IssueTest::SeenBy(user), &[8]);
    check(IssueTest::FirstSeen(Compare::GreaterOrEqual, minute(9)), &[8, 9]);
    check(IssueTest::LastSeen(Compare::Less, minute(2)), &[0]);
    check(IssueTest::TimesSeen(Compare::Equal, 4), &[3]);
    check(IssueTest::UserCount(Compare::Greater, 8), &[8, 9]);
    check(IssueTest::UserCount(Compare::Less, u64::MAX), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(IssueTest::FirstRelease(vec!["api@1.6.0".into()]), &[6]);
    check(IssueTest::LastRelease(vec!["api@1.6.0".into(), "none".into()]), &[6]);
    check(IssueTest::Priority(vec![Priority::Medium]), &[1, 4, 7]);
    check(IssueTest::Level(vec![Level::Info, Level::Error]), &[0, 2, 3, 5, 6, 8, 9]);
    check(IssueTest::Platform(vec!["python".into()]), &[0, 1, 2, 3, 4]);
    check(IssueTest::EventType(vec!["csp".into()]), &[]);
    check(IssueTest::Logger(vec![String::new()]), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(IssueTest::Unhandled, &[]);
    check(IssueTest::Id(vec![ids[3], IssueId(u64::MAX >> 1)]), &[3]);
    check(IssueTest::Number(vec![(fixture.project, 4)]), &[3]);
    check(IssueTest::Project(vec![fixture.project]), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(text(&["error7"]), &[7]);
    check(text(&["äpfel 7"]), &[7]);
    check(text(&["%_sure\\"]), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(text(&["ERROR", "%_Sure\\", "3"]), &[3]);
    check(text(&["error", "sure%"]), &[]);
    check(text(&["", ""]), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn every_order_is_walked_page_by_page_in_both_directions() {
    let (fixture, ids, _) = ten();
    let descending: Vec<IssueId> = ids.iter().rev().copied().collect();
    for sort in [
        IssueSort::Date,
        IssueSort::New,
        IssueSort::Frequency,
        IssueSort::Users,
        IssueSort::Priority,
    ] {
        let page = |cursor: Option<IssueCursor>| {
            let query = IssueQuery { sort, cursor, limit: 3, ..query(&fixture, vec![]) };
            fixture.meta.list_issues(&query).unwrap()
        };
        let list = |page: &IssuePage| -> Vec<IssueId> {
            page.issues.iter().map(|issue| issue.id).collect()
        };
        let (mut pages, mut next) = (vec![page(None)], true);
        while next {
            let last = &pages[pages.len() - 1];
            assert_eq!(last.hits, 10);
            next = last.next.is_some();
            if let Some(cursor) = last.next {
                pages.push(page(Some(cursor)));
            }
        }
        assert_eq!(pages.len(), 4, "{sort:?}");
        let walked: Vec<IssueId> = pages.iter().flat_map(list).collect();
        if sort == IssueSort::Priority {
            let high = walked[..3].iter().all(|id| [2, 5, 8].map(|place| ids[place]).contains(id));
            assert!(high, "errors first");
        } else {
            assert_eq!(walked, descending, "{sort:?}");
        }
        assert_eq!(pages[0].previous, None);
        for pair in pages.windows(2) {
            assert_eq!(list(&page(pair[1].previous)), list(&pair[0]), "{sort:?}");
        }
    }
}

#[test]
fn ids_and_projects_narrow_the_list() {
    let (fixture, ids, _) = ten();
    let mut query = query(&fixture, vec![]);
    query.ids = Some(vec![ids[9], ids[1]]);
    let page = fixture.meta.list_issues(&query).unwrap();
    assert_eq!(page.issues.iter().map(|issue| issue.id).collect::<Vec<_>>(), [ids[9], ids[1]]);
    query.projects = vec![];
    assert_eq!(fixture.meta.list_issues(&query).unwrap().hits, 0);
}

#[test]
fn changes_are_noted_and_taken_back() {
    let (fixture, ids, user) = ten();
    let meta = &fixture.meta;
    let before = meta.issues(&ids[..2]).unwrap();
    let change = IssueChange {
        issues: vec![ids[0], IssueId(12_345), ids[1]],
        actor: Some(user),
        actions: vec![
            IssueAction::Resolve(Resolving::InNextRelease),
            IssueAction::Assign(Some(IssueOwner::User(user))),
            IssueAction::SetPriority(Priority::Medium),
        ],
    };
    let undo = meta.change_issues(&change).unwrap();
    assert_eq!(undo.len(), 2);
    let issue = meta.issue(ids[0]).unwrap().unwrap();
    assert_eq!(issue.state.status, IssueStatus::Resolved);
    let details = issue.state.details.unwrap();
    assert_eq!(details.actor(), Some(user));
    assert_eq!(
        details.resolution,
        Some(meta::Resolution::InNextRelease { newest: Some("api@1.9.0".into()) })
    );
    meta.comment(ids[0], Some(user), "on it").unwrap();
    let kinds: Vec<&str> = meta
        .activities(ids[0], Page::FIRST)
        .unwrap()
        .rows
        .iter()
        .map(|activity| activity.kind.name())
        .collect();
    assert_eq!(kinds, ["note", "set_priority", "assigned", "set_resolved_in_release"]);
    meta.restore_issues(&undo, Some(user)).unwrap();
    let after = meta.issues(&ids[..2]).unwrap();
    assert_eq!(after[0].state, before[0].state);
    assert_eq!(after[1], before[1]);
    let gone = Some(IssueOwner::Team(999));
    let refused =
        meta.change_issues(&IssueChange { actions: vec![IssueAction::Assign(gone)], ..change });
    assert!(matches!(refused, Err(MetaError::Missing("assignee"))), "{refused:?}");
}

#[test]
fn comments_are_edited_and_deleted() {
    let (fixture, ids, user) = ten();
    let meta = &fixture.meta;
    let note = meta.comment(ids[0], Some(user), "first").unwrap();
    meta.edit_comment(ids[0], note.id, "second").unwrap();
    let found = meta.comment_by_id(ids[0], note.id).unwrap().unwrap();
    assert_eq!(found.data["text"], "second");
    assert_eq!(meta.issue(ids[0]).unwrap().unwrap().comments, 1);
    assert!(matches!(meta.delete_comment(ids[1], note.id), Err(MetaError::Missing(_))));
    meta.delete_comment(ids[0], note.id).unwrap();
    assert_eq!(meta.issue(ids[0]).unwrap().unwrap().comments, 0);
    assert!(matches!(meta.comment(ids[0], None, "  "), Err(MetaError::Invalid { .. })));
}

#[test]
fn merged_issues_count_as_one_and_come_apart_again() {
    let (mut fixture, ids, user) = ten();
    let hour = START.0 / HOUR;
    let before = fixture.meta.issues(&ids).unwrap();
    let survivor = fixture.meta.merge_issues(&[ids[2], ids[3], ids[4]], Some(user)).unwrap();
    assert_eq!(survivor, ids[4], "the one with the most events");
    let merged = fixture.meta.issue(ids[2]).unwrap().unwrap();
    assert_eq!(merged.id, survivor);
    assert_eq!((merged.times_seen, merged.user_count), (3 + 4 + 5, 5));
    assert_eq!(merged.first_seen, before[2].first_seen);
    assert_eq!(fixture.meta.merged(&[survivor]).unwrap()[&survivor].len(), 3);
    let hours = fixture.meta.hours(&[survivor], hour, hour + 1).unwrap();
    assert_eq!(hours[&survivor], [(hour, 12)]);
    assert_eq!(fixture.meta.list_issues(&query(&fixture, vec![])).unwrap().hits, 8);
    assert_eq!(fixture.send(fixture.event(2)), survivor, "later events too");

    let hashes = [GroupHash([2; 16])];
    let back = fixture.meta.unmerge_issue(survivor, &hashes, Some(user)).unwrap();
    assert_eq!(back, [ids[2]]);
    let issue = fixture.meta.issue(ids[2]).unwrap().unwrap();
    assert_eq!((issue.id, issue.times_seen), (ids[2], 3));
    assert_eq!(fixture.meta.issue(survivor).unwrap().unwrap().times_seen, 4 + 5 + 1);
    assert_eq!(fixture.send(fixture.event(2)), ids[2]);

    let own = fixture.meta.unmerge_issue(survivor, &[GroupHash([4; 16])], None).unwrap();
    let issue = fixture.meta.issue(own[0]).unwrap().unwrap();
    assert_eq!((issue.times_seen, issue.number), (0, 11));
    assert_eq!(issue.title, "Error: 2", "as its source looked last");
    assert_eq!(fixture.send(fixture.event(4)), own[0]);
    let last = fixture.meta.unmerge_issue(ids[9], &[GroupHash([9; 16])], None);
    assert!(matches!(last, Err(MetaError::Refused(_))), "{last:?}");
    let alone = fixture.meta.merge_issues(&[ids[5]], None);
    assert!(matches!(alone, Err(MetaError::Invalid { .. })));
}

#[test]
fn a_hundred_thousand_issues_are_listed_rightly() {
    let mut fixture = Fixture::new();
    for batch in 0..100_u32 {
        fixture.clock.advance_micros(1_000_000);
        let events = (0..1_000_u32).map(|place| {
            let number = batch * 1_000 + place;
            let mut event = fixture.event(0);
            let mut hash = [0; 16];
            hash[..4].copy_from_slice(&number.to_be_bytes());
            event.hashes = vec![GroupHash(hash)];
            event.timestamp = Micros(START.0 + u64::from(number) * 7_919 % 100_000);
            event.level = if number.is_multiple_of(1_000) { "warning" } else { "error" }.into();
            event.title = format!("Error: number {number}");
            event
        });
        let events = events.collect();
        fixture.apply(events);
    }
    let mut page = fixture.meta.list_issues(&query(&fixture, vec![])).unwrap();
    assert_eq!((page.hits, page.issues.len()), (IssuePage::HITS_MAX, 100));
    let seen =
        |page: &IssuePage| page.issues.iter().map(|issue| issue.last_seen).collect::<Vec<_>>();
    for step in 1..5_u64 {
        let cursor = page.next;
        page = fixture.meta.list_issues(&IssueQuery { cursor, ..query(&fixture, vec![]) }).unwrap();
        let first = START.0 + 99_999 - step * 100;
        let expected: Vec<Micros> = (0..100).map(|place| Micros(first - place)).collect();
        assert_eq!(seen(&page), expected);
    }
    let rare = query(&fixture, vec![IssueTest::Level(vec![Level::Warning])]);
    assert_eq!(fixture.meta.list_issues(&rare).unwrap().hits, 100);
    let text = IssueTest::Text(TextPattern { pieces: vec!["number 77777".into()] });
    let found = fixture.meta.list_issues(&query(&fixture, vec![text])).unwrap();
    assert_eq!(found.issues[0].title, "Error: number 77777");
    assert_eq!(found.hits, 1);
}
