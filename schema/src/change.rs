//! Subscriptions: the changes of one kind, and of all.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Context, ID, SimpleObject, Subscription, TypeName,
    futures_util::{
        future::ready,
        stream::{BoxStream, Stream, StreamExt},
    },
};
use entity::{Id, Kind, Resource, tenant};
use service::{Change, Cursor, Event, Heard, Interest};

use crate::{
    Result, View, ViewKey,
    call::call,
    failure::Failure,
    node::{Node, node_of},
};

/// Where one subscription is in the log, for a door that tells it beside the answers; it belongs into the
/// data of the request.
#[derive(Clone, Debug, Default)]
pub struct Bookmark {
    after: Option<Arc<str>>,
    told: Arc<Mutex<Option<Cursor>>>,
}

impl Bookmark {
    /// Begins after this cursor if there is one, whatever the document says.
    pub fn after(cursor: Option<&str>) -> Self {
        Self { after: cursor.map(Arc::from), told: Arc::default() }
    }

    /// The place of the change that the last answer tells, once.
    pub fn take(&self) -> Option<Cursor> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, cursor: Option<Cursor>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = cursor;
    }
}

/// The changes that the caller may hear of, from where the request begins.
async fn heard(
    ctx: &Context<'_>,
    interest: Interest,
    since: Option<String>,
) -> Result<BoxStream<'static, service::Result<Heard>>> {
    let call = call(ctx)?;
    let bookmark = ctx.data_opt::<Bookmark>().cloned();
    let after = bookmark.as_ref().and_then(|bookmark| bookmark.after.as_deref()).or(since.as_deref());
    let all = call.services.changes(call.caller.clone(), interest, after, call.asked.clone());
    // In boxes, because the future of each resolver around keeps room for all that moves through it.
    let all = Box::pin(all).await.map_err(Failure)?;
    let noting = all.inspect(move |change| {
        if let Some(bookmark) = &bookmark {
            bookmark.put(change.as_ref().ok().map(|change| change.cursor));
        }
    });
    Ok(noting.boxed())
}

/// A stream of changes.
pub(crate) type Changes<T> = BoxStream<'static, Result<T>>;

/// A change of one kind of row.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub(crate) struct ChangeOf<V: View> {
    /// What happened.
    event: Event,
    /// Its place in the log; send it back as `since` to go on from here.
    cursor: String,
    /// Which kind of row; null on RESYNC.
    kind: Option<Kind>,
    /// Which row, also after DELETED; null on RESYNC.
    node_id: Option<ID>,
    /// The row's version after the change; null on RESYNC.
    version: Option<i32>,
    /// The row as it is now; null when it is gone, out of sight, or on RESYNC.
    node: Option<Box<V>>, // in a box, because every waiting subscription has room for an answer
}

impl<V: View> TypeName for ChangeOf<V> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Change", <V as async_graphql::OutputType>::type_name()).into()
    }
}

/// A change of any row.
#[derive(SimpleObject)]
#[graphql(name = "Change")]
pub(crate) struct AnyChange {
    /// What happened.
    event: Event,
    /// Its place in the log; send it back as `since` to go on from here.
    cursor: String,
    /// Which kind of row; null on RESYNC.
    kind: Option<Kind>,
    /// Which row, also after DELETED; null on RESYNC.
    node_id: Option<ID>,
    /// The row's version after the change; null on RESYNC.
    version: Option<i32>,
    /// The row as it is now; null when it is gone, out of sight, or on RESYNC.
    node: Option<Box<Node>>,
}

fn node_id(change: &Change) -> Option<ID> {
    change.kind.map(|kind| ID(format!("{}_{}", kind.word(), change.row)))
}

/// Ends with the first failure, because a client that hears more after it goes on behind what it has missed.
fn until_failure<T: Send + 'static>(changes: impl Stream<Item = Result<T>> + Send + 'static) -> Changes<T> {
    let mut failed = false;
    let until = changes.take_while(move |change| ready(!std::mem::replace(&mut failed, change.is_err())));
    until.boxed()
}

/// The changes of one view's rows.
pub(crate) async fn of_view<V: View>(
    ctx: &Context<'_>,
    tenant: Option<Id<tenant::Entity>>,
    id: Option<ViewKey<V>>,
    since: Option<String>,
) -> Result<Changes<ChangeOf<V>>> {
    let call = call(ctx)?;
    call.caller.grant::<V::Entity>(service::Action::Read).map_err(Failure)?;
    let reader = Arc::new((call.services.clone(), call.caller.clone()));
    let interest = Interest { tenant, kinds: Some(vec![V::Entity::KIND]), row: id.map(Id::number) };
    let all = heard(ctx, interest, since).await?;
    let wants_node = ctx.look_ahead().field("node").exists();
    let changes = all.then(move |heard| {
        let reader = reader.clone();
        async move {
            let heard = heard.map_err(Failure)?;
            let row = match heard.kind {
                Some(_) if wants_node => Box::pin(reader.0.row_of::<V::Entity>(&reader.1, &heard)).await,
                _ => Ok(None),
            };
            Ok(ChangeOf {
                event: heard.event,
                cursor: heard.cursor.to_string(),
                kind: heard.kind,
                node_id: node_id(&heard),
                version: heard.kind.map(|_| heard.version),
                node: row.map_err(Failure)?.map(|row| Box::new(V::from(row))),
            })
        }
    });
    Ok(until_failure(changes))
}

#[derive(Default)]
pub(crate) struct ChangeSubscription;

#[Subscription]
impl ChangeSubscription {
    /// Every change that the caller may see.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows that are, or were until now, this tenant's.")] tenant_id: Option<
            Id<tenant::Entity>,
        >,
        #[graphql(desc = "Only these kinds.", validator(max_items = 100))] kinds: Option<Vec<Kind>>,
        #[graphql(desc = "Begin after this cursor, of any subscription; with what comes now when absent.")]
        since: Option<String>,
    ) -> Result<Changes<AnyChange>> {
        let call = call(ctx)?;
        let reader = Arc::new((call.services.clone(), call.caller.clone()));
        let all = heard(ctx, Interest { tenant: tenant_id, kinds, row: None }, since).await?;
        let wants_node = ctx.look_ahead().field("node").exists();
        let changes = all.then(move |heard| {
            let reader = reader.clone();
            async move {
                let heard = heard.map_err(Failure)?;
                let node = match heard.kind {
                    Some(kind) if wants_node => Box::pin(node_of(&reader.0, &reader.1, kind, &heard)).await,
                    _ => Ok(None),
                };
                Ok(AnyChange {
                    event: heard.event,
                    cursor: heard.cursor.to_string(),
                    kind: heard.kind,
                    node_id: node_id(&heard),
                    version: heard.kind.map(|_| heard.version),
                    node: node.map_err(Failure)?.map(Box::new),
                })
            }
        });
        Ok(until_failure(changes))
    }
}
