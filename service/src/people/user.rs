//! Users: who may be made by whom, what their passwords must be, and what goes along with them.

use std::collections::{BTreeMap, btree_map::Entry};

use entity::{
    Id, Kind, List, Sealed, api_key, extension, phone_number, session, sip_account, tenant,
    user::{self, Column},
    user_group,
    value::{Access, ExtensionType, PasswordPolicy, Role, Status, UserScope},
};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, Condition, IdenStatic, Iterable, Set};

use crate::{
    Action, Code, Error, Problems, Reach, Result, Rules, Secret, Tx,
    check::{is_digits, is_email, is_handle, is_time_zone, path, texts_at_most, texts_that, without_repeats},
    inputs, secret,
};

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
            Some(id) if new || row.password.is_set() => {
                Some(tx.referred::<tenant::Entity>(Column::TenantId, id).await?)
            }
            _ => None,
        };
        if let Some(tenant) = &tenant
            && new
        {
            refuse_beyond_limits(tx, tenant, row).await?;
        }
        tx.refers(Column::ScopeGroupId, &row.scope_group_id, tenant_id).await?;
        tx.refers(Column::ScopeExtensionId, &row.scope_extension_id, tenant_id).await?;
        refuse_foreign_groups(tx, row, tenant_id).await?;
        refuse_public_mobile(tx, row, tenant_id).await?;
        hash_password(tx, row, tenant.as_ref()).await
    }

    /// Its extensions of phones, SIP accounts, sessions and API keys go along.
    async fn check_delete(tx: &Tx<'_>, row: &user::Model) -> Result<()> {
        if tx.caller().account()?.id == Some(row.id) {
            return Err(Error::refused(Code::Forbidden, None, "you cannot delete yourself"));
        }
        remove_people(tx, vec![row.clone()], Vec::new(), Kept::User(row.id)).await
    }
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
    texts_that(
        problems,
        row,
        is_time_zone,
        "use an IANA time zone such as Europe/Berlin",
        &[Column::TimeZone],
    );
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
    for (limit, counted) in [(tenant.accounts_limit, all), (of_scope, alike)] {
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

/// Puts the hash of a new password in its place.
async fn hash_password(
    tx: &Tx<'_>,
    row: &mut user::ActiveModel,
    tenant: Option<&tenant::Model>,
) -> Result<()> {
    let password = match &row.password {
        Set(Some(sealed)) => sealed.as_open().map(str::to_owned),
        _ => None,
    };
    let Some(password) = password else { return Ok(()) };
    let policy = tenant.and_then(|tenant| tenant.password_policy.as_ref());
    let numbers = match (policy, row.id.try_as_ref()) {
        (Some(policy), Some(id)) if policy.disable_account_information => {
            let of_user = extension::Column::UserId.eq(*id);
            tx.rows::<extension::Entity>(of_user).await?.into_iter().map(|one| one.number).collect()
        }
        _ => Vec::new(),
    };
    let login = row.login.try_as_ref().map(String::as_str).unwrap_or_default();
    let email = row.email.try_as_ref().map(String::as_str).unwrap_or_default();
    let numbers = numbers.iter().map(|number| Some(number.as_str())).chain([None]);
    let problem =
        numbers.filter_map(|number| password_problem(policy, &password, login, number, email)).next();
    if let Some(problem) = problem {
        return Err(Error::refused(Code::Invalid, Some("password"), problem));
    }
    row.password = Set(Some(Sealed::open(&secret::hash_password(password).await?)));
    row.password_changed_at = Set(Some(tx.now()));
    Ok(())
}

/// Why a log-in password will not do, for an account with this login, extension and e-mail address.
///
/// Whatever the policy, it must not be empty, have white space or be longer than 1024 characters.
pub fn password_problem(
    policy: Option<&PasswordPolicy>,
    password: &str,
    login: &str,
    extension: Option<&str>,
    email: &str,
) -> Option<&'static str> {
    let length = password.chars().count();
    if length == 0 {
        return Some("must not be empty");
    }
    if length > 1024 {
        return Some("use at most 1024 characters");
    }
    if password.contains(char::is_whitespace) {
        return Some("must not have white space");
    }
    let policy = policy?;
    if i32::try_from(length).is_ok_and(|length| length < policy.min_length) {
        return Some("is shorter than the password policy asks");
    }
    if i32::try_from(length).is_ok_and(|length| length > policy.max_length) {
        return Some("is longer than the password policy allows");
    }
    if policy.contains_letters && !password.contains(|c: char| c.is_ascii_alphabetic()) {
        return Some("must have a letter");
    }
    if policy.contains_numbers && !password.contains(|c: char| c.is_ascii_digit()) {
        return Some("must have a digit");
    }
    if policy.contains_special_letters
        && !password.contains(|c: char| c.is_uppercase() || !c.is_alphanumeric())
    {
        return Some("must have an upper-case letter or a special character");
    }
    let small = password.to_lowercase();
    if policy.disable_sequential_characters && has_sequence(&small) {
        return Some("must not have three characters in a row that count up or down");
    }
    if policy.disable_repeating_characters && has_repetition(password) {
        return Some("must not have the same character three times in a row");
    }
    let mailbox = email.split_once('@').map_or(email, |(mailbox, _)| mailbox);
    let own = [login, extension.unwrap_or_default(), mailbox];
    let similar = own.iter().any(|own| !own.is_empty() && small.contains(&own.to_lowercase()));
    if policy.disable_account_information && similar {
        return Some("must not contain the login, the extension or the name of the mailbox");
    }
    None
}

