//! A type whose resources are rows of a table: the table's columns beside the type's facts.

use std::marker::PhantomData;

use entity::{Id, Resource};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, ModelTrait, Value as Stored,
    sea_query::{Query as Statement, SelectStatement, sea_value_to_json_value},
};
use serde_json::Value;
use service::{Action, Columns, Listing, Rules, Services};
use uuid::Uuid;

use super::{
    body::{is_chosen_id, is_uuid},
    columns::value,
    facts::{Facts, Serves},
    filters::{condition, sorts, texts},
    given::Given,
    query::Query,
    store::{Call, Holder, Shown, Store, Work, not_served},
};
pub use super::{
    columns::{Field, Key, Link},
    filters::By,
};

/// The row of a table.
pub type Row<T> = <<T as Type>::Entity as EntityTrait>::Model;
/// A column of a table.
pub type ColumnOf<E> = <E as EntityTrait>::Column;

/// A type whose resources are rows of a table.
pub trait Type: Send + Sync + 'static {
    /// The table.
    type Entity: Rules;

    /// Its name.
    const NAME: &'static str;
    /// Other spellings of its name in paths, and what the contract calls the list there, if it does.
    const ALIASES: &'static [(&'static str, Option<&'static str>)] = &[];
    /// The column of its ids.
    const KEY: Key<ColumnOf<Self::Entity>>;
    /// Which operations it has.
    const SERVES: Serves;
    /// Its attributes, in the order of the contract.
    const FIELDS: &'static [Field<Self::Entity>];
    /// Its relationships, in the order of the contract.
    const LINKS: &'static [Link<Self::Entity>] = &[];
    /// The filters of its collection.
    const FILTERS: &'static [By<ColumnOf<Self::Entity>>];

    /// Which of the table's rows are resources of the type.
    fn only() -> Condition {
        Condition::all()
    }

    /// What a new row is made of.
    fn creation(_call: &Call, _given: &Given) -> service::Result<<Self::Entity as Rules>::Create> {
        Err(not_served())
    }

    /// What to change of a row.
    fn change(_id: Id<Self::Entity>, _given: &Given) -> service::Result<<Self::Entity as Rules>::Update> {
        Err(not_served())
    }

    /// Makes a row.
    fn create(call: &Call, given: &Given) -> impl Future<Output = service::Result<Row<Self>>> + Send {
        async { call.services().create::<Self::Entity>(&call.caller, Self::creation(call, given)?).await }
    }

    /// Removes a row.
    fn delete(call: &Call, id: Id<Self::Entity>) -> impl Future<Output = service::Result<()>> + Send {
        call.services().delete::<Self::Entity>(&call.caller, id, None)
    }
}

/// Writes what a new row of a type is made of and what to change of one, where most attributes are set under
/// their own names both times.
macro_rules! written {
    (|$given:ident|
        $create:ident { $($new:tt)* }
        $update:ident { $($changed:tt)* }
        both { $($attribute:ident),* $(,)? }
    ) => {
        fn creation(_: &Call, $given: &Given) -> service::Result<$create> {
            Ok($create { $($attribute: $given.attribute(stringify!($attribute))?,)* $($new)* })
        }

        fn change(id: Id<Entity>, $given: &Given) -> service::Result<$update> {
            Ok($update { $($attribute: $given.attribute(stringify!($attribute))?,)* $($changed)* ..$update::of(id) })
        }
    };
}
pub(super) use written;

/// The facts of a type, with its rows.
pub fn facts<T: Type>() -> Facts {
    Facts {
        name: T::NAME,
        aliases: T::ALIASES,
        ids: T::KEY.ids(),
        attributes: T::FIELDS.iter().map(|field| field.attribute).collect(),
        relationships: T::LINKS.iter().map(|link| link.relationship).collect(),
        filters: T::FILTERS.iter().map(By::filter::<T>).collect(),
        serves: T::SERVES,
        has_self: true,
        shows_relationships: true,
        store: Box::new(Rows::<T>(PhantomData)),
    }
}

/// The rows of a type.
struct Rows<T>(PhantomData<fn() -> T>);

