//! `customers`: the tenants of the platform, by the ids that the operator gave them.

use entity::{
    Id,
    tenant::{Column, Entity, Model},
};
use service::{
    Code, Error,
    platform::{TenantCreateInput, TenantUpdateInput},
    secret::random_text,
};

use super::{
    facts::{
        Form, Serves, Words,
        Writable::{Always, OnCreate},
    },
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Type, facts},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<Customers>);
    &KIND
}

const LANGUAGES: Words = &[("EN", "EN"), ("RU", "RU"), ("LT", "LT"), ("LV", "LV")];
const COUNT: Form = Form::Integer(0, i32::MAX as i64);

struct Customers;

impl Type for Customers {
    type Entity = Entity;

    const NAME: &'static str = "customers";
    const KEY: Key<Column> = Key::Chosen(Column::CustomerId);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("name", Form::Text, Column::Name).required().writable(OnCreate),
        Field::new("language", Form::Word(LANGUAGES), Column::Language).writable(OnCreate),
        Field::new("capacity_limit", COUNT, Column::CapacityLimit).or("incoming_capacity").writable(Always),
        Field::new("sip_account_limit", COUNT, Column::SipAccountLimit).writable(Always),
    ];
    const FILTERS: &'static [By<Column>] = &[By::Id];

    fn creation(call: &Call, given: &Given) -> service::Result<TenantCreateInput> {
        let id = given.id.clone().unwrap_or_default();
        let domain = domain(&id, &call.services().settings.base_domain, 1);
        Ok(TenantCreateInput {
            customer_id: id.into(),
            name: given.attribute("name")?,
            language: given.attribute("language")?,
            capacity_limit: given.attribute("capacity_limit")?,
            sip_account_limit: given.attribute("sip_account_limit")?,
            ..TenantCreateInput::of(domain)
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<TenantUpdateInput> {
        Ok(TenantUpdateInput {
            capacity_limit: given.attribute("capacity_limit")?,
            sip_account_limit: given.attribute("sip_account_limit")?,
            ..TenantUpdateInput::of(id)
        })
    }

    /// Looks for a domain that is free.
    async fn create(call: &Call, given: &Given) -> service::Result<Model> {
        let id = given.id.as_deref().unwrap_or_default();
        let mut attempt = 1;
        loop {
            let base = &call.services().settings.base_domain;
            let domain = match attempt {
                // Many ids want this domain, so one is drawn.
                ATTEMPTS => format!("customer-{}.{base}", random_text(LETTERS, 20)?),
                attempt => domain(id, base, attempt),
            };
            let input = TenantCreateInput { domain, ..Self::creation(call, given)? };
            match call.services().create::<Entity>(&call.caller, input).await {
                Err(error) if is_about_domain(&error) && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn delete(call: &Call, id: Id<Entity>) -> service::Result<()> {
        call.services().delete_customer(&call.caller, id).await
    }
}

/// How many domains are tried; two ids that differ in case or in marks alone want the same one.
const ATTEMPTS: u32 = 10;
/// What the last of them is made of.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

fn is_about_domain(error: &Error) -> bool {
    let taken = |problem: &service::Problem| {
        problem.code == Code::Taken
            && problem.field.as_ref().is_some_and(|path| path.iter().any(|name| name == "domain"))
    };
    matches!(error, Error::Refused(problems) if problems.iter().any(taken))
}

/// The SIP domain of a customer that is made here: its id, as far as a domain allows.
fn domain(id: &str, base: &str, attempt: u32) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let name: String = id.chars().map(plain).collect();
    // A label is 63 characters at most; the rest is room for the number of the attempt.
    let labels = name.split('.').map(|label| label.trim_matches('-')).filter(|label| !label.is_empty());
    let labels: Vec<&str> =
        labels.map(|label| label.get(..60).unwrap_or(label).trim_end_matches('-')).collect();
    let name = if labels.is_empty() { "customer".to_owned() } else { labels.join(".") };
    match attempt {
        1 => format!("{name}.{base}"),
        attempt => format!("{name}-{attempt}.{base}"),
    }
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn a_domain_is_made_of_the_id() {
        assert_eq!(domain("7001", "pbx.localhost", 1), "7001.pbx.localhost");
        assert_eq!(domain("Birch_Bakery", "pbx.localhost", 1), "birch-bakery.pbx.localhost");
        assert_eq!(domain("birch.bakery", "pbx.localhost", 2), "birch.bakery-2.pbx.localhost");
        assert_eq!(domain("-.-_.A-", "x", 1), "a.x");
        assert_eq!(domain("___", "x", 3), "customer-3.x");
        assert_eq!(domain(&"a".repeat(64), "x", 1), format!("{}.x", "a".repeat(60)));
    }
}
