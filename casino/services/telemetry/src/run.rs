//! Starts a service and stops it gracefully.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use crate::flags::Flags;
use crate::layer::{Trust, observe};
use crate::settings::Settings;
use crate::stop::Stop;
use crate::{log, sdk};

/// Whatever keeps a service from starting.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Requests that are under way may end within this; the SDK has a second more.
const DRAIN: Duration = Duration::from_secs(3);

/// What a service builds its parts from.
#[derive(Clone)]
pub struct App {
    /// From the environment.
    pub settings: Arc<Settings>,
    /// The faults.
    pub flags: Flags,
    /// For tasks in the background.
    pub stop: Stop,
    /// What the layer believes.
    pub trust: Trust,
}

impl App {
    /// Believe nobody's headers: only the gateway needs this.
    pub fn trust_nobody(&mut self) {
        self.trust = Trust::Outside;
    }

    /// Answers requests until it is time to stop. [`run`] does this.
    async fn serve(self, router: Router) -> Result<(), BoxError> {
        let settings = self.settings;
        let (service, release) = (settings.service, settings.release.clone());
        let health =
            async move || Json(json!({ "status": "ok", "service": service, "release": release }));
        let router = observe(router.route("/health", get(health)), self.trust);
        let listener = TcpListener::bind(settings.listen).await?;
        log::info("listening", &[("address", settings.listen.to_string().into())]);
        let (stop, late) = (self.stop.clone(), self.stop);
        let with_peer = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
        let server = axum::serve(listener, with_peer)
            .with_graceful_shutdown(async move { stop.wait().await });
        tokio::select! {
            result = async { server.await } => result?,
            () = async { late.wait().await; tokio::time::sleep(DRAIN).await } => {
                log::warn("stopped while requests were under way", &[]);
            }
        }
        Ok(())
    }
}

/// Runs a service: `build` makes its routes (and waits for what it cannot work without); `/health` and the
/// layer come by themselves. Returns when SIGTERM or SIGINT came and the last events are sent.
pub fn run<B>(service: &'static str, version: &str, port: u16, build: B) -> ExitCode
where
    B: AsyncFnOnce(&mut App) -> Result<Router, BoxError>,
{
    run_without_server(service, version, port, async |mut app| {
        let stop = app.stop.clone();
        let router = tokio::select! {
            router = build(&mut app) => router?,
            () = stop.wait() => return Ok(()),
        };
        app.serve(router).await
    })
}

/// The same for a program that answers nobody.
pub fn run_without_server<B>(service: &'static str, version: &str, port: u16, work: B) -> ExitCode
where
    B: AsyncFnOnce(App) -> Result<(), BoxError>,
{
    let settings = match Settings::from_environment(service, version, port) {
        Ok(settings) => Arc::new(settings),
        Err(error) => return failed(&error),
    };
    // Before the SDK's hook, which goes on to this one.
    std::panic::set_hook(Box::new(tell_panic));
    // Before the threads of the runtime begin: their scopes are copies of this one's.
    let guard = sdk::start(&settings);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = runtime.map_err(BoxError::from).and_then(|runtime| {
        let result = runtime.block_on(async {
            let stop = Stop::on_signals()?;
            let flags = Flags::watch(settings.flags.clone(), &settings.release, &stop);
            let app = App { settings: settings.clone(), flags, stop, trust: Trust::Inside };
            work(app).await
        });
        runtime.shutdown_timeout(Duration::from_millis(200));
        result
    });
    let code = match result {
        Ok(()) => {
            log::info("stopped", &[]);
            ExitCode::SUCCESS
        }
        Err(error) => failed(&*error),
    };
    drop(guard);
    code
}

/// A panic is a line like all others. Rust's own report would look up all symbols a second time, after the SDK
/// did, and keep them in memory.
fn tell_panic(info: &std::panic::PanicHookInfo<'_>) {
    let reason = info.payload_as_str().unwrap_or("no text").to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    log::error("panic", &[("reason", reason.into()), ("place", place.into())]);
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    log::error("cannot run", &[("reason", error.to_string().into())]);
    ExitCode::FAILURE
}
