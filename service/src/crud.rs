//! The generic walk: get, list, create, update and delete for every resource.

use entity::{Id, Resource};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter,
    QuerySelect, QueryTrait, TryIntoModel, Value, sea_query::IntoCondition,
};

use crate::{
    Action, Caller, Code, Columns, Error, Grant, Problems, Result, Services, Tx,
    columns::{narrowed, rows},
};

/// What makes a table a resource of the domain: its inputs and its rules.
///
/// There are two hooks and there will be no third: a verb that needs more is written in full in its
/// own file.
pub trait Rules:
    Resource<
        Model: IntoActiveModel<<Self as EntityTrait>::ActiveModel> + Clone + Default + Send + Sync,
        ActiveModel: ActiveModelTrait<Entity = Self>
                         + TryIntoModel<<Self as EntityTrait>::Model>
                         + Send
                         + Sync,
    >
{
    /// What a new row is made of.
    type Create: Create<Self>;
    /// What to change of a row.
    type Update: Update<Self>;

    /// Refuses a row that breaks a rule, and fills in what is derived. Fields about to be written are
    /// `Set`; on a new row those left to their default are `NotSet`.
    fn check(_tx: &Tx<'_>, _row: &mut Self::ActiveModel) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Refuses to delete a row that others still need, and takes along what cannot be without it.
    fn check_delete(_tx: &Tx<'_>, _row: &Self::Model) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// What a new row is made of.
pub trait Create<E: EntityTrait>: Send {
    /// Puts the fields onto an empty row.
    fn apply(self, row: &mut E::ActiveModel);
}

/// What to change of a row.
pub trait Update<E: EntityTrait>: Clone + Send + Sync {
    /// Which row.
    fn id(&self) -> Id<E>;
    /// The version that the caller has seen.
    fn expected_version(&self) -> Option<i32>;
    /// Puts the fields that are there onto the row.
    fn apply(self, row: &mut E::ActiveModel);
}

/// Refuses when somebody else wrote in between.
pub(crate) fn expect_version<E: Resource>(row: &E::Model, expected: Option<i32>) -> Result<()> {
    match expected {
        Some(version) if version != E::version(row) => {
            let message = format!("the version is {} by now", E::version(row));
            Err(Error::refused(Code::Conflict, Some("expected_version"), message))
        }
        _ => Ok(()),
    }
}

impl Services {
    /// The first row that a condition names, in the caller's scope.
    pub async fn find_one<E: Rules>(
        &self,
        caller: &Caller,
        named: impl IntoCondition,
    ) -> Result<Option<E::Model>> {
        self.find_part::<E>(caller, named, &Columns::default()).await
    }

    /// The first row that a condition names, in the caller's scope, as far as these columns.
    pub async fn find_part<E: Rules>(
        &self,
        caller: &Caller,
        named: impl IntoCondition,
        columns: &Columns<E::Column>,
    ) -> Result<Option<E::Model>> {
        self.find_in(&caller.grant::<E>(Action::Read)?, named, columns).await
    }

    /// The first row that a condition names, of those that a grant reaches.
    pub(crate) async fn find_in<E: Rules>(
        &self,
        grant: &Grant<E>,
        named: impl IntoCondition,
        columns: &Columns<E::Column>,
    ) -> Result<Option<E::Model>> {
        let columns = columns.with([E::ID]);
        let query = narrowed(grant.select().filter(named).limit(1), &columns).into_query();
        let statement = self.reader.get_database_backend().build(&query);
        Ok(rows::<E>(&self.reader, statement, &columns).await?.pop())
    }

    /// The row with this id, in the caller's scope.
    pub async fn get<E: Rules>(&self, caller: &Caller, id: Id<E>) -> Result<Option<E::Model>> {
        self.find_one::<E>(caller, E::ID.eq(id)).await
    }

    /// Makes a row.
    pub async fn create<E: Rules>(&self, caller: &Caller, input: E::Create) -> Result<E::Model> {
        let grant = caller.grant::<E>(Action::Create)?;
        let tx = self.begin(caller).await?;
        let row = tx.create(&grant, input).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Changes a row.
    pub async fn update<E: Rules>(&self, caller: &Caller, input: E::Update) -> Result<E::Model> {
        let grant = caller.grant::<E>(Action::Update)?;
        if let Some(row) = self.update_unlocked(&grant, caller, &input).await? {
            return Ok(row);
        }
        let tx = self.begin(caller).await?;
        let row = tx.change_by(&grant, input).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Removes a row.
    pub async fn delete<E: Rules>(
        &self,
        caller: &Caller,
        id: Id<E>,
        expected_version: Option<i32>,
    ) -> Result<()> {
        let grant = caller.grant::<E>(Action::Delete)?;
        let tx = self.begin(caller).await?;
        let row = tx.find(&grant, id).await?;
        expect_version::<E>(&row, expected_version)?;
        E::check_delete(&tx, &row).await?;
        tx.delete::<E>(row).await?;
        tx.commit().await
    }
}

impl Tx<'_> {
    /// Makes a row by its rules, inside a greater write.
    pub async fn create<E: Rules>(&self, grant: &Grant<E>, input: E::Create) -> Result<E::Model> {
        let mut row = <E::ActiveModel as ActiveModelTrait>::default();
        input.apply(&mut row);
        grant.place(&mut row)?;
        refuse_unstorable::<E>(&row)?;
        E::check(self, &mut row).await?;
        self.insert(grant, row).await
    }

    /// Changes a row by its rules, inside a greater write.
    pub async fn change_by<E: Rules>(&self, grant: &Grant<E>, input: E::Update) -> Result<E::Model> {
        let old = self.find(grant, input.id()).await?;
        let row = self.changed::<E>(&old, input).await?;
        self.update(grant, old, row).await
    }

    /// A row with the input on it, by its rules.
    pub(crate) async fn changed<E: Rules>(&self, old: &E::Model, input: E::Update) -> Result<E::ActiveModel> {
        expect_version::<E>(old, input.expected_version())?;
        let mut row = old.clone().into_active_model();
        let mut sent = <E::ActiveModel as ActiveModelTrait>::default();
        input.apply(&mut sent);
        let differs = |row: &E::ActiveModel, column, value: &Value| {
            row.get(column).into_value().as_ref() != Some(value)
        };
        // In another tenant what was sent is meant, also where it is what stood there before.
        let moves = matches!(sent.get(E::TENANT), ActiveValue::Set(to) if differs(&row, E::TENANT, &to));
        for column in E::Column::iter() {
            if let ActiveValue::Set(value) = sent.get(column)
                && (moves || differs(&row, column, &value))
            {
                row.set(column, value);
            }
        }
        refuse_unstorable::<E>(&row)?;
        E::check(self, &mut row).await?;
        Ok(row)
    }
}

/// Whether both databases keep a time as it is.
fn is_storable(time: &chrono::DateTime<chrono::Utc>) -> bool {
    use chrono::{Datelike, Timelike};
    (1..=9999).contains(&time.year()) && time.nanosecond() < 1_000_000_000
}

/// Refuses what a database cannot store: texts with the character NUL, times out of its range.
pub(crate) fn refuse_unstorable<E: Rules>(row: &E::ActiveModel) -> Result<()> {
    fn has_nul(json: &serde_json::Value) -> bool {
        match json {
            serde_json::Value::String(text) => text.contains('\0'),
            serde_json::Value::Array(items) => items.iter().any(has_nul),
            serde_json::Value::Object(members) => members.values().any(has_nul),
            _ => false,
        }
    }
    let mut problems = Problems::default();
    for column in E::Column::iter() {
        match row.get(column) {
            ActiveValue::Set(Value::String(Some(text))) if text.contains('\0') => {
                problems.unless(false, column, "must not have the character NUL");
            }
            ActiveValue::Set(Value::Json(Some(json))) if has_nul(&json) => {
                problems.unless(false, column, "must not have the character NUL");
            }
            ActiveValue::Set(Value::ChronoDateTimeUtc(Some(time))) if !is_storable(&time) => {
                problems.unless(false, column, "use a time of the years 1 to 9999 and no leap second");
            }
            _ => {}
        }
    }
    problems.result()
}

/// What a caller may write about a resource: one list of fields makes two inputs.
///
/// ```text
/// inputs! { phone_number: PhoneNumberCreateInput, PhoneNumberUpdateInput {
///     fixed { … } required { … } optional { … }
/// } }
/// ```
/// `fixed` fields are set once, on a new row; `required` ones must be there on a new row; `optional`
/// ones have a default. The update input asks for the id alone; what nobody changes has none.
#[macro_export]
macro_rules! inputs {
    ($entity:ident: $create:ident {
        fixed { $($(#[$fdoc:meta])* $fix:ident: $fty:ty,)* }
        required { $($(#[$rdoc:meta])* $req:ident: $rty:ty,)* }
        optional { $($(#[$odoc:meta])* $opt:ident: $oty:ty,)* }
    }) => {
        #[doc = concat!("What a new ", stringify!($entity), " is made of.")]
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $create {
            $($(#[$fdoc])* pub $fix: $crate::Patch<$fty>,)*
            $($(#[$rdoc])* pub $req: $rty,)*
            $($(#[$odoc])* pub $opt: $crate::Patch<$oty>,)*
        }

        impl $create {
            /// A new one of which only this is told: `Create { name: new.into(), ..Create::of(…) }`.
            #[allow(clippy::too_many_arguments, reason = "as many as there are required fields")]
            pub fn of($($req: $rty),*) -> Self {
                Self { $($fix: Default::default(),)* $($req,)* $($opt: Default::default(),)* }
            }
        }

        impl $crate::Create<entity::$entity::Entity> for $create {
            fn apply(self, row: &mut entity::$entity::ActiveModel) {
                $(self.$fix.apply(&mut row.$fix);)*
                $(row.$req = sea_orm::Set(self.$req.into());)*
                $(self.$opt.apply(&mut row.$opt);)*
            }
        }
    };
    ($entity:ident: $create:ident, $update:ident {
        fixed { $($fixed:tt)* }
        required { $($(#[$rdoc:meta])* $req:ident: $rty:ty,)* }
        optional { $($(#[$odoc:meta])* $opt:ident: $oty:ty,)* }
    }) => {
        $crate::inputs! { $entity: $create {
            fixed { $($fixed)* }
            required { $($(#[$rdoc])* $req: $rty,)* }
            optional { $($(#[$odoc])* $opt: $oty,)* }
        } }

        #[doc = concat!("What to change of a ", stringify!($entity), ". What is absent stays as it is.")]
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $update {
            /// Which one to change.
            pub id: entity::Id<entity::$entity::Entity>,
            /// Refuses with `CONFLICT` when the version is no longer this one.
            pub expected_version: Option<i32>,
            $($(#[$rdoc])* pub $req: $crate::Patch<$rty>,)*
            $($(#[$odoc])* pub $opt: $crate::Patch<$oty>,)*
        }

        impl $update {
            /// Changes nothing yet: `Update { name: new.into(), ..Update::of(id) }`.
            pub fn of(id: entity::Id<entity::$entity::Entity>) -> Self {
                Self { id, expected_version: None, $($req: Default::default(),)* $($opt: Default::default(),)* }
            }
        }

        impl $crate::Update<entity::$entity::Entity> for $update {
            fn id(&self) -> entity::Id<entity::$entity::Entity> { self.id }
            fn expected_version(&self) -> Option<i32> { self.expected_version }
            fn apply(self, row: &mut entity::$entity::ActiveModel) {
                $(self.$req.apply(&mut row.$req);)*
                $(self.$opt.apply(&mut row.$opt);)*
            }
        }
    };
}
