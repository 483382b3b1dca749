//! Numbers, inside and outside.

pub(crate) mod extension;
pub(crate) mod phone_number;
