//! Names of transactions that are addresses, with the parts that vary taken out.
//!
//! What looks like an id was taken out before, see `wire`. What does not, such as the names of players
//! in `/profile/alice`, shows only when there are many: a place in the addresses of a project below which
//! more than [`CHILDREN_MAX`] different parts were seen varies there, and all of them become `*`.
//!
//! Source: Sentry's clusterer of transactions, which merges from 200 on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::id::ProjectId;
use model::span::{AttributeValue, SpanRow};

/// Different parts below one place beyond which they are variations of one name.
const CHILDREN_MAX: usize = 200;
/// Places that are remembered of one project; then what varies is kept and the rest learned anew.
const PLACES_MAX: usize = 5_000;
/// Projects that are learned from at a time; then the same.
const PROJECTS_MAX: usize = 200;
/// Places of one project that vary; further ones are left as they are.
const VARYING_MAX: usize = 500;
/// Parts of an address that are looked at.
const PARTS_MAX: usize = 16;
/// The attribute that says where a name comes from.
const SOURCE: &str = "sentry.segment.name.source";
/// How a part that varies is written.
const ANY: &str = "*";

/// What varies in the addresses of all projects. Shared by the workers.
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    projects: HashMap<ProjectId, Tree>,
    /// What was found out since the last time it was asked for.
    news: Vec<(ProjectId, String)>,
}

#[derive(Debug, Default)]
struct Tree {
    root: Place,
    places: usize,
    varying: usize,
}

/// A place in addresses: what follows on it.
#[derive(Debug, Default)]
struct Place {
    parts: HashMap<Box<str>, Place>,
    /// What follows when the next part varies.
    any: Option<Box<Place>>,
}

impl Routes {
    /// With what was found out earlier: patterns as [`Routes::take_news`] gave them.
    pub(super) fn new(patterns: impl IntoIterator<Item = (ProjectId, String)>) -> Self {
        let mut learned = Learned::default();
        for (project, pattern) in patterns {
            let tree = learned.projects.entry(project).or_default();
            tree.root.know(&pattern);
            tree.varying += 1;
        }
        Self(Mutex::new(learned))
    }

