//! Pages of issues. Each order has an index with the columns most lists are filtered by, so a page
//! walks one index from its border and stops when it is full.

use model::id::IssueId;
use model::limits;
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::issue;
use crate::issue_query::{
    Assignee, Compare, IssueCursor, IssuePage, IssuePredicate, IssueQuery, IssueSort, IssueTest,
    TextPattern,
};
use crate::issue_state::{IssueStatus, Substatus};

impl Meta {
    /// A page of issues.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn list_issues(&self, query: &IssueQuery) -> Result<IssuePage, MetaError> {
        let limit = query.limit.clamp(1, limits::PAGE_MAX);
        let list = List::of(query)?;
        self.read(|connection| {
            // One walk answers the first page and how many there are; later pages need two.
            let hits_max = IssuePage::HITS_MAX;
            let (found, hits) = match query.cursor {
                None => {
                    let mut found = list.walk(connection, None, hits_max.max(limit + 1))?;
                    let hits = found.len().min(hits_max);
                    found.truncate(limit + 1);
                    (found, hits)
                }
                Some(cursor) => (
                    list.walk(connection, Some(cursor), limit + 1)?,
                    list.walk(connection, None, hits_max)?.len(),
                ),
            };
            let (places, previous, next) = borders(found, query.cursor, limit);
            let ids: Vec<IssueId> = places.iter().map(|(_, id)| *id).collect();
            Ok(IssuePage { issues: issue::load(connection, &ids)?, hits, previous, next })
        })
    }
}

/// What a list is sorted by, of one issue, and the issue.
type Place = (u64, IssueId);

/// Cuts what was walked to a page and finds its borders.
fn borders(
    mut found: Vec<Place>,
    cursor: Option<IssueCursor>,
    limit: usize,
) -> (Vec<Place>, Option<IssueCursor>, Option<IssueCursor>) {
    let more = found.len() > limit;
    found.truncate(limit);
    let backwards = cursor.is_some_and(|cursor| cursor.backwards);
    if backwards {
        found.reverse();
    }
    let border = |place: Option<&Place>, backwards| {
        place.map(|(value, id)| IssueCursor { value: *value, id: *id, backwards })
    };
    let (has_previous, has_next) = if backwards { (more, true) } else { (cursor.is_some(), more) };
    let previous = border(found.first(), true).filter(|_| has_previous);
    let next = border(found.last(), false).filter(|_| has_next);
    (found, previous, next)
}

/// A query in SQL, without border and limit.
struct List {
    /// What it is sorted by.
    key: &'static str,
    /// The index to walk; none when the conditions leave few issues.
    index: Option<&'static str>,
    conditions: Conditions,
}

impl List {
    fn of(query: &IssueQuery) -> Result<Self, MetaError> {
        let (key, index) = match query.sort {
            IssueSort::Date => ("last_seen", "issues_by_last_seen"),
            IssueSort::New => ("first_seen", "issues_by_first_seen"),
            IssueSort::Frequency => ("times_seen", "issues_by_times_seen"),
            IssueSort::Users => ("user_count", "issues_by_user_count"),
            IssueSort::Priority => ("(priority << 52) + last_seen", "issues_by_priority"),
        };
        let mut conditions = Conditions::default();
        conditions.is_in("project", query.projects.iter().map(|project| project.0))?;
        if let Some(ids) = &query.ids {
            conditions.is_in("id", ids.iter().map(|id| id.0))?;
        }
        for predicate in &query.predicates {
            conditions.predicate(predicate)?;
        }
        let few = query.ids.is_some() || query.predicates.iter().any(leaves_few);
        Ok(Self { key, index: Some(index).filter(|_| !few), conditions })
    }