impl<T: Type> Store for Rows<T> {
    fn list<'a>(&'a self, call: &'a Call, query: &'a Query) -> Work<'a, (Vec<Shown>, u64)> {
        Box::pin(async move {
            let offset = (query.page - 1).saturating_mul(query.size).min(i64::MAX.unsigned_abs());
            let (filter, order) = (T::only().add(condition::<T>(query)), sorts::<T>(query));
            let listing = Listing { filter, order, columns: columns::<T>() };
            let services = call.services();
            let listed = services.list_numbered::<T::Entity>(&call.caller, &listing, offset, query.size);
            let (rows, total) = listed.await?;
            let shown: service::Result<Vec<Shown>> =
                rows.iter().map(|row| show::<T>(services, row)).collect();
            Ok((shown?, total))
        })
    }

    fn find<'a>(&'a self, call: &'a Call, id: &'a str) -> Work<'a, Option<Shown>> {
        Box::pin(async move {
            let Some(named) = is_key::<T>(id) else { return Ok(None) };
            let named = T::only().add(named);
            let found = call.services().find_part::<T::Entity>(&call.caller, named, &columns::<T>()).await?;
            found.map(|row| show::<T>(call.services(), &row)).transpose()
        })
    }

    fn load<'a>(&'a self, call: &'a Call, numbers: Vec<i64>) -> Work<'a, Vec<Shown>> {
        Box::pin(async move {
            let ids = numbers.into_iter().map(Id::new).collect();
            let rows = call.services().get_many::<T::Entity>(&call.caller, ids, &columns::<T>()).await?;
            rows.iter().map(|row| show::<T>(call.services(), row)).collect()
        })
    }

    fn numbers(&self, ids: &[String]) -> Option<SelectStatement> {
        let named = T::only().add(is_one_of::<T>(ids));
        Some(Statement::select().column(T::Entity::ID).from(T::Entity::default()).cond_where(named).take())
    }

    fn create<'a>(&'a self, call: &'a Call, given: &'a Given) -> Work<'a, Shown> {
        Box::pin(async move { show::<T>(call.services(), &T::create(call, given).await?) })
    }

    fn update<'a>(&'a self, call: &'a Call, number: i64, given: &'a Given) -> Work<'a, Shown> {
        Box::pin(async move {
            let change = T::change(Id::new(number), given)?;
            let row = call.services().update::<T::Entity>(&call.caller, change).await?;
            show::<T>(call.services(), &row)
        })
    }

    fn rehearse<'a>(&'a self, call: &'a Call, number: Option<i64>, given: &'a Given) -> Work<'a, ()> {
        Box::pin(async move {
            // Dropped at the end, which undoes it.
            let tx = call.services().begin(&call.caller).await?;
            match number {
                None => {
                    let grant = call.caller.grant::<T::Entity>(Action::Create)?;
                    tx.create(&grant, T::creation(call, given)?).await?;
                }
                Some(number) => {
                    let grant = call.caller.grant::<T::Entity>(Action::Update)?;
                    tx.change_by(&grant, T::change(Id::new(number), given)?).await?;
                }
            }
            Ok(())
        })
    }

    fn delete<'a>(&'a self, call: &'a Call, number: i64) -> Work<'a, ()> {
        Box::pin(T::delete(call, Id::new(number)))
    }

    fn holder(&self, column: &str) -> Option<Holder> {
        let id = (T::KEY.column().as_str() == column).then_some(Holder::Id);
        let link = T::LINKS.iter().find(|link| link.column.as_str() == column);
        let field = T::FIELDS.iter().find(|field| field.column.as_str() == column);
        id.or(link.map(|link| Holder::Relationship(link.relationship.name)))
            .or(field.map(|field| Holder::Attribute(field.attribute.name)))
    }
}

/// The columns that a type shows.
fn columns<T: Type>() -> Columns<ColumnOf<T::Entity>> {
    let (fields, links) = (T::FIELDS.iter().map(|one| one.column), T::LINKS.iter().map(|one| one.column));
    Columns::some([T::KEY.column()].into_iter().chain(fields).chain(links))
}

fn show<T: Type>(services: &Services, row: &Row<T>) -> service::Result<Shown> {
    let number = |link: &Link<T::Entity>| match row.get(link.column) {
        Stored::BigInt(number) => number,
        _ => None,
    };
    let id = match sea_value_to_json_value(&row.get(T::KEY.column())) {
        Value::String(id) => id,
        number => number.to_string(),
    };
    Ok(Shown {
        number: <T::Entity as Resource>::id(row).number(),
        id,
        attributes: T::FIELDS
            .iter()
            .map(|field| value(services, row, field))
            .collect::<service::Result<_>>()?,
        related: T::LINKS.iter().map(number).collect(),
    })
}

/// What names the row with this id; nothing when no row can have it.
fn is_key<T: Type>(id: &str) -> Option<Condition> {
    let named = match T::KEY {
        Key::Uuid(column) => column.eq(uuid(id)?),
        Key::Chosen(column) if is_chosen_id(id) => column.eq(id),
        Key::Chosen(_) => return None,
        Key::Number(column) => column.eq(number(id)?),
    };
    Some(Condition::all().add(named))
}

/// What names the rows with these ids. Matching is exact: another spelling of the same number is another text.
pub fn is_one_of<T: Type>(ids: &[String]) -> Condition {
    match T::KEY {
        Key::Uuid(column) => {
            let exact = |id: &String| uuid(id).filter(|found| found.to_string() == *id);
            Condition::all().add(column.is_in(ids.iter().filter_map(exact)))
        }
        Key::Chosen(column) => texts(column, ids),
        Key::Number(column) => Condition::all().add(column.is_in(ids.iter().filter_map(|id| number(id)))),
    }
}

fn uuid(id: &str) -> Option<Uuid> {
    if is_uuid(id) { Uuid::try_parse(id).ok() } else { None }
}

/// The number that a text is in decimal digits, written in no other way.
pub fn number(id: &str) -> Option<i64> {
    id.parse::<i64>().ok().filter(|number| number.to_string() == id)
}
