//! The domain: every rule, every permission and every event. It knows neither HTTP nor GraphQL.
//!
//! A door asks [`Services`] with a [`Caller`]; rows are read through a [`Grant`] and written through
//! a [`Tx`].

mod access;
pub mod auth;
mod below;
mod change;
mod check;
mod clock;
mod columns;
mod connect;
mod crud;
mod cursor;
mod error;
pub mod filter;
pub mod history;
mod jobs;
mod keyed_request;
mod numbered;
pub mod numbering;
mod page;
mod patch;
pub mod people;
mod place;
pub mod platform;
pub mod routing;
pub mod secret;
pub mod token;
mod tx;
mod unlocked;

use std::sync::Arc;

pub use access::{Account, Action, Caller, Grant, Reach, policy, reach};
pub use change::{Change, Event, Heard, Interest, Moment};
pub use clock::Clock;
pub use columns::Columns;
pub use connect::connect;
pub(crate) use crud::refuse_unstorable;
pub use crud::{Create, Rules, Update};
pub use cursor::Cursor;
pub use error::{Code, Error, Problem, Problems, Result};
pub use keyed_request::{Claim, Turn, Unrepeatable};
pub use page::{Compared, Listing, Page, Places, Slice, Sort};
pub use patch::Patch;
pub use place::Place;
pub use secret::{MaybeSecret, Secret};
pub use tx::Tx;

use sea_orm::DatabaseConnection;

/// What the domain needs to know from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Below which domain those of tenants and trunks are made.
    pub base_domain: String,
    /// The tenant of an operator on an API that knows no tenants.
    pub default_tenant: Option<String>,
    /// How many failed log-ins an account may have from one address in five minutes; 0 is no bound.
    pub login_attempts: u32,
    /// For how many days the log of changes is kept; 0 is for ever.
    pub keep_changes_days: u32,
    /// For how many days the records of calls are kept where the tenant does not say; 0 is for ever.
    pub keep_cdrs_days: u32,
}

/// The domain, over one database.
pub struct Services {
    pub(crate) reader: DatabaseConnection,
    pub(crate) writer: DatabaseConnection,
    pub(crate) vault: secret::Vault,
    pub(crate) keys: token::Keyring,
    pub(crate) feed: change::Feed,
    pub(crate) logins: auth::Memory,
    pub(crate) recent: auth::Recent,
    pub(crate) remembered: numbered::Remembered,
    pub(crate) clock: Clock,
    /// What the configuration says.
    pub settings: Settings,
}

/// Where the database is and what secrets are kept with.
pub struct Setup {
    /// For reading.
    pub reader: DatabaseConnection,
    /// For writing; SQLite has one such connection.
    pub writer: DatabaseConnection,
    /// The key of secrets at rest.
    pub master_key: [u8; 32],
    /// The keys of access tokens.
    pub keys: token::Keyring,
    /// What time it is.
    pub clock: Clock,
    /// What the configuration says.
    pub settings: Settings,
}

impl Services {
    /// The domain over a database whose tables exist.
    ///
    /// # Errors
    /// Internal when the database does not answer.
    pub async fn open(setup: Setup) -> Result<Arc<Self>> {
        let services = Self {
            reader: setup.reader,
            writer: setup.writer,
            vault: secret::Vault::new(&setup.master_key),
            keys: setup.keys,
            feed: change::Feed::new()?,
            recent: auth::Recent::new()?,
            remembered: numbered::Remembered::new(),
            logins: auth::Memory::new(&setup.master_key, setup.settings.login_attempts)?,
            clock: setup.clock,
            settings: setup.settings,
        };
        services.open_feed().await?;
        Ok(Arc::new(services))
    }

    /// What time it is, to the microsecond, as both databases keep it.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// The text of a secret column of a row that the caller was granted.
    pub fn reveal<E: Rules>(&self, row: &E::Model, column: E::Column) -> Result<Option<String>> {
        use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, IntoActiveModel, sea_query::ValueType};
        let place = format!("{}.{}", E::KIND.word(), column.as_str());
        match row.clone().into_active_model().get(column) {
            ActiveValue::Unchanged(value @ sea_orm::Value::Bytes(Some(_))) => {
                let sealed = <entity::Sealed as ValueType>::try_from(value)
                    .map_err(|_| Error::broken("a secret column holds no secret"))?;
                self.vault.open(&place, &sealed).map(Some)
            }
            _ => Ok(None),
        }
    }
}
