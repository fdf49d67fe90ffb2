//! Code mappings: where in a repository the files of a project's stack traces lie.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::limits::CODE_MAPPINGS_MAX;
use meta::{CodeMapping, MappedAs, NewCodeMapping, Project, Scope};
use model::id::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::organization::Named;
use crate::params::Params;
use crate::repository::{self, Repositories, enter_to_change};
use crate::state::Api;

/// What stands for the branch where nothing is said. Source: Sentry.
const DEFAULT_BRANCH: &str = "main";

/// A code mapping.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct CodeMappingView {
    pub id: String,
    pub project_id: String,
    pub project_slug: String,
    pub repo_id: String,
    pub repo_name: String,
    pub integration_id: Option<String>,
    pub provider: Option<Named>,
    pub stack_root: String,
    pub source_root: String,
    pub source_url: Option<String>,
    pub default_branch: String,
    pub automatically_generated: bool,
}

/// What became of many code mappings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkView {
    /// How many are new.
    pub created: usize,
    /// How many were there and are as told now.
    pub updated: usize,
    /// How many could not be made; all or none can.
    pub errors: usize,
    /// Each of them.
    pub mappings: Vec<BulkMapping>,
}

/// What became of one code mapping.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct BulkMapping {
    pub stack_root: String,
    pub source_root: String,
    /// created or updated.
    pub status: &'static str,
}

fn view(
    api: &Api,
    repositories: &mut Repositories,
    mapping: &CodeMapping,
) -> Result<CodeMappingView, ApiError> {
    let project = api.database.project(mapping.project)?;
    let repository = repositories.get(&api.database, mapping.repository)?;
    let provider = repository.as_ref().map(|repository| repository.provider.clone());
    let (repo_name, source_url) =
        repository.map(|repository| (repository.name, repository.url)).unzip();
    Ok(CodeMappingView {
        id: mapping.id.to_string(),
        project_id: mapping.project.to_string(),
        project_slug: project.map(|project| project.slug).unwrap_or_default(),
        repo_id: mapping.repository.to_string(),
        repo_name: repo_name.unwrap_or_default(),
        integration_id: None,
        provider,
        stack_root: mapping.stack_root.clone(),
        source_root: mapping.source_root.clone(),
        source_url: source_url.flatten(),
        default_branch: mapping.branch.clone(),
        automatically_generated: false,
    })
}

/// The code mappings of an organisation's projects.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/code-mappings/",
    tag = "repositories", params(("organization" = String, Path),
        ("project" = Option<Vec<String>>, Query), ("cursor" = Option<String>, Query),
        ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CodeMappingView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CodeMappingView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::ProjectRead)?;
            let projects = params.projects(api, &access)?;
            let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
            let found = api.database.code_mappings(&ids, page.into())?;
            let mut known = Repositories::default();
            let views = found.rows.iter().map(|mapping| view(api, &mut known, mapping));
            Ok((views.collect::<Result<Vec<_>, _>>()?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Makes a code mapping: `projectId`, `repositoryId`, `stackRoot`, `sourceRoot`, `defaultBranch`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/code-mappings/",
    tag = "repositories", params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = CodeMappingView), (status = 400), (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<CodeMappingView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let new = read(api, &access, &body, None)?;
        let mapping = api.database.create_code_mapping(&new)?;
        view(api, &mut Repositories::default(), &mapping)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Changes a code mapping.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/code-mappings/{mapping}/",
    tag = "repositories", params(("organization" = String, Path), ("mapping" = u64, Path)),
    request_body = Object,
    responses((status = 200, body = CodeMappingView), (status = 404), (status = 409)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, mapping)): Path<(String, u64)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<CodeMappingView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let before = find(api, &access, mapping)?;
        let change = read(api, &access, &body, Some(&before))?;
        api.database.change_code_mapping(mapping, &change)?;
        let after = api.database.code_mapping(mapping)?.ok_or(ApiError::NotFound)?;
        view(api, &mut Repositories::default(), &after)
    });
    Ok(Json(shown.await?))
}

/// Forgets a code mapping.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/code-mappings/{mapping}/",
    tag = "repositories", params(("organization" = String, Path), ("mapping" = u64, Path)),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, mapping)): Path<(String, u64)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        find(api, &access, mapping)?;
        Ok(api.database.delete_code_mapping(mapping)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes many code mappings of a project at once, or changes those with the same roots: all, or none.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/code-mappings/bulk/",
    tag = "repositories", params(("organization" = String, Path)), request_body = Object,
    responses((status = 200, body = BulkView), (status = 400)))]
