//! The interface, generated from `wit/`: what the hub offers, and a module for each thing that a plugin can do.

wit_bindgen::generate!({
    path: "../wit/v1",
    world: "imports",
    generate_all,
});

/// One exported interface. Its types are those above, so that what one hook gets another can use.
macro_rules! hook {
    ($module:ident, $world:tt, $macro:tt, $path:tt) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: "../wit/v1",
                world: $world,
                pub_export_macro: true,
                export_macro_name: $macro,
                default_bindings_module: $path,
                with: { "errand:plugin/types@1.0.0": crate::bindings::errand::plugin::types },
            });
        }
    };
}

hook!(
    configuration,
    "checks-settings",
    "__export_configuration",
    "errand_plugin_sdk::bindings::configuration"
);
hook!(
    events,
    "hears-events",
    "__export_events",
    "errand_plugin_sdk::bindings::events"
);
hook!(
    digests,
    "takes-digests",
    "__export_digests",
    "errand_plugin_sdk::bindings::digests"
);
hook!(
    actions,
    "offers-actions",
    "__export_actions",
    "errand_plugin_sdk::bindings::actions"
);
hook!(
    forms,
    "draws-forms",
    "__export_forms",
    "errand_plugin_sdk::bindings::forms"
);
hook!(
    hindsight,
    "looks-back",
    "__export_hindsight",
    "errand_plugin_sdk::bindings::hindsight"
);
hook!(
    migration,
    "takes-settings-over",
    "__export_migration",
    "errand_plugin_sdk::bindings::migration"
);
hook!(
    inbound,
    "takes-calls",
    "__export_inbound",
    "errand_plugin_sdk::bindings::inbound"
);
hook!(
    retrace,
    "goes-back",
    "__export_retrace",
    "errand_plugin_sdk::bindings::retrace"
);
hook!(
    schedule,
    "works-by-the-clock",
    "__export_schedule",
    "errand_plugin_sdk::bindings::schedule"
);
hook!(
    choices,
    "looks-up",
    "__export_choices",
    "errand_plugin_sdk::bindings::choices"
);
