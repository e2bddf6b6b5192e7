//! The only SQL of the hub, on SQLite and PostgreSQL alike.
