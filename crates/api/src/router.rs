//! All routes, and their description.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::limits::{ALERTS_BODY_BYTES_MAX, API_BODY_BYTES_MAX, COMMITS_BODY_BYTES_MAX};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::state::Api;
use crate::{
    account, audit, code_link, code_mapping, detectors, dispatch, endpoints, filters, flag, health,
    issue, key, live, member, metric_alert, monitor, org_token, organization, profile, project,
    release, release_compare, repository, rule, session, span_compare, stats, suspect, team, trace,
    uptime,
};

/// The head of the description.
#[derive(OpenApi)]
#[openapi(info(
    title = "Pitwatch",
    description = "The management API: Sentry's under /api/0/, and what Pitwatch's own pages use beside it.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Head;

/// The routes of the API, ready to serve.
pub fn routes(api: Api) -> Router {
    let (router, _) = described().split_for_parts();
    let router = router.route("/live", get(live::listen)).with_state(api);
    Router::new()
        .merge(router)
        .route("/api/0/{*rest}", axum::routing::any(nothing_there))
        .route("/api/ui/{*rest}", axum::routing::any(nothing_there))
        .layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
        .layer(middleware::from_fn(private))
}

/// The description of the API as OpenAPI JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    described().split_for_parts().1.to_pretty_json()
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Head::openapi())
        .merge(accounts())
        .merge(organizations())
        .merge(projects())
        .merge(issues())
        .merge(one_issue())
        .merge(events())
        .merge(questions())
        .merge(traces())
        .merge(profiles())
        .merge(releases())
        .merge(flags())
        .merge(uploads())
        .merge(repositories())
        .merge(rules())
        .merge(metric_alerts())
        .merge(alerts())
        .merge(monitors())
        .merge(uptimes())
}

/// Who is told of alerts.
fn alerts() -> OpenApiRouter<Api> {
    use dispatch::{
        alert, alertmanager, around, channel, delivery, history, hook, incident, order, routing,
        silence,
    };
    // Hundreds of alerts come at once, and whoever sends them drops what is refused.
    let long = DefaultBodyLimit::max(ALERTS_BODY_BYTES_MAX);
    OpenApiRouter::new()
        .routes(routes!(channel::kinds))
        .routes(routes!(channel::list, channel::create))
        .routes(routes!(channel::detail, channel::change, channel::delete))
        .routes(routes!(channel::test))
        .routes(routes!(delivery::notifications))
        .routes(routes!(delivery::list))
        .routes(routes!(delivery::detail))
        .routes(routes!(delivery::retry))
        .routes(routes!(alert::list))
        .routes(routes!(alert::detail))
        .routes(routes!(alert::explain))
        .routes(routes!(alert::acknowledge))
        .routes(routes!(history::list))
        .routes(routes!(history::noise))
        .routes(routes!(silence::list, silence::create))
        .routes(routes!(silence::detail, silence::change, silence::expire))
        .routes(routes!(order::maintenance::list, order::maintenance::create))
        .routes(routes!(
            order::maintenance::detail,
            order::maintenance::change,
            order::maintenance::delete
        ))
        .routes(routes!(order::rotation::list, order::rotation::create))
        .routes(routes!(order::rotation::detail, order::rotation::change, order::rotation::delete))
        .routes(routes!(order::stand_in))
        .routes(routes!(order::escalation::list, order::escalation::create))
        .routes(routes!(
            order::escalation::detail,
            order::escalation::change,
            order::escalation::delete
        ))
        .routes(routes!(routing::detail, routing::change))
        .routes(routes!(audit::list))
        .routes(routes!(incident::list))
        .routes(routes!(incident::detail, incident::change))
        .routes(routes!(incident::acknowledge))
        .routes(routes!(incident::note))
        .routes(routes!(around::around))
        .routes(routes!(incident::link))
        .routes(routes!(incident::measures))
        .routes(routes!(hook::slack))
        .routes(routes!(hook::jira))
        .routes(routes!(alertmanager::hook).layer(long))
        .routes(routes!(alertmanager::status))
        .routes(routes!(alertmanager::receivers))
        .routes(routes!(alertmanager::alerts, alertmanager::post_alerts).layer(long))
        .routes(routes!(alertmanager::groups))
        .routes(routes!(alertmanager::silences, alertmanager::post_silence))
        .routes(routes!(alertmanager::silence, alertmanager::expire))
}

