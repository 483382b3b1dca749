//! Sessions: nobody makes or changes one by itself; logging in, refreshing and links do.

use entity::{Id, session};
use sea_orm::EntityTrait;

use crate::{Create, Rules, Update};

/// What a row is made of that no caller makes; there is no value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInput {}

/// What a caller changes of a row that none changes; there is no value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoUpdate {}

impl<E: EntityTrait> Create<E> for NoInput {
    fn apply(self, _row: &mut E::ActiveModel) {
        match self {}
    }
}

impl<E: EntityTrait> Update<E> for NoUpdate {
    fn id(&self) -> Id<E> {
        match *self {}
    }
    fn expected_version(&self) -> Option<i32> {
        match *self {}
    }
    fn apply(self, _row: &mut E::ActiveModel) {
        match self {}
    }
}

impl Rules for session::Entity {
    type Create = NoInput;
    type Update = NoUpdate;
}
