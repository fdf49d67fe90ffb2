//! A server's part of alerting in a folder of its own, and a peer that remembers what it heard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use alarm::{Alarms, NewChannel, NewOrder, OrderKind, Report};
use alert::{Alert, Role, RuleId, Severity};
use deliver::{DeliverError, Transport, Waiting};
use lang::ask::{
    Answer as Asked, Ask, AskError, Facet, FacetQuestion, SpanField, StoredEvent, Table,
    TableQuestion, Trace, TraceQuestion,
};
use meta::Meta;
use model::clock::{FixedClock, Micros};
use model::id::{EventId, OrganizationId, ProjectId};
use notify::{Answer, Mail, Request};
use ruler::{Bells, Courier, Dispatch, Parts};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub(crate) const SECOND: u64 = 1_000_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
const START: u64 = 1_795_392_000 * SECOND;

/// Answers nothing.
#[derive(Debug)]
struct Nobody;

fn nothing<T>() -> Asked<'static, T>
where
    T: Send + 'static,
{
    Box::pin(std::future::ready(Err(AskError::Invalid("nobody is here".to_owned()))))
}

impl Ask for Nobody {
    fn table(&self, _: TableQuestion) -> Asked<'_, Table> {
        nothing()
    }

    fn spans(&self, _: TableQuestion<SpanField>) -> Asked<'_, Table> {
        nothing()
    }

    fn trace(&self, _: TraceQuestion) -> Asked<'_, Trace> {
        nothing()
    }

    fn event(&self, _: ProjectId, _: EventId) -> Asked<'_, Option<StoredEvent>> {
        nothing()
    }

    fn facets(&self, _: FacetQuestion) -> Asked<'_, Vec<Facet>> {
        nothing()
    }
}

/// What the peer does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Answers 200.
    Well,
    /// Answers 503.
    Down,
    /// Takes it, and then we are killed before we hear of it.
    TakesAndDies,
    /// We are killed before the peer hears of it.
    Dies,
    /// Its answer makes us panic.
    Puzzles,
    /// Answers 503 at this host, and 200 elsewhere.
    DownAt(&'static str),
    /// Answers this status and body.
    Says(u16, &'static str),
}

/// What a peer heard: the key, and the body.
pub(crate) type Heard = Vec<(String, Value)>;

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) heard: Mutex<Heard>,
    pub(crate) mails: Mutex<Vec<(String, String)>>,
    pub(crate) mood: Mutex<Mood>,
    /// A host that never answers.
    pub(crate) stuck: Mutex<Option<&'static str>>,
}

impl Peer {
    fn new() -> Self {
        Self {
            heard: Mutex::default(),
            mails: Mutex::default(),
            mood: Mutex::new(Mood::Well),
            stuck: Mutex::default(),
        }
    }

    fn hear(&self, request: &Request) {
        let key = request.headers.iter().find(|(name, _)| *name == "idempotency-key").unwrap();
        let body = serde_json::from_slice(&request.body).unwrap();
        self.heard.lock().unwrap().push((key.1.clone(), body));
    }
}

impl Transport for Peer {
    fn ask<'w>(&'w self, request: &'w Request) -> Waiting<'w, Result<Answer, DeliverError>> {
        Box::pin(async {
            let stuck = *self.stuck.lock().unwrap();
            if stuck.is_some_and(|host| request.url.contains(host)) {
                return std::future::pending().await;
            }
            let mood = *self.mood.lock().unwrap();
            let says = |status, body: &str| {
                Ok(Answer { status, retry_after: None, body: body.as_bytes().to_vec() })
            };
            match mood {
                Mood::Well => {
                    self.hear(request);
                    says(200, "ok")
                }
                Mood::Down => says(503, "down"),
                Mood::DownAt(host) if request.url.contains(host) => says(503, "down"),
                Mood::DownAt(_) => {
                    self.hear(request);
                    says(200, "ok")
                }
                Mood::Says(status, body) => says(status, body),
                Mood::TakesAndDies => {
                    self.hear(request);
                    std::future::pending().await
                }
                Mood::Dies => std::future::pending().await,
                Mood::Puzzles => unreachable!("by what it answered"),
            }
        })
    }

    fn mail<'w>(
        &'w self,
        to: &'w str,
        mail: &'w Mail,
        _: &'w str,
    ) -> Waiting<'w, Result<u16, DeliverError>> {
        Box::pin(async {
            let stuck = *self.stuck.lock().unwrap();
            if stuck.is_some_and(|host| to.contains(host)) {
                return std::future::pending().await;
            }
            self.mails.lock().unwrap().push((to.to_owned(), mail.subject.clone()));
            Ok(250)
        })
    }
}

pub(crate) struct World {
    folder: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) parts: Parts,
    pub(crate) organization: OrganizationId,
    pub(crate) peer: Arc<Peer>,
    pub(crate) dispatch: Dispatch,
    pub(crate) courier: Courier,
}

