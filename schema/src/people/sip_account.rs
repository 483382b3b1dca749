//! SIP accounts in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{Id, extension, sip_account, tenant, user};
use service::filter::{BooleanFilter, DateTimeFilter, IdFilter, StringFilter};

use crate::{
    Result,
    call::call,
    failure::{UserError, outcome},
    numbering::extension::Extension,
    people::user::User,
    platform::tenant::Tenant,
    root::Query,
};

/// What a phone registers with.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct SipAccount {
    #[graphql(flatten)]
    row: sip_account::Model,
}

view!(SipAccount of sip_account, SipAccountFilter, SipAccountOrderField);

links! {
    SipAccount
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
        /// Whose it is.
        user: User = user_id,
        /// The extension that it rings for.
        extension: Extension = extension_id,
    }
    own {
        /// Whether it has a password to register with.
        async fn has_password(&self) -> bool {
            self.row.password.is_some()
        }
    }
}

filter! {
    SipAccountFilter of sip_account {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the name it registers with.
        username: StringFilter = Username,
        /// By its user.
        user_id: IdFilter<user::Entity> = UserId,
        /// By its extension.
        extension_id: IdFilter<extension::Entity> = ExtensionId,
        /// By the name that its calls show.
        caller_id_name: StringFilter = CallerIdName,
        /// Those that may call outside, or the others.
        allow_external_calls: BooleanFilter = AllowExternalCalls,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    SipAccountOrderField of sip_account {
        /// By the name it registers with.
        Username,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { SipAccountQuery of SipAccount "SIP account" { sip_account(uuid: uuid::Uuid = Uuid), sip_accounts } }
payload!(SipAccountPayload of SipAccount, sip_account);
mutation! { SipAccountMutation of SipAccount "SIP account" -> SipAccountPayload { create sip_account_create, update sip_account_update, delete sip_account_delete, } }
subscription! { SipAccountSubscription of SipAccount "SIP account" { sip_account_changed } }

/// Which SIP account.
#[derive(Debug, InputObject)]
pub struct SipAccountResetPasswordInput {
    /// Which one.
    id: Id<sip_account::Entity>,
}

/// What a new password answers; it is told this once.
#[derive(SimpleObject)]
pub struct SipAccountResetPasswordPayload {
    /// The row as it is afterwards; null when the write was refused.
    sip_account: Option<SipAccount>,
    /// The new password.
    password: Option<String>,
    /// The rules that the input breaks; empty when all is well.
    user_errors: Vec<UserError>,
    /// The rest of the graph, to read on in the same request.
    query: Query,
}

#[derive(Default)]
pub struct SipAccountActions;

#[Object]
impl SipAccountActions {
    /// Gives a SIP account a new random password and tells it once.
    async fn sip_account_reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which SIP account.")] input: SipAccountResetPasswordInput,
    ) -> Result<Option<SipAccountResetPasswordPayload>> {
        let call = call(ctx)?;
        let (made, user_errors) = outcome(call.services.reset_sip_password(&call.caller, input.id).await)?;
        let (row, password) = made.unzip();
        let sip_account = row.map(SipAccount::from);
        Ok(Some(SipAccountResetPasswordPayload {
            sip_account,
            password,
            user_errors,
            query: Query::default(),
        }))
    }
}
