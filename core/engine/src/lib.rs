//! Everything that happens without a request: digest, fan-out, dispatch.
