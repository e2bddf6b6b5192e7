//! The interface, generated from `wit/`.

wit_bindgen::generate!({
    path: "../wit/v1",
    world: "notifier",
    pub_export_macro: true,
    export_macro_name: "__export_notifier",
    default_bindings_module: "errand_plugin_sdk::bindings",
    generate_all,
});
