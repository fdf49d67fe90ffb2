//! Channels: ways to tell somebody, with secrets that are never shown again.

use alarm::{Alarms, Author, NewChannel, StoredChannel};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::Scope;
use model::id::OrganizationId;
use notify::{Channel, ChannelKind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{PAGE, enter, fields, name, number};
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// A way to tell somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    /// Its number.
    pub id: String,
    /// mail, slack, pagerduty …
    pub kind: String,
    /// What rules call it.
    pub name: String,
    /// What is not secret.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Which secrets are set; they themselves are never shown.
    pub secrets: Vec<String>,
    /// When it was made.
    pub date_created: String,
    /// When it was last changed.
    pub date_changed: String,
}

/// What a channel of some kind may be told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelKindView {
    /// Its name.
    pub kind: &'static str,
    /// Its settings and secrets.
    pub fields: Vec<ChannelFieldView>,
}

/// A setting or secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelFieldView {
    /// Its name.
    pub name: &'static str,
    /// Whether it is kept sealed.
    pub secret: bool,
    /// Whether the channel cannot do without.
    pub required: bool,
    /// Whether it is an address of the web.
    pub url: bool,
    /// What people should know.
    pub about: &'static str,
}

/// What became of a test message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tested {
    /// Whether the peer took it.
    pub delivered: bool,
    /// Of HTTP or SMTP; nothing when there was no answer.
    pub status: Option<u16>,
    /// The peer's words, or why there were none.
    pub answer: String,
    /// How long it took.
    pub millis: u64,
}

fn view(api: &Api, channel: StoredChannel) -> Result<ChannelView, ApiError> {
    let secrets = api.database.open_channel(channel.says.organization, &channel.says.sealed)?;
    let mut secrets = secrets.unwrap_or_default();
    let mut settings = channel.says.settings;
    if let (Some(kind), Some(settings)) =
        (ChannelKind::named(&channel.says.kind), settings.as_object_mut())
    {
        kind.keep_secrets_apart(settings, &mut secrets);
    }
    Ok(ChannelView {
        id: channel.id.to_string(),
        kind: channel.says.kind,
        name: channel.says.name,
        settings,
        secrets: secrets.into_iter().map(|(name, _)| name).collect(),
        date_created: time::iso(channel.created),
        date_changed: time::iso(channel.changed),
    })
}

/// A channel makes the server call an address, and holds secrets: that is for those who may set up
/// integrations.
fn enter_to_set_up(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    let scopes = [Scope::OrgWrite, Scope::OrgIntegrations];
    caller.enter_with_any(&api.database, organization, &scopes)
}

/// Kinds of channels, and what each may be told.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-channel-kinds/",
    tag = "alerts", params(("organization" = String, Path)),
    responses((status = 200, body = Vec<ChannelKindView>), (status = 404)))]
pub async fn kinds(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<ChannelKindView>>, ApiError> {
    api.blocking(move |api| enter(api, &caller, &organization)).await?;
    let field = |field: &notify::Field| ChannelFieldView {
        name: field.name,
        secret: field.is_secret,
        required: field.is_needed,
        url: field.is_url,
        about: field.about,
    };
    let kinds = ChannelKind::ALL.into_iter().map(|kind| ChannelKindView {
        kind: kind.name(),
        fields: kind.fields().iter().map(field).collect(),
    });
    Ok(Json(kinds.collect()))
}

/// Channels, by name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-channels/", tag = "alerts",
    params(("organization" = String, Path), ("cursor" = Option<String>, Query),
        ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<ChannelView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ChannelView>>), ApiError> {
    let page = params.page(PAGE)?;
    api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let part = page.and_one();
        let found = api.alarms.channels_page(access.organization.id, (part.offset, part.limit))?;
        let (links, found) = page.cut(found, &api.public_url, &uri);
        let views = found.into_iter().map(|channel| view(api, channel));
        Ok((links, Json(views.collect::<Result<_, _>>()?)))
    })
    .await
}

/// Sets a channel up: `kind`, `name`, `settings`, `secrets`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-channels/", tag = "alerts",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = ChannelView), (status = 400), (status = 403), (status = 404),
        (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<ChannelView>), ApiError> {
    let created = api.blocking(move |api| {
        let access = enter_to_set_up(api, &caller, &organization)?;
        let fields = fields(&body)?;
        let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
        let kind = ChannelKind::named(kind).ok_or_else(|| {
            let known: Vec<_> = ChannelKind::ALL.into_iter().map(ChannelKind::name).collect();
            ApiError::field("kind", format!("It must be one of {}.", known.join(", ")))
        })?;
        let new = said(api, &access, (fields, kind), Map::new())?;
        let alarms = signed(api, &access, (fields, kind));
        let created = alarms.create_channel(&new, api.clock.now())?;
        view(api, created)
    });
    Ok((StatusCode::CREATED, Json(created.await?)))
}

