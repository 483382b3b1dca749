//! How calls leave and enter.

pub(crate) mod dial_plan;
pub(crate) mod gateway;
pub(crate) mod route;
pub(crate) mod trunk;
