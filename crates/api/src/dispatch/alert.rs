//! Alerts: what fires, where it stands, and why somebody was told or not.

use alarm::{AlertQuery, Entry, Heard, HistoryQuery, KnownAlert};
use alert::{About, Acknowledgement, Severity, Standing};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use model::clock::Micros;
use model::id::OrganizationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::quiet::Quiet;
use super::reason::{self, DecisionView};
use super::{enter, enter_to_change};
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

const MINUTE: u64 = 60_000_000;
/// A week.
const ACKNOWLEDGED_MINUTES_MAX: u64 = 7 * 1_440;

/// An alert as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// Its short form.
    pub fingerprint: String,
    /// What makes it the one it is.
    #[schema(value_type = Object)]
    pub labels: ::alert::Labels,
    /// What people should read.
    #[schema(value_type = Object)]
    pub annotations: ::alert::Labels,
    /// critical, warning or info.
    pub severity: &'static str,
    /// Whether it opens incidents.
    pub is_symptom: bool,
    /// Its rule; nothing for alerts of others.
    pub rule: Option<String>,
    /// firing or ended.
    pub state: &'static str,
    /// notified, undelivered, or why nobody was told: waiting, silenced, inhibited …
    pub status: Option<&'static str>,
    /// When it began to fire.
    pub began: String,
    /// When it ended.
    pub ended: Option<String>,
    /// When it was last reported.
    pub updated: String,
    /// What was reported with it: issue, value …
    #[schema(value_type = Object)]
    pub about: Value,
}

/// Why somebody was told of an alert, or was not.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Explanation {
    /// The alert.
    pub alert: AlertView,
    /// Where it stands now, towards each receiver.
    pub decisions: Vec<DecisionView>,
    /// How it came to that, newest first.
    pub history: Vec<DecisionView>,
}

/// For how long somebody is on it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AcknowledgeBody {
    /// Quiet for so long; an hour, if it does not say.
    pub minutes: Option<u64>,
    /// Whether somebody did something about it, which the noise report counts.
    #[serde(default)]
    pub acted: bool,
}

/// Its name.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// What matters most of where an alert stands.
pub(super) fn status(standings: &[Entry]) -> Option<&'static str> {
    let is_sent = |entry: &Entry| matches!(entry.standing, Some(Standing::Sent(_)));
    let came = |heard| standings.iter().any(|entry| is_sent(entry) && entry.heard == heard);
    if came(Heard::Somewhere) {
        return Some("notified");
    }
    if came(Heard::NotYet) {
        return Some(reason::UNDELIVERED);
    }
    let quiet = standings.iter().find_map(|entry| match &entry.standing {
        Some(Standing::Held(reason)) => Some(reason::held(reason)),
        Some(Standing::Suppressed(reason)) => Some(reason.name()),
        Some(Standing::Sent(_)) | None => None,
    });
    quiet.or_else(|| came(Heard::Nowhere).then_some(::alert::NO_RECEIVER))
}

/// What is quiet now is shown to be, also where somebody was told before.
fn view(known: KnownAlert, standings: &[Entry], quiet: &Quiet) -> AlertView {
    let alert = known.alert;
    let quiet = quiet.why(&alert.labels).filter(|_| known.is_firing);
    AlertView {
        fingerprint: known.fingerprint,
        labels: alert.labels,
        annotations: alert.annotations,
        severity: severity(alert.severity),
        is_symptom: alert.role == ::alert::Role::Symptom,
        rule: (alert.rule.0 != 0).then(|| alert.rule.0.to_string()),
        state: if known.is_firing { "firing" } else { "ended" },
        status: quiet.or_else(|| status(standings)),
        began: time::iso(known.began),
        ended: known.ended.map(time::iso),
        updated: time::iso(known.updated),
        about: known.about,
    }
}

pub(super) fn with_standing(
    api: &Api,
    (organization, quiet): (OrganizationId, &Quiet),
    known: KnownAlert,
) -> Result<AlertView, ApiError> {
    let standings = api.alarms.standings(organization, &known.fingerprint, known.episode)?;
    Ok(view(known, &standings, quiet))
}

