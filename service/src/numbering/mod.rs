//! Numbers: those of a tenant's own plan, and those of the public network.

mod extension;
mod phone_number;

pub use extension::{ExtensionCreateInput, ExtensionUpdateInput};
pub use phone_number::{PhoneNumberCreateInput, PhoneNumberUpdateInput};

pub(crate) use phone_number::free_all;
