//! What is stored: one file per table, its columns and their sentences.
//!
//! A row is also the GraphQL object's own fields, so a column and its description are written once.
//! Secrets are [`Sealed`] and have no GraphQL type.

pub mod change;
mod id;
pub mod keyed_request;
mod list;
mod resource;
mod sealed;
pub mod value;

pub use id::{Id, plain_number};
pub use list::List;
pub use resource::{Link, Resource};
pub use sealed::Sealed;

resource::resources! {
    /// A customer of the platform, with its own SIP domain.
    Tenant = tenant,
    /// A person who may log in.
    User = user,
    /// A set of users and extensions.
    UserGroup = user_group,
    /// A number of a tenant's own plan.
    Extension = extension,
    /// What a phone registers with.
    SipAccount = sip_account,
    /// A subscriber outside the platform, such as a SIM card.
    ExternalAccount = external_account,
    /// A number that can be called from outside.
    PhoneNumber = phone_number,
    /// Where calls leave the platform.
    Gateway = gateway,
    /// Where calls enter the platform.
    Trunk = trunk,
    /// Which calls leave through which gateway.
    Route = route,
    /// Rules that rewrite dialled numbers.
    DialPlan = dial_plan,
    /// A log-in that lasts.
    Session = session,
    /// A credential for programs.
    ApiKey = api_key,
    /// Days on which a tenant is closed.
    Holiday = holiday,
    /// The record of a call that has ended.
    Cdr = cdr,
}
