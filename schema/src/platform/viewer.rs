//! Who is calling, as that caller may know.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    Kind,
    value::{Access, Role, UserScope},
};
use service::{Account, Action, Reach};

use crate::{
    Result, Shown, call::call, failure::Failure, people::user::User, platform::tenant::Tenant,
    resolve::related,
};

/// The account behind this request, and what it may do.
pub(crate) struct Viewer {
    account: Account,
}

/// What the caller may do to one kind of row.
#[derive(SimpleObject)]
pub(crate) struct KindPermission {
    /// Which kind.
    kind: Kind,
    /// Whether it may see some.
    can_read: bool,
    /// Whether it may make some.
    can_create: bool,
    /// Whether it may change some.
    can_update: bool,
    /// Whether it may remove some.
    can_delete: bool,
    /// Whether it reaches every tenant.
    all_tenants: bool,
}

/// The account behind this request, and what it may do.
#[Object]
impl Viewer {
    /// The user's id; null for a tenant's system user.
    async fn id(&self) -> Option<ID> {
        self.account.id.map(|id| ID(id.to_string()))
    }

    /// The log-in name.
    async fn login(&self) -> &str {
        &self.account.login
    }

    /// What it may do.
    async fn role(&self) -> Role {
        self.account.role
    }

    /// Whether it may write.
    async fn access(&self) -> Access {
        self.account.access
    }

    /// How far it reaches in its tenant.
    async fn scope(&self) -> UserScope {
        self.account.scope
    }

    /// When its token ends; null for a password or an endless key.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.account.expires_at.and_then(|end| DateTime::from_timestamp(end, 0))
    }

    /// Its tenant; an operator has none.
    async fn tenant(&self, ctx: &Context<'_>) -> Option<Result<Shown<Tenant>>> {
        related::<Tenant>(ctx, self.account.tenant).await.transpose()
    }

    /// Itself as a user.
    async fn user(&self, ctx: &Context<'_>) -> Option<Result<Shown<User>>> {
        related::<User>(ctx, self.account.id).await.transpose()
    }

    /// What it may do to each kind of row.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<KindPermission>> {
        let caller = &call(ctx)?.caller;
        let may =
            |kind, action| -> Result<Option<Reach>> { Ok(caller.reach(kind, action).map_err(Failure)?) };
        let of = |kind: &Kind| {
            let read = may(*kind, Action::Read)?;
            Ok(KindPermission {
                kind: *kind,
                can_read: read.is_some(),
                can_create: may(*kind, Action::Create)?.is_some(),
                can_update: may(*kind, Action::Update)?.is_some(),
                can_delete: may(*kind, Action::Delete)?.is_some(),
                all_tenants: read == Some(Reach::Platform),
            })
        };
        Kind::ALL.iter().map(of).collect()
    }
}

#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is calling.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        let account = call(ctx)?.caller.account().map_err(Failure)?.clone();
        Ok(Some(Viewer { account }))
    }
}
