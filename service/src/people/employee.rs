//! Employees: a user together with its extension and its telephone's password, in one write.
//!
//! Some APIs know a person with a number and nothing else. Here that person is a user, an extension
//! of type PHONE that belongs to it, and a SIP account; each keeps its own rules and announces itself.

use entity::{Id, extension, sip_account, tenant, user, value::ExtensionType, value::UserScope};
use sea_orm::{ColumnTrait, Condition, Set};

use crate::{
    Action, Caller, Code, Error, Patch, Result, Rules, Secret, Services, Tx,
    numbering::{ExtensionCreateInput, ExtensionUpdateInput},
    people::{
        SipAccountCreateInput, SipAccountUpdateInput, UserCreateInput, UserUpdateInput, password_problem,
    },
};

impl Services {
    /// Makes a user, its extension and its SIP account; what is not named is not made.
    pub async fn create_employee(
        &self,
        caller: &Caller,
        input: UserCreateInput,
        extension: Option<String>,
        sip_password: Option<Secret>,
    ) -> Result<user::Model> {
        let users = caller.grant::<user::Entity>(Action::Create)?;
        let tx = self.begin(caller).await?;
        let password = input.password.as_set().cloned();
        let user = tx.create(&users, input).await?;
        let extension = extension.filter(|number| !number.is_empty());
        if let (Some(number), Some(password)) = (&extension, &password) {
            refuse_telling_password(&tx, &user, number, password).await?;
        }
        if let Some(number) = extension {
            tx.give_extension(&user, number).await?;
        }
        if let Some(password) = sip_password {
            tx.give_sip_password(&user, password).await?;
        }
        tx.commit().await?;
        Ok(user)
    }

    /// Changes a user and its extension: null takes the extension away, a number makes or renumbers it.
    pub async fn update_employee(
        &self,
        caller: &Caller,
        input: UserUpdateInput,
        extension: Patch<Option<String>>,
    ) -> Result<user::Model> {
        let users = caller.grant::<user::Entity>(Action::Update)?;
        let tx = self.begin(caller).await?;
        let user = tx.change_by(&users, input).await?;
        match extension.map(|number| number.filter(|number| !number.is_empty())) {
            Patch::Keep => {}
            Patch::Set(None) => tx.take_extension(&user).await?,
            Patch::Set(Some(number)) => tx.give_extension(&user, number).await?,
        }
        tx.commit().await?;
        Ok(user)
    }

    /// Sets the password of a user's SIP account, which is made if there is none.
    pub async fn set_sip_password(
        &self,
        caller: &Caller,
        user: Id<user::Entity>,
        password: Secret,
    ) -> Result<sip_account::Model> {
        let users = caller.grant::<user::Entity>(Action::Update)?;
        let tx = self.begin(caller).await?;
        let user = tx.find(&users, user).await?;
        let account = tx.give_sip_password(&user, password).await?;
        tx.commit().await?;
        Ok(account)
    }
}

