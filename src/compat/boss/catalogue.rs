//! The catalogues that domains and numbers refer to, and lists as a whole.

use entity::{dial_plan, gateway, route};
use serde::Serialize;
use service::{Listing, Rules};
use utoipa::ToSchema;

use super::{body::Answer, call::Call, error::Result};

/// No list of this API has pages; this is the largest limit that both databases take.
const ALL: u64 = i64::MAX as u64;

/// One thing of a catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// What domains and numbers refer to it by.
    #[schema(example = "1")]
    id: String,
    /// What it is called.
    #[schema(example = "Carrier A")]
    name: String,
}

/// `GET /gateways`
pub async fn gateways(call: Call) -> Result<Answer<Vec<Entry>>> {
    entries::<gateway::Entity>(&call, |row| row.name).await
}

/// `GET /routes`
pub async fn routes(call: Call) -> Result<Answer<Vec<Entry>>> {
    entries::<route::Entity>(&call, |row| row.name).await
}

/// `GET /dialplans`
pub async fn dial_plans(call: Call) -> Result<Answer<Vec<Entry>>> {
    entries::<dial_plan::Entity>(&call, |row| row.name).await
}

/// A catalogue: what every domain may use in the order in which it was made, then what belongs to
/// single domains.
async fn entries<E: Rules>(call: &Call, name: fn(E::Model) -> String) -> Result<Answer<Vec<Entry>>> {
    let mut rows = call.services().list_numbered::<E>(&call.caller, &Listing::default(), 0, ALL).await?.0;
    rows.sort_by_key(|row| E::tenant(row));
    let entry = |row| Entry { id: E::id(&row).number().to_string(), name: name(row) };
    Ok(Answer(rows.into_iter().map(entry).collect()))
}
