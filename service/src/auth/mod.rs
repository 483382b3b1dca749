//! Who is calling: passwords, tokens, API keys and log-in links.

mod account;
mod host;
mod known;
mod link;
mod memory;
mod operator;
mod recent;
mod token;

use std::{net::IpAddr, sync::Arc};

pub use host::{host_of, near_host};
pub use link::LinkFor;
pub use memory::Memory;
pub(crate) use recent::Recent;
pub use token::Tokens;

use crate::{Account, Caller, Error, Result, Secret, Services};

/// What a request says of who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// A log-in name and its password.
    Basic {
        /// The name, with or without `@` and the tenant's domain.
        login: String,
        /// The password.
        password: Secret,
    },
    /// An access token or an API key.
    Bearer(Secret),
    /// Something that cannot be read.
    Malformed,
}

impl Services {
    /// Who is calling; nobody when nothing says so.
    ///
    /// # Errors
    /// Unauthenticated for wrong credentials, SlowDown after too many of them.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        host: Option<&str>,
        address: Option<IpAddr>,
        door: &'static str,
        request_id: &str,
    ) -> Result<Caller> {
        match credential {
            Credential::None => return Ok(Caller::anonymous(door, request_id)),
            Credential::Malformed => return Err(Error::Unauthenticated),
            Credential::Basic { .. } | Credential::Bearer(_) => {}
        }
        let print = self.recent.print(credential, host, address)?;
        let now = self.now();
        let (remembered, changes) = self.recent.find(&print, now);
        if let Some(account) = remembered {
            return Ok(Caller::known(account, door, request_id));
        }
        let account = Arc::new(self.account_behind(credential, host, address).await?);
        let by_name = matches!(credential, Credential::Basic { .. });
        self.recent.keep(print, &account, by_name, now, changes);
        Ok(Caller::known(account, door, request_id))
    }

    /// The account behind a credential, by what the database says.
    async fn account_behind(
        &self,
        credential: &Credential,
        host: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Account> {
        match credential {
            Credential::None | Credential::Malformed => Err(Error::Unauthenticated),
            Credential::Basic { login, password } => {
                Ok(self.verified(login, password, host, address).await?.account())
            }
            Credential::Bearer(token) if token.expose().starts_with("sbk_") => {
                self.account_of_key(token, address).await
            }
            Credential::Bearer(token) => self.account_of_token(token, address).await,
        }
    }
}
