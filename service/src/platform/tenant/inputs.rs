//! What may be set of a tenant, field by field.

use entity::{Id, List, dial_plan, route, value};

use crate::{MaybeSecret, inputs};

inputs! {
    tenant: TenantCreateInput, TenantUpdateInput {
        fixed {
            /// The operator's own number for it, unique on the platform: 1 to 64 letters, digits, `.`, `_` and `-`. By default the decimal id.
            customer_id: String,
        }
        required {
            /// Its SIP domain, unique on the platform; it is kept in lower case.
            domain: String,
        }
        optional {
            /// What it is called, 1 to 1024 characters. By default its domain.
            name: String,
            /// Whether its accounts cannot log in and its calls are refused. `false` on a new one.
            frozen: bool,
            /// Where its people log in, an absolute http or https URL. By default null: `https://` and the domain.
            access_url: Option<String>,
            /// The language of its user interface. `EN` on a new one.
            language: value::Language,
            /// How it is billed. `DEMO` on a new one.
            billing_type: value::BillingType,
            /// The IANA time zone of its schedules. `UTC` on a new one.
            time_zone: String,
            /// Its currency, ISO 4217. `USD` on a new one.
            currency: String,
            /// Its country, ISO 3166-1 alpha-3. Null on a new one.
            region: Option<String>,
            /// Its web site, at most 255 characters. Null on a new one.
            website: Option<String>,
            /// The e-mail address of its administration. Null on a new one.
            email: Option<String>,
            /// Telephone numbers of its contacts. Null on a new one.
            contact_phones: Option<String>,
            /// Who looks after it. Null on a new one.
            ambassadors: Option<String>,
            /// The kind of client, as its provider names it. `client` on a new one.
            client_type: String,
            /// Its registered address. Null on a new one.
            legal_address: Option<String>,
            /// Where it really is. Null on a new one.
            actual_address: Option<String>,
            /// Free text that is kept as it is. Null on a new one.
            extra_params: Option<String>,
            /// JSON text that is kept as it is. Null on a new one.
            custom_options: Option<String>,
            /// How many digits its extensions have, 2 to 5; it does not shrink while there are extensions. 3 on a new one.
            ext_digits: i32,
            /// What goes before an extension's number in its full name. Null on a new one.
            prefix: Option<String>,
            /// What goes before the domain. Null on a new one.
            domain_prefix: Option<String>,
            /// Whether 112 and 911 are kept for emergency calls. `false` on a new one.
            emergency_num_enabled: bool,
            /// The dial plan of its calls: a shared one or its own. By default the first shared one.
            dial_plan_id: Option<Id<dial_plan::Entity>>,
            /// The route of its calls: a shared one or its own. By default the first shared one.
            route_id: Option<Id<route::Entity>>,
            /// How many calls at once may come in, at least 1; both directions together while `maxLinesOutgoing` is null. 10 on a new one.
            max_lines_incoming: i32,
            /// How many calls at once may go out, at least 1. Null on a new one.
            max_lines_outgoing: Option<i32>,
            /// How many phones may ring for one account, 1 to 100; null is unlimited, as on a new one.
            max_signal_contacts: Option<i32>,
            /// How many users it may have, 1 to 1000; null is unlimited, as on a new one.
            accounts_limit: Option<i32>,
            /// How many calls it may have at once; null is unlimited, as on a new one.
            capacity_limit: Option<i32>,
            /// How many SIP accounts it may have; null is unlimited, as on a new one.
            sip_account_limit: Option<i32>,
            /// How many extensions it may have. 1000 on a new one.
            max_extensions: i32,
            /// How many calls its licence allows at once. 20 on a new one.
            max_concurrent_calls: i32,
            /// How many ring groups it may have. 20 on a new one.
            max_ring_groups: i32,
            /// How many voice menus it may have. 20 on a new one.
            max_virtual_receptionists: i32,
            /// How many call queues it may have. 20 on a new one.
            max_call_queues: i32,
            /// How many conference rooms it may have. 20 on a new one.
            max_conference_rooms: i32,
            /// How much it may store, such as `10GB`; empty is unlimited, as on a new one.
            disk_quota: String,
            /// How much its messages may take, such as `1GB`; empty is unlimited, as on a new one.
            im_disk_quota: String,
            /// How much the messages of one extension may take; empty is unlimited. `1GB` on a new one.
            extension_im_disk_quota: String,
            /// Storage in the older limits table; 0 is unlimited, as on a new one.
            disk_quota_limit: i32,
            /// How many registrations it may have; 0 is unlimited, as on a new one.
            reg_limit: i32,
            /// How many extensions it may have in the older limits table; null is unlimited, as on a new one.
            extension_limit: Option<i32>,
            /// How many extension groups; null is unlimited, as on a new one.
            extension_group_limit: Option<i32>,
            /// How many agents with an extension; null is unlimited, as on a new one.
            extension_agent_limit: Option<i32>,
            /// How many agents outside; null is unlimited, as on a new one.
            remote_agent_limit: Option<i32>,
            /// How many calls at once in the older limits table; null is unlimited, as on a new one.
            calls_limit: Option<i32>,
            /// How many sounds; null is unlimited, as on a new one.
            sound_limit: Option<i32>,
            /// How many event URLs; null is unlimited, as on a new one.
            event_limit: Option<i32>,
            /// How many time intervals; null is unlimited, as on a new one.
            interval_limit: Option<i32>,
            /// How many dial plans; null is unlimited, as on a new one.
            dial_rule_limit: Option<i32>,
            /// How many network permissions; null is unlimited, as on a new one.
            network_permission_limit: Option<i32>,
            /// How many rules for incoming calls; null is unlimited, as on a new one.
            incom_rule_limit: Option<i32>,
            /// How many voice menu contexts; null is unlimited, as on a new one.
            ivr_context_limit: Option<i32>,
            /// How many voice menu options; null is unlimited, as on a new one.
            ivr_option_limit: Option<i32>,
            /// How many voice menu rules; null is unlimited, as on a new one.
            ivr_rule_limit: Option<i32>,
            /// How many applications; null is unlimited, as on a new one.
            application_limit: Option<i32>,
            /// How many users of the whole tenant; null is unlimited, as on a new one.
            user_client_limit: Option<i32>,
            /// How many users of one extension; null is unlimited, as on a new one.
            user_extension_limit: Option<i32>,
            /// How many users of one group; null is unlimited, as on a new one.
            user_extension_group_limit: Option<i32>,
            /// The names of its enabled services, kept as they are given. None on a new one.
            services: List<String>,
            /// The customer-relation systems that are connected. None on a new one.
            active_crm: List<String>,
            /// Whether the fixed-mobile plug-in for IPcompany is on. `false` on a new one.
            fmc_enabled: bool,
            /// How long recordings are kept, 1 to 7300 days; 7300 is shown as unlimited. 7300 on a new one.
            record_expiration_days: i32,
            /// Whether callers are told that the call is recorded. `false` on a new one.
            record_announce: bool,
            /// Whether outside calls are recorded. `false` on a new one.
            record_external: bool,
            /// Whether inside calls are recorded. `false` on a new one.
            record_internal: bool,
            /// The e-mail address that is sent a link to each recording; empty is none, as on a new one.
            record_send_link_to: String,
            /// Whether recordings keep the two sides apart. `false` on a new one.
            record_stereo: bool,
            /// How recordings are stored. `MP3` on a new one.
            record_format: value::RecordFormat,
            /// How many local gateways it may have, at least 1. 1 on a new one.
            local_gateway_limit: i32,
            /// Who may see call analytics besides the operator. Null on a new one.
            analytics_access: Option<value::AnalyticsAccess>,
            /// The number of the sound that waiting callers hear. Null on a new one.
            hold_music: Option<i64>,
            /// Whether outgoing calls ask the interactive URL too. `false` on a new one.
            call_interactive_outgoing: bool,
            /// The http or https URL that is asked what to do with a call. Null on a new one.
            call_interactive_url: Option<String>,
            /// How the interactive URL is called. `GET` on a new one.
            call_interactive_method: value::HttpMethod,
            /// How long it may take to answer, in seconds. Null on a new one.
            call_interactive_timeout: Option<i32>,
            /// The number of the network permission that phones need. Null on a new one.
            sip_network_permission_id: Option<i64>,
            /// The e-mail address that is told when the disk fills. Null on a new one.
            disk_space_notify_email: Option<String>,
            /// How full it may be before that, 1 to 100 percent. 90 on a new one.
            disk_space_notify_threshold: i32,
            /// Where its calls may go, as its provider names it. Null on a new one.
            geo_list: Option<String>,
            /// Whether phones show who is busy. `false` on a new one.
            presence: bool,
            /// Whether registrations are logged. `false` on a new one.
            reg_status_log: bool,
            /// Which public number a transferred call shows. Null on a new one.
            did_as_transfer_caller_id: Option<value::TransferCallerId>,
            /// Whether inside calls show the short number. `false` on a new one.
            short_local_caller_id: bool,
            /// The public number that outgoing calls show by default, one of its own. Null on a new one.
            default_caller_number: Option<String>,
            /// Whether video is recorded. `false` on a new one.
            enable_video_recording: bool,
            /// Whether audio is recorded. `false` on a new one.
            enable_audio_recording: bool,
            /// Whether each side is recorded on a track of its own. `false` on a new one.
            enable_dual_track_recording: bool,
            /// Whether night mode is on. `false` on a new one.
            enable_night_mode: bool,
            /// Whether log-ins ask for a second factor. `false` on a new one.
            enable_two_factor_authentication: bool,
            /// Whether calls are billed. `false` on a new one.
            enable_billing: bool,
            /// Whether features are billed. `false` on a new one.
            enable_feature_billing: bool,
            /// Whether call statistics may be used. `true` on a new one.
            enable_feature_call_statistics: bool,
            /// Whether the contact centre may be used. `true` on a new one.
            enable_feature_contact_center: bool,
            /// Whether message channels may be used. `true` on a new one.
            enable_feature_message_channels: bool,
            /// Whether Microsoft Teams may be used. `true` on a new one.
            enable_feature_microsoft_teams: bool,
            /// Whether own trunks may be used. `true` on a new one.
            enable_feature_trunks: bool,
            /// Whether WhatsApp may be used. `true` on a new one.
            enable_feature_whats_app: bool,
            /// How many days recordings are kept, at least 1. 180 on a new one.
            recording_retention: i32,
            /// How many days logs are kept, at least 1. 180 on a new one.
            log_retention: i32,
            /// How many days call reports are kept, at least 1. 30 on a new one.
            call_report_retention: i32,
            /// How many days the records of its calls are kept after they began, 1 to 36500; null, as on a new one, is as long as the platform keeps them.
            cdr_retention: Option<i32>,
            /// How many days temporary files are kept, at least 1. 30 on a new one.
            temp_file_retention: i32,
            /// When it is open, in its time zone. Every day from 09:00 to 17:00 on a new one.
            office_hours: value::OfficeHours,
            /// The caller ids that its providers' trunks show. None on a new one.
            outbound_caller_ids: List<value::OutboundCallerId>,
            /// How its numbers are brought into E.164. Not at all on a new one.
            e164: value::E164,
            /// Who hears of finished calls. Nobody on a new one.
            cdr_event: value::EventTarget,
            /// The password for BASIC and DIGEST at `cdrEvent`, 6 to 64 lower-case letters and digits. Null on a new one.
            cdr_event_password: MaybeSecret,
            /// The token for BEARER at `cdrEvent`. Null on a new one.
            cdr_event_token: MaybeSecret,
            /// Who hears of events of extensions. Nobody on a new one.
            extension_event: value::EventTarget,
            /// The password for BASIC and DIGEST at `extensionEvent`, 6 to 64 lower-case letters and digits. Null on a new one.
            extension_event_password: MaybeSecret,
            /// The token for BEARER at `extensionEvent`. Null on a new one.
            extension_event_token: MaybeSecret,
            /// How a caller's number is compared with contacts. `MATCH_EXACTLY` on a new one.
            contact_match_type: value::ContactMatch,
            /// How many last digits are compared, at least 1 for `MATCH_LENGTH`. Null on a new one.
            contact_match_length: Option<i32>,
            /// Where a contact's name goes in the shown caller name. `APPEND` on a new one.
            contact_append_type: value::ContactAppend,
            /// How often contacts are read again, 1 to 43200 minutes. 720 on a new one.
            contact_update_interval: i32,
            /// Whether an initial password must be changed at the first log-in. `false` on a new one.
            password_force_reset: bool,
            /// What new log-in passwords must look like; null asks only that they are not empty and have no white space, as on a new one.
            password_policy: Option<value::PasswordPolicy>,
            /// The uploaded picture, by its opaque id. Null on a new one.
            avatar_file_id: Option<String>,
            /// The STIR/SHAKEN certificate, PEM; it and its key go together. Null on a new one.
            stir_shaken_cert: Option<String>,
            /// The private key of the STIR/SHAKEN certificate, PEM. Null on a new one.
            stir_shaken_key: MaybeSecret,
            /// SIP headers that are added to its calls. None on a new one.
            custom_headers_added: List<value::AddedHeader>,
            /// SIP headers that are passed on. None on a new one.
            custom_headers_relayed: List<value::RelayedHeader>,
        }
    }
}
