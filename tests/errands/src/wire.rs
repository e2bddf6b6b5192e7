//! A mock in the network's place.

use std::sync::Arc;

use errand_plugin_host::{Remote, RemoteAnswer, RemoteRequest};
use errand_tests::contract::{Mock, Outcome, Request, Simulator};

/// A service that a mock plays.
pub fn wire<S: Simulator>(service: &Mock<S>) -> Arc<dyn Remote> {
    Arc::new(Wire(service.remote()))
}

struct Wire<F>(F);

impl<F: Fn(&Request) -> Outcome + Send + Sync> Remote for Wire<F> {
    fn answer(&self, request: &RemoteRequest) -> RemoteAnswer {
        let headers = request.headers.clone();
        let request = Request::new(&request.method, &request.url, headers, request.body.clone());
        match (self.0)(&request) {
            Outcome::Timeout => RemoteAnswer::Timeout,
            Outcome::Cut => RemoteAnswer::Interrupted,
            Outcome::Answer(answer) => {
                let (mut headers, mut body) = (answer.headers.clone(), Vec::new());
                if let Some((kind, bytes)) = answer.bytes() {
                    headers.push(("content-type".to_owned(), kind.to_owned()));
                    body = bytes;
                }
                RemoteAnswer::Answer {
                    status: answer.status,
                    headers,
                    body,
                }
            }
        }
    }
}
