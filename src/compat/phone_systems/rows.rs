//! A type whose resources are rows of a table: the table's columns beside the type's facts.

use std::marker::PhantomData;

use entity::{Id, tenant};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IdenStatic, sea_query::Query as Statement};
use serde_json::Value;
use service::{Action, Columns, Rules, Services, Sort};
use uuid::Uuid;

use super::{
    body::{is_chosen_id, is_uuid},
    facts::{Attribute, Facts, Filter, Form, Ids, Relationship, Serves, Writable},
    given::Given,
    kind::Kind,
    query::{Query, boolean},
    store::{Call, Holder, Shown, Store, Work, not_served},
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
    /// The column of its ids.
    const KEY: Key<ColumnOf<Self::Entity>>;
    /// Which operations it has.
    const SERVES: Serves;
    /// Its attributes, in the order of the contract.
    const FIELDS: &'static [Field<Self::Entity>];
    /// Its relationships, in the order of the contract.
    const LINKS: &'static [Link<Self::Entity>] = &[];
    /// The filters of its collection.
    const FILTERS: &'static [By<Self::Entity>];

    /// The id of a row.
    fn id(row: &Row<Self>) -> String;

    /// What a new row is made of.
    fn creation(_call: &Call, _given: &Given) -> service::Result<<Self::Entity as Rules>::Create> {
        Err(not_served())
    }

    /// What to change of a row.
    fn change(id: Id<Self::Entity>, given: &Given) -> service::Result<<Self::Entity as Rules>::Update>;

    /// Makes a row.
    fn create(call: &Call, given: &Given) -> impl Future<Output = service::Result<Row<Self>>> + Send {
        async { call.services().create::<Self::Entity>(&call.caller, Self::creation(call, given)?).await }
    }

    /// Removes a row.
    fn delete(call: &Call, id: Id<Self::Entity>) -> impl Future<Output = service::Result<()>> + Send {
        call.services().delete::<Self::Entity>(&call.caller, id, None)
    }
}

/// The column of a type's ids.
#[derive(Clone, Copy, Debug)]
pub enum Key<C> {
    /// A UUID that the server makes.
    Uuid(C),
    /// A text that the operator chooses.
    Chosen(C),
}

impl<C: Copy> Key<C> {
    const fn column(self) -> C {
        match self {
            Self::Uuid(column) | Self::Chosen(column) => column,
        }
    }

    const fn ids(self) -> Ids {
        match self {
            Self::Uuid(_) => Ids::Uuid,
            Self::Chosen(_) => Ids::Chosen,
        }
    }
}

/// How an attribute is shown.
enum Show<M> {
    As(fn(&M) -> Value),
    Revealed,
}

/// An attribute and its column.
pub struct Field<E: EntityTrait> {
    attribute: Attribute,
    column: E::Column,
    show: Show<E::Model>,
    inverted: bool,
}

impl<E: EntityTrait> Field<E> {
    /// An attribute that is read only, and how a row shows it.
    pub const fn new(
        name: &'static str,
        form: Form,
        column: E::Column,
        show: fn(&E::Model) -> Value,
    ) -> Self {
        let attribute = Attribute { name, alias: None, form, writable: Writable::No, required: false };
        Self { attribute, column, show: Show::As(show), inverted: false }
    }

    /// An attribute that is stored as a secret.
    pub const fn secret(name: &'static str, column: E::Column) -> Self {
        let attribute =
            Attribute { name, alias: None, form: Form::Text, writable: Writable::No, required: false };
        Self { attribute, column, show: Show::Revealed, inverted: false }
    }

    /// The same, writable then.
    pub const fn writable(mut self, writable: Writable) -> Self {
        self.attribute.writable = writable;
        self
    }

    /// The same; a new resource must have it.
    pub const fn required(mut self) -> Self {
        self.attribute.required = true;
        self
    }

    /// The same with another name for bodies.
    pub const fn or(mut self, alias: &'static str) -> Self {
        self.attribute.alias = Some(alias);
        self
    }

    /// The same; its column says the opposite.
    pub const fn inverted(mut self) -> Self {
        self.inverted = true;
        self
    }
}

/// A relationship and its column.
pub struct Link<E: EntityTrait> {
    relationship: Relationship,
    column: E::Column,
    number: fn(&E::Model) -> Option<i64>,
}

impl<E: EntityTrait> Link<E> {
    /// A relationship that is read only, and where a row leads.
    pub const fn new(
        name: &'static str,
        target: fn() -> &'static Kind,
        column: E::Column,
        number: fn(&E::Model) -> Option<i64>,
    ) -> Self {
        let relationship = Relationship { name, target, writable: Writable::No, required: false };
        Self { relationship, column, number }
    }

    /// The same, writable then.
    pub const fn writable(mut self, writable: Writable) -> Self {
        self.relationship.writable = writable;
        self
    }

    /// The same; it always leads somewhere.
    pub const fn required(mut self) -> Self {
        self.relationship.required = true;
        self
    }
}