fn accounts() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(session::accept))
        .routes(routes!(account::bootstrap))
        .routes(routes!(account::change))
        .routes(routes!(account::tokens, account::create_token))
        .routes(routes!(account::delete_token))
        .routes(routes!(account::search_keys))
        .routes(routes!(account::health))
        .routes(routes!(account::whoami))
        .routes(routes!(org_token::list, org_token::create))
        .routes(routes!(org_token::detail, org_token::rename, org_token::delete))
}

fn organizations() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(organization::root))
        .routes(routes!(organization::list))
        .routes(routes!(organization::detail, organization::change))
        .routes(routes!(member::list, member::invite))
        .routes(routes!(member::detail, member::change, member::remove))
        .routes(routes!(team::list, team::create))
        .routes(routes!(team::detail, team::delete))
        .routes(routes!(team::projects, team::create_project))
}

fn projects() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(project::list_all))
        .routes(routes!(project::list, project::create))
        .routes(routes!(project::organization_environments))
        .routes(routes!(project::detail, project::change, project::delete))
        .routes(routes!(project::environments))
        .routes(routes!(project::sampling::detail, project::sampling::change))
        .routes(routes!(project::sampling::preview))
        .routes(routes!(key::list, key::create))
        .routes(routes!(key::detail, key::change, key::delete))
        .routes(routes!(detectors::configured, detectors::configure, detectors::unconfigure))
        .routes(routes!(detectors::detectors))
}

fn issues() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(issue::list::list, issue::change::bulk, issue::change::bulk_delete))
        .routes(routes!(issue::list::list_of_project, issue::change::bulk_of_project))
}

/// Everything about one issue, with and without its organisation in the path.
fn one_issue() -> OpenApiRouter<Api> {
    use issue::{activity, change, detail, events, tags};
    OpenApiRouter::new()
        .routes(routes!(detail::detail, change::one, detail::delete))
        .routes(routes!(detail::detail_bare, change::one_bare, detail::delete_bare))
        .routes(routes!(detail::hashes, detail::unmerge))
        .routes(routes!(detail::hashes_bare, detail::unmerge_bare))
        .routes(routes!(events::list))
        .routes(routes!(events::list_bare))
        .routes(routes!(events::one))
        .routes(routes!(events::one_bare))
        .routes(routes!(tags::list))
        .routes(routes!(tags::list_bare))
        .routes(routes!(tags::one))
        .routes(routes!(tags::one_bare))
        .routes(routes!(tags::values))
        .routes(routes!(tags::values_bare))
        .routes(routes!(activity::activities))
        .routes(routes!(activity::activities_bare))
        .routes(routes!(activity::comments, activity::comment))
        .routes(routes!(activity::comments_bare, activity::comment_bare))
        .routes(routes!(activity::edit_comment, activity::delete_comment))
        .routes(routes!(activity::edit_comment_bare, activity::delete_comment_bare))
}

fn events() -> OpenApiRouter<Api> {
    use crate::events::{self, attachments};
    OpenApiRouter::new()
        .routes(routes!(events::list))
        .routes(routes!(events::detail))
        .routes(routes!(events::payload))
        .routes(routes!(events::grouping_info))
        .routes(routes!(events::readable::explain))
        .routes(routes!(events::by_id))
        .routes(routes!(events::by_short_id))
        .routes(routes!(attachments::list))
        .routes(routes!(attachments::one, attachments::delete))
}

