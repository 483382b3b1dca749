//! Holidays: days on which a tenant is closed, once or every year.

use chrono::NaiveDate;
use entity::{
    Id,
    holiday::{self, Column},
    tenant,
};
use sea_orm::{ActiveValue, Set};

use crate::{
    Code, Problems, Result, Rules, Tx,
    check::{note_region, numbers_within},
    inputs,
};

inputs! {
    holiday: HolidayCreateInput, HolidayUpdateInput {
        fixed {
            /// The tenant that is closed. By default the caller's.
            tenant_id: Id<tenant::Entity>,
        }
        required {
            /// What it is called, 1 to 64 characters.
            name: String,
            /// Where it is kept, ISO 3166-1 alpha-3.
            region: String,
            /// Whether it is one span of several days.
            consecutive: bool,
            /// Whether it comes back every year.
            every_year: bool,
            /// The month it begins, 1 to 12.
            month_start: i32,
            /// The day it begins, 1 to 31, one that the month has.
            day_start: i32,
        }
        optional {
            /// The year it begins, 1970 to 9999; there must be one unless it comes back every year, and then it is kept as null.
            year_start: Option<i32>,
            /// The year it ends; there must be one for several days unless they come back every year. Null on a new one.
            year_end: Option<i32>,
            /// The month it ends, 1 to 12; there must be one for several days. Null, the month it begins, on a new one.
            month_end: Option<i32>,
            /// The day it ends, 1 to 31; there must be one for several days. Null, the day it begins, on a new one.
            day_end: Option<i32>,
            /// The hour it begins, 0 to 23, in the tenant's time zone. 0 on a new one.
            hour_start: i32,
            /// The hour it ends, 0 to 23. 23 on a new one.
            hour_end: i32,
            /// The minute it begins, 0 to 59. 0 on a new one.
            minute_start: i32,
            /// The last minute of it, 0 to 59. 59 on a new one.
            minute_end: i32,
        }
    }
}

impl Rules for holiday::Entity {
    type Create = HolidayCreateInput;
    type Update = HolidayUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut holiday::ActiveModel) -> Result<()> {
        if row.every_year.try_as_ref() == Some(&true) {
            row.year_start.set_if_not_equals(None);
            row.year_end.set_if_not_equals(None);
        }
        let mut problems = Problems::default();
        note_fields(&mut problems, row);
        problems.result()?;
        let mut problems = Problems::default();
        note_span(&mut problems, row);
        problems.result()?;

        if let Set(id) = row.tenant_id {
            tx.referred::<tenant::Entity>(Column::TenantId, id).await?;
        }
        Ok(())
    }
}

fn note_fields(problems: &mut Problems, row: &holiday::ActiveModel) {
    if let Set(name) = &row.name {
        problems.filled(name, 64, Column::Name);
    }
    note_region(problems, row, Column::Region);
    numbers_within(problems, row, 1970..=9999, &[Column::YearStart, Column::YearEnd]);
    numbers_within(problems, row, 1..=12, &[Column::MonthStart, Column::MonthEnd]);
    numbers_within(problems, row, 1..=31, &[Column::DayStart, Column::DayEnd]);
    numbers_within(problems, row, 0..=23, &[Column::HourStart, Column::HourEnd]);
    numbers_within(problems, row, 0..=59, &[Column::MinuteStart, Column::MinuteEnd]);
}

/// Notes what is missing of the two ends, a day that its month has not, and an end before the beginning.
fn note_span(problems: &mut Problems, row: &holiday::ActiveModel) {
    let consecutive = told(&row.consecutive, false);
    let every_year = told(&row.every_year, false);
    let (year_start, year_end) = (told(&row.year_start, None), told(&row.year_end, None));
    let (month_end, day_end) = (told(&row.month_end, None), told(&row.day_end, None));

    let message = "say the year, or that it comes back every year";
    problems.note(every_year || year_start.is_some(), Code::Required, Column::YearStart, message);
    if consecutive {
        let message = "say when the last day is";
        problems.note(every_year || year_end.is_some(), Code::Required, Column::YearEnd, message);
        problems.note(month_end.is_some(), Code::Required, Column::MonthEnd, message);
        problems.note(day_end.is_some(), Code::Required, Column::DayEnd, message);
        if month_end.is_none() || day_end.is_none() {
            return;
        }
    }
    let (month_start, day_start) = (told(&row.month_start, 1), told(&row.day_start, 1));
    // What comes back every year may be the 29th of February, so its days are looked up in a leap year.
    let from = date(year_start.unwrap_or(2000), month_start, day_start);
    let until = date(
        year_end.or(year_start).unwrap_or(2000),
        month_end.unwrap_or(month_start),
        day_end.unwrap_or(day_start),
    );
    problems.unless(from.is_some(), Column::DayStart, "the month has no such day");
    let until_column = if day_end.is_some() { Column::DayEnd } else { Column::MonthEnd };
    problems.unless(until.is_some() || from.is_none(), until_column, "the month has no such day");
    let (Some(from), Some(until)) = (from, until) else { return };

    let begins = (told(&row.hour_start, 0), told(&row.minute_start, 0));
    let ends = (told(&row.hour_end, 23), told(&row.minute_end, 59));
    if !consecutive && ends < begins {
        problems.unless(false, Column::HourEnd, "must not be earlier than it begins");
    } else if !every_year && (until, ends) < (from, begins) {
        problems.unless(false, until_column, "must not be earlier than it begins");
    }
}

