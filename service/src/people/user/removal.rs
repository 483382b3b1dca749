//! What goes along with people, and what stays behind without them.

use std::collections::{BTreeMap, HashSet, btree_map::Entry};

use entity::{
    Id, api_key, extension, phone_number, session, sip_account,
    user::{self, Column},
    value::{ExtensionType, UserScope},
};
use sea_orm::{ActiveValue, ColumnTrait, Condition, Set};

use crate::{Result, Tx};

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
    let going: HashSet<_> = extensions.iter().copied().collect();
    if !users.is_empty() {
        let sessions = tx.rows_naming::<session::Entity, _>(session::Column::UserId, &users).await?;
        tx.delete_all::<session::Entity>(sessions).await?;
        let issued = tx.rows_naming::<session::Entity, _>(session::Column::IssuedBy, &users).await?;
        tx.update_all::<session::Entity>(issued, |row| row.issued_by = Set(None)).await?;
        let keys = tx.rows_naming::<api_key::Entity, _>(api_key::Column::UserId, &users).await?;
        tx.delete_all::<api_key::Entity>(keys).await?;
        let accounts = tx.rows_naming::<sip_account::Entity, _>(sip_account::Column::UserId, &users).await?;
        tx.delete_all::<sip_account::Entity>(accounts).await?;
        let mut others = tx.rows_naming::<extension::Entity, _>(extension::Column::UserId, &users).await?;
        others.retain(|one| !going.contains(&one.id));
        tx.update_all::<extension::Entity>(others, |row| row.user_id = Set(None)).await?;
    }
    if !extensions.is_empty() {
        let column = sip_account::Column::ExtensionId;
        let accounts = tx.rows_naming::<sip_account::Entity, _>(column, &extensions).await?;
        tx.update_all::<sip_account::Entity>(accounts, |row| row.extension_id = Set(None)).await?;
        let (rings, takes) = (phone_number::Column::ExtensionId, phone_number::Column::MessageExtensionId);
        let mut numbers = tx.rows_naming::<phone_number::Entity, _>(rings, &extensions).await?;
        numbers.extend(tx.rows_naming::<phone_number::Entity, _>(takes, &extensions).await?);
        numbers.sort_by_key(|number| number.id);
        numbers.dedup_by_key(|number| number.id);
        let gone = |id: &ActiveValue<Option<Id<extension::Entity>>>| {
            id.try_as_ref().copied().flatten().is_some_and(|id| going.contains(&id))
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
