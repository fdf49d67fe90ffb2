//! Webhooks of repositories: GitHub, GitLab and Gitea tell of pushes and merge requests.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{FileChange, FileChangeKind, NewCommit, PullRequest, Secret, signature};
use model::clock::Micros;
use model::limits::COMMITS_BODY_BYTES_MAX;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{enter_to_change, find};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// What to tell GitHub, GitLab or Gitea.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookView {
    /// Where to send to, with JSON as content type. It is a secret, too.
    pub url: String,
    /// What to sign with: the secret of GitHub and Gitea, the secret token of GitLab.
    pub secret: String,
    /// What to tell of.
    pub events: [&'static str; 2],
}

/// Something a webhook tells.
#[derive(Debug, PartialEq)]
enum Told {
    /// Commits that came onto a branch, oldest first.
    Push { branch: String, commits: Vec<NewCommit> },
    /// What became of a merge request.
    Request(Box<PullRequest>),
    /// Anything else.
    Nothing,
}

/// Makes a webhook for a repository. Its address and secret are answered this once and never again; one
/// that the repository had is useless from then on.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/repos/{repository}/webhook/",
    tag = "repositories",
    params(("organization" = String, Path), ("repository" = String, Path, description = "id or name")),
    responses((status = 201, body = HookView), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, repository)): Path<(String, String)>,
) -> Result<(StatusCode, Json<HookView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let hook = api.database.create_hook(find(api, &access, &repository)?.id)?;
        Ok(HookView {
            url: format!("{}/api/0/hooks/{}/", api.public_url, hook.address.expose()),
            secret: hook.secret.expose().to_owned(),
            events: ["push", "merge request"],
        })
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Makes the webhook of a repository useless.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/repos/{repository}/webhook/",
    tag = "repositories",
    params(("organization" = String, Path), ("repository" = String, Path, description = "id or name")),
    responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, repository)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        Ok(api.database.delete_hook(find(api, &access, &repository)?.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes in what GitHub, GitLab or Gitea tell of a repository. Proven by `X-Hub-Signature-256`,
/// `X-Gitea-Signature` or `X-Gitlab-Token`.
#[utoipa::path(post, path = "/api/0/hooks/{address}/", tag = "repositories",
    params(("address" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 401), (status = 404)))]
pub async fn receive(
    State(api): State<Api>,
    Path(address): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    // Before the body is read: nobody but those we know may make us hold so much.
    let found = api.meta(move |database| database.hook(&address)).await?;
    let (repository, secret) = found.ok_or(ApiError::NotFound)?;
    let too_large = || ApiError::Invalid("The body is too large, or was not sent whole.".into());
    let Ok(body) = to_bytes(body, COMMITS_BODY_BYTES_MAX).await else { return Err(too_large()) };
    if !is_proven(&headers, &secret, &body) {
        return Err(ApiError::Unknown(
            "The signature or token of the webhook is missing or wrong.",
        ));
    }
    let body: Value = serde_json::from_slice(&body)
        .map_err(|cause| ApiError::Invalid(format!("The body is not JSON: {cause}")))?;
    let told = read(&headers, &body)?;
    let answer = match &told {
        Told::Push { commits, .. } => json!({"commits": commits.len()}),
        Told::Request(request) => json!({"request": request.number}),
        Told::Nothing => json!({"ignored": true}),
    };
    api.meta(move |database| match told {
        Told::Push { branch, commits } => database.push(repository.id, &branch, &commits),
        Told::Request(request) => database.tell_pull_request(repository.id, &request),
        Told::Nothing => Ok(()),
    })
    .await?;
    Ok(Json(answer))
}

/// Source: GitHub's, Gitea's and GitLab's pages on webhooks.
fn is_proven(headers: &HeaderMap, secret: &Secret, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secret = secret.expose();
    if let Some(token) = text("x-gitlab-token") {
        return signature::is_same(token.as_bytes(), secret.as_bytes());
    }
    let hub = text("x-hub-signature-256").and_then(|value| value.strip_prefix("sha256="));
    let Some(given) = hub.or_else(|| text("x-gitea-signature")) else { return false };
    let expected = signature::hex_hmac(secret.as_bytes(), &[body]);
    signature::is_same(given.as_bytes(), expected.as_bytes())
}

fn read(headers: &HeaderMap, body: &Value) -> Result<Told, ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let event = text("x-github-event").or_else(|| text("x-gitea-event"));
    match event.or_else(|| text("x-gitlab-event")).unwrap_or_default() {
        "push" | "Push Hook" => push(body),
        "pull_request" => github_request(body),
        "Merge Request Hook" => gitlab_request(body),
        _ => Ok(Told::Nothing),
    }
}

