//! Calls from other systems.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::errand::plugin::types as wit;
use crate::bindings::inbound::exports::errand::plugin::inbound as export;
use crate::plugin::{Adapter, current};
use crate::{Call, Failure, Plugin};

/// A plugin that other systems call; where, and how they prove themselves, stands in the manifest under `inbound`.
pub trait Inbound: Plugin {
    /// Another system called, and has proved itself.
    ///
    /// # Errors
    /// A [`Failure`], which is an error to that system.
    fn on_request(call: &Call, request: &Request, settings: &Self::Settings) -> Result<Response, Failure>;
}

/// What it sent.
#[derive(Clone, Debug)]
pub struct Request(export::Request);

impl Request {
    /// Where it came in: the name in the manifest.
    pub fn route(&self) -> &str {
        &self.0.route
    }

    /// `POST`.
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// What stood behind the `?`.
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.headers.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(&header.value)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// How the sender proved itself; none if the manifest asks for no proof.
    pub fn verified_by(&self) -> Option<&str> {
        self.0.verified_by.as_deref()
    }

    /// The body, read as a form: its fields, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        crate::form::fields(self.body())
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// [`Failure::Permanent`] if it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.0.body)
            .map_err(|error| Failure::permanent(format!("the call is not the expected JSON: {error}")))
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Response(export::Response);

impl Response {
    /// A status and no more.
    pub fn status(status: u16) -> Self {
        Response(export::Response {
            status,
            content_type: "text/plain".to_owned(),
            body: Vec::new(),
        })
    }

    /// 200 with a value as JSON.
    ///
    /// # Panics
    /// If the value cannot be JSON (a map whose keys are no text): a mistake in the plugin.
    pub fn json<T: Serialize>(value: &T) -> Self {
        Response(export::Response {
            status: 200,
            content_type: "application/json".to_owned(),
            body: serde_json::to_vec(value).expect("a value that can be JSON"),
        })
    }
}

impl<P: Inbound> export::Guest for Adapter<P> {
    fn on_request(
        delivery: wit::Delivery,
        request: export::Request,
    ) -> Result<export::Response, wit::Failure> {
        let run = || P::on_request(&Call::from(delivery), &Request(request), &current::<P>()?);
        run().map(|response| response.0).map_err(wit::Failure::from)
    }
}
