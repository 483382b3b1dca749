//! Domains as this API writes and reads them.

use entity::{Id, List, dial_plan, plain_number, route, tenant, value};
use serde::{Deserialize, Serialize};
use service::Patch;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use super::{
    body::Word,
    error::{BAD_REQUEST, Result},
};

/// What this API calls "unlimited".
const UNLIMITED: i32 = -1;

/// How a domain is billed.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Billing {
    /// Free of charge, to try it.
    Demo,
    /// Billed.
    Billable,
}

impl From<Billing> for value::BillingType {
    fn from(billing: Billing) -> Self {
        match billing {
            Billing::Demo => Self::Demo,
            Billing::Billable => Self::Billable,
        }
    }
}

impl From<value::BillingType> for Billing {
    fn from(billing: value::BillingType) -> Self {
        match billing {
            value::BillingType::Demo => Self::Demo,
            value::BillingType::Billable => Self::Billable,
        }
    }
}

/// How many calls a domain may have at once: one number for all, or one for those that come in and
/// one for those that go out.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum MaxLines {
    /// All together.
    Together(i32),
    /// Incoming and outgoing.
    Each([i32; 2]),
}

// By hand, because the derive has no bounds for the variants of such an enum.
impl ToSchema for MaxLines {}
impl PartialSchema for MaxLines {
    fn schema() -> RefOr<Schema> {
        let lines =
            || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(i32::MAX));
        let each = ArrayBuilder::new().items(lines()).min_items(Some(2)).max_items(Some(2));
        let about = "How many calls at once: one number for all, or one for those that come in and one for those that go out.";
        OneOfBuilder::new().item(lines()).item(each).description(Some(about)).into()
    }
}

/// A domain as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// The domain itself.
    #[schema(example = "acme.example")]
    pub name: String,
    /// Where its people log in.
    #[serde(rename = "accessURL")]
    #[schema(example = "https://acme.pbx.example")]
    access_url: String,
    /// How it is billed.
    billing_type: Billing,
    /// How many digits its extensions have.
    ext_digits: i32,
    /// How many calls it may have at once.
    max_lines: MaxLines,
    /// How many phones may ring for one account; -1 is unlimited.
    max_signal_contacts: i32,
    /// How many users it may have; -1 is unlimited.
    accounts_limit: i32,
    /// How many users it has.
    accounts_count: u64,
    /// Whether it is frozen; written as `isFrozen`.
    frozen: bool,
    /// The language of its user interface.
    #[schema(example = "english")]
    language: &'static str,
    /// Whether 112 and 911 are kept for emergency calls.
    emergency_num_enabled: bool,
    /// Whether 112 or 911 is an extension of it.
    emergency_num_used: bool,
    /// The id of its dial plan.
    #[schema(example = "1")]
    dialplan: Option<String>,
    /// The id of its route.
    #[schema(example = "2")]
    route: Option<String>,
    /// The names of its enabled services.
    services: Vec<String>,
}

