//! Siblings load together: one loader of the `dataloader` crate per type and place in the document.
//!
//! It runs in the request's own task and waits by yielding, so it never splits a level and needs no
//! timer (decision record 0003).

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::Pos;
use dataloader::{BatchFn, non_cached::Loader};

use crate::{Result, failure::Failure};

/// What a batch answers for one key.
pub(crate) type Loaded<T> = std::result::Result<T, service::Error>;

type Place = (TypeId, Pos, &'static str);

/// The loaders of one request.
#[derive(Default)]
pub(crate) struct Loaders(Mutex<HashMap<Place, Arc<dyn Any + Send + Sync>>>);

impl Loaders {
    /// The loader of this type at this place of the document, made when it is first asked for.
    pub(crate) fn at<K, V, F>(
        &self,
        pos: Pos,
        name: &'static str,
        make: impl FnOnce() -> F,
    ) -> Arc<Loader<K, V, F>>
    where
        K: Eq + Hash + Clone + std::fmt::Debug + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: BatchFn<K, V> + Send + Sync + 'static,
    {
        let place = (TypeId::of::<Loader<K, V, F>>(), pos, name);
        let mut loaders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = loaders.get(&place)
            && let Ok(loader) = found.clone().downcast::<Loader<K, V, F>>()
        {
            return loader;
        }
        let loader = Arc::new(Loader::new(make()).with_yield_count(10).with_max_batch_size(10_000));
        loaders.insert(place, loader.clone());
        loader
    }
}

/// What a loader found.
pub(crate) fn loaded<T>(found: std::result::Result<T, std::io::Error>) -> Result<T> {
    found.map_err(|missing| Failure(service::Error::internal(missing)).into())
}
