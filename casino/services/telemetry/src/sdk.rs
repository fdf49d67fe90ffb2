//! Starts the SDK, if there is where to report to.

use std::sync::OnceLock;
use std::time::Duration;

use sentry::{ClientInitGuard, ClientOptions, SessionMode};

use crate::settings::Settings;

/// What the rest of this library asks of the settings, set once.
pub(crate) struct Facts {
    pub(crate) service: &'static str,
    pub(crate) release: String,
    pub(crate) environment: String,
    pub(crate) public_key: String,
    pub(crate) sample_rate: f32,
}

static FACTS: OnceLock<Facts> = OnceLock::new();

pub(crate) fn facts() -> Option<&'static Facts> {
    FACTS.get()
}

pub(crate) fn service() -> &'static str {
    facts().map_or("casino", |facts| facts.service)
}

/// Is there a client that anything would be sent by?
pub(crate) fn active() -> bool {
    sentry::Hub::with_active(|_| true)
}

/// The guard sends what is left when it is dropped.
pub(crate) fn start(settings: &Settings) -> Option<ClientInitGuard> {
    let reporting = settings.reporting.as_ref();
    let dsn = reporting.and_then(|it| it.dsn.parse::<sentry::types::Dsn>().ok());
    let facts = Facts {
        service: settings.service,
        release: settings.release.clone(),
        environment: reporting.map(|it| it.environment.clone()).unwrap_or_default(),
        public_key: dsn.as_ref().map(|dsn| dsn.public_key().to_owned()).unwrap_or_default(),
        sample_rate: reporting.map_or(0.0, |it| it.traces),
    };
    // A second start in one process (tests) keeps the first facts.
    let _ = FACTS.set(facts);
    let reporting = reporting?;
    let options = ClientOptions::new()
        .dsn(&reporting.dsn)
        .release(settings.release.clone())
        .environment(reporting.environment.clone())
        .server_name(settings.service)
        .traces_sample_rate(reporting.traces)
        .session_mode(SessionMode::Request)
        .auto_session_tracking(true)
        .in_app_include(["casino_"])
        // More than the SDK's 30: the load can bring hundreds of requests a second.
        .transport_channel_capacity(256)
        // The whole service has five seconds.
        .shutdown_timeout(Duration::from_secs(1));
    let guard = sentry::init(options);
    sentry::configure_scope(|scope| scope.set_tag("service", settings.service));
    Some(guard)
}
