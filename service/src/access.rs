//! Who is calling and what that caller may do: the role table, and [`Grant`], its proof.

use std::{marker::PhantomData, sync::Arc};

use entity::{
    Id, Kind, Resource, tenant, user,
    value::{Access, Role, UserScope},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, EntityTrait, IdenStatic, QueryFilter, Select,
    Value,
};

use crate::{Claim, Code, Error, Result};

/// What may be done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See it.
    Read,
    /// Make one.
    Create,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 4] = [Action::Read, Action::Create, Action::Update, Action::Delete];

    /// The action as a verb.
    pub const fn word(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        }
    }

    const fn letter(self) -> char {
        match self {
            Action::Read => 'r',
            Action::Create => 'c',
            Action::Update => 'u',
            Action::Delete => 'd',
        }
    }
}

/// The role table: what a tenant's administrator, a user and a restricted user may do to a kind
/// (`c`reate, `r`ead, `u`pdate, `d`elete).
///
/// An operator may do everything in every tenant. An administrator acts on its own tenant's rows; a
/// user and a restricted user on their own, where a kind has an owner, else on their tenant's. Some
/// columns are the operator's alone (see the rules of each kind). `docs/policy.md` is printed from here.
#[rustfmt::skip]
const ROLE_TABLE: &[(Kind, &str, &str, &str)] = &[
    // kind                  tenant admin  user    restricted user
    (Kind::Tenant,           "ru",         "r",    "r"),
    (Kind::User,             "crud",       "ru",   "r"),
    (Kind::UserGroup,        "crud",       "",     ""),
    (Kind::Extension,        "crud",       "r",    "r"),
    (Kind::SipAccount,       "crud",       "r",    "r"),
    (Kind::ExternalAccount,  "ru",         "",     ""),
    (Kind::PhoneNumber,      "ru",         "",     ""),
    (Kind::Gateway,          "crud",       "",     ""),
    (Kind::Trunk,            "ru",         "",     ""),
    (Kind::Route,            "crud",       "",     ""),
    (Kind::DialPlan,         "crud",       "",     ""),
    (Kind::Session,          "crud",       "rd",   "r"),
    (Kind::ApiKey,           "crud",       "crud", "r"),
    (Kind::Holiday,          "crud",       "r",    "r"),
    (Kind::Cdr,              "r",          "",     ""),
];

/// How far a right reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every row of the platform.
    Platform,
    /// The rows of the caller's tenant.
    Tenant,
    /// The caller's own rows.
    Own,
}

/// How far a role's right to do something to a kind reaches; `None` is no right.
pub fn reach(role: Role, kind: Kind, action: Action) -> Option<Reach> {
    let row = ROLE_TABLE.iter().find(|row| row.0 == kind)?;
    let (letters, reach) = match role {
        Role::Operator => return Some(Reach::Platform),
        Role::TenantAdmin => (row.1, Reach::Tenant),
        Role::User => (row.2, Reach::Own),
        Role::RestrictedUser => (row.3, Reach::Own),
    };
    letters.contains(action.letter()).then_some(reach)
}

/// The role table as Markdown.
pub fn policy() -> String {
    let mut text = String::from(
        "# Who may do what\n\nPrinted from the role table in `service/src/access.rs` by `cargo xtask generate`.\n\
         An account whose access is READ_ONLY may only read. A tenant's accounts see its rows and the shared ones\n\
         of the platform; another tenant's rows do not exist for them.\n\n\
         | kind | operator | tenant admin | user | restricted user |\n|---|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        text += &format!("| {} |", kind.word());
        for role in Role::ALL {
            let actions = Action::ALL.iter().filter_map(|action| {
                let far = match reach(*role, *kind, *action)? {
                    Reach::Platform => "all",
                    Reach::Tenant => "tenant",
                    Reach::Own => "own",
                };
                Some((action.word(), far))
            });
            let actions: Vec<_> = actions.collect();
            match actions.first() {
                None => text += " – |",
                Some((_, far)) => {
                    let words: Vec<_> = actions.iter().map(|(word, _)| *word).collect();
                    text += &format!(" {} ({far}) |", words.join(", "));
                }
            }
        }
        text.push('\n');
    }
    text
}

