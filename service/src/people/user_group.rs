//! User groups: sets of users and extensions, and what becomes of their members.

use entity::{
    Id, extension, tenant, user,
    user_group::{self, Column},
    value::UserScope,
};
use sea_orm::{
    ColumnTrait, Condition, Set,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    Code, Error, Problems, Result, Rules, Tx,
    check::texts_at_most,
    inputs,
    people::{Kept, remove_people},
};

inputs! {
    user_group: UserGroupCreateInput, UserGroupUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's.
            tenant_id: Id<tenant::Entity>,
        }
        required {
            /// What it is called, 1 to 255 characters, unique in its tenant.
            name: String,
        }
        optional {
            /// What it is for, at most 1024 characters. Null on a new one.
            description: Option<String>,
            /// Groups with a smaller weight come first when settings are inherited. 0 on a new one.
            weight: i32,
            /// Free text that is kept as it is. Null on a new one.
            extra_params: Option<String>,
        }
    }
}

impl Rules for user_group::Entity {
    type Create = UserGroupCreateInput;
    type Update = UserGroupUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut user_group::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        if let Set(name) = &row.name {
            problems.filled(name, 255, Column::Name);
        }
        texts_at_most(&mut problems, row, 1024, &[Column::Description]);
        texts_at_most(&mut problems, row, 65_536, &[Column::ExtraParams]);
        problems.result()?;

        if let (true, Set(id)) = (row.id.is_not_set(), &row.tenant_id) {
            let tenant = tx.referred::<tenant::Entity>(Column::TenantId, *id).await?;
            if let Some(limit) = tenant.extension_group_limit
                && tx.count::<user_group::Entity>(Column::TenantId.eq(*id)).await?
                    >= u64::try_from(limit).unwrap_or_default()
            {
                let message = "the tenant may have no more groups";
                return Err(Error::refused(Code::LimitReached, None, message));
            }
        }
        Ok(())
    }

    /// The users who reach it alone go along; its other members stay without it.
    async fn check_delete(tx: &Tx<'_>, row: &user_group::Model) -> Result<()> {
        let bound = Condition::all()
            .add(user::Column::Scope.eq(UserScope::Group))
            .add(user::Column::ScopeGroupId.eq(row.id));
        let bound = tx.rows::<user::Entity>(bound).await?;
        remove_people(tx, bound, Vec::new(), Kept::Nothing).await?;

        let members = Query::select()
            .column(Alias::new("user_id"))
            .from(Alias::new("user_group_member"))
            .and_where(ExprTrait::eq(Expr::col(Alias::new("user_group_id")), row.id.number()))
            .to_owned();
        let members = tx.rows::<user::Entity>(user::Column::Id.in_subquery(members)).await?;
        let leave = |user: &mut user::ActiveModel| {
            if let Some(ids) = user.group_ids.try_as_ref() {
                let rest: Vec<_> = ids.iter().copied().filter(|id| *id != row.id).collect();
                user.group_ids.set_if_not_equals(rest.into());
            }
        };
        tx.update_all::<user::Entity>(members, leave).await?;

        let extensions = tx.rows::<extension::Entity>(extension::Column::GroupId.eq(row.id)).await?;
        tx.update_all::<extension::Entity>(extensions, |extension| extension.group_id = Set(None)).await
    }
}
