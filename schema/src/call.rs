//! What a resolver knows of the request it works for.

use std::sync::Arc;

use async_graphql::Context;
use service::{Caller, Moment, Services};

use crate::{Result, batch::Loaders, failure::Failure};

/// One request: who calls, the domain, and what siblings load together.
///
/// It belongs into the data of a request and never into that of the schema, or one caller would
/// read with another's permission.
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The domain.
    pub services: Arc<Services>,
    /// When it was asked.
    pub(crate) asked: Moment,
    pub(crate) loaders: Loaders,
}

impl Call {
    /// A request of this caller.
    pub fn new(services: Arc<Services>, caller: Caller) -> Self {
        let asked = services.moment();
        Self { caller, services, asked, loaders: Loaders::default() }
    }
}

/// The request that a resolver works for.
pub(crate) fn call<'c>(ctx: &Context<'c>) -> Result<&'c Call> {
    ctx.data::<Call>().map_err(|_| Failure(service::Error::broken("a request without its call")).into())
}
