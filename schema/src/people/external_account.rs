//! External accounts in the graph.

use async_graphql::SimpleObject;
use entity::{external_account, phone_number, tenant};
use service::filter::{BooleanFilter, DateTimeFilter, IdFilter, StringFilter};

use crate::{numbering::phone_number::PhoneNumber, platform::tenant::Tenant};

/// A subscriber outside the platform, such as a SIM card.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct ExternalAccount {
    #[graphql(flatten)]
    row: external_account::Model,
}

view!(ExternalAccount of external_account, ExternalAccountFilter, ExternalAccountOrderField);

links! {
    ExternalAccount
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
        /// Its phone number.
        phone_number: PhoneNumber = phone_number_id,
    }
}

filter! {
    ExternalAccountFilter of external_account {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the operator's own number for it.
        account_id: StringFilter = AccountId,
        /// By its phone number.
        phone_number_id: IdFilter<phone_number::Entity> = PhoneNumberId,
        /// By the number that its outside calls show.
        external_caller_id: StringFilter = ExternalCallerId,
        /// Those that may call outside, or the others.
        allow_external_calls: BooleanFilter = AllowExternalCalls,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    ExternalAccountOrderField of external_account {
        /// By the operator's own number for it, as text.
        AccountId,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { ExternalAccountQuery of ExternalAccount "external account" { external_account(account_id: String = AccountId), external_accounts } }
payload!(ExternalAccountPayload of ExternalAccount, external_account);
mutation! { ExternalAccountMutation of ExternalAccount "external account" -> ExternalAccountPayload { create external_account_create, update external_account_update, delete external_account_delete, } }
subscription! { ExternalAccountSubscription of ExternalAccount "external account" { external_account_changed } }
