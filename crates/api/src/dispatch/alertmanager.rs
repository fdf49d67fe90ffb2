//! Alertmanager's API v2, so that Prometheus and amtool speak with us: the token's organisation is whose
//! alerts these are. Source: Alertmanager 0.25, `api/v2/openapi.yaml`.

mod shown;

use std::collections::BTreeMap;
use std::sync::Arc;

use alarm::{Alarms, AlertQuery, Author, OrderKind, Report};
use alert::{Alert, Labels, Matcher, Role, RuleId, Severity};
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use meta::{Scope, TokenGrant};
use model::clock::Micros;
use model::id::OrganizationId;
use notify::Posted;
use serde_json::{Value, json};

use super::silence;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;
use shown::Shown;

/// Alerts that are shown or grouped at once.
const ALERTS_MAX: usize = 10_000;
/// How long an alert without an end fires. Source: Alertmanager's `resolve_timeout`.
const LAPSES: u64 = 300 * 1_000_000;
/// Prometheus may not speak for rules of ours.
const RULE: &str = "rule_id";
const FOREIGN_RULE: &str = "exported_rule_id";

/// A program with a token: as bearer, or as the password of any name, which is all that amtool can.
#[derive(Debug)]
pub struct Program(TokenGrant);

/// What goes wrong, as Alertmanager says it: a JSON text.
#[derive(Debug)]
pub struct Refused(ApiError);

type Answer<T> = Result<T, Refused>;

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let text = match &self.0 {
            ApiError::Fields(fields) => {
                let one = |(field, sentences): (&String, &Vec<String>)| {
                    format!("{field}: {}", sentences.join(" "))
                };
                fields.iter().map(one).collect::<Vec<_>>().join("; ")
            }
            // Logged where it is turned into an answer.
            ApiError::Internal(_) => return self.0.into_response(),
            other => other.to_string(),
        };
        let mut response = (self.0.status(), Json(text)).into_response();
        if self.0.status() == StatusCode::UNAUTHORIZED {
            let value = header::HeaderValue::from_static("Basic realm=\"pitwatch\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl FromRequestParts<Api> for Program {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let value = parts.headers.get(header::AUTHORIZATION).ok_or(ApiError::Anonymous)?;
        let text = value.to_str().unwrap_or_default();
        let (scheme, rest) = text.split_once(' ').unwrap_or_default();
        let token = if scheme.eq_ignore_ascii_case("bearer") {
            Some(rest.trim().to_owned())
        } else if scheme.eq_ignore_ascii_case("basic") {
            let pair = BASE64.decode(rest.trim()).ok();
            let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
            pair.and_then(|pair| pair.split_once(':').map(|(_, token)| token.to_owned()))
        } else {
            None
        };
        let token = token.ok_or(ApiError::Unknown("Invalid token"))?;
        let grant = api.meta(move |database| database.authenticate_token(&token)).await?;
        grant.map(Self).ok_or(Refused(ApiError::Unknown("Invalid token")))
    }
}

impl Program {
    fn may_look(&self) -> Result<OrganizationId, ApiError> {
        let may = |scope| self.0.scopes.allows(scope);
        let is_fine = may(Scope::AlertsRead) || (may(Scope::OrgRead) && may(Scope::EventRead));
        is_fine.then_some(self.0.organization).ok_or(ApiError::Forbidden)
    }

    /// Where what it changes is noted as done by it.
    fn alarms(&self, api: &Api) -> Alarms {
        let (user, program) = (self.0.user, self.0.name.clone());
        api.alarms.by(Author { user, program, at: api.clock.now(), secrets: Vec::new() })
    }

    fn may_change(&self) -> Result<OrganizationId, ApiError> {
        let is_fine = [Scope::AlertsWrite, Scope::OrgWrite].into_iter();
        let mut is_fine = is_fine.filter(|scope| self.0.scopes.allows(*scope));
        is_fine.next().map(|_| self.0.organization).ok_or(ApiError::Forbidden)
    }
}

/// How the server is.
#[utoipa::path(get, path = "/api/v2/status", tag = "alertmanager",
    responses((status = 200, body = Object), (status = 401)))]
