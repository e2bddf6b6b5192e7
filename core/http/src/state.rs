//! What a request may need of the rest of the hub.

use std::ops::Deref;
use std::sync::Arc;

use errand_model::{Clock, Ids, Timestamp};
use errand_store::Db;

use crate::HttpConfig;
use crate::auth::oidc::knowledge::Knowledge;
use crate::auth::oidc::wire::IdentityWire;
use crate::auth::password::Passwords;
use crate::deliveries::Deliveries;
use crate::hooks::room::HookRoom;
use crate::ingest::directory::Directory;
use crate::ingest::intake::Intake;
use crate::ingest::limits::Limits;
use crate::ingest::memory::BodyMemory;
use crate::ingest::meter::Meter;
use crate::ingest::volume::Volumes;
use crate::plugin_accounts::PluginAccounts;
use crate::plugin_shelf::PluginShelf;
use crate::plugins::Plugins;
use crate::post::Post;
use crate::rules::Rules;
use crate::seats::Seats;

/// What the wiring gives to the HTTP surfaces.
pub struct Services {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where row ids come from.
    pub ids: Arc<Ids>,
    /// Where accepted envelopes go.
    pub intake: Arc<dyn Intake>,
    /// Who tells plugins of what people do.
    pub deliveries: Arc<dyn Deliveries>,
    /// Who reads alert rules, and tries them on history.
    pub rules: Arc<dyn Rules>,
    /// Which plugins there are.
    pub plugin_shelf: Arc<dyn PluginShelf>,
    /// Who keeps the accounts of plugins.
    pub plugin_accounts: Arc<dyn PluginAccounts>,
    /// Who calls plugins for requests that wait.
    pub plugins: Arc<dyn Plugins>,
    /// Who sends mail to people about their accounts.
    pub post: Arc<dyn Post>,
    /// Who asks the provider of single sign-on.
    pub identity_wire: Arc<dyn IdentityWire>,
    /// Makes the text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The settings.
    pub config: HttpConfig,
}

/// The state of every surface; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What [`AppState`] derefs to.
pub struct Shared {
    services: Services,
    /// The keys and projects that SDKs name, cached.
    pub directory: Directory,
    /// How much keys and projects may still send.
    pub(crate) limits: Limits,
    /// How much projects sent, where that has a bound.
    pub(crate) volumes: Volumes,
    /// How many bytes of bodies may be in flight.
    pub(crate) body_memory: BodyMemory,
    /// Makes and checks hashes of passwords.
    pub(crate) passwords: Passwords,
    /// What is known of the provider of single sign-on.
    pub(crate) identity_provider: Knowledge,
    /// How many pages may be told by themselves what is new.
    pub(crate) seats: Seats,
    /// How many calls of other systems may be under way.
    pub(crate) hook_room: HookRoom,
    /// Counts answers to SDKs.
    pub(crate) meter: Meter,
}

impl AppState {
    /// Builds the state around the services.
    pub fn new(services: Services) -> Self {
        let ingest = &services.config.ingest;
        let directory = Directory::new(services.db.clone(), Arc::clone(&services.clock), ingest);
        let limits = Limits::new(ingest);
        let volumes = Volumes::new(ingest);
        let body_memory = BodyMemory::new(ingest.in_flight_bytes);
        AppState(Arc::new(Shared {
            directory,
            limits,
            volumes,
            body_memory,
            passwords: Passwords::new(),
            identity_provider: Knowledge::default(),
            seats: Seats::new(),
            hook_room: HookRoom::new(),
            meter: Meter::new(),
            services,
        }))
    }

    /// Ends the answers that would go on for minutes: the hub stops.
    pub fn leave(&self) {
        self.seats.close();
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time and ids, as the store takes them.
    pub fn context(&self) -> errand_store::Context<'_> {
        errand_store::Context {
            clock: self.clock.as_ref(),
            ids: &self.ids,
        }
    }

    /// The next row id.
    pub fn next_id(&self) -> i64 {
        self.ids.next(self.clock.as_ref())
    }
}

impl Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Deref for Shared {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.services
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
