//! What stands below every mail that comes by a standing order: whose it is, what was held back, how it stops.

use super::standing::Standing;

/// The text with its footer.
pub(super) fn text(text: &str, standing: Option<&Standing>) -> String {
    let Some(standing) = standing else {
        return text.to_owned();
    };
    let held = held(standing).map_or_else(String::new, |held| format!("{held}\n"));
    let Standing { name, hub, stop, .. } = standing;
    let text = text.trim_end();
    format!("{text}\n\n-- \n{held}{name}, Errand at {hub}\nStop these mails: {stop}\n")
}

/// The HTML with its footer: within the body, if it says where that ends.
pub(super) fn html(html: &str, standing: Option<&Standing>) -> String {
    let Some(standing) = standing else {
        return html.to_owned();
    };
    let held = held(standing).map_or_else(String::new, |held| format!("{}<br>", escape(&held)));
    let footer = format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:640px;margin:0 auto\">\
         <tr><td class=\"errand-footer\" style=\"padding:16px 24px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
         font-size:12px;line-height:1.5;color:#6b7280\">{held}{name}, Errand at <a href=\"{hub}\" style=\"color:#6b7280\">{hub}</a>\
         <br><a href=\"{stop}\" style=\"color:#6b7280\">Stop these mails</a></td></tr></table>",
        name = escape(&standing.name),
        hub = escape(&standing.hub),
        stop = escape(&standing.stop),
    );
    let end = html.to_ascii_lowercase().rfind("</body>").unwrap_or(html.len());
    let (before, after) = html.split_at(end);
    format!("{before}{footer}{after}")
}

fn held(standing: &Standing) -> Option<String> {
    match standing.held {
        0 => None,
        1 => Some("One mail to you was held back, because there were too many within an hour.".to_owned()),
        held => Some(format!(
            "{held} mails to you were held back, because there were too many within an hour."
        )),
    }
}

fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(held: u32) -> Standing {
        Standing {
            name: "Shop".to_owned(),
            list: "7".to_owned(),
            hub: "https://hub".to_owned(),
            stop: "https://hub/stop".to_owned(),
            token: String::new(),
            returns_to: None,
            held,
        }
    }

    #[test]
    fn the_footer_stands_at_the_end_of_the_body() {
        let html = html("<html><body><p>x</p></BODY></html>", Some(&standing(0)));
        assert!(html.starts_with("<html><body><p>x</p><table"), "{html}");
        assert!(html.ends_with("</table></BODY></html>"), "{html}");
        assert_eq!(super::html("<p>x</p>", None), "<p>x</p>");
    }

    #[test]
    fn what_was_held_back_is_told() {
        let said = text("x\n\n", Some(&standing(2)));
        assert!(
            said.starts_with("x\n\n-- \n2 mails to you were held back"),
            "{said}"
        );
        assert!(!text("x", Some(&standing(0))).contains("held back"));
    }
}
