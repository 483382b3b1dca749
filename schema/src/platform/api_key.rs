//! API keys in the graph.

use async_graphql::{Context, Object, SimpleObject};
use entity::{api_key, tenant, user};
use service::filter::{DateTimeFilter, IdFilter, StringFilter};
use service::platform::ApiKeyCreateInput;

use crate::{
    Result,
    call::call,
    failure::{UserError, outcome},
    people::user::User,
    platform::tenant::Tenant,
    root::Query,
};

/// A credential for programs.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    #[graphql(flatten)]
    row: api_key::Model,
}

view!(ApiKey of api_key, ApiKeyFilter, ApiKeyOrderField);

links! {
    ApiKey
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
        /// As whom it acts.
        user: User = user_id,
    }
}

filter! {
    ApiKeyFilter of api_key {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By its user.
        user_id: IdFilter<user::Entity> = UserId,
        /// By what it is for.
        name: StringFilter = Name,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    ApiKeyOrderField of api_key {
        /// By what it is for.
        Name,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { ApiKeyQuery of ApiKey "API key" { api_key(), api_keys } }
payload!(ApiKeyPayload of ApiKey, api_key);
mutation! { ApiKeyMutation of ApiKey "API key" -> ApiKeyPayload { update api_key_update, delete api_key_delete, } }
subscription! { ApiKeySubscription of ApiKey "API key" { api_key_changed } }

/// What a new key answers; the key itself is told this once.
#[derive(SimpleObject)]
pub struct ApiKeyCreatePayload {
    /// The row as it is afterwards; null when the write was refused.
    api_key: Option<ApiKey>,
    /// The key: send it as `Authorization: Bearer`.
    key: Option<String>,
    /// The rules that the input breaks; empty when all is well.
    user_errors: Vec<UserError>,
    /// The rest of the graph, to read on in the same request.
    query: Query,
}

#[derive(Default)]
pub struct ApiKeyActions;

#[Object]
impl ApiKeyActions {
    /// Makes an API key and tells it once.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is made of.")] input: ApiKeyCreateInput,
    ) -> Result<Option<ApiKeyCreatePayload>> {
        let call = call(ctx)?;
        let (made, user_errors) = outcome(call.services.create_api_key(&call.caller, input).await)?;
        let (row, key) = made.unzip();
        let api_key = row.map(ApiKey::from);
        Ok(Some(ApiKeyCreatePayload { api_key, key, user_errors, query: Query::default() }))
    }
}
