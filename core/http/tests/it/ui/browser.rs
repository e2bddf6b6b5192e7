//! A browser without script: cookies, links, forms.

use axum::http::{Method, StatusCode};
use errand_model::UserId;
use errand_model::access::Role;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::{Answer, Hub};

/// Somebody's browser.
pub(super) struct Browser<'h> {
    hub: &'h Hub,
    cookies: Vec<(String, String)>,
    /// Those that it was told to forget.
    forgotten: Vec<(String, String)>,
}

/// Makes a person and a link for them; answers the code of the link.
pub(super) async fn invite(hub: &Hub) -> (UserId, String) {
    invite_as(hub, "ada@example.com", true).await
}

/// The same for somebody of that address, who may run the hub or not.
pub(super) async fn invite_as(hub: &Hub, email: &str, is_admin: bool) -> (UserId, String) {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let cx = hub.state.context();
    let role = if is_admin { Role::Owner } else { Role::Member };
    let person = errand_store::people::create(&mut tx, cx, email, "Ada Byron", role)
        .await
        .expect("made");
    let link = errand_store::sessions::create_link(&mut tx, cx, person.id, 3_600)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    (person.id, link.reveal().clone())
}

impl<'h> Browser<'h> {
    /// Of somebody unknown.
    pub(super) fn new(hub: &'h Hub) -> Self {
        Self::with_cookies(hub, Vec::new())
    }

    /// Of somebody who has these cookies.
    pub(super) fn with_cookies(hub: &'h Hub, cookies: Vec<(String, String)>) -> Self {
        Browser {
            hub,
            cookies,
            forgotten: Vec::new(),
        }
    }

    /// The cookies that it had and was told to forget.
    pub(super) fn forgotten(&self) -> Vec<(String, String)> {
        self.forgotten.clone()
    }

    /// Of somebody who signed in by a link.
    pub(super) async fn signed_in(hub: &'h Hub) -> Self {
        let (_, code) = invite(hub).await;
        let mut browser = Browser::new(hub);
        let answer = browser.post("/sign-in", &[("code", &code)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        browser
    }

    /// Of somebody of that address and role who signed in by a link.
    pub(super) async fn of(hub: &'h Hub, email: &str, role: Role) -> Self {
        let mut tx = hub.db.db.begin().await.expect("a transaction");
        let cx = hub.state.context();
        let name = email.split('@').next().unwrap_or_default();
        let person = errand_store::people::create(&mut tx, cx, email, name, role)
            .await
            .expect("made");
        let link = errand_store::sessions::create_link(&mut tx, cx, person.id, 3_600)
            .await
            .expect("made");
        tx.commit().await.expect("committed");
        let mut browser = Browser::new(hub);
        browser.post("/sign-in", &[("code", link.reveal())]).await;
        browser
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// A page that is there, as text.
    pub(super) async fn page(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.text().to_owned()
    }

    /// Sends a form as it is.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Sends a form of the page at `of`, with the token that stands in it.
    pub(super) async fn submit(&mut self, of: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.page(of).await;
        let (_, rest) = page
            .split_once(r#"name="csrf" value=""#)
            .expect("a form with a token");
        let (token, _) = rest.split_once('"').expect("a token");
        let mut all = vec![("csrf", token)];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Follows a redirect after a form, and answers the page it leads to.
    pub(super) async fn follow(&mut self, answer: &Answer) -> String {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let to = answer.header("location").to_owned();
        self.page(&to).await
    }

    /// Its cookies, as they stand in a request.
    pub(super) fn cookies(&self) -> String {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let cookies = self.cookies();
        let mut all = vec![("cookie", cookies.as_str())];
        all.extend_from_slice(headers);
        let answer = self.hub.request(method, path, &all, body).await;
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie in ASCII");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a name");
            let old = self.cookies.extract_if(.., |(known, _)| known == name);
            self.forgotten.extend(old);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}
