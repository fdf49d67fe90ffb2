//! Searches for events: text in, filter or message out.

use lang::ask::{Cell, Field, Filter, Glob, Operator};
use lang::search::event_filter;
use lang::search::names::{Names, resolve};
use model::clock::Micros;
use model::id::{IssueId, ProjectId};

use crate::NOW;

const HOUR: u64 = 3_600_000_000;

fn text(field: Field, text: &str) -> Filter {
    Filter::Compare(field, Operator::Equal, Cell::Text(text.to_owned()))
}

fn tag(name: &str) -> Field {
    Field::Tag(name.to_owned())
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn texts(field: Field, texts: &[&str]) -> Filter {
    Filter::In(field, texts.iter().map(|&text| Cell::Text(text.to_owned())).collect())
}

fn glob(field: Field, pieces: &[&str]) -> Filter {
    Filter::Glob(field, Glob { pieces: pieces.iter().map(|&piece| piece.to_owned()).collect() })
}

fn contains(field: Field, text: &str) -> Filter {
    Filter::Contains(field, text.to_owned())
}

fn time(operator: Operator, at: u64) -> Filter {
    Filter::Compare(Field::Timestamp, operator, Cell::Time(Micros(at)))
}

fn words(text: &str) -> Filter {
    Filter::Or(vec![
        contains(Field::Title, text),
        contains(Field::Message, text),
        contains(Field::Culprit, text),
    ])
}

#[track_caller]
fn check(search: &str, expected: &Filter) {
    let (filter, having) = event_filter(search, NOW).unwrap();
    assert_eq!(filter, *expected, "{search}");
    assert!(having.is_empty(), "{search}");
}

#[test]
fn text_and_tags() {
    check("", &Filter::All);
    check("level:error", &text(Field::Level, "error"));
    check("!level:error", &not(text(Field::Level, "error")));
    check("level:[error,fatal]", &texts(Field::Level, &["error", "fatal"]));
    check("level:>error", &text(Field::Level, ">error"));
    check("provider:Acme", &text(tag("provider"), "Acme"));
    check("tags[level]:x", &text(tag("level"), "x"));
    check("flags[new-ui]:true", &text(Field::Flag("new-ui".to_owned()), "true"));
    check("\"my:key\":v", &text(tag("my:key"), "v"));
    check("release:\"\"", &not(Filter::Has(Field::Release)));
    check("!release:\"\"", &not(not(Filter::Has(Field::Release))));
    check("has:user", &Filter::Has(Field::User));
    check("!has:tags[foo]", &not(Filter::Has(tag("foo"))));
    check("has:\"quoted.key\"", &Filter::Has(tag("quoted.key")));
    check("user:id:42", &text(Field::User, "id:42"));
    check("tags[a b]:x", &words("tags[a b]:x"));
}

#[test]
fn wildcards() {
    check("transaction:/api/*", &glob(Field::Transaction, &["/api/", ""]));
    check("transaction:*pay*", &contains(Field::Transaction, "pay"));
    check("release:*", &Filter::Has(Field::Release));
    check(r"transaction:a\*b", &text(Field::Transaction, "a*b"));
    check(
        "release:[1.*,2.0]",
        &Filter::Or(vec![glob(Field::Release, &["1.", ""]), text(Field::Release, "2.0")]),
    );
    check("title:\u{f00d}StartsWith\u{f00d}a*", &glob(Field::Title, &["a*", ""]));
    check("!title:\u{f00d}Contains\u{f00d}x", &not(contains(Field::Title, "x")));
}

#[test]
fn messages_match_by_a_part() {
    let message =
        |text| Filter::Or(vec![contains(Field::Message, text), contains(Field::Title, text)]);
    check("message:\"payment declined\"", &message("payment declined"));
    check("payment declined", &words("payment declined"));
    check(
        "foo level:error bar",
        &Filter::And(vec![words("foo"), text(Field::Level, "error"), words("bar")]),
    );
}

#[test]
fn numbers_dates_and_truth() {
    let issue = |operator, id| Filter::Compare(Field::Issue, operator, Cell::U64(id));
    check("issue.id:12", &issue(Operator::Equal, 12));
    check("!issue.id:>12", &issue(Operator::LessOrEqual, 12));
    check("issue.id:[1,2k]", &Filter::In(Field::Issue, vec![Cell::U64(1), Cell::U64(2000)]));
    check(
        "tags[amount,number]:>2.5",
        &Filter::Compare(tag("amount"), Operator::Greater, Cell::F64(2.5)),
    );
    check("event.size:>1kb", &Filter::Compare(Field::Size, Operator::Greater, Cell::U64(1000)));
    check("timestamp:-1h", &time(Operator::GreaterOrEqual, NOW.0 - HOUR));
    check("timestamp:+1h", &time(Operator::Less, NOW.0 - HOUR + 1));
    check("timestamp:>=2026-11-21", &time(Operator::GreaterOrEqual, NOW.0 - 12 * HOUR));
    check(
        "timestamp:2026-11-21",
        &Filter::And(vec![
            time(Operator::GreaterOrEqual, NOW.0 - 12 * HOUR),
            time(Operator::Less, NOW.0 + 12 * HOUR),
        ]),
    );
    let unhandled = Filter::Compare(Field::ErrorHandled, Operator::Equal, Cell::Bool(false));
    check("error.unhandled:true", &unhandled);
    check("error.handled:0", &unhandled);
    check("error.handled:TRUE", &not(unhandled.clone()));
    check("!error.unhandled:true", &not(unhandled));
}

#[test]
fn and_binds_tighter_than_or() {
    let [a, b, c] = ["a", "b", "c"].map(|name| text(tag(name), "1"));
    let and = |filters: &[&Filter]| Filter::And(filters.iter().map(|&one| one.clone()).collect());
    let or = |filters: &[&Filter]| Filter::Or(filters.iter().map(|&one| one.clone()).collect());
    check("a:1 b:1 OR c:1", &or(&[&and(&[&a, &b]), &c]));
    check("a:1 or b:1 AND c:1", &or(&[&a, &and(&[&b, &c])]));
    check("(a:1 OR b:1) c:1", &and(&[&or(&[&a, &b]), &c]));
    check("((a:1))", &a);
    check("a:1\nb:1", &and(&[&a, &b]));
}

#[test]
fn aggregates_are_kept_apart() {
    let having = |search| {
        let (filter, having) = event_filter(search, NOW).unwrap();
        assert_eq!(filter, text(Field::Level, "error"), "{search}");
        let show = |one: &lang::search::HavingText| {
            format!("{} {:?} {}", one.function, one.operator, one.value)
        };
        having.iter().map(show).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(having("level:error count():>10k"), "count() Greater 10000");
    assert_eq!(having("!count():>10 level:error"), "count() LessOrEqual 10");
    assert_eq!(having("level:error failure_rate():>5%"), "failure_rate() Greater 0.05");
    assert_eq!(
        having("level:error last_seen():-1d"),
        "last_seen() GreaterOrEqual 1795176000000000"
    );
}

#[track_caller]
fn refused(search: &str, message: &str) {
    assert_eq!(event_filter(search, NOW).unwrap_err().to_string(), message, "{search}");
}

#[test]
fn messages_of_errors() {
    refused("level:", "Empty string after 'level:'");
    refused("a: b", "Empty string after 'a:'");
    refused("level:[a,]", "Lists should not have empty values");
    refused(
        "key:\"unterminated",
        "Invalid quote at '\"unterminated': quotes must enclose text or be escaped.",
    );
    refused("key:\"a\"b", "Invalid quote at 'key:\"a\"b': quotes must enclose text or be escaped.");
    refused(
        "level:error (a:b",
        "Parse error at 'rror (a:b' (column 13). This is commonly caused by unmatched parentheses. Enclose any text in double quotes.",
    );
    refused(
        "timestamp:yesterday",
        "timestamp: Invalid date: yesterday. Expected +/-duration (e.g. +1h) or ISO 8601-like (e.g. 2026-11-21T10:00:00).",
    );
    refused(
        "issue.id:abc",
        "issue.id: Invalid number: abc. Expected number then optional k, m, or b suffix (e.g. 500k).",
    );
    refused(
        "error.handled:yes",
        "error.handled: Invalid boolean: yes. Expected true, 1, false, or 0.",
    );
    refused("is:unresolved", "\"is:\" queries are not supported in this search.");
    refused(
        "has:\"not a key\"",
        "Invalid format for \"has\" search: was expecting a field or tag instead",
    );
    refused("OR a:b", "Condition is missing on the left side of 'OR' operator");
    refused("a:b OR", "Condition is missing on the right side of 'OR' operator");
    refused("a:b OR AND c:d", "Missing condition in between two condition operators: 'OR AND'");
    refused("a:b OR count():>1", "Aggregate filters (count()) cannot be combined with OR.");
    refused(
        &"(".repeat(40),
        "Search is nested too deeply. Use at most 32 parentheses within each other.",
    );
    refused(&"x".repeat(4097), "Search is too long. Use at most 4096 characters.");
}

struct Known;

impl Names for Known {
    fn projects(&self) -> Vec<(ProjectId, String)> {
        vec![(ProjectId(1), "shop-api".to_owned()), (ProjectId(2), "shop-web".to_owned())]
    }

    fn issue(&self, short_id: &str) -> Option<IssueId> {
        (short_id == "SHOP-API-1").then_some(IssueId(7))
    }

    fn latest_releases(&self) -> Vec<String> {
        vec!["api@1.10.0".to_owned(), "web@2.0.0".to_owned()]
    }

    fn releases(&self) -> Vec<String> {
        ["api@1.2.0-rc.1", "api@1.2.0", "api@1.10.0+7", "web@2.0.0+12", "not-a-version"]
            .map(str::to_owned)
            .to_vec()
    }
}

#[test]
fn names_become_what_rows_hold() {
    let check = |search, expected: &Filter| {
        let filter = event_filter(search, NOW).unwrap().0;
        assert_eq!(resolve(filter, &Known), *expected, "{search}");
    };
    let project = |id| Filter::Compare(Field::Project, Operator::Equal, Cell::U64(id));
    check("project:shop-web", &project(2));
    check("project:1", &project(1));
    check("project:nothing", &Filter::Nothing);
    check("project:SHOP-*", &Filter::In(Field::Project, vec![Cell::U64(1), Cell::U64(2)]));
    check("issue:SHOP-API-1", &Filter::Compare(Field::Issue, Operator::Equal, Cell::U64(7)));
    check("release:latest", &texts(Field::Release, &["api@1.10.0", "web@2.0.0"]));
    check("release.version:>1.2.0", &texts(Field::Release, &["api@1.10.0+7", "web@2.0.0+12"]));
    check("release.version:<1.2.0", &text(Field::Release, "api@1.2.0-rc.1"));
    check("release.version:1.2.*", &texts(Field::Release, &["api@1.2.0-rc.1", "api@1.2.0"]));
    check("release.build:>7", &text(Field::Release, "web@2.0.0+12"));
    check("release.package:web", &text(Field::Release, "web@2.0.0+12"));
}
