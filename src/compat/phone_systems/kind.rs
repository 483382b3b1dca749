//! The list of types, and how one is found by its name.

use std::{ops::Deref, sync::LazyLock};

use super::{
    available_did_numbers, customers, external_account_routes, facts::Facts, incoming_trunk_cdrs,
    incoming_trunks, sessions, sip_device_routes, termination_cdrs, termination_gateways, termination_routes,
};

/// A type of the contract, described once and for ever.
pub struct Kind(LazyLock<Facts>);

impl Kind {
    /// The type that this function describes.
    pub const fn new(describe: fn() -> Facts) -> Self {
        Self(LazyLock::new(describe))
    }
}

impl Deref for Kind {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

/// All types, in the order of the contract.
pub fn all() -> [&'static Kind; 11] {
    [
        customers::kind(),
        sessions::customer(),
        sessions::admin(),
        incoming_trunks::kind(),
        available_did_numbers::kind(),
        termination_gateways::kind(),
        termination_routes::kind(),
        external_account_routes::kind(),
        sip_device_routes::kind(),
        termination_cdrs::kind(),
        incoming_trunk_cdrs::kind(),
    ]
}

/// The type with this name.
pub fn named(name: &str) -> Option<&'static Kind> {
    all().into_iter().find(|kind| kind.name == name)
}
