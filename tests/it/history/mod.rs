//! What has been.

mod cdr;