/// The account behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user; the server itself has none.
    pub id: Option<Id<user::Entity>>,
    /// Its log-in name.
    pub login: String,
    /// Its tenant; an operator has none.
    pub tenant: Option<Id<tenant::Entity>>,
    /// What it may do.
    pub role: Role,
    /// Whether it may write.
    pub access: Access,
    /// How far it reaches in its tenant.
    pub scope: UserScope,
    /// What an API key narrows it to; empty is not narrowed.
    pub key_scopes: Vec<String>,
    /// The session that a token belongs to.
    pub session: Option<Id<entity::session::Entity>>,
    /// The API key that was shown.
    pub key: Option<Id<entity::api_key::Entity>>,
    /// When its user's password was last set, as far as this account has one.
    pub password_changed_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Where it came from with an API key or its token, which may be good in some networks alone.
    pub address: Option<std::net::IpAddr>,
    /// When its token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

impl Account {
    /// An account without a user behind it: the server itself, or a tenant's own links.
    pub(crate) fn of_nobody(login: String, tenant: Option<Id<tenant::Entity>>, role: Role) -> Self {
        Self {
            id: None,
            login,
            tenant,
            role,
            access: Access::Full,
            scope: UserScope::Tenant,
            key_scopes: Vec::new(),
            session: None,
            key: None,
            password_changed_at: None,
            address: None,
            expires_at: None,
        }
    }

    /// Whether a change of this row may shrink what the account may do.
    pub(crate) fn rests_on(&self, kind: Kind, row: i64) -> bool {
        match kind {
            Kind::User => self.id.is_some_and(|id| id.number() == row),
            Kind::Tenant => self.tenant.is_some_and(|id| id.number() == row),
            Kind::ApiKey => self.key.is_some_and(|id| id.number() == row),
            Kind::Session => self.session.is_some_and(|id| id.number() == row),
            _ => false,
        }
    }
}

/// Who is calling, through which door, in which request.
#[derive(Clone, Debug)]
pub struct Caller {
    account: Option<Arc<Account>>,
    /// The API, such as `graphql` or `boss`.
    pub door: &'static str,
    /// The request's id.
    pub request_id: String,
    claim: Option<Arc<Claim>>,
}

impl Caller {
    /// Nobody.
    pub fn anonymous(door: &'static str, request_id: impl Into<String>) -> Self {
        Self { account: None, door, request_id: request_id.into(), claim: None }
    }

    /// Somebody who proved it.
    pub(crate) fn known(
        account: impl Into<Arc<Account>>,
        door: &'static str,
        request_id: impl Into<String>,
    ) -> Self {
        Self { account: Some(account.into()), door, request_id: request_id.into(), claim: None }
    }

    /// The server itself, for what nobody asked for: the first operator, demo data, the command line.
    pub fn system(door: &'static str) -> Self {
        Self::known(Account::of_nobody("system".into(), None, Role::Operator), door, "-")
    }

    /// The same in a request that runs by the claim to its key.
    pub fn with_claim(self, claim: Arc<Claim>) -> Self {
        Self { claim: Some(claim), ..self }
    }

    /// The claim that the request runs by, if it has a key.
    pub(crate) fn claim(&self) -> Option<&Claim> {
        self.claim.as_deref()
    }

    /// The account, or a refusal.
    pub fn account(&self) -> Result<&Account> {
        self.account.as_deref().ok_or(Error::Unauthenticated)
    }

    /// Whether this is an operator.
    pub fn is_operator(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role == Role::Operator)
    }

    /// How far the caller's right to do something to a kind reaches.
    pub fn reach(&self, kind: Kind, action: Action) -> Result<Option<Reach>> {
        let account = self.account()?;
        if action != Action::Read && account.access == Access::ReadOnly {
            return Ok(None);
        }
        if !account.key_scopes.is_empty()
            && !account.key_scopes.iter().any(|scope| covers(scope, kind, action))
        {
            return Ok(None);
        }
        // A user of one group or extension has what a user has, whatever its role.
        let role = match (account.role, account.scope) {
            (Role::TenantAdmin, UserScope::Group | UserScope::Extension) => Role::User,
            (role, _) => role,
        };
        Ok(reach(role, kind, action))
    }

    /// The permission to do something to rows of `E`.
    ///
    /// # Errors
    /// Unauthenticated for the anonymous, Forbidden for a caller without this right.
    pub fn grant<E: Resource>(&self, action: Action) -> Result<Grant<E>> {
        let account = self.account()?;
        let (tenant, owner) = match self.reach(E::KIND, action)? {
            None => return Err(Error::Forbidden(E::KIND, action)),
            Some(Reach::Platform) => (None, None),
            Some(Reach::Tenant) => (account.tenant, None),
            Some(Reach::Own) => (account.tenant, E::OWNER.and(account.id)),
        };
        if tenant.is_none() && account.role != Role::Operator {
            return Err(Error::Forbidden(E::KIND, action));
        }
        Ok(Grant { tenant, owner, shared: E::SHARED && action == Action::Read, of: PhantomData })
    }
}

