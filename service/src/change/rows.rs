//! The rows that changes tell of: loaded together, when the first subscriber asks, and once for all of them.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use entity::Kind;
use sea_orm::{DatabaseConnection, QueryFilter};
use tokio::sync::OnceCell;

use super::{Change, Event, Heard};
use crate::{Action, Caller, Error, Grant, Result, Rules, Services, below::among};

type Loaded = OnceCell<Arc<dyn Any + Send + Sync>>;

/// The rows of one batch of changes.
pub(crate) struct Rows {
    named: Vec<(Kind, i64)>,
    loaded: Mutex<HashMap<Kind, Arc<Loaded>>>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rows").field(&self.named).finish()
    }
}

impl Rows {
    /// Those that these changes name and that may still be there.
    pub(super) fn of<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let there = |change: &Change| matches!(change.event, Event::Created | Event::Updated);
        let changes = changes.into_iter().filter(|change| there(change));
        let mut named: Vec<_> = changes.filter_map(|change| Some((change.kind?, change.row))).collect();
        named.sort_unstable();
        named.dedup();
        Self { named, loaded: Mutex::default() }
    }

    /// Those of one kind, by their numbers; whoever is first reads them for all.
    async fn of_kind<E: Rules>(&self, db: &DatabaseConnection) -> Result<Arc<HashMap<i64, E::Model>>> {
        let cell = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.entry(E::KIND).or_default().clone()
        };
        let load = async || -> Result<Arc<dyn Any + Send + Sync>> {
            let named = self.named.iter().filter(|(kind, _)| *kind == E::KIND).map(|(_, row)| *row);
            // For all who ask: each is shown only what its own grant covers.
            let named = among::<E>(db.get_database_backend(), E::ID, named);
            let rows = Grant::<E>::beside().select().filter(named).all(db).await?;
            let rows = rows.into_iter().map(|row| (E::id(&row).number(), row));
            let rows: Arc<dyn Any + Send + Sync> = Arc::new(rows.collect::<HashMap<_, _>>());
            Ok(rows)
        };
        let rows = cell.get_or_try_init(load).await?.clone();
        rows.downcast().map_err(|_| Error::broken("rows of another kind"))
    }
}

impl Services {
    /// The row that a change tells of, if it is there and the caller may see it.
    ///
    /// # Errors
    /// Forbidden for a caller without the right to this kind.
    pub async fn row_of<E: Rules>(&self, caller: &Caller, heard: &Heard) -> Result<Option<E::Model>> {
        let grant = caller.grant::<E>(Action::Read)?;
        if heard.kind != Some(E::KIND) || heard.event == Event::Deleted {
            return Ok(None);
        }
        let rows = heard.rows.of_kind::<E>(&self.reader).await?;
        Ok(rows.get(&heard.row).filter(|row| grant.covers(row)).cloned())
    }
}
