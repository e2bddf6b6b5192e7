//! What all calls share.

use std::sync::Arc;

use errand_model::Clock;

use crate::egress::Egress;
use crate::oauth::turns::Turns;
use crate::options::Limits;
use crate::services::{Grants, HostServices, Mailer};

/// The hub's side of every call.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) egress: Egress,
    pub(crate) services: Arc<dyn HostServices>,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) grants: Arc<dyn Grants>,
    pub(crate) turns: Turns,
}