/// Whether three letters or three digits in a row count up or down.
fn has_sequence(text: &str) -> bool {
    text.as_bytes().windows(3).any(|run| {
        let alike = run.iter().all(u8::is_ascii_digit) || run.iter().all(u8::is_ascii_lowercase);
        alike
            && ((run[1] == run[0] + 1 && run[2] == run[1] + 1)
                || (run[0] == run[1] + 1 && run[1] == run[2] + 1))
    })
}

/// Whether a character stands three times in a row.
fn has_repetition(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).any(|run| run[0] == run[1] && run[1] == run[2])
}

/// Whether a password is hard to guess: 8 characters or more, a letter and a digit, no white space,
/// and not the login within it, unless that is shorter than 4 characters.
pub fn is_strong(password: &str, login: &str) -> bool {
    let tells = login.chars().count() >= 4 && password.to_lowercase().contains(&login.to_lowercase());
    password.chars().count() >= 8
        && password.contains(char::is_alphabetic)
        && password.contains(|c: char| c.is_ascii_digit())
        && !password.contains(char::is_whitespace)
        && !tells
}

/// A password that is hard to guess: 12 letters and digits.
pub fn generate_password() -> Result<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    loop {
        let password = secret::random_text(ALPHABET, 12)?;
        if is_strong(&password, "") {
            return Ok(password);
        }
    }
}

/// Which row of those that go is left to the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// None.
    Nothing,
    /// This user.
    User(Id<user::Entity>),
    /// This extension.
    Extension(Id<extension::Entity>),
}

/// Removes users and extensions with all that cannot be without them, and lets go what can.
///
/// The extensions of phones go with their user, and the users who reach one extension alone go with
/// it. The statements are as many as that chain is long, however many rows there are.
pub(crate) async fn remove_people(
    tx: &Tx<'_>,
    users: Vec<user::Model>,
    extensions: Vec<extension::Model>,
    kept: Kept,
) -> Result<()> {
    let mut users: BTreeMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let mut extensions: BTreeMap<_, _> = extensions.into_iter().map(|one| (one.id, one)).collect();
    let (mut new_users, mut new_extensions): (Vec<_>, Vec<_>) =
        (users.keys().copied().collect(), extensions.keys().copied().collect());
    while !new_users.is_empty() || !new_extensions.is_empty() {
        let of_users = Condition::all()
            .add(extension::Column::UserId.is_in(std::mem::take(&mut new_users)))
            .add(extension::Column::ExtensionType.eq(ExtensionType::Phone));
        let of_extensions = Condition::all()
            .add(Column::Scope.eq(UserScope::Extension))
            .add(Column::ScopeExtensionId.is_in(std::mem::take(&mut new_extensions)));
        for one in tx.rows::<extension::Entity>(of_users).await? {
            if let Entry::Vacant(place) = extensions.entry(one.id) {
                new_extensions.push(one.id);
                place.insert(one);
            }
        }
        for one in tx.rows::<user::Entity>(of_extensions).await? {
            if let Entry::Vacant(place) = users.entry(one.id) {
                new_users.push(one.id);
                place.insert(one);
            }
        }
    }
    leave(tx, users.keys().copied().collect(), extensions.keys().copied().collect()).await?;
    match kept {
        Kept::Nothing => {}
        Kept::User(id) => drop(users.remove(&id)),
        Kept::Extension(id) => drop(extensions.remove(&id)),
    }
    tx.delete_all::<extension::Entity>(extensions.into_values().collect()).await?;
    tx.delete_all::<user::Entity>(users.into_values().collect()).await
}

