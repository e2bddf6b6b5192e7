//! A table as mail: text that is aligned, and HTML that needs nothing from elsewhere.

use super::table::{Line, Table};

/// The parts of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// For readers of text.
    pub text: String,
    /// For the others; none where text says it all.
    pub html: Option<String>,
}

/// The widest column of names, in characters.
const WIDEST: usize = 60;

/// Writes a report: what it is called, what was asked, and where it is found.
pub fn letter(title: &str, asked: &str, address: &str, table: &Table) -> Letter {
    Letter {
        text: text(title, asked, address, table),
        html: Some(html(title, asked, address, table)),
    }
}

fn text(title: &str, asked: &str, address: &str, table: &Table) -> String {
    let names: Vec<String> = table
        .all()
        .chain([&table.total])
        .map(|line| clipped(&line.name()))
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("{title}\n{asked}\n\n");
    let heads = table.keys.join(" · ");
    let measures = table.measures.iter().map(|measure| format!("{measure:>10}"));
    text.push_str(&format!(
        "{:width$}{}\n",
        clipped(&heads),
        measures.collect::<String>()
    ));
    for (line, name) in table.all().chain([&table.total]).zip(&names) {
        let numbers: String = line.values.iter().map(|value| format!("{value:>10}")).collect();
        text.push_str(&format!("{name:width$}{numbers}\n"));
    }
    if let Some(caveat) = table.caveat() {
        text.push_str(&format!("\n{caveat}\n"));
    }
    text.push_str(&format!(
        "\nIt comes because you asked for it. To see it, or to have it stopped: {address}\n"
    ));
    text
}

fn clipped(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match name.chars().count() > WIDEST {
        true => name.chars().take(WIDEST - 1).chain(['…']).collect(),
        false => name,
    }
}

fn html(title: &str, asked: &str, address: &str, table: &Table) -> String {
    let cell = "padding:4px 12px 4px 0;border-bottom:1px solid #ccc";
    let number = format!("{cell};text-align:right");
    let mut html = format!(
        "<h1 style=\"font-size:18px;margin:0\">{}</h1><p>{}</p>\
         <table style=\"border-collapse:collapse;font-family:sans-serif;font-size:14px\"><thead><tr>",
        escaped(title),
        escaped(asked)
    );
    let keys = match table.keys.is_empty() {
        true => &[String::new()][..],
        false => &table.keys,
    };
    for key in keys {
        html.push_str(&format!(
            "<th scope=\"col\" style=\"{cell};text-align:left\">{}</th>",
            escaped(key)
        ));
    }
    for measure in &table.measures {
        html.push_str(&format!("<th scope=\"col\" style=\"{number}\">{measure}</th>"));
    }
    html.push_str("</tr></thead><tbody>");
    let row = |html: &mut String, line: &Line| {
        html.push_str("<tr>");
        let mut names: Vec<&str> = line.names.iter().map(String::as_str).collect();
        names.resize(keys.len(), "");
        for name in names {
            html.push_str(&format!("<td style=\"{cell}\">{}</td>", escaped(name)));
        }
        for value in &line.values {
            html.push_str(&format!("<td style=\"{number}\">{value}</td>"));
        }
        html.push_str("</tr>");
    };
    table
        .all()
        .chain([&table.total])
        .for_each(|line| row(&mut html, line));
    let address = escaped(address);
    html.push_str(&format!("</tbody></table><p>It comes because you asked for it. To see it, or to have it stopped: <a href=\"{address}\">{address}</a></p>"));
    html
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::table;
    use super::*;

    #[test]
    fn both_parts_say_the_same_numbers_and_nothing_is_markup() {
        let letter = letter(
            "Users <b>",
            "users by release",
            "https://hub/reports/7",
            &table(None),
        );
        assert!(
            letter.text.contains("=1+1, \"x\"            5\n"),
            "{}",
            letter.text
        );
        assert!(letter.text.contains("all together"), "{}", letter.text);
        let html = letter.html.expect("HTML");
        assert!(
            html.contains("Users &lt;b&gt;") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("=1+1, &quot;x&quot;</td><td"), "{html}");
        for part in [&letter.text, &html] {
            assert!(part.contains("https://hub/reports/7"));
        }
    }
}
