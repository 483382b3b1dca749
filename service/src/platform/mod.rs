//! The platform: tenants, how accounts are let in, and when tenants are closed.

mod api_key;
mod holiday;
mod session;
mod tenant;

pub use api_key::{ApiKeyCreateInput, ApiKeyUpdateInput};
pub use holiday::{HolidayCreateInput, HolidayUpdateInput};
pub use session::{NoInput, NoUpdate};
pub use tenant::{TenantCreateInput, TenantUpdateInput};
