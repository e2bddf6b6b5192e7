//! Client hints: what newer browsers say of themselves in `Sec-CH-UA…` headers (W3C User-Agent Client Hints).

use super::{Client, Device, Named};

/// The hints that came with a request or stand among an event's headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientHints<'a> {
    brands: Option<&'a str>,
    full_versions: Option<&'a str>,
    platform: Option<&'a str>,
    platform_version: Option<&'a str>,
    model: Option<&'a str>,
}

impl<'a> ClientHints<'a> {
    /// Picks the hints from headers; names in whatever case.
    pub fn from_headers(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hints = ClientHints::default();
        for (name, value) in headers {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            // All of them begin alike, and most headers do not.
            if !name
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case("sec-ch-ua"))
            {
                continue;
            }
            let slot = match () {
                () if is("sec-ch-ua") => &mut hints.brands,
                () if is("sec-ch-ua-full-version-list") => &mut hints.full_versions,
                () if is("sec-ch-ua-platform") => &mut hints.platform,
                () if is("sec-ch-ua-platform-version") => &mut hints.platform_version,
                () if is("sec-ch-ua-model") => &mut hints.model,
                () => continue,
            };
            *slot = Some(value);
        }
        hints
    }

    /// These hints or, where there is none, `other`.
    #[must_use]
    pub(super) fn or<'b>(self, other: &ClientHints<'b>) -> ClientHints<'b>
    where
        'a: 'b,
    {
        if self == ClientHints::default() {
            *other
        } else {
            self
        }
    }

    /// What they tell.
    pub(super) fn client(&self) -> Client {
        Client {
            browser: self
                .full_versions
                .and_then(brand)
                .or_else(|| self.brands.and_then(brand)),
            os: self.os(),
            device: self
                .model
                .map(unquote)
                .filter(|model| !model.is_empty())
                .map(|model| Device {
                    family: model.to_owned(),
                    model: Some(model.to_owned()),
                    brand: None,
                }),
        }
    }

    fn os(&self) -> Option<Named> {
        let name = unquote(self.platform?);
        if name.is_empty() || name == "Unknown" {
            return None;
        }
        let version = self
            .platform_version
            .map(unquote)
            .filter(|version| !version.is_empty());
        let version = match name {
            "Windows" => version.map(windows_version),
            _ => version.map(|version| version.trim_end_matches(".0").to_owned()),
        };
        Some(Named {
            name: name.to_owned(),
            version,
        })
    }
}

/// Windows tells the version of its API contract; Microsoft documents what it stands for.
fn windows_version(contract: &str) -> String {
    let major = contract
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(13..) => "11".to_owned(),
        Some(1..) => "10".to_owned(),
        Some(0) => "8.1".to_owned(),
        None => contract.to_owned(),
    }
}

/// The browser of `"Not A;Brand";v="99", "Chromium";v="98", "Google Chrome";v="98"`: the one that is neither the
/// decoy nor, unless it is alone, the engine that all of them share.
fn brand(list: &str) -> Option<Named> {
    let brands = split_list(list).filter_map(|entry| {
        let (name, parameters) = entry.trim().strip_prefix('"')?.split_once('"')?;
        let version = parameters
            .split(';')
            .find_map(|part| part.trim().strip_prefix("v="));
        let is_decoy = name.contains("Brand") && name.contains("Not");
        (!is_decoy && !name.is_empty()).then(|| Named {
            name: name.strip_prefix("Google ").unwrap_or(name).to_owned(),
            version: version
                .map(unquote)
                .filter(|version| !version.is_empty())
                .map(str::to_owned),
        })
    });
    let brands: Vec<Named> = brands.take(8).collect();
    let own = brands.iter().find(|brand| brand.name != "Chromium");
    own.or(brands.first()).cloned()
}

/// Splits at the commas outside quotes.
fn split_list(list: &str) -> impl Iterator<Item = &str> {
    let mut in_quotes = false;
    list.split(move |c| {
        if c == '"' {
            in_quotes = !in_quotes;
        }
        c == ',' && !in_quotes
    })
}

fn unquote(text: &str) -> &str {
    text.trim().trim_matches('"')
}
