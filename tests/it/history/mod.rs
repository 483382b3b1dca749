//! What has been.

mod cdr;
mod ingest;
