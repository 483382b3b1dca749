//! Call detail records: one for each leg of a call that has ended, in both directions.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, gateway, resource, route, tenant, trunk, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "cdr")]
#[graphql(name = "CdrRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// Which way the call went, as the platform sees it.
    pub direction: value::CallDirection,
    #[graphql(skip)]
    pub trunk_id: Option<Id<trunk::Entity>>,
    /// The domain of the trunk when the call came in, also after the trunk is gone.
    pub trunk_domain: Option<String>,
    #[graphql(skip)]
    pub gateway_id: Option<Id<gateway::Entity>>,
    #[graphql(skip)]
    pub route_id: Option<Id<route::Entity>>,
    /// Which switch reported it, by the name that the switch has for itself.
    pub engine: String,
    /// The switch's id of this leg; together with `engine` unique.
    pub leg_id: String,
    /// The switch's id of the leg that this one was connected with.
    pub peer_leg_id: Option<String>,
    /// The SIP Call-ID of the leg that began the call; `orig_call_id` and `lega_call_id` of phone_systems.
    pub call_id: Option<String>,
    /// What all legs on one switch have in common; phone_systems' `local_tag`.
    pub local_tag: Option<String>,
    /// What all legs of one call have in common on every switch; phone_systems' `global_tag`.
    pub global_tag: Option<String>,
    /// The caller's name as it came in.
    pub caller_name: Option<String>,
    /// The caller's number as it came in (ANI): E.164 digits or an internal number.
    pub caller_number: Option<String>,
    /// The number that was called, as it came in (DNIS): E.164 digits or an internal number.
    pub called_number: Option<String>,
    /// The public number of the tenant that was called, E.164 digits.
    pub did_number: Option<String>,
    /// The number that passed the call on (RDNIS), where it was forwarded.
    pub redirecting_number: Option<String>,
    /// When the first signal came, RFC 3339.
    pub started_at: DateTimeUtc,
    /// When it was answered, RFC 3339; null when it never was.
    pub answered_at: Option<DateTimeUtc>,
    /// When it ended, RFC 3339.
    pub ended_at: Option<DateTimeUtc>,
    /// How long it lasted from the first signal on, in seconds.
    pub duration_seconds: i32,
    /// How long it lasted from the answer on, in seconds.
    pub billed_seconds: i32,
    /// How it ended.
    pub disposition: value::CallDisposition,
    /// The SIP status that ended the first leg, such as 200 or 486; 0 when the switch does not tell.
    pub disconnect_code: i32,
    /// The words beside that status, such as `Busy Here`.
    pub disconnect_reason: Option<String>,
    /// Why it ended, in the switch's own word, such as `NORMAL_CLEARING`.
    pub hangup_cause: Option<String>,
    /// Why it ended, as ITU-T Q.850 counts causes, such as 16.
    pub q850_cause: Option<i32>,
    /// Who ended it, in the switch's own word, such as `recv_bye`.
    pub hangup_disposition: Option<String>,
    /// The codec of the sound that came in, by the switch's name for it, such as `PCMU`.
    pub read_codec: Option<String>,
    /// The codec of the sound that went out, by the switch's name for it.
    pub write_codec: Option<String>,
    /// The IP address that the other side's SIP came from.
    pub signalling_address: Option<String>,
    /// The IP address that the other side's sound came from.
    pub media_address: Option<String>,
    /// When the record was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change.
    pub version: i32,
}

resource!(Cdr, tenant: row.tenant_id => TenantId);
