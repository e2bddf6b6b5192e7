//! Numbers that are estimated, said in the head of an answer: so that whoever reads the body as they always did reads it still.

use axum::http::HeaderValue;
use axum::response::Response;

/// Within how many per cent.
const WITHIN: &str = "x-estimated-within";

/// Says within how many per cent the numbers of an answer are; nothing where they are counted.
pub(crate) fn say(response: &mut Response, within: Option<f64>) {
    let within = within.map(|within| HeaderValue::from_str(&format!("{within:.1}")));
    if let Some(Ok(within)) = within {
        response.headers_mut().insert(WITHIN, within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_estimated_is_said() {
        let mut response = Response::default();
        say(&mut response, None);
        assert!(response.headers().is_empty());
        say(&mut response, Some(1.5625));
        assert_eq!(response.headers()[WITHIN], "1.6");
    }
}
