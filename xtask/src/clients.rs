//! Runs the tests in `tests/clients` and `tests/jsonapi`: the libraries that frontends and the scripts of operators are
//! written with, against the real server.

use std::path::Path;

use anyhow::Result;

use crate::node;

/// Lets every client library judge the schema and the doors of GraphQL, and the documents of the JSON:API. The
/// second are judged even if the first fail, so that one run shows all that is wrong.
pub fn test(target: &Path) -> Result<()> {
    let graphql = node::test(target, "tests/clients", &target.join("client-tests"), |_| {});
    let json_api = node::test(target, "tests/jsonapi", &target.join("jsonapi-tests"), |_| {});
    graphql.and(json_api)
}
