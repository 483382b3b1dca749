//! The closed sets of words and the composite values that columns hold.

use async_graphql::{Enum, InputObject, SimpleObject};
use sea_orm::{DeriveActiveEnum, EnumIter, FromJsonQueryResult, sea_query::StringLen};
use serde::{Deserialize, Serialize};

/// Writes an enum that a text column, GraphQL and JSON all hold as the same upper-case word; its
/// `Default` is the first, for columns that are not read.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
        pub enum $name {
            $($(#[$vdoc])*
            #[sea_orm(string_value = $word)]
            #[graphql(name = $word)]
            #[serde(rename = $word)]
            $variant,)*
        }

        impl Default for $name {
            fn default() -> Self {
                let [first, ..] = [$(Self::$variant),*];
                first
            }
        }

        impl $name {
            /// The word in the database, in GraphQL and in JSON.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The one with this word.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    )*};
}

words! {
    /// How a tenant is billed.
    BillingType {
        /// Free of charge, to try it.
        Demo = "DEMO",
        /// Billed.
        Billable = "BILLABLE",
    }
    /// A language of the tenant's user interface.
    Language {
        /// English.
        En = "EN",
        /// Russian.
        Ru = "RU",
        /// Lithuanian.
        Lt = "LT",
        /// Latvian.
        Lv = "LV",
    }
    /// Who may see call analytics besides the operator.
    AnalyticsAccess {
        /// The tenant's administrators.
        Admin = "ADMIN",
    }
    /// How a URL of the tenant is called.
    HttpMethod {
        /// GET with a query.
        Get = "GET",
        /// POST with a body.
        Post = "POST",
    }
    /// How recordings are stored.
    RecordFormat {
        /// MPEG audio layer 3.
        Mp3 = "MP3",
        /// Linear PCM.
        Wav = "WAV",
    }
    /// How an event URL wants to be authenticated.
    EventAuth {
        /// Not at all.
        Disable = "DISABLE",
        /// HTTP Basic.
        Basic = "BASIC",
        /// HTTP Digest.
        Digest = "DIGEST",
        /// A bearer token.
        Bearer = "BEARER",
    }
    /// How a caller's number is compared with contacts.
    ContactMatch {
        /// It is not.
        Disable = "DISABLE",
        /// The whole number.
        MatchExactly = "MATCH_EXACTLY",
        /// The last digits, as many as `contactMatchLength`.
        MatchLength = "MATCH_LENGTH",
    }
    /// Where a contact's name goes in the shown caller name.
    ContactAppend {
        /// Nowhere.
        Disable = "DISABLE",
        /// Behind it.
        Append = "APPEND",
        /// Before it.
        Prepend = "PREPEND",
    }
    /// Which calls a custom SIP header applies to.
    HeaderScope {
        /// All calls.
        All = "ALL",
        /// Calls over trunks.
        Trunk = "TRUNK",
        /// Calls between users.
        User = "USER",
    }
    /// What an account may do.
    Role {
        /// Everything, in every tenant.
        Operator = "OPERATOR",
        /// Everything in its own tenant.
        TenantAdmin = "TENANT_ADMIN",
        /// Its own account and what belongs to it.
        User = "USER",
        /// Read its own account and what belongs to it.
        RestrictedUser = "RESTRICTED_USER",
    }
    /// Whether an account may write.
    Access {
        /// It may read and write.
        Full = "FULL",
        /// It may only read.
        ReadOnly = "READ_ONLY",
    }
    /// Whether an account or extension works.
    Status {
        /// It works.
        Active = "ACTIVE",
        /// It does not.
        Blocked = "BLOCKED",
    }
    /// How far an account of the tenant reaches.
    UserScope {
        /// The whole tenant.
        Tenant = "TENANT",
        /// The extensions of one group.
        Group = "GROUP",
        /// One extension.
        Extension = "EXTENSION",
    }
    /// What answers an extension.
    ExtensionType {
        /// A phone.
        Phone = "PHONE",
        /// A call queue.
        Queue = "QUEUE",
        /// A voice menu.
        Ivr = "IVR",
        /// A fax receiver.
        Fax = "FAX",
        /// A conference room.
        Conference = "CONFERENCE",
    }
    /// Which public number a transferred call shows.
    TransferCallerId {
        /// The legacy word `None`: no number of the tenant's.
        None = "NONE",
        /// The default of the extension.
        Default = "DEFAULT",
        /// The caller's.
        From = "FROM",
        /// The number that was called.
        Diversion = "DIVERSION",
    }
    /// What takes the calls of a number.
    DestinationType {
        /// A user.
        Account = "ACCOUNT",
        /// A group.
        Group = "GROUP",
        /// A voice menu.
        Ivr = "IVR",
        /// A fax receiver.
        Fax = "FAX",
        /// It depends on the time, see `scheduler`.
        Scheduler = "SCHEDULER",
    }
    /// What takes the calls of one branch of a scheduler.
    BranchType {
        /// A user.
        Account = "ACCOUNT",
        /// A group.
        Group = "GROUP",
        /// A voice menu.
        Ivr = "IVR",
        /// A fax receiver.
        Fax = "FAX",
        /// A number outside.
        External = "EXTERNAL",
        /// Nothing; the call ends.
        Hangup = "HANGUP",
    }
    /// Which Internet protocols a gateway is reached by.
    NetworkProtocol {
        /// IPv4 alone.
        Ipv4Only = "IPV4_ONLY",
        /// IPv6 alone.
        Ipv6Only = "IPV6_ONLY",
        /// IPv4 before IPv6.
        Ipv4Pref = "IPV4_PREF",
        /// IPv6 before IPv4.
        Ipv6Pref = "IPV6_PREF",
        /// Both alike.
        Dualstack = "DUALSTACK",
    }
    /// How SIP travels to a gateway.
    Transport {
        /// As the name service says.
        None = "NONE",
        /// UDP.
        Udp = "UDP",
        /// TCP.
        Tcp = "TCP",
        /// TLS.
        Tls = "TLS",
    }
    /// How SIP travels from a trunk.
    TrunkTransport {
        /// UDP.
        Udp = "UDP",
        /// TCP.
        Tcp = "TCP",
    }
    /// Where the called number is read in a trunk's INVITE.
    DestinationField {
        /// The user part of the request URI.
        RuriUserpart = "RURI_USERPART",
        /// The user part of the To header.
        ToUserpart = "TO_USERPART",
    }
    /// How a session came to be.
    SessionType {
        /// A log-in at `/oauth/token`.
        Token = "TOKEN",
        /// A log-in link for one user.
        UserLink = "USER_LINK",
        /// A log-in link for a tenant's system user.
        DomainLink = "DOMAIN_LINK",
        /// A log-in link for a tenant; a new one ends the one before.
        CustomerLink = "CUSTOMER_LINK",
        /// A log-in link for the operator's staff.
        AdminLink = "ADMIN_LINK",
    }
    /// Which way a call went.
    CallDirection {
        /// From outside, by a trunk.
        Incoming = "INCOMING",
        /// To the outside, by a gateway; forwarded calls too.
        Outgoing = "OUTGOING",
        /// Between extensions.
        Internal = "INTERNAL",
    }
    /// How a call ended.
    CallDisposition {
        /// Somebody answered it.
        Answered = "ANSWERED",
        /// Nobody did in time.
        NoAnswer = "NO_ANSWER",
        /// The called side was busy.
        Busy = "BUSY",
        /// The caller gave up before.
        Cancelled = "CANCELLED",
        /// It could not be put through.
        Failed = "FAILED",
    }
    /// An audio codec as phone_systems spells it.
    Codec {
        /// G.729.
        G729 = "G729",
        /// G.722.
        G722 = "G722",
        /// GSM full rate.
        Gsm = "GSM",
        /// G.711 A-law.
        Pcma = "PCMA",
        /// G.711 µ-law.
        Pcmu = "PCMU",
        /// Opus.
        Opus = "OPUS",
        /// Key presses, RFC 4733.
        TelephoneEvent = "TELEPHONE_EVENT",
    }
}
/// Writes a composite value that a JSON column holds and that GraphQL reads and takes as it is. Its
/// `Default` is blank and has nothing to do with the defaults of the input.
macro_rules! composites {
    ($($(#[$doc:meta])* $name:ident, $input:literal { $($(#[$fdoc:meta])* $field:ident: $ty:ty $(= $default:expr)?,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, SimpleObject, InputObject, FromJsonQueryResult)]
        #[graphql(input_name = $input)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* $(#[graphql(default_with = $default)])? pub $field: $ty,)*
        }
    )*};
}

composites! {
    /// What a new log-in password must look like.
    PasswordPolicy, "PasswordPolicyInput" {
        /// The fewest characters, 6 to 32.
        min_length: i32 = "6",
        /// The most characters, 6 to 32.
        max_length: i32 = "32",
        /// At least one Latin letter.
        contains_letters: bool = "true",
        /// At least one digit.
        contains_numbers: bool = "true",
        /// At least one upper-case letter or special character.
        contains_special_letters: bool = "true",
        /// No three characters in a row that count up or down.
        disable_sequential_characters: bool = "true",
        /// No character three times in a row.
        disable_repeating_characters: bool = "true",
        /// Not the login, the extension or the local part of the e-mail address.
        disable_account_information: bool = "true",
    }
    /// A span of a day, 24-hour `HH:MM`.
    TimeRange, "TimeRangeInput" {
        /// Its first minute.
        from: String,
        /// Its last minute, later than the first.
        to: String,
    }
    /// The opening hours of one day of the week.
    OfficeDay, "OfficeDayInput" {
        /// Whether it is a working day.
        enabled: bool = "true",
        /// When it is open; an open day without ranges is open all day.
        ranges: Vec<TimeRange> = "vec![]",
    }
    /// The opening hours of a week, in the tenant's time zone.
    OfficeHours, "OfficeHoursInput" {
        /// Monday.
        monday: OfficeDay,
        /// Tuesday.
        tuesday: OfficeDay,
        /// Wednesday.
        wednesday: OfficeDay,
        /// Thursday.
        thursday: OfficeDay,
        /// Friday.
        friday: OfficeDay,
        /// Saturday.
        saturday: OfficeDay,
        /// Sunday.
        sunday: OfficeDay,
    }
    /// A caller id that a provider's trunk shows.
    OutboundCallerId, "OutboundCallerIdInput" {
        /// The provider's trunk, by its opaque id.
        provider_id: String,
        /// The number shown, 1 to 64 characters.
        caller_id: String,
        /// What it is for.
        description: Option<String>,
    }
    /// How numbers are brought into E.164.
    E164, "E164Input" {
        /// Whether they are.
        enabled: bool = "false",
        /// What dials abroad, such as `00`.
        international_code: Option<String>,
        /// The country and its code, such as `France(33)`.
        country: Option<String>,
        /// The local area code.
        area_code: Option<String>,
        /// What dials another area, such as `0`.
        national_code: Option<String>,
        /// What goes before the result, such as `+`.
        prefix: Option<String>,
        /// Whether characters that are no digits are taken out.
        remove_special_chars: bool = "false",
        /// Whether a country code that stands twice is taken out.
        remove_duplicate_countries: bool = "true",
        /// Whether an area code that stands twice is taken out.
        remove_duplicate_area_codes: bool = "true",
    }
    /// A URL that hears of a tenant's events; its password and token are write-only columns.
    EventTarget, "EventTargetInput" {
        /// Whether it hears anything.
        enabled: bool = "false",
        /// How it wants to be authenticated.
        auth: EventAuth = "EventAuth::Disable",
        /// The user name for BASIC and DIGEST, 6 to 64 lower-case letters and digits.
        username: Option<String>,
        /// Where to, http or https, at most 128 characters.
        url: Option<String>,
    }
    /// A SIP header that is added to calls.
    AddedHeader, "AddedHeaderInput" {
        /// The header's name, a SIP token.
        name: String,
        /// Its value.
        value: String,
        /// Which calls.
        scope: HeaderScope = "HeaderScope::Trunk",
    }
    /// A SIP header that is passed on.
    RelayedHeader, "RelayedHeaderInput" {
        /// The header's name, a SIP token.
        name: String,
        /// Which calls.
        scope: HeaderScope = "HeaderScope::Trunk",
    }
    /// One rule of a dial plan; the first that matches is applied.
    DialRule, "DialRuleInput" {
        /// A regular expression for the dialled number.
        pattern: String,
        /// What to dial instead; `\1` is the first group.
        replacement: String,
        /// What it is for.
        comment: Option<String>,
    }
    /// One branch of a number's scheduler.
    SchedulerBranch, "SchedulerBranchInput" {
        /// What takes the calls.
        #[serde(rename = "type")]
        #[graphql(name = "type")]
        kind: BranchType,
        /// Which one: a login, a group, a menu or a number.
        target: String = "String::new()",
        /// Its name, as people say it.
        target_name: String = "String::new()",
        /// The greeting that is played first.
        greeting: String = "String::new()",
        /// Whether the greeting is the tenant's own.
        custom: bool = "false",
    }
    /// The working time of a day, in seconds after local midnight.
    WorkingTime, "WorkingTimeInput" {
        /// When it begins; 32400 is 09:00.
        from: i32,
        /// When it ends.
        to: i32,
    }
    /// The working time of a week; null is a holiday.
    WeekSchedule, "WeekScheduleInput" {
        /// Sunday.
        sunday: Option<WorkingTime>,
        /// Monday.
        monday: Option<WorkingTime>,
        /// Tuesday.
        tuesday: Option<WorkingTime>,
        /// Wednesday.
        wednesday: Option<WorkingTime>,
        /// Thursday.
        thursday: Option<WorkingTime>,
        /// Friday.
        friday: Option<WorkingTime>,
        /// Saturday.
        saturday: Option<WorkingTime>,
    }
    /// Where a number's calls go by the time of the week.
    Scheduler, "SchedulerInput" {
        /// Within the working time.
        work: SchedulerBranch,
        /// At any other time.
        rest: SchedulerBranch,
        /// The working time.
        schedule: WeekSchedule,
    }
}
