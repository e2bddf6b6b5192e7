//! Every HTTP surface: ingest, API, pages, operations.
