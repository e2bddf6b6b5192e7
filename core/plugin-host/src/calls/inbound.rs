//! `inbound`: another system calls. It proves itself to the hub first; the plugin wakes for nobody else.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use sha2::{Digest as _, Sha256};

use super::{attempt, failed, unable};
use crate::attempt::Attempt;
use crate::bindings::v1::exports::errand::plugin::inbound as wit;
use crate::component::Plugin;
use crate::instance;
use crate::manifest::Route;
use crate::nouns::Head;
use crate::occasions::{Admission, Called, InboundCall, InboundReply, Refused};
use crate::record::sanitize;
use crate::secrets::{self, Secrets};
use crate::shared::Shared;
use crate::verify::{self, Mark};

/// Bytes of a plugin's answer to another system.
const MAX_BODY: usize = 64 << 10;

/// Whether a request may wake the plugin.
pub(crate) fn admit(shared: &Shared, plugin: &Plugin, call: &InboundCall) -> Result<Admission, Refused> {
    let route = route(plugin, call)?;
    let limit = shared.limits.request_body;
    if call.body.len() > limit {
        return Err(Refused::TooLarge(limit));
    }
    let (_, secrets) = secrets::split(&plugin.manifest, &call.head.config);
    let mark = verify::check(&route.verify, call, &secrets, shared.clock.now())
        .map_err(|refusal| Refused::Unproved(refusal.to_string()))?;
    Ok(Admission {
        receipt: match mark {
            Mark::Only(mark) if !route.repeats => Some(receipt(&route.route, &mark)),
            _ => None,
        },
    })
}

fn route<'p>(plugin: &'p Plugin, call: &InboundCall) -> Result<&'p Route, Refused> {
    let mut routes = plugin.manifest.inbound.iter();
    routes
        .find(|route| route.route == call.route)
        .ok_or(Refused::NoRoute)
}

/// What is kept of the mark: of one length, whatever was sent.
fn receipt(route: &str, mark: &str) -> Vec<u8> {
    let hash = Sha256::new()
        .chain_update(route)
        .chain_update([0])
        .chain_update(mark);
    hash.finalize().to_vec()
}

/// Verifies the request, and calls the plugin once.
pub(crate) async fn call(shared: &Arc<Shared>, plugin: &Plugin, call: &InboundCall) -> Called<InboundReply> {
    let end = |outcome| Called::failed(Attempt::not_run(outcome));
    let Some(indices) = &plugin.exports().inbound else {
        return end(unable(plugin, "takes no calls"));
    };
    let verified_by = match admit(shared, plugin, call).and(route(plugin, call)) {
        Ok(route) => route.verify.name(),
        Err(refused) => return end(refused.outcome()),
    };
    let delivery = Head::from(&call.head).delivery(shared);
    let (_, secrets) = secrets::split(&plugin.manifest, &call.head.config);
    let request = request(call, verified_by, &secrets);
    let (result, usage) = instance::run(shared, plugin, (&call.head).into(), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_on_request(&mut *store, &delivery, &request).await
    })
    .await;
    match result {
        Ok(Ok(answer)) => Called {
            reply: Some(reply(answer, &usage.secrets)),
            attempt: attempt(AttemptOutcome::Done, usage),
        },
        Ok(Err(failure)) => Called::failed(attempt(failed(failure, &usage.secrets), usage)),
        Err(error) => Called::failed(attempt(error.outcome(), usage)),
    }
}

/// What the plugin sees: secrets that a sender proves himself by are none of its business.
fn request(call: &InboundCall, verified_by: Option<&str>, secrets: &Secrets) -> wit::Request {
    wit::Request {
        route: call.route.clone(),
        method: call.method.clone(),
        query: call.query.clone(),
        headers: call
            .headers
            .iter()
            .map(|(name, value)| wit::Header {
                name: name.clone(),
                value: secrets.scrub(value),
            })
            .collect(),
        body: call.body.clone(),
        verified_by: verified_by.map(str::to_owned),
    }
}

/// Nothing that a browser would take for a page of the hub.
fn reply(answer: wit::Response, secrets: &Secrets) -> InboundReply {
    let content_type = match answer.content_type.as_str() {
        "application/json" => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let mut body = secrets.scrub_bytes(answer.body);
    body.truncate(MAX_BODY);
    InboundReply {
        status: if matches!(answer.status, 200..=299 | 400..=599) {
            answer.status
        } else {
            500
        },
        content_type,
        body,
    }
}

impl Refused {
    /// As it is written down. What was sent is quoted nowhere.
    pub fn outcome(&self) -> AttemptOutcome {
        let message = sanitize(&self.to_string());
        match self {
            Refused::Unproved(_) => AttemptOutcome::Auth { message },
            Refused::NotLoaded => AttemptOutcome::Config { message },
            Refused::NoRoute | Refused::TooLarge(_) => AttemptOutcome::Permanent { message },
        }
    }
}
