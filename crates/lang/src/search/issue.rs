//! Searches for issues: conditions on the issue itself, and a filter on its events.

use model::clock::Micros;
use model::id::{EventId, IssueId, UserId};

use super::error::SearchError;
use super::filter::{
    self, check_form, check_not_empty, condition_of, date_range, key_text, loose, texts,
};
use super::names::{Names, resolve};
use super::syntax::{Key, KeyValue, Term, TermKind, Text, Value, parse};
use super::value::{self, Pattern, opposite, split_operator};
use crate::ask::{Filter, Glob, Operator};

/// A search for issues: those that meet every condition, have every text within what a person reads
/// of them, and have an event in the asked time that the filter lets through.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueSearch {
    /// On the issue itself.
    pub conditions: Vec<IssueCondition>,
    /// Words without a key: within title, message or culprit.
    pub texts: Vec<TextMatch>,
    /// On events; [`Filter::All`] when the search says nothing about them.
    pub filter: Filter,
    /// The whole search may name one issue; then that issue is the answer, whatever else matches.
    pub lookup: Option<Lookup>,
}

impl IssueSearch {
    /// Replaces slugs, short ids and `latest` by what is stored. [`IssueTest::FirstRelease`] and
    /// [`IssueTest::Issue`] lose their names, too.
    #[must_use]
    pub fn resolved(mut self, names: &dyn Names) -> Self {
        self.filter = resolve(self.filter, names);
        for condition in &mut self.conditions {
            if let IssueTest::FirstRelease(releases) = &mut condition.test {
                let latest = TextMatch::Exact("latest".to_owned());
                if releases.contains(&latest) {
                    releases.retain(|release| *release != latest);
                    releases.extend(names.latest_releases().into_iter().map(TextMatch::Exact));
                }
            }
            if let IssueTest::Issue(short_ids) = &condition.test {
                let ids = short_ids.iter().filter_map(|short_id| names.issue(short_id)).collect();
                condition.test = IssueTest::IssueId(ids);
            }
        }
        self
    }
}

/// A condition on an issue.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueCondition {
    /// The issue must not pass the test.
    pub negated: bool,
    /// The test.
    pub test: IssueTest,
}

/// What is asked of an issue. Of several values one has to fit.
#[derive(Debug, Clone, PartialEq)]
pub enum IssueTest {
    /// Its status.
    Status(Vec<Status>),
    /// Its status in detail.
    Substatus(Vec<Substatus>),
    /// Whom it is assigned to.
    Assigned(Vec<Person>),
    /// Whom it is assigned to, or who is suggested for it.
    AssignedOrSuggested(Vec<Person>),
    /// Who has bookmarked it.
    Bookmarked(Vec<Person>),
    /// Who follows it.
    Subscribed(Vec<Person>),
    /// It waits in the inbox.
    ForReview,
    /// It is linked to an issue elsewhere.
    Linked,
    /// First seen within that time, end excluded.
    FirstSeen(Option<Micros>, Option<Micros>),
    /// Last seen within that time, end excluded.
    LastSeen(Option<Micros>, Option<Micros>),
    /// How many events it has.
    TimesSeen(Operator, f64),
    /// How many users it has hit.
    UserCount(Operator, f64),
    /// The release it was first seen in.
    FirstRelease(Vec<TextMatch>),
    /// Its short id, in upper case.
    Issue(Vec<String>),
    /// Its number.
    IssueId(Vec<IssueId>),
    /// Its category, such as `error`.
    Category(Vec<String>),
    /// Its type, such as `error`.
    Type(Vec<String>),
    /// Its priority.
    Priority(Vec<Priority>),
    /// Something no issue here has.
    Never,
}

/// What becomes of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Status {
    Unresolved,
    Resolved,
    Archived,
    Reprocessing,
}