fn monitors() -> OpenApiRouter<Api> {
    use monitor::{check_ins, of_project, stats};
    OpenApiRouter::new()
        .routes(routes!(monitor::list, monitor::create))
        .routes(routes!(monitor::detail, monitor::change, monitor::delete))
        .routes(routes!(monitor::change_environment, monitor::delete_environment))
        .routes(routes!(check_ins::list))
        .routes(routes!(check_ins::problems))
        .routes(routes!(check_ins::all_problems))
        .routes(routes!(stats::of_one))
        .routes(routes!(stats::of_many))
        .routes(routes!(stats::preview))
        .routes(routes!(of_project::detail, of_project::change, of_project::delete))
        .routes(routes!(of_project::change_environment, of_project::delete_environment))
        .routes(routes!(of_project::check_ins))
        .routes(routes!(of_project::counts))
        .routes(routes!(of_project::problems))
}

fn uptimes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(uptime::list))
        .routes(routes!(uptime::list_of_project, uptime::create))
        .routes(routes!(uptime::detail, uptime::change, uptime::delete))
        .routes(routes!(uptime::checks))
        .routes(routes!(uptime::stats))
}

fn questions() -> OpenApiRouter<Api> {
    use crate::discover::{self, keys, series, validate};
    OpenApiRouter::new()
        .routes(routes!(discover::table))
        .routes(routes!(series::stats))
        .routes(routes!(series::time_series))
        .routes(routes!(validate::validate))
        .routes(routes!(keys::tags))
        .routes(routes!(keys::values))
        .routes(routes!(keys::attributes))
        .routes(routes!(keys::attribute_values))
        .routes(routes!(stats::stats_v2))
        .routes(routes!(stats::of_project))
        .routes(routes!(filters::list))
        .routes(routes!(filters::change))
}

fn traces() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(trace::trace))
        .routes(routes!(trace::meta))
        .routes(routes!(trace::item))
        .routes(routes!(trace::legacy::transactions))
        .routes(routes!(span_compare::compare))
        .routes(routes!(endpoints::list))
}

fn profiles() -> OpenApiRouter<Api> {
    use profile::{chart, diff, functions, sample_format, tree};
    OpenApiRouter::new()
        .routes(routes!(profile::list))
        .routes(routes!(profile::choices))
        .routes(routes!(tree::tree))
        .routes(routes!(tree::flamegraph))
        .routes(routes!(functions::functions))
        .routes(routes!(functions::changes))
        .routes(routes!(diff::diff))
        .routes(routes!(chart::chart))
        .routes(routes!(chart::speedscope))
        .routes(routes!(sample_format::one))
        .routes(routes!(sample_format::chunks))
}

fn releases() -> OpenApiRouter<Api> {
    use release::{commits, deploys, write};
    OpenApiRouter::new()
        .routes(routes!(health::sessions))
        .routes(routes!(release::list, write::create))
        .routes(routes!(release::list_of_project, write::create_of_project))
        .routes(routes!(release::detail, write::change, write::delete))
        .routes(routes!(
            release::detail_of_project,
            write::change_of_project,
            write::delete_of_project
        ))
        .routes(routes!(commits::list))
        .routes(routes!(commits::list_of_project))
        .routes(routes!(commits::files))
        .routes(routes!(commits::previous))
        .routes(routes!(deploys::list, deploys::create))
        .routes(routes!(release_compare::compare))
        .layer(DefaultBodyLimit::max(COMMITS_BODY_BYTES_MAX))
}

/// Where code lies.
fn repositories() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(repository::list, repository::create))
        .routes(routes!(repository::change, repository::delete))
        .routes(routes!(repository::commits))
        .routes(routes!(repository::hook::create, repository::hook::delete))
        .routes(routes!(repository::hook::receive))
        .routes(routes!(code_mapping::list, code_mapping::create))
        .routes(routes!(code_mapping::change, code_mapping::delete))
        .routes(routes!(code_mapping::bulk))
        .routes(routes!(code_link::link))
        .routes(routes!(code_link::links))
        .routes(routes!(suspect::of_issue))
        .routes(routes!(suspect::of_issue_bare))
        .routes(routes!(suspect::of_event))
}