/// What to write of a domain. What is absent stays as it is; on a new domain it has its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainBody {
    /// Where its people log in, an absolute http or https URL; by default `https://` and the domain.
    #[serde(default, rename = "accessURL")]
    #[schema(value_type = String, format = "uri", example = "https://acme.pbx.example")]
    access_url: Patch<String>,
    /// How it is billed; by default `demo`.
    #[serde(default)]
    #[schema(value_type = Billing)]
    billing_type: Patch<Word<Billing>>,
    /// How many digits its extensions have: 2 to 5, on a new domain 3 to 5 and by default 3.
    #[serde(default)]
    #[schema(value_type = i32, minimum = 2, maximum = 5)]
    pub ext_digits: Patch<i32>,
    /// How many calls it may have at once; by default 10.
    #[serde(default)]
    #[schema(value_type = MaxLines)]
    max_lines: Patch<MaxLines>,
    /// How many phones may ring for one account, 1 to 100; -1 is unlimited and the default.
    #[serde(default)]
    #[schema(value_type = i32, minimum = -1, maximum = 100)]
    max_signal_contacts: Patch<i32>,
    /// How many users it may have, 1 to 1000; -1 is unlimited and the default.
    #[serde(default)]
    #[schema(value_type = i32, minimum = -1, maximum = 1000)]
    accounts_limit: Patch<i32>,
    /// Whether it is frozen; shown as `frozen`.
    #[serde(default)]
    #[schema(value_type = bool)]
    is_frozen: Patch<bool>,
    /// The language of its user interface: `english`.
    #[serde(default)]
    #[schema(value_type = String, pattern = "^english$", example = "english")]
    language: Patch<String>,
    /// Whether 112 and 911 are kept for emergency calls; by default not.
    #[serde(default)]
    #[schema(value_type = bool)]
    emergency_num_enabled: Patch<bool>,
    /// The id of a dial plan of the catalogue, by default the first; null is none.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[1-9][0-9]*$", example = "1")]
    dialplan: Patch<Option<String>>,
    /// The id of a route of the catalogue, by default the first; null is none.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[1-9][0-9]*$", example = "2")]
    route: Patch<Option<String>>,
    /// The names of its enabled services; unknown ones are stored as given.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    services: Patch<Vec<String>>,
}

/// Figures about a domain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stat {
    /// The domain itself.
    pub name: String,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// How many users it may have; -1 is unlimited.
    pub accounts_limit: i32,
    /// How many users it has.
    pub accounts_count: u64,
    /// How many user groups it has.
    pub groups_count: u64,
    /// How many numbers are allocated to it.
    pub telnums_count: u64,
    /// How many SIP accounts outside the platform it has.
    #[serde(rename = "RSIPCount")]
    pub rsip_count: u64,
    /// How many users send their calls on to a SIP address.
    #[serde(rename = "SIPTransferCount")]
    pub sip_transfer_count: u64,
    /// The customer-relation systems that are connected.
    #[serde(rename = "activeCRM")]
    pub active_crm: Vec<String>,
}

/// Whether a domain is frozen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frozen {
    /// Whether it is.
    pub is_frozen: bool,
}

impl Domain {
    /// A tenant as it is shown.
    pub fn of(row: tenant::Model, accounts_count: u64, emergency_num_used: bool) -> Self {
        Self {
            access_url: access_url(&row),
            billing_type: row.billing_type.into(),
            ext_digits: row.ext_digits,
            max_lines: match row.max_lines_outgoing {
                None => MaxLines::Together(row.max_lines_incoming),
                Some(outgoing) => MaxLines::Each([row.max_lines_incoming, outgoing]),
            },
            max_signal_contacts: shown_limit(row.max_signal_contacts),
            accounts_limit: shown_limit(row.accounts_limit),
            accounts_count,
            frozen: row.frozen,
            language: language_word(row.language),
            emergency_num_enabled: row.emergency_num_enabled,
            emergency_num_used,
            dialplan: row.dial_plan_id.map(|id| id.number().to_string()),
            route: row.route_id.map(|id| id.number().to_string()),
            services: row.services.0,
            name: row.domain,
        }
    }
}

/// The columns of a tenant that this API writes, under the names of the tenant's two inputs.
pub struct Columns {
    pub access_url: Patch<Option<String>>,
    pub billing_type: Patch<value::BillingType>,
    pub ext_digits: Patch<i32>,
    pub max_lines_incoming: Patch<i32>,
    pub max_lines_outgoing: Patch<Option<i32>>,
    pub max_signal_contacts: Patch<Option<i32>>,
    pub accounts_limit: Patch<Option<i32>>,
    pub frozen: Patch<bool>,
    pub language: Patch<value::Language>,
    pub emergency_num_enabled: Patch<bool>,
    pub dial_plan_id: Patch<Option<Id<dial_plan::Entity>>>,
    pub route_id: Patch<Option<Id<route::Entity>>>,
    pub services: Patch<List<String>>,
}

