//! Trunks: where calls enter, each at a domain that no other trunk ever had.

use entity::{
    Id, List, tenant,
    trunk::{self, Column},
    value::{Codec, DestinationField, TrunkTransport},
};
use sea_orm::{
    Set,
    sea_query::{Alias, OnConflict, Query},
};

use crate::{
    Error, Problems, Result, Rules, Tx,
    check::{new_uuid, texts_at_most},
    inputs, secret,
};

use super::tidy_codecs;

inputs! {
    trunk: TrunkCreateInput, TrunkUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's.
            tenant_id: Id<tenant::Entity>,
        }
        required {}
        optional {
            /// What it is called, at most 255 characters. Null on a new one.
            name: Option<String>,
            /// Its codecs, the preferred first, at least one. `PCMU`, `PCMA` and `TELEPHONE_EVENT` on a new one.
            codecs: List<Codec>,
            /// How SIP travels. `UDP` on a new one.
            transport_protocol: TrunkTransport,
            /// Where the called number is read. `RURI_USERPART` on a new one.
            destination_field: DestinationField,
        }
    }
}

impl Rules for trunk::Entity {
    type Create = TrunkCreateInput;
    type Update = TrunkUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut trunk::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        tidy_codecs(&mut problems, &mut row.codecs, Column::Codecs);
        texts_at_most(&mut problems, row, 255, &[Column::Name]);
        problems.result()?;

        if let Set(id) = row.tenant_id {
            tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
        }
        if row.id.is_not_set() {
            row.uuid = Set(new_uuid(tx.now())?);
            row.domain = Set(reserve_domain(tx).await?);
        }
        Ok(())
    }
}

/// A domain that no trunk has or had: `<13 digits>.in.<base domain>`.
async fn reserve_domain(tx: &Tx<'_>) -> Result<String> {
    for _ in 0..10 {
        let digits = secret::random_text(b"0123456789", 13)?;
        let domain = format!("{digits}.in.{}", tx.services.settings.base_domain);
        let reserve = Query::insert()
            .into_table(Alias::new("trunk_domain"))
            .columns([Alias::new("domain")])
            .values_panic([domain.clone().into()])
            .on_conflict(OnConflict::column(Alias::new("domain")).do_nothing().to_owned())
            .to_owned();
        if tx.execute(&reserve).await? == 1 {
            return Ok(domain);
        }
    }
    Err(Error::broken("no free domain for a trunk"))
}
