//! How mails look: tables, styles on the elements, colours for both the light and the dark, nothing from elsewhere.
//!
//! Readers that turn colours around do so for text and ground alike, so each element that has one has the other. The
//! one rule set apart is for readers that ask: what is stripped of it is light, and whole.

use errand_plugin_sdk::latest::Frame;
use errand_plugin_sdk::mail::escape;

/// Frames that a mail shows.
pub(crate) const FRAMES: usize = 5;

pub(crate) const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO: &str = "font-family:Menlo,Consolas,'Liberation Mono',monospace";

const DARK: &str = "@media (prefers-color-scheme:dark){\
    .page{background:#0f1115!important}\
    .card{background:#181b20!important;border-color:#2b2f36!important}\
    .ink{color:#e6e8ec!important}.soft,.errand-footer,.errand-footer a{color:#9aa1ac!important}\
    .code{background:#22262d!important;color:#e6e8ec!important}.line{border-color:#2b2f36!important}\
    .bad{color:#f97066!important}.good{color:#47cd89!important}}";

/// What a headline is about, in a colour.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Bad,
    Good,
    Plain,
}

impl Tone {
    pub(crate) fn of(change: &str) -> Self {
        match change {
            "issue.created" | "issue.regressed" | "issue.escalating" | "alert.raised" => Tone::Bad,
            "issue.resolved" | "fix.deployed" => Tone::Good,
            _ => Tone::Plain,
        }
    }

    const fn class_and_color(self) -> (&'static str, &'static str) {
        match self {
            Tone::Bad => ("bad", "#b42318"),
            Tone::Good => ("good", "#067647"),
            Tone::Plain => ("soft", "#475467"),
        }
    }
}

/// A whole mail. `preview` is what lists of mails show of it; `inner` is HTML.
pub(crate) fn page(title: &str, preview: &str, inner: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{DARK}</style></head>\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f4f5f7\">\
         <div style=\"display:none;max-height:0;overflow:hidden\">{preview}</div>\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" class=\"page\" bgcolor=\"#f4f5f7\" \
         style=\"background:#f4f5f7\"><tr><td align=\"center\" style=\"padding:24px 12px 0\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" class=\"card\" bgcolor=\"#ffffff\" \
         style=\"max-width:640px;background:#ffffff;border:1px solid #e4e7ec;border-radius:8px\">\
         <tr><td class=\"ink\" align=\"left\" style=\"padding:24px;{FONT};font-size:15px;line-height:1.5;color:#1d2939\">\
         {inner}</td></tr></table></td></tr></table></body></html>",
        title = escape(title),
        preview = escape(preview),
    )
}

pub(crate) fn headline(text: &str, tone: Tone) -> String {
    let (class, color) = tone.class_and_color();
    format!(
        "<p class=\"{class}\" style=\"margin:0 0 4px;color:{color};font-weight:600;word-break:break-word\">{}</p>",
        escape(text)
    )
}

pub(crate) fn title(text: &str, size: u8) -> String {
    format!(
        "<h1 class=\"ink\" style=\"margin:0 0 12px;font-size:{size}px;line-height:1.35;color:#1d2939;word-break:break-word;\
         overflow-wrap:anywhere\">{}</h1>",
        escape(text)
    )
}

pub(crate) fn quote(text: &str) -> String {
    format!(
        "<p class=\"ink line\" style=\"margin:0 0 12px;white-space:pre-wrap;border-left:3px solid #d0d5dd;padding-left:12px;\
         color:#1d2939;overflow-wrap:anywhere\">{}</p>",
        escape(text)
    )
}

pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let row = |(name, value): &(&str, String)| {
        format!(
            "<tr><td class=\"soft\" valign=\"top\" style=\"padding:3px 16px 3px 0;color:#667085;white-space:nowrap\">{name}</td>\
             <td class=\"ink\" style=\"padding:3px 0;color:#1d2939;word-break:break-word;overflow-wrap:anywhere\">{}</td></tr>",
            escape(value)
        )
    };
    let rows: String = facts.iter().map(row).collect();
    format!(
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"font-size:14px\">{rows}</table>"
    )
}

pub(crate) fn frames(frames: &[Frame]) -> String {
    if frames.is_empty() {
        return String::new();
    }
    let lines: String = frames
        .iter()
        .map(|frame| format!("{}<br>", escape(&frame.in_line())))
        .collect();
    format!(
        "<p class=\"code\" style=\"{MONO};font-size:13px;line-height:1.6;background:#f4f5f7;color:#1d2939;border-radius:6px;\
         padding:12px 14px;margin:16px 0 0;word-break:break-word;overflow-wrap:anywhere\">{lines}</p>"
    )
}

pub(crate) fn button(url: &str, text: &str) -> String {
    format!(
        "<p style=\"margin:20px 0 0\"><a href=\"{}\" style=\"background:#3538cd;color:#ffffff;text-decoration:none;\
         border-radius:6px;padding:9px 16px;display:inline-block;font-weight:600\">{}</a></p>",
        escape(url),
        escape(text)
    )
}