/// Puts all [`Columns`] into a tenant's input for creating or updating.
macro_rules! put {
    ($columns:expr => $input:ident) => {{
        let columns = $columns;
        $input.access_url = columns.access_url;
        $input.billing_type = columns.billing_type;
        $input.ext_digits = columns.ext_digits;
        $input.max_lines_incoming = columns.max_lines_incoming;
        $input.max_lines_outgoing = columns.max_lines_outgoing;
        $input.max_signal_contacts = columns.max_signal_contacts;
        $input.accounts_limit = columns.accounts_limit;
        $input.frozen = columns.frozen;
        $input.language = columns.language;
        $input.emergency_num_enabled = columns.emergency_num_enabled;
        $input.dial_plan_id = columns.dial_plan_id;
        $input.route_id = columns.route_id;
        $input.services = columns.services;
    }};
}
pub(super) use put;

impl DomainBody {
    /// The body in columns; what a row `old` already shows is not written.
    pub fn columns(self, old: Option<&tenant::Model>) -> Result<Columns> {
        let (max_lines_incoming, max_lines_outgoing) = match self.max_lines {
            Patch::Keep => (Patch::Keep, Patch::Keep),
            Patch::Set(MaxLines::Together(lines)) => (Patch::Set(lines), Patch::Set(None)),
            Patch::Set(MaxLines::Each([incoming, outgoing])) => {
                (Patch::Set(incoming), Patch::Set(Some(outgoing)))
            }
        };
        Ok(Columns {
            access_url: match self.access_url {
                Patch::Set(url) if old.is_some_and(|old| access_url(old) == url) => Patch::Keep,
                url => url.map(Some),
            },
            billing_type: self.billing_type.map(|Word(billing)| billing.into()),
            ext_digits: self.ext_digits,
            max_lines_incoming,
            max_lines_outgoing,
            max_signal_contacts: self.max_signal_contacts.map(stored_limit),
            accounts_limit: self.accounts_limit.map(stored_limit),
            frozen: self.is_frozen,
            language: match self.language.into_set().as_deref() {
                None => Patch::Keep,
                Some("english") => Patch::Set(value::Language::En),
                Some(word) if old.is_some_and(|old| language_word(old.language) == word) => Patch::Keep,
                Some(_) => return Err(BAD_REQUEST.because(Some("language"), "must be english")),
            },
            emergency_num_enabled: self.emergency_num_enabled,
            dial_plan_id: reference(self.dialplan, "dialplan")?,
            route_id: reference(self.route, "route")?,
            services: self.services.map(List),
        })
    }
}

/// Where the tenant's people log in.
pub fn access_url(row: &tenant::Model) -> String {
    row.access_url.clone().unwrap_or_else(|| format!("https://{}", row.domain))
}

/// A limit as it is shown.
pub fn shown_limit(limit: Option<i32>) -> i32 {
    limit.unwrap_or(UNLIMITED)
}

fn stored_limit(limit: i32) -> Option<i32> {
    (limit != UNLIMITED).then_some(limit)
}

/// This API can write English alone, but shows what others wrote.
fn language_word(language: value::Language) -> &'static str {
    match language {
        value::Language::En => "english",
        value::Language::Ru => "russian",
        value::Language::Lt => "lithuanian",
        value::Language::Lv => "latvian",
    }
}

/// The row that a decimal id names, or none.
fn reference<E>(id: Patch<Option<String>>, key: &str) -> Result<Patch<Option<Id<E>>>> {
    match id {
        Patch::Keep => Ok(Patch::Keep),
        Patch::Set(None) => Ok(Patch::Set(None)),
        Patch::Set(Some(text)) => match plain_number(&text) {
            Some(number) => Ok(Patch::Set(Some(Id::new(number)))),
            None => Err(BAD_REQUEST.because(Some(key), "there is no such thing")),
        },
    }
}
