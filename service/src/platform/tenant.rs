//! Tenants: what the customers of the platform may be, and how one of them leaves it.

use entity::{
    Id, Kind, List, Sealed, api_key, dial_plan, extension, external_account, gateway, holiday, phone_number,
    route, session, sip_account,
    tenant::{self, Column},
    trunk, user, user_group, value,
};
use sea_orm::{ColumnTrait, Condition, IdenStatic, IntoActiveModel, Set};

use crate::{
    Action, Caller, Code, Error, MaybeSecret, Problems, Result, Rules, Services, Tx,
    check::{
        first_repeat, is_currency, is_disk_size, is_domain, is_email, is_handle, is_region, is_sip_token,
        is_time_zone, is_web_url, minute_of_day, numbers_within, path, texts_at_most, texts_that,
    },
    inputs, numbering,
};

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

/// What only an operator sets: what a tenant pays for, and how it is known to the platform.
const OPERATORS_ALONE: &[Column] = &[
    Column::CustomerId,
    Column::Frozen,
    Column::BillingType,
    Column::ClientType,
    Column::ExtDigits,
    Column::Prefix,
    Column::DomainPrefix,
    Column::RouteId,
    Column::MaxLinesIncoming,
    Column::MaxLinesOutgoing,
    Column::MaxSignalContacts,
    Column::AccountsLimit,
    Column::CapacityLimit,
    Column::SipAccountLimit,
    Column::MaxExtensions,
    Column::MaxConcurrentCalls,
    Column::MaxRingGroups,
    Column::MaxVirtualReceptionists,
    Column::MaxCallQueues,
    Column::MaxConferenceRooms,
    Column::DiskQuota,
    Column::ImDiskQuota,
    Column::DiskQuotaLimit,
    Column::RegLimit,
    Column::ExtensionLimit,
    Column::ExtensionGroupLimit,
    Column::ExtensionAgentLimit,
    Column::RemoteAgentLimit,
    Column::CallsLimit,
    Column::SoundLimit,
    Column::EventLimit,
    Column::IntervalLimit,
    Column::DialRuleLimit,
    Column::NetworkPermissionLimit,
    Column::IncomRuleLimit,
    Column::IvrContextLimit,
    Column::IvrOptionLimit,
    Column::IvrRuleLimit,
    Column::ApplicationLimit,
    Column::UserClientLimit,
    Column::UserExtensionLimit,
    Column::UserExtensionGroupLimit,
    Column::Services,
    Column::FmcEnabled,
    Column::LocalGatewayLimit,
    Column::EnableBilling,
    Column::EnableFeatureBilling,
    Column::EnableFeatureCallStatistics,
    Column::EnableFeatureContactCenter,
    Column::EnableFeatureMessageChannels,
    Column::EnableFeatureMicrosoftTeams,
    Column::EnableFeatureTrunks,
    Column::EnableFeatureWhatsApp,
];

/// Numbers of which none may be negative.
const COUNTS: &[Column] = &[
    Column::CapacityLimit,
    Column::SipAccountLimit,
    Column::MaxExtensions,
    Column::MaxConcurrentCalls,
    Column::MaxRingGroups,
    Column::MaxVirtualReceptionists,
    Column::MaxCallQueues,
    Column::MaxConferenceRooms,
    Column::DiskQuotaLimit,
    Column::RegLimit,
    Column::ExtensionLimit,
    Column::ExtensionGroupLimit,
    Column::ExtensionAgentLimit,
    Column::RemoteAgentLimit,
    Column::CallsLimit,
    Column::SoundLimit,
    Column::EventLimit,
    Column::IntervalLimit,
    Column::DialRuleLimit,
    Column::NetworkPermissionLimit,
    Column::IncomRuleLimit,
    Column::IvrContextLimit,
    Column::IvrOptionLimit,
    Column::IvrRuleLimit,
    Column::ApplicationLimit,
    Column::UserClientLimit,
    Column::UserExtensionLimit,
    Column::UserExtensionGroupLimit,
    Column::CallInteractiveTimeout,
    Column::ContactMatchLength,
];

