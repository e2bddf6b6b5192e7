//! Trackers whose tickets are open, done or dropped: the same story for each.

mod github;
mod gitlab;
mod linear;
mod story;

use anyhow::Result;
use errand_tests::contract::{Contract, Fault, Mock, Plan, Simulator};
use ring::hmac;
use serde_json::Value;

use errand_errands::Stand;

/// What trackers are told and tell by.
pub(super) const SECRET: &str = "the webhook's secret";

/// How a ticket stands over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Open,
    Done,
    Dropped,
}

/// A ticket as people there see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// What the hub calls it.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) stands: To,
    pub(super) comments: Vec<String>,
}

/// A tracker.
pub(super) trait Place: Simulator + Sized {
    const PLUGIN: &'static str;
    /// Whether it knows tickets that are dropped, apart from those that are done.
    const DROPS: bool;
    /// What a 404 to making a ticket means.
    const UNKNOWN_PLACE: &'static str;
    /// What a 409 to making a ticket means.
    const CONFLICT: &'static str;

    fn contract() -> Result<Contract>;
    fn fresh() -> Result<Self>;
    fn settings() -> Value;

    /// The tickets, in the order in which they were made.
    fn tickets(&self) -> Vec<Seen>;
    /// Somebody makes a ticket; answers by what people refer to it.
    fn add(&mut self, title: &str) -> String;
    /// Somebody moves it.
    fn turn(&mut self, ticket: usize, to: To);
    /// Somebody deletes it.
    fn remove(&mut self, ticket: usize);

    /// What goes wrong where a ticket is made.
    fn making(fault: Fault) -> Plan;
    /// The headers by which it proves that it sent a body.
    fn proved(body: &[u8]) -> Vec<(&'static str, String)>;
    /// What it tells when a ticket changed.
    fn changed(&self, ticket: usize, now: u64) -> Told;
    /// What it tells when somebody said something.
    fn said(&self, ticket: usize, text: &str, now: u64) -> Told;
}

/// What a tracker sends.
pub(super) struct Told {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Told {
    pub(super) fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// HMAC-SHA256 in hexadecimal.
pub(super) fn signature(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, body);
    signature
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A tracker, and the plugin for it.
pub(super) struct Scene<P: Place> {
    pub(super) mock: Mock<P>,
    pub(super) stand: Stand,
}

impl<P: Place> Scene<P> {
    pub(super) async fn set(change: impl FnOnce(&mut Value)) -> Result<Self> {
        let mock = Mock::new(P::contract()?.into(), P::fresh()?);
        let mut settings = P::settings();
        change(&mut settings);
        let stand = Stand::set(P::PLUGIN, settings, &mock).await?;
        Ok(Scene { mock, stand })
    }

    pub(super) fn tickets(&self) -> Vec<Seen> {
        self.mock.with(|place| place.tickets())
    }
}

/// The story as tests of one tracker.
macro_rules! tell {
    ($place:ty) => {
        $crate::trackers::tell!($place: one_issue_has_one_ticket_whatever_happens, states_go_both_ways_and_end,
            comments_go_both_ways_once, what_comes_back_late_gets_a_new_ticket, a_ticket_that_is_gone_is_noticed,
            people_make_link_and_unlink, hostile_titles_are_text, what_goes_wrong_is_told_apart,
            who_cannot_prove_himself_is_not_heard, an_alert_asks_for_a_ticket);
    };
    ($place:ty: $($name:ident),*) => {
        $(#[tokio::test]
        async fn $name() -> anyhow::Result<()> {
            $crate::trackers::story::$name::<$place>().await
        })*
    };
}
pub(super) use tell;