    fn walk(
        &self,
        connection: &Connection,
        cursor: Option<IssueCursor>,
        limit: usize,
    ) -> Result<Vec<Place>, MetaError> {
        let Self { key, index, conditions } = self;
        let indexed = index.map_or(String::new(), |index| format!("INDEXED BY {index}"));
        let (border, order) = match cursor {
            None => ("", "DESC"),
            Some(IssueCursor { backwards: false, .. }) => ("<", "DESC"),
            Some(IssueCursor { backwards: true, .. }) => (">", "ASC"),
        };
        let border = match border {
            "" => String::new(),
            compare => format!("AND ({key}, id) {compare} (?, ?)"),
        };
        let sql = format!(
            "SELECT {key}, id FROM issues {indexed} WHERE merged_into IS NULL {} {border}
             ORDER BY {key} {order}, id {order} LIMIT ?",
            conditions.sql
        );
        let mut values: Vec<&dyn ToSql> =
            conditions.values.iter().map(|value| value as &dyn ToSql).collect();
        if let Some(cursor) = &cursor {
            values.push(&cursor.value);
            values.push(&cursor.id.0);
        }
        values.push(&limit);
        let mut statement = connection.prepare_cached(&sql)?;
        let places = statement
            .query_map(params_from_iter(values), |row| Ok((row.get(0)?, IssueId(row.get(1)?))))?;
        Ok(places.collect::<Result<_, _>>()?)
    }
}

/// True when going through what fits the test beats walking an order.
fn leaves_few(predicate: &IssuePredicate) -> bool {
    !predicate.negated
        && match &predicate.test {
            IssueTest::Id(_)
            | IssueTest::Number(_)
            | IssueTest::Bookmarked(_)
            | IssueTest::Subscribed(_) => true,
            IssueTest::Assigned(assignees) => !assignees.contains(&Assignee::Nobody),
            _ => false,
        }
}

/// The type of an issue. What is found in traces says its type itself.
const TYPE: &str = "CASE event_type WHEN 'feedback' THEN 'feedback' WHEN 'generic' THEN
     coalesce((SELECT iif(json_valid(metadata), metadata ->> '$.issueType', NULL) FROM issue_texts
     WHERE issue = issues.id), 'performance') ELSE 'error' END";