pub async fn status(State(api): State<Api>, program: Program) -> Answer<Json<Value>> {
    let organization = program.may_look()?;
    let routing = api.blocking(move |api| {
        let mut orders = api.alarms.orders(organization, OrderKind::Routing, Micros(0))?;
        Ok(orders.pop().map(|order| order.says.definition.to_string()).unwrap_or_default())
    });
    Ok(Json(json!({
        "cluster": {"name": "", "status": "disabled", "peers": []},
        "versionInfo": {
            "version": api.version,
            "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
        },
        "config": {"original": routing.await?},
        "uptime": time::iso(api.clock.now()),
    })))
}

/// Who may be told.
#[utoipa::path(get, path = "/api/v2/receivers", tag = "alertmanager",
    responses((status = 200, body = Vec<Object>), (status = 401)))]
pub async fn receivers(State(api): State<Api>, program: Program) -> Answer<Json<Vec<Value>>> {
    let organization = program.may_look()?;
    let names = api.blocking(move |api| {
        let orders = api.alarms.orders(organization, OrderKind::Routing, Micros(0))?;
        let routing = orders.last().map(|order| ::alert::read_routing(&order.says.definition));
        let receivers = routing.and_then(Result::ok).map(|routing| routing.receivers);
        let names = receivers.unwrap_or_default().into_keys();
        Ok(names.map(|name| json!({"name": name})).collect())
    });
    Ok(Json(names.await?))
}

/// Alerts that fire.
#[utoipa::path(get, path = "/api/v2/alerts", tag = "alertmanager",
    params(("active" = Option<bool>, Query), ("silenced" = Option<bool>, Query),
        ("inhibited" = Option<bool>, Query), ("filter" = Option<Vec<String>>, Query),
        ("receiver" = Option<String>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 401)))]
pub async fn alerts(
    State(api): State<Api>,
    program: Program,
    params: Params,
) -> Answer<Json<Vec<Value>>> {
    let organization = program.may_look()?;
    let found = api.blocking(move |api| shown(api, organization, &params));
    Ok(Json(found.await?.into_iter().map(|shown| shown.json()).collect()))
}

/// Alerts that fire, as they are told together.
#[utoipa::path(get, path = "/api/v2/alerts/groups", tag = "alertmanager",
    params(("filter" = Option<Vec<String>>, Query), ("receiver" = Option<String>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 401)))]
pub async fn groups(
    State(api): State<Api>,
    program: Program,
    params: Params,
) -> Answer<Json<Vec<Value>>> {
    let organization = program.may_look()?;
    let found = api.blocking(move |api| shown(api, organization, &params)).await?;
    // By name: how a route groups is known to the dispatcher, and people look for names.
    let mut groups: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for alert in found {
        let name = alert.labels.get("alertname").cloned().unwrap_or_default();
        for receiver in &alert.receivers {
            groups.entry((receiver.clone(), name.clone())).or_default().push(alert.json());
        }
    }
    let groups = groups.into_iter().map(|((receiver, name), alerts)| {
        json!({"labels": {"alertname": name}, "receiver": {"name": receiver}, "alerts": alerts})
    });
    Ok(Json(groups.collect()))
}

fn filters(params: &Params) -> Result<Vec<Matcher>, ApiError> {
    let given = params.all("filter").filter(|filter| !filter.is_empty());
    let read = |text: &str| {
        Matcher::parse(text).map_err(|unfit| ApiError::Invalid(format!("bad matcher: {unfit}")))
    };
    given.map(read).collect()
}

