//! Users: who may be made by whom, what their passwords must be, and what goes along with them.

mod password;
mod removal;

use entity::{
    Id, Kind, List, extension, phone_number, session, tenant,
    user::{self, Column},
    user_group,
    value::{Access, Role, Status, UserScope},
};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, Condition, IdenStatic, Iterable, Set};

use crate::{
    Action, Code, Error, Problems, Reach, Result, Rules, Secret, Tx,
    check::{
        is_digits, is_email, is_handle, note_time_zone, path, texts_at_most, texts_that, without_repeats,
    },
    inputs,
};

pub use password::{generate_password, is_strong, password_problem};
pub(crate) use removal::{Kept, remove_people};

use password::hash_password;

inputs! {
    user: UserCreateInput, UserUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's; an operator's account has none.
            tenant_id: Option<Id<tenant::Entity>>,
        }
        required {
            /// The name it logs in with, unique in its tenant: 1 to 64 letters, digits, `.`, `_` and `-`.
            login: String,
        }
        optional {
            /// What it may do. `USER` on a new one.
            role: Role,
            /// Whether it may write. `FULL` on a new one.
            access: Access,
            /// A blocked user cannot log in. `ACTIVE` on a new one.
            status: Status,
            /// How far it reaches in its tenant. `TENANT` on a new one.
            scope: UserScope,
            /// The group it reaches when its scope is `GROUP`; null otherwise, as on a new one.
            scope_group_id: Option<Id<user_group::Entity>>,
            /// The extension it reaches when its scope is `EXTENSION`; null otherwise, as on a new one.
            scope_extension_id: Option<Id<extension::Entity>>,
            /// Its full name, as people say it, at most 255 characters. Empty on a new one.
            name: String,
            /// Its given name, at most 255 characters. Empty on a new one.
            first_name: String,
            /// Its family name, at most 255 characters. Empty on a new one.
            last_name: String,
            /// Its position in the company, at most 255 characters. Empty on a new one.
            position: String,
            /// Its e-mail address; empty is none, as on a new one.
            email: String,
            /// Its mobile number, 7 to 20 digits, unique in its tenant. Null on a new one.
            mobile: Option<String>,
            /// Whether its calls go on to its mobile. `false` on a new one.
            mobile_forward: bool,
            /// After how many seconds they do: 0, 5, 10 or 15. 0 on a new one.
            mobile_delay: i32,
            /// Its IANA time zone; null is the tenant's, as on a new one.
            time_zone: Option<String>,
            /// Free text. Null on a new one.
            comment: Option<String>,
            /// Free text that is kept as it is. Null on a new one.
            extra_params: Option<String>,
            /// Other names it answers to, each 1 to 64 characters without white space. None on a new one.
            aliases: List<String>,
            /// The groups of its tenant that it is in. None on a new one.
            group_ids: List<Id<user_group::Entity>>,
            /// The password it logs in with: not empty, no white space, and what the tenant's password policy asks. A user without one cannot log in with a password.
            password: Secret,
        }
    }
}

/// What a user may set of itself.
const OWN: &[Column] = &[
    Column::Password,
    Column::Mobile,
    Column::MobileForward,
    Column::MobileDelay,
    Column::TimeZone,
    Column::Email,
    Column::Name,
    Column::FirstName,
    Column::LastName,
];

/// What could make a user reach further than a narrowed key does.
const WIDENING: &[Column] = &[Column::Password, Column::Role, Column::Access, Column::Scope];

/// What nobody sets of the own account, lest it locks itself out.
const NOT_OWN: &[Column] = &[Column::Role, Column::Status, Column::Access];

impl Rules for user::Entity {
    type Create = UserCreateInput;
    type Update = UserUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut user::ActiveModel) -> Result<()> {
        let new = row.id.is_not_set();
        let role = row.role.try_as_ref().copied().unwrap_or(Role::User);
        if new && role == Role::Operator && row.tenant_id.is_not_set() {
            row.tenant_id = Set(None);
        }
        let tenant_id = row.tenant_id.try_as_ref().copied().flatten();

        let mut problems = Problems::default();
        note_rights(tx, row, &mut problems)?;
        note_role(tx, row, role, tenant_id, &mut problems);
        note_scope(row, role, &mut problems);
        note_texts(row, &mut problems);
        problems.result()?;

        let tenant = match tenant_id {
            Some(id) if new || row.password.is_set() || row.scope.is_set() => {
                Some(tx.referred::<tenant::Entity>(Column::TenantId, id).await?)
            }
            _ => None,
        };
        if let Some(tenant) = &tenant
            && (new || row.scope.is_set())
        {
            refuse_beyond_limits(tx, tenant, row).await?;
        }
        tx.refers(Column::ScopeGroupId, &row.scope_group_id, tenant_id).await?;
        tx.refers(Column::ScopeExtensionId, &row.scope_extension_id, tenant_id).await?;
        refuse_foreign_groups(tx, row, tenant_id).await?;
        refuse_public_mobile(tx, row, tenant_id).await?;
        hash_password(tx, row, tenant.as_ref()).await?;
        if let (ActiveValue::Unchanged(id), true) = (&row.id, row.password.is_set()) {
            end_sessions(tx, *id).await?;
        }
        Ok(())
    }

    /// Its extensions of phones, SIP accounts, sessions and API keys go along.
    async fn check_delete(tx: &Tx<'_>, row: &user::Model) -> Result<()> {
        if tx.caller().account()?.id == Some(row.id) {
            return Err(Error::refused(Code::Forbidden, None, "you cannot delete yourself"));
        }
        remove_people(tx, vec![row.clone()], Vec::new(), Kept::User(row.id)).await
    }
}

