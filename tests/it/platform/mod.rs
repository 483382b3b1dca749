//! Tenants, how accounts are let in, and when tenants are closed.

mod api_key;
mod holiday;
mod session;
mod tenant;
