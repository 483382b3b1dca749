//! People and what they call with.

pub(crate) mod external_account;
pub(crate) mod sip_account;
pub(crate) mod user;
pub(crate) mod user_group;
