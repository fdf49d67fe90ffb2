//! Stacks that become readable when they are shown, and why frames are readable or not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::Json;
use axum::extract::{Path, State};
use model::event::Event;
use model::id::ProjectId;
use model::json::Value;
use serde::Serialize;
use utoipa::ToSchema;

use super::named;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// Makes the stacks of a stored event readable that came before their files. What goes wrong leaves the
/// event as it is stored. One of many is not waited for. Blocks.
pub(super) fn stacks(api: &Api, project: ProjectId, payload: &mut Vec<u8>, is_of_many: bool) {
    let mut scratch = payload.clone();
    let Ok(Value::Object(root)) = wire::json::parse(&mut scratch) else { return };
    let mut event = Event::from_object(root);
    let changed = catch_unwind(AssertUnwindSafe(|| {
        api.stacks.make_readable(project, &mut event, is_of_many)
    }));
    match changed {
        Ok(true) => {
            payload.clear();
            event.write(payload);
        }
        Ok(false) => {}
        Err(_) => {
            tracing::error!(%project, "making a stack readable panicked; it is shown as stored");
        }
    }
}

/// What is known about the stacks of an event.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Sentry's")]
pub struct Explained {
    /// The event's release.
    pub release: Option<String>,
    /// The event's distribution.
    pub dist: Option<String>,
    /// The project has bundles of scripts, or files of releases.
    pub project_has_some_artifact_bundle: bool,
    /// The release and distribution have.
    pub release_has_some_artifact: bool,
    /// The newest bundles have files with debug ids.
    pub has_uploaded_some_artifact_with_a_debug_id: bool,
    /// The event names debug ids of its scripts.
    pub has_debug_ids: bool,
    /// What the SDK does about debug ids: `full` when it sends them, `not-supported` when it does not.
    pub sdk_debug_id_support: &'static str,
    /// The version of the SDK.
    pub sdk_version: Option<String>,
    /// Not known here.
    pub min_debug_id_sdk_version: Option<String>,
    /// Scripts are never fetched from where they are served.
    pub has_scraping_data: bool,
    /// Frames of scripts of each exception.
    pub exceptions: Vec<ExplainedStack>,
    /// Those of each thread.
    pub threads: Vec<ExplainedStack>,
    /// Those of a stack that belongs to neither.
    pub stacktrace: ExplainedStack,
    /// What is wrong with frames of native programs and of Java.
    pub native_problems: Vec<ExplainedProblem>,
}

/// Frames of scripts in one stack.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ExplainedStack {
    /// The outermost first; others are left out.
    pub frames: Vec<ExplainedFrame>,
}

/// Why a frame is readable, or why it is not.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainedFrame {
    /// Its place in the stack, the outermost being 0.
    pub number: usize,
    /// The function as it came.
    pub function: Option<String>,
    /// The script.
    pub abs_path: String,
    /// The line as it came.
    pub lineno: u64,
    /// The column as it came; 0 when there is none.
    pub colno: u64,
    /// What was looked for, in order.
    pub steps: Vec<ExplainedStep>,
    /// `function file:line:column`, when the frame is readable.
    pub readable: Option<String>,
    /// What is wrong.
    pub problem: Option<ExplainedProblem>,
    /// What to do about it.
    pub advice: Option<&'static str>,
    /// The way by debug id.
    pub debug_id_process: DebugIdProcess,
    /// The way by release, distribution and address.
    pub release_process: ReleaseProcess,
    /// The way by fetching, which is never gone.
    pub scraping_process: ScrapingProcess,
}

/// What there is with the debug id of a script.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct DebugIdProcess {
    pub debug_id: Option<String>,
    pub uploaded_source_file_with_correct_debug_id: bool,
    pub uploaded_source_map_with_correct_debug_id: bool,
}

/// What there is at the address of a script.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ReleaseProcess {
    pub abs_path: String,
    /// The names under which it would be found.
    pub matching_source_file_names: Vec<String>,
    pub matching_source_map_name: Option<String>,
    pub source_map_reference: Option<String>,
    /// `found`, `wrong-dist` or `unsuccessful`.
    pub source_file_lookup_result: &'static str,
    /// As for the source file.
    pub source_map_lookup_result: &'static str,
}

/// Nothing is fetched.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ScrapingProcess {
    #[schema(value_type = Option<Object>)]
    pub source_file: Option<()>,
    #[schema(value_type = Option<Object>)]
    pub source_map: Option<()>,
}

/// Something that was looked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainedStep {
    /// What, and by what.
    pub tried: String,
    /// Where it is; `null` when it is not there.
    pub found: Option<String>,
}

/// What is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainedProblem {
    /// As in an event's `errors`.
    pub r#type: &'static str,
    /// A sentence.
    pub message: String,
}

/// Why the frames of an event are readable, or why they are not.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/events/{event}/source-map-debug/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Explained), (status = 404)))]
pub async fn explain(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Json<Explained>, ApiError> {
    let (project, event) = named(&api, caller, organization, project, &event).await?;
    let mut found = api.ask.event(project.id, event).await?.ok_or(ApiError::NotFound)?;
    let explained = api.blocking(move |api| {
        let parsed = wire::json::parse(&mut found.payload).map_err(ApiError::internal)?;
        let Value::Object(root) = parsed else { return Err(ApiError::NotFound) };
        Ok(api.stacks.explain(project.id, &Event::from_object(root)))
    });
    explained.await.map(Json)
}