impl Rules for tenant::Entity {
    type Create = TenantCreateInput;
    type Update = TenantUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut tenant::ActiveModel) -> Result<()> {
        tx.operator_only(row, OPERATORS_ALONE)?;
        let new = row.id.is_not_set();
        let id = row.id.try_as_ref().copied();
        tidy(row);

        let mut problems = Problems::default();
        note_names(&mut problems, row);
        note_numbers(&mut problems, row);
        note_composites(&mut problems, row);
        note_secrets(&mut problems, row);
        problems.result()?;

        tx.refers(Column::DialPlanId, &row.dial_plan_id, id).await?;
        tx.refers(Column::RouteId, &row.route_id, id).await?;
        if let (Set(digits), Some(id)) = (&row.ext_digits, id) {
            refuse_to_shrink(tx, id, *digits).await?;
        }
        if let Set(Some(number)) = &row.default_caller_number {
            let own = Condition::all()
                .add(phone_number::Column::TenantId.eq(id))
                .add(phone_number::Column::Number.eq(number));
            if tx.count::<phone_number::Entity>(own).await? == 0 {
                let message = "it is not a number of the tenant";
                return Err(Error::refused(Code::Invalid, Some("default_caller_number"), message));
            }
        }
        if new {
            fill_in(tx, row).await?;
        }
        Ok(())
    }

    /// Everything of the tenant goes along, but its public numbers become free.
    async fn check_delete(tx: &Tx<'_>, row: &tenant::Model) -> Result<()> {
        remove_of::<session::Entity>(tx, row.id).await?;
        remove_of::<api_key::Entity>(tx, row.id).await?;
        remove_of::<holiday::Entity>(tx, row.id).await?;
        remove_of::<external_account::Entity>(tx, row.id).await?;
        // The numbers go before what they refer to: extensions and the tenant's own gateways.
        numbering::free_all(tx, row.id).await?;
        remove_of::<sip_account::Entity>(tx, row.id).await?;
        remove_of::<trunk::Entity>(tx, row.id).await?;
        remove_of::<extension::Entity>(tx, row.id).await?;
        remove_of::<user::Entity>(tx, row.id).await?;
        remove_of::<user_group::Entity>(tx, row.id).await?;
        // The tenant's own references to these two are on the row that goes, and become null by themselves.
        remove_of::<route::Entity>(tx, row.id).await?;
        remove_of::<gateway::Entity>(tx, row.id).await?;
        remove_of::<dial_plan::Entity>(tx, row.id).await
    }
}

/// Removes a tenant's rows of one kind and announces each.
async fn remove_of<E: Rules>(tx: &Tx<'_>, tenant: Id<tenant::Entity>) -> Result<()> {
    let rows = tx.rows::<E>(E::TENANT.eq(tenant)).await?;
    tx.delete_all::<E>(rows).await
}

/// Brings what is about to be written into the form that is stored.
fn tidy(row: &mut tenant::ActiveModel) {
    if let Set(domain) = &mut row.domain {
        *domain = domain.to_lowercase();
    }
    if row.id.is_not_set()
        && row.name.is_not_set()
        && let Set(domain) = &row.domain
    {
        row.name = Set(domain.clone());
    }
    if matches!(&row.stir_shaken_cert, Set(Some(text)) if text.is_empty()) {
        row.stir_shaken_cert = Set(None);
    }
    for secret in [
        &mut row.stir_shaken_key,
        &mut row.cdr_event_password,
        &mut row.cdr_event_token,
        &mut row.extension_event_password,
        &mut row.extension_event_token,
    ] {
        if matches!(secret, Set(Some(sealed)) if sealed.as_open() == Some("")) {
            *secret = Set(None);
        }
    }
}