/// Alerts: those that fire first, then by their last change.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alerts/", tag = "alerts",
    params(("organization" = String, Path),
        ("state" = Option<String>, Query, description = "firing or ended"),
        ("rule" = Option<u64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<AlertView>), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<AlertView>>), ApiError> {
    let page = params.page(50)?;
    let firing = match params.get("state").unwrap_or_default() {
        "" => None,
        "firing" => Some(true),
        "ended" => Some(false),
        other => return Err(ApiError::Invalid(format!("Invalid state: '{other}'"))),
    };
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let rule = params.number("rule");
        let query = AlertQuery { firing, rule, page: (page.offset, page.and_one().limit) };
        let organization = access.organization.id;
        let known = api.alarms.alerts(organization, &query)?;
        let quiet = Quiet::of(api, organization)?;
        let standings = api.alarms.standings_of(organization, &known)?;
        let views = known.into_iter().map(|known| {
            let standings = standings.get(&known.fingerprint).map_or(&[][..], Vec::as_slice);
            view(known, standings, &quiet)
        });
        Ok(views.collect::<Vec<_>>())
    });
    let mut found = found.await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    Ok((page.link(&api.public_url, &uri, more), Json(found)))
}

/// An alert.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alerts/{fingerprint}/",
    tag = "alerts", params(("organization" = String, Path), ("fingerprint" = String, Path)),
    responses((status = 200, body = AlertView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, fingerprint)): Path<(String, String)>,
) -> Result<Json<AlertView>, ApiError> {
    let found = api.blocking(move |api| {
        let organization = enter(api, &caller, &organization)?.organization.id;
        let quiet = Quiet::of(api, organization)?;
        with_standing(api, (organization, &quiet), api.alarms.alert(organization, &fingerprint)?)
    });
    Ok(Json(found.await?))
}

/// Why somebody was told of an alert, or was not.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alerts/{fingerprint}/explain/",
    tag = "alerts", params(("organization" = String, Path), ("fingerprint" = String, Path)),
    responses((status = 200, body = Explanation), (status = 404)))]
pub async fn explain(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, fingerprint)): Path<(String, String)>,
) -> Result<Json<Explanation>, ApiError> {
    let found = api.blocking(move |api| {
        let organization = enter(api, &caller, &organization)?.organization.id;
        let known = api.alarms.alert(organization, &fingerprint)?;
        let standings = api.alarms.standings(organization, &fingerprint, known.episode)?;
        let fingerprint = Some(fingerprint);
        let query = HistoryQuery { fingerprint, page: (0, 100), ..HistoryQuery::default() };
        let history = api.alarms.history(organization, &query)?;
        Ok(Explanation {
            decisions: standings.iter().map(reason::view).collect(),
            history: history.iter().map(reason::view).collect(),
            alert: view(known, &standings, &Quiet::of(api, organization)?),
        })
    });
    Ok(Json(found.await?))
}

/// Somebody is on it: repeats and escalation stop in all conversations that tell of the alert.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/alerts/{fingerprint}/acknowledge/", tag = "alerts",
    params(("organization" = String, Path), ("fingerprint" = String, Path)),
    request_body = AcknowledgeBody, responses((status = 202), (status = 403), (status = 404)))]
pub async fn acknowledge(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, fingerprint)): Path<(String, String)>,
    Json(body): Json<AcknowledgeBody>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let organization = access.organization.id;
        let known = api.alarms.alert(organization, &fingerprint)?;
        let told = api.alarms.standings(organization, &fingerprint, known.episode)?;
        let acknowledgement = acknowledgement(api, &access, &body)?;
        for entry in told {
            let Some(Standing::Sent(id)) = entry.standing else { continue };
            let told = api.alarms.notification(organization, id.0)?;
            let about: About = told.notification.thread.about;
            api.alarms.acknowledge(organization, &about, &acknowledgement)?;
            if body.acted {
                api.alarms.acted(organization, &told.thread)?;
            }
        }
        Ok(())
    })
    .await?;
    api.alerts_bell.notify_one();
    Ok(StatusCode::ACCEPTED)
}

/// By whoever asks, from now on.
pub(super) fn acknowledgement(
    api: &Api,
    access: &Access,
    body: &AcknowledgeBody,
) -> Result<Acknowledgement, ApiError> {
    let minutes = body.minutes.unwrap_or(60);
    if !(1..=ACKNOWLEDGED_MINUTES_MAX).contains(&minutes) {
        let sentence = format!("It must be 1 to {ACKNOWLEDGED_MINUTES_MAX} minutes.");
        return Err(ApiError::field("minutes", sentence));
    }
    let at = api.clock.now();
    let until = Micros(at.0.saturating_add(minutes * MINUTE));
    Ok(Acknowledgement { by: who(api, access)?, at, until })
}