fn words(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// `2026-11-21T10:00:00Z` or, as GitLab also writes it, `2026-11-21 10:00:00 UTC`.
fn moment(value: &Value, pointer: &str) -> Option<Micros> {
    let text = words(value, pointer);
    let text = text.strip_suffix(" UTC").unwrap_or(&text);
    lang::search::parse_moment(text).map(lang::search::Moment::start)
}

fn push(body: &Value) -> Result<Told, ApiError> {
    let reference = words(body, "/ref");
    // Tags, and branches that were deleted, bring no commits.
    let Some(branch) = reference.strip_prefix("refs/heads/") else { return Ok(Told::Nothing) };
    let commits = body.get("commits").and_then(Value::as_array);
    let commits = commits.ok_or_else(|| ApiError::field("commits", "Expected a list."))?;
    let commits = commits.iter().map(|told| {
        let files = [
            ("added", FileChangeKind::Added),
            ("modified", FileChangeKind::Modified),
            ("removed", FileChangeKind::Deleted),
        ];
        let files = files.into_iter().flat_map(|(key, kind)| {
            let paths = told.get(key).and_then(Value::as_array).into_iter().flatten();
            paths
                .filter_map(Value::as_str)
                .map(move |path| FileChange { path: path.to_owned(), kind })
        });
        NewCommit {
            hash: words(told, "/id"),
            author_name: words(told, "/author/name"),
            author_email: words(told, "/author/email"),
            message: words(told, "/message"),
            committed: moment(told, "/timestamp"),
            files: files.collect(),
        }
    });
    Ok(Told::Push { branch: branch.to_owned(), commits: commits.collect() })
}

fn github_request(body: &Value) -> Result<Told, ApiError> {
    let number = body.get("number").and_then(Value::as_u64);
    let number = number.ok_or_else(|| ApiError::field("number", "Expected a number."))?;
    let request = body.get("pull_request").unwrap_or(&Value::Null);
    let merged = moment(request, "/merged_at");
    let hash = words(request, "/merge_commit_sha");
    Ok(Told::Request(Box::new(PullRequest {
        number,
        title: words(request, "/title"),
        message: words(request, "/body"),
        url: words(request, "/html_url"),
        author_name: words(request, "/user/login"),
        author_email: words(request, "/user/email"),
        created: moment(request, "/created_at").unwrap_or(Micros(0)),
        merged,
        closed: words(request, "/state") == "closed",
        // Before it is merged, this is only what it would be tried with.
        merge_hash: Some(hash).filter(|hash| merged.is_some() && !hash.is_empty()),
    })))
}

fn gitlab_request(body: &Value) -> Result<Told, ApiError> {
    let request = body.get("object_attributes").unwrap_or(&Value::Null);
    let number = request.get("iid").and_then(Value::as_u64);
    let number = number.ok_or_else(|| ApiError::field("iid", "Expected a number."))?;
    let state = words(request, "/state");
    let is_merged = state == "merged";
    let merged = moment(request, "/merged_at").or_else(|| moment(request, "/updated_at"));
    // A merge that only moves the branch on makes no commit of its own.
    let hashes = ["/merge_commit_sha", "/squash_commit_sha", "/last_commit/id"];
    let hash = hashes.into_iter().map(|place| words(request, place)).find(|hash| !hash.is_empty());
    Ok(Told::Request(Box::new(PullRequest {
        number,
        title: words(request, "/title"),
        message: words(request, "/description"),
        url: words(request, "/url"),
        author_name: words(body, "/user/name"),
        author_email: words(body, "/user/email"),
        created: moment(request, "/created_at").unwrap_or(Micros(0)),
        merged: merged.filter(|_| is_merged),
        closed: is_merged || state == "closed",
        merge_hash: hash.filter(|_| is_merged),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn only_what_is_signed_with_the_secret_counts() {
        let secret = Secret::new("s3cret");
        let signature = "sha256=40ed1b9ae4ccb6bc9d1d8ab1f6ca02f1ffbeddd8ce4c8e2a4ec8c04ebb4f9e7c";
        let mine = signature::hex_hmac(b"s3cret", &[b"{}"]);
        for (name, value, expected) in [
            ("x-hub-signature-256", format!("sha256={mine}"), true),
            ("x-gitea-signature", mine.clone(), true),
            ("x-gitlab-token", "s3cret".to_owned(), true),
            ("x-hub-signature-256", signature.to_owned(), false),
            ("x-hub-signature-256", mine.clone(), false),
            ("x-hub-signature-256", "sha256=".to_owned(), false),
            ("x-hub-signature", format!("sha1={mine}"), false),
            ("x-gitlab-token", "s3cre".to_owned(), false),
            ("x-gitlab-token", String::new(), false),
        ] {
            assert_eq!(
                is_proven(&headers(name, &value), &secret, b"{}"),
                expected,
                "{name} {value}"
            );
        }
        assert!(!is_proven(&HeaderMap::new(), &secret, b"{}"));
    }

    #[test]
    fn pushes_and_requests_are_read() {
        let body = json!({"ref": "refs/heads/main", "commits": [{
            "id": "aa1", "message": "x", "timestamp": "2026-11-21T10:00:00+01:00",
            "author": {"name": "Ann", "email": "a@b.c"}, "added": ["a"], "modified": ["b"], "removed": [7]}]});
        let Told::Push { branch, commits } =
            read(&headers("x-github-event", "push"), &body).unwrap()
        else {
            panic!("not a push")
        };
        assert_eq!((branch.as_str(), commits[0].files.len()), ("main", 2));
        assert_eq!(commits[0].committed, Some(Micros(1_795_251_600_000_000)));
        let tag = json!({"ref": "refs/tags/v1", "commits": []});
        assert_eq!(read(&headers("x-gitlab-event", "Push Hook"), &tag).unwrap(), Told::Nothing);
        assert_eq!(read(&headers("x-github-event", "ping"), &tag).unwrap(), Told::Nothing);
        assert!(read(&headers("x-github-event", "push"), &json!({"ref": "refs/heads/x"})).is_err());
        assert!(read(&headers("x-github-event", "pull_request"), &json!([])).is_err());

        let body = json!({"user": {"name": "Ann"}, "object_attributes": {"iid": 7, "title": "t",
            "state": "merged", "updated_at": "2026-11-21 10:00:00 UTC", "merge_commit_sha": null,
            "last_commit": {"id": "aa9"}}});
        let told = read(&headers("x-gitlab-event", "Merge Request Hook"), &body).unwrap();
        let Told::Request(request) = told else { panic!("not a request") };
        assert_eq!((request.number, request.merge_hash.as_deref()), (7, Some("aa9")));
        assert_eq!(request.merged, Some(Micros(1_795_255_200_000_000)));
    }
}
