//! The search of sessions: releases and environments are all they can be told apart by.

use super::Names;
use crate::search::SearchError;
use crate::search::syntax::{self, Key, KeyValue, Term, TermKind, Text, Value};

/// A search that sessions cannot be searched by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SessionSearchError {
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("Sessions can be searched by release and environment only.")]
    Key,
    #[error(
        "Searches of sessions are release and environment filters, all of which must hold, \
         or alternatives of one of them."
    )]
    Unclear,
    #[error("No {0} can fit both filters.")]
    Contradiction(String),
}

/// Releases and environments that a search means, and those that the menu of environments lists.
///
/// # Errors
/// When the search asks for something else, or for something that one list of names cannot say.
pub fn names<'p>(
    query: &str,
    environments: impl Iterator<Item = &'p str>,
) -> Result<(Names, Names), SessionSearchError> {
    let mut found = Found::default();
    found.environments.only.extend(environments.map(str::to_owned));
    found.all(&syntax::parse(query)?)?;
    Ok((found.releases, found.environments))
}

#[derive(Debug, Default)]
struct Found {
    releases: Names,
    environments: Names,
}

impl Found {
    /// Terms that must all hold, or alternatives of one key.
    fn all(&mut self, terms: &[Term<'_>]) -> Result<(), SessionSearchError> {
        if terms.iter().any(|term| term.kind == TermKind::Or) {
            return self.alternatives(terms);
        }
        for term in terms {
            match &term.kind {
                TermKind::And => {}
                TermKind::Filter(filter) => {
                    self.add(key(filter)?, filter.negated, values(filter))?;
                }
                TermKind::Group(inner) => self.all(inner)?,
                TermKind::FreeText(_) | TermKind::Or | TermKind::Unmatched => {
                    return Err(SessionSearchError::Unclear);
                }
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, terms: &[Term<'_>]) -> Result<(), SessionSearchError> {
        let (mut of, mut all) = (None, Vec::new());
        for term in terms {
            match &term.kind {
                TermKind::Or => {}
                TermKind::Filter(filter) if !filter.negated => {
                    let key = key(filter)?;
                    if of.replace(key).is_some_and(|before| before != key) {
                        return Err(SessionSearchError::Unclear);
                    }
                    all.extend(values(filter));
                }
                _ => return Err(SessionSearchError::Unclear),
            }
        }
        self.add(of.ok_or(SessionSearchError::Unclear)?, false, all)
    }

    fn add(
        &mut self,
        key: &str,
        negated: bool,
        values: Vec<String>,
    ) -> Result<(), SessionSearchError> {
        let names = if key == "release" { &mut self.releases } else { &mut self.environments };
        if negated {
            names.not.extend(values);
        } else if names.only.is_empty() {
            names.only = values;
        } else {
            // Both lists must hold.
            let before = std::mem::take(names);
            names.only = values.into_iter().filter(|name| before.fit(name)).collect();
            names.not = before.not;
            if names.only.is_empty() {
                return Err(SessionSearchError::Contradiction(key.to_owned()));
            }
        }
        Ok(())
    }
}

fn key<'a>(filter: &KeyValue<'a>) -> Result<&'a str, SessionSearchError> {
    match filter.key {
        Key::Plain(key @ ("release" | "environment")) => Ok(key),
        _ => Err(SessionSearchError::Key),
    }
}

fn values(filter: &KeyValue<'_>) -> Vec<String> {
    let text = |text: &Text<'_>| text.raw.replace("\\\"", "\"");
    match &filter.value {
        Value::One(one) => vec![text(one)],
        Value::List(all) => all.iter().map(text).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, environments: &[&str], expected: Option<[&[&str]; 4]>) {
        let found = names(query, environments.iter().copied()).ok();
        let found = found.map(|(releases, environments)| {
            [releases.only, releases.not, environments.only, environments.not]
        });
        let expected = expected.map(|all| {
            all.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        });
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn searches() {
        check("", &[], Some([&[], &[], &[], &[]]));
        check("", &["prod"], Some([&[], &[], &["prod"], &[]]));
        check("release:web@1.0", &[], Some([&["web@1.0"], &[], &[], &[]]));
        check("release:\"a b@1\"", &[], Some([&["a b@1"], &[], &[], &[]]));
        check(
            "release:[a@1,b@2] !environment:dev",
            &[],
            Some([&["a@1", "b@2"], &[], &[], &["dev"]]),
        );
        check("release:a@1 OR release:b@2", &[], Some([&["a@1", "b@2"], &[], &[], &[]]));
        check(
            "(release:a OR release:b) AND environment:x",
            &[],
            Some([&["a", "b"], &[], &["x"], &[]]),
        );
        check("release:web@*", &[], Some([&["web@*"], &[], &[], &[]]));
        check("environment:[prod,dev]", &["prod"], Some([&[], &[], &["prod"], &[]]));
        check("environment:dev", &["prod"], None);
        check("release:a OR environment:b", &[], None);
        check("release:a OR !release:b", &[], None);
        check("user.id:7", &[], None);
        check("some words", &[], None);
    }
}