/// Conditions in SQL, each begun with `AND`, and the values of their question marks.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn push(&mut self, sql: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
    }

    fn is_in<T: serde::Serialize>(
        &mut self,
        column: &str,
        values: impl Iterator<Item = T>,
    ) -> Result<(), MetaError> {
        let list = to_json("list", &values.collect::<Vec<_>>())?;
        self.push(&format!("{column} IN (SELECT value FROM json_each(?))"));
        self.values.push(list.into());
        Ok(())
    }

    fn predicate(&mut self, predicate: &IssuePredicate) -> Result<(), MetaError> {
        let before = self.sql.len();
        self.test(&predicate.test)?;
        if predicate.negated {
            // A missing value fits no test and so fits its opposite.
            let test = self.sql.split_off(before);
            let test = test.trim_start_matches(" AND ");
            self.push(&format!("NOT coalesce(({test}), 0)"));
        }
        Ok(())
    }

    fn test(&mut self, test: &IssueTest) -> Result<(), MetaError> {
        let marked = |column: &str| {
            format!("id IN (SELECT issue FROM issue_marks WHERE user = ? AND {column})")
        };
        match test {
            IssueTest::Status(list) => self.is_in("status", list.iter().map(|one| one.number()))?,
            IssueTest::Substatus(list) => {
                self.is_in("substatus", list.iter().map(|one| one.number()))?;
            }
            IssueTest::ForReview => {
                let substatus = [Substatus::New, Substatus::Regressed, Substatus::Escalating];
                self.push("status = ?");
                self.values.push(Value::from(IssueStatus::Unresolved.number()));
                self.push("assigned_user IS NULL AND assigned_team IS NULL");
                self.is_in("substatus", substatus.into_iter().map(Substatus::number))?;
            }
            IssueTest::Assigned(list) => self.assigned(list)?,
            IssueTest::Bookmarked(user) => self.with_id(&marked("bookmarked"), user.0),
            IssueTest::Subscribed(user) => self.with_id(&marked("subscribed"), user.0),
            IssueTest::SeenBy(user) => self.with_id(&marked("seen IS NOT NULL"), user.0),
            IssueTest::FirstSeen(compare, at) => self.compare("first_seen", *compare, at.0),
            IssueTest::LastSeen(compare, at) => self.compare("last_seen", *compare, at.0),
            IssueTest::TimesSeen(compare, count) => self.compare("times_seen", *compare, *count),
            IssueTest::UserCount(compare, count) => self.compare("user_count", *compare, *count),
            IssueTest::FirstRelease(list) => self.release("first_release", list)?,
            IssueTest::LastRelease(list) => self.release("last_release", list)?,
            IssueTest::Priority(list) => {
                self.is_in("priority", list.iter().map(|one| one.number()))?;
            }
            IssueTest::Level(list) => self.is_in("level", list.iter().map(|one| one.number()))?,
            IssueTest::Platform(list) => self.is_in("platform", list.iter())?,
            IssueTest::EventType(list) => self.is_in("event_type", list.iter())?,
            IssueTest::Type(list) => self.is_in(TYPE, list.iter())?,
            IssueTest::Logger(list) => self.is_in("logger", list.iter())?,
            IssueTest::Unhandled => self.push("unhandled"),
            IssueTest::Id(list) => self.is_in("id", list.iter().map(|id| id.0))?,
            IssueTest::Project(list) => self.is_in("project", list.iter().map(|id| id.0))?,
            IssueTest::Number(list) => {
                let pairs: Vec<_> =
                    list.iter().map(|(project, number)| (project.0, number)).collect();
                self.push(
                    "(project, number) IN
                     (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
                );
                self.values.push(to_json("list", &pairs)?.into());
            }
            IssueTest::Text(pattern) => self.text(pattern),
        }
        Ok(())
    }

    fn with_id(&mut self, sql: &str, id: u64) {
        self.push(sql);
        self.number(id);
    }

    fn compare(&mut self, column: &str, compare: Compare, value: u64) {
        let operator = match compare {
            Compare::Equal => "=",
            Compare::Less => "<",
            Compare::LessOrEqual => "<=",
            Compare::Greater => ">",
            Compare::GreaterOrEqual => ">=",
        };
        self.push(&format!("{column} {operator} ?"));
        self.number(value);
    }

    /// Numbers beyond SQLite's range compare like the largest one, which no column holds.
    fn number(&mut self, value: u64) {
        self.values.push(i64::try_from(value).unwrap_or(i64::MAX).into());
    }

    fn release(&mut self, column: &str, versions: &[String]) -> Result<(), MetaError> {
        self.push(&format!(
            "{column} IN (SELECT id FROM releases
             WHERE version IN (SELECT value FROM json_each(?)))"
        ));
        self.values.push(to_json("list", &versions)?.into());
        Ok(())
    }

    fn assigned(&mut self, assignees: &[Assignee]) -> Result<(), MetaError> {
        let (mut users, mut teams, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for assignee in assignees {
            match assignee {
                Assignee::Nobody => parts.push("assigned_user IS NULL AND assigned_team IS NULL"),
                Assignee::Anybody => {
                    parts.push("assigned_user IS NOT NULL OR assigned_team IS NOT NULL");
                }
                Assignee::User(user) => users.push(user.0),
                Assignee::Team(team) => teams.push(*team),
            }
        }
        parts.push("assigned_user IN (SELECT value FROM json_each(?))");
        parts.push("assigned_team IN (SELECT value FROM json_each(?))");
        self.push(&format!("({})", parts.join(" OR ")));
        self.values.push(to_json("list of ids", &users)?.into());
        self.values.push(to_json("list of ids", &teams)?.into());
        Ok(())
    }

    fn text(&mut self, pattern: &TextPattern) {
        let pieces: Vec<String> = pattern
            .pieces
            .iter()
            .map(|piece| piece.to_lowercase())
            .filter(|piece| !piece.is_empty())
            .collect();
        let test = match pieces.as_slice() {
            [] => return self.push("1"),
            [piece] => {
                self.values.push(piece.clone().into());
                "instr(text, ?)"
            }
            pieces => {
                let escaped: Vec<String> = pieces.iter().map(|piece| escape_like(piece)).collect();
                self.values.push(format!("%{}%", escaped.join("%")).into());
                "text LIKE ? ESCAPE '\\'"
            }
        };
        self.push(&format!("id IN (SELECT issue FROM issue_search WHERE {test})"));
    }
}

fn escape_like(piece: &str) -> String {
    let mut escaped = String::with_capacity(piece.len());
    for character in piece.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
