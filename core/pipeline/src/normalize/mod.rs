//! Making events of all SDKs alike: what people search for stands in one place, in one form, within its limit.
//!
//! One file per step, run in the order of [`normalize`]; to add a step, add its file and a line there. Nothing
//! here fails: what cannot be used is dropped, what is too long is cut. Sources: Sentry's event payload
//! documentation and the observable behaviour of Relay's normalisation.

mod breadcrumbs;
pub(crate) mod client;
mod contexts;
mod exceptions;
mod frames;
pub(crate) mod identifiers;
mod identity;
mod input;
mod message;
mod promoted;
mod request;
mod tags;
mod timestamps;
mod trim;
mod user;

use errand_model::event::Event;
use errand_model::{EventId, Level, Timestamp};
pub use input::Input;
pub(crate) use promoted::promote;
pub(crate) use timestamps::moved_by_drift;
pub use user::identify;

/// What normalising found out beside what it wrote into the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Normalized {
    pub timestamp: Timestamp,
    pub level: Level,
}

/// Normalises `event`, which came with `input` in an envelope sent at `sent_at` by its sender's clock.
pub(crate) fn normalize<'a>(
    event: &mut Event<'a>,
    event_id: EventId,
    input: &Input<'a>,
    sent_at: Option<Timestamp>,
    from_browser: bool,
) -> Normalized {
    let timestamp = timestamps::correct(event, sent_at, input.received);
    let level = identity::normalize(event, event_id);
    message::merge(event);
    exceptions::clean(event);
    request::normalize(event);
    user::normalize(event, input.client_ip);
    tags::normalize(event);
    contexts::normalize(event);
    client::derive(event, input.user_agent, &input.client_hints, from_browser);
    breadcrumbs::clean(event);
    trim::bags(event);
    Normalized { timestamp, level }
}

#[cfg(test)]
mod tests;
