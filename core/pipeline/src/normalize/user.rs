//! Whom it happened to, and from where: `{{auto}}` stands for the address the event came from.

use std::borrow::Cow;
use std::net::IpAddr;

use errand_model::digested::EventUser;
use errand_model::event::{Event, Raw, Sdk, User};

use super::trim::{self, Limit};

const AUTO: &str = "{{auto}}";

/// How an SDK wants addresses inferred (`sdk.settings.infer_ip`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Infer {
    /// It says nothing: programs that run at the user's infer it, servers do not.
    ByPlatform,
    /// Whenever it is absent.
    Auto,
    /// Never.
    Never,
}

/// Normalises the user, and fills in the address.
pub(super) fn normalize(event: &mut Event<'_>, client_ip: Option<IpAddr>) {
    let infer = event.sdk.as_ref().map_or(Infer::ByPlatform, setting);
    if let Some(user) = &mut event.user {
        trim::field(&mut user.id, Limit::USER);
        trim::field(&mut user.email, Limit::EMAIL);
        trim::field(&mut user.username, Limit::USER);
        trim::field(&mut user.name, Limit::USER);
        trim::raw(&mut user.data, 2_048);
        trim::raw(&mut user.geo, 2_048);
        let is_auto = user.ip_address.as_deref() == Some(AUTO);
        if is_auto {
            let address = client_ip.filter(|_| infer != Infer::Never);
            user.ip_address = address.map(|address| Cow::Owned(address.to_string()));
        } else if user
            .ip_address
            .as_deref()
            .is_some_and(|text| text.trim().parse::<IpAddr>().is_err())
        {
            user.ip_address = None;
        }
    }
    infer_address(event, infer, client_ip);
    if event.user == Some(User::default()) {
        event.user = None;
    }
}

fn setting(sdk: &Sdk<'_>) -> Infer {
    #[derive(serde::Deserialize)]
    struct Settings<'a> {
        #[serde(borrow, default)]
        infer_ip: Option<&'a str>,
    }
    let settings = sdk.other.get("settings").map(Raw::get);
    let settings = settings.and_then(|json| serde_json::from_str::<Settings<'_>>(json).ok());
    match settings.and_then(|settings| settings.infer_ip) {
        Some("auto") => Infer::Auto,
        Some("never") => Infer::Never,
        _ => Infer::ByPlatform,
    }
}

fn infer_address(event: &mut Event<'_>, infer: Infer, client_ip: Option<IpAddr>) {
    if event.user.as_ref().is_some_and(|user| user.ip_address.is_some()) || infer == Infer::Never {
        return;
    }
    let runs_at_users = matches!(event.platform.as_deref(), Some("javascript" | "cocoa" | "objc"));
    let from_server = remote_address(event, client_ip);
    let from_sender = client_ip.filter(|_| infer == Infer::Auto || runs_at_users);
    if let Some(address) = from_server.or(from_sender) {
        let user = event.user.get_or_insert_default();
        user.ip_address = Some(Cow::Owned(address.to_string()));
    }
}

/// The peer of the program's own server.
fn remote_address(event: &Event<'_>, client_ip: Option<IpAddr>) -> Option<IpAddr> {
    #[derive(serde::Deserialize)]
    struct Env<'a> {
        #[serde(rename = "REMOTE_ADDR", borrow, default)]
        remote_address: Option<&'a str>,
    }
    let env = event.request.as_ref()?.env.as_ref()?.get();
    if !env.contains("REMOTE_ADDR") {
        return None;
    }
    match serde_json::from_str::<Env<'_>>(env).ok()?.remote_address? {
        AUTO => client_ip,
        text => text.trim().parse().ok(),
    }
}

/// What tells the user from others: the first of id, address, name, IP that is there.
pub fn identify(event: &Event<'_>) -> Option<EventUser> {
    let user = event.user.as_ref()?;
    let owned = |field: &Option<Cow<'_, str>>| field.as_deref().map(str::to_owned);
    let username = user.username.as_deref().or(user.name.as_deref());
    let (kind, value) = [
        ("id", user.id.as_deref()),
        ("email", user.email.as_deref()),
        ("username", username),
        ("ip", user.ip_address.as_deref()),
    ]
    .into_iter()
    .find_map(|(kind, value)| Some((kind, value?)))?;
    Some(EventUser {
        key: format!("{kind}:{value}"),
        id: owned(&user.id),
        email: owned(&user.email),
        username: username.map(str::to_owned),
        ip: owned(&user.ip_address),
    })
}
