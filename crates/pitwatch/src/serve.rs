//! `pitwatch serve`: opens what is at rest, starts the roles, answers requests, and ends in order.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alarm::Alarms;
use anyhow::Context;
use api::live::Live;
use api::upload::Uploads;
use axum::Router;
use health::{Health, HealthLimits};
use ingest::{ForwardedFrom, Ingest};
use meta::Meta;
use model::clock::{Clock, MachineClock};
use model::limits;
use model::part::TableName;
use pipeline::{
    CheckInParts, CheckInPipeline, Keeper, KeeperParts, Masking, NewestParts, Pipeline,
    PipelineParts, SessionParts, SessionPipeline, Steps, Threads, TraceParts, TracePipeline,
};
use query::Engine;
use ruler::{Bells, Parts};
use store::blobs::BlobStore;
use store::disk::{Disk, MachineDisk};
use store::events::{EventSettings, EventStore};
use store::folder::DataFolder;
use store::log::{IntakeLog, LaneSettings, LogSettings};
use store::parts::Found;
use store::profiles::ProfileStore;
use store::spans::{SpanSettings, SpanStore};
use symbolicate::{Symbolicator, Trade};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceExt;

use crate::alerting::{self, Around, ChannelTeller};
use crate::http::{self, Protocol};
use crate::neighbours::{
    Accounts, ArtifactFiles, BlobReader, DoorBook, LiveListener, LogSink, OwnEvents, ProfileReader,
};
use crate::readable::{self, AtOnce, WhenShown};
use crate::rehearse::Rehearser;
use crate::roles::{AFTER_FAILURE, Roles, Stop, stand_back};
use crate::settings::{GrpcListen, Settings};
use crate::status::{self, Status};
use crate::{pages, provisioning};

/// Name of the database in the data folder.
pub const DATABASE: &str = "meta.sqlite";
/// Name of the database of sessions.
const HEALTH_DATABASE: &str = "health.sqlite";
pub(crate) const ALARM_DATABASE: &str = "alarm.sqlite";

/// How far the threads that work records up stand back: what was acknowledged can wait a moment for who
/// waits for an answer. They still get a third of a core that is wanted by one of those.
const PIPELINE_STEPS: i32 = 5;
/// The same for writing and merging parts, which a tenth would do.
const KEEPER_STEPS: i32 = 10;

/// Everything that is open.
struct Server {
    meta: Meta,
    clock: Arc<dyn Clock>,
    log: Arc<IntakeLog>,
    events: Arc<EventStore>,
    spans: Arc<SpanStore>,
    blobs: Arc<BlobStore>,
    artifacts: Arc<BlobStore>,
    symbolicator: Symbolicator,
    profiles: Arc<ProfileStore>,
    health: Health,
    alerting: Parts,
    world: Arc<dyn deliver::Transport>,
    engine: Arc<Engine>,
    keeper: Arc<Keeper>,
    accounts: Arc<Accounts>,
    live: Live,
    /// Up to where the pipelines have worked their lanes up.
    position: Arc<AtomicU64>,
    traces_position: Arc<AtomicU64>,
    sessions_position: Arc<AtomicU64>,
    check_ins_position: Arc<AtomicU64>,
    settings: Settings,
    /// Dropped last: nobody else may have the folder before everything is closed.
    _folder: DataFolder,
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When something cannot be opened; the message says what and what to do.
pub fn run(settings: Settings, provision: Option<PathBuf>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = DataFolder::lock(&settings.data)?;
    let server = {
        let _entered = runtime.enter();
        Server::open(settings, folder)?
    };
    let greeting = server.prepare(provision.as_deref())?;
    runtime.block_on(server.answer(provision, greeting))
}

/// Opens the database of a data folder.
///
/// # Errors
/// When it cannot be opened.
pub fn open_meta(data: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Meta> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("making the data folder {}", data.display()))?;
    Ok(Meta::open(&data.join(DATABASE), clock)?)
}

