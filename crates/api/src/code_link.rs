//! Links from frames to their lines on GitHub, GitLab and Gitea, at the commit of the release.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use meta::{CodeMapping, Meta, Provider, Repository, Scope};
use model::id::{OrganizationId, ProjectId};
use model::limits::LINKS_MAX;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::project::enter;
use crate::repository;
use crate::state::Api;
use crate::suspect::frames::bare;

/// Where a file lies by the code mappings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// In which repository.
    pub repository: u64,
    /// Its path there.
    pub path: String,
    /// The branch to show where no commit is known.
    pub branch: String,
}

/// Which version of the code to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At<'a> {
    Commit(&'a str),
    Branch(&'a str),
}

/// What turns paths of stack traces into links.
#[derive(Debug, Default)]
pub struct Linker {
    /// The most exact ones first.
    mappings: Vec<CodeMapping>,
    repositories: HashMap<u64, Repository>,
    /// Up to which commit of a repository the release goes.
    heads: HashMap<u64, String>,
}

impl Linker {
    /// What is known of a project's code, in that release. Blocks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(
        database: &Meta,
        organization: OrganizationId,
        project: ProjectId,
        version: Option<&str>,
    ) -> Result<Self, ApiError> {
        let mappings = database.code_mappings(&[project], meta::Page::FIRST)?.rows;
        if mappings.is_empty() {
            return Ok(Self::default());
        }
        let mut repositories = HashMap::new();
        for mapping in &mappings {
            if let Some(found) = database.repository(mapping.repository)? {
                repositories.insert(found.id, found);
            }
        }
        let release = match version {
            Some(version) => database.release(organization, version)?,
            None => None,
        };
        let heads = match release {
            Some(release) => database.release_heads(release.id)?.into_iter().collect(),
            None => HashMap::new(),
        };
        Ok(Self { mappings, repositories, heads })
    }

    /// Where the file of one of these paths lies: the first that a code mapping speaks of.
    pub fn place(&self, paths: &[&str]) -> Option<Place> {
        paths.iter().find_map(|path| self.mappings.iter().find_map(|mapping| map(mapping, path)))
    }

    /// The address of a line of a file; `None` when nobody said where the repository is.
    pub fn url(&self, place: &Place, line: Option<u64>) -> Option<String> {
        let at = match self.heads.get(&place.repository) {
            Some(hash) => At::Commit(hash),
            None => At::Branch(&place.branch),
        };
        address(self.repositories.get(&place.repository)?, place, at, line)
    }

    /// Puts links into the frames of the app of an event's entry that have none.
    pub fn link_frames(&self, data: &mut Value) {
        if self.mappings.is_empty() {
            return;
        }
        match data {
            Value::Object(frame)
                if frame.contains_key("inApp") && frame.contains_key("absPath") =>
            {
                let text =
                    |key: &str| bare(frame.get(key).and_then(Value::as_str).unwrap_or_default());
                let is_open = frame.get("sourceLink").is_none_or(Value::is_null);
                let (path, absolute) = (text("filename"), text("absPath"));
                let line = frame.get("lineNo").and_then(Value::as_u64);
                if is_open
                    && frame.get("inApp") == Some(&Value::Bool(true))
                    && let Some(place) = self.place(&[&path, &absolute])
                    && let Some(url) = self.url(&place, line)
                {
                    frame.insert("sourceLink".to_owned(), Value::String(url));
                }
            }
            Value::Object(object) => {
                for key in ["values", "stacktrace", "frames"] {
                    if let Some(inner) = object.get_mut(key) {
                        self.link_frames(inner);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.link_frames(item)),
            _ => {}
        }
    }
}

fn map(mapping: &CodeMapping, path: &str) -> Option<Place> {
    if path.is_empty() {
        return None;
    }
    let rest = path.strip_prefix(&mapping.stack_root).or_else(|| {
        // People write roots as frames show them, with what bundlers put before.
        path.strip_prefix(&bare(&mapping.stack_root))
    })?;
    let path = format!(
        "{}{}",
        mapping.source_root,
        rest.trim_start_matches(|c| {
            c == '/' && (mapping.source_root.is_empty() || mapping.source_root.ends_with('/'))
        })
    );
    let path = path.trim_start_matches('/');
    // A path that leads out of the repository would lead to somebody else's page.
    let is_inside = !path.is_empty() && path.split('/').all(|part| part != ".." && part != ".");
    is_inside.then(|| Place {
        repository: mapping.repository,
        path: path.to_owned(),
        branch: mapping.branch.clone(),
    })
}

fn address(
    repository: &Repository,
    place: &Place,
    at: At<'_>,
    line: Option<u64>,
) -> Option<String> {
    let base = repository.url.as_deref()?;
    let mut url = url::Url::parse(base).ok()?;
    let provider = match repository.provider {
        Provider::Other => Provider::of_url(base),
        known => known,
    };
    let name = match at {
        At::Commit(name) | At::Branch(name) => name,
    };
    let before: &[&str] = match (provider, at) {
        (Provider::GitHub | Provider::Other, _) => &["blob"],
        (Provider::GitLab, _) => &["-", "blob"],
        (Provider::Gitea, At::Commit(_)) => &["src", "commit"],
        (Provider::Gitea, At::Branch(_)) => &["src", "branch"],
    };
    {
        let mut path = url.path_segments_mut().ok()?;
        path.pop_if_empty().extend(before);
        // Branches have slashes in their names, which stay.
        path.extend(name.split('/')).extend(place.path.split('/'));
    }
    url.set_query(None);
    let line = line.filter(|line| *line > 0).map(|line| format!("L{line}"));
    url.set_fragment(line.as_deref());
    Some(url.into())
}

/// Where the line of a frame is to be seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// The code mapping that was used.
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// The address; `null` when there is none.
    pub source_url: Option<String>,
    /// Why there is none: `no_code_mappings`, `stack_root_mismatch`, `repository_without_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// Always empty: repositories are told, not connected.
    #[schema(value_type = Vec<Object>)]
    pub integrations: Vec<Value>,
}

/// Where the lines of many frames are to be seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinksView {
    /// One for each file, in the same order.
    pub files: Vec<FileLink>,
}

