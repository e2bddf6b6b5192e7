//! Organizations and teams.

use errand_model::project::Organization;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// An organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationShape {
    id: String,
    slug: String,
    name: String,
    date_created: Time,
    status: OrganizationStatus,
    is_early_adopter: bool,
    require2_f_a: bool,
    features: [&'static str; 0],
}

/// Whether an organization works; it always does here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationStatus {
    id: &'static str,
    name: &'static str,
}

impl OrganizationShape {
    pub(crate) fn of(organization: &Organization) -> Self {
        OrganizationShape {
            id: organization.id.to_string(),
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            date_created: Time(organization.created),
            status: OrganizationStatus {
                id: "active",
                name: "active",
            },
            is_early_adopter: false,
            require2_f_a: false,
            features: [],
        }
    }
}
