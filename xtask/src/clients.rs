//! Runs the tests in `tests/clients`: the libraries that frontends are written with, against the real server.

use std::path::Path;

use anyhow::Result;

use crate::node;

/// Lets every client library judge the schema and the doors of GraphQL.
pub fn test(target: &Path) -> Result<()> {
    node::test(target, "tests/clients", &target.join("client-tests"), |_| {})
}
