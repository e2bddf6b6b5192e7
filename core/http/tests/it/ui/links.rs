//! Addresses that other programs know.

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

#[tokio::test]
async fn the_addresses_that_the_api_gives_lead_to_the_pages() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    for path in ["", "/", "/events/latest/"] {
        let answer = browser
            .get(&format!("/organizations/acme/issues/{issue}{path}"))
            .await;
        assert!(browser.follow(&answer).await.contains("CartError"), "{path}");
    }
}
