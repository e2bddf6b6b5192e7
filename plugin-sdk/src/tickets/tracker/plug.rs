//! A plugin that is a tracker: what wakes it goes to [`Work`].

use super::{Rules, Tracker, Work};
use crate::inbound::{Inbound, Request, Response};
use crate::{Action, Actions, Call, Event, Events, Failure, Outcome, Plugin, Reply};

/// A plugin for one tracker. It is to be exported with `Events + Actions + Inbound`.
pub trait Plug: Plugin {
    /// How the tracker speaks, with the settings of a call.
    type Tracker<'a>: Tracker
    where
        Self::Settings: 'a;

    /// The tracker that the settings name.
    fn tracker(settings: &Self::Settings) -> Self::Tracker<'_>;

    /// What the admin decided.
    fn rules(settings: &Self::Settings) -> &Rules;

    /// The tracker tells something by its webhook. The hub has checked who it is.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be dealt with.
    fn hear(work: &Work<'_, Self::Tracker<'_>>, request: &Request) -> Result<Response, Failure>;
}

impl<P: Plug> Events for P {
    fn on_event(call: &Call, event: &Event, settings: &P::Settings) -> Result<Outcome, Failure> {
        Work::new(&P::tracker(settings), call, P::rules(settings)).on_event(event)
    }
}

impl<P: Plug> Actions for P {
    fn on_action(call: &Call, action: &Action, settings: &P::Settings) -> Result<Reply, Failure> {
        Work::new(&P::tracker(settings), call, P::rules(settings)).on_action(action)
    }
}

impl<P: Plug> Inbound for P {
    fn on_request(call: &Call, request: &Request, settings: &P::Settings) -> Result<Response, Failure> {
        let tracker = P::tracker(settings);
        P::hear(&Work::new(&tracker, call, P::rules(settings)), request)
    }
}