pub async fn bulk(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<BulkView>, ApiError> {
    let done = api.blocking(move |api| {
        let scopes =
            [Scope::OrgIntegrations, Scope::ProjectWrite, Scope::ProjectReleases, Scope::OrgCi];
        let access = caller.enter_with_any(&api.database, &organization, &scopes)?;
        let name = text(&body, ["repository", "repo"])
            .ok_or_else(|| ApiError::field("repository", "This field is required."))?;
        let new = read_bulk(api, &access, &body)?;
        let told = api.database.tell_code_mappings(access.organization.id, &name, &new)?;
        let is_new = |as_what: &&MappedAs| **as_what == MappedAs::Created;
        let created = told.iter().filter(is_new).count();
        let mappings = new.into_iter().zip(&told).map(|(new, as_what)| BulkMapping {
            stack_root: new.stack_root,
            source_root: new.source_root,
            status: if *as_what == MappedAs::Created { "created" } else { "updated" },
        });
        let mappings = mappings.collect();
        Ok(BulkView { created, updated: told.len() - created, errors: 0, mappings })
    });
    Ok(Json(done.await?))
}

/// The code mapping of that id, if it is one of the organisation's. Blocks.
fn find(api: &Api, access: &Access, id: u64) -> Result<CodeMapping, ApiError> {
    let found = api.database.code_mapping(id)?.ok_or(ApiError::NotFound)?;
    access.project(&api.database, &found.project.to_string())?;
    Ok(found)
}

/// A text of a body by either spelling of its name; numbers are ids.
fn text(body: &Map<String, Value>, keys: [&str; 2]) -> Option<String> {
    keys.iter().find_map(|key| match body.get(*key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn read(
    api: &Api,
    access: &Access,
    body: &Map<String, Value>,
    before: Option<&CodeMapping>,
) -> Result<NewCodeMapping, ApiError> {
    let required = |field: &str| ApiError::field(field, "This field is required.");
    let project = text(body, ["projectId", "project_id"]).or_else(|| text(body, ["project", ""]));
    let project = match (project, before) {
        (Some(name), None) => project_of(api, access, &name)?.id,
        (_, Some(before)) => before.project,
        (None, None) => return Err(required("projectId")),
    };
    let repository = match (text(body, ["repositoryId", "repository_id"]), before) {
        (Some(name), _) => match repository::find(api, access, &name) {
            Ok(repository) => repository.id,
            Err(ApiError::NotFound) => {
                return Err(ApiError::field("repositoryId", "Repository does not exist"));
            }
            Err(other) => return Err(other),
        },
        (None, Some(before)) => before.repository,
        (None, None) => return Err(required("repositoryId")),
    };
    let stack = text(body, ["stackRoot", "stack_root"]);
    let source = text(body, ["sourceRoot", "source_root"]);
    let branch = text(body, ["defaultBranch", "default_branch"]).filter(|name| !name.is_empty());
    let or = |told: Option<String>, before: Option<&String>| told.or_else(|| before.cloned());
    Ok(NewCodeMapping {
        project,
        repository,
        stack_root: or(stack, before.map(|it| &it.stack_root)).unwrap_or_default(),
        source_root: or(source, before.map(|it| &it.source_root)).unwrap_or_default(),
        branch: or(branch, before.map(|it| &it.branch))
            .unwrap_or_else(|| DEFAULT_BRANCH.to_owned()),
    })
}

fn project_of(api: &Api, access: &Access, name: &str) -> Result<Project, ApiError> {
    access.project(&api.database, name).map_err(|problem| match problem {
        ApiError::NotFound => ApiError::field("project", "Project does not exist"),
        other => other,
    })
}

fn read_bulk(
    api: &Api,
    access: &Access,
    body: &Map<String, Value>,
) -> Result<Vec<NewCodeMapping>, ApiError> {
    let wrong = |sentence: &str| ApiError::field("mappings", sentence);
    let name = text(body, ["project", "projectSlug"])
        .ok_or_else(|| ApiError::field("project", "This field is required."))?;
    let project = project_of(api, access, &name)?.id;
    let branch = text(body, ["defaultBranch", "default_branch"]).filter(|name| !name.is_empty());
    let branch = branch.unwrap_or_else(|| DEFAULT_BRANCH.to_owned());
    let told = body.get("mappings").and_then(Value::as_array);
    let told = told.filter(|told| !told.is_empty()).ok_or_else(|| wrong("Expected a list."))?;
    if told.len() > CODE_MAPPINGS_MAX {
        return Err(wrong(&format!("At most {CODE_MAPPINGS_MAX} at once.")));
    }
    let mapping = |told: &Value| {
        let told = told.as_object().ok_or_else(|| wrong("Expected a list of objects."))?;
        let root = |keys| text(told, keys).ok_or_else(|| wrong("Each needs both roots."));
        Ok(NewCodeMapping {
            project,
            // Found by its name when they are written.
            repository: 0,
            stack_root: root(["stackRoot", "stack_root"])?,
            source_root: root(["sourceRoot", "source_root"])?,
            branch: branch.clone(),
        })
    };
    told.iter().map(mapping).collect()
}
