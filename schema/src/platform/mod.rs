//! The platform itself: tenants, sessions, keys and holidays.

pub(crate) mod api_key;
pub(crate) mod holiday;
pub(crate) mod session;
pub(crate) mod tenant;
pub(crate) mod viewer;
