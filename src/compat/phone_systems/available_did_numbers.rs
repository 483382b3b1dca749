//! `available_did_numbers`: the public numbers of customers.

use entity::{
    Id,
    phone_number::{Column, Entity, Model},
};
use serde_json::json;
use service::{
    Patch,
    numbering::{PhoneNumberCreateInput, PhoneNumberUpdateInput},
};

use super::{
    customers,
    facts::{Form, Serves, Writable},
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<AvailableDidNumbers>);
    &KIND
}

struct AvailableDidNumbers;

impl Type for AvailableDidNumbers {
    type Entity = Entity;

    const NAME: &'static str = "available_did_numbers";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::<Entity>::new("number", Form::Digits(15), Column::Number, |row| json!(row.number))
            .required()
            .writable(Writable::Always),
        Field::<Entity>::new("enabled", Form::Boolean, Column::Disabled, |row| json!(!row.disabled))
            .inverted()
            .writable(Writable::Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            row.tenant_id.map(Id::number)
        })
        .required()
        .writable(Writable::OnCreate)];
    const FILTERS: &'static [By<Entity>] = &[
        By::Id,
        By::Customer(Column::TenantId),
        By::Text("number", Column::Number),
        By::Opposite("enabled", Column::Disabled),
    ];

    fn id(row: &Model) -> String {
        row.uuid.to_string()
    }

    fn creation(_: &Call, given: &Given) -> service::Result<PhoneNumberCreateInput> {
        Ok(PhoneNumberCreateInput {
            // Without a customer it is heard what is wrong with a number of the pool.
            tenant_id: Patch::Set(given.somebody("customer")),
            disabled: disabled(given)?,
            ..PhoneNumberCreateInput::of(given.required("number")?)
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<PhoneNumberUpdateInput> {
        Ok(PhoneNumberUpdateInput {
            number: given.attribute("number")?,
            disabled: disabled(given)?,
            ..PhoneNumberUpdateInput::of(id)
        })
    }
}

fn disabled(given: &Given) -> service::Result<Patch<bool>> {
    Ok(given.attribute::<bool>("enabled")?.map(|enabled| !enabled))
}
