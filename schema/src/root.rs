//! The three roots: a line for each resource.

use std::borrow::Cow;

use crate::{
    Result, View, ViewKey,
    call::call,
    change::ChangeSubscription,
    failure::{UserError, outcome},
    history::cdr::*,
    node::NodeQuery,
    numbering::{extension::*, phone_number::*},
    people::{external_account::*, sip_account::*, user::*, user_group::*},
    platform::{api_key::*, holiday::*, session::*, tenant::*, viewer::*},
    routing::{dial_plan::*, gateway::*, route::*, trunk::*},
};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, InputObject, MergedObject, MergedSubscription,
    ObjectType, OutputType, Positioned, Schema as Generic, SchemaBuilder, ServerResult, SimpleObject,
    ValidationMode, Value, parser::types::Field, registry::Registry, resolver_utils::resolve_container,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A root whose fields may each fail alone: the executor would answer an error of one that may be null
/// with null for all of them.
#[derive(Default)]
pub struct Root<T>(T);

impl<T: ObjectType + Send + Sync> ContainerType for Root<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let may_be_null = || {
            let root = ctx.schema_env.registry.types.get(&*T::type_name());
            let field = root.and_then(|root| root.field_by_name(ctx.field().name()));
            field.is_some_and(|field| !field.ty.ends_with('!'))
        };
        match self.0.resolve_field(ctx).await {
            Err(error) if may_be_null() => {
                ctx.add_error(error);
                Ok(Some(Value::Null))
            }
            other => other,
        }
    }
}

impl<T: ObjectType + Send + Sync> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: ObjectType + Send + Sync> ObjectType for Root<T> {}

/// What can be read.
pub type Query = Root<Queries>;

/// What can be written.
pub type Mutation = Root<Mutations>;

/// What can be read.
#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
pub struct Queries(
    NodeQuery,
    ViewerQuery,
    TenantQuery,
    UserQuery,
    UserGroupQuery,
    ExtensionQuery,
    SipAccountQuery,
    ExternalAccountQuery,
    PhoneNumberQuery,
    GatewayQuery,
    TrunkQuery,
    RouteQuery,
    DialPlanQuery,
    SessionQuery,
    ApiKeyQuery,
    HolidayQuery,
    CdrQuery,
);

/// What can be written.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutations(
    TenantMutation,
    TenantActions,
    UserMutation,
    UserActions,
    UserGroupMutation,
    ExtensionMutation,
    SipAccountMutation,
    SipAccountActions,
    ExternalAccountMutation,
    PhoneNumberMutation,
    PhoneNumberActions,
    GatewayMutation,
    TrunkMutation,
    RouteMutation,
    DialPlanMutation,
    SessionMutation,
    SessionActions,
    ApiKeyMutation,
    ApiKeyActions,
    HolidayMutation,
    CdrMutation,
);

/// What can be heard of.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    ChangeSubscription,
    TenantSubscription,
    UserSubscription,
    UserGroupSubscription,
    ExtensionSubscription,
    SipAccountSubscription,
    ExternalAccountSubscription,
    PhoneNumberSubscription,
    GatewaySubscription,
    TrunkSubscription,
    RouteSubscription,
    DialPlanSubscription,
    SessionSubscription,
    ApiKeySubscription,
    HolidaySubscription,
    CdrSubscription,
);

/// The schema with its roots.
pub(crate) type Built = Generic<Query, Mutation, Subscription>;

/// The schema with its roots, still to be finished.
pub(crate) fn builder(nesting: usize, mode: ValidationMode) -> SchemaBuilder<Query, Mutation, Subscription> {
    // Filters by id and inputs to delete are alike for every kind but for the kind of id they take.
    Generic::build_with_ignore_name_conflicts(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
        ["IdFilter", "DeleteInput"],
    )
    .limit_recursive_depth(nesting)
    .validation_mode(mode)
    // Their own words tell Rust's types.
    .override_output_type_description::<DateTime<Utc>>("A moment, RFC 3339: `2026-11-21T09:30:00Z`.")
    .override_output_type_description::<Uuid>("A UUID, RFC 4122, in lower case with hyphens.")
}

/// Which row to remove.
#[derive(Debug, InputObject)]
#[graphql(name = "DeleteInput")]
pub struct DeleteInput<V: View> {
    /// Which one.
    id: ViewKey<V>,
    /// Refuses with `CONFLICT` when the version is no longer this one.
    expected_version: Option<i32>,
}

/// What a removal answers.
#[derive(SimpleObject)]
pub struct DeletePayload {
    /// The id of the row that is gone; null when the removal was refused.
    deleted_id: Option<ID>,
    /// The rules that forbid it; empty when all is well.
    user_errors: Vec<UserError>,
    /// The rest of the graph, to read on in the same request.
    query: Query,
}

/// Removes a row.
pub(crate) async fn delete<V: View>(ctx: &Context<'_>, input: DeleteInput<V>) -> Result<DeletePayload> {
    let call = call(ctx)?;
    let id = ID(input.id.to_string());
    let gone = call.services.delete::<V::Entity>(&call.caller, input.id, input.expected_version).await;
    let (gone, user_errors) = outcome(gone)?;
    Ok(DeletePayload { deleted_id: gone.map(|()| id), user_errors, query: Query::default() })
}
