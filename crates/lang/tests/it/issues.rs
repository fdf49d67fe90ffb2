//! Searches for issues: text in, conditions or message out.

use lang::ask::{Cell, Field, Filter, Operator};
use lang::search::{
    IssueCondition, IssueTest, Lookup, Person, Priority, Status, Substatus, TextMatch, issue_query,
};
use model::clock::Micros;
use model::id::{EventId, IssueId, UserId};

use crate::NOW;

const DAY: u64 = 86_400_000_000;

const ME: Option<UserId> = Some(UserId(5));

#[track_caller]
fn check(search: &str, negated: bool, test: IssueTest) {
    let found = issue_query(search, NOW, ME).unwrap();
    assert_eq!(found.conditions, [IssueCondition { negated, test }], "{search}");
    assert_eq!((found.filter, found.texts.len()), (Filter::All, 0), "{search}");
}

#[test]
fn conditions_on_the_issue() {
    check("is:unresolved", false, IssueTest::Status(vec![Status::Unresolved]));
    check("is:muted", false, IssueTest::Status(vec![Status::Archived]));
    check("!is:resolved", true, IssueTest::Status(vec![Status::Resolved]));
    check("is:regressed", false, IssueTest::Substatus(vec![Substatus::Regressed]));
    check("is:assigned", true, IssueTest::Assigned(vec![Person::Nobody]));
    check("!is:assigned", false, IssueTest::Assigned(vec![Person::Nobody]));
    check("is:for_review", false, IssueTest::ForReview);
    check("is:unlinked", true, IssueTest::Linked);
    check(
        "status:[resolved,ignored]",
        false,
        IssueTest::Status(vec![Status::Resolved, Status::Archived]),
    );
    check("assigned:me", false, IssueTest::Assigned(vec![Person::User(UserId(5))]));
    check(
        "assigned_or_suggested:[me, my_teams, none]",
        false,
        IssueTest::AssignedOrSuggested(vec![
            Person::User(UserId(5)),
            Person::MyTeams,
            Person::Nobody,
        ]),
    );
    check("assigned:#pay", false, IssueTest::Assigned(vec![Person::Team("pay".to_owned())]));
    check("bookmarks:a@b.c", false, IssueTest::Bookmarked(vec![Person::Named("a@b.c".to_owned())]));
    check("age:-24h", false, IssueTest::FirstSeen(Some(Micros(NOW.0 - DAY)), None));
    check("age:+7d", false, IssueTest::FirstSeen(None, Some(Micros(NOW.0 - 7 * DAY + 1))));
    check("lastSeen:<2026-11-21", false, IssueTest::LastSeen(None, Some(Micros(NOW.0 - DAY / 2))));
    check("timesSeen:>100", false, IssueTest::TimesSeen(Operator::Greater, 100.0));
    check("!times_seen:>1k", false, IssueTest::TimesSeen(Operator::LessOrEqual, 1000.0));
    check("userCount:5", false, IssueTest::UserCount(Operator::Equal, 5.0));
    check(
        "firstRelease:latest",
        false,
        IssueTest::FirstRelease(vec![TextMatch::Exact("latest".to_owned())]),
    );
    check("issue:shop-1a", false, IssueTest::Issue(vec!["SHOP-1A".to_owned()]));
    check("issue.id:[1,2]", false, IssueTest::IssueId(vec![IssueId(1), IssueId(2)]));
    check(
        "issue.priority:[high,medium]",
        false,
        IssueTest::Priority(vec![Priority::High, Priority::Medium]),
    );
    check("issue.category:error", false, IssueTest::Category(vec!["error".to_owned()]));
    check("detector:1", false, IssueTest::Never);
}

#[test]
fn the_rest_is_about_events_or_text() {
    let search = "is:unresolved payment level:fatal \"not done\" (a:b)";
    let found = issue_query(search, NOW, ME).unwrap();
    assert_eq!(found.conditions.len(), 1);
    assert_eq!(
        found.filter,
        Filter::Compare(Field::Level, Operator::Equal, Cell::Text("fatal".to_owned()))
    );
    let texts = ["payment", "not done", "(a:b)"];
    assert_eq!(found.texts, texts.map(|text| TextMatch::Contains(text.to_owned())));
    assert_eq!(found.lookup, None);
}

#[test]
fn one_word_may_name_an_issue() {
    let lookup = |search| issue_query(search, NOW, ME).unwrap().lookup;
    let event = EventId::parse("9ec79c33ec9942ab8353589fcb2e04dc").unwrap();
    assert_eq!(lookup("9ec79c33ec9942ab8353589fcb2e04dc"), Some(Lookup::Event(event)));
    assert_eq!(lookup(" shop-api-1a "), Some(Lookup::ShortId("SHOP-API-1A".to_owned())));
    assert_eq!(lookup("timeout"), None);
    assert_eq!(lookup("two words-1"), None);
}

#[test]
fn without_a_user_nothing_is_mine() {
    let found = issue_query("assigned:me", NOW, None).unwrap();
    assert_eq!(found.conditions[0].test, IssueTest::Assigned(Vec::new()));
}

#[track_caller]
fn refused(search: &str, message: &str) {
    assert_eq!(issue_query(search, NOW, ME).unwrap_err().to_string(), message, "{search}");
}

#[test]
fn messages_of_errors() {
    let boolean =
        "Boolean statements containing \"OR\" or \"AND\" are not supported in this search";
    refused("a:b OR c:d", boolean);
    refused("(a:b and c:d)", boolean);
    refused("count():>1", "Aggregate filters (count()) are not supported in issue searches.");
    refused("is:[a,b]", "\"in\" syntax invalid for \"is\" search");
    refused(
        "is:gone",
        "Invalid value for \"is\" search, valid values are ['unresolved', 'resolved', 'ignored', 'archived', 'reprocessing', 'new', 'ongoing', 'regressed', 'escalating', 'archived_until_escalating', 'archived_until_condition_met', 'archived_forever', 'assigned', 'unassigned', 'for_review', 'linked', 'unlinked']",
    );
    refused("status:", "Empty string after 'status:'");
    refused(
        "issue.priority:urgent",
        "issue.priority: Invalid value: urgent. Expected one of ['high', 'medium', 'low'].",
    );
    refused(
        "!age:-1h",
        "age: Invalid date: -1h. Expected +/-duration (e.g. +1h) or ISO 8601-like (e.g. 2026-11-21T10:00:00).",
    );
    refused(
        "timesSeen:many",
        "timesSeen: Invalid number: many. Expected number then optional k, m, or b suffix (e.g. 500k).",
    );
}