impl Server {
    fn open(settings: Settings, folder: DataFolder) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(MachineClock::default());
        let disk: Arc<dyn Disk> = Arc::new(MachineDisk);
        let meta = open_meta(&settings.data, Arc::clone(&clock))?;
        let log_settings = LogSettings {
            errors: LaneSettings {
                disk_bytes_max: settings.intake_errors_bytes,
                ..LogSettings::default().errors
            },
            traces: LaneSettings {
                disk_bytes_max: settings.intake_traces_bytes,
                ..LogSettings::default().traces
            },
            // What waits here waits for moments, as in the lane of traces.
            sessions: LaneSettings {
                disk_bytes_max: settings.intake_traces_bytes,
                ..LogSettings::default().sessions
            },
            check_ins: LaneSettings {
                disk_bytes_max: settings.intake_traces_bytes,
                ..LogSettings::default().check_ins
            },
            kept: LaneSettings {
                disk_bytes_max: settings.intake_kept_bytes,
                ..LogSettings::default().kept
            },
        };
        let log = Arc::new(IntakeLog::open(&settings.data.join("intake"), &disk, log_settings)?);
        let catalogue = meta.catalogue(TableName::Errors)?;
        let parts = settings.data.join("parts");
        let (events, found) =
            EventStore::open(&parts, Arc::clone(&disk), EventSettings::default(), catalogue)?;
        warn_of_missing(TableName::Errors, &found);
        let events = Arc::new(events);
        let catalogue = meta.catalogue(TableName::Spans)?;
        let parts = settings.data.join("spans");
        let (spans, found) =
            SpanStore::open(&parts, Arc::clone(&disk), SpanSettings::default(), catalogue)?;
        warn_of_missing(TableName::Spans, &found);
        let spans = Arc::new(spans);
        let blobs = Arc::new(BlobStore::open(&settings.data.join("blobs"), Arc::clone(&disk))?);
        let artifacts =
            Arc::new(BlobStore::open(&settings.data.join("artifacts"), Arc::clone(&disk))?);
        let symbolicator =
            readable::open(&settings, meta.clone(), Arc::clone(&artifacts), Arc::clone(&clock))?;
        let engine =
            Arc::new(Engine::new(Arc::clone(&events), Arc::clone(&spans), Arc::clone(&clock))?);
        let profiles =
            Arc::new(ProfileStore::open(&settings.data.join("profiles"), Arc::clone(&disk))?);
        let health = settings.data.join(HEALTH_DATABASE);
        let health = Health::open(&health, HealthLimits::default())?;
        let alerting = Parts {
            alarms: Alarms::open(&settings.data.join(ALARM_DATABASE))?,
            meta: meta.clone(),
            ask: Arc::clone(&engine) as Arc<dyn lang::ask::Ask>,
            health: Arc::new(health.clone()),
            arrivals: Arc::default(),
            clock: Arc::clone(&clock),
            public_url: settings.public_url.as_str().into(),
            bells: Bells::default(),
        };
        let keeper = Keeper::new(KeeperParts {
            meta: meta.clone(),
            log: Arc::clone(&log),
            events: Arc::clone(&events),
            spans: Arc::clone(&spans),
            health: health.clone(),
            alarms: alerting.alarms.clone(),
            blobs: Arc::clone(&blobs),
            artifacts: Arc::clone(&artifacts),
            profiles: Arc::clone(&profiles),
            clock: Arc::clone(&clock),
            kept_days: settings.kept_days,
            newest: NewestParts {
                minutes: settings.newest_minutes,
                bytes_max: settings.newest_bytes,
            },
        })?;
        Ok(Self {
            accounts: Arc::new(Accounts::new(meta.clone())),
            keeper: Arc::new(keeper),
            live: Live::default(),
            position: Arc::default(),
            traces_position: Arc::default(),
            sessions_position: Arc::default(),
            check_ins_position: Arc::default(),
            meta,
            clock,
            log,
            events,
            spans,
            blobs,
            artifacts,
            symbolicator,
            profiles,
            health,
            world: alerting::world(&settings)?,
            alerting,
            engine,
            settings,
            _folder: folder,
        })
    }

    /// Applies a provisioning file, or makes the first organisation of an empty folder. Answers what
    /// must be told once.
    fn prepare(&self, provision: Option<&Path>) -> anyhow::Result<Option<String>> {
        if let Some(path) = provision {
            for change in self.provisioned(path)? {
                tracing::info!(change, "provisioned");
            }
            return Ok(None);
        }
        let Some(first) = self.meta.bootstrap()? else { return Ok(None) };
        let dsn = api::key::public_dsn(&self.settings.public_url, &first.public_key, first.project);
        let (url, email, password) =
            (&self.settings.public_url, &first.email, first.password.expose());
        Ok(Some(format!(
            "\n  Pitwatch is new here. This is shown once:\n\n    \
             Open      {url}\n    E-mail    {email}\n    Password  {password}\n    DSN       {dsn}\n\n  \
             Put the DSN into your app's Sentry SDK and send an error.\n"
        )))
    }

    fn provisioned(&self, path: &Path) -> anyhow::Result<Vec<String>> {
        let (databases, now) = ((&self.meta, &self.alerting.alarms), self.clock.now());
        provisioning::apply(databases, &provisioning::read(path)?, (path, now))
    }

    async fn answer(
        self,
        provision: Option<PathBuf>,
        greeting: Option<String>,
    ) -> anyhow::Result<()> {
        let listen = self.settings.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("listening on {listen}; is another program using the port? `pitwatch doctor` tells more")
        })?;
        let address = listener.local_addr()?;
        let stop = Stop::default();
        let over_grpc = self.listen_for_grpc().await?;
        let roles = self.start_roles(&stop)?;
        let ingest = self.ingest();
        let router = self.router(ingest.clone());
        if let Some(greeting) = greeting {
            print(&greeting);
        }
        tracing::info!(%address, data = %self.settings.data.display(), "ready");
        let signals = tokio::spawn(watch_signals(stop.clone(), self.alerting.clone(), provision));
        let over_grpc = over_grpc.map(|listener| {
            let routes = ingest::grpc_routes(ingest);
            tokio::spawn(http::serve(listener, routes, Protocol::Http2, stop.clone()))
        });
        http::serve(listener, router, Protocol::Http1, stop.clone()).await;
        stop.tell();
        if let Some(over_grpc) = over_grpc {
            over_grpc.await.context("waiting for gRPC to end")?;
        }
        self.keeper.wake();
        self.symbolicator.close();
        signals.abort();
        let joined = tokio::task::spawn_blocking(move || roles.join()).await;
        joined.context("waiting for the roles to end")?;
        self.end();
        Ok(())
    }

    /// Opens the port of gRPC. Where nobody asked for it, another program may have it.
    async fn listen_for_grpc(&self) -> anyhow::Result<Option<TcpListener>> {
        let (address, listener) = match self.settings.otlp_grpc_listen {
            GrpcListen::Off => return Ok(None),
            GrpcListen::At(address) | GrpcListen::IfFree(address) => {
                (address, TcpListener::bind(address).await)
            }
        };
        match (listener, self.settings.otlp_grpc_listen) {
            (Ok(listener), _) => {
                let address = listener.local_addr()?;
                tracing::info!(%address, "OpenTelemetry over gRPC");
                Ok(Some(listener))
            }
            (Err(cause), GrpcListen::IfFree(_)) => {
                tracing::warn!(%address, %cause, "no OpenTelemetry over gRPC; see otlp_grpc_listen");
                Ok(None)
            }
            (Err(cause), _) => {
                Err(cause).with_context(|| format!("listening for gRPC on {address}"))
            }
        }
    }

    /// What is in memory goes into a part, so that the next start has nothing to read again.
    fn end(&self) {
        if let Err(problem) = self.keeper.flush() {
            tracing::warn!(%problem, "the last rows stay in the intake log; the next start reads them");
        }
        if let Err(problem) = self.accounts.write() {
            tracing::warn!(%problem, "the last second of accounts is lost");
        }
        tracing::info!("stopped");
    }

    fn start_roles(&self, stop: &Stop) -> anyhow::Result<Roles> {
        let mut roles = Roles::default();
        let listener = LiveListener {
            live: self.live.clone(),
            meta: self.meta.clone(),
            begun: self.begun()?,
            arrivals: Arc::clone(&self.alerting.arrivals),
            bell: Arc::clone(&self.alerting.bells.events),
        };
        let parts = PipelineParts {
            meta: self.meta.clone(),
            log: Arc::clone(&self.log),
            events: Arc::clone(&self.events),
            blobs: Arc::clone(&self.blobs),
            blobs_bytes_max: self.settings.attachment_bytes,
            clock: Arc::clone(&self.clock),
            stacks: Arc::new(AtOnce(self.symbolicator.clone())),
            listener: Arc::new(listener),
            threads: self.threads(),
        };
        let mut pipeline = Pipeline::new(parts, Arc::clone(&self.keeper))?;
        let (told, position) = (stop.clone(), Arc::clone(&self.position));
        let runtime = tokio::runtime::Handle::current();
        roles.start("pipeline", move || step_on(&mut pipeline, &told, &position, &runtime))?;
        let parts = TraceParts {
            meta: self.meta.clone(),
            log: Arc::clone(&self.log),
            spans: Arc::clone(&self.spans),
            profiles: Arc::clone(&self.profiles),
            threads: self.threads(),
        };
        let mut traces = TracePipeline::new(parts, Arc::clone(&self.keeper))?;
        let (told, position) = (stop.clone(), Arc::clone(&self.traces_position));
        let runtime = tokio::runtime::Handle::current();
        let (meta, log) = (self.meta.clone(), Arc::clone(&self.log));
        roles.start("traces", move || {
            if let Err(problem) = pipeline::rehome(&meta, &log) {
                let problem = chain(&problem);
                tracing::error!(problem, "the next start moves the rest of what waited");
            }
            step_on(&mut traces, &told, &position, &runtime);
        })?;
        let parts = SessionParts {
            meta: self.meta.clone(),
            log: Arc::clone(&self.log),
            health: self.health.clone(),
        };
        let mut sessions = SessionPipeline::new(parts)?;
        let (told, position) = (stop.clone(), Arc::clone(&self.sessions_position));
        let runtime = tokio::runtime::Handle::current();
        roles.start("sessions", move || {
            stand_back(PIPELINE_STEPS);
            step_on(&mut sessions, &told, &position, &runtime);
        })?;
        self.start_alerting(&mut roles, stop)?;
        for (name, trade) in [("maps", Trade::Scripts), ("debug files", Trade::DebugFiles)] {
            let symbolicator = self.symbolicator.clone();
            roles.start(name, move || {
                stand_back(PIPELINE_STEPS);
                symbolicator.work(trade);
            })?;
        }
        let (keeper, told) = (Arc::clone(&self.keeper), stop.clone());
        roles.start("keeper", move || {
            stand_back(KEEPER_STEPS);
            while !told.is_told() {
                keeper.rest();
                if let Err(problem) = keeper.round() {
                    tracing::error!(
                        problem = chain(&problem),
                        "keeping house failed; trying again"
                    );
                }
            }
        })?;
        let (accounts, meta, engine, told) =
            (Arc::clone(&self.accounts), self.meta.clone(), Arc::clone(&self.engine), stop.clone());
        let runtime = tokio::runtime::Handle::current();
        roles.start("clerk", move || {
            while !told.is_told() {
                clerk(&accounts, &meta, &engine);
                runtime.block_on(async {
                    tokio::select! {
                        () = tokio::time::sleep(AFTER_FAILURE) => {}
                        () = told.told() => {}
                    }
                });
            }
        })?;
        Ok(roles)
    }

    /// What takes check-ins, and the workers of alerting.
    fn start_alerting(&self, roles: &mut Roles, stop: &Stop) -> anyhow::Result<()> {
        let parts = CheckInParts {
            meta: self.meta.clone(),
            log: Arc::clone(&self.log),
            alarms: self.alerting.alarms.clone(),
        };
        let mut check_ins = CheckInPipeline::new(parts)?;
        let position = Arc::clone(&self.check_ins_position);
        position.store(check_ins.position().0, Ordering::Relaxed);
        let (told, runtime) = (stop.clone(), tokio::runtime::Handle::current());
        roles.start("check-ins", move || {
            stand_back(PIPELINE_STEPS);
            step_on(&mut check_ins, &told, &position, &runtime);
        })?;
        let intake = OwnEvents {
            log: Arc::clone(&self.log),
            check_ins_position: Arc::clone(&self.check_ins_position),
        };
        let around = Around {
            intake: Arc::new(intake),
            world: Arc::clone(&self.world),
            allowed: self.settings.uptime_allow_networks.clone(),
        };
        alerting::start(roles, &self.alerting, around, stop)
    }

    /// Projects that have events already: their next event is not their first.
    fn begun(&self) -> anyhow::Result<std::sync::Mutex<HashSet<model::id::ProjectId>>> {
        let mut begun = HashSet::new();
        for organization in self.meta.organizations(meta::Page::FIRST)?.rows {
            for project in self.meta.projects(organization.id, meta::Page::FIRST)?.rows {
                if project.first_event.is_some() {
                    begun.insert(project.id);
                }
            }
        }
        Ok(std::sync::Mutex::new(begun))
    }

    fn threads(&self) -> Threads {
        let count = match self.settings.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            workers => workers,
        };
        Threads { count, begin: || stand_back(PIPELINE_STEPS) }
    }

    /// The way in, over HTTP and gRPC alike.
    fn ingest(&self) -> Ingest {
        let forwarded_from = if self.settings.trust_proxy {
            ForwardedFrom::Everybody
        } else {
            ForwardedFrom::Nobody
        };
        Ingest::new(
            ingest::Settings { forwarded_from, ..ingest::Settings::default() },
            ingest::Neighbours {
                clock: Arc::clone(&self.clock),
                sink: Arc::new(LogSink(Arc::clone(&self.log))),
                doors: Arc::new(DoorBook::new(self.meta.clone())),
                accounts: Arc::clone(&self.accounts) as Arc<dyn ingest::Accounts>,
            },
        )
    }

    /// All routes on one port: ingest's first, then ours, then the API's, then pages.
    fn router(&self, ingest: Ingest) -> Router {
        let api = api::state::Api {
            database: self.meta.clone(),
            ask: Arc::clone(&self.engine) as Arc<dyn lang::ask::Ask>,
            health: Arc::new(self.health.clone()),
            alarms: self.alerting.alarms.clone(),
            alerts_bell: Arc::clone(&self.alerting.bells.reports),
            rehearse: Arc::new(Rehearser::new(self.alerting.clone())),
            deliveries_bell: Arc::clone(&self.alerting.bells.deliveries),
            teller: Arc::new(ChannelTeller::new(self.alerting.clone(), Arc::clone(&self.world))),
            blobs: Arc::new(BlobReader(Arc::clone(&self.blobs))),
            profiles: Arc::new(ProfileReader(Arc::clone(&self.profiles))),
            folds: Arc::new(tokio::sync::Semaphore::new(limits::FOLDS_AT_ONCE_MAX)),
            uploads: Uploads::new(
                Arc::new(ArtifactFiles(Arc::clone(&self.artifacts))),
                self.settings.artifact_bytes,
            ),
            stacks: Arc::new(WhenShown(self.symbolicator.clone(), Masking::new(self.meta.clone()))),
            clock: Arc::clone(&self.clock),
            live: self.live.clone(),
            public_url: self.settings.public_url.as_str().into(),
            version: env!("CARGO_PKG_VERSION"),
        };
        let status = Status {
            log: Arc::clone(&self.log),
            events: Arc::clone(&self.events),
            spans: Arc::clone(&self.spans),
            keeper: Arc::clone(&self.keeper),
            position: Arc::clone(&self.position),
            traces_position: Arc::clone(&self.traces_position),
            sessions_position: Arc::clone(&self.sessions_position),
            check_ins_position: Arc::clone(&self.check_ins_position),
        };
        let routes = status::routes(status).merge(api::router::routes(api)).fallback(
            |request: axum::extract::Request| async move {
                pages::answer(request.method(), request.uri(), request.headers())
            },
        );
        let rest = Router::new().fallback(|mut request: axum::extract::Request| async move {
            if let Some(uri) = api::router::with_slash(request.uri()) {
                *request.uri_mut() = uri;
            }
            routes.oneshot(request).await
        });
        ingest::routes_before(ingest, rest)
    }
}

