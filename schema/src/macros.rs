//! What every resource's file would repeat. Each macro tells what it writes; a resource that cannot be
//! written like this has no such line and writes its fields in full.

/// Says which row, filter and order a view has: `impl View`, `From<Model>` and the id that `Node` asks for.
macro_rules! view {
    ($view:ident of $entity:ident, $filter:ident, $order:ident) => {
        impl $crate::View for $view {
            type Entity = entity::$entity::Entity;
            type Filter = $filter;
            type Order = $order;

            fn row(&self) -> &entity::$entity::Model {
                &self.row
            }

            fn needs() -> &'static $crate::selected::Needs<Self> {
                static NEEDS: std::sync::OnceLock<$crate::selected::Needs<$view>> =
                    std::sync::OnceLock::new();
                NEEDS.get_or_init($crate::selected::needs::<$view>)
            }
        }

        impl $view {
            /// Its opaque id, for the interface `Node`.
            pub(crate) async fn id(
                &self,
                _: &async_graphql::Context<'_>,
            ) -> $crate::Result<async_graphql::ID> {
                Ok(async_graphql::ID(self.row.id.to_string()))
            }
        }

        impl From<entity::$entity::Model> for $view {
            fn from(row: entity::$entity::Model) -> Self {
                Self { row }
            }
        }
    };
}