/// Ends what the old password began, but for the session in which it is changed.
async fn end_sessions(tx: &Tx<'_>, user: Id<user::Entity>) -> Result<()> {
    let mut lasting = Condition::all()
        .add(session::Column::UserId.eq(user))
        .add(session::Column::RevokedAt.is_null())
        .add(session::Column::ExpiresAt.gt(tx.now()));
    if let Some(own) = tx.caller().account()?.session {
        lasting = lasting.add(session::Column::Id.ne(own));
    }
    let lasting = tx.rows::<session::Entity>(lasting).await?;
    tx.update_all::<session::Entity>(lasting, |session| session.revoked_at = Set(Some(tx.now()))).await
}

/// Notes what the caller may not set of this very user.
fn note_rights(tx: &Tx<'_>, row: &user::ActiveModel, problems: &mut Problems) -> Result<()> {
    let caller = tx.caller();
    let account = caller.account()?;
    let own = account.id.is_some() && account.id == row.id.try_as_ref().copied();
    let little = row.id.is_unchanged() && caller.reach(Kind::User, Action::Update)? == Some(Reach::Own);
    for column in Column::iter().filter(|column| matches!(row.get(*column), ActiveValue::Set(_))) {
        let among = |columns: &[Column]| columns.iter().any(|one| one.as_str() == column.as_str());
        if little && !among(OWN) {
            problems.note(false, Code::Forbidden, column, "you may not set this of yourself");
        } else if own && among(NOT_OWN) {
            problems.note(false, Code::Forbidden, column, "nobody sets this of the own account");
        } else if !account.key_scopes.is_empty() && among(WIDENING) {
            problems.note(false, Code::Forbidden, column, "a narrowed key may not make more of a user");
        }
    }
    Ok(())
}

fn note_role(
    tx: &Tx<'_>,
    row: &user::ActiveModel,
    role: Role,
    tenant: Option<Id<tenant::Entity>>,
    problems: &mut Problems,
) {
    let operator = tx.caller().is_operator();
    match (role == Role::Operator, tenant) {
        (true, _) if !operator && row.role.is_set() => {
            let message = "only an operator makes an operator";
            problems.note(false, Code::Forbidden, Column::Role, message);
        }
        (true, Some(_)) => problems.unless(false, Column::Role, "an operator belongs to no tenant"),
        (false, None) if row.id.is_not_set() => {
            problems.note(false, Code::Required, Column::TenantId, "name the tenant");
        }
        (false, None) => problems.unless(false, Column::Role, "who belongs to no tenant is an operator"),
        _ => {}
    }
}

/// Notes a scope without what it names, and takes back what another scope named.
fn note_scope(row: &mut user::ActiveModel, role: Role, problems: &mut Problems) {
    let scope = row.scope.try_as_ref().copied().unwrap_or(UserScope::Tenant);
    if role == Role::Operator {
        problems.unless(scope == UserScope::Tenant, Column::Scope, "an operator reaches everything");
    }
    let group = row.scope_group_id.try_as_ref().copied().flatten().is_some();
    match scope {
        UserScope::Group => {
            problems.note(group, Code::Required, Column::ScopeGroupId, "name the group it reaches");
        }
        _ if group && row.scope_group_id.is_set() => {
            problems.unless(false, Column::ScopeGroupId, "it belongs to the scope GROUP");
        }
        _ if group => row.scope_group_id = Set(None),
        _ => {}
    }
    let extension = row.scope_extension_id.try_as_ref().copied().flatten().is_some();
    match scope {
        UserScope::Extension => {
            let message = "name the extension it reaches";
            problems.note(extension, Code::Required, Column::ScopeExtensionId, message);
        }
        _ if extension && row.scope_extension_id.is_set() => {
            problems.unless(false, Column::ScopeExtensionId, "it belongs to the scope EXTENSION");
        }
        _ if extension => row.scope_extension_id = Set(None),
        _ => {}
    }
}