fn note_names(problems: &mut Problems, row: &tenant::ActiveModel) {
    if let Set(customer_id) = &row.customer_id {
        let message = "use 1 to 64 letters, digits, dots, underscores and hyphens";
        problems.unless(is_handle(customer_id), Column::CustomerId, message);
    }
    if let Set(domain) = &row.domain {
        let message = "use letters, digits, dots and hyphens, a letter or digit first and last";
        match domain.is_empty() {
            true => problems.note(false, Code::Required, Column::Domain, "must not be empty"),
            false => problems.unless(is_domain(domain), Column::Domain, message),
        }
    }
    if let Set(name) = &row.name {
        problems.filled(name, 1024, Column::Name);
    }
    if let Set(kind) = &row.client_type {
        problems.filled(kind, 64, Column::ClientType);
    }
    texts_at_most(problems, row, 64, &[Column::Prefix, Column::DomainPrefix]);
    texts_at_most(
        problems,
        row,
        255,
        &[Column::Website, Column::ContactPhones, Column::Ambassadors, Column::GeoList, Column::AvatarFileId],
    );
    texts_at_most(problems, row, 1024, &[Column::LegalAddress, Column::ActualAddress]);
    texts_at_most(problems, row, 2048, &[Column::AccessUrl, Column::CallInteractiveUrl]);
    texts_at_most(
        problems,
        row,
        65_536,
        &[Column::ExtraParams, Column::CustomOptions, Column::StirShakenCert],
    );
    let message = "use an absolute http or https URL";
    texts_that(problems, row, is_web_url, message, &[Column::AccessUrl, Column::CallInteractiveUrl]);
    let message = "use an e-mail address";
    texts_that(problems, row, is_email, message, &[Column::Email, Column::DiskSpaceNotifyEmail]);
    let or_empty = |text: &str| text.is_empty() || is_email(text);
    let message = "use an e-mail address, or leave it empty";
    texts_that(problems, row, or_empty, message, &[Column::RecordSendLinkTo]);
    texts_that(
        problems,
        row,
        is_time_zone,
        "use an IANA time zone such as Europe/Berlin",
        &[Column::TimeZone],
    );
    texts_that(problems, row, is_currency, "use a currency of ISO 4217 such as EUR", &[Column::Currency]);
    texts_that(
        problems,
        row,
        is_region,
        "use a country of ISO 3166-1 alpha-3 such as DEU",
        &[Column::Region],
    );
    let message = "use a positive number and KB, MB, GB or PB, or leave it empty";
    texts_that(
        problems,
        row,
        is_disk_size,
        message,
        &[Column::DiskQuota, Column::ImDiskQuota, Column::ExtensionImDiskQuota],
    );
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    texts_that(problems, row, is_json, "use JSON text", &[Column::CustomOptions]);
    for (column, list) in [(Column::Services, &row.services), (Column::ActiveCrm, &row.active_crm)] {
        if let Set(names) = list {
            note_name_list(problems, column, names);
        }
    }
}

fn note_name_list(problems: &mut Problems, column: Column, names: &List<String>) {
    problems.note(names.len() <= 200, Code::TooLong, column, "use at most 200 names");
    for (at, name) in names.iter().enumerate() {
        if name.trim().is_empty() || name.chars().count() > 64 {
            let field = path([column.as_str(), &at.to_string()]);
            problems.push(Code::Invalid, field, "use 1 to 64 characters");
        }
    }
}

fn note_numbers(problems: &mut Problems, row: &tenant::ActiveModel) {
    numbers_within(problems, row, 0..=i32::MAX, COUNTS);
    numbers_within(
        problems,
        row,
        1..=i32::MAX,
        &[
            Column::MaxLinesIncoming,
            Column::MaxLinesOutgoing,
            Column::LocalGatewayLimit,
            Column::RecordingRetention,
            Column::LogRetention,
            Column::CallReportRetention,
            Column::TempFileRetention,
        ],
    );
    numbers_within(problems, row, 2..=5, &[Column::ExtDigits]);
    numbers_within(problems, row, 1..=100, &[Column::MaxSignalContacts, Column::DiskSpaceNotifyThreshold]);
    numbers_within(problems, row, 1..=1000, &[Column::AccountsLimit]);
    numbers_within(problems, row, 1..=7300, &[Column::RecordExpirationDays]);
    numbers_within(problems, row, 1..=43_200, &[Column::ContactUpdateInterval]);

    let by_length = row.contact_match_type.try_as_ref() == Some(&value::ContactMatch::MatchLength);
    let length = row.contact_match_length.try_as_ref().copied().flatten();
    if by_length && (row.contact_match_type.is_set() || row.contact_match_length.is_set()) {
        let column = Column::ContactMatchLength;
        problems.note(length.is_some(), Code::Required, column, "say how many digits are compared");
        problems.note(length != Some(0), Code::OutOfRange, column, "must be at least 1");
    }
}

