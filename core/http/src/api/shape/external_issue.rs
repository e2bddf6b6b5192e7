//! A ticket of another system, as Sentry shows what it calls external issues.

use errand_store::issues::Link;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// A ticket that an issue is linked with.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ExternalIssue)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalIssueShape {
    id: String,
    issue_id: String,
    /// The system: `jira`.
    service_type: String,
    /// What the system knows the ticket by.
    identifier: String,
    /// What people call it: `SHOP-12`.
    display_name: String,
    web_url: String,
    title: String,
    /// Its state in the system's own word.
    state: String,
    /// Whether somebody still has to do something about it.
    is_open: bool,
    /// More, of whoever linked it.
    #[schema(value_type = Object)]
    extra: serde_json::Value,
    date_created: Time,
    date_updated: Time,
}

impl ExternalIssueShape {
    pub(crate) fn new(link: Link) -> Self {
        let ticket = link.ticket;
        ExternalIssueShape {
            id: link.id.to_string(),
            issue_id: link.issue.to_string(),
            service_type: ticket.system,
            identifier: ticket.id,
            display_name: ticket.name,
            web_url: ticket.url,
            title: ticket.title,
            state: ticket.state,
            is_open: ticket.is_open,
            extra: ticket.extra,
            date_created: Time(link.created),
            date_updated: Time(link.updated),
        }
    }
}
