//! A table as CSV (RFC 4180), for spreadsheets.

use super::table::{Line, Table};

/// The table; steps of time are columns of their own. Its last lines are what is beyond the rows, and all together. Where numbers
/// are estimated, a last column says so: those before it are what they are without.
pub fn csv(table: &Table) -> String {
    let mut text = String::new();
    let mut heads: Vec<String> = table.keys.clone();
    if heads.is_empty() {
        heads.push(String::new());
    }
    heads.extend(table.measures.iter().map(|measure| (*measure).to_owned()));
    for measure in &table.measures {
        let several = table.measures.len() > 1;
        let name = |step: String| {
            if several {
                format!("{measure} {step}")
            } else {
                step
            }
        };
        heads.extend(table.step_names().into_iter().map(name));
    }
    // In words, for a spreadsheet would take a bare number for a date.
    let estimated = table
        .estimated()
        .map(|(measures, within)| format!("{measures} within {within:.1} %"));
    heads.extend(estimated.as_ref().map(|_| "estimated".to_owned()));
    put(&mut text, heads.iter().map(String::as_str));
    let keys = table.keys.len().max(1);
    for line in table.all().chain([&table.total]) {
        let mut cells: Vec<String> = line.names.iter().map(|name| harmless(name)).collect();
        cells.resize(keys, String::new());
        cells.extend(numbers(line));
        cells.extend(estimated.clone());
        put(&mut text, cells.iter().map(String::as_str));
    }
    text
}

fn numbers(line: &Line) -> impl Iterator<Item = String> {
    let series = line.series.iter().flatten();
    line.values.iter().chain(series).map(ToString::to_string)
}

/// What a spreadsheet would take for a formula begins with an apostrophe: anybody can send an event.
fn harmless(name: &str) -> String {
    match name.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{name}"),
        false => name.to_owned(),
    }
}

fn put<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::table;
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        let expected = "release,users,1970-01-01,1970-01-02\r\n\
                        \"'=1+1, \"\"x\"\"\",5,3,2\r\n(none),1,1,0\r\n3 others,2,1,1\r\nall together,7,4,3\r\n";
        assert_eq!(csv(&table(Some(86_400))), expected);
        assert!(csv(&table(None)).starts_with("release,users\r\n"));
    }

    #[test]
    fn estimated_numbers_say_so_in_a_last_column() {
        let mut table = table(Some(86_400));
        table.within = Some(1.5625);
        let text = csv(&table);
        let mut lines = text.lines();
        assert_eq!(
            lines.next(),
            Some("release,users,1970-01-01,1970-01-02,estimated")
        );
        assert!(
            lines.clone().count() == 4 && lines.all(|line| line.ends_with(",users within 1.6 %")),
            "{text}"
        );
        table.measures = vec!["events"];
        assert!(!csv(&table).contains("estimated"), "events are counted");
    }
}
