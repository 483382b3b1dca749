//! Whom a log-in name means: users with what their tenants say of them.

use chrono::{DateTime, Utc};
use entity::{
    Id, Sealed, tenant, user,
    value::{Access, Role, Status, UserScope},
};
use sea_orm::{
    FromQueryResult,
    sea_query::{CaseStatement, Expr, ExprTrait, JoinType, Order, Query, SelectStatement},
};

use super::{host_of, near_host};
use crate::{Account, Result, Services};

/// How many characters a log-in name may have, with `@` and the domain.
const LONGEST_NAME: usize = 320;

/// A user with what its tenant and session say of it, in one row.
#[derive(FromQueryResult)]
pub(super) struct Known {
    pub(super) id: Id<user::Entity>,
    login: String,
    tenant_id: Option<Id<tenant::Entity>>,
    role: Role,
    access: Access,
    status: Status,
    scope: UserScope,
    pub(super) password: Option<Sealed>,
    password_changed_at: Option<DateTime<Utc>>,
    frozen: Option<bool>,
    domain: Option<String>,
    access_url: Option<String>,
}

impl Known {
    /// Users and their tenants, before anybody is known to be calling.
    fn query() -> SelectStatement {
        use user::Column as U;
        let own = [
            U::Id,
            U::Login,
            U::TenantId,
            U::Role,
            U::Access,
            U::Status,
            U::Scope,
            U::Password,
            U::PasswordChangedAt,
        ];
        let mut query = Query::select();
        query
            .columns(own.map(|column| (user::Entity, column)))
            .column((tenant::Entity, tenant::Column::Frozen))
            .column((tenant::Entity, tenant::Column::Domain))
            .column((tenant::Entity, tenant::Column::AccessUrl))
            .from(user::Entity)
            .join(
                JoinType::LeftJoin,
                tenant::Entity,
                Expr::col((tenant::Entity, tenant::Column::Id)).equals((user::Entity, U::TenantId)),
            );
        query
    }

    /// What its failed log-ins are counted under: one account is one, however its name is spelt, and a
    /// new password begins anew.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.id, self.password_changed_at.map_or(0, |time| time.timestamp_micros()))
    }

    pub(super) fn may_log_in(&self) -> bool {
        self.status == Status::Active && !self.frozen.unwrap_or(false)
    }

    pub(super) fn account(self) -> Account {
        Account {
            id: Some(self.id),
            access: self.access,
            scope: self.scope,
            password_changed_at: self.password_changed_at,
            ..Account::of_nobody(self.login, self.tenant_id, self.role)
        }
    }

    /// Whether the tenant's domain is this host name.
    fn has_domain(&self, host: &str) -> bool {
        self.domain.as_deref() == Some(host)
    }

    /// Whether the tenant's access URL has this host name.
    fn has_access_host(&self, host: &str) -> bool {
        self.access_url.as_deref().and_then(host_of).as_deref() == Some(host)
    }
}

impl Services {
    /// The users whom this name may mean, the likeliest first: `login@domain`; else the one of the host's
    /// tenant and the operator; else the only one on the platform.
    pub(super) async fn users_named(&self, name: &str, host: Option<&str>) -> Result<Vec<Known>> {
        if name.chars().count() > LONGEST_NAME || name.contains('\0') {
            return Ok(Vec::new());
        }
        let login = Expr::col((user::Entity, user::Column::Login));
        if let Some((login_name, domain)) = name.rsplit_once('@') {
            let there = Expr::col((tenant::Entity, tenant::Column::Domain)).eq(domain.to_lowercase());
            let query = Known::query().and_where(login.eq(login_name).and(there)).to_owned();
            return self.known(query).await;
        }
        // The few that matter come first: the host's by domain, by access URL, an operator, any other.
        let operator = Expr::col((user::Entity, user::Column::TenantId)).is_null();
        let mut rank = CaseStatement::new();
        let host = host.filter(|host| !host.contains('\0') && !host.is_empty());
        if let Some(host) = host {
            let is_host = Expr::col((tenant::Entity, tenant::Column::Domain)).eq(host);
            rank = rank.case(is_host, 0).case(near_host(host), 1);
        }
        let rank = rank.case(operator, 2).finally(3);
        let mut query = Known::query().and_where(login.eq(name)).to_owned();
        query.order_by_expr(rank.into(), Order::Asc).order_by((user::Entity, user::Column::Id), Order::Asc);
        let mut found = self.known(query.limit(20).to_owned()).await?;
        if found.len() == 1 {
            return Ok(found);
        }
        let at_domain = found.iter().position(|known| host.is_some_and(|host| known.has_domain(host)));
        let has_url = |known: &Known| host.is_some_and(|host| known.has_access_host(host));
        let mut at_urls = (0..found.len()).filter(|at| has_url(&found[*at]));
        // Of several tenants at one address none is meant.
        let at_url = at_urls.next().filter(|_| at_urls.next().is_none());
        let operator = found.iter().position(|known| known.role == Role::Operator);
        let meant: Vec<usize> = at_domain.or(at_url).into_iter().chain(operator).collect();
        let mut at = 0..;
        found.retain(|_| at.next().is_some_and(|at| meant.contains(&at)));
        Ok(found)
    }

    pub(super) async fn known(&self, query: SelectStatement) -> Result<Vec<Known>> {
        let statement = self.reader.get_database_backend().build(&query);
        Ok(Known::find_by_statement(statement).all(&self.reader).await?)
    }

    pub(super) async fn known_by_id(&self, id: Id<user::Entity>) -> Result<Option<Known>> {
        let query = Known::query().and_where(Expr::col((user::Entity, user::Column::Id)).eq(id)).to_owned();
        Ok(self.known(query).await?.pop().filter(Known::may_log_in))
    }
}
