//! From a search text to questions for `meta` and for the store.

use lang::ask::{
    Aggregate, Ask, AskError, Column, Direction, Field, Filter, Operator, Scope as AskScope,
    TableQuestion,
};
use lang::search::names::Names;
use lang::search::{self, IssueSearch, IssueTest as Test, Lookup, Person, TextMatch};
use meta::{
    Assignee, Compare, IssuePredicate, IssueStatus, IssueTest, Meta, Priority, Project, Substatus,
    TextPattern,
};
use model::id::{EventId, IssueId, ProjectId};

use crate::auth::Access;
use crate::error::ApiError;
use crate::state::Api;

/// Issues whose events may match a search; more would be a search for everything.
const ISSUES_OF_EVENTS_MAX: usize = 20_000;

/// A search, taken apart.
#[derive(Debug)]
pub struct Search {
    /// What the issue must be.
    pub predicates: Vec<IssuePredicate>,
    /// What one of its events must be.
    pub filter: Filter,
    /// The one issue that the text names.
    pub lookup: Option<Lookup>,
}

/// Reads a search. Blocks.
///
/// # Errors
/// [`ApiError::Invalid`] with a sentence that says what is wrong.
pub fn read(
    api: &Api,
    access: &Access,
    projects: &[Project],
    text: &str,
) -> Result<Search, ApiError> {
    let prefixed = |problem| ApiError::Invalid(format!("Error parsing search query: {problem}"));
    let parsed = search::issue_query(text, api.clock.now(), access.user).map_err(prefixed)?;
    let known = Known { database: &api.database, projects };
    let IssueSearch { conditions, texts, filter, lookup } = parsed.resolved(&known);
    let mut predicates = Vec::new();
    for condition in conditions {
        for test in tests(api, access, condition.test)? {
            predicates.push(IssuePredicate { negated: condition.negated, test });
        }
    }
    for text in texts {
        predicates.push(IssueTest::Text(pattern(text)).into());
    }
    Ok(Search { predicates, filter, lookup })
}

/// The issues that have an event that matches.
///
/// # Errors
/// What the store says.
pub async fn issues_of_events(
    ask: &dyn Ask,
    scope: AskScope,
    filter: Filter,
) -> Result<Vec<IssueId>, AskError> {
    let question = TableQuestion {
        scope,
        filter,
        columns: vec![
            Column::Field(Field::Issue),
            Column::Aggregate(Aggregate::Max(Field::Timestamp)),
        ],
        having: Vec::new(),
        order: vec![(1, Direction::Descending)],
        offset: 0,
        limit: ISSUES_OF_EVENTS_MAX,
    };
    let table = ask.table(question).await?;
    Ok(table.rows.iter().filter_map(|row| crate::cell::number(row.first()?)).map(IssueId).collect())
}

/// The event a search names, as a condition on events.
pub fn one_event(event: EventId) -> Filter {
    Filter::Compare(Field::EventId, Operator::Equal, lang::ask::Cell::Text(event.to_string()))
}

/// Names as `meta` knows them.
struct Known<'a> {
    database: &'a Meta,
    projects: &'a [Project],
}

impl Names for Known<'_> {
    fn projects(&self) -> Vec<(ProjectId, String)> {
        self.projects.iter().map(|project| (project.id, project.slug.clone())).collect()
    }

    fn issue(&self, short_id: &str) -> Option<IssueId> {
        let (slug, number) = meta::short_id::parse(short_id)?;
        let project =
            self.projects.iter().find(|project| project.slug.eq_ignore_ascii_case(&slug))?;
        let found = self.database.issue_by_number(project.id, number);
        found
            .inspect_err(|problem| tracing::warn!(%problem, "a short id could not be looked up"))
            .ok()?
            .map(|issue| issue.id)
    }

    fn latest_releases(&self) -> Vec<String> {
        let newest = self
            .projects
            .iter()
            .filter_map(|project| self.database.newest_release(project.id).ok()?);
        newest.collect()
    }

    fn releases(&self) -> Vec<String> {
        let ids: Vec<ProjectId> = self.projects.iter().map(|project| project.id).collect();
        let found = self.database.releases(&ids, "", meta::Page::FIRST);
        found
            .map(|found| found.rows.into_iter().map(|release| release.version).collect())
            .unwrap_or_default()
    }
}

/// A condition of the search language in `meta`'s words.
fn tests(api: &Api, access: &Access, test: Test) -> Result<Vec<IssueTest>, ApiError> {
    let one = |test| Ok(vec![test]);
    match test {
        Test::Status(all) => one(IssueTest::Status(all.into_iter().filter_map(status).collect())),
        Test::Substatus(all) => one(IssueTest::Substatus(all.into_iter().map(substatus).collect())),
        Test::Assigned(people) | Test::AssignedOrSuggested(people) => {
            one(IssueTest::Assigned(assignees(api, access, people)?))
        }
        Test::Bookmarked(people) => marked(api, access, people, IssueTest::Bookmarked),
        Test::Subscribed(people) => marked(api, access, people, IssueTest::Subscribed),
        Test::ForReview => one(IssueTest::ForReview),
        Test::FirstSeen(from, to) => Ok(between(from, to, IssueTest::FirstSeen)),
        Test::LastSeen(from, to) => Ok(between(from, to, IssueTest::LastSeen)),
        Test::TimesSeen(operator, value) => Ok(number(operator, value, IssueTest::TimesSeen)),
        Test::UserCount(operator, value) => Ok(number(operator, value, IssueTest::UserCount)),
        Test::FirstRelease(texts) => {
            let exact = texts.into_iter().filter_map(|text| match text {
                TextMatch::Exact(text) => Some(text),
                _ => None,
            });
            one(IssueTest::FirstRelease(exact.collect()))
        }
        Test::IssueId(ids) => one(IssueTest::Id(ids)),
        Test::Priority(all) => one(IssueTest::Priority(all.into_iter().map(priority).collect())),
        Test::Category(names) => one(IssueTest::EventType(event_types(&names))),
        Test::Type(names) => one(IssueTest::Type(names)),
        // `Issue` became `IssueId` when names were resolved; what is never true fits no list.
        Test::Issue(_) | Test::Linked | Test::Never => one(IssueTest::Id(Vec::new())),
    }
}

