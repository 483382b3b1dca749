//! Relay's `Node`: anything by its opaque id.

use async_graphql::{Context, ID, Object};
use entity::{Kind, plain_number};
use service::Error;

use crate::{
    Result,
    call::call,
    failure::Failure,
    history::cdr::Cdr,
    numbering::{extension::Extension, phone_number::PhoneNumber},
    people::{external_account::ExternalAccount, sip_account::SipAccount, user::User, user_group::UserGroup},
    platform::{api_key::ApiKey, holiday::Holiday, session::Session, tenant::Tenant},
    routing::{dial_plan::DialPlan, gateway::Gateway, route::Route, trunk::Trunk},
};

/// Writes the interface `Node` over all views, and how to find one by its opaque id.
macro_rules! nodes {
    ($($kind:ident),*) => {
        #[cfg(test)]
        mod tests {
            /// A field of a row whose column is not found makes every list that shows it read whole rows.
            #[test]
            fn every_column_is_known_by_its_field() {
                $(assert_eq!($crate::selected::forgotten::<super::$kind>(), Vec::<String>::new());)*
            }
        }

        /// Anything with an id.
        #[allow(clippy::large_enum_variant, reason = "it lives only until it is written out")]
        #[derive(Clone, async_graphql::Interface)]
        #[graphql(field(name = "id", ty = "async_graphql::ID", desc = "Opaque and unique in the whole graph."))]
        pub enum Node {
            $(#[doc = "A view."] $kind($kind),)*
        }

        /// The row of this kind and number, as the caller may see it.
        pub(crate) async fn node(
            call: &$crate::Call,
            kind: entity::Kind,
            number: i64,
        ) -> service::Result<Option<Node>> {
            match kind {
                $(entity::Kind::$kind => {
                    let id = entity::Id::new(number);
                    let row = call.services.get::<<$kind as $crate::View>::Entity>(&call.caller, id).await?;
                    Ok(row.map(|row| Node::$kind(row.into())))
                })*
            }
        }

        /// The row that a change of this kind tells of, as the caller may see it.
        pub(crate) async fn node_of(
            services: &service::Services,
            caller: &service::Caller,
            kind: entity::Kind,
            heard: &service::Heard,
        ) -> service::Result<Option<Node>> {
            match kind {
                $(entity::Kind::$kind => {
                    let row = services.row_of::<<$kind as $crate::View>::Entity>(caller, heard).await?;
                    Ok(row.map(|row| Node::$kind(row.into())))
                })*
            }
        }

        /// The rows of this kind and these numbers, as the caller may see them.
        pub(crate) async fn nodes(
            call: &$crate::Call,
            kind: entity::Kind,
            numbers: Vec<i64>,
        ) -> service::Result<std::collections::HashMap<i64, Node>> {
            match kind {
                $(entity::Kind::$kind => {
                    let ids = numbers.into_iter().map(entity::Id::new).collect();
                    let rows = call.services.get_many::<<$kind as $crate::View>::Entity>(&call.caller, ids, &Default::default()).await?;
                    Ok(rows.into_iter().map(|row| (row.id.number(), Node::$kind(row.into()))).collect())
                })*
            }
        }
    };
}

nodes!(
    Tenant,
    User,
    UserGroup,
    Extension,
    SipAccount,
    ExternalAccount,
    PhoneNumber,
    Gateway,
    Trunk,
    Route,
    DialPlan,
    Session,
    ApiKey,
    Holiday,
    Cdr
);

/// How many ids one request may ask for.
const MOST: usize = 200;

/// The kind and number in an opaque id; what was never an id is BAD_REQUEST.
fn parse(id: &ID) -> Result<(Kind, i64)> {
    let parsed =
        id.rsplit_once('_').and_then(|(word, number)| Some((Kind::of_word(word)?, plain_number(number)?)));
    parsed.ok_or_else(|| Failure(Error::BadRequest("not an id of this graph".into())).into())
}

#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its id; null when there is none to see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Node>> {
        let call = call(ctx)?;
        call.caller.account().map_err(Failure)?;
        let (kind, number) = parse(&id)?;
        Ok(node(call, kind, number).await.map_err(Failure)?)
    }

    /// Many things by their ids, in the order of the ids; null where there is none to see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their ids, at most 200.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let call = call(ctx)?;
        call.caller.account().map_err(Failure)?;
        if ids.len() > MOST {
            return Err(Failure(Error::LimitExceeded("ask for at most 200 ids".into())).into());
        }
        let places = ids.iter().map(parse).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::new();
        found.resize_with(places.len(), || None);
        for kind in Kind::ALL {
            let numbers: Vec<i64> =
                places.iter().filter(|place| place.0 == *kind).map(|place| place.1).collect();
            if numbers.is_empty() {
                continue;
            }
            let rows = match nodes(call, *kind, numbers).await {
                Err(Error::Forbidden(..)) => continue,
                rows => rows.map_err(Failure)?,
            };
            for (place, found) in places.iter().zip(&mut found) {
                if place.0 == *kind {
                    *found = rows.get(&place.1).cloned();
                }
            }
        }
        Ok(found)
    }
}
