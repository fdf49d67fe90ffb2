//! All addresses from outside.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use casino_telemetry::{ApiError, Request};

use crate::doors::{Gateway, admins_only, by_address, with_token};
use crate::forward::{Came, back, plain};
use crate::pages::Pages;
use crate::wishes::Wishes;
use crate::{admission, table, told};

/// Bodies are small; the largest is a feedback that is not ours.
const LARGEST_BODY: usize = 256 << 10;

type Parts = State<Arc<Gateway>>;
type Answered = Result<Response, ApiError>;

pub(crate) fn router(gateway: Arc<Gateway>, wishes: &Wishes) -> Router {
    let settings = Arc::new(told::Settings::new(wishes));
    let open = Router::new()
        .route("/api/sessions", post(sessions))
        .route("/api/flags", get(told::flags))
        .route("/api/assets/{name}", get(asset))
        .route(table::PATH, get(table::roulette))
        .route("/api/config", get(told::config).with_state(settings));
    let api = open
        .merge(players(&gateway))
        .merge(admins(&gateway))
        .layer(middleware::from_fn_with_state(gateway.clone(), by_address))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(gateway);
    let pages = Pages { web: wishes.web.files.clone(), admin: wishes.admin.files.clone() };
    api.fallback(move |request| pages.serve(request))
}

fn players(gateway: &Arc<Gateway>) -> Router<Arc<Gateway>> {
    Router::new()
        .route("/api/lobby", get(lobby))
        .route("/api/me", get(me))
        .route("/api/me/kyc", post(kyc))
        .route("/api/games/slot/spin", post(admission::slot))
        .route("/api/games/roulette/spin", post(admission::roulette))
        .route("/api/games/blackjack/deal", post(admission::deal))
        .route("/api/games/blackjack/{round_id}/{action}", post(admission::hand))
        .route("/api/games/rounds/{round_id}", get(round))
        .route("/api/payments", get(payments))
        .route("/api/payments/{id}", get(payment))
        .route("/api/payments/deposit", post(deposit))
        .route("/api/payments/withdraw", post(withdraw))
        .route("/api/analytics/summary", get(summary))
        .layer(middleware::from_fn_with_state(gateway.clone(), with_token))
}

fn admins(gateway: &Arc<Gateway>) -> Router<Arc<Gateway>> {
    Router::new()
        .route("/api/admin/players", get(all_players))
        .route("/api/admin/payments", get(all_payments))
        .layer(middleware::from_fn(admins_only))
        .layer(middleware::from_fn_with_state(gateway.clone(), with_token))
}

/// `/players/{id}…` of whoever asks.
fn of_player(rest: &str) -> Result<String, ApiError> {
    let player =
        Request::current().and_then(|request| request.identity().player).unwrap_or_default();
    Ok(format!("/players/{}{rest}", plain(&player)?))
}

async fn sessions(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.user.ask(came.to("/sessions")).await?))
}

async fn lobby(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.user.ask(came.to("/lobby")).await?))
}

async fn me(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.user.ask(came.to(&of_player("/account")?)).await?))
}

async fn kyc(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.user.ask(came.to(&of_player("/kyc")?)).await?))
}

async fn all_players(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.user.ask(came.to("/players")).await?))
}

async fn round(State(gateway): Parts, Path(round): Path<String>, came: Came) -> Answered {
    Ok(back(gateway.engine.ask(came.to(&format!("/rounds/{}", plain(&round)?))).await?))
}

/// A picture of a game: `slot.svg`.
async fn asset(State(gateway): Parts, Path(name): Path<String>, came: Came) -> Answered {
    let stem =
        name.strip_suffix(".svg").ok_or_else(|| ApiError::not_found("there is no such picture"))?;
    Ok(back(gateway.engine.ask(came.to(&format!("/assets/{}.svg", plain(stem)?))).await?))
}

async fn payments(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.payment.ask(came.to("/payments")).await?))
}

async fn payment(State(gateway): Parts, Path(id): Path<String>, came: Came) -> Answered {
    Ok(back(gateway.payment.ask(came.to(&format!("/payments/{}", plain(&id)?))).await?))
}

async fn deposit(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.payment.ask(came.to("/payments/deposit")).await?))
}

async fn withdraw(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.payment.ask(came.to("/payments/withdraw")).await?))
}

async fn all_payments(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.payment.ask(came.to("/admin/payments")).await?))
}

async fn summary(State(gateway): Parts, came: Came) -> Answered {
    Ok(back(gateway.analytics.ask(came.to("/summary")).await?))
}
