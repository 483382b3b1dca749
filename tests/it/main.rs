//! The integration tests: every door as its clients know it, through HTTP and WebSocket, on SQLite
//! and on PostgreSQL.
//!
//! A test of behaviour is written once, inside [`both!`], and speaks through [`app::Actor`]s. What
//! belongs to one resource is in `<domain>/<resource>.rs`, what belongs to one old API in a folder
//! of its name, and what holds of all in a file named after its topic.

#[macro_use]
mod app;
mod conventions;
mod cross_door;
mod crud;
mod events;
mod graph;
mod guards;
mod http;
#[path = "../support/postgres.rs"]
mod postgres;
mod resume;
mod samples;
mod shape;
mod socket;
mod store;
