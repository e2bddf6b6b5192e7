//! `inbound`: another system calls. It proves itself to the hub first; the plugin wakes for nobody else.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;

use super::nouns::Head;
use super::{attempt, failed, unable};
use crate::attempt::Attempt;
use crate::bindings::v1::exports::errand::plugin::inbound as wit;
use crate::component::Plugin;
use crate::instance;
use crate::occasions::{Called, InboundCall, InboundReply};
use crate::record::sanitize;
use crate::secrets::{self, Secrets};
use crate::shared::Shared;
use crate::verify;

/// Bytes of a plugin's answer to another system.
const MAX_BODY: usize = 64 << 10;

/// Verifies the request, and calls the plugin once.
pub(crate) async fn call(shared: &Arc<Shared>, plugin: &Plugin, call: &InboundCall) -> Called<InboundReply> {
    let end = |outcome| Called::failed(Attempt::not_run(outcome));
    let Some(indices) = &plugin.exports.inbound else {
        return end(unable(plugin, "takes no calls"));
    };
    let Some(route) = plugin
        .manifest
        .inbound
        .iter()
        .find(|route| route.route == call.route)
    else {
        return end(unable(
            plugin,
            &format!("has no route '{}'", sanitize(&call.route)),
        ));
    };
    if call.body.len() > shared.limits.request_body {
        let limit = shared.limits.request_body;
        return end(unable(plugin, &format!("takes calls of up to {limit} bytes")));
    }
    let (_, secrets) = secrets::split(&plugin.manifest, &call.head.config);
    if let Err(refusal) = verify::check(&route.verify, call, &secrets, shared.clock.now()) {
        return end(AttemptOutcome::Auth {
            message: refusal.to_string(),
        });
    }
    let delivery = Head::from(&call.head).delivery(shared);
    let request = request(call, route.verify.name());
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

fn request(call: &InboundCall, verified_by: Option<&str>) -> wit::Request {
    wit::Request {
        route: call.route.clone(),
        method: call.method.clone(),
        query: call.query.clone(),
        headers: call
            .headers
            .iter()
            .map(|(name, value)| wit::Header {
                name: name.clone(),
                value: value.clone(),
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
