//! Styles, script and icons: compiled in, and named by what they hold, so that browsers keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::AppState;

/// One stylesheet, in reading order.
const CSS: &str = concat!(
    include_str!("../../assets/css/1-base.css"),
    include_str!("../../assets/css/2-layout.css"),
    include_str!("../../assets/css/3-forms.css"),
    include_str!("../../assets/css/4-issues.css"),
    include_str!("../../assets/css/5-event.css"),
    include_str!("../../assets/css/6-reports.css"),
);
const SCRIPT: &str = include_str!("../../assets/app.js");
const DEMO: &str = include_str!("../../assets/demo.js");
const ICONS: &str = include_str!("../../assets/icons.svg");
const FAVICON: &str = include_str!("../../assets/favicon.svg");

/// Where each is found.
pub(crate) struct Urls {
    /// The stylesheet.
    pub(crate) css: String,
    /// The script of every page.
    pub(crate) script: String,
    /// The script of the demo.
    pub(crate) demo: String,
    /// The sprite of icons.
    pub(crate) icons: String,
    /// The picture in the browser's tab.
    pub(crate) favicon: String,
}

/// Where each is found, in this build.
pub(crate) fn urls() -> &'static Urls {
    static URLS: LazyLock<Urls> = LazyLock::new(|| {
        let digest = Sha256::digest([CSS, SCRIPT, DEMO, ICONS, FAVICON].concat());
        let version: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let url = |name| format!("/assets/{version}/{name}");
        Urls {
            css: url("app.css"),
            script: url("app.js"),
            demo: url("demo.js"),
            icons: url("icons.svg"),
            favicon: url("favicon.svg"),
        }
    });
    &URLS
}

/// The routes of the assets.
pub(super) fn router() -> Router<AppState> {
    Router::new().route("/assets/{version}/{name}", get(asset))
}

async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    let (kind, text) = match name.as_str() {
        "app.css" => ("text/css; charset=utf-8", CSS),
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "demo.js" => ("text/javascript; charset=utf-8", DEMO),
        "icons.svg" => ("image/svg+xml", ICONS),
        "favicon.svg" => ("image/svg+xml", FAVICON),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, text).into_response()
}