/// Where a change is noted with the names of the secrets that the body sets, wherever it says them.
fn signed(
    api: &Api,
    access: &Access,
    (fields, kind): (&Map<String, Value>, ChannelKind),
) -> Alarms {
    let is_secret = |name: &String| {
        kind.fields().iter().any(|field| field.is_secret && field.name == name.as_str())
    };
    let places = ["settings", "secrets"].into_iter();
    let said = places.filter_map(|place| fields.get(place)?.as_object()).flat_map(Map::keys);
    let secrets = said.filter(|name| is_secret(name)).cloned().collect();
    let (user, program) = (access.user, access.program.clone());
    api.alarms.by(Author { user, program, at: api.clock.now(), secrets })
}

/// What a body says; `known` are the secrets that stay unless it says otherwise.
fn said(
    api: &Api,
    access: &Access,
    (fields, kind): (&Map<String, Value>, ChannelKind),
    mut known: Map<String, Value>,
) -> Result<NewChannel, ApiError> {
    let object = |field: &str| match fields.get(field) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(ApiError::field(field, "It must be an object.")),
    };
    let (mut settings, mut secrets) = (object("settings")?, object("secrets")?);
    kind.keep_secrets_apart(&mut settings, &mut secrets);
    for (name, value) in secrets {
        let is_nothing = value.is_null() || value == "";
        if is_nothing { drop(known.remove(&name)) } else { drop(known.insert(name, value)) }
    }
    let channel = Channel::new(kind, &settings, &known)
        .map_err(|unfit| ApiError::field(&unfit.field, format!("It {}.", unfit.reason)))?;
    if let Some(field) = channel.leads_to(&api.public_url) {
        let sentence = "It leads to this server itself: what it tells would come back to it.";
        return Err(ApiError::field(field, sentence));
    }
    let organization: OrganizationId = access.organization.id;
    Ok(NewChannel {
        organization,
        kind: kind.name().to_owned(),
        name: name(fields)?,
        settings: Value::Object(settings),
        sealed: api.database.seal_channel(organization, &known)?,
        created_by: access.user,
    })
}

/// A channel.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-channels/{channel}/",
    tag = "alerts", params(("organization" = String, Path), ("channel" = String, Path)),
    responses((status = 200, body = ChannelView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, channel)): Path<(String, String)>,
) -> Result<Json<ChannelView>, ApiError> {
    let id = number(&channel)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        view(api, api.alarms.channel(access.organization.id, id)?)
    });
    Ok(Json(found.await?))
}

/// Changes a channel: `name`, `settings`, `secrets`. Secrets that are not named stay.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/alert-channels/{channel}/",
    tag = "alerts", params(("organization" = String, Path), ("channel" = String, Path)),
    request_body = Object,
    responses((status = 200, body = ChannelView), (status = 400), (status = 403), (status = 404),
        (status = 409)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, channel)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Json<ChannelView>, ApiError> {
    let id = number(&channel)?;
    let changed = api.blocking(move |api| {
        let access = enter_to_set_up(api, &caller, &organization)?;
        let organization = access.organization.id;
        let mut old = api.alarms.channel(organization, id)?;
        let kind = ChannelKind::named(&old.says.kind).ok_or(ApiError::NotFound)?;
        let mut known =
            api.database.open_channel(organization, &old.says.sealed)?.unwrap_or_default();
        if let Some(settings) = old.says.settings.as_object_mut() {
            kind.keep_secrets_apart(settings, &mut known);
        }
        let mut fields = fields(&body)?.clone();
        fields.entry("name").or_insert_with(|| old.says.name.clone().into());
        fields.entry("settings").or_insert_with(|| old.says.settings.clone());
        // A secret goes only where it was meant for: at another address it must be said again.
        if is_elsewhere(kind, &old.says.settings, fields.get("settings")) {
            known.clear();
        }
        let says = said(api, &access, (&fields, kind), known)?;
        let alarms = signed(api, &access, (&fields, kind));
        alarms.change_channel(id, &says, api.clock.now())?;
        view(api, api.alarms.channel(organization, id)?)
    });
    Ok(Json(changed.await?))
}

/// Whether an address has changed that secrets are sent to.
fn is_elsewhere(kind: ChannelKind, old: &Value, new: Option<&Value>) -> bool {
    let places = kind.fields().iter().filter(|field| field.is_url || field.name == "urls");
    let mut places = places.filter(|field| !field.is_secret);
    places.any(|field| old.get(field.name) != new.and_then(|new| new.get(field.name)))
}

/// Removes a channel. What waits for it is given up.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/alert-channels/{channel}/",
    tag = "alerts", params(("organization" = String, Path), ("channel" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, channel)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = number(&channel)?;
    api.blocking(move |api| {
        let access = enter_to_set_up(api, &caller, &organization)?;
        Ok(api.alarms_by(&access).delete_channel(access.organization.id, id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message over a channel, and answers what the peer said.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-channels/{channel}/test/",
    tag = "alerts", params(("organization" = String, Path), ("channel" = String, Path)),
    responses((status = 200, body = Tested), (status = 403), (status = 404)))]
pub async fn test(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, channel)): Path<(String, String)>,
) -> Result<Json<Tested>, ApiError> {
    let id = number(&channel)?;
    let stored = api.blocking(move |api| {
        let access = enter_to_set_up(api, &caller, &organization)?;
        Ok(api.alarms.channel(access.organization.id, id)?)
    });
    let stored = stored.await?;
    Ok(Json(api.teller.test(stored).await))
}