/// Rules about issues.
fn rules() -> OpenApiRouter<Api> {
    use rule::{builder, combined, preview, snooze, workflow};
    OpenApiRouter::new()
        .routes(routes!(rule::list, rule::create))
        .routes(routes!(rule::detail, rule::change, rule::delete))
        .routes(routes!(snooze::create, snooze::delete))
        .routes(routes!(builder::templates))
        .routes(routes!(builder::configuration))
        .routes(routes!(preview::preview))
        .routes(routes!(combined::list))
        .routes(routes!(workflow::list))
        .routes(routes!(workflow::detail))
}

fn flags() -> OpenApiRouter<Api> {
    use flag::{hook, secret, suspect};
    OpenApiRouter::new()
        .routes(routes!(flag::list))
        .routes(routes!(flag::detail))
        .routes(routes!(hook::receive))
        .routes(routes!(secret::list, secret::create))
        .routes(routes!(secret::delete))
        .routes(routes!(suspect::of_issue))
        .routes(routes!(suspect::of_issue_bare))
}

/// Rules about numbers.
fn metric_alerts() -> OpenApiRouter<Api> {
    use metric_alert::{incident, look};
    OpenApiRouter::new()
        .routes(routes!(metric_alert::list, metric_alert::create))
        .routes(routes!(look::preview))
        .routes(routes!(metric_alert::detail, metric_alert::change, metric_alert::delete))
        .routes(routes!(look::state))
        .routes(routes!(metric_alert::list_of_project, metric_alert::create_of_project))
        .routes(routes!(
            metric_alert::detail_of_project,
            metric_alert::change_of_project,
            metric_alert::delete_of_project
        ))
        .routes(routes!(incident::list))
        .routes(routes!(incident::detail))
}

fn uploads() -> OpenApiRouter<Api> {
    use crate::upload::{bundles, chunks, debug_files, listing, release_files};
    let long = DefaultBodyLimit::max(debug_files::ASSEMBLE_BODY_BYTES_MAX);
    OpenApiRouter::new()
        .routes(routes!(debug_files::assemble).layer(long))
        .routes(routes!(chunks::options, chunks::upload))
        .routes(routes!(bundles::assemble))
        .routes(routes!(bundles::assemble_release))
        .routes(routes!(debug_files::list, debug_files::upload, debug_files::delete))
        .routes(routes!(listing::list, listing::delete))
        .routes(routes!(listing::files))
        .routes(routes!(listing::file))
        .routes(routes!(listing::lookup))
        .routes(routes!(release_files::list, release_files::upload))
        .routes(routes!(release_files::one, release_files::delete))
}

/// Nothing under the API is ever answered with a page.
async fn nothing_there() -> Response {
    ApiError::NotFound.into_response()
}

/// Answers are for the one who asked: no cache keeps them, no page guesses their type.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Every path of the API ends in a slash; clients that leave it out mean the same. To be applied before
/// routing, because a redirect would lose the body of a POST.
pub fn with_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.starts_with("/api/0/") || path.ends_with('/') {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}/{query}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_in_the_repository_is_this_one() {
        let written = include_str!("../openapi.json");
        assert!(openapi().unwrap().trim() == written.trim(), "run `make openapi`");
    }

    #[test]
    fn a_missing_slash_is_added_to_paths_of_the_api_only() {
        let slash = |text: &str| with_slash(&text.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(slash("/api/0/projects?x=1").unwrap(), "/api/0/projects/?x=1");
        assert_eq!(slash("/api/0/projects/"), None);
        assert_eq!(slash("/api/ui/tokens"), None);
    }
}
