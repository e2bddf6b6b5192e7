//! People who use the hub.

use serde::Serialize;
use utoipa::ToSchema;

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = User)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserShape {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) is_active: bool,
    /// Whether they run the hub: an owner or an admin.
    pub(crate) is_superuser: bool,
    /// `owner`, `admin`, `member`, `support` or `read-only`.
    pub(crate) role: &'static str,
}