impl Tx<'_> {
    /// The extension that is an employee's: the first of type PHONE that belongs to it.
    async fn extension_of(&self, user: &user::Model) -> Result<Option<extension::Model>> {
        let own = Condition::all()
            .add(extension::Column::UserId.eq(user.id))
            .add(extension::Column::ExtensionType.eq(ExtensionType::Phone));
        self.first::<extension::Entity>(own).await
    }

    async fn give_extension(&self, user: &user::Model, number: String) -> Result<()> {
        let tenant = tenant_of(user, "extension")?;
        match self.extension_of(user).await? {
            Some(old) if old.number == number => {}
            Some(old) => {
                let grant = self.caller().grant::<extension::Entity>(Action::Update)?;
                let input =
                    ExtensionUpdateInput { number: number.into(), ..ExtensionUpdateInput::of(old.id) };
                self.change_by(&grant, input).await.map_err(|error| blame(error, "number", "extension"))?;
            }
            None => {
                let grant = self.caller().grant::<extension::Entity>(Action::Create)?;
                let input = ExtensionCreateInput {
                    tenant_id: tenant.into(),
                    user_id: Some(user.id).into(),
                    ..ExtensionCreateInput::of(number)
                };
                let made = self.create(&grant, input).await;
                let made = made.map_err(|error| blame(error, "number", "extension"))?;
                self.link_accounts(user, &made).await?;
            }
        }
        Ok(())
    }

    /// Lets the user's SIP accounts that ring nowhere ring at its new extension.
    async fn link_accounts(&self, user: &user::Model, extension: &extension::Model) -> Result<()> {
        let idle = Condition::all()
            .add(sip_account::Column::UserId.eq(user.id))
            .add(sip_account::Column::ExtensionId.is_null());
        let idle = self.rows::<sip_account::Entity>(idle).await?;
        self.update_all::<sip_account::Entity>(idle, |row| row.extension_id = Set(Some(extension.id))).await
    }

    async fn take_extension(&self, user: &user::Model) -> Result<()> {
        let Some(old) = self.extension_of(user).await? else { return Ok(()) };
        let grant = self.caller().grant::<extension::Entity>(Action::Delete)?;
        let old = self.find(&grant, old.id).await?;
        if user.scope == UserScope::Extension && user.scope_extension_id == Some(old.id) {
            let message = "it is all that the user reaches";
            return Err(Error::refused(Code::InUse, Some("extension"), message));
        }
        extension::Entity::check_delete(self, &old).await?;
        self.delete::<extension::Entity>(old).await
    }

    async fn give_sip_password(&self, user: &user::Model, password: Secret) -> Result<sip_account::Model> {
        let tenant = tenant_of(user, "sip_password")?;
        let own = sip_account::Column::UserId.eq(user.id);
        let given = match self.first::<sip_account::Entity>(own).await? {
            Some(old) => {
                let grant = self.caller().grant::<sip_account::Entity>(Action::Update)?;
                let input =
                    SipAccountUpdateInput { password: password.into(), ..SipAccountUpdateInput::of(old.id) };
                self.change_by(&grant, input).await
            }
            None => {
                let grant = self.caller().grant::<sip_account::Entity>(Action::Create)?;
                let same = Condition::all()
                    .add(sip_account::Column::TenantId.eq(tenant))
                    .add(sip_account::Column::Username.eq(&user.login));
                let free = self.count::<sip_account::Entity>(same).await? == 0;
                let extension = self.extension_of(user).await?;
                let input = SipAccountCreateInput {
                    tenant_id: tenant.into(),
                    username: if free { user.login.clone().into() } else { Patch::Keep },
                    user_id: Some(user.id).into(),
                    extension_id: extension.map(|extension| extension.id).into(),
                    password: password.into(),
                    ..SipAccountCreateInput::of()
                };
                self.create(&grant, input).await
            }
        };
        given.map_err(|error| blame(error, "password", "sip_password"))
    }
}

/// The tenant of an employee; an operator's account has no telephone.
fn tenant_of(user: &user::Model, field: &str) -> Result<Id<tenant::Entity>> {
    let message = "an operator's account has no telephone";
    user.tenant_id.ok_or_else(|| Error::refused(Code::Invalid, Some(field), message))
}

/// A new user's password is checked before its extension is there, so the two are compared here.
async fn refuse_telling_password(
    tx: &Tx<'_>,
    user: &user::Model,
    number: &str,
    password: &Secret,
) -> Result<()> {
    let tenant = tenant_of(user, "extension")?;
    let tenant = tx.referred::<tenant::Entity>(user::Column::TenantId, tenant).await?;
    let policy = tenant.password_policy.as_ref();
    match password_problem(policy, password.expose(), &user.login, Some(number), &user.email) {
        Some(problem) => Err(Error::refused(Code::Invalid, Some("password"), problem)),
        None => Ok(()),
    }
}

/// The same refusal, with another field to blame: an employee has no `number`, but an `extension`.
fn blame(error: Error, column: &str, field: &str) -> Error {
    let Error::Refused(mut problems) = error else { return error };
    for problem in &mut problems {
        // A limit blames no field of its own, but here it is one of several things that are made.
        let blames = |path: &Vec<String>| path.first().is_some_and(|first| first == column);
        if problem.field.as_ref().map_or(problem.code == Code::LimitReached, blames) {
            problem.field = Some(vec![field.to_owned()]);
        }
    }
    Error::Refused(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_employee_is_told_of_its_extension() {
        let Error::Refused(problems) =
            blame(Error::refused(Code::Taken, Some("number"), "taken"), "number", "extension")
        else {
            panic!("a refusal stays one")
        };
        assert_eq!(problems[0].field.as_deref(), Some(&["extension".to_owned()][..]));
        let Error::Refused(problems) =
            blame(Error::refused(Code::LimitReached, None, "full"), "number", "extension")
        else {
            panic!("a refusal stays one")
        };
        assert_eq!(problems[0].field.as_deref(), Some(&["extension".to_owned()][..]));
    }
}
