//! What is related to the resources of an answer, loaded type by type.
//!
//! The number of statements depends on the types that a query follows and not on how many resources
//! there are.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::BoxFuture;

use super::{
    kind::Kind,
    query::{Include, Query},
    store::{Call, Shown},
};

/// Resources by their type and number.
#[derive(Debug, Default)]
pub struct Graph(HashMap<(&'static str, i64), Shown>);

impl Graph {
    /// Loads what the resources refer to, and what the query includes.
    pub async fn load(
        call: &Call,
        query: &Query,
        kind: &'static Kind,
        rows: &[Shown],
    ) -> service::Result<Self> {
        let mut graph = Self::default();
        let related = rows.iter().map(|row| row.related.clone()).collect();
        graph.follow(call, query, kind, related, &query.include).await?;
        Ok(graph)
    }

    /// The resource of a type with this number.
    pub fn get(&self, kind: &Kind, number: i64) -> Option<&Shown> {
        self.0.get(&(kind.name, number))
    }

    fn follow<'a>(
        &'a mut self,
        call: &'a Call,
        query: &'a Query,
        kind: &'static Kind,
        related: Vec<Vec<Option<i64>>>,
        include: &'a Include,
    ) -> BoxFuture<'a, service::Result<()>> {
        Box::pin(async move {
            for (at, relationship) in kind.relationships.iter().enumerate() {
                let behind = include.behind(at);
                if behind.is_none() && !query.fields.show(kind, relationship.name) {
                    continue;
                }
                let target = (relationship.target)();
                let numbers: BTreeSet<i64> =
                    related.iter().filter_map(|numbers| numbers.get(at).copied().flatten()).collect();
                self.add(call, target, &numbers).await?;
                if let Some(include) = behind {
                    let next = numbers.iter().filter_map(|number| self.get(target, *number));
                    let next = next.map(|row| row.related.clone()).collect();
                    self.follow(call, query, target, next, include).await?;
                }
            }
            Ok(())
        })
    }

    async fn add(
        &mut self,
        call: &Call,
        kind: &'static Kind,
        numbers: &BTreeSet<i64>,
    ) -> service::Result<()> {
        let missing: Vec<i64> =
            numbers.iter().copied().filter(|number| self.get(kind, *number).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let rows = kind.store.load(call, missing).await?;
        self.0.extend(rows.into_iter().map(|row| ((kind.name, row.number), row)));
        Ok(())
    }
}