fn shown(api: &Api, organization: OrganizationId, params: &Params) -> Result<Vec<Shown>, ApiError> {
    let filters = filters(params)?;
    let receiver = params.get("receiver").filter(|receiver| !receiver.is_empty());
    let receiver = receiver
        .map(|pattern| Matcher::new("receiver", "=~", pattern.to_owned()))
        .transpose()
        .map_err(|unfit| ApiError::Invalid(unfit.to_string()))?;
    let is_wanted = |name: &str| params.get(name).is_none_or(|value| value != "false");
    let now = api.clock.now();
    let silences: Vec<_> = api
        .alarms
        .orders(organization, OrderKind::Silence, now)?
        .iter()
        .filter_map(silence::read)
        .collect();
    let query = AlertQuery { firing: Some(true), page: (0, ALERTS_MAX), ..AlertQuery::default() };
    let mut standings = api.alarms.standings_of_firing(organization)?;
    let mut found = Vec::new();
    for known in api.alarms.alerts(organization, &query)? {
        if !filters.iter().all(|filter| filter.matches(&known.alert.labels)) {
            continue;
        }
        let standings = standings.remove(&known.fingerprint).unwrap_or_default();
        let shown = Shown::of(known, &standings, &silences, now);
        let is_received = receiver.as_ref().is_none_or(|pattern| {
            shown
                .receivers
                .iter()
                .any(|name| pattern.matches(&Labels::from([("receiver".to_owned(), name.clone())])))
        });
        let is_shown = match shown.state() {
            "active" => is_wanted("active"),
            _ if !shown.silenced_by.is_empty() => is_wanted("silenced"),
            _ => is_wanted("inhibited"),
        };
        if is_received && is_shown {
            found.push(shown);
        }
    }
    Ok(found)
}

/// Takes alerts, as Prometheus sends them. All of them or none.
#[utoipa::path(post, path = "/api/v2/alerts", tag = "alertmanager", request_body = Vec<Object>,
    responses((status = 200), (status = 400), (status = 401), (status = 403)))]
pub async fn post_alerts(
    State(api): State<Api>,
    program: Program,
    Json(body): Json<Value>,
) -> Answer<StatusCode> {
    let organization = program.may_change()?;
    take(&api, organization, move |now| notify::read_alerts(&body, now)).await?;
    Ok(StatusCode::OK)
}

/// Takes what a real Alertmanager's `webhook_configs` send.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-hooks/alertmanager/",
    tag = "alertmanager", params(("organization" = String, Path)), request_body = Object,
    responses((status = 200), (status = 400), (status = 401), (status = 403), (status = 404)))]
pub async fn hook(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Value>,
) -> Result<StatusCode, ApiError> {
    let access =
        api.blocking(move |api| super::enter_to_change(api, &caller, &organization)).await?;
    let read = move |now| notify::read_hook(&body, now).map(|hook| hook.alerts);
    take(&api, access.organization.id, read).await?;
    Ok(StatusCode::OK)
}

async fn take(
    api: &Api,
    organization: OrganizationId,
    read: impl FnOnce(Micros) -> Result<Vec<Posted>, notify::PostedError> + Send + 'static,
) -> Result<(), ApiError> {
    api.blocking(move |api| {
        let now = api.clock.now();
        let posted = read(now).map_err(|unfit| ApiError::Invalid(unfit.to_string()))?;
        // What we sent to an Alertmanager that sends it back would never end.
        let reports = posted.into_iter().filter(|posted| !posted.came_by(&api.public_url));
        let reports: Vec<Report> =
            reports.map(|posted| report(organization, posted, now)).collect();
        for report in &reports {
            report.alert.check().map_err(|unfit| ApiError::Invalid(unfit.to_string()))?;
        }
        Ok(api.alarms.report(&reports)?)
    })
    .await?;
    api.alerts_bell.notify_one();
    Ok(())
}

fn report(organization: OrganizationId, posted: Posted, now: Micros) -> Report {
    let mut labels = posted.labels;
    if let Some(rule) = labels.remove(RULE) {
        labels.insert(FOREIGN_RULE.to_owned(), rule);
    }
    let severity = labels.get("severity").map(|severity| severity.to_ascii_lowercase());
    let (severity, role) = match severity.as_deref() {
        // Who pages says that people feel it.
        Some("page") => (Severity::Critical, Role::Symptom),
        Some("critical" | "fatal" | "emergency") => (Severity::Critical, Role::Other),
        Some("info" | "informational" | "none" | "debug") => (Severity::Info, Role::Other),
        _ => (Severity::Warning, Role::Other),
    };
    let is_firing = posted.ends.is_none_or(|ends| ends > now);
    let lapses_at = posted.ends.unwrap_or(Micros(now.0.saturating_add(LAPSES)));
    let alert = Alert {
        labels,
        rule: RuleId(0),
        role,
        severity,
        is_firing,
        at: if is_firing { posted.starts } else { posted.ends.unwrap_or(now) },
        lapses_at: is_firing.then_some(lapses_at),
        annotations: posted.annotations,
    };
    let about = json!({"kind": "external", "url": posted.generator_url});
    Report { organization, alert, about }
}

