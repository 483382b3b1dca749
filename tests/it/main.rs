//! The integration tests: every door as its clients know it, through HTTP and WebSocket, on SQLite
//! and on PostgreSQL.
//!
//! A test of behaviour is written once, inside [`both!`], and speaks through [`app::Actor`]s. What
//! belongs to one resource is in `<domain>/<resource>.rs`, what belongs to one old API in a folder
//! of its name, and what holds of all in a file named after its topic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and sees the server from outside"
)]

#[macro_use]
mod app;
mod access;
mod answer;
mod boss;
mod conventions;
mod cross_door;
mod crud;
mod documents;
mod durability;
mod events;
mod faults;
mod filters;
mod graph;
mod graphql_batch;
mod graphql_http;
mod graphql_limits;
mod guards;
mod history;
mod http;
mod idempotency;
mod lifecycle;
mod log_in;
mod migrating;
mod names;
mod numbering;
mod paging;
mod people;
mod phone_systems;
mod platform;
#[path = "../support/postgres.rs"]
mod postgres;
mod process;
mod rate;
mod resume;
mod retention;
mod routing;
mod samples;
mod secrets;
mod selection;
mod server;
mod shape;
mod socket;
mod socket_frames;
mod sql;
mod statements;
mod store;
mod stream;
mod stream_modes;
mod upload;
mod visibility;
mod websocket;