/// Removes what belongs to these users, and takes them and these extensions out of all that refers to them.
async fn leave(
    tx: &Tx<'_>,
    users: Vec<Id<user::Entity>>,
    extensions: Vec<Id<extension::Entity>>,
) -> Result<()> {
    if !users.is_empty() {
        let sessions = tx.rows::<session::Entity>(session::Column::UserId.is_in(users.clone())).await?;
        tx.delete_all::<session::Entity>(sessions).await?;
        let issued = tx.rows::<session::Entity>(session::Column::IssuedBy.is_in(users.clone())).await?;
        tx.update_all::<session::Entity>(issued, |row| row.issued_by = Set(None)).await?;
        let keys = tx.rows::<api_key::Entity>(api_key::Column::UserId.is_in(users.clone())).await?;
        tx.delete_all::<api_key::Entity>(keys).await?;
        let accounts =
            tx.rows::<sip_account::Entity>(sip_account::Column::UserId.is_in(users.clone())).await?;
        tx.delete_all::<sip_account::Entity>(accounts).await?;
        let others = Condition::all()
            .add(extension::Column::UserId.is_in(users))
            .add(extension::Column::Id.is_not_in(extensions.clone()));
        let others = tx.rows::<extension::Entity>(others).await?;
        tx.update_all::<extension::Entity>(others, |row| row.user_id = Set(None)).await?;
    }
    if !extensions.is_empty() {
        let accounts = sip_account::Column::ExtensionId.is_in(extensions.clone());
        let accounts = tx.rows::<sip_account::Entity>(accounts).await?;
        tx.update_all::<sip_account::Entity>(accounts, |row| row.extension_id = Set(None)).await?;
        let numbers = Condition::any()
            .add(phone_number::Column::ExtensionId.is_in(extensions.clone()))
            .add(phone_number::Column::MessageExtensionId.is_in(extensions.clone()));
        let numbers = tx.rows::<phone_number::Entity>(numbers).await?;
        let gone = |id: &ActiveValue<Option<Id<extension::Entity>>>| {
            id.try_as_ref().copied().flatten().is_some_and(|id| extensions.contains(&id))
        };
        let let_go = |row: &mut phone_number::ActiveModel| {
            if gone(&row.extension_id) {
                row.extension_id = Set(None);
            }
            if gone(&row.message_extension_id) {
                row.message_extension_id = Set(None);
            }
        };
        tx.update_all::<phone_number::Entity>(numbers, let_go).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicy {
        PasswordPolicy {
            min_length: 6,
            max_length: 12,
            contains_letters: true,
            contains_numbers: true,
            contains_special_letters: true,
            disable_sequential_characters: true,
            disable_repeating_characters: true,
            disable_account_information: true,
        }
    }

    #[test]
    fn without_a_policy_a_password_is_a_word() {
        let problem = |password| password_problem(None, password, "ines", None, "");
        assert_eq!(problem("x"), None);
        assert_eq!(problem("ines"), None);
        assert!(problem("").is_some() && problem("a b").is_some() && problem("a\t").is_some());
        assert!(problem(&"x".repeat(1025)).is_some());
    }

    #[test]
    fn a_policy_asks_for_all_it_says() {
        let policy = policy();
        let problem =
            |password| password_problem(Some(&policy), password, "ines", Some("204"), "weber@acme.example");
        for good in ["Kq7vRm2x", "kq7!rm2x", "Zx9-Zx8"] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "Kq7vR",         // too short
            "Kq7vRm2xKq7vR", // too long
            "74!93!28",      // no letter
            "Kqz-vRmx",      // no digit
            "kq7vrm2x",      // nothing special
            "Kq123vRm",      // counts up
            "KqCBA7vR",      // counts down, whatever the case
            "Kq777vRm",      // repeats
            "KqINES7v",      // the login
            "Kq204vRm",      // the extension
            "KqWeber7",      // the mailbox
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_policy_leaves_alone_what_it_does_not_say() {
        let lax = PasswordPolicy {
            contains_letters: false,
            contains_numbers: false,
            contains_special_letters: false,
            disable_sequential_characters: false,
            disable_repeating_characters: false,
            disable_account_information: false,
            ..policy()
        };
        assert_eq!(password_problem(Some(&lax), "aaa123ines", "ines", Some("123"), ""), None);
    }

    #[test]
    fn a_run_is_three_of_one_sort() {
        assert!(has_sequence("x123") && has_sequence("cba") && has_sequence("1xyz1"));
        assert!(!has_sequence("124") && !has_sequence("ab1") && !has_sequence("890") && !has_sequence(""));
        assert!(has_repetition("xaaa") && has_repetition("ééé") && !has_repetition("aabaa"));
    }

    #[test]
    fn a_strong_password_is_long_and_mixed() {
        assert!(is_strong("abcdefg1", "ines") && is_strong("abc1defg", "abc"));
        assert!(
            !is_strong("abcdef1", "ines") && !is_strong("abcdefgh", "ines") && !is_strong("12345678", "ines")
        );
        assert!(!is_strong("abc defg1", "ines") && !is_strong("xxInes123", "ines"));
    }

    #[test]
    fn a_generated_password_is_strong() {
        for _ in 0..100 {
            let password = generate_password().unwrap();
            assert!(password.len() == 12 && is_strong(&password, "ines"), "{password}");
        }
    }
}
