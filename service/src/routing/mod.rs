//! Where calls enter and leave the platform, and what is dialled instead of what was.

mod dial_plan;
mod gateway;
mod route;
mod trunk;

use entity::{List, value::Codec};
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, Value};

pub use dial_plan::{DialPlanCreateInput, DialPlanUpdateInput};
pub use gateway::{GatewayCreateInput, GatewayUpdateInput};
pub use route::{RouteCreateInput, RouteUpdateInput};
pub use trunk::{TrunkCreateInput, TrunkUpdateInput};

use crate::{
    Code, Problems,
    check::{is_pattern, without_repeats},
};

/// Notes a list of codecs without any, and leaves out those that came before.
fn tidy_codecs(
    problems: &mut Problems,
    codecs: &mut ActiveValue<List<Codec>>,
    column: impl sea_orm::IdenStatic,
) {
    if let ActiveValue::Set(list) = codecs {
        *list = without_repeats(std::mem::take(&mut list.0)).into();
        problems.note(!list.is_empty(), Code::Required, column, "name at least one codec");
    }
}

/// Notes rules that do not compile and results that are too long.
fn note_rewriting<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    rules: [<A::Entity as EntityTrait>::Column; 2],
    results: [<A::Entity as EntityTrait>::Column; 2],
) {
    for column in rules.into_iter().chain(results) {
        if let ActiveValue::Set(Value::String(Some(text))) = row.get(column) {
            problems.at_most(&text, 1024, column);
        }
    }
    for column in rules {
        if let ActiveValue::Set(Value::String(Some(text))) = row.get(column)
            && text.chars().count() <= 1024
        {
            problems.unless(is_pattern(&text), column, "use a regular expression");
        }
    }
}
