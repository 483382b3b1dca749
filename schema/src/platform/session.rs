//! Sessions in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{Id, session, tenant, user, value::SessionType};
use service::filter::{DateTimeFilter, EnumFilter, IdFilter};

use crate::{
    Result,
    call::call,
    failure::{UserError, outcome},
    people::user::User,
    platform::tenant::Tenant,
    root::Query,
};

/// A log-in that lasts, or the link that begins one.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Session {
    #[graphql(flatten)]
    row: session::Model,
}

view!(Session of session, SessionFilter, SessionOrderField);

links! {
    Session
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
        /// Who is logged in.
        user: User = user_id,
        /// Who made the link.
        issued_by: User = issued_by,
    }
}

filter! {
    SessionFilter of session {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the user.
        user_id: IdFilter<user::Entity> = UserId,
        /// By how it came to be.
        #[graphql(name = "type")]
        session_type: EnumFilter<SessionType> = SessionType,
        /// By when it ends.
        expires_at: DateTimeFilter = ExpiresAt,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    SessionOrderField of session {
        /// By when it ends.
        ExpiresAt,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { SessionQuery of Session "session" { session(), sessions } }
mutation! { SessionMutation of Session "session" -> SessionPayload { delete session_delete, } }
subscription! { SessionSubscription of Session "session" { session_changed } }

/// Whom a log-in link logs in.
#[derive(Debug, InputObject)]
pub struct SessionCreateLinkInput {
    /// The tenant.
    tenant_id: Id<tenant::Entity>,
    /// Its user; without one the link logs in the tenant's system user.
    user_id: Option<Id<user::Entity>>,
}

/// A log-in link.
#[derive(SimpleObject)]
pub struct SessionCreateLinkPayload {
    /// The path and query of the link on this server; single use, valid for five minutes.
    link: Option<String>,
    /// The rules that the input breaks; empty when all is well.
    user_errors: Vec<UserError>,
    /// The rest of the graph, to read on in the same request.
    query: Query,
}

#[derive(Default)]
pub struct SessionActions;

#[Object]
impl SessionActions {
    /// Makes a link that logs somebody in, once.
    async fn session_create_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom it logs in.")] input: SessionCreateLinkInput,
    ) -> Result<Option<SessionCreateLinkPayload>> {
        let call = call(ctx)?;
        let made = call.services.make_link_for(&call.caller, input.tenant_id, input.user_id).await;
        let (token, user_errors) = outcome(made)?;
        let link = token.map(|token| format!("/login?t={token}"));
        Ok(Some(SessionCreateLinkPayload { link, user_errors, query: Query::default() }))
    }
}
