//! What every Rust service of the casino reports and how it is run: settings, the SDK, a layer around requests,
//! calls to the other services, SQL with spans, flags, JSON logs, `/health` and a graceful stop.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//!
//! fn main() -> std::process::ExitCode {
//!     casino_telemetry::run("wallet", env!("CARGO_PKG_VERSION"), 4202, async |app| {
//!         casino_telemetry::info!("ready", listen = app.settings.listen.to_string());
//!         Ok(Router::new().route("/", get(async || "hello")))
//!     })
//! }
//! ```

pub mod call;
pub mod db;
mod error;
pub mod flags;
mod layer;
pub mod log;
pub mod propagation;
mod request;
mod run;
mod sdk;
mod settings;
mod span;
mod stop;

pub use error::ApiError;
pub use layer::{Quiet, Trust, observe};
pub use request::{Identity, Request};
pub use run::{App, BoxError, run, run_without_server};
pub use sentry;
pub use settings::{Settings, SettingsError, variable, variable_or};
pub use span::{Span, transaction};
pub use stop::{Sayer, Stop};
