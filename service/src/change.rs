//! Changes: what is told of each accepted write, and to whom.
//!
//! `log` reads them from the table, `feed` keeps the newest and hands them on, `reading` moves them from
//! the one to the other, `stream` is what a subscriber hears, `rows` loads what they tell of, and `retention` throws the oldest
//! away.

mod feed;
mod log;
mod reading;
mod retention;
mod rows;
mod stream;

use entity::{Id, Kind, tenant, user};

use crate::{Account, Action, Caller, Cursor, Reach};

pub(crate) use feed::Feed;
pub use feed::Moment;
pub use stream::{Heard, Interest};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ChangeEvent")]
pub enum Event {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
    /// Changes are missing here: read again what you hold, then go on from this cursor.
    Resync,
}

impl Event {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Event::Created => "CREATED",
            Event::Updated => "UPDATED",
            Event::Deleted => "DELETED",
            Event::Resync => "RESYNC",
        }
    }

    fn of_word(word: &str) -> Self {
        match word {
            "CREATED" => Event::Created,
            "UPDATED" => Event::Updated,
            "DELETED" => Event::Deleted,
            _ => Event::Resync,
        }
    }
}

/// One accepted write, as a subscriber sees it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its place in the log.
    pub cursor: Cursor,
    /// What happened.
    pub event: Event,
    /// To which kind of row; none on RESYNC.
    pub kind: Option<Kind>,
    /// To which row.
    pub row: i64,
    /// The row's version after it.
    pub version: i32,
    /// The tenant that the row belongs to.
    pub tenant: Option<Id<tenant::Entity>>,
    /// The tenant that the row left.
    pub former_tenant: Option<Id<tenant::Entity>>,
    /// The person that the row belongs to.
    pub owner: Option<Id<user::Entity>>,
    /// The person that the row left.
    pub former_owner: Option<Id<user::Entity>>,
}

impl Change {
    /// The word that changes before this place are missing.
    fn resync(cursor: Cursor) -> Self {
        Self {
            cursor,
            event: Event::Resync,
            kind: None,
            row: 0,
            version: 0,
            tenant: None,
            former_tenant: None,
            owner: None,
            former_owner: None,
        }
    }

    /// Whether accounts of every tenant may have to know of it: the row is the platform's own and shared, or
    /// it is what an operator's account rests on.
    fn is_for_all(&self) -> bool {
        let of_accounts = || matches!(self.kind, Some(Kind::User | Kind::ApiKey | Kind::Session));
        let of_platform = self.tenant.is_none() && self.former_tenant.is_none();
        of_platform && (of_accounts() || self.kind.is_none_or(Kind::is_shared))
    }

    /// Whether what this account may do may have shrunk by it.
    fn touches(&self, account: &Account) -> bool {
        self.kind.is_some_and(|kind| account.rests_on(kind, self.row))
    }

    /// Whether the caller may hear of it: it may read the row, or could until the row left.
    fn visible_to(&self, caller: &Caller) -> bool {
        let Some(kind) = self.kind else { return true };
        let (Ok(account), Ok(reach)) = (caller.account(), caller.reach(kind, Action::Read)) else {
            return false;
        };
        let own = |tenant: Option<Id<tenant::Entity>>| tenant.is_some() && tenant == account.tenant;
        let shared = kind.is_shared() && self.tenant.is_none() && self.former_tenant.is_none();
        let of_tenant = || own(self.tenant) || own(self.former_tenant) || shared;
        let mine = || account.id.is_some() && [self.owner, self.former_owner].contains(&account.id);
        match reach {
            None => false,
            Some(Reach::Platform) => true,
            Some(Reach::Tenant) => of_tenant(),
            Some(Reach::Own) => of_tenant() && (!kind.is_owned() || mine()),
        }
    }
}