/// What becomes of an issue, in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Substatus {
    New,
    Ongoing,
    Regressed,
    Escalating,
    ArchivedUntilEscalating,
    ArchivedUntilConditionMet,
    ArchivedForever,
}

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    High,
    Medium,
    Low,
}

/// Someone an issue may belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// Nobody at all.
    Nobody,
    /// That user.
    User(UserId),
    /// A team of the asker.
    MyTeams,
    /// The team with that slug.
    Team(String),
    /// The user with that e-mail address or name.
    Named(String),
}

/// How a text of an issue has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMatch {
    /// Exactly so; the empty text means that there is none.
    Exact(String),
    /// With this in it, without regard to case.
    Contains(String),
    /// Fitting as a whole, without regard to case.
    Glob(Glob),
    /// Any text but the empty one.
    Anything,
}

impl From<Pattern> for TextMatch {
    fn from(pattern: Pattern) -> Self {
        match pattern {
            Pattern::Exact(text) => Self::Exact(text),
            Pattern::Contains(text) => Self::Contains(text),
            Pattern::Glob(glob) => Self::Glob(glob),
            Pattern::Anything => Self::Anything,
        }
    }
}

/// What a search that is one word may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The issue of that event.
    Event(EventId),
    /// The issue with that short id, in upper case.
    ShortId(String),
}

const STATUSES: [(&str, Status); 5] = [
    ("unresolved", Status::Unresolved),
    ("resolved", Status::Resolved),
    ("ignored", Status::Archived),
    ("archived", Status::Archived),
    ("reprocessing", Status::Reprocessing),
];

const SUBSTATUSES: [(&str, Substatus); 7] = [
    ("new", Substatus::New),
    ("ongoing", Substatus::Ongoing),
    ("regressed", Substatus::Regressed),
    ("escalating", Substatus::Escalating),
    ("archived_until_escalating", Substatus::ArchivedUntilEscalating),
    ("archived_until_condition_met", Substatus::ArchivedUntilConditionMet),
    ("archived_forever", Substatus::ArchivedForever),
];

const PRIORITIES: [(&str, Priority); 3] =
    [("high", Priority::High), ("medium", Priority::Medium), ("low", Priority::Low)];

/// What `is:` knows, for its error message and for suggestions.
pub(super) fn is_values() -> impl Iterator<Item = &'static str> {
    let others = ["assigned", "unassigned", "for_review", "linked", "unlinked"];
    STATUSES
        .into_iter()
        .map(|(name, _)| name)
        .chain(SUBSTATUSES.into_iter().map(|(name, _)| name))
        .chain(others)
}

/// Reads a search for issues. `me` is the asker; a token that belongs to nobody has none.
///
/// # Errors
/// When it has no meaning; the error's text says why.
pub fn issue_query(
    text: &str,
    now: Micros,
    me: Option<UserId>,
) -> Result<IssueSearch, SearchError> {
    let terms = parse(text)?;
    check_form(&terms, text)?;
    if has_boolean(&terms) {
        return Err(SearchError::BooleanNotHere);
    }
    let mut search = IssueSearch {
        conditions: Vec::new(),
        texts: Vec::new(),
        filter: Filter::All,
        lookup: lookup(&terms),
    };
    let mut filters = Vec::new();
    for term in &terms {
        match &term.kind {
            TermKind::FreeText(text) => search.texts.extend(text_match(*text)),
            // A person who writes parentheses without OR means text with parentheses in it.
            TermKind::Group(_) => {
                let raw = text.get(term.start..term.end).unwrap_or_default();
                search.texts.extend(text_match(Text { raw, quoted: false }));
            }
            TermKind::Filter(condition) => match issue_condition(condition, now, me)? {
                Some(condition) => search.conditions.push(condition),
                None => filters.push(condition_of(condition, now)?),
            },
            TermKind::And | TermKind::Or | TermKind::Unmatched => {}
        }
    }
    search.filter = filter::and(filters);
    Ok(search)
}

