//! Phone numbers in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{Id, extension, phone_number, tenant, value::DestinationType};
use service::filter::{BooleanFilter, DateTimeFilter, EnumFilter, IdFilter, StringFilter};

use crate::{
    Result, call::call, numbering::extension::Extension, people::external_account::ExternalAccount,
    platform::tenant::Tenant, routing::gateway::Gateway,
};

/// A number that can be called from outside.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct PhoneNumber {
    #[graphql(flatten)]
    row: phone_number::Model,
}

view!(PhoneNumber of phone_number, PhoneNumberFilter, PhoneNumberOrderField);

links! {
    PhoneNumber
    one {
        /// The tenant it is allocated to; null while it is in the pool.
        tenant: Tenant = tenant_id,
        /// The extension it leads to.
        extension: Extension = extension_id,
        /// The extension that takes its messages.
        message_extension: Extension = message_extension_id,
    }
    listed {
        /// The gateways that its calls leave by.
        gateways: Gateway = gateway_ids,
    }
    many {
        /// The external accounts that show it.
        external_accounts: ExternalAccount = PhoneNumberId,
    }
}

filter! {
    PhoneNumberFilter of phone_number {
        /// By the tenant it is allocated to; `isNull` is the pool.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the digits.
        number: StringFilter = Number,
        /// Disabled ones, or the others.
        disabled: BooleanFilter = Disabled,
        /// By what takes its calls.
        destination_type: EnumFilter<DestinationType> = DestinationType,
        /// By the extension it leads to.
        extension_id: IdFilter<extension::Entity> = ExtensionId,
        /// Main numbers, or the others.
        main_phone: BooleanFilter = MainPhone,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    PhoneNumberOrderField of phone_number {
        /// By the digits, as text.
        Number,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { PhoneNumberQuery of PhoneNumber "phone number" { phone_number(number: String = Number, uuid: uuid::Uuid = Uuid), phone_numbers } }
payload!(PhoneNumberPayload of PhoneNumber, phone_number);
mutation! { PhoneNumberMutation of PhoneNumber "phone number" -> PhoneNumberPayload { create phone_number_create, update phone_number_update, delete phone_number_delete, } }
subscription! { PhoneNumberSubscription of PhoneNumber "phone number" { phone_number_changed } }

/// Which number, and to which tenant.
#[derive(Debug, InputObject)]
pub struct PhoneNumberAllocateInput {
    /// Which number.
    id: Id<phone_number::Entity>,
    /// To which tenant.
    tenant_id: Id<tenant::Entity>,
}

/// Which number.
#[derive(Debug, InputObject)]
pub struct PhoneNumberDeallocateInput {
    /// Which number.
    id: Id<phone_number::Entity>,
}

#[derive(Default)]
pub struct PhoneNumberActions;

#[Object]
impl PhoneNumberActions {
    /// Gives a number to a tenant, wherever it is now.
    async fn phone_number_allocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which number, and to which tenant.")] input: PhoneNumberAllocateInput,
    ) -> Result<Option<PhoneNumberPayload>> {
        let call = call(ctx)?;
        PhoneNumberPayload::of(
            call.services.allocate_phone_number(&call.caller, input.id, input.tenant_id).await,
        )
    }

    /// Takes a number back into the pool.
    async fn phone_number_deallocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which number.")] input: PhoneNumberDeallocateInput,
    ) -> Result<Option<PhoneNumberPayload>> {
        let call = call(ctx)?;
        PhoneNumberPayload::of(call.services.deallocate_phone_number(&call.caller, input.id).await)
    }
}
