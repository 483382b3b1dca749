//! Scratch: only the tests of boss. Deleted when they are in `it`.
#![allow(dead_code, unused_imports)]
#[macro_use]
#[path = "it/app.rs"]
mod app;
#[path = "it/boss/mod.rs"]
mod boss;
#[path = "it/http.rs"]
mod http;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "it/socket.rs"]
mod socket;
#[path = "it/store.rs"]
mod store;