fn warn_of_missing(table: TableName, found: &Found) {
    if !found.missing.is_empty() {
        let (table, parts) = (table.name(), found.missing.len());
        tracing::error!(table, parts, "parts of the catalogue are missing on disk");
    }
}

/// Takes step after step until it is told to stop.
fn step_on(
    pipeline: &mut impl Steps,
    stop: &Stop,
    position: &AtomicU64,
    runtime: &tokio::runtime::Handle,
) {
    position.store(pipeline.position().0, Ordering::Relaxed);
    while !stop.is_told() {
        match pipeline.step() {
            Ok(true) => position.store(pipeline.position().0, Ordering::Relaxed),
            Ok(false) => runtime.block_on(async {
                tokio::select! {
                    () = pipeline.ready() => {}
                    () = stop.told() => {}
                }
            }),
            Err(problem) => {
                tracing::error!(
                    problem = chain(&problem),
                    "a step of the pipeline failed; trying again"
                );
                runtime.block_on(async {
                    tokio::select! {
                        () = tokio::time::sleep(AFTER_FAILURE) => {}
                        () = stop.told() => {}
                    }
                });
            }
        }
    }
}

/// Once a second: accounts to disk, what other processes changed into memory.
fn clerk(accounts: &Accounts, meta: &Meta, engine: &Engine) {
    let done = accounts.write().and_then(|()| meta.refresh().map(drop));
    let done = done.and_then(|()| {
        engine.hide_issues(meta.removed_issues()?.into_iter().collect());
        Ok(())
    });
    if let Err(problem) = done {
        tracing::warn!(problem = chain(&problem), "the clerk could not finish; trying again");
    }
}

/// SIGTERM and SIGINT stop the server, SIGHUP applies the provisioning file again.
async fn watch_signals(stop: Stop, parts: Parts, provision: Option<PathBuf>) {
    let (Ok(mut term), Ok(mut hup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return tracing::error!("signals cannot be watched");
    };
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
            _ = hup.recv() => provision_again(&parts, provision.as_deref()),
        }
    }
    tracing::info!("stopping");
    stop.tell();
}

fn provision_again(parts: &Parts, path: Option<&Path>) {
    let Some(path) = path else {
        return tracing::warn!("SIGHUP, but the server was started without --provision");
    };
    let done = provisioning::read(path).and_then(|file| {
        let databases = (&parts.meta, &parts.alarms);
        provisioning::apply(databases, &file, (path, parts.clock.now()))
    });
    match done {
        Ok(changes) => {
            tracing::info!(changes = changes.len(), "provisioned again");
            parts.bells.reports.notify_one();
        }
        Err(problem) => tracing::error!(problem = format!("{problem:#}"), "provisioning failed"),
    }
}

pub(crate) fn chain(problem: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(problem), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[expect(
    clippy::print_stdout,
    reason = "the first login is for the person at the terminal, not for a log"
)]
fn print(text: &str) {
    println!("{text}");
}