fn note_texts(row: &mut user::ActiveModel, problems: &mut Problems) {
    if matches!(&row.mobile, Set(Some(mobile)) if mobile.is_empty()) {
        row.mobile = Set(None);
    }
    if let Set(aliases) = &mut row.aliases {
        *aliases = without_repeats(std::mem::take(&mut aliases.0)).into();
        problems.note(aliases.len() <= 100, Code::TooLong, Column::Aliases, "use at most 100 names");
        for (at, alias) in aliases.iter().enumerate() {
            if !(1..=64).contains(&alias.chars().count()) || alias.contains(char::is_whitespace) {
                let message = "use 1 to 64 characters without white space";
                problems.push(Code::Invalid, path(["aliases", &at.to_string()]), message);
            }
        }
    }
    if let Set(ids) = &mut row.group_ids {
        *ids = without_repeats(std::mem::take(&mut ids.0)).into();
        problems.note(ids.len() <= 200, Code::TooLong, Column::GroupIds, "use at most 200 groups");
    }
    if let Set(login) = &row.login {
        let message = "use 1 to 64 letters, digits, dots, underscores and hyphens";
        match login.is_empty() {
            true => problems.note(false, Code::Required, Column::Login, "must not be empty"),
            false => problems.unless(is_handle(login), Column::Login, message),
        }
    }
    if let Set(delay) = row.mobile_delay {
        let known = matches!(delay, 0 | 5 | 10 | 15);
        problems.note(known, Code::OutOfRange, Column::MobileDelay, "use 0, 5, 10 or 15 seconds");
    }
    let row: &user::ActiveModel = row;
    let names = [Column::Name, Column::FirstName, Column::LastName, Column::Position];
    texts_at_most(problems, row, 255, &names);
    texts_at_most(problems, row, 65_536, &[Column::Comment, Column::ExtraParams]);
    let or_empty = |text: &str| text.is_empty() || is_email(text);
    let message = "use an e-mail address, or leave it empty";
    texts_that(problems, row, or_empty, message, &[Column::Email]);
    let is_mobile = |text: &str| is_digits(text) && (7..=20).contains(&text.len());
    texts_that(problems, row, is_mobile, "use 7 to 20 digits", &[Column::Mobile]);
    note_time_zone(problems, row, Column::TimeZone);
}

/// Refuses a user more than the tenant may have.
async fn refuse_beyond_limits(tx: &Tx<'_>, tenant: &tenant::Model, row: &user::ActiveModel) -> Result<()> {
    let scope = row.scope.try_as_ref().copied().unwrap_or(UserScope::Tenant);
    let of_scope = match scope {
        UserScope::Tenant => tenant.user_client_limit,
        UserScope::Group => tenant.user_extension_group_limit,
        UserScope::Extension => tenant.user_extension_limit,
    };
    let all = Condition::all().add(Column::TenantId.eq(tenant.id));
    let alike = all.clone().add(Column::Scope.eq(scope));
    // One that is there already only goes from one scope to another.
    let in_all = tenant.accounts_limit.filter(|_| row.id.is_not_set());
    for (limit, counted) in [(in_all, all), (of_scope, alike)] {
        if let Some(limit) = limit
            && tx.count::<user::Entity>(counted).await? >= u64::try_from(limit).unwrap_or_default()
        {
            return Err(Error::refused(Code::LimitReached, None, "Accounts Limit Exceeded"));
        }
    }
    Ok(())
}

async fn refuse_foreign_groups(
    tx: &Tx<'_>,
    row: &user::ActiveModel,
    tenant: Option<Id<tenant::Entity>>,
) -> Result<()> {
    let Set(ids) = &row.group_ids else { return Ok(()) };
    if ids.is_empty() {
        return Ok(());
    }
    let named = Condition::all()
        .add(user_group::Column::Id.is_in(ids.0.clone()))
        .add(user_group::Column::TenantId.eq(tenant));
    let found = tx.rows::<user_group::Entity>(named).await?;
    let mut problems = Problems::default();
    for (at, id) in ids.iter().enumerate() {
        if !found.iter().any(|group| group.id == *id) {
            problems.push(Code::NotFound, path(["group_ids", &at.to_string()]), "there is no such group");
        }
    }
    problems.result()
}

async fn refuse_public_mobile(
    tx: &Tx<'_>,
    row: &user::ActiveModel,
    tenant: Option<Id<tenant::Entity>>,
) -> Result<()> {
    let (Set(Some(mobile)), Some(tenant)) = (&row.mobile, tenant) else { return Ok(()) };
    let same = Condition::all()
        .add(phone_number::Column::TenantId.eq(tenant))
        .add(phone_number::Column::Number.eq(mobile));
    if tx.count::<phone_number::Entity>(same).await? > 0 {
        return Err(Error::refused(Code::Taken, Some("mobile"), "it is a public number of the tenant"));
    }
    Ok(())
}