/// Silences, also those that ended lately.
#[utoipa::path(get, path = "/api/v2/silences", tag = "alertmanager",
    params(("filter" = Option<Vec<String>>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 401)))]
pub async fn silences(
    State(api): State<Api>,
    program: Program,
    params: Params,
) -> Answer<Json<Vec<Value>>> {
    let organization = program.may_look()?;
    let found = api.blocking(move |api| {
        let filters = filters(&params)?;
        let now = api.clock.now();
        let since = Micros(now.0.saturating_sub(silence::SHOWN));
        let orders = api.alarms.orders(organization, OrderKind::Silence, since)?;
        let all = orders.iter().filter_map(|order| {
            let silence = silence::read(order)?;
            let fits = filters.iter().all(|filter| filter.matches(&shown::equalities(&silence)));
            fits.then(|| shown::silence(&silence, order.changed, now))
        });
        Ok(all.collect())
    });
    Ok(Json(found.await?))
}

/// Asks for quiet, or changes what was asked for.
#[utoipa::path(post, path = "/api/v2/silences", tag = "alertmanager", request_body = Object,
    responses((status = 200, body = Object), (status = 400), (status = 401), (status = 403),
        (status = 404)))]
pub async fn post_silence(
    State(api): State<Api>,
    program: Program,
    Json(body): Json<Value>,
) -> Answer<Json<Value>> {
    let organization = program.may_change()?;
    let alarms = program.alarms(&api);
    let bell = Arc::clone(&api.alerts_bell);
    let created = api.blocking(move |api| {
        let now = api.clock.now();
        let new = silence::new(organization, shown::definition(&body)?, None)?;
        silence::is_to_come(&new, now)?;
        let id = body.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let known = id.map(|id| shown::silence_id(id).ok_or(ApiError::NotFound)).transpose()?;
        if let Some(id) = known {
            alarms.change_order(id, &new, now)?;
            return Ok(id);
        }
        Ok(alarms.create_order(&new, now)?.id)
    });
    let id = created.await?;
    bell.notify_one();
    Ok(Json(json!({"silenceID": shown::silence_name(id)})))
}

/// A silence.
#[utoipa::path(get, path = "/api/v2/silence/{id}", tag = "alertmanager",
    params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 401), (status = 404)))]
pub async fn silence(
    State(api): State<Api>,
    program: Program,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    let organization = program.may_look()?;
    let found = api.blocking(move |api| {
        let id = shown::silence_id(&id).ok_or(ApiError::NotFound)?;
        let order = api.alarms.order(organization, OrderKind::Silence, id)?;
        let silence = silence::read(&order).ok_or(ApiError::NotFound)?;
        Ok(shown::silence(&silence, order.changed, api.clock.now()))
    });
    Ok(Json(found.await?))
}

/// Ends a silence.
#[utoipa::path(delete, path = "/api/v2/silence/{id}", tag = "alertmanager",
    params(("id" = String, Path)),
    responses((status = 200), (status = 401), (status = 403), (status = 404)))]
pub async fn expire(
    State(api): State<Api>,
    program: Program,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let organization = program.may_change()?;
    let alarms = program.alarms(&api);
    let bell = Arc::clone(&api.alerts_bell);
    api.blocking(move |api| {
        let id = shown::silence_id(&id).ok_or(ApiError::NotFound)?;
        let order = api.alarms.order(organization, OrderKind::Silence, id)?;
        let now = api.clock.now();
        let says = silence::expired(order, now)
            .ok_or_else(|| ApiError::Invalid("silence is expired already".to_owned()))?;
        Ok(alarms.change_order(id, &says, now)?)
    })
    .await?;
    bell.notify_one();
    Ok(StatusCode::OK)
}
