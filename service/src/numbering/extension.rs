//! Extensions: the numbers of a tenant's own plan, and what goes when one of them does.

use entity::{
    Id, dial_plan,
    extension::{self, Column},
    tenant, user, user_group,
    value::{ExtensionType, Status, TransferCallerId},
};
use sea_orm::{ColumnTrait, Set};

use crate::{
    Code, Error, Problems, Result, Rules, Tx,
    check::{is_digits, numbers_within, texts_at_most},
    inputs,
    people::{Kept, remove_people},
};

inputs! {
    extension: ExtensionCreateInput, ExtensionUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's.
            tenant_id: Id<tenant::Entity>,
            /// What answers it. `PHONE` by default.
            #[graphql(name = "type")]
            extension_type: ExtensionType,
        }
        required {
            /// Its digits, unique in its tenant, as many as the tenant's `extDigits`.
            number: String,
        }
        optional {
            /// A blocked extension takes no calls. `ACTIVE` on a new one.
            status: Status,
            /// The user it belongs to. Null on a new one.
            user_id: Option<Id<user::Entity>>,
            /// The group it is in. Null on a new one.
            group_id: Option<Id<user_group::Entity>>,
            /// The dial plan of its calls, a shared one or one of its tenant; null is the tenant's, as on a new one.
            dial_plan_id: Option<Id<dial_plan::Entity>>,
            /// What it is called, at most 255 characters. Null on a new one.
            label: Option<String>,
            /// The name that its calls show, at most 255 characters. Null on a new one.
            caller_id_name: Option<String>,
            /// The public number that its calls show, at most 64 characters. Null on a new one.
            caller_number: Option<String>,
            /// Whether its calls carry the number in `P-Asserted-Identity`, RFC 3325. `false` on a new one.
            caller_id_rfc3325: bool,
            /// The public number that its messages show, at most 64 characters. Null on a new one.
            message_number: Option<String>,
            /// How many rules of its dial plan are applied; 0 is all, as on a new one.
            dial_rule_limit: i32,
            /// Which public number a transferred call shows. Null on a new one.
            did_as_transfer_caller_id: Option<TransferCallerId>,
            /// Free text that is kept as it is. Null on a new one.
            extra_params: Option<String>,
        }
    }
}

impl Rules for extension::Entity {
    type Create = ExtensionCreateInput;
    type Update = ExtensionUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut extension::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        if let Set(number) = &row.number {
            match number.is_empty() {
                true => problems.note(false, Code::Required, Column::Number, "must not be empty"),
                false => problems.unless(is_digits(number), Column::Number, "use digits alone"),
            }
        }
        texts_at_most(&mut problems, row, 255, &[Column::Label, Column::CallerIdName]);
        texts_at_most(&mut problems, row, 64, &[Column::CallerNumber, Column::MessageNumber]);
        texts_at_most(&mut problems, row, 65_536, &[Column::ExtraParams]);
        numbers_within(&mut problems, row, 0..=i32::MAX, &[Column::DialRuleLimit]);
        problems.result()?;

        let tenant_id = row.tenant_id.try_as_ref().copied();
        if let (Some(id), Set(number)) = (tenant_id, &row.number) {
            let tenant = tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
            if row.id.is_not_set() {
                refuse_beyond_limits(tx, &tenant).await?;
            }
            if let Some(problem) = number_problem(&tenant, number) {
                return Err(Error::refused(Code::Invalid, Some("number"), problem));
            }
        }
        tx.refers(Column::UserId, &row.user_id, tenant_id).await?;
        tx.refers(Column::GroupId, &row.group_id, tenant_id).await?;
        tx.refers(Column::DialPlanId, &row.dial_plan_id, tenant_id).await
    }

    /// The users who reach it alone go along; SIP accounts and public numbers let it go.
    async fn check_delete(tx: &Tx<'_>, row: &extension::Model) -> Result<()> {
        remove_people(tx, Vec::new(), vec![row.clone()], Kept::Extension(row.id)).await
    }
}

/// Why these digits cannot be an extension of the tenant.
fn number_problem(tenant: &tenant::Model, number: &str) -> Option<String> {
    if usize::try_from(tenant.ext_digits) != Ok(number.len()) {
        return Some(format!("use exactly {} digits", tenant.ext_digits));
    }
    let reserved = tenant.emergency_num_enabled && matches!(number, "112" | "911");
    reserved.then(|| "it is reserved for emergency calls".to_owned())
}

async fn refuse_beyond_limits(tx: &Tx<'_>, tenant: &tenant::Model) -> Result<()> {
    let limit =
        tenant.extension_limit.map_or(tenant.max_extensions, |limit| limit.min(tenant.max_extensions));
    let count = tx.count::<extension::Entity>(Column::TenantId.eq(tenant.id)).await?;
    if count >= u64::try_from(limit).unwrap_or_default() {
        return Err(Error::refused(Code::LimitReached, None, "the tenant may have no more extensions"));
    }
    Ok(())
}
