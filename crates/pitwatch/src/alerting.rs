//! The roles of alerting: each worker takes turns until the server ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::Context as _;
use deliver::{Internet, Security, SmtpSettings, Transport};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use notify::Network;
use ruler::{
    Courier, Dispatch, Intake, IssueRules, Metrics, Monitors, Parts, Uptimes, Web, Worker,
};
use tokio::sync::Semaphore;

use crate::roles::{AFTER_FAILURE, Roles, Stop, stand_back};
use crate::serve::chain;
use crate::settings::Settings;

/// Alerts go before housekeeping and after answers to senders and people.
const STEPS: i32 = 2;

/// What only some of the workers need.
#[derive(Debug)]
pub(crate) struct Around {
    /// Takes the events that monitors make.
    pub(crate) intake: Arc<dyn Intake>,
    /// The way out for notifications.
    pub(crate) world: Arc<dyn Transport>,
    /// Networks that uptime checks may look into.
    pub(crate) allowed: Vec<Network>,
}

/// Starts all of them.
///
/// # Errors
/// When a thread cannot be started.
pub(crate) fn start(
    roles: &mut Roles,
    parts: &Parts,
    around: Around,
    stop: &Stop,
) -> anyhow::Result<()> {
    let Around { intake, world, allowed } = around;
    begin(roles, IssueRules::new(parts.clone()), stop)?;
    begin(roles, Metrics::new(parts.clone())?, stop)?;
    begin(roles, Monitors::new(parts.clone(), intake)?, stop)?;
    begin(roles, Uptimes::new(parts.clone(), Arc::new(Web::new(allowed))), stop)?;
    begin(roles, Dispatch::new(parts.clone())?, stop)?;
    begin(roles, Courier::new(parts.clone(), world), stop)
}

/// Answers to peers that are on their way at the same time; what would be more is not sent.
const REPLIES_MAX: usize = 16;

/// Sends test messages, and answers to peers, for the API.
#[derive(Debug)]
pub(crate) struct ChannelTeller {
    /// The secrets and the clock.
    pub(crate) parts: Parts,
    /// The way out.
    pub(crate) world: Arc<dyn Transport>,
    /// Room for answers to peers.
    pub(crate) replies: Arc<Semaphore>,
}

impl ChannelTeller {
    pub(crate) fn new(parts: Parts, world: Arc<dyn Transport>) -> Self {
        Self { parts, world, replies: Arc::new(Semaphore::new(REPLIES_MAX)) }
    }
}

impl api::state::Teller for ChannelTeller {
    fn reply(&self, request: notify::Request) {
        let Ok(room) = Arc::clone(&self.replies).try_acquire_owned() else {
            tracing::warn!("a peer is not answered: too many answers are on their way");
            return;
        };
        let world = Arc::clone(&self.world);
        tokio::spawn(async move {
            match world.ask(&request).await {
                Ok(answer) if (200..300).contains(&answer.status) => {}
                Ok(answer) => tracing::warn!(answer.status, "a peer refused our answer"),
                Err(problem) => {
                    tracing::warn!(problem = chain(&problem), "a peer could not be answered");
                }
            }
            drop(room);
        });
    }

    fn test(&self, channel: alarm::StoredChannel) -> BoxFuture<'_, api::dispatch::channel::Tested> {
        Box::pin(async move {
            let tested = ruler::test(&self.parts, &*self.world, &channel).await;
            api::dispatch::channel::Tested {
                delivered: tested.is_delivered,
                status: tested.status,
                answer: tested.answer,
                millis: tested.millis,
            }
        })
    }
}

/// The way out: to the web and to the mail server that the settings name.
///
/// # Errors
/// When the mail server's settings make no sense.
pub(crate) fn world(settings: &Settings) -> anyhow::Result<Arc<dyn Transport>> {
    let security = match settings.smtp_security.as_str() {
        "tls" => Security::Tls,
        "plain" => Security::Plain,
        _ => Security::StartTls,
    };
    let login = (!settings.smtp_user.is_empty())
        .then(|| (settings.smtp_user.clone(), settings.smtp_password.expose().to_owned()));
    let smtp = (!settings.smtp_host.is_empty()).then(|| SmtpSettings {
        host: settings.smtp_host.clone(),
        port: settings.smtp_port,
        security,
        login,
        from: settings.smtp_from.clone(),
    });
    let allowed = settings.alert_allow_networks.clone();
    Ok(Arc::new(Internet::new(allowed, smtp).context("setting up mail")?))
}

fn begin(
    roles: &mut Roles,
    mut worker: impl Worker + Send + 'static,
    stop: &Stop,
) -> anyhow::Result<()> {
    let (stop, runtime) = (stop.clone(), tokio::runtime::Handle::current());
    roles.start(worker.name(), move || turns(&mut worker, &stop, &runtime))?;
    Ok(())
}

/// Takes turn after turn until it is told to stop.
fn turns(worker: &mut impl Worker, stop: &Stop, runtime: &tokio::runtime::Handle) {
    stand_back(STEPS);
    while !stop.is_told() {
        runtime.block_on(async {
            // A turn that panics is one that failed: what it did not write is begun again.
            let turn = tokio::select! {
                turn = AssertUnwindSafe(worker.turn()).catch_unwind() => turn,
                () = stop.told() => return,
            };
            let rest = match turn {
                Ok(Ok(rest)) => rest,
                Ok(Err(problem)) => {
                    let (worker, problem) = (worker.name(), chain(&problem));
                    tracing::error!(worker, problem, "a turn of alerting failed; trying again");
                    AFTER_FAILURE
                }
                Err(_) => {
                    tracing::error!(
                        worker = worker.name(),
                        "a turn of alerting panicked; trying again"
                    );
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = worker.bell().notified() => {}
                () = stop.told() => {}
            }
        });
    }
}
