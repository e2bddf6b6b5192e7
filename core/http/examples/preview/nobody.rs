//! Nobody stands behind the pages: no plugin, no delivery, no rule.

use errand_http::deliveries::{Deliveries, Rehearsal, RehearseError};
use errand_http::plugin_accounts::{AskForAccess, Brought, PluginAccount, PluginAccounts};
use errand_http::plugin_shelf::{self, PluginShelf, PluginVersion, ShelfError};
use errand_http::plugins::{
    Action, ChoicePage, DrawnForm, FieldProblem, FindChoices, HookAnswer, HookError, HookRequest, LookUp,
    Plugins, Press, PressError, Pressed, SettingsForm, TrialError,
};
use errand_http::rules::{BackTest, Rules, RulesError};
use errand_model::{DeliveryId, InstallationId, ProjectId, Timestamp};
use errand_store::installations::Installation;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Delivers nothing.
pub(crate) struct Nobody;

type Shelved<T> = Result<T, ShelfError>;

impl PluginShelf for Nobody {
    fn versions(&self) -> Vec<PluginVersion> {
        Vec::new()
    }

    fn take_in(&self, _: Vec<u8>) -> BoxFuture<'_, Shelved<PluginVersion>> {
        std::future::ready(Err(ShelfError::Missing)).boxed()
    }

    fn begin(&self, _: String, _: Vec<u8>) -> Shelved<()> {
        Err(ShelfError::Missing)
    }

    fn arrivals(&self) -> Vec<plugin_shelf::Arrival> {
        Vec::new()
    }

    fn agree<'a>(&'a self, _: &'a str, _: Option<&'a str>, _: &'a str) -> BoxFuture<'a, Shelved<()>> {
        std::future::ready(Err(ShelfError::Missing)).boxed()
    }

    fn remove<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Shelved<()>> {
        std::future::ready(Err(ShelfError::Missing)).boxed()
    }
}

impl PluginAccounts for Nobody {
    fn accounts(&self, _: &str) -> Vec<PluginAccount> {
        Vec::new()
    }

    fn access_page(&self, _: &Installation, _: &str, _: AskForAccess<'_>) -> Result<String, String> {
        Err("there are no accounts here".to_owned())
    }

    fn take_access<'a>(
        &'a self,
        _: &'a Installation,
        _: &'a str,
        _: Brought,
    ) -> BoxFuture<'a, Result<(), String>> {
        std::future::ready(Err("there are no accounts here".to_owned())).boxed()
    }
}

impl Deliveries for Nobody {
    fn wake(&self) {}

    fn rehearse(&self, _: DeliveryId) -> BoxFuture<'_, Result<Rehearsal, RehearseError>> {
        std::future::ready(Err(RehearseError::Missing)).boxed()
    }
}

impl Rules for Nobody {
    fn check<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<String>, RulesError>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    fn look_back<'a>(
        &'a self,
        _: ProjectId,
        _: InstallationId,
        _: &'a str,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<BackTest, RulesError>> {
        std::future::ready(Ok(BackTest::default())).boxed()
    }
}

impl Plugins for Nobody {
    fn form(&self, _: &str) -> Option<SettingsForm> {
        None
    }

    fn check(&self, _: Installation) -> BoxFuture<'_, Result<Vec<FieldProblem>, String>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    fn check_grant(&self, _: &Installation) -> Vec<String> {
        Vec::new()
    }

    fn try_out(&self, _: Installation, _: bool) -> BoxFuture<'_, Result<Rehearsal, TrialError>> {
        std::future::ready(Err(TrialError::Nothing("there is no plugin".to_owned()))).boxed()
    }

    fn routes(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn actions(&self, _: &str) -> Vec<Action> {
        Vec::new()
    }

    fn look_up(&self, _: LookUp) -> BoxFuture<'_, Result<ChoicePage, String>> {
        std::future::ready(Ok(ChoicePage::default())).boxed()
    }

    fn draw(&self, _: Press) -> BoxFuture<'_, Result<DrawnForm, String>> {
        std::future::ready(Ok(DrawnForm::default())).boxed()
    }

    fn find(&self, _: FindChoices) -> BoxFuture<'_, Result<ChoicePage, String>> {
        std::future::ready(Ok(ChoicePage::default())).boxed()
    }

    fn press(&self, _: Press) -> BoxFuture<'_, Result<Pressed, PressError>> {
        std::future::ready(Err(PressError::NoAction)).boxed()
    }

    fn receive(&self, _: HookRequest) -> BoxFuture<'_, Result<HookAnswer, HookError>> {
        std::future::ready(Err(HookError::NoRoute)).boxed()
    }
}
