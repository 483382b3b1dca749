//! People, their groups and what their telephones register with.

mod external_account;
mod sip_account;
mod user;
mod user_group;
