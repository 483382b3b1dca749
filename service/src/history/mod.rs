//! What has been: the records of calls.

mod cdr;

pub use cdr::EndedCall;