fn parts(folder: &TempDir, clock: &Arc<FixedClock>) -> Parts {
    let clock = Arc::clone(clock) as Arc<dyn model::clock::Clock>;
    Parts {
        alarms: Alarms::open(&folder.path().join("alarm.sqlite")).unwrap(),
        meta: Meta::open(&folder.path().join("meta.sqlite"), Arc::clone(&clock)).unwrap(),
        ask: Arc::new(Nobody),
        health: Arc::new(crate::double::Double::default()),
        arrivals: Arc::default(),
        clock,
        public_url: "https://pitwatch.example".into(),
        bells: Bells::default(),
    }
}

impl World {
    /// One organisation, whose alerts all go to a webhook.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Micros(START)));
        let parts = parts(&folder, &clock);
        let organization = parts.meta.create_organization("acme", "Acme").unwrap().id;
        let peer = Arc::new(Peer::new());
        let dispatch = Dispatch::new(parts.clone()).unwrap();
        let transport = Arc::clone(&peer) as Arc<dyn Transport>;
        let courier = Courier::new(parts.clone(), transport);
        let world = Self { folder, clock, parts, organization, peer, dispatch, courier };
        let url = json!({"url": "https://hooks.example/1"});
        world.channel("webhook", "hook", url, json!({"secret": "s3cret"}));
        world.route(routing());
        world
    }

    pub(crate) fn channel(&self, kind: &str, name: &str, settings: Value, secrets: Value) -> u64 {
        let Value::Object(secrets) = secrets else { unreachable!() };
        let new = NewChannel {
            organization: self.organization,
            kind: kind.to_owned(),
            name: name.to_owned(),
            settings,
            sealed: self.parts.meta.seal_channel(self.organization, &secrets).unwrap(),
            created_by: None,
        };
        self.parts.alarms.create_channel(&new, self.now()).unwrap().id
    }

    pub(crate) fn route(&self, definition: Value) {
        alert::read_routing(&definition).unwrap();
        self.parts
            .alarms
            .set_order(&self.order(OrderKind::Routing, definition), self.now())
            .unwrap();
    }

    pub(crate) fn order(&self, kind: OrderKind, definition: Value) -> NewOrder {
        NewOrder {
            organization: self.organization,
            kind,
            name: String::new(),
            definition,
            ends: None,
            created_by: None,
        }
    }

    /// The file of alerting.
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("alarm.sqlite")
    }

    pub(crate) fn now(&self) -> Micros {
        self.parts.clock.now()
    }

    pub(crate) fn report(&self, alerts: &[Alert]) {
        let report = |alert: &Alert| Report {
            organization: self.organization,
            alert: Alert { at: self.now(), ..alert.clone() },
            about: Value::Object(Map::new()),
        };
        let reports: Vec<Report> = alerts.iter().map(report).collect();
        self.parts.alarms.report(&reports).unwrap();
    }

    /// As after `kill -9`: only what is on disk is left.
    pub(crate) fn killed(self) -> Self {
        let Self { folder, clock, parts: before, organization, peer, dispatch, courier } = self;
        drop((before, dispatch, courier));
        let parts = parts(&folder, &clock);
        let dispatch = Dispatch::new(parts.clone()).unwrap();
        let transport = Arc::clone(&peer) as Arc<dyn Transport>;
        let courier = Courier::new(parts.clone(), transport);
        Self { folder, clock, parts, organization, peer, dispatch, courier }
    }

    /// Lets time pass; the dispatcher and the courier take a turn each so often.
    pub(crate) fn pass(&mut self, time: u64, step: u64) {
        let until = self.now().0 + time;
        while self.now().0 < until {
            self.clock.advance_micros(step.min(until - self.now().0));
            self.dispatch.step().unwrap();
            block_on(self.courier.round()).unwrap();
        }
    }

    /// What the peer heard, each key once, in the order of first hearing.
    pub(crate) fn in_effect(&self) -> Heard {
        let mut seen = std::collections::BTreeSet::new();
        let heard = self.peer.heard.lock().unwrap();
        heard.iter().filter(|(key, _)| seen.insert(key.clone())).cloned().collect()
    }
}

/// All to the team's webhook.
pub(crate) fn routing() -> Value {
    json!({
        "route": {
            "receiver": "team",
            "group_by": ["alertname", "service"],
            "group_wait": "5s",
            "group_interval": "1m",
        },
        "receivers": [{"name": "team", "targets": [{"channel": "hook"}]}],
    })
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

pub(crate) fn alert(pairs: &[(&str, &str)]) -> Alert {
    let labels = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let labels: BTreeMap<String, String> = labels.collect();
    let is_page = labels.get("severity").is_some_and(|severity| severity == "page");
    Alert {
        labels,
        rule: RuleId(0),
        role: if is_page { Role::Symptom } else { Role::Other },
        severity: if is_page { Severity::Critical } else { Severity::Warning },
        is_firing: true,
        at: Micros(0),
        lapses_at: None,
        annotations: BTreeMap::new(),
    }
}

pub(crate) fn over(alert: &Alert) -> Alert {
    Alert { is_firing: false, ..alert.clone() }
}
