//! Tenants: the customers of the platform, each with its own SIP domain.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, List, Sealed, dial_plan, resource, route, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "tenant")]
#[graphql(name = "TenantRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    /// The operator's own number for it, unique on the platform; by default the decimal id.
    #[sea_orm(unique)]
    pub customer_id: String,
    /// Its SIP domain, lower case, unique on the platform.
    #[sea_orm(unique)]
    pub domain: String,
    /// What it is called.
    pub name: String,
    /// A frozen tenant's accounts cannot log in and its calls are refused.
    pub frozen: bool,
    /// Where its people log in, an absolute http or https URL; null is `https://` and the domain.
    pub access_url: Option<String>,
    /// The language of its user interface.
    pub language: value::Language,
    /// How it is billed.
    pub billing_type: value::BillingType,
    /// The IANA time zone of its schedules.
    pub time_zone: String,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// Its country, ISO 3166-1 alpha-3.
    pub region: Option<String>,
    /// Its web site.
    pub website: Option<String>,
    /// Where its administration is reached.
    pub email: Option<String>,
    /// Telephone numbers of its contacts.
    pub contact_phones: Option<String>,
    /// Who looks after it.
    pub ambassadors: Option<String>,
    /// The kind of client, as its provider names it.
    pub client_type: String,
    /// Its registered address.
    pub legal_address: Option<String>,
    /// Where it really is.
    pub actual_address: Option<String>,
    /// Free text that is kept as it is.
    pub extra_params: Option<String>,
    /// JSON text that is kept as it is.
    pub custom_options: Option<String>,
    /// How many digits its extensions have, 2 to 5.
    pub ext_digits: i32,
    /// What goes before an extension's number in its full name.
    pub prefix: Option<String>,
    /// What goes before the domain.
    pub domain_prefix: Option<String>,
    /// Whether 112 and 911 are kept for emergency calls.
    pub emergency_num_enabled: bool,
    #[graphql(skip)]
    pub dial_plan_id: Option<Id<dial_plan::Entity>>,
    #[graphql(skip)]
    pub route_id: Option<Id<route::Entity>>,
    /// How many calls at once may come in; both directions together while `maxLinesOutgoing` is null.
    pub max_lines_incoming: i32,
    /// How many calls at once may go out.
    pub max_lines_outgoing: Option<i32>,
    /// How many phones may ring for one account, 1 to 100; null is unlimited.
    pub max_signal_contacts: Option<i32>,
    /// How many users it may have, 1 to 1000; null is unlimited.
    pub accounts_limit: Option<i32>,
    /// How many calls it may have at once; null is unlimited.
    pub capacity_limit: Option<i32>,
    /// How many SIP accounts it may have; null is unlimited.
    pub sip_account_limit: Option<i32>,
    /// How many extensions it may have.
    pub max_extensions: i32,
    /// How many calls its licence allows at once.
    pub max_concurrent_calls: i32,
    /// How many ring groups it may have.
    pub max_ring_groups: i32,
    /// How many voice menus it may have.
    pub max_virtual_receptionists: i32,
    /// How many call queues it may have.
    pub max_call_queues: i32,
    /// How many conference rooms it may have.
    pub max_conference_rooms: i32,
    /// How much it may store, such as `10GB`; empty is unlimited.
    pub disk_quota: String,
    /// How much its messages may take, such as `1GB`; empty is unlimited.
    pub im_disk_quota: String,
    /// How much the messages of one extension may take, such as `1GB`; empty is unlimited.
    pub extension_im_disk_quota: String,
    /// Storage in the older limits table; 0 is unlimited.
    pub disk_quota_limit: i32,
    /// How many registrations it may have; 0 is unlimited.
    pub reg_limit: i32,
    /// How many extensions it may have in the older limits table; null is unlimited.
    pub extension_limit: Option<i32>,
    /// How many extension groups; null is unlimited.
    pub extension_group_limit: Option<i32>,
    /// How many agents with an extension; null is unlimited.
    pub extension_agent_limit: Option<i32>,
    /// How many agents outside; null is unlimited.
    pub remote_agent_limit: Option<i32>,
    /// How many calls at once in the older limits table; null is unlimited.
    pub calls_limit: Option<i32>,
    /// How many sounds; null is unlimited.
    pub sound_limit: Option<i32>,
    /// How many event URLs; null is unlimited.
    pub event_limit: Option<i32>,
    /// How many time intervals; null is unlimited.
    pub interval_limit: Option<i32>,
    /// How many dial plans; null is unlimited.
    pub dial_rule_limit: Option<i32>,
    /// How many network permissions; null is unlimited.
    pub network_permission_limit: Option<i32>,
    /// How many rules for incoming calls; null is unlimited.
    pub incom_rule_limit: Option<i32>,
    /// How many voice menu contexts; null is unlimited.
    pub ivr_context_limit: Option<i32>,
    /// How many voice menu options; null is unlimited.
    pub ivr_option_limit: Option<i32>,
    /// How many voice menu rules; null is unlimited.
    pub ivr_rule_limit: Option<i32>,
    /// How many applications; null is unlimited.
    pub application_limit: Option<i32>,
    /// How many users of the whole tenant; null is unlimited.
    pub user_client_limit: Option<i32>,
    /// How many users of one extension; null is unlimited.
    pub user_extension_limit: Option<i32>,
    /// How many users of one group; null is unlimited.
    pub user_extension_group_limit: Option<i32>,
    /// The names of its enabled services.
    #[sea_orm(column_type = "JsonBinary")]
    pub services: List<String>,
    /// The customer-relation systems that are connected.
    #[sea_orm(column_type = "JsonBinary")]
    pub active_crm: List<String>,
    /// Whether the fixed-mobile plug-in for IPcompany is on.
    pub fmc_enabled: bool,
    /// How long recordings are kept, 1 to 7300 days; 7300 is shown as unlimited.
    pub record_expiration_days: i32,
    /// Whether callers are told that the call is recorded.
    pub record_announce: bool,
    /// Whether outside calls are recorded.
    pub record_external: bool,
    /// Whether inside calls are recorded.
    pub record_internal: bool,
    /// The e-mail address that is sent a link to each recording; empty is none.
    pub record_send_link_to: String,
    /// Whether recordings keep the two sides apart.
    pub record_stereo: bool,
    /// How recordings are stored.
    pub record_format: value::RecordFormat,
    /// How many local gateways it may have.
    pub local_gateway_limit: i32,
    /// Who may see call analytics besides the operator.
    pub analytics_access: Option<value::AnalyticsAccess>,
    /// The number of the sound that waiting callers hear.
    pub hold_music: Option<i64>,
    /// Whether outgoing calls ask the interactive URL too.
    pub call_interactive_outgoing: bool,
    /// The URL that is asked what to do with a call.
    pub call_interactive_url: Option<String>,
    /// How the interactive URL is called.
    pub call_interactive_method: value::HttpMethod,
    /// How long it may take to answer, in seconds.
    pub call_interactive_timeout: Option<i32>,
    /// The number of the network permission that phones need.
    pub sip_network_permission_id: Option<i64>,
    /// Who is told when the disk fills.
    pub disk_space_notify_email: Option<String>,
    /// How full it may be before that, in percent.
    pub disk_space_notify_threshold: i32,
    /// Where its calls may go, as its provider names it.
    pub geo_list: Option<String>,
    /// Whether phones show who is busy.
    pub presence: bool,
    /// Whether registrations are logged.
    pub reg_status_log: bool,
    /// Which public number a transferred call shows.
    pub did_as_transfer_caller_id: Option<value::TransferCallerId>,
    /// Whether inside calls show the short number.
    pub short_local_caller_id: bool,
    /// The public number that outgoing calls show by default.
    pub default_caller_number: Option<String>,
    /// Whether video is recorded.
    pub enable_video_recording: bool,
    /// Whether audio is recorded.
    pub enable_audio_recording: bool,
    /// Whether each side is recorded on a track of its own.
    pub enable_dual_track_recording: bool,
    /// Whether night mode is on.
    pub enable_night_mode: bool,
    /// Whether log-ins ask for a second factor.
    pub enable_two_factor_authentication: bool,
    /// Whether calls are billed.
    pub enable_billing: bool,
    /// Whether features are billed.
    pub enable_feature_billing: bool,
    /// Whether call statistics may be used.
    pub enable_feature_call_statistics: bool,
    /// Whether the contact centre may be used.
    pub enable_feature_contact_center: bool,
    /// Whether message channels may be used.
    pub enable_feature_message_channels: bool,
    /// Whether Microsoft Teams may be used.
    pub enable_feature_microsoft_teams: bool,
    /// Whether own trunks may be used.
    pub enable_feature_trunks: bool,
    /// Whether WhatsApp may be used.
    pub enable_feature_whats_app: bool,
    /// How many days recordings are kept, at least 1.
    pub recording_retention: i32,
    /// How many days logs are kept, at least 1.
    pub log_retention: i32,
    /// How many days call reports are kept, at least 1.
    pub call_report_retention: i32,
    /// How many days the records of its calls are kept after they began, 1 to 36500; null is as long as the platform keeps them.
    pub cdr_retention: Option<i32>,
    /// How many days temporary files are kept, at least 1.
    pub temp_file_retention: i32,
    /// When it is open.
    pub office_hours: value::OfficeHours,
    /// The caller ids that its providers' trunks show.
    #[sea_orm(column_type = "JsonBinary")]
    pub outbound_caller_ids: List<value::OutboundCallerId>,
    /// How its numbers are brought into E.164.
    pub e164: value::E164,
    /// Who hears of finished calls.
    pub cdr_event: value::EventTarget,
    #[graphql(skip)]
    pub cdr_event_password: Option<Sealed>,
    #[graphql(skip)]
    pub cdr_event_token: Option<Sealed>,
    /// Who hears of events of extensions.
    pub extension_event: value::EventTarget,
    #[graphql(skip)]
    pub extension_event_password: Option<Sealed>,
    #[graphql(skip)]
    pub extension_event_token: Option<Sealed>,
    /// How a caller's number is compared with contacts.
    pub contact_match_type: value::ContactMatch,
    /// How many last digits are compared.
    pub contact_match_length: Option<i32>,
    /// Where a contact's name goes in the shown caller name.
    pub contact_append_type: value::ContactAppend,
    /// How often contacts are read again, 1 to 43200 minutes.
    pub contact_update_interval: i32,
    /// Whether an initial password must be changed at the first log-in.
    pub password_force_reset: bool,
    /// What new log-in passwords must look like; null asks only that they are not empty and have no white space.
    pub password_policy: Option<value::PasswordPolicy>,
    /// The uploaded picture, by its opaque id.
    pub avatar_file_id: Option<String>,
    /// The STIR/SHAKEN certificate, PEM.
    pub stir_shaken_cert: Option<String>,
    #[graphql(skip)]
    pub stir_shaken_key: Option<Sealed>,
    #[graphql(skip)]
    pub balance: i64,
    /// SIP headers that are added to its calls.
    #[sea_orm(column_type = "JsonBinary")]
    pub custom_headers_added: List<value::AddedHeader>,
    /// SIP headers that are passed on.
    #[sea_orm(column_type = "JsonBinary")]
    pub custom_headers_relayed: List<value::RelayedHeader>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Tenant, tenant: row.id => Id);