fn note_composites(problems: &mut Problems, row: &tenant::ActiveModel) {
    if let Set(hours) = &row.office_hours {
        note_office_hours(problems, hours);
    }
    if let Set(ids) = &row.outbound_caller_ids {
        note_caller_ids(problems, ids);
    }
    if let Set(e164) = &row.e164 {
        let texts = [
            ("international_code", &e164.international_code),
            ("country", &e164.country),
            ("area_code", &e164.area_code),
            ("national_code", &e164.national_code),
            ("prefix", &e164.prefix),
        ];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| text.chars().count() > 64) {
                problems.push(Code::TooLong, path(["e164", name]), "use at most 64 characters");
            }
        }
    }
    if let Set(Some(policy)) = &row.password_policy {
        note_policy(problems, policy);
    }
    if let Set(headers) = &row.custom_headers_added {
        let values = headers.iter().map(|header| Some(header.value.as_str()));
        let names = headers.iter().map(|header| (header.name.as_str(), header.scope));
        note_headers(problems, "custom_headers_added", names.zip(values));
    }
    if let Set(headers) = &row.custom_headers_relayed {
        let names = headers.iter().map(|header| ((header.name.as_str(), header.scope), None));
        note_headers(problems, "custom_headers_relayed", names);
    }
    let events = [
        ("cdr_event", &row.cdr_event, Column::CdrEventPassword, &row.cdr_event_password),
        (
            "extension_event",
            &row.extension_event,
            Column::ExtensionEventPassword,
            &row.extension_event_password,
        ),
    ];
    for (name, event, column, password) in events {
        if (event.is_set() || password.is_set())
            && let Some(event) = event.try_as_ref()
        {
            note_event(problems, name, event, column, password.try_as_ref().and_then(Option::as_ref));
        }
    }
}

fn note_office_hours(problems: &mut Problems, hours: &value::OfficeHours) {
    let week = [
        ("monday", &hours.monday),
        ("tuesday", &hours.tuesday),
        ("wednesday", &hours.wednesday),
        ("thursday", &hours.thursday),
        ("friday", &hours.friday),
        ("saturday", &hours.saturday),
        ("sunday", &hours.sunday),
    ];
    for (name, day) in week {
        if day.ranges.len() > 24 {
            let field = path(["office_hours", name, "ranges"]);
            problems.push(Code::TooLong, field, "use at most 24 ranges");
            continue;
        }
        let mut spans = Vec::new();
        for (at, range) in day.ranges.iter().enumerate() {
            let at = at.to_string();
            let place = |end| path(["office_hours", name, "ranges", &at, end]);
            let (from, to) = (minute_of_day(&range.from), minute_of_day(&range.to));
            if from.is_none() {
                problems.push(Code::Invalid, place("from"), "use 24-hour HH:MM");
            }
            if to.is_none() {
                problems.push(Code::Invalid, place("to"), "use 24-hour HH:MM");
            }
            let (Some(from), Some(to)) = (from, to) else { continue };
            if from >= to {
                problems.push(Code::Invalid, place("to"), "must be later than it begins");
            } else if spans.iter().any(|(begin, end)| from < *end && *begin < to) {
                problems.push(Code::Invalid, place("from"), "overlaps with another range");
            }
            spans.push((from, to));
        }
    }
}

fn note_caller_ids(problems: &mut Problems, ids: &List<value::OutboundCallerId>) {
    let message = "use at most 200 caller ids";
    problems.note(ids.len() <= 200, Code::TooLong, Column::OutboundCallerIds, message);
    for (at, id) in ids.iter().enumerate() {
        let at = at.to_string();
        let place = |name| path(["outbound_caller_ids", &at, name]);
        if id.provider_id.is_empty() || id.provider_id.len() > 128 {
            problems.push(Code::Invalid, place("provider_id"), "use 1 to 128 characters");
        }
        if !(1..=64).contains(&id.caller_id.chars().count()) {
            problems.push(Code::Invalid, place("caller_id"), "use 1 to 64 characters");
        }
        if id.description.as_ref().is_some_and(|text| text.chars().count() > 1024) {
            problems.push(Code::TooLong, place("description"), "use at most 1024 characters");
        }
    }
}

fn note_policy(problems: &mut Problems, policy: &value::PasswordPolicy) {
    for (name, length) in [("min_length", policy.min_length), ("max_length", policy.max_length)] {
        if !(6..=32).contains(&length) {
            problems.push(Code::OutOfRange, path(["password_policy", name]), "must be 6 to 32");
        }
    }
    if policy.min_length > policy.max_length {
        let message = "must not be greater than the greatest length";
        problems.push(Code::Invalid, path(["password_policy", "min_length"]), message);
    }
}