fn status(status: search::Status) -> Option<IssueStatus> {
    match status {
        search::Status::Unresolved => Some(IssueStatus::Unresolved),
        search::Status::Resolved => Some(IssueStatus::Resolved),
        search::Status::Archived => Some(IssueStatus::Ignored),
        search::Status::Reprocessing => None,
    }
}

fn substatus(substatus: search::Substatus) -> Substatus {
    match substatus {
        search::Substatus::New => Substatus::New,
        search::Substatus::Ongoing => Substatus::Ongoing,
        search::Substatus::Regressed => Substatus::Regressed,
        search::Substatus::Escalating => Substatus::Escalating,
        search::Substatus::ArchivedUntilEscalating => Substatus::UntilEscalating,
        search::Substatus::ArchivedUntilConditionMet => Substatus::UntilConditionMet,
        search::Substatus::ArchivedForever => Substatus::Forever,
    }
}

fn priority(priority: search::Priority) -> Priority {
    match priority {
        search::Priority::High => Priority::High,
        search::Priority::Medium => Priority::Medium,
        search::Priority::Low => Priority::Low,
    }
}

fn event_types(names: &[String]) -> Vec<String> {
    let of = |name: &String| match name.as_str() {
        "error" => vec!["error".to_owned(), "default".to_owned(), "csp".to_owned()],
        "performance" => vec!["generic".to_owned()],
        // Names that Sentry had before.
        "cron" | "uptime" => vec!["outage".to_owned()],
        other => vec![other.to_owned()],
    };
    names.iter().flat_map(of).collect()
}

/// People who do not exist fit nothing.
fn assignees(api: &Api, access: &Access, people: Vec<Person>) -> Result<Vec<Assignee>, ApiError> {
    let (database, organization) = (&api.database, access.organization.id);
    let mut found = Vec::new();
    for person in people {
        match person {
            Person::Nobody => found.push(Assignee::Nobody),
            Person::User(user) => found.push(Assignee::User(user)),
            Person::Named(name) => {
                found.extend(database.user_by_email(&name)?.map(|user| Assignee::User(user.id)));
            }
            Person::Team(slug) => {
                found.extend(
                    database.team_by_slug(organization, &slug)?.map(|team| Assignee::Team(team.id)),
                );
            }
            Person::MyTeams => {
                if let Some(user) = access.user {
                    let teams = database.teams_of_user(organization, user)?;
                    found.extend(teams.into_iter().map(|team| Assignee::Team(team.id)));
                }
            }
        }
    }
    Ok(found)
}

fn marked(
    api: &Api,
    access: &Access,
    people: Vec<Person>,
    test: fn(model::id::UserId) -> IssueTest,
) -> Result<Vec<IssueTest>, ApiError> {
    let users = assignees(api, access, people)?;
    let tests: Vec<IssueTest> = users
        .into_iter()
        .filter_map(|assignee| match assignee {
            Assignee::User(user) => Some(test(user)),
            _ => None,
        })
        .collect();
    Ok(if tests.is_empty() { vec![IssueTest::Id(Vec::new())] } else { tests })
}

fn between(
    from: Option<model::clock::Micros>,
    to: Option<model::clock::Micros>,
    test: fn(Compare, model::clock::Micros) -> IssueTest,
) -> Vec<IssueTest> {
    let from = from.map(|from| test(Compare::GreaterOrEqual, from));
    from.into_iter().chain(to.map(|to| test(Compare::Less, to))).collect()
}

/// Counts are whole, so bounds between two of them move to the next.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped in the same line"
)]
fn number(operator: Operator, value: f64, test: fn(Compare, u64) -> IssueTest) -> Vec<IssueTest> {
    let whole = |value: f64| value.clamp(0.0, 9e15) as u64;
    match operator {
        Operator::Equal => vec![test(Compare::Equal, whole(value))],
        Operator::NotEqual => vec![IssueTest::Id(Vec::new())],
        Operator::Less => vec![test(Compare::Less, whole(value.ceil()))],
        Operator::LessOrEqual => vec![test(Compare::LessOrEqual, whole(value.floor()))],
        Operator::Greater => vec![test(Compare::Greater, whole(value.floor()))],
        Operator::GreaterOrEqual => vec![test(Compare::GreaterOrEqual, whole(value.ceil()))],
    }
}

fn pattern(text: TextMatch) -> TextPattern {
    let pieces = match text {
        TextMatch::Exact(text) | TextMatch::Contains(text) => vec![text],
        TextMatch::Glob(glob) => glob.pieces,
        TextMatch::Anything => Vec::new(),
    };
    TextPattern { pieces: pieces.into_iter().filter(|piece| !piece.is_empty()).collect() }
}
