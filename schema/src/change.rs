//! Subscriptions: the changes of one kind, and of all.

use std::sync::Arc;

use async_graphql::{
    Context, ID, SimpleObject, Subscription, TypeName,
    futures_util::stream::{BoxStream, StreamExt},
};
use entity::{Id, Kind, Resource, tenant};
use service::{Change, Event};

use crate::{
    Call, Result, View, ViewKey,
    call::call,
    failure::Failure,
    node::{Node, node},
};

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
    node: Option<V>,
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
    node: Option<Node>,
}

fn node_id(change: &Change) -> Option<ID> {
    change.kind.map(|kind| ID(format!("{}_{}", kind.word(), change.row)))
}

/// Whether a change is one of the tenant that was asked for; whoever has a tenant hears of no other,
/// not even that a row has come from there.
fn is_of_tenant(
    change: &Change,
    tenant: Option<Id<tenant::Entity>>,
    own: Option<Id<tenant::Entity>>,
) -> bool {
    let of_tenant =
        || (own.is_none() || own == tenant) && [change.tenant, change.former_tenant].contains(&tenant);
    tenant.is_none() || change.kind.is_none() || of_tenant()
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
    let (services, caller) = (call.services.clone(), call.caller.clone());
    let own = caller.account().map_err(Failure)?.tenant;
    let all =
        services.changes(caller.clone(), since.as_deref(), call.asked.clone()).await.map_err(Failure)?;
    let wants_node = ctx.look_ahead().field("node").exists();
    let wanted = move |change: &Change| {
        let kind = change.kind.is_none_or(|kind| kind == V::Entity::KIND);
        let row = id.is_none_or(|id| change.kind.is_none() || id.number() == change.row);
        kind && row && is_of_tenant(change, tenant, own)
    };
    let changes = all.filter_map(move |change| {
        let (services, caller) = (services.clone(), caller.clone());
        let wanted = change.as_ref().map_or(true, |change| wanted(change));
        async move {
            if !wanted {
                return None;
            }
            let change: Arc<Change> = match change {
                Ok(change) => change,
                Err(error) => return Some(Err(Failure(error).into())),
            };
            let row = match change.event {
                Event::Created | Event::Updated if wants_node => {
                    services.get::<V::Entity>(&caller, Id::new(change.row)).await
                }
                _ => Ok(None),
            };
            Some(row.map_err(|error| Failure(error).into()).map(|row| ChangeOf {
                event: change.event,
                cursor: change.cursor.to_string(),
                kind: change.kind,
                node_id: node_id(&change),
                version: change.kind.map(|_| change.version),
                node: row.map(V::from),
            }))
        }
    });
    Ok(changes.boxed())
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
        let (services, caller) = (call.services.clone(), call.caller.clone());
        let own = caller.account().map_err(Failure)?.tenant;
        let all =
            services.changes(caller.clone(), since.as_deref(), call.asked.clone()).await.map_err(Failure)?;
        let wants_node = ctx.look_ahead().field("node").exists();
        let changes = all.filter_map(move |change| {
            let call = Call::new(services.clone(), caller.clone());
            let wanted = change.as_ref().map_or(true, |change| {
                let listed = |kind| kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
                change.kind.is_none_or(listed) && is_of_tenant(change, tenant_id, own)
            });
            async move {
                if !wanted {
                    return None;
                }
                let change: Arc<Change> = match change {
                    Ok(change) => change,
                    Err(error) => return Some(Err(Failure(error).into())),
                };
                let found = match (change.event, change.kind) {
                    (Event::Created | Event::Updated, Some(kind)) if wants_node => {
                        node(&call, kind, change.row).await
                    }
                    _ => Ok(None),
                };
                Some(found.map_err(|error| Failure(error).into()).map(|node| AnyChange {
                    event: change.event,
                    cursor: change.cursor.to_string(),
                    kind: change.kind,
                    node_id: node_id(&change),
                    version: change.kind.map(|_| change.version),
                    node,
                }))
            }
        });
        Ok(changes.boxed())
    }
}
