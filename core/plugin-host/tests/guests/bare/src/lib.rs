//! A plugin without the SDK and without a manifest within: it exports `events` alone.

wit_bindgen::generate!({
    path: "../../../../../wit/v1",
    inline: "
        package test:bare;
        world bare {
            include errand:plugin/imports@1.0.0;
            export errand:plugin/events@1.0.0;
        }
    ",
    world: "test:bare/bare",
    generate_all,
});

use errand::plugin::types::{Delivery, Failure, LifecycleEvent, Outcome};
use errand::plugin::{clock, http};

struct Bare;

impl exports::errand::plugin::events::Guest for Bare {
    fn on_event(_: Delivery, event: LifecycleEvent) -> Result<Outcome, Failure> {
        if event.change == "issue.created" && clock::random(9_999).len() == 4096 {
            return Ok(Outcome::Done);
        }
        let request = http::Request {
            method: "GET".to_owned(),
            url: "https://example.com/".to_owned(),
            headers: Vec::new(),
            body: None,
            credentials: Vec::new(),
            timeout_ms: None,
        };
        match http::send(&request) {
            Ok(_) => Ok(Outcome::Ignored),
            Err(error) => Err(Failure::Permanent(format!("{error:?}"))),
        }
    }
}

export!(Bare);