/// What others call whoever asks.
pub(super) fn who(api: &Api, access: &Access) -> Result<String, ApiError> {
    let user = access.user.map(|user| api.database.user(user)).transpose()?.flatten();
    Ok(user.map_or_else(|| "a program".to_owned(), |user| user.email))
}

#[cfg(test)]
mod tests {
    use ::alert::{NotificationId, Reason};

    use super::*;

    fn entry(standing: Standing, heard: Heard) -> Entry {
        Entry {
            id: 1,
            at: Micros(0),
            fingerprint: "f1".to_owned(),
            rule: 5,
            episode: 1,
            receiver: "rule:5".to_owned(),
            standing: Some(standing),
            is_end: false,
            heard,
        }
    }

    fn sent(heard: Heard) -> Entry {
        entry(Standing::Sent(NotificationId(3)), heard)
    }

    fn held() -> Entry {
        entry(Standing::Held(Reason::ReceiverLimit), Heard::Somewhere)
    }

    #[test]
    fn who_is_told_is_somebody() {
        for (standings, expected) in [
            (vec![], None),
            (vec![sent(Heard::Somewhere)], Some("notified")),
            (vec![sent(Heard::Nowhere)], Some("no_receiver")),
            (vec![sent(Heard::NotYet)], Some("undelivered")),
            (vec![sent(Heard::Nowhere), sent(Heard::Somewhere)], Some("notified")),
            (vec![sent(Heard::NotYet), sent(Heard::Somewhere)], Some("notified")),
            (vec![sent(Heard::NotYet), held()], Some("undelivered")),
            (vec![sent(Heard::Nowhere), held()], Some("receiver_limit")),
        ] {
            assert_eq!(status(&standings), expected, "{standings:?}");
        }
    }

    #[test]
    fn what_was_told_and_is_silenced_is_silenced_until_the_silence_ends() {
        let silence = |now: u64| {
            let silence = ::alert::Silence {
                id: 1,
                matchers: vec![::alert::Matcher::is("service", "pay")],
                starts: Micros(10),
                ends: Micros(20),
                author: String::new(),
                comment: String::new(),
            };
            Quiet::at(vec![silence], Micros(now))
        };
        for (is_firing, now, expected) in [
            (true, 9, "notified"),
            (true, 10, "silenced"),
            (true, 20, "notified"),
            (false, 10, "notified"),
        ] {
            let labels = ::alert::Labels::from([("service".to_owned(), "pay".to_owned())]);
            let alert = ::alert::Alert {
                labels,
                rule: ::alert::RuleId(5),
                role: ::alert::Role::Other,
                severity: Severity::Warning,
                is_firing,
                at: Micros(0),
                lapses_at: None,
                annotations: ::alert::Labels::new(),
            };
            let known = KnownAlert {
                fingerprint: "f1".to_owned(),
                alert,
                about: Value::Null,
                episode: 1,
                is_firing,
                began: Micros(0),
                ended: None,
                updated: Micros(0),
            };
            let shown = view(known, &[sent(Heard::Somewhere)], &silence(now));
            assert_eq!(shown.status, Some(expected), "{is_firing} at {now}");
        }
    }

    #[test]
    fn what_was_sent_to_nobody_says_why() {
        let shown = |receiver: &str| {
            let entry = Entry { receiver: receiver.to_owned(), ..sent(Heard::Nowhere) };
            let DecisionView { event, reason, sentence, .. } = reason::view(&entry);
            assert_eq!((event, reason), ("suppressed", Some("no_receiver")));
            sentence
        };
        assert_eq!(shown("nobody"), "Nobody was told: no route leads to anybody.");
        assert_eq!(shown("rule:5"), "Nobody was told: its rule names nobody who can be told.");
        assert_eq!(shown("team"), "Nobody was told: receiver team names nobody who can be told.");
        assert_eq!(reason::view(&sent(Heard::Somewhere)).sentence, "Told in notification 3.");
    }
}
