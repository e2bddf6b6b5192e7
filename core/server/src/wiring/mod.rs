//! Puts the parts together. What each crate asks for by a trait is given here.

mod intake;
mod plugins;
mod plugin_kv;

pub(crate) use intake::EngineIntake;
pub(crate) use plugins::host;