/// Whether a key's scope (`read`, `write`, `<kind>:read`, `<kind>:write`) allows something.
fn covers(scope: &str, kind: Kind, action: Action) -> bool {
    let (of, verb) = scope.split_once(':').map_or((None, scope), |(of, verb)| (Some(of), verb));
    of.is_none_or(|word| word == kind.word())
        && (verb == "write" || (verb == "read" && action == Action::Read))
}

/// Proof that a caller may act on rows of `E`, and the tenant and owner it may do so for.
///
/// Only [`Caller::grant`] makes one for a door, and every read and write asks for one.
#[derive(Debug)]
pub struct Grant<E> {
    tenant: Option<Id<tenant::Entity>>,
    owner: Option<Id<user::Entity>>,
    shared: bool,
    of: PhantomData<fn() -> E>,
}

impl<E: Resource> Grant<E> {
    /// For rows that a rule writes beside the one that was asked for.
    pub(crate) fn beside() -> Self {
        Self { tenant: None, owner: None, shared: false, of: PhantomData }
    }

    /// For rows that others refer to: those of the account's tenant, whatever it may do to their kind.
    pub(crate) fn referred(account: &Account) -> Self {
        Self { tenant: account.tenant, owner: None, shared: E::SHARED, of: PhantomData }
    }

    /// What every query of this caller is narrowed to.
    pub(crate) fn scope(&self) -> Condition {
        let mut scope = Condition::all();
        if let Some(tenant) = self.tenant {
            let mut of = Condition::any().add(E::TENANT.eq(tenant));
            if self.shared {
                of = of.add(E::TENANT.is_null());
            }
            scope = scope.add(of);
        }
        if let (Some(owner), Some(column)) = (self.owner, E::OWNER) {
            scope = scope.add(column.eq(owner));
        }
        scope
    }

    /// Whether a row that is loaded already is one that [`Grant::scope`] would find.
    pub(crate) fn covers(&self, row: &E::Model) -> bool {
        let of_tenant = match (self.tenant, E::tenant(row)) {
            (None, _) => true,
            (Some(own), Some(tenant)) => own == tenant,
            (Some(_), None) => self.shared,
        };
        let is_owned = self.owner.is_some() && E::OWNER.is_some();
        of_tenant && (!is_owned || E::owner(row) == self.owner)
    }

    /// Where every query begins, so that none leaves the tenant.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where queries begin")]
    pub(crate) fn select(&self) -> Select<E> {
        E::find().filter(self.scope())
    }

    /// Puts a new or changed row into the caller's tenant and ownership.
    ///
    /// # Errors
    /// NOT_FOUND for another tenant or owner, REQUIRED when no tenant is named and there must be one.
    pub(crate) fn place(&self, row: &mut E::ActiveModel) -> Result<()> {
        if E::KIND == Kind::Tenant {
            return Ok(());
        }
        if let Some(tenant) = self.tenant {
            confine(row, E::TENANT, tenant.into())?;
        }
        if let (Some(owner), Some(column)) = (self.owner, E::OWNER)
            && E::KIND != Kind::User
        {
            confine(row, column, owner.into())?;
        }
        if !E::TENANT.def().is_null() && matches!(row.get(E::TENANT), ActiveValue::NotSet) {
            return Err(Error::refused(Code::Required, Some(E::TENANT.as_str()), "name the tenant"));
        }
        Ok(())
    }
}

/// Sets a column that is not set, and refuses one that is set to anything else.
fn confine<A: ActiveModelTrait>(
    row: &mut A,
    column: <A::Entity as EntityTrait>::Column,
    value: Value,
) -> Result<()> {
    match row.get(column) {
        ActiveValue::NotSet => {
            row.set(column, value);
            Ok(())
        }
        ActiveValue::Set(found) | ActiveValue::Unchanged(found) if found == value => Ok(()),
        _ => Err(Error::not_found(column.as_str())),
    }
}
