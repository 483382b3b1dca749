//! `available_did_numbers`: the public numbers of customers.

use entity::{
    Id,
    phone_number::{Column, Entity},
};
use service::{
    Patch,
    numbering::{PhoneNumberCreateInput, PhoneNumberUpdateInput},
};

use super::{
    customers,
    facts::{
        Form, Serves,
        Writable::{Always, OnCreate},
    },
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
        Field::new("number", Form::Digits(15), Column::Number).required().writable(Always),
        Field::new("enabled", Form::Boolean, Column::Disabled).inverted().writable(Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::new("customer", customers::kind, Column::TenantId).required().writable(OnCreate)];
    const FILTERS: &'static [By<Column>] =
        &[By::Id, By::LinkedId("customer.id"), By::Attribute("number"), By::Attribute("enabled")];

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
