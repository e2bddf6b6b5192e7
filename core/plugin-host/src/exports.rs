//! Which interfaces a plugin exports: found out by looking, so that a plugin has no stubs for what it does not do.

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::bindings::v1::exports::errand::plugin::{
    actions, choices, configuration, digests, events, forms, hindsight, inbound, migration, retrace, schedule,
};
use crate::instance::State;
use crate::manifest::{DigestRule, Manifest};

/// The package whose interfaces are the hub's.
const PACKAGE: &str = "errand:plugin/";

/// The interfaces that the hub can call.
const KNOWN: [&str; 11] = [
    "actions",
    "choices",
    "configuration",
    "digests",
    "events",
    "forms",
    "hindsight",
    "inbound",
    "migration",
    "retrace",
    "schedule",
];

/// Whether a component with these exports hears of changes, one by one or together.
pub(crate) fn hears(exported: &[String]) -> bool {
    exported
        .iter()
        .any(|export| matches!(interface(export), Some("events" | "digests")))
}

/// The functions of each interface that a plugin exports.
pub(crate) struct Exports {
    pub(crate) actions: Option<actions::GuestIndices>,
    pub(crate) choices: Option<choices::GuestIndices>,
    pub(crate) configuration: Option<configuration::GuestIndices>,
    pub(crate) digests: Option<digests::GuestIndices>,
    pub(crate) events: Option<events::GuestIndices>,
    pub(crate) forms: Option<forms::GuestIndices>,
    pub(crate) hindsight: Option<hindsight::GuestIndices>,
    pub(crate) inbound: Option<inbound::GuestIndices>,
    pub(crate) migration: Option<migration::GuestIndices>,
    pub(crate) retrace: Option<retrace::GuestIndices>,
    pub(crate) schedule: Option<schedule::GuestIndices>,
}

impl Exports {
    /// None of them.
    pub(crate) const NONE: Self = Exports {
        actions: None,
        choices: None,
        configuration: None,
        digests: None,
        events: None,
        forms: None,
        hindsight: None,
        inbound: None,
        migration: None,
        retrace: None,
        schedule: None,
    };

    /// Looks for them, by the names that the component exports.
    pub(crate) fn find(pre: &InstancePre<State>, exported: &[String]) -> wasmtime::Result<Self> {
        let is_there = |name: &str| exported.iter().any(|export| interface(export) == Some(name));
        macro_rules! indices {
            ($($name:ident)*) => {
                Exports { $($name: match is_there(stringify!($name)) {
                    true => Some($name::GuestIndices::new(pre)?),
                    false => None,
                }),* }
            };
        }
        Ok(
            indices!(actions choices configuration digests events forms hindsight inbound migration retrace schedule),
        )
    }

    /// Looks up every function of every interface in an instance: a type that differs shows only here.
    pub(crate) fn look_up(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<()> {
        macro_rules! look_up {
            ($($name:ident)*) => {
                $(if let Some(indices) = &self.$name {
                    indices.load(&mut *store, instance)?;
                })*
            };
        }
        look_up!(actions choices configuration digests events forms hindsight inbound migration retrace schedule);
        Ok(())
    }

    /// What the manifest promises has to be there, and the other way round.
    pub(crate) fn check(&self, manifest: &Manifest) -> Result<(), String> {
        let looks_up = manifest.settings.iter().any(|field| field.lookup);
        let draws = manifest.actions.iter().any(|action| action.drawn);
        for (name, is_exported, is_declared) in [
            ("choices", self.choices.is_some(), looks_up),
            ("actions", self.actions.is_some(), !manifest.actions.is_empty()),
            ("forms", self.forms.is_some(), draws),
            ("inbound", self.inbound.is_some(), !manifest.inbound.is_empty()),
            ("schedule", self.schedule.is_some(), !manifest.schedule.is_empty()),
        ] {
            if is_declared && !is_exported {
                return Err(format!(
                    "the manifest declares '{name}', but the component does not export it"
                ));
            }
            if is_exported && !is_declared {
                return Err(format!(
                    "the component exports '{name}', but the manifest declares none"
                ));
            }
        }
        let hears_of_both = manifest.digest.as_ref().is_some_and(DigestRule::may_tell_each);
        if hears_of_both && self.events.is_none() {
            return Err(
                "the manifest has changes told one by one besides 'digest', but the component exports no 'events'"
                    .to_owned(),
            );
        }
        // A plugin that has both hears one by one, unless its manifest says otherwise.
        match (
            manifest.digest.is_some(),
            self.events.is_some(),
            self.digests.is_some(),
        ) {
            (true, _, false) => {
                Err("the manifest declares 'digest', but the component exports no 'digests'".to_owned())
            }
            (false, false, true) => {
                Err("the component exports 'digests', but the manifest declares no 'digest'".to_owned())
            }
            _ => Ok(()),
        }?;
        Ok(())
    }
}

/// A plugin that exports nothing the hub can call is a mistake; so is one that needs a newer hub to be called.
pub(crate) fn check_names(exports: &[String]) -> Result<(), String> {
    let mut ours = exports.iter().filter_map(|export| interface(export)).peekable();
    if ours.peek().is_none() {
        return Err("the component exports no interface of errand:plugin".to_owned());
    }
    match ours.find(|name| !KNOWN.contains(name)) {
        Some(name) => Err(format!(
            "'{name}' is not known here: the plugin needs a newer hub"
        )),
        None => Ok(()),
    }
}

/// `events` of `errand:plugin/events@1.0.0`; none for what is not of that package.
pub(crate) fn interface(export: &str) -> Option<&str> {
    export.strip_prefix(PACKAGE)?.split('@').next()
}
