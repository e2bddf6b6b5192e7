//! How a page looks to this browser: colours it chose, and what its last form brought about.
//!
//! Both are cookies that hold nothing secret; what they say is shown as text.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::access::audit::NothingDone;
use crate::auth::cookie;

const THEME: &str = "errand_theme";
const FLASH: &str = "errand_flash";
/// Longer messages are cut: a cookie holds 4 KB.
const MAX_FLASH: usize = 600;

/// What the browser's cookies say of looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    /// `light` or `dark`; none to follow the system.
    pub(crate) theme: Option<&'static str>,
    /// What the last form brought about.
    pub(crate) flash: Option<Flash>,
}

/// A message that is shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    /// `ok`, `error` or `note`.
    pub(crate) kind: &'static str,
    /// What to say.
    pub(crate) text: String,
}

impl Look {
    /// Reads the cookies.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Look {
            theme: cookie::value(headers, THEME).and_then(theme_named),
            flash: cookie::value(headers, FLASH).and_then(Flash::read),
        }
    }

    /// What the colours are, in a word.
    pub(crate) fn theme_name(&self) -> &'static str {
        self.theme.unwrap_or("as the system has it")
    }

    /// What a press of the button changes to.
    pub(crate) fn other_theme(&self) -> &'static str {
        match self.theme {
            None => "dark",
            Some("dark") => "light",
            Some(_) => "system",
        }
    }
}

fn theme_named(name: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|theme| *theme == name)
}

impl Flash {
    /// Something worked.
    pub(crate) fn ok(text: impl Into<String>) -> Self {
        Flash {
            kind: "ok",
            text: text.into(),
        }
    }

    /// Something did not.
    pub(crate) fn error(text: impl Into<String>) -> Self {
        Flash {
            kind: "error",
            text: text.into(),
        }
    }

    fn read(cookie: &str) -> Option<Self> {
        let (kind, text) = cookie.split_once('.')?;
        let kind = ["ok", "error", "note"].into_iter().find(|known| *known == kind)?;
        let text = percent_decode_str(text).decode_utf8().ok()?;
        Some(Flash {
            kind,
            text: text.into_owned(),
        })
    }

    fn write(&self) -> String {
        let end = self.text.floor_char_boundary(MAX_FLASH);
        format!(
            "{}.{}",
            self.kind,
            utf8_percent_encode(&self.text[..end], NON_ALPHANUMERIC)
        )
    }
}

/// Goes on to another page, which shows the message.
pub(crate) fn redirect_with(to: &str, flash: &Flash) -> Response {
    let mut response = Redirect::to(to).into_response();
    if flash.kind == "error" {
        response.extensions_mut().insert(NothingDone);
    }
    set_cookie(
        &mut response,
        &format!(
            "{FLASH}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
            flash.write()
        ),
    );
    response
}

/// Goes back, with other colours.
pub(crate) fn redirect_in_theme(to: &str, theme: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let cookie = match theme_named(theme) {
        Some(theme) => format!("{THEME}={theme}; Path=/; SameSite=Lax; Max-Age=31536000"),
        None => format!("{THEME}=; Path=/; SameSite=Lax; Max-Age=0"),
    };
    set_cookie(&mut response, &cookie);
    response
}

/// Adds a cookie to a response.
pub(crate) fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Adds a cookie; what is no valid header is left out.
fn set_cookie(response: &mut Response, cookie: &str) {
    add_cookie(response, HeaderValue::from_str(cookie).ok());
}

/// Forgets a message once a page has shown it.
pub(crate) async fn forget_shown_flash(request: Request, next: Next) -> Response {
    let has_flash = cookie::value(request.headers(), FLASH).is_some();
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if has_flash && is_page {
        set_cookie(
            &mut response,
            &format!("{FLASH}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_its_cookie() {
        let flash = Flash::error("Größe; \"so\" = <b>\n");
        let written = flash.write();
        assert!(
            written
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".%".contains(&byte)),
            "{written}"
        );
        assert_eq!(Flash::read(&written), Some(flash));
        assert_eq!(Flash::read("shout.hello"), None);
    }
}