    /// Takes what varies out of the names of the transactions of one project that are addresses.
    pub(super) fn settle(&self, rows: &mut [SpanRow<'_>]) {
        let is_address = |row: &SpanRow<'_>| matches!(row.text(SOURCE), "url" | "sanitized");
        let mut settled: Option<(String, String)> = None;
        for place in 0..rows.len() {
            let Some(row) = rows.get(place) else { break };
            let known = settled.as_ref().is_some_and(|(sent, _)| *sent == *row.transaction);
            if known || !is_address(row) {
                continue;
            }
            let name = self.learn(row.project, &row.transaction);
            if let Some(name) = name.filter(|name| *name != *row.transaction) {
                let sent = row.transaction.to_string();
                rename(rows, &sent, &name);
                settled = Some((sent, name));
            }
        }
    }

    /// What was found to vary since the last call.
    pub(super) fn take_news(&self) -> Vec<(ProjectId, String)> {
        std::mem::take(&mut self.lock().news)
    }

    /// The name with what varies taken out; `None` for what is no address.
    fn learn(&self, project: ProjectId, name: &str) -> Option<String> {
        let mut learned = self.lock();
        let Learned { projects, news } = &mut *learned;
        if projects.len() >= PROJECTS_MAX && !projects.contains_key(&project) {
            projects.retain(|_, tree| tree.forget());
        }
        let tree = projects.entry(project).or_default();
        if tree.places >= PLACES_MAX {
            tree.forget();
        }
        tree.learn(name, |pattern| news.push((project, pattern)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives all spans of a transaction its new name; the segment also does what it is called by.
fn rename(rows: &mut [SpanRow<'_>], sent: &str, name: &str) {
    for row in rows.iter_mut().filter(|row| row.transaction == sent) {
        row.transaction = name.to_owned().into();
        if row.is_segment && row.description == sent {
            row.description = name.to_owned().into();
            row.group = wire::span::group_of(name);
        }
        let source = row.attributes.iter_mut().find(|attribute| attribute.name == SOURCE);
        if let Some(source) = source {
            source.value = AttributeValue::Text("sanitized".into());
        }
    }
}

impl Tree {
    fn learn(&mut self, name: &str, mut tell: impl FnMut(String)) -> Option<String> {
        // A method may stand before it.
        let (before, address) = name.split_at(name.find('/')?);
        let mut settled = before.to_owned();
        let mut pattern = before.to_owned();
        let mut place = self.root.entry(before, &mut self.places);
        let parts: Vec<&str> = address.split('/').skip(1).collect();
        for (number, part) in parts.iter().enumerate() {
            settled.push('/');
            pattern.push('/');
            let is_end = part.is_empty() || number >= PARTS_MAX;
            let is_new = place.any.is_none() && place.would_be_too_many(part);
            if is_end || (is_new && self.varying >= VARYING_MAX) {
                settled.push_str(&parts.get(number..).unwrap_or_default().join("/"));
                break;
            }
            if is_new {
                self.varying += 1;
                place.parts.clear();
                place.any = Some(Box::default());
                tell(format!("{pattern}{ANY}"));
            }
            if place.any.is_some() {
                settled.push_str(ANY);
                pattern.push_str(ANY);
                place = place.any.get_or_insert_default();
            } else {
                settled.push_str(part);
                pattern.push_str(&literal(part));
                place = place.entry(part, &mut self.places);
            }
        }
        Some(settled)
    }

    /// Forgets all that does not vary. False when nothing is left.
    fn forget(&mut self) -> bool {
        let varies = self.root.forget();
        self.places = self.root.count();
        varies
    }
}

impl Place {
    fn entry(&mut self, part: &str, places: &mut usize) -> &mut Self {
        if !self.parts.contains_key(part) {
            *places += 1;
            self.parts.insert(part.into(), Self::default());
        }
        // It is there by now.
        self.parts.entry(part.into()).or_default()
    }

    fn would_be_too_many(&self, part: &str) -> bool {
        self.parts.len() >= CHILDREN_MAX && !self.parts.contains_key(part)
    }

    fn know(&mut self, pattern: &str) {
        let mut parts = pattern.split('/');
        let before = parts.next().unwrap_or_default();
        let mut place = self.parts.entry(before.into()).or_default();
        for part in parts {
            place = match part {
                ANY => place.any.get_or_insert_default(),
                part => {
                    place.parts.entry(part.strip_prefix('=').unwrap_or(part).into()).or_default()
                }
            };
        }
    }

    fn forget(&mut self) -> bool {
        self.parts.retain(|_, place| place.forget());
        if let Some(any) = &mut self.any {
            any.forget();
        }
        self.any.is_some() || !self.parts.is_empty()
    }

    fn count(&self) -> usize {
        let any = self.any.as_ref().map_or(0, |any| any.count());
        any + self.parts.values().map(|place| 1 + place.count()).sum::<usize>()
    }
}

/// A part as patterns have it: what is a star by itself does not vary for that.
fn literal(part: &str) -> String {
    if part == ANY || part.starts_with('=') { format!("={part}") } else { part.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId(1);

    fn learn(routes: &Routes, name: &str) -> String {
        routes.learn(PROJECT, name).unwrap_or_else(|| name.to_owned())
    }

    fn learned() -> Routes {
        let routes = Routes::default();
        for player in 0..=CHILDREN_MAX {
            learn(&routes, &format!("GET /profile/p{player}x/bets"));
            learn(&routes, "GET /cashier/deposit");
        }
        routes
    }

    #[test]
    fn what_varies_becomes_a_star() {
        let routes = learned();
        let cases = [
            ("GET /profile/alice/bets", "GET /profile/*/bets"),
            ("GET /profile/alice", "GET /profile/*"),
            ("GET /cashier/deposit", "GET /cashier/deposit"),
            ("GET /profile", "GET /profile"),
            ("POST /profile/alice", "POST /profile/alice"),
            ("/profile/alice/", "/profile/alice/"),
            ("settle", "settle"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(learn(&routes, name), expected);
        }
        let elsewhere = routes.learn(ProjectId(2), "GET /profile/alice");
        assert_eq!(elsewhere.as_deref(), Some("GET /profile/alice"));
    }

    #[test]
    fn what_was_found_out_is_told_once_and_known_again() {
        let routes = learned();
        let news = routes.take_news();
        assert_eq!(news, [(PROJECT, "GET /profile/*".to_owned())]);
        assert_eq!(routes.take_news(), []);
        let again = Routes::new(news);
        assert_eq!(learn(&again, "GET /profile/bob/bets"), "GET /profile/*/bets");
        assert_eq!(again.take_news(), []);
    }

    #[test]
    fn a_star_that_was_sent_varies_no_more_than_other_parts() {
        let routes = Routes::default();
        for number in 0..=CHILDREN_MAX {
            learn(&routes, &format!("/users/*/n{number}x"));
        }
        let again = Routes::new(routes.take_news());
        assert_eq!(learn(&again, "/users/*/n"), "/users/*/*");
        assert_eq!(learn(&again, "/users/me"), "/users/me");
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let routes = learned();
        for number in 0..3 * PLACES_MAX {
            let (deep, name) = (number % 90, number / 90);
            learn(&routes, &format!("/a{deep}/b{name}/c{name}"));
        }
        assert_eq!(learn(&routes, "GET /profile/alice"), "GET /profile/*");
        let places = routes.lock().projects[&PROJECT].root.count();
        assert!(places <= PLACES_MAX + PARTS_MAX, "{places}");
        for project in 0..2 * PROJECTS_MAX {
            routes.learn(ProjectId(project as u64 + 9), "/a/b");
        }
        assert!(routes.lock().projects.len() <= PROJECTS_MAX + 1);
        assert_eq!(learn(&routes, "GET /profile/alice"), "GET /profile/*");
    }
}
