//! Operators made without a caller: the first one, and those of the command line.

use entity::{user, value::Role};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    Caller, Error, Result, Secret, Services,
    people::{UserCreateInput, UserUpdateInput, generate_password},
};

impl Services {
    /// Makes the first operator when there is none; answers the password if it was made up.
    pub async fn ensure_operator(&self, login: &str, password: Option<Secret>) -> Result<Option<String>> {
        let caller = Caller::system("setup");
        if self.count::<user::Entity>(&caller, user::Column::Role.eq(Role::Operator)).await? > 0 {
            return Ok(None);
        }
        self.make_operator(login, password).await
    }

    /// Makes an operator; answers the password if it was made up.
    pub async fn make_operator(&self, login: &str, password: Option<Secret>) -> Result<Option<String>> {
        let (password, made_up) = given_or_made_up(password)?;
        let input = UserCreateInput {
            role: Role::Operator.into(),
            password: password.into(),
            ..UserCreateInput::of(login.to_owned())
        };
        self.create::<user::Entity>(&Caller::system("setup"), input).await?;
        Ok(made_up)
    }

    /// Sets an operator's password; answers it if it was made up.
    pub async fn set_operator_password(
        &self,
        login: &str,
        password: Option<Secret>,
    ) -> Result<Option<String>> {
        let caller = Caller::system("setup");
        let named = Condition::all().add(user::Column::Login.eq(login)).add(user::Column::TenantId.is_null());
        let row = self.find_one::<user::Entity>(&caller, named).await?;
        let row = row.ok_or_else(|| Error::not_found("login"))?;
        let (password, made_up) = given_or_made_up(password)?;
        let input = UserUpdateInput { password: password.into(), ..UserUpdateInput::of(row.id) };
        self.update::<user::Entity>(&caller, input).await?;
        Ok(made_up)
    }
}

fn given_or_made_up(password: Option<Secret>) -> Result<(Secret, Option<String>)> {
    match password {
        Some(password) => Ok((password, None)),
        None => {
            let text = generate_password()?;
            Ok((Secret::new(text.clone()), Some(text)))
        }
    }
}
