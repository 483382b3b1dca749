//! The three roots: a line for each resource.

use crate::{
    Limits, Result, View, ViewKey,
    call::call,
    change::ChangeSubscription,
    failure::{UserError, outcome},
    node::NodeQuery,
    numbering::{extension::*, phone_number::*},
    people::{external_account::*, sip_account::*, user::*, user_group::*},
    platform::{api_key::*, holiday::*, session::*, tenant::*, viewer::*},
    routing::{dial_plan::*, gateway::*, route::*, trunk::*},
};
use async_graphql::{
    Context, ID, InputObject, MergedObject, MergedSubscription, Schema as Generic, SimpleObject,
};

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(
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
);

/// What can be written.
#[derive(MergedObject, Default)]
pub struct Mutation(
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
);

/// The schema with its roots.
pub(crate) type Built = Generic<Query, Mutation, Subscription>;

/// Builds the schema.
pub(crate) fn build(limits: Limits) -> Built {
    // Filters by id and inputs to delete are alike for every kind but for the kind of id they take.
    Generic::build_with_ignore_name_conflicts(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
        ["IdFilter", "DeleteInput"],
    )
    .limit_depth(limits.depth)
    .limit_aliases(limits.aliases)
    .limit_directives(limits.directives)
    .finish()
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
