//! A vendor's service for tests: it takes what the vendor's own description allows, and nothing else.
//!
//! ```text
//! plugin ──request──▶ Mock ── Contract: does the document allow it? ──no──▶ a violation, and 400
//!                      │ yes
//!                      ▼
//!                 Plan of faults ──▶ 401, 429, 500, a timeout, a cut before or after the effect, nonsense
//!                      │ none
//!                      ▼
//!                 Simulator: what the service does ──▶ answer ── Contract: is it what the service says? ──▶ plugin
//! ```
//!
//! A test that ends with violations fails: [`Mock`] sees to that when it is dropped.
//!
//! # For a plugin of a new vendor
//!
//! 1. Put the vendor's OpenAPI document into `tests/contracts` (its README says what may stand there) and name it in
//!    `tests/errands/it/contracts.rs`. Parts that OpenAPI leaves open, such as a rich-text format, get a schema of their own:
//!    [`Contract::checking`].
//! 2. Write what the service *does* as a [`Simulator`] in `tests/src/simulators`: state, and a `match` on the operation's
//!    id. It sees requests that the document allows only, so it need not check them again; what the document cannot
//!    express (a missing required field of a project, an unknown user) it refuses by [`Answer::refused`].
//! 3. Test the plugin in one of two places:
//!    * `tests/errands` (`cargo test --workspace --test errands`, after `cargo xtask plugins`): the real component in the real
//!      plugin host, with a hub in memory, a clock that stands still and `Mock` in the network's place ([`Mock::exchange`] needs no socket, so `https://acme.atlassian.net` is what it
//!      is in production). Fast enough for property tests.
//!    * `tests/it`: the real hub, over HTTP: [`Mock::serve`] listens on loopback. A plugin whose service has a fixed
//!      address has a setting for it (`url`), which it needs anyway for regions, proxies and on-premises; tests set it
//!      to [`Server::url`]. The hub of the tests allows plain http and secrets on `127.0.0.0/8`, as an admin may.
//! 4. Say what goes wrong by [`Mock::plan`].
//!
//! # What is checked
//!
//! Method and path; path, query and header parameters, where one that the document does not know is a violation;
//! credentials; content type; the body as JSON or as a form (of multipart bodies the type alone), and what
//! [`Contract::checking`] names within it. Of answers: status and body. Answers that a plan of faults makes up are not
//! checked: services break in ways that they do not document.
//!
//! A schema that does not compile is an error when the contract is loaded: nothing is let through because nobody could
//! read the rule.

mod document;
mod fault;
mod fit;
mod mock;
mod operation;
mod request;
mod schemas;
mod server;

pub use document::Contract;
pub use fault::{Fault, Plan};
pub use mock::{Exchange, Mock, Outcome, Simulator};
pub use request::{Answer, Call, Request};
pub use server::Server;
