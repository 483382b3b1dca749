//! The people of a tenant, their groups, and what their telephones register with.

mod employee;
mod external_account;
mod sip_account;
mod user;
mod user_group;

pub use external_account::{ExternalAccountCreateInput, ExternalAccountUpdateInput};
pub use sip_account::{ANY_NETWORK, SipAccountCreateInput, SipAccountUpdateInput};
pub use user::{UserCreateInput, UserUpdateInput, generate_password, is_strong, password_problem};
pub use user_group::{UserGroupCreateInput, UserGroupUpdateInput};

pub(crate) use external_account::unlink;
pub(crate) use user::{Kept, remove_people};
