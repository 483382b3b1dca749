//! External accounts: subscribers outside the platform, such as SIM cards, and the number they show.

use entity::{
    Id,
    external_account::{self, Column},
    phone_number, tenant,
};
use sea_orm::Set;

use crate::{
    Code, Error, Problems, Result, Rules, Tx,
    check::{is_handle, texts_at_most},
    inputs,
};

inputs! {
    external_account: ExternalAccountCreateInput, ExternalAccountUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's.
            tenant_id: Id<tenant::Entity>,
            /// The operator's own number for it, unique on the platform: 1 to 64 letters, digits, `.`, `_` and `-`. By default the decimal id.
            account_id: String,
        }
        required {}
        optional {
            /// The public number of its tenant that its outside calls show; without one it cannot call outside. Null on a new one.
            phone_number_id: Option<Id<phone_number::Entity>>,
            /// Whether it takes calls from inside. `false` on a new one.
            incoming_internal: bool,
            /// Whether it takes calls from outside. `false` on a new one.
            incoming_external: bool,
            /// Whether it may call inside. `false` on a new one.
            outgoing_internal: bool,
            /// Whether it may call outside. `false` on a new one.
            outgoing_external: bool,
            /// Whether it is called only when asked for. `false` on a new one.
            on_demand: bool,
            /// The name that its calls show, at most 255 characters. Null on a new one.
            caller_id_name: Option<String>,
            /// The number that its inside calls show, at most 64 characters. Null on a new one.
            internal_caller_id: Option<String>,
        }
    }
}

impl Rules for external_account::Entity {
    type Create = ExternalAccountCreateInput;
    type Update = ExternalAccountUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut external_account::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        if let Set(account_id) = &row.account_id {
            let message = "use 1 to 64 letters, digits, dots, underscores and hyphens";
            problems.unless(is_handle(account_id), Column::AccountId, message);
        }
        texts_at_most(&mut problems, row, 255, &[Column::CallerIdName]);
        texts_at_most(&mut problems, row, 64, &[Column::InternalCallerId]);
        problems.result()?;

        let tenant_id = row.tenant_id.try_as_ref().copied();
        if let Set(id) = row.tenant_id {
            tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
        }
        match row.phone_number_id {
            Set(Some(id)) => {
                let number = tx.referred::<phone_number::Entity>(Column::PhoneNumberId, id).await?;
                if number.tenant_id.is_none() || number.tenant_id != tenant_id {
                    let message = "it is not a number of the account's tenant";
                    return Err(Error::refused(Code::Invalid, Some("phone_number_id"), message));
                }
                row.external_caller_id.set_if_not_equals(Some(number.number));
                row.allow_external_calls.set_if_not_equals(true);
            }
            Set(None) => {
                row.external_caller_id.set_if_not_equals(None);
                row.allow_external_calls.set_if_not_equals(false);
            }
            _ => {}
        }
        if row.id.is_not_set() && row.account_id.is_not_set() {
            let id = tx.next_free_id::<external_account::Entity>(Column::AccountId).await?;
            row.account_id = Set(id.number().to_string());
            row.id = Set(id);
        }
        Ok(())
    }
}

/// Takes these numbers from the accounts that show them.
pub(crate) async fn unlink(tx: &Tx<'_>, numbers: Vec<Id<phone_number::Entity>>) -> Result<()> {
    let linked = tx.rows_naming::<external_account::Entity, _>(Column::PhoneNumberId, &numbers).await?;
    let take = |account: &mut external_account::ActiveModel| {
        account.phone_number_id = Set(None);
        account.external_caller_id.set_if_not_equals(None);
        account.allow_external_calls.set_if_not_equals(false);
    };
    tx.update_all::<external_account::Entity>(linked, take).await
}