/// Where a file is to be seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileLink {
    /// The file as it was asked for.
    pub file: String,
    /// The address, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

/// Where the line of a frame is to be seen: `file`, `absPath`, `lineNo`, and `commitId` or `release`.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/stacktrace-link/",
    tag = "repositories",
    params(("organization" = String, Path), ("project" = String, Path),
        ("file" = String, Query), ("absPath" = Option<String>, Query),
        ("lineNo" = Option<u64>, Query), ("commitId" = Option<String>, Query),
        ("release" = Option<String>, Query)),
    responses((status = 200, body = LinkView), (status = 400), (status = 404)))]
pub async fn link(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
) -> Result<Json<LinkView>, ApiError> {
    let answer = api.blocking(move |api| {
        let (access, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        let file = params.get("file").filter(|file| !file.is_empty());
        let file = file.ok_or_else(|| ApiError::Invalid("Filepath is required".into()))?;
        let owner = access.organization.id;
        let linker = Linker::of(&api.database, owner, project.id, params.get("release"))?;
        let (file, absolute) = (bare(file), bare(params.get("absPath").unwrap_or_default()));
        let found = linker.found(&[&file, &absolute], &params);
        let config = found.place.map(|place| {
            let repository = linker.repositories.get(&place.repository).map(repository::view);
            json!({
                "repoId": place.repository.to_string(),
                "repoName": repository.as_ref().map(|it| it.name.clone()),
                "provider": repository.map(|it| it.provider),
                "sourcePath": place.path,
                "defaultBranch": place.branch,
            })
        });
        let (source_url, error) = (found.url, found.error);
        Ok(LinkView { config, source_url, error, integrations: Vec::new() })
    });
    Ok(Json(answer.await?))
}

/// Where many files are to be seen: `file`, repeated; `ref` or `release`.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/stacktrace-links/",
    tag = "repositories",
    params(("organization" = String, Path), ("project" = String, Path),
        ("file" = Vec<String>, Query), ("ref" = Option<String>, Query),
        ("release" = Option<String>, Query)),
    responses((status = 200, body = LinksView), (status = 400), (status = 404)))]
