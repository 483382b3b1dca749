//! Call detail records: the server writes one when a call has ended, and nobody changes it.

use entity::cdr::{self, Column};
use sea_orm::Set;

use crate::{Code, Create, Problems, Result, Rules, Tx, platform::NoUpdate};

/// What a switch tells of a call that has ended.
#[derive(Clone, Debug)]
pub struct EndedCall(pub cdr::ActiveModel);

impl Create<cdr::Entity> for EndedCall {
    fn apply(self, row: &mut cdr::ActiveModel) {
        *row = self.0;
    }
}

impl Rules for cdr::Entity {
    type Create = EndedCall;
    type Update = NoUpdate;

    async fn check(tx: &Tx<'_>, row: &mut cdr::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        for (text, column) in [(&row.engine, Column::Engine), (&row.leg_id, Column::LegId)] {
            match text {
                Set(text) => problems.filled(text, 255, column),
                _ => problems.note(false, Code::Required, column, "it must be told"),
            }
        }
        let seconds =
            [(&row.duration_seconds, Column::DurationSeconds), (&row.billed_seconds, Column::BilledSeconds)];
        for (seconds, column) in seconds {
            if let Set(seconds) = seconds {
                problems.unless(*seconds >= 0, column, "it cannot be negative");
            }
        }
        if let Set(started) = row.started_at {
            for (time, column) in [(&row.answered_at, Column::AnsweredAt), (&row.ended_at, Column::EndedAt)] {
                if let Set(Some(time)) = time {
                    problems.unless(*time >= started, column, "it cannot be before the call began");
                }
            }
        }
        problems.result()?;

        let tenant = row.tenant_id.try_as_ref().copied().flatten();
        tx.refers(Column::TenantId, &row.tenant_id, tenant).await?;
        tx.refers(Column::TrunkId, &row.trunk_id, tenant).await?;
        tx.refers(Column::GatewayId, &row.gateway_id, tenant).await?;
        tx.refers(Column::RouteId, &row.route_id, tenant).await
    }
}
