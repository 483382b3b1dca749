//! What has been: the records of calls.

mod cdr;
mod retention;

pub use cdr::CdrIngestInput;
