//! Users of a domain, which this API also calls employees.

use axum::{body::Body, http::StatusCode};
use entity::{extension, sip_account, user, value::ExtensionType};
use sea_orm::{ColumnTrait, ExprTrait};
use service::{
    Action, Code, Listing, Slice,
    people::{self, UserCreateInput, UserUpdateInput},
};

use super::{
    body::Answer,
    call::Call,
    error::{
        ACCOUNTS_LIMIT, DOMAIN_NOT_FOUND, NOT_ACCEPTABLE, Result, USER_ALREADY_EXISTS, USER_NOT_FOUND, gone,
        worded,
    },
    user_shape::{Generated, NewUserBody, PasswordBody, SipPasswordBody, User, UserBody, put},
};

/// `GET /domains/{domain}/users`
pub async fn list(call: Call) -> Result<Answer<Vec<String>>> {
    let tenant = call.tenant().await?;
    let of_tenant = user::Column::TenantId.eq(tenant.id);
    Ok(Answer(call.texts::<user::Entity>(user::Column::Login, of_tenant).await?))
}

/// `HEAD /domains/{domain}/users/{login}`
pub async fn exists(call: Call) -> Result<StatusCode> {
    find(&call).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /domains/{domain}/users/{login}`
pub async fn get(call: Call) -> Result<Answer<User>> {
    let row = find(&call).await?;
    // Of several the first, which is also the one that a change of the employee is about.
    let phones =
        extension::Column::UserId.eq(row.id).and(extension::Column::ExtensionType.eq(ExtensionType::Phone));
    let phones = Listing { filter: phones.into(), ..Listing::default() };
    let first = Slice { size: 1, ..Slice::default() };
    let extension = call.services().list::<extension::Entity>(&call.caller, &phones, &first).await?;
    let extension = extension.rows.into_iter().next().map(|extension| extension.number);
    let with_password =
        sip_account::Column::UserId.eq(row.id).and(sip_account::Column::Password.is_not_null());
    let sip_account = call.services().find_one::<sip_account::Entity>(&call.caller, with_password).await?;
    Ok(Answer(User::of(row, extension, sip_account.is_some())))
}

/// `POST /domains/{domain}/users/{login}/checkpasswordstrength`
pub async fn check_password_strength(call: Call, body: Body) -> Result<StatusCode> {
    let row = find(&call).await?;
    let password = call.read(body).await?.take::<PasswordBody>()?.password()?;
    match people::is_strong(password.expose(), &row.login) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(NOT_ACCEPTABLE),
    }
}

/// `POST /domains/{domain}/users/{login}`
pub async fn create(call: Call, body: Body) -> Result<StatusCode> {
    let tenant = call.tenant().await?;
    if call.find_user(&tenant).await?.is_some() {
        return Err(USER_ALREADY_EXISTS);
    }
    call.may::<user::Entity>(Action::Create)?;
    let NewUserBody { user, passwords } = call.read(body).await?.take()?;
    let mut input = UserCreateInput::of(call.name("login").to_owned());
    input.tenant_id = Some(tenant.id).into();
    input.password = passwords.password;
    let extension = put!(user.columns(None)? => input);
    let extension = extension.into_set().flatten();
    let sip_password = passwords.sip_password.into_set();
    let created = call.services().create_employee(&call.caller, input, extension, sip_password).await;
    created.map_err(worded([
        (Code::Taken, "login", USER_ALREADY_EXISTS),
        (Code::LimitReached, "tenant_id", ACCOUNTS_LIMIT),
        (Code::NotFound, "tenant_id", DOMAIN_NOT_FOUND),
    ]))?;
    Ok(StatusCode::CREATED)
}

/// `PUT /domains/{domain}/users/{login}`
pub async fn update(call: Call, body: Body) -> Result<StatusCode> {
    let row = find(&call).await?;
    call.may::<user::Entity>(Action::Update)?;
    let user: UserBody = call.read(body).await?.take()?;
    let mut input = UserUpdateInput::of(row.id);
    let extension = put!(user.columns(Some(&row))? => input);
    let updated = call.services().update_employee(&call.caller, input, extension).await;
    updated.map_err(gone(USER_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /domains/{domain}/users/{login}/password`
pub async fn set_password(call: Call, body: Body) -> Result<StatusCode> {
    let row = find(&call).await?;
    call.may::<user::Entity>(Action::Update)?;
    let password = call.read(body).await?.take::<PasswordBody>()?.password()?;
    let input = UserUpdateInput { password: password.into(), ..UserUpdateInput::of(row.id) };
    let updated = call.services().update::<user::Entity>(&call.caller, input).await;
    updated.map_err(gone(USER_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /domains/{domain}/users/{login}/sippassword`
pub async fn set_sip_password(call: Call, body: Body) -> Result<StatusCode> {
    let row = find(&call).await?;
    call.may::<user::Entity>(Action::Update)?;
    let password = call.read(body).await?.take::<SipPasswordBody>()?.sip_password()?;
    let set = call.services().set_sip_password(&call.caller, row.id, password).await;
    set.map_err(gone(USER_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /domains/{domain}/users/{login}`
pub async fn delete(call: Call) -> Result<StatusCode> {
    let row = find(&call).await?;
    let deleted = call.services().delete::<user::Entity>(&call.caller, row.id, None).await;
    deleted.map_err(gone(USER_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /generatepassword`
pub async fn generate_password(_: Call) -> Result<Answer<Generated>> {
    Ok(Answer(Generated { password: people::generate_password()? }))
}

/// The user that the path names.
async fn find(call: &Call) -> Result<user::Model> {
    let tenant = call.tenant().await?;
    call.user(&tenant).await
}