/// Writes the one `#[ComplexObject]` of a view: to-one relations (`one`), lists of ids on the row
/// (`listed`), lists below it (`many`) and what is no relation at all (`own`).
macro_rules! links {
    (
        $view:ident
        $(one { $($(#[$odoc:meta])* $one:ident: $oview:ty = $by:ident,)* })?
        $(listed { $($(#[$ldoc:meta])* $listed:ident: $lview:ty = $lby:ident,)* })?
        $(many { $($(#[$mdoc:meta])* $many:ident: $mview:ty = $column:ident,)* })?
        $(own { $($own:item)* })?
    ) => {
        impl $crate::view::Links for $view {
            const LINKS: &'static [(&'static str, &'static str)] = &[
                $($((stringify!($one), stringify!($by)),)*)?
                $($((stringify!($listed), stringify!($lby)),)*)?
                $($((stringify!($many), "id"),)*)?
            ];

            #[allow(unused_variables, reason = "some lead nowhere")]
            fn follow<'c>(
                places: &'c [async_graphql::ContextSelectionSet<'c>],
                field: &'c async_graphql::Positioned<async_graphql::parser::types::Field>,
                rows: &[$crate::Shown<Self>],
            ) -> Option<$crate::follow::Followed<'c>> {
                let rows = rows.iter().map(|row| &row.view().row);
                let name = field.node.name.node.as_str();
                $($(if $crate::selected::is_named(name, stringify!($one)) {
                    let ids = rows.map(|row| row.$by.into()).collect();
                    return Some(Box::pin($crate::follow::one::<$oview>(places, field, ids)));
                })*)?
                $($(if $crate::selected::is_named(name, stringify!($many)) {
                    let column = <<$mview as $crate::View>::Entity as sea_orm::EntityTrait>::Column::$column;
                    let ids = rows.map(|row| row.id.number()).collect();
                    return Some(Box::pin($crate::follow::many::<$mview>(places, field, column, ids)));
                })*)?
                None
            }
        }

        #[async_graphql::ComplexObject]
        impl $view {
            $($($(#[$odoc])*
            async fn $one(&self, ctx: &async_graphql::Context<'_>) -> Option<$crate::Result<$crate::Shown<$oview>>> {
                // In this order the executor answers an error here with null here and not above.
                $crate::resolve::related::<$oview>(ctx, self.row.$by.into()).await.transpose()
            })*)?
            $($($(#[$ldoc])*
            async fn $listed(&self, ctx: &async_graphql::Context<'_>) -> $crate::Result<Vec<$crate::Shown<$lview>>> {
                $crate::resolve::all_related::<$lview>(ctx, &self.row.$lby).await
            })*)?
            $($($(#[$mdoc])*
            #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which of them.")] filter: Option<<$mview as $crate::View>::Filter>,
                #[graphql(desc = "In which order; by id when absent.")] order_by: Option<
                    Vec<$crate::connection::OrderBy<<$mview as $crate::View>::Order>>,
                >,
                #[graphql(desc = "How many from the beginning, 1 to 200; 50 when absent.")] first: Option<i32>,
                #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
                #[graphql(desc = "How many from the end, 1 to 200.")] last: Option<i32>,
                #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
            ) -> $crate::Result<$crate::connection::Connection<$mview>> {
                let window = $crate::connection::Window { first, after, last, before };
                let asked = $crate::connection::Asked { filter, order_by, window };
                let column = <<$mview as $crate::View>::Entity as sea_orm::EntityTrait>::Column::$column;
                $crate::resolve::page_below::<$mview>(ctx, column, self.row.id.number(), asked).await
            })*)?
            $($($own)*)?
        }
    };
}

/// Writes a filter input: one shared filter per column, and `and`, `or`, `not`.
macro_rules! filter {
    ($filter:ident of $entity:ident { $($(#[$doc:meta])* $field:ident: $type:ty = $column:ident,)* }) => {
        #[doc = concat!("Which rows of `", stringify!($entity), "` to list; all that is said must hold.")]
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            $($(#[$doc])* $field: Option<$type>,)*
            /// All of these.
            #[graphql(validator(max_items = 50))]
            and: Option<Vec<$filter>>,
            /// At least one of these.
            #[graphql(validator(max_items = 50))]
            or: Option<Vec<$filter>>,
            /// Not this.
            not: Option<Box<$filter>>,
        }

        impl $crate::view::Narrow for $filter {
            fn condition(&self) -> sea_orm::Condition {
                let mut all = sea_orm::Condition::all();
                $(if let Some(asked) = &self.$field {
                    all = all.add(service::filter::Compare::on(asked, entity::$entity::Column::$column));
                })*
                for one in self.and.iter().flatten() {
                    all = all.add(one.condition());
                }
                if let Some(some) = &self.or {
                    all = all.add(some.iter().fold(sea_orm::Condition::any(), |any, one| any.add(one.condition())));
                }
                if let Some(one) = &self.not {
                    all = all.add(service::filter::not(one.condition()));
                }
                all
            }
        }
    };
}

/// Writes the enum of what a list is sorted by; the columns must not be nullable.
macro_rules! order {
    ($order:ident of $entity:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        #[doc = concat!("By what lists of `", stringify!($entity), "` are sorted.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $order {
            /// By the number in the id: the order of making.
            Id,
            $($(#[$doc])* $field,)*
        }

        impl From<$order> for entity::$entity::Column {
            fn from(by: $order) -> Self {
                match by {
                    $order::Id => Self::Id,
                    $($order::$field => Self::$field,)*
                }
            }
        }
    };
}

/// Writes the root fields that read: one by id or by another unique column, and the list.
macro_rules! query {
    ($query:ident of $view:ident $name:literal { $one:ident($($key:ident: $type:ty = $column:ident),*), $many:ident }) => {
        #[derive(Default)]
        pub struct $query;

        #[async_graphql::Object]
        impl $query {
            #[doc = concat!("One ", $name, ", named by exactly one argument; null when there is none to see.")]
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Its id.")] id: Option<$crate::ViewKey<$view>>,
                $(#[graphql(desc = "Its unique value.")] $key: Option<$type>,)*
            ) -> $crate::Result<Option<$crate::Shown<$view>>> {
                type Column = <<$view as $crate::View>::Entity as sea_orm::EntityTrait>::Column;
                #[allow(unused_mut, reason = "some have no other key")]
                let mut named = Vec::from_iter(id.map(|id| {
                    sea_orm::Condition::all().add(sea_orm::ColumnTrait::eq(&Column::Id, id))
                }));
                $(named.extend($key.map(|key| {
                    sea_orm::Condition::all().add(sea_orm::ColumnTrait::eq(&Column::$column, key))
                }));)*
                $crate::resolve::one::<$view>(ctx, named).await
            }

            #[doc = concat!("Every ", $name, " that the caller may see, a page at a time.")]
            #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which of them.")] filter: Option<<$view as $crate::View>::Filter>,
                #[graphql(desc = "In which order; by id when absent.")] order_by: Option<
                    Vec<$crate::connection::OrderBy<<$view as $crate::View>::Order>>,
                >,
                #[graphql(desc = "How many from the beginning, 1 to 200; 50 when absent.")] first: Option<i32>,
                #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
                #[graphql(desc = "How many from the end, 1 to 200.")] last: Option<i32>,
                #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
            ) -> $crate::Result<Option<$crate::connection::Connection<$view>>> {
                let window = $crate::connection::Window { first, after, last, before };
                let asked = $crate::connection::Asked { filter, order_by, window };
                $crate::resolve::page(ctx, asked).await.map(Some)
            }
        }
    };
}

/// Writes a payload: the row as it is afterwards, or the rules that the input breaks.
macro_rules! payload {
    ($payload:ident of $view:ident, $field:ident) => {
        /// What a write answers.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The row as it is afterwards; null when the write was refused.
            $field: Option<$view>,
            /// The rules that the input breaks; empty when all is well.
            user_errors: Vec<$crate::failure::UserError>,
            /// The rest of the graph, to read on in the same request.
            query: $crate::root::Query,
        }

        impl $payload {
            /// The payload of an attempt.
            pub(crate) fn of(
                result: service::Result<$crate::ViewRow<$view>>,
            ) -> $crate::Result<Option<Self>> {
                let (row, user_errors) = $crate::failure::outcome(result)?;
                Ok(Some(Self { $field: row.map($view::from), user_errors, query: Default::default() }))
            }
        }
    };
}

/// Writes the root fields that make, change and remove a row.
macro_rules! mutation {
    ($mutation:ident of $view:ident $name:literal -> $payload:ident { $($verbs:tt)* }) => {
        #[derive(Default)]
        pub struct $mutation;

        mutation!(@ $mutation $view $name $payload [] $($verbs)*);
    };
    (@ $mutation:ident $view:ident $name:literal $payload:ident [$($done:item)*] create $create:ident, $($rest:tt)*) => {
        mutation!(@ $mutation $view $name $payload [$($done)*
            #[doc = concat!("Makes a ", $name, ".")]
            async fn $create(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What it is made of.")]
                input: <<$view as $crate::View>::Entity as service::Rules>::Create,
            ) -> $crate::Result<Option<$payload>> {
                let call = $crate::call::call(ctx)?;
                // Boxed, because the future of a wide resource would take much of a thread's stack.
                let made = Box::pin(call.services.create::<<$view as $crate::View>::Entity>(&call.caller, input));
                let made = made.await;
                $payload::of(made)
            }
        ] $($rest)*);
    };
    (@ $mutation:ident $view:ident $name:literal $payload:ident [$($done:item)*] update $update:ident, $($rest:tt)*) => {
        mutation!(@ $mutation $view $name $payload [$($done)*
            #[doc = concat!("Changes a ", $name, "; what the input leaves out stays as it is.")]
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one, and what to change of it.")]
                input: <<$view as $crate::View>::Entity as service::Rules>::Update,
            ) -> $crate::Result<Option<$payload>> {
                let call = $crate::call::call(ctx)?;
                let changed =
                    Box::pin(call.services.update::<<$view as $crate::View>::Entity>(&call.caller, input));
                let changed = changed.await;
                $payload::of(changed)
            }
        ] $($rest)*);
    };
    (@ $mutation:ident $view:ident $name:literal $payload:ident [$($done:item)*] delete $delete:ident, $($rest:tt)*) => {
        mutation!(@ $mutation $view $name $payload [$($done)*
            #[doc = concat!("Removes a ", $name, " and what cannot be without it.")]
            async fn $delete(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one.")] input: $crate::root::DeleteInput<$view>,
            ) -> $crate::Result<Option<$crate::root::DeletePayload>> {
                $crate::root::delete(ctx, input).await.map(Some)
            }
        ] $($rest)*);
    };
    (@ $mutation:ident $view:ident $name:literal $payload:ident [$($done:item)*]) => {
        #[async_graphql::Object]
        impl $mutation {
            $($done)*
        }
    };
}

/// Writes the subscription to one kind of row.
macro_rules! subscription {
    ($subscription:ident of $view:ident $name:literal { $changed:ident }) => {
        #[derive(Default)]
        pub struct $subscription;

        #[async_graphql::Subscription]
        impl $subscription {
            #[doc = concat!("Every change of a ", $name, " that the caller may see.")]
            async fn $changed(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Only rows that are, or were until now, this tenant's.")] tenant_id: Option<
                    entity::Id<entity::tenant::Entity>,
                >,
                #[graphql(desc = "Only this row.")] id: Option<$crate::ViewKey<$view>>,
                #[graphql(
                    desc = "Begin after this cursor, of any subscription; with what comes now when absent."
                )]
                since: Option<String>,
            ) -> $crate::Result<$crate::change::Changes<$crate::change::ChangeOf<$view>>> {
                $crate::change::of_view::<$view>(ctx, tenant_id, id, since).await
            }
        }
    };
}