pub async fn links(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
) -> Result<Json<LinksView>, ApiError> {
    let answer = api.blocking(move |api| {
        let (access, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        let owner = access.organization.id;
        let linker = Linker::of(&api.database, owner, project.id, params.get("release"))?;
        let files: Vec<&str> = params.all("file").collect();
        if files.len() > LINKS_MAX {
            return Err(ApiError::field("file", format!("At most {LINKS_MAX} at once.")));
        }
        let files = files.into_iter().map(|file| {
            let found = linker.found(&[&bare(file)], &params);
            FileLink { file: file.to_owned(), source_url: found.url, error: found.error }
        });
        Ok(LinksView { files: files.collect() })
    });
    Ok(Json(answer.await?))
}

/// What became of looking for a file.
struct Found {
    place: Option<Place>,
    url: Option<String>,
    error: Option<&'static str>,
}

impl Linker {
    fn found(&self, paths: &[&str], params: &Params) -> Found {
        if self.mappings.is_empty() {
            return Found { place: None, url: None, error: Some("no_code_mappings") };
        }
        let Some(place) = self.place(paths) else {
            return Found { place: None, url: None, error: Some("stack_root_mismatch") };
        };
        let line = params.number("lineNo").or_else(|| params.number("line"));
        let is_hash = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_hexdigit());
        let commit = params.get("commitId").or_else(|| params.get("ref")).filter(is_hash);
        let url = match (commit, self.repositories.get(&place.repository)) {
            (Some(commit), Some(repository)) => {
                address(repository, &place, At::Commit(commit), line)
            }
            _ => self.url(&place, line),
        };
        let error = url.is_none().then_some("repository_without_url");
        Found { place: Some(place), url, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::clock::Micros;

    fn linker(provider: Provider, stack_root: &str, source_root: &str) -> Linker {
        let repository = Repository {
            id: 1,
            organization: OrganizationId(1),
            name: "acme/casino".into(),
            provider,
            url: Some("https://code.example.com/acme/casino".into()),
            created: Micros(0),
            has_hook: false,
        };
        let mapping = CodeMapping {
            id: 1,
            project: ProjectId(1),
            repository: 1,
            stack_root: stack_root.into(),
            source_root: source_root.into(),
            branch: "release/1.2".into(),
            created: Micros(0),
        };
        let repositories = HashMap::from([(1, repository)]);
        Linker { mappings: vec![mapping], repositories, heads: HashMap::new() }
    }

    #[test]
    fn each_server_has_addresses_of_its_own() {
        for (provider, expected) in [
            (Provider::GitHub, "blob/release/1.2/src/app/a%20b.py#L7"),
            (Provider::GitLab, "-/blob/release/1.2/src/app/a%20b.py#L7"),
            (Provider::Gitea, "src/branch/release/1.2/src/app/a%20b.py#L7"),
            (Provider::Other, "blob/release/1.2/src/app/a%20b.py#L7"),
        ] {
            let linker = linker(provider, "app/", "src/app/");
            let place = linker.place(&["app/a b.py"]).unwrap();
            let url = linker.url(&place, Some(7)).unwrap();
            assert_eq!(url, format!("https://code.example.com/acme/casino/{expected}"));
        }
        let mut linker = linker(Provider::Gitea, "app/", "src/app/");
        linker.heads.insert(1, "beef".into());
        let place = linker.place(&["app/a.py"]).unwrap();
        let url = linker.url(&place, None).unwrap();
        assert!(url.ends_with("/src/commit/beef/src/app/a.py"), "{url}");
    }

    #[test]
    fn roots_are_replaced_and_lead_nowhere_else() {
        for (stack_root, source_root, path, expected) in [
            ("app/", "src/app/", "app/a.py", Some("src/app/a.py")),
            ("", "", "app/a.py", Some("app/a.py")),
            ("", "services/bets", "/a.py", Some("services/bets/a.py")),
            ("/srv/app", "", "/srv/app/a.py", Some("a.py")),
            ("webpack:///./src/", "web/src/", "src/a.ts", Some("web/src/a.ts")),
            ("lib/", "src/", "app/a.py", None),
            ("", "", "a/../../../../evil/repo/blob/main/x", None),
            ("", "", "", None),
        ] {
            let place = linker(Provider::GitHub, stack_root, source_root).place(&[path]);
            assert_eq!(place.map(|place| place.path).as_deref(), expected, "{stack_root} {path}");
        }
    }

    #[test]
    fn frames_of_the_app_get_links() {
        let linker = linker(Provider::GitLab, "app/", "src/");
        let frame = |in_app: bool| {
            json!({"filename": "app/a.py", "absPath": "/srv/app/a.py", "inApp": in_app, "lineNo": 3,
                "sourceLink": null})
        };
        let mut data =
            json!({"values": [{"stacktrace": {"frames": [frame(true), frame(false)]}}, null]});
        linker.link_frames(&mut data);
        let link =
            |place: usize| data["values"][0]["stacktrace"]["frames"][place]["sourceLink"].clone();
        assert!(link(0).as_str().unwrap().ends_with("/-/blob/release/1.2/src/a.py#L3"));
        assert_eq!(link(1), Value::Null);
    }
}
