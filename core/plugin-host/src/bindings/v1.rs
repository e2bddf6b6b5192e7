//! `errand:plugin@1`. Imports that wait are async.

wasmtime::component::bindgen!({
    path: "../../wit/v1",
    world: "plugin",
    imports: {
        "errand:plugin/clock.random": trappable,
        "errand:plugin/http": async,
        "errand:plugin/kv": async,
        "errand:plugin/once": async,
        "errand:plugin/alerts": async,
        "errand:plugin/issues": async,
        "errand:plugin/issue-changes": async,
        "errand:plugin/stats": async,
        "errand:plugin/mail": async,
    },
    exports: { default: async },
});
