//! What has been.

pub(crate) mod cdr;
