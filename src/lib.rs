//! The server: a GraphQL API and the older APIs of hosted-PBX operators, all over one model.
//!
//! [`serve::start`] runs one beside a test; `main.rs` runs the commands of [`cli`].

pub mod app;
pub mod auth;
pub mod cli;
pub mod compat;
pub mod config;
pub mod demo;
pub mod docs_page;
pub mod graphql;
pub mod idempotency;
pub mod oauth;
pub mod rate;
pub mod serve;
pub mod telemetry;

pub use config::Config;
pub use serve::{Running, Server, start};