fn has_boolean(terms: &[Term<'_>]) -> bool {
    terms.iter().any(|term| match &term.kind {
        TermKind::And | TermKind::Or => true,
        TermKind::Group(inner) => has_boolean(inner),
        _ => false,
    })
}

fn text_match(text: Text<'_>) -> Option<TextMatch> {
    let text = Text { raw: text.raw.trim(), ..text };
    (!text.raw.is_empty()).then(|| loose(Pattern::parse(text, None)).into())
}

fn lookup(terms: &[Term<'_>]) -> Option<Lookup> {
    let [Term { kind: TermKind::FreeText(text), .. }] = terms else { return None };
    let word = text.raw.trim();
    if let Ok(event) = EventId::parse(word) {
        return Some(Lookup::Event(event));
    }
    let (project, number) = word.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_slug = project.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_short_id = is_number && is_slug && !project.is_empty();
    is_short_id.then(|| Lookup::ShortId(word.to_ascii_uppercase()))
}

/// The condition on the issue that a `key:value` means; `None` when its key is one of events.
fn issue_condition(
    condition: &KeyValue<'_>,
    now: Micros,
    me: Option<UserId>,
) -> Result<Option<IssueCondition>, SearchError> {
    let key = match condition.key {
        Key::Plain(key) | Key::Quoted(key) => key,
        Key::Function(function) => {
            return Err(SearchError::AggregateNotHere { function: function.to_owned() });
        }
        Key::Tag(..) | Key::Flag(_) | Key::Includes(_) => return Ok(None),
    };
    if key == "is" {
        return is(condition).map(Some);
    }
    let test = match test_of(key, condition, now, me) {
        None => return Ok(None),
        Some(test) => {
            check_not_empty(&key_text(condition.key), &condition.value)?;
            test?
        }
    };
    // Counts have turned their operator round already; dates refuse to be negated.
    let turned = matches!(test, IssueTest::TimesSeen(..) | IssueTest::UserCount(..));
    Ok(Some(IssueCondition { negated: condition.negated && !turned, test }))
}

/// `None` when the key is none of issues.
fn test_of(
    key: &str,
    condition: &KeyValue<'_>,
    now: Micros,
    me: Option<UserId>,
) -> Option<Result<IssueTest, SearchError>> {
    let people = || people(&condition.value, me);
    let range = || date_range(condition, key, now);
    let words = || texts(&condition.value).iter().map(|text| text.raw.to_owned()).collect();
    Some(match key {
        "status" => choices(key, condition, &STATUSES).map(IssueTest::Status),
        "substatus" => choices(key, condition, &SUBSTATUSES).map(IssueTest::Substatus),
        "issue.priority" | "priority" => {
            choices(key, condition, &PRIORITIES).map(IssueTest::Priority)
        }
        "assigned" | "assigned_to" => Ok(IssueTest::Assigned(people())),
        "assigned_or_suggested" => Ok(IssueTest::AssignedOrSuggested(people())),
        "bookmarks" => Ok(IssueTest::Bookmarked(people())),
        "subscribed" => Ok(IssueTest::Subscribed(people())),
        "age" | "firstSeen" | "first_seen" => {
            range().map(|range| IssueTest::FirstSeen(range.start, range.end))
        }
        "lastSeen" | "last_seen" => {
            range().map(|range| IssueTest::LastSeen(range.start, range.end))
        }
        "timesSeen" | "times_seen" => {
            count(key, condition).map(|(operator, value)| IssueTest::TimesSeen(operator, value))
        }
        "userCount" | "user_count" => {
            count(key, condition).map(|(operator, value)| IssueTest::UserCount(operator, value))
        }
        "firstRelease" | "first-release" | "first_release" => {
            let patterns = texts(&condition.value).iter();
            let patterns = patterns.map(|text| Pattern::parse(*text, condition.wildcard).into());
            Ok(IssueTest::FirstRelease(patterns.collect()))
        }
        "issue" => {
            let ids = texts(&condition.value).iter().map(|text| text.raw.to_ascii_uppercase());
            Ok(IssueTest::Issue(ids.collect()))
        }
        "issue.id" => issue_ids(key, condition),
        "issue.category" => Ok(IssueTest::Category(words())),
        "issue.type" => Ok(IssueTest::Type(words())),
        "issue.seer_actionability" | "detector" | "regressed_in_release" => Ok(IssueTest::Never),
        _ => return None,
    })
}

fn is(condition: &KeyValue<'_>) -> Result<IssueCondition, SearchError> {
    check_not_empty("is", &condition.value)?;
    let Value::One(text) = &condition.value else { return Err(SearchError::IsList) };
    let named = |test| Ok(IssueCondition { negated: condition.negated, test });
    let not_named = |test| Ok(IssueCondition { negated: !condition.negated, test });
    let word = if text.raw == "muted" { "archived" } else { text.raw };
    if let Some((_, status)) = STATUSES.iter().find(|(name, _)| *name == word) {
        return named(IssueTest::Status(vec![*status]));
    }
    if let Some((_, substatus)) = SUBSTATUSES.iter().find(|(name, _)| *name == word) {
        return named(IssueTest::Substatus(vec![*substatus]));
    }
    match word {
        "unassigned" => named(IssueTest::Assigned(vec![Person::Nobody])),
        "assigned" => not_named(IssueTest::Assigned(vec![Person::Nobody])),
        "for_review" => named(IssueTest::ForReview),
        "linked" => named(IssueTest::Linked),
        "unlinked" => not_named(IssueTest::Linked),
        _ if text.raw.starts_with('[') => Err(SearchError::IsList),
        _ => Err(SearchError::Is { expected: list_of(is_values()) }),
    }
}

/// `['a', 'b']`, as Sentry writes choices.
fn list_of(names: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

fn choices<T: Copy>(
    key: &str,
    condition: &KeyValue<'_>,
    known: &[(&'static str, T)],
) -> Result<Vec<T>, SearchError> {
    let choice = |text: &Text<'_>| {
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.raw));
        found.map(|(_, choice)| *choice).ok_or_else(|| SearchError::Choice {
            key: key.to_owned(),
            value: text.raw.to_owned(),
            expected: list_of(known.iter().map(|(name, _)| *name)),
        })
    };
    texts(&condition.value).iter().map(choice).collect()
}

fn people(value: &Value<'_>, me: Option<UserId>) -> Vec<Person> {
    let person = |text: &Text<'_>| match text.raw {
        "none" | "" => Some(Person::Nobody),
        "me" => me.map(Person::User),
        "my_teams" => Some(Person::MyTeams),
        name => Some(match name.strip_prefix('#') {
            Some(team) => Person::Team(team.to_owned()),
            None => Person::Named(name.to_owned()),
        }),
    };
    texts(value).iter().filter_map(person).collect()
}

fn count(key: &str, condition: &KeyValue<'_>) -> Result<(Operator, f64), SearchError> {
    let wrong = |value: &str| SearchError::Number { key: key.to_owned(), value: value.to_owned() };
    let Value::One(text) = &condition.value else { return Err(wrong("list")) };
    let (operator, rest) = split_operator(text.raw);
    let number = value::number(rest).ok_or_else(|| wrong(rest))?;
    let operator = operator.unwrap_or(Operator::Equal);
    Ok((if condition.negated { opposite(operator) } else { operator }, number))
}

fn issue_ids(key: &str, condition: &KeyValue<'_>) -> Result<IssueTest, SearchError> {
    let id = |text: &Text<'_>| {
        let wrong = || SearchError::Number { key: key.to_owned(), value: text.raw.to_owned() };
        text.raw.parse().or(Err(wrong()))
    };
    texts(&condition.value).iter().map(id).collect::<Result<_, _>>().map(IssueTest::IssueId)
}
