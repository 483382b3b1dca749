//! Requests with an `Idempotency-Key`: what was asked, how far it came, what was answered.

use sea_orm::entity::prelude::*;

use crate::{Id, Sealed, tenant, user};

/// One key of one account.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "keyed_request")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose key it is: a user, or a tenant whose own link logged somebody in.
    pub account: String,
    /// The user, with whom the row goes.
    pub user_id: Option<Id<user::Entity>>,
    /// The tenant whose own link it was, with which the row goes.
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// The key that the client chose.
    pub idempotency_key: String,
    /// What was asked, as a digest; sealed, because a body may hold a password that can be guessed.
    pub fingerprint: Sealed,
    /// Grows each time the request is run anew; a run of an earlier turn may not write any more.
    pub turn: i64,
    /// The id of the request that runs it.
    pub request_id: String,
    /// When it was begun.
    pub begun_at: DateTimeUtc,
    /// Whether it wrote; noted in the transaction of its first write.
    pub written: bool,
    /// Whether it came to its end.
    pub ended: bool,
    /// What was answered; none when that is lost or too large.
    pub answer: Option<Sealed>,
}

/// Only the database knows what the rows go with.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