fn told<V: Into<sea_orm::Value> + Clone>(value: &ActiveValue<V>, default: V) -> V {
    value.try_as_ref().cloned().unwrap_or(default)
}

fn date(year: i32, month: i32, day: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn noted(row: holiday::ActiveModel) -> Vec<(Code, String)> {
        let mut problems = Problems::default();
        note_fields(&mut problems, &row);
        note_span(&mut problems, &row);
        let Err(Error::Refused(problems)) = problems.result() else { return Vec::new() };
        problems.into_iter().map(|one| (one.code, one.field.unwrap_or_default().join("."))).collect()
    }

    fn day(year: Option<i32>, month: i32, day: i32) -> holiday::ActiveModel {
        holiday::ActiveModel {
            name: Set("Rest".into()),
            region: Set("DEU".into()),
            consecutive: Set(false),
            every_year: Set(year.is_none()),
            year_start: Set(year),
            month_start: Set(month),
            day_start: Set(day),
            ..Default::default()
        }
    }

    fn until(row: holiday::ActiveModel, year: Option<i32>, month: i32, day: i32) -> holiday::ActiveModel {
        holiday::ActiveModel {
            consecutive: Set(true),
            year_end: Set(year),
            month_end: Set(Some(month)),
            day_end: Set(Some(day)),
            ..row
        }
    }

    #[test]
    fn a_day_exists() {
        assert!(noted(day(None, 2, 29)).is_empty());
        assert!(noted(day(Some(2024), 2, 29)).is_empty());
        assert_eq!(noted(day(Some(2023), 2, 29)), [(Code::Invalid, "day_start".to_owned())]);
        assert_eq!(noted(day(None, 4, 31)), [(Code::Invalid, "day_start".to_owned())]);
    }

    #[test]
    fn a_day_that_does_not_come_back_has_a_year() {
        let row = holiday::ActiveModel { every_year: Set(false), ..day(None, 5, 1) };
        assert_eq!(noted(row), [(Code::Required, "year_start".to_owned())]);
    }

    #[test]
    fn several_days_have_an_end() {
        let row = holiday::ActiveModel { consecutive: Set(true), ..day(None, 12, 24) };
        let told = [(Code::Required, "month_end".to_owned()), (Code::Required, "day_end".to_owned())];
        assert_eq!(noted(row), told);
        assert_eq!(
            noted(until(day(Some(2024), 12, 24), None, 12, 26)),
            [(Code::Required, "year_end".to_owned())]
        );
    }

    #[test]
    fn only_what_comes_back_goes_over_the_new_year() {
        assert!(noted(until(day(None, 12, 24), None, 1, 1)).is_empty());
        assert!(noted(until(day(Some(2024), 12, 24), Some(2025), 1, 1)).is_empty());
        assert_eq!(
            noted(until(day(Some(2024), 12, 24), Some(2024), 1, 1)),
            [(Code::Invalid, "day_end".to_owned())]
        );
    }

    #[test]
    fn a_day_ends_after_it_begins() {
        let row = holiday::ActiveModel { hour_start: Set(12), hour_end: Set(8), ..day(None, 5, 1) };
        assert_eq!(noted(row), [(Code::Invalid, "hour_end".to_owned())]);
        let row = holiday::ActiveModel { hour_start: Set(24), ..day(None, 5, 1) };
        assert_eq!(noted(row)[0], (Code::OutOfRange, "hour_start".to_owned()));
    }
}