/// A filter and its column.
pub enum By<E: EntityTrait> {
    /// By the id.
    Id,
    /// By the id of the customer that this column names.
    Customer(E::Column),
    /// By a text.
    Text(&'static str, E::Column),
    /// By a truth.
    Truth(&'static str, E::Column),
    /// By a truth whose column says the opposite.
    Opposite(&'static str, E::Column),
}

impl<E: EntityTrait> By<E> {
    fn filter(&self) -> Filter {
        match self {
            Self::Id => Filter { name: "id", boolean: false },
            Self::Customer(_) => Filter { name: "customer.id", boolean: false },
            Self::Text(name, _) => Filter { name, boolean: false },
            Self::Truth(name, _) | Self::Opposite(name, _) => Filter { name, boolean: true },
        }
    }
}

/// The facts of a type, with its rows.
pub fn facts<T: Type>() -> Facts {
    Facts {
        name: T::NAME,
        ids: T::KEY.ids(),
        attributes: T::FIELDS.iter().map(|field| field.attribute).collect(),
        relationships: T::LINKS.iter().map(|link| link.relationship).collect(),
        filters: T::FILTERS.iter().map(By::filter).collect(),
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
            let (condition, sorts) = (condition::<T>(query), sorts::<T>(query));
            let listed = call.services().list_numbered::<T::Entity>(
                &call.caller,
                condition,
                &sorts,
                offset,
                query.size,
            );
            let (rows, total) = listed.await?;
            let shown: service::Result<Vec<Shown>> =
                rows.iter().map(|row| show::<T>(call.services(), row)).collect();
            Ok((shown?, total))
        })
    }

    fn find<'a>(&'a self, call: &'a Call, id: &'a str) -> Work<'a, Option<Shown>> {
        Box::pin(async move {
            let Some(named) = is_key::<T>(id) else { return Ok(None) };
            let found = call.services().find_one::<T::Entity>(&call.caller, named).await?;
            found.map(|row| show::<T>(call.services(), &row)).transpose()
        })
    }

    fn load<'a>(&'a self, call: &'a Call, numbers: Vec<i64>) -> Work<'a, Vec<Shown>> {
        Box::pin(async move {
            let ids = numbers.into_iter().map(Id::new).collect();
            let rows = call.services().get_many::<T::Entity>(&call.caller, ids, &Columns::default()).await?;
            rows.iter().map(|row| show::<T>(call.services(), row)).collect()
        })
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

fn show<T: Type>(services: &Services, row: &Row<T>) -> service::Result<Shown> {
    let value = |field: &Field<T::Entity>| match field.show {
        Show::As(show) => Ok(show(row)),
        Show::Revealed => Ok(services.reveal::<T::Entity>(row, field.column)?.into()),
    };
    Ok(Shown {
        number: <T::Entity as entity::Resource>::id(row).number(),
        id: T::id(row),
        attributes: T::FIELDS.iter().map(value).collect::<service::Result<_>>()?,
        related: T::LINKS.iter().map(|link| (link.number)(row)).collect(),
    })
}

/// What names the row with this id; nothing when no row can have it.
fn is_key<T: Type>(id: &str) -> Option<Condition> {
    let named = match T::KEY {
        Key::Uuid(column) => column.eq(uuid(id)?),
        Key::Chosen(column) if is_chosen_id(id) => column.eq(id),
        Key::Chosen(_) => return None,
    };
    Some(Condition::all().add(named))
}

fn uuid(id: &str) -> Option<Uuid> {
    if is_uuid(id) { Uuid::try_parse(id).ok() } else { None }
}

/// What all the filters of a query ask for.
fn condition<T: Type>(query: &Query) -> Condition {
    let one = |(at, values): &(usize, Vec<String>)| {
        T::FILTERS.get(*at).map(|by| filter::<T>(by, values)).unwrap_or_else(Condition::all)
    };
    query.filters.iter().map(one).fold(Condition::all(), Condition::add)
}

fn filter<T: Type>(by: &By<T::Entity>, values: &[String]) -> Condition {
    // PostgreSQL refuses to be asked for U+0000, which no text has.
    let texts = || values.iter().filter(|value| !value.contains('\0')).cloned();
    let truths = || values.iter().filter_map(|value| boolean(value));
    let matches = match by {
        By::Id => match T::KEY {
            // Matching is exact: another spelling of the same number is another text.
            Key::Uuid(column) => {
                let exact = |id: &String| uuid(id).filter(|found| found.to_string() == *id);
                column.is_in(values.iter().filter_map(exact))
            }
            Key::Chosen(column) => column.is_in(texts()),
        },
        By::Customer(column) => {
            let customers = Statement::select()
                .column(tenant::Column::Id)
                .from(tenant::Entity)
                .and_where(tenant::Column::CustomerId.is_in(texts()))
                .take();
            column.in_subquery(customers)
        }
        By::Text(_, column) => column.is_in(texts()),
        By::Truth(_, column) => column.is_in(truths()),
        By::Opposite(_, column) => column.is_in(truths().map(|truth| !truth)),
    };
    Condition::all().add(matches)
}

/// The sorts of a query, the id last so that no two rows are equal.
fn sorts<T: Type>(query: &Query) -> Vec<Sort<ColumnOf<T::Entity>>> {
    let by_id = |descending| {
        let numeric = matches!(T::KEY, Key::Chosen(_));
        Sort { column: T::KEY.column(), descending, numeric }
    };
    let mut sorts: Vec<_> = query
        .sorts
        .iter()
        .map(|sort| match sort.attribute.and_then(|at| T::FIELDS.get(at)) {
            None => by_id(sort.descending),
            Some(field) => {
                Sort { column: field.column, descending: sort.descending != field.inverted, numeric: false }
            }
        })
        .collect();
    if query.sorts.iter().all(|sort| sort.attribute.is_some()) {
        sorts.push(by_id(false));
    }
    sorts
}
