//! Issues that commit messages name as fixed: `fixes PAY-4F2`.

use model::clock::Micros;
use model::id::{IssueId, OrganizationId, UserId};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::activity::{self, ActivityKind, NewActivity};
use crate::error::MetaError;
use crate::issue;
use crate::issue_change::write_state;
use crate::issue_state::{IssueStatus, Resolution, StatusDetails};
use crate::limits::COMMIT_FIXES_MAX;
use crate::page::{row, rows};
use crate::release_commits::Subject;
use crate::short_id;
use crate::transition::{self, Turn};

/// Source: Sentry, and the words GitHub and GitLab close their issues by.
const WORDS: [&str; 9] =
    ["fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves", "resolved"];

/// What a message names as fixed, as slug of the project in lower case and number of the issue:
/// `Fixes PAY-4F2, PAY-4F3 and WEB-1`.
pub(crate) fn named(message: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut names = false;
    let parts = message.split(|c: char| c.is_whitespace() || c == ',' || c == '&');
    for part in parts.filter(|part| !part.is_empty()) {
        let odd = |c: char| !c.is_alphanumeric();
        let bare = part.trim_start_matches(odd).trim_end_matches(odd);
        let is_word = WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word));
        if is_word {
            names = true;
        } else if names && let Some(name) = short_id::parse(bare) {
            if found.len() < COMMIT_FIXES_MAX && !found.contains(&name) {
                found.push(name);
            }
            // The sentence is over: what follows is named for another reason.
            names = !part.ends_with(['.', ';']);
        } else {
            names = names && (bare.eq_ignore_ascii_case("and") || bare.is_empty());
        }
    }
    found
}

/// Resolves what a commit, or the merge request it came by, names as fixed, in the release that has it
/// now. Only issues of the release's projects are; each at most once by one commit, so that an issue
/// that came back since is left open.
pub(crate) fn resolve(
    connection: &Connection,
    subject: &Subject,
    commit: u64,
) -> Result<(), MetaError> {
    let sql =
        "SELECT hash, author_email, repositories.name, message, (SELECT title || '\n' || message
                   FROM pull_requests WHERE pull_requests.repository = commits.repository
                   AND merge_hash = hash)
               FROM commits JOIN repositories ON repositories.id = repository
               WHERE commits.id = ?";
    let found = row(connection, sql, [commit], |row| {
        let texts =
            [row.get::<_, String>(3)?, row.get::<_, Option<String>>(4)?.unwrap_or_default()];
        let told = Told { hash: row.get(0)?, email: row.get(1)?, repository: row.get(2)? };
        Ok((told, texts.join("\n")))
    })?;
    let Some((told, text)) = found else { return Ok(()) };
    for (slug, number) in named(&text) {
        for issue in issues(connection, subject, &slug, number)? {
            resolve_one(connection, subject, &told, issue)?;
        }
    }
    Ok(())
}

/// The commit that says so.
struct Told {
    hash: String,
    email: String,
    repository: String,
}

/// The issue of that name, if its project has the release.
fn issues(
    connection: &Connection,
    subject: &Subject,
    slug: &str,
    number: u64,
) -> Result<Vec<IssueId>, MetaError> {
    let sql = "SELECT coalesce(merged_into, issues.id) FROM issues
               JOIN projects ON projects.id = issues.project
               JOIN release_projects ON release_projects.project = projects.id AND release = ?
               WHERE organization = ? AND slug = ? AND number = ?";
    let values = params![subject.release, subject.organization.0, slug, number];
    rows(connection, sql, values, |row| Ok(IssueId(row.get(0)?)))
}

fn resolve_one(
    connection: &Connection,
    subject: &Subject,
    told: &Told,
    id: IssueId,
) -> Result<(), MetaError> {
    let kind = ActivityKind::ResolvedInCommit;
    let done = "SELECT 1 FROM activity WHERE issue = ? AND kind = ?
                AND json_extract(data, '$.commit') = ? AND json_extract(data, '$.version') IS NOT NULL";
    let done: Option<u64> =
        row(connection, done, params![id.0, kind.name(), told.hash], |row| row.get(0))?;
    let Some(issue) = issue::load(connection, &[id])?.into_iter().next() else { return Ok(()) };
    if done.is_some() {
        return Ok(());
    }
    let user = author(connection, subject.organization, &told.email)?;
    let (project, from) = (issue.project, issue.state.standing());
    let mut state = issue.state;
    (state.status, state.substatus) = (IssueStatus::Resolved, None);
    state.status_changed = subject.now;
    let resolution = Resolution::InRelease { version: subject.version.clone() };
    let actor = user.map(|user| user.0);
    state.details = Some(StatusDetails { actor, resolution: Some(resolution), archive: None });
    write_state(connection, &state)?;
    let data = json!({
        "commit": told.hash,
        "repository": told.repository,
        "version": subject.version,
    });
    let at: Micros = subject.now;
    let to = state.standing();
    activity::add(connection, &NewActivity { issue: id, user, kind, at, data })?;
    let (issue, from, actor) = (id, Some(from), user);
    let turn = Turn { issue, project, from, to, at, by_itself: false, actor, event: None };
    transition::record(connection, &turn)
}

/// The member who wrote the commit, if there is one of that address.
fn author(
    connection: &Connection,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<UserId>, MetaError> {
    let sql = "SELECT users.id FROM users JOIN members ON members.user = users.id
               WHERE email = lower(?) AND organization = ?";
    row(connection, sql, params![email, organization.0], |row| Ok(UserId(row.get(0)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_they_fix() {
        for (message, expected) in [
            ("fixes PAY-4F2", &["PAY-4F2"][..]),
            ("Fix: PAY-1", &["PAY-1"]),
            ("closes #PAY-1, PAY-2 and WEB-APP-3.", &["PAY-1", "PAY-2", "WEB-APP-3"]),
            ("limit bets\n\nRESOLVES pay-1\n", &["PAY-1"]),
            ("(fixes PAY-1) (see PAY-2)", &["PAY-1"]),
            ("fixes PAY-1. Like WEB-2", &["PAY-1"]),
            ("fixes PAY-1 fixes PAY-1", &["PAY-1"]),
            ("see PAY-1", &[]),
            ("prefixes PAY-1", &[]),
            ("fix the PAY-1 thing", &[]),
            ("fixes", &[]),
            ("fixes -, PAY-", &[]),
            ("fixes ü-ü", &[]),
        ] {
            let found = named(message).into_iter();
            let found: Vec<String> =
                found.map(|(slug, number)| short_id::short_id(&slug, number)).collect();
            assert_eq!(found, expected, "{message:?}");
        }
        let many: Vec<String> = (0..1_000).map(|number| format!("fixes A-{number}")).collect();
        assert_eq!(named(&many.join(" ")).len(), COMMIT_FIXES_MAX);
    }
}