type Header<'a> = ((&'a str, value::HeaderScope), Option<&'a str>);

fn note_headers<'a>(problems: &mut Problems, list: &str, headers: impl Iterator<Item = Header<'a>>) {
    let headers: Vec<_> = headers.collect();
    if headers.len() > 200 {
        problems.push(Code::TooLong, path([list]), "use at most 200 headers");
    }
    for (at, ((name, _), value)) in headers.iter().enumerate() {
        let at = at.to_string();
        if name.is_empty() {
            problems.push(Code::Required, path([list, &at, "name"]), "must not be empty");
        } else if !is_sip_token(name) || name.len() > 128 {
            problems.push(Code::Invalid, path([list, &at, "name"]), "use the name of a SIP header");
        }
        match value {
            Some("") => problems.push(Code::Required, path([list, &at, "value"]), "must not be empty"),
            Some(value) if value.len() > 1024 || value.contains(char::is_control) => {
                let message = "use at most 1024 characters on one line";
                problems.push(Code::Invalid, path([list, &at, "value"]), message);
            }
            _ => {}
        }
    }
    // The names of SIP headers are compared without regard to case.
    if let Some(at) = first_repeat(headers.iter().map(|((name, scope), _)| (name.to_lowercase(), *scope))) {
        let message = "this name and scope are there already";
        problems.push(Code::Invalid, path([list, &at.to_string(), "name"]), message);
    }
}

fn note_event(
    problems: &mut Problems,
    name: &str,
    event: &value::EventTarget,
    password_column: Column,
    password: Option<&Sealed>,
) {
    match event.url.as_deref() {
        None | Some("") if event.enabled => {
            problems.push(Code::Required, path([name, "url"]), "say where to");
        }
        Some(url) if url.chars().count() > 128 => {
            problems.push(Code::TooLong, path([name, "url"]), "use at most 128 characters");
        }
        Some(url) if event.enabled && !is_web_url(url) => {
            problems.push(Code::Invalid, path([name, "url"]), "use an absolute http or https URL");
        }
        _ => {}
    }
    if !matches!(event.auth, value::EventAuth::Basic | value::EventAuth::Digest) {
        return;
    }
    let message = "use 6 to 64 lower-case letters and digits";
    match event.username.as_deref() {
        None if event.enabled => problems.push(Code::Required, path([name, "username"]), message),
        Some(username) if !is_credential(username) => {
            problems.push(Code::Invalid, path([name, "username"]), message);
        }
        _ => {}
    }
    match password {
        None => problems.note(!event.enabled, Code::Required, password_column, message),
        // An encrypted one was good when it was written.
        Some(sealed) => {
            problems.unless(sealed.as_open().is_none_or(is_credential), password_column, message);
        }
    }
}

