//! Users in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{
    Id, tenant, user,
    value::{Access, Role, Status},
};
use service::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter};
use service::{Secret, people::UserUpdateInput};

use crate::{
    Result,
    call::call,
    numbering::extension::Extension,
    people::{sip_account::SipAccount, user_group::UserGroup},
    platform::{api_key::ApiKey, session::Session, tenant::Tenant},
};

/// A person who may log in.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct User {
    #[graphql(flatten)]
    row: user::Model,
}

view!(User of user, UserFilter, UserOrderField);

links! {
    User
    one {
        /// The tenant it belongs to; an operator has none.
        tenant: Tenant = tenant_id,
        /// The group that it reaches, when its scope is GROUP.
        scope_group: UserGroup = scope_group_id,
        /// The extension that it reaches, when its scope is EXTENSION.
        scope_extension: Extension = scope_extension_id,
    }
    listed {
        /// The groups it is in.
        groups: UserGroup = group_ids,
    }
    many {
        /// Its extensions.
        extensions: Extension = UserId,
        /// Its SIP accounts.
        sip_accounts: SipAccount = UserId,
        /// Its sessions.
        sessions: Session = UserId,
        /// Its API keys.
        api_keys: ApiKey = UserId,
    }
    own {
        /// Whether it has a password to log in with.
        async fn has_password(&self) -> bool {
            self.row.password.is_some()
        }
    }
}

filter! {
    UserFilter of user {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the log-in name.
        login: StringFilter = Login,
        /// By the full name.
        name: StringFilter = Name,
        /// By the e-mail address.
        email: StringFilter = Email,
        /// By the mobile number.
        mobile: StringFilter = Mobile,
        /// By what it may do.
        role: EnumFilter<Role> = Role,
        /// By whether it works.
        status: EnumFilter<Status> = Status,
        /// By whether it may write.
        access: EnumFilter<Access> = Access,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    UserOrderField of user {
        /// By the log-in name.
        Login,
        /// By the full name.
        Name,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { UserQuery of User "user" { user(), users } }
payload!(UserPayload of User, user);
mutation! { UserMutation of User "user" -> UserPayload { create user_create, update user_update, delete user_delete, } }
subscription! { UserSubscription of User "user" { user_changed } }

/// Whose password, and which.
#[derive(Debug, InputObject)]
pub struct UserSetPasswordInput {
    /// Which user.
    id: Id<user::Entity>,
    /// The new password, not empty and without white space, as the tenant's policy wants it.
    password: Secret,
}

#[derive(Default)]
pub struct UserActions;

#[Object]
impl UserActions {
    /// Sets a user's log-in password.
    async fn user_set_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose password, and which.")] input: UserSetPasswordInput,
    ) -> Result<Option<UserPayload>> {
        let call = call(ctx)?;
        let input = UserUpdateInput { password: input.password.into(), ..UserUpdateInput::of(input.id) };
        UserPayload::of(call.services.update::<user::Entity>(&call.caller, input).await)
    }
}
