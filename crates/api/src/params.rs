//! Query parameters as Sentry's clients send them: any may be repeated, unknown ones are ignored.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lang::ask::{Scope as AskScope, Window};
use lang::search::{self, SearchError, WindowText};
use meta::Project;
use model::clock::Micros;
use model::id::ProjectId;

use crate::auth::Access;
use crate::error::ApiError;
use crate::page::Page;
use crate::state::Api;

/// Parameters of one request.
const PARAMS_MAX: usize = 1_000;

/// All parameters in the order they came.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string.
    pub fn parse(query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes()).take(PARAMS_MAX);
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub fn all<'p>(&'p self, key: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The same without one parameter, which then counts as empty.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self.0.push((key.to_owned(), String::new()));
        self
    }

    /// The same with one parameter set to that and nothing else.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self.0.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| matches!(value, "1" | "true" | "yes"))
    }

    /// A whole number; `None` when it is missing or none.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.parse().ok()
    }

    /// Which page of a list.
    ///
    /// # Errors
    /// When the cursor is not one.
    pub fn page(&self, default: usize) -> Result<Page, ApiError> {
        let limit = self.number("per_page").or_else(|| self.number("limit"));
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        Page::read(self.get("cursor"), limit, default)
    }

    /// The asked time, or the last `default` microseconds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn window(&self, now: Micros, default: u64) -> Result<Window, ApiError> {
        let text = WindowText {
            stats_period: self.get("statsPeriod"),
            start: self.get("start"),
            end: self.get("end"),
        };
        Ok(search::time_window(text, now)?.unwrap_or_else(|| search::last(default, now)))
    }

    /// The projects that are asked about, among those the caller may see. `-1` and nothing mean all.
    /// Blocks.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a project that is not there.
    pub fn projects(&self, api: &Api, access: &Access) -> Result<Vec<Project>, ApiError> {
        let asked: Vec<&str> = self
            .all("project")
            .chain(self.all("projectSlug"))
            .filter(|name| !name.is_empty())
            .collect();
        if asked.is_empty() || asked.contains(&"-1") {
            return Ok(api.database.projects(access.organization.id, meta::Page::FIRST)?.rows);
        }
        asked.into_iter().map(|name| access.project(&api.database, name)).collect()
    }

    /// What a question about events may see: the asked projects, environments and time.
    pub fn scope(&self, projects: &[Project], window: Window) -> AskScope {
        let projects: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let environments = self.all("environment").map(str::to_owned).collect();
        AskScope { projects, issues: None, environments, window }
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        Self::Invalid(error.to_string())
    }
}
