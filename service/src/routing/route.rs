//! Routes: which calls leave through which gateway.

use entity::{
    Id, gateway,
    route::{self, Column},
    tenant,
};
use sea_orm::Set;

use crate::{
    Code, Error, Problems, Result, Rules, Tx,
    check::{is_digits, new_uuid, texts_at_most, texts_that},
    inputs,
};

use super::note_rewriting;

inputs! {
    route: RouteCreateInput, RouteUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's; an operator's serves all tenants.
            tenant_id: Option<Id<tenant::Entity>>,
        }
        required {
            /// What it is called, 1 to 255 characters.
            name: String,
            /// The gateway it leads to: a shared one, or one of the same tenant.
            gateway_id: Id<gateway::Entity>,
        }
        optional {
            /// How the caller's number begins, digits; empty is any, as on a new one.
            src_prefix: String,
            /// How the called number begins, digits; empty is any, as on a new one.
            dst_prefix: String,
            /// A regular expression for the caller's number. Null on a new one.
            src_rewrite_rule: Option<String>,
            /// What the caller's number becomes. Null on a new one.
            src_rewrite_result: Option<String>,
            /// A regular expression for the called number. Null on a new one.
            dst_rewrite_rule: Option<String>,
            /// What the called number becomes. Null on a new one.
            dst_rewrite_result: Option<String>,
        }
    }
}

impl Rules for route::Entity {
    type Create = RouteCreateInput;
    type Update = RouteUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut route::ActiveModel) -> Result<()> {
        if row.id.is_not_set() {
            row.uuid = Set(new_uuid(tx.now())?);
        }
        let row: &route::ActiveModel = row;
        let mut problems = Problems::default();
        if let Set(name) = &row.name {
            problems.filled(name, 255, Column::Name);
        }
        let is_prefix = |text: &str| text.is_empty() || is_digits(text);
        let prefixes = [Column::SrcPrefix, Column::DstPrefix];
        texts_that(&mut problems, row, is_prefix, "use digits, or leave it empty", &prefixes);
        texts_at_most(&mut problems, row, 255, &prefixes);
        let (rules, results) = (
            [Column::SrcRewriteRule, Column::DstRewriteRule],
            [Column::SrcRewriteResult, Column::DstRewriteResult],
        );
        note_rewriting(&mut problems, row, rules, results);
        match (problems.result(), refers(tx, row).await) {
            (Err(Error::Refused(mut problems)), Err(Error::Refused(more))) => {
                problems.extend(more);
                Err(Error::Refused(problems))
            }
            (form, references) => form.and(references),
        }
    }

    /// The tenants whose calls took it have none then.
    async fn check_delete(tx: &Tx<'_>, row: &route::Model) -> Result<()> {
        unroute(tx, vec![row.id]).await
    }
}

/// Refuses a tenant or a gateway that is not there, and a gateway of another tenant.
async fn refers(tx: &Tx<'_>, row: &route::ActiveModel) -> Result<()> {
    if let Set(Some(id)) = row.tenant_id {
        tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
    }
    if let Set(id) = row.gateway_id {
        let gateway = tx.referred::<gateway::Entity>(Column::GatewayId, id).await?;
        let tenant_id = row.tenant_id.try_as_ref().copied().flatten();
        if gateway.tenant_id.is_some() && gateway.tenant_id != tenant_id {
            let message = "the gateway belongs to another tenant than the route";
            return Err(Error::refused(Code::Invalid, Some("gateway_id"), message));
        }
    }
    Ok(())
}

/// Takes these routes from the tenants whose calls take them.
pub(super) async fn unroute(tx: &Tx<'_>, routes: Vec<Id<route::Entity>>) -> Result<()> {
    let tenants = tx.rows_naming::<tenant::Entity, _>(tenant::Column::RouteId, &routes).await?;
    tx.update_all::<tenant::Entity>(tenants, |tenant| tenant.route_id = Set(None)).await
}