/// Whether it is a name or password of an event target: 6 to 64 lower-case letters and digits.
fn is_credential(text: &str) -> bool {
    (6..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn note_secrets(problems: &mut Problems, row: &tenant::ActiveModel) {
    let secrets = [
        (Column::CdrEventToken, &row.cdr_event_token, 4096),
        (Column::ExtensionEventToken, &row.extension_event_token, 4096),
        (Column::StirShakenKey, &row.stir_shaken_key, 65_536),
    ];
    for (column, secret, max) in secrets {
        if let Set(Some(sealed)) = secret {
            problems.at_most(sealed.as_open().unwrap_or_default(), max, column);
        }
    }
    let there = |present: Option<bool>| present.unwrap_or_default();
    let cert = there(row.stir_shaken_cert.try_as_ref().map(Option::is_some));
    let key = there(row.stir_shaken_key.try_as_ref().map(Option::is_some));
    let message = "a certificate and its key go together";
    problems.note(!key || cert, Code::Required, Column::StirShakenCert, message);
    problems.note(!cert || key, Code::Required, Column::StirShakenKey, message);
}

/// Extensions have as many digits as their tenant says, so fewer would leave some too long.
async fn refuse_to_shrink(tx: &Tx<'_>, id: Id<tenant::Entity>, digits: i32) -> Result<()> {
    let old = tx.first::<tenant::Entity>(Column::Id.eq(id)).await?;
    let shrinks = old.is_some_and(|old| digits < old.ext_digits);
    if shrinks && tx.first::<extension::Entity>(extension::Column::TenantId.eq(id)).await?.is_some() {
        let message = "it cannot shrink while there are extensions";
        return Err(Error::refused(Code::InUse, Some("ext_digits"), message));
    }
    Ok(())
}

/// Gives a new tenant what it did not say: its number, and the platform's first dial plan and route.
async fn fill_in(tx: &Tx<'_>, row: &mut tenant::ActiveModel) -> Result<()> {
    if row.dial_plan_id.is_not_set() {
        let first = tx.first::<dial_plan::Entity>(dial_plan::Column::TenantId.is_null()).await?;
        row.dial_plan_id = Set(first.map(|plan| plan.id));
    }
    if row.route_id.is_not_set() {
        let first = tx.first::<route::Entity>(route::Column::TenantId.is_null()).await?;
        row.route_id = Set(first.map(|route| route.id));
    }
    if row.customer_id.is_not_set() {
        let id = tx.next_free_id::<tenant::Entity>(Column::CustomerId).await?;
        row.customer_id = Set(id.number().to_string());
        row.id = Set(id);
    }
    Ok(())
}

impl Services {
    /// Freezes a tenant: its accounts cannot log in and its calls are refused.
    ///
    /// # Errors
    /// UNCHANGED when it is frozen already.
    pub async fn freeze_tenant(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<tenant::Model> {
        self.set_frozen(caller, id, true).await
    }

    /// Ends the freezing of a tenant.
    ///
    /// # Errors
    /// UNCHANGED when it is not frozen.
    pub async fn unfreeze_tenant(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<tenant::Model> {
        self.set_frozen(caller, id, false).await
    }

    async fn set_frozen(
        &self,
        caller: &Caller,
        id: Id<tenant::Entity>,
        frozen: bool,
    ) -> Result<tenant::Model> {
        let grant = caller.grant::<tenant::Entity>(Action::Update)?;
        if !caller.is_operator() {
            return Err(Error::Forbidden(Kind::Tenant, Action::Update));
        }
        let tx = self.begin(caller).await?;
        let old = tx.find(&grant, id).await?;
        if old.frozen == frozen {
            let message = if frozen { "it is frozen already" } else { "it is not frozen" };
            return Err(Error::refused(Code::Unchanged, None, message));
        }
        let mut row = old.clone().into_active_model();
        row.frozen = Set(frozen);
        let row = tx.update(&grant, old, row).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Adds to a tenant's balance, in hundred-thousandths of its currency.
    pub async fn recharge_tenant(
        &self,
        caller: &Caller,
        id: Id<tenant::Entity>,
        amount: i64,
    ) -> Result<tenant::Model> {
        let grant = caller.grant::<tenant::Entity>(Action::Update)?;
        if amount <= 0 {
            return Err(Error::refused(Code::OutOfRange, Some("amount"), "must be more than 0"));
        }
        let tx = self.begin(caller).await?;
        let old = tx.find(&grant, id).await?;
        let balance = old.balance.checked_add(amount).ok_or_else(|| {
            Error::refused(Code::OutOfRange, Some("amount"), "the balance would be too large")
        })?;
        let mut row = old.clone().into_active_model();
        row.balance = Set(balance);
        let row = tx.update(&grant, old, row).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Removes a tenant together with its public numbers, which the plain deletion sets free.
    pub async fn delete_customer(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<()> {
        let grant = caller.grant::<tenant::Entity>(Action::Delete)?;
        let tx = self.begin(caller).await?;
        let row = tx.find(&grant, id).await?;
        // What refers to the numbers goes first.
        remove_of::<external_account::Entity>(&tx, id).await?;
        remove_of::<phone_number::Entity>(&tx, id).await?;
        tenant::Entity::check_delete(&tx, &row).await?;
        tx.delete::<tenant::Entity>(row).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn day(ranges: &[(&str, &str)]) -> value::OfficeDay {
        let ranges =
            ranges.iter().map(|(from, to)| value::TimeRange { from: (*from).into(), to: (*to).into() });
        value::OfficeDay { enabled: true, ranges: ranges.collect() }
    }

    fn fields(problems: Problems) -> Vec<String> {
        let Err(Error::Refused(problems)) = problems.result() else { return Vec::new() };
        problems.into_iter().map(|problem| problem.field.unwrap_or_default().join(".")).collect()
    }

    #[test]
    fn office_hours_are_in_order_and_apart() {
        let good = day(&[("08:30", "12:00"), ("13:00", "17:30")]);
        let hours = |monday| value::OfficeHours {
            monday,
            tuesday: good.clone(),
            wednesday: good.clone(),
            thursday: good.clone(),
            friday: good.clone(),
            saturday: day(&[]),
            sunday: day(&[]),
        };
        let noted = |monday| {
            let mut problems = Problems::default();
            note_office_hours(&mut problems, &hours(monday));
            fields(problems)
        };
        assert!(noted(good.clone()).is_empty());
        assert!(noted(day(&[("08:00", "12:00"), ("12:00", "13:00")])).is_empty());
        assert_eq!(noted(day(&[("8:30", "12:00")])), ["office_hours.monday.ranges.0.from"]);
        assert_eq!(noted(day(&[("12:00", "12:00")])), ["office_hours.monday.ranges.0.to"]);
        assert_eq!(
            noted(day(&[("08:00", "12:00"), ("11:00", "13:00")])),
            ["office_hours.monday.ranges.1.from"]
        );
    }

    #[test]
    fn a_header_is_there_once_for_a_scope() {
        let noted = |headers: &[(&str, value::HeaderScope, Option<&str>)]| {
            let mut problems = Problems::default();
            let headers: Vec<Header<'_>> = headers.iter().map(|one| ((one.0, one.1), one.2)).collect();
            note_headers(&mut problems, "custom_headers_added", headers.into_iter());
            fields(problems)
        };
        let (all, user) = (value::HeaderScope::All, value::HeaderScope::User);
        assert!(noted(&[("X-Site", all, Some("a")), ("X-Site", user, Some("b"))]).is_empty());
        assert_eq!(noted(&[("X-Site", all, None), ("x-site", all, None)]), ["custom_headers_added.1.name"]);
        assert_eq!(noted(&[("X Site", all, Some("a"))]), ["custom_headers_added.0.name"]);
        assert_eq!(noted(&[("X-Site", all, Some(""))]), ["custom_headers_added.0.value"]);
        assert_eq!(noted(&[("X-Site", all, Some("a\r\nb"))]), ["custom_headers_added.0.value"]);
    }

    #[test]
    fn an_event_target_that_is_on_says_where_to() {
        let event = |enabled, auth, username: Option<&str>, url: Option<&str>| value::EventTarget {
            enabled,
            auth,
            username: username.map(str::to_owned),
            url: url.map(str::to_owned),
        };
        let noted = |event: value::EventTarget, password: Option<&str>| {
            let mut problems = Problems::default();
            let password = password.map(Sealed::open);
            note_event(&mut problems, "cdr_event", &event, Column::CdrEventPassword, password.as_ref());
            fields(problems)
        };
        let url = Some("https://crm.example/cdr");
        assert!(noted(event(false, value::EventAuth::Disable, None, None), None).is_empty());
        assert!(noted(event(true, value::EventAuth::Bearer, None, url), None).is_empty());
        assert_eq!(noted(event(true, value::EventAuth::Disable, None, None), None), ["cdr_event.url"]);
        assert_eq!(noted(event(true, value::EventAuth::Disable, None, Some("crm")), None), ["cdr_event.url"]);
        let basic = event(true, value::EventAuth::Basic, Some("crmuser"), url);
        assert!(noted(basic.clone(), Some("secret99")).is_empty());
        assert_eq!(noted(basic.clone(), Some("Secret99")), ["cdr_event_password"]);
        assert_eq!(noted(basic, None), ["cdr_event_password"]);
        assert_eq!(
            noted(event(true, value::EventAuth::Digest, Some("me"), url), Some("secret99")),
            ["cdr_event.username"]
        );
    }

    #[test]
    fn what_an_operator_alone_sets_is_listed_once() {
        let names: HashSet<_> = OPERATORS_ALONE.iter().map(|column| format!("{column:?}")).collect();
        assert_eq!(names.len(), OPERATORS_ALONE.len());
    }
}
