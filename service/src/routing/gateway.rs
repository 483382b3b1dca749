//! Gateways: where calls leave, and what leaves with one.

use entity::{
    Id, List,
    gateway::{self, Column},
    phone_number, route, tenant,
    value::{Codec, NetworkProtocol, Transport},
};
use sea_orm::{
    ColumnTrait, Set,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    MaybeSecret, Problems, Result, Rules, Tx,
    check::{new_uuid, numbers_within, texts_at_most},
    inputs,
};

use super::{note_rewriting, route::unroute, tidy_codecs};

inputs! {
    gateway: GatewayCreateInput, GatewayUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's; an operator's serves all tenants.
            tenant_id: Option<Id<tenant::Entity>>,
        }
        required {
            /// What it is called, 1 to 255 characters.
            name: String,
            /// Its host name or address, 1 to 255 characters.
            host: String,
        }
        optional {
            /// One that is not takes no calls. `true` on a new one.
            enabled: bool,
            /// What it is for, at most 1024 characters. Null on a new one.
            description: Option<String>,
            /// Its port, 1 to 65535; null works as 5060. Null on a new one.
            port: Option<i32>,
            /// How SIP travels to it. `NONE` on a new one.
            transport: Transport,
            /// Which Internet protocols it is reached by. `IPV4_ONLY` on a new one.
            network_protocol: NetworkProtocol,
            /// The proxy that calls go through. Null on a new one.
            outbound_address: Option<String>,
            /// The proxy's port, 0 to 65535. 5060 on a new one.
            outbound_port: i32,
            /// The name it wants to be told. Null on a new one.
            authorization_name: Option<String>,
            /// The password it wants to be told. Null on a new one.
            authorization_password: MaybeSecret,
            /// Its codecs, the preferred first, at least one. `PCMU`, `PCMA` and `TELEPHONE_EVENT` on a new one.
            codecs: List<Codec>,
            /// A regular expression for the caller's number. Null on a new one.
            src_rewrite_rule: Option<String>,
            /// What the caller's number becomes. Null on a new one.
            src_rewrite_result: Option<String>,
            /// A regular expression for the called number. Null on a new one.
            dst_rewrite_rule: Option<String>,
            /// What the called number becomes. Null on a new one.
            dst_rewrite_result: Option<String>,
            /// The device's model, by its id in the model list. `genericGatewayStandard` on a new one.
            model: String,
            /// The device's serial number. Null on a new one.
            serial_number: Option<String>,
            /// The device's firmware version. Null on a new one.
            device_version: Option<String>,
            /// What goes before the dialled number. Null on a new one.
            prefix: Option<String>,
            /// Whether every branch may use it. `false` on a new one.
            shared: bool,
            /// Whether calls go through the internal session border controller. `false` on a new one.
            use_internal_bridge: bool,
            /// The caller id that calls show by default. Null on a new one.
            default_caller_alias: Option<String>,
            /// Whether calls hide the caller. `false` on a new one.
            anonymous: bool,
            /// Whether a user's own caller id is ignored. `false` on a new one.
            ignore_user_info: bool,
            /// Whether the caller id is made from the user's extension. `false` on a new one.
            transform_user_extension: bool,
            /// What goes before the extension then. Null on a new one.
            add_prefix: Option<String>,
            /// How many of the extension's last digits are kept then; 0 is all, as on a new one.
            keep_digits: i32,
            /// The name that calls show. Null on a new one.
            display_name: Option<String>,
            /// Parameters of the caller's SIP URI. Null on a new one.
            url_parameters: Option<String>,
        }
    }
}

impl Rules for gateway::Entity {
    type Create = GatewayCreateInput;
    type Update = GatewayUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut gateway::ActiveModel) -> Result<()> {
        if row.id.is_not_set() {
            row.uuid = Set(new_uuid(tx.now())?);
        }
        let mut problems = Problems::default();
        if let Set(name) = &row.name {
            problems.filled(name, 255, Column::Name);
        }
        if let Set(host) = &row.host {
            problems.filled(host, 255, Column::Host);
            let plain = !host.contains(char::is_whitespace) || host.trim().is_empty();
            problems.unless(plain, Column::Host, "must not have white space");
        }
        if let Set(model) = &row.model {
            problems.filled(model, 255, Column::Model);
        }
        if let Set(Some(password)) = &row.authorization_password {
            problems.at_most(password.as_open().unwrap_or_default(), 255, Column::AuthorizationPassword);
        }
        tidy_codecs(&mut problems, &mut row.codecs, Column::Codecs);
        let row: &gateway::ActiveModel = row;
        texts_at_most(&mut problems, row, 1024, &[Column::Description]);
        texts_at_most(
            &mut problems,
            row,
            255,
            &[
                Column::OutboundAddress,
                Column::AuthorizationName,
                Column::SerialNumber,
                Column::DeviceVersion,
                Column::Prefix,
                Column::DefaultCallerAlias,
                Column::AddPrefix,
                Column::DisplayName,
                Column::UrlParameters,
            ],
        );
        numbers_within(&mut problems, row, 1..=65_535, &[Column::Port]);
        numbers_within(&mut problems, row, 0..=65_535, &[Column::OutboundPort]);
        numbers_within(&mut problems, row, 0..=i32::MAX, &[Column::KeepDigits]);
        let (rules, results) = (
            [Column::SrcRewriteRule, Column::DstRewriteRule],
            [Column::SrcRewriteResult, Column::DstRewriteResult],
        );
        note_rewriting(&mut problems, row, rules, results);
        problems.result()?;

        if let Set(Some(id)) = row.tenant_id {
            tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
        }
        Ok(())
    }

    /// The routes that lead to it go along, and public numbers leave by it no longer.
    async fn check_delete(tx: &Tx<'_>, row: &gateway::Model) -> Result<()> {
        let routes = tx.rows::<route::Entity>(route::Column::GatewayId.eq(row.id)).await?;
        unroute(tx, routes.iter().map(|route| route.id).collect()).await?;
        tx.delete_all::<route::Entity>(routes).await?;

        let leaving = Query::select()
            .column(Alias::new("phone_number_id"))
            .from(Alias::new("phone_number_gateway"))
            .and_where(ExprTrait::eq(Expr::col(Alias::new("gateway_id")), row.id.number()))
            .to_owned();
        let numbers = phone_number::Column::Id.in_subquery(leaving);
        let numbers = tx.rows::<phone_number::Entity>(numbers).await?;
        let stay = |number: &mut phone_number::ActiveModel| {
            if let Some(ids) = number.gateway_ids.try_as_ref() {
                let rest: Vec<_> = ids.iter().copied().filter(|id| *id != row.id).collect();
                number.gateway_ids.set_if_not_equals(rest.into());
            }
        };
        tx.update_all::<phone_number::Entity>(numbers, stay).await
    }
}
