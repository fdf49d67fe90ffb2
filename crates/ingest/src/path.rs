//! What a path is for.
//!
//! Written by hand rather than with a router's patterns, because a DSN may have any path in front
//! (`/any/prefix/api/1/envelope/`), slashes may be doubled, and the last one may be missing.

use std::borrow::Cow;

use model::id::ProjectId;
use percent_encoding::percent_decode_str;
use wire::auth::AuthError;

/// A route of ingest. The project is an error where the path names one that is not a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// Envelopes.
    Envelope(Project),
    /// Envelopes whose own header says whose they are, for pages with an ad blocker in the way.
    Tunnel,
    /// Events of old clients. The oldest name no project.
    Store(Option<Project>),
    /// Content security policy reports.
    Security(Project),
    /// Network error logging reports.
    Nel(Project),
    /// A check-in of a cron monitor.
    Cron {
        /// The project.
        project: Project,
        /// The monitor's name.
        slug: Cow<'a, str>,
        /// The key, if it is in the path.
        key: Option<&'a str>,
    },
    /// Attachments for an event that was sent before.
    Attachments {
        /// The project.
        project: Project,
        /// The event.
        event_id: &'a str,
    },
    /// A crash of a native program.
    Minidump(Project),
    /// The form for people who saw a page break.
    ErrorPage,
    /// Traces of OpenTelemetry. The shortest path names no project.
    OtlpTraces(Option<Project>),
    /// What of OpenTelemetry is not taken yet: its name.
    OtlpUnsupported(&'static str),
    /// What has a place in the protocol, but is not taken yet: its name.
    Unsupported(&'static str),
    /// `live` or `ready`.
    Health(&'a str),
}

type Project = Result<ProjectId, AuthError>;

impl<'a> Route<'a> {
    /// The route of a path; `None` when the path is not ingest's.
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if parts == ["tunnel"] {
            return Some(Self::Tunnel);
        }
        if let ["v1", signal] = parts[..]
            && let Some(route) = Self::of_signal(signal, None)
        {
            return Some(route);
        }
        let mut starts = parts.iter().enumerate().filter(|(_, part)| **part == "api");
        starts.find_map(|(start, _)| Self::after_api(&parts[start + 1..]))
    }

    fn after_api(parts: &[&'a str]) -> Option<Self> {
        match parts {
            ["store"] => return Some(Self::Store(None)),
            ["relay", "healthcheck", kind @ ("live" | "ready")] => {
                return Some(Self::Health(kind));
            }
            ["embed", "error-page"] => return Some(Self::ErrorPage),
            // The management API is below `/api/0/`.
            ["0", ..] | [] => return None,
            _ => {}
        }
        let (project, rest) = parts.split_first()?;
        let project = project.parse().or(Err(AuthError::BadProject));
        Some(match *rest {
            ["envelope"] => Self::Envelope(project),
            ["store"] => Self::Store(Some(project)),
            ["security" | "csp-report"] => Self::Security(project),
            ["nel"] => Self::Nel(project),
            ["cron", slug] => Self::Cron { project, slug: decoded(slug), key: None },
            ["cron", slug, key] => Self::Cron { project, slug: decoded(slug), key: Some(key) },
            ["events", event_id, "attachments"] => Self::Attachments { project, event_id },
            ["minidump"] => Self::Minidump(project),
            ["unreal", _] => Self::Unsupported("Unreal Engine crash reports"),
            ["playstation"] => Self::Unsupported("PlayStation crash reports"),
            ["upload", ..] => Self::Unsupported("resumable uploads"),
            ["integration", "otlp", "v1", signal] | ["otlp", "v1", signal] => {
                return Self::of_signal(signal, Some(project));
            }
            ["integration", ..] => Self::Unsupported("log drains"),
            _ => return None,
        })
    }

    /// A kind of data of OpenTelemetry, as it is named at the end of a path.
    fn of_signal(signal: &str, project: Option<Project>) -> Option<Self> {
        match signal {
            "traces" => Some(Self::OtlpTraces(project)),
            "logs" => Some(Self::OtlpUnsupported("OpenTelemetry logs")),
            "metrics" => Some(Self::OtlpUnsupported("OpenTelemetry metrics")),
            "profiles" | "development" => Some(Self::OtlpUnsupported("OpenTelemetry profiles")),
            _ => None,
        }
    }
}

fn decoded(part: &str) -> Cow<'_, str> {
    percent_decode_str(part).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: impl Into<Option<Route<'static>>>) {
        assert_eq!(Route::of(path), expected.into(), "{path}");
    }

    #[test]
    fn paths_lead_to_routes() {
        let one = Ok(ProjectId(1));
        for path in [
            "/api/1/envelope/",
            "/api/1/envelope",
            "//api///1//envelope//",
            "/a/prefix/api/1/envelope/",
            "/api/api/1/envelope/",
        ] {
            check(path, Some(Route::Envelope(one.clone())));
        }
        check("/api/x/envelope/", Some(Route::Envelope(Err(AuthError::BadProject))));
        check("/api/-1/store", Some(Route::Store(Some(Err(AuthError::BadProject)))));
        check("/tunnel", Some(Route::Tunnel));
        check("/api/store/", Some(Route::Store(None)));
        check("/api/1/minidump", Some(Route::Minidump(one.clone())));
        check("/api/1/csp-report/", Some(Route::Security(one.clone())));
        let cron = |key| Route::Cron { project: one.clone(), slug: "a b".into(), key };
        check("/api/1/cron/a%20b", Some(cron(None)));
        check("/api/1/cron/a%20b/KEY/", Some(cron(Some("KEY"))));
        for path in ["/api/1/integration/otlp/v1/traces", "/x/api/1/otlp/v1/traces/"] {
            check(path, Some(Route::OtlpTraces(Some(one.clone()))));
        }
        check("/v1/traces", Some(Route::OtlpTraces(None)));
        check("/v1/logs/", Some(Route::OtlpUnsupported("OpenTelemetry logs")));
        check("/api/1/integration/vercel/logs", Some(Route::Unsupported("log drains")));
        check("/api/embed/error-page/", Some(Route::ErrorPage));
        check("/api/relay/healthcheck/ready/", Some(Route::Health("ready")));
    }

    #[test]
    fn other_paths_are_not_ours() {
        for path in [
            "/",
            "",
            "/api",
            "/api/1/",
            "/api/0/envelope/",
            "/api/0/organizations/a/store/",
            "/api/1/envelope/more",
            "/envelope/",
            "/api/1/events/a/",
            "/v1/nothing",
            "/x/v1/traces",
        ] {
            check(path, None);
        }
    }
}
