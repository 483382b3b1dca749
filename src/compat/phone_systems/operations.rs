//! The operations of the contract, as the types serve them.

use std::sync::LazyLock;

use super::{BASE, endpoint::Endpoint, kind};
use crate::compat::Operation;

/// The operations that are mounted, as the contract names them.
pub fn operations() -> &'static [Operation] {
    // Made once and kept as long as the program runs.
    static ALL: LazyLock<Vec<Operation>> = LazyLock::new(|| {
        let of = |(id, method, path): (String, &'static str, String)| Operation {
            id: id.leak(),
            method,
            path: path.leak(),
        };
        let auth = ("auth.redirect".to_owned(), "GET", format!("{BASE}/auth"));
        let endpoints = kind::all().into_iter().flat_map(Endpoint::all);
        let named = endpoints.flat_map(|endpoint| {
            let own = endpoint.id().map(|id| (id, endpoint.path()));
            own.into_iter()
                .chain(endpoint.named_aliases())
                .map(move |(id, path)| (id, endpoint.method(), path))
        });
        named.chain([auth]).map(of).collect()
    });
    &ALL
}
