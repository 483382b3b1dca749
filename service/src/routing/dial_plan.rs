//! Dial plans: rules that rewrite dialled numbers.

use entity::{
    Id, List,
    dial_plan::{self, Column},
    extension, tenant,
    value::DialRule,
};
use sea_orm::{ColumnTrait, Set};

use crate::{
    Code, Error, Problems, Result, Rules, Tx,
    check::{is_pattern, path},
    inputs,
};

inputs! {
    dial_plan: DialPlanCreateInput, DialPlanUpdateInput {
        fixed {
            /// The tenant it belongs to. By default the caller's; an operator's serves all tenants.
            tenant_id: Option<Id<tenant::Entity>>,
        }
        required {
            /// What it is called, 1 to 255 characters.
            name: String,
        }
        optional {
            /// Its rules, at most 200; the first that matches is applied. None on a new one.
            rules: List<DialRule>,
        }
    }
}

impl Rules for dial_plan::Entity {
    type Create = DialPlanCreateInput;
    type Update = DialPlanUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut dial_plan::ActiveModel) -> Result<()> {
        let mut problems = Problems::default();
        if let Set(name) = &row.name {
            problems.filled(name, 255, Column::Name);
        }
        if let Set(rules) = &row.rules {
            note_rules(&mut problems, rules);
        }
        problems.result()?;

        if let Set(Some(id)) = row.tenant_id {
            let tenant = tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
            if let Some(limit) = tenant.dial_rule_limit
                && tx.count::<dial_plan::Entity>(Column::TenantId.eq(id)).await?
                    >= u64::try_from(limit).unwrap_or_default()
            {
                let message = "the tenant may have no more dial plans";
                return Err(Error::refused(Code::LimitReached, None, message));
            }
        }
        Ok(())
    }

    /// The tenants and extensions that had it have none then.
    async fn check_delete(tx: &Tx<'_>, row: &dial_plan::Model) -> Result<()> {
        let tenants = tx.rows::<tenant::Entity>(tenant::Column::DialPlanId.eq(row.id)).await?;
        tx.update_all::<tenant::Entity>(tenants, |tenant| tenant.dial_plan_id = Set(None)).await?;
        let extensions = tx.rows::<extension::Entity>(extension::Column::DialPlanId.eq(row.id)).await?;
        tx.update_all::<extension::Entity>(extensions, |extension| extension.dial_plan_id = Set(None)).await
    }
}

fn note_rules(problems: &mut Problems, rules: &List<DialRule>) {
    if rules.len() > 200 {
        problems.note(false, Code::TooLong, Column::Rules, "use at most 200 rules");
        return;
    }
    for (at, rule) in rules.iter().enumerate() {
        let at = at.to_string();
        let place = |name| path(["rules", &at, name]);
        if rule.pattern.is_empty() {
            problems.push(Code::Required, place("pattern"), "must not be empty");
        } else if rule.pattern.chars().count() > 1024 {
            problems.push(Code::TooLong, place("pattern"), "use at most 1024 characters");
        } else if !is_pattern(&rule.pattern) {
            problems.push(Code::Invalid, place("pattern"), "use a regular expression");
        }
        if rule.replacement.chars().count() > 1024 {
            problems.push(Code::TooLong, place("replacement"), "use at most 1024 characters");
        }
        if rule.comment.as_ref().is_some_and(|text| text.chars().count() > 1024) {
            problems.push(Code::TooLong, place("comment"), "use at most 1024 characters");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_does_not_compile_is_named() {
        let rule = |pattern: &str| DialRule {
            pattern: pattern.into(),
            replacement: r"7495\1".into(),
            comment: None,
        };
        let mut problems = Problems::default();
        note_rules(&mut problems, &vec![rule(r"^9(\d{7})$"), rule(""), rule("(")].into());
        let Err(Error::Refused(problems)) = problems.result() else { panic!("two rules are wrong") };
        let told: Vec<_> =
            problems.into_iter().map(|one| (one.code, one.field.unwrap_or_default().join("."))).collect();
        assert_eq!(
            told,
            [(Code::Required, "rules.1.pattern".to_owned()), (Code::Invalid, "rules.2.pattern".to_owned())]
        );
    }
}
