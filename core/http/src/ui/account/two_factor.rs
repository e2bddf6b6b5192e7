//! Turning one's second factor on and off, and other recovery codes.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_store::two_factor;
use qrcode::{Color, QrCode};

use super::ACCOUNT_PATH;
use crate::AppState;
use crate::auth::second::{self, Checked, Enrolment};
use crate::error::{Error, PageError};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "account/two_factor.html")]
struct SetUpPage {
    page: Page,
    typed: String,
    url: String,
    picture: Picture,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    page: Page,
    codes: Vec<String>,
}

/// A QR code, as a path of squares.
struct Picture {
    size: usize,
    path: String,
}

impl Picture {
    /// With the quiet zone of four squares that readers need.
    fn of(text: &str) -> Result<Self, Error> {
        let code = QrCode::new(text).map_err(|why| Error::internal(why.to_string()))?;
        let width = code.width();
        let dark = code
            .to_colors()
            .into_iter()
            .enumerate()
            .filter(|(_, color)| *color == Color::Dark);
        let squares = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + 4, at / width + 4));
        Ok(Picture {
            size: width + 8,
            path: squares.collect(),
        })
    }
}

/// Does what the button says.
pub(super) async fn act(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    match form.text("action") {
        "begin" => begin(&visit, &state).await,
        "confirm" => confirm(&visit, &state, &form).await,
        "off" | "codes" => change(&visit, &state, &form).await,
        _ => Err(Error::bad_request("There is no such action.").into()),
    }
}

/// Makes the secret, and shows it.
async fn begin(visit: &Visit, state: &AppState) -> Result<Response, PageError> {
    let mut tx = state.db.begin().await?;
    if two_factor::is_on(&mut tx, visit.person.id).await? {
        return Ok(redirect_with(ACCOUNT_PATH, &Flash::error("It is on already.")));
    }
    let seed = two_factor::begin(&mut tx, state.context(), visit.person.id).await?;
    visit.note("began to set up a second factor");
    tx.commit().await?;
    set_up(visit, second::enrolment(&seed, &visit.person.email), None)
}

fn set_up(visit: &Visit, made: Enrolment, problem: Option<&'static str>) -> Result<Response, PageError> {
    let shown = SetUpPage {
        page: visit.page("Second factor", "account"),
        picture: Picture::of(&made.url)?,
        typed: made.typed,
        url: made.url,
        problem,
    };
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page::html_with(status, &shown)
}

/// Turns it on for who has it in their app.
async fn confirm(visit: &Visit, state: &AppState, form: &Fields) -> Result<Response, PageError> {
    let me = visit.person.id;
    let factor = two_factor::of(&state.db, me).await?;
    let Some(factor) = factor.filter(|factor| !factor.is_on) else {
        return Ok(redirect_with(
            ACCOUNT_PATH,
            &Flash::error("There is nothing to turn on."),
        ));
    };
    if second::check(state, me, form.text("code")).await? != Checked::Right {
        let made = second::enrolment(&factor.seed, &visit.person.email);
        return set_up(visit, made, Some("That is not the code that the app shows now."));
    }
    let mut tx = state.db.begin().await?;
    let codes = two_factor::confirm(&mut tx, me).await?;
    // Whoever is in another session did not bring it.
    errand_store::sessions::end_others(&mut tx, me, visit.session).await?;
    visit.note("turned their second factor on");
    tx.commit().await?;
    show_codes(visit, codes)
}

/// Turns it off, or gives other recovery codes: for who proves that they have it.
async fn change(visit: &Visit, state: &AppState, form: &Fields) -> Result<Response, PageError> {
    let me = visit.person.id;
    let problem = match second::check(state, me, form.text("code")).await? {
        Checked::Right => None,
        Checked::Wrong => Some("That is not the code, or it was used already."),
        Checked::Wait(_) => Some("That was wrong too often: try again later."),
    };
    if let Some(problem) = problem {
        return Ok(redirect_with(ACCOUNT_PATH, &Flash::error(problem)));
    }
    let mut tx = state.db.begin().await?;
    if form.text("action") == "codes" {
        let codes = two_factor::renew_codes(&mut tx, me).await?;
        visit.note("made other recovery codes");
        tx.commit().await?;
        return show_codes(visit, codes);
    }
    two_factor::turn_off(&mut tx, me).await?;
    visit.note("turned their second factor off");
    tx.commit().await?;
    Ok(redirect_with(
        ACCOUNT_PATH,
        &Flash::ok("The second factor is off."),
    ))
}

fn show_codes(visit: &Visit, codes: Vec<String>) -> Result<Response, PageError> {
    page::html(&CodesPage {
        page: visit.page("Recovery codes", "account"),
        codes,
    })
}
