//! SIP accounts: what phones register with.

use entity::{
    Id, Sealed, extension,
    sip_account::{self, Column},
    tenant, user,
};
use sea_orm::{ColumnTrait, Set};

use crate::{
    Action, Caller, Code, Error, Problems, Result, Rules, Secret, Services, Tx,
    check::{LOWER_CASE_AND_DIGITS, is_sip_username, networks, new_uuid, texts_at_most},
    inputs, secret,
};

/// The networks of an account that may register from anywhere, as it is stored.
pub const ANY_NETWORK: &str = "0.0.0.0/0,0000:0000:0000:0000:0000:0000:0000:0000/0";

inputs! {
    sip_account: SipAccountCreateInput, SipAccountUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's.
            tenant_id: Id<tenant::Entity>,
        }
        required {}
        optional {
            /// The name it registers with, unique in its tenant: 1 to 64 letters, digits, `.`, `_`, `+` and `-`. By default ten random lower-case letters and digits.
            username: String,
            /// The password it registers with, without white space. By default ten random lower-case letters and digits.
            password: Secret,
            /// The user it belongs to. Null on a new one.
            user_id: Option<Id<user::Entity>>,
            /// The extension it rings at. Null on a new one.
            extension_id: Option<Id<extension::Entity>>,
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
            /// Whether its tenant lets it call outside. `false` on a new one.
            allow_external_calls: bool,
            /// The name that its calls show, at most 255 characters. Null on a new one.
            caller_id_name: Option<String>,
            /// The number that its inside calls show, at most 64 characters. Null on a new one.
            internal_caller_id: Option<String>,
            /// The number that its outside calls show, at most 64 characters. Null on a new one.
            external_caller_id: Option<String>,
            /// Whether it may register only from `allowedIps`. `false` on a new one.
            use_allowed_ips: bool,
            /// Addresses and networks, IPv4 or IPv6, comma-separated. All of both on a new one.
            allowed_ips: String,
        }
    }
}

impl Rules for sip_account::Entity {
    type Create = SipAccountCreateInput;
    type Update = SipAccountUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut sip_account::ActiveModel) -> Result<()> {
        let new = row.id.is_not_set();
        if new {
            row.uuid = Set(new_uuid(tx.now())?);
            if row.username.is_not_set() {
                row.username = Set(secret::random_text(LOWER_CASE_AND_DIGITS, 10)?);
            }
            if row.password.is_not_set() {
                let password = secret::random_text(LOWER_CASE_AND_DIGITS, 10)?;
                row.password = Set(Some(Sealed::open(&password)));
            }
        }
        let mut problems = Problems::default();
        if let Set(username) = &row.username {
            let message = "use 1 to 64 letters, digits, dots, underscores, plus signs and hyphens";
            match username.is_empty() {
                true => problems.note(false, Code::Required, Column::Username, "must not be empty"),
                false => problems.unless(is_sip_username(username), Column::Username, message),
            }
        }
        if let Set(Some(sealed)) = &row.password
            && let Some(password) = sealed.as_open()
        {
            problems.filled(password, 255, Column::Password);
            let plain = !password.contains(|c: char| c.is_whitespace() || c.is_control());
            problems.unless(
                plain || password.trim().is_empty(),
                Column::Password,
                "must not have white space",
            );
        }
        if let Set(text) = &mut row.allowed_ips {
            match networks(text) {
                Some(stored) if stored.len() <= 16_384 => *text = stored,
                Some(_) => problems.note(false, Code::TooLong, Column::AllowedIps, "use fewer networks"),
                None => problems.unless(false, Column::AllowedIps, "use addresses and networks and commas"),
            }
        }
        texts_at_most(&mut problems, row, 255, &[Column::CallerIdName]);
        texts_at_most(&mut problems, row, 64, &[Column::InternalCallerId, Column::ExternalCallerId]);
        problems.result()?;

        let tenant_id = row.tenant_id.try_as_ref().copied();
        if let (true, Some(id)) = (new, tenant_id) {
            let tenant = tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
            if let Some(limit) = tenant.sip_account_limit
                && tx.count::<sip_account::Entity>(Column::TenantId.eq(id)).await?
                    >= u64::try_from(limit).unwrap_or_default()
            {
                let message = "the tenant may have no more SIP accounts";
                return Err(Error::refused(Code::LimitReached, None, message));
            }
        }
        tx.refers(Column::UserId, &row.user_id, tenant_id).await?;
        tx.refers(Column::ExtensionId, &row.extension_id, tenant_id).await
    }
}

impl Services {
    /// Gives a SIP account a new random password and answers it.
    pub async fn reset_sip_password(
        &self,
        caller: &Caller,
        id: Id<sip_account::Entity>,
    ) -> Result<(sip_account::Model, String)> {
        let grant = caller.grant::<sip_account::Entity>(Action::Update)?;
        let password = secret::random_text(LOWER_CASE_AND_DIGITS, 16)?;
        let tx = self.begin(caller).await?;
        let input = SipAccountUpdateInput {
            password: Secret::new(password.clone()).into(),
            ..SipAccountUpdateInput::of(id)
        };
        let row = tx.change_by(&grant, input).await?;
        tx.commit().await?;
        Ok((row, password))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_network_is_in_the_form_that_is_stored() {
        assert_eq!(networks("0.0.0.0/0,::/0").as_deref(), Some(ANY_NETWORK));
    }
}
