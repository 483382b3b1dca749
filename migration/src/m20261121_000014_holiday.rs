//! Table `holiday`: days on which a tenant is closed.

crate::tables!(
    r#"
CREATE TABLE holiday (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    name {text} NOT NULL,
    region {text} NOT NULL,
    consecutive boolean NOT NULL,
    every_year boolean NOT NULL,
    year_start integer,
    year_end integer,
    month_start integer NOT NULL,
    month_end integer,
    day_start integer NOT NULL,
    day_end integer,
    hour_start integer NOT NULL DEFAULT 0,
    hour_end integer NOT NULL DEFAULT 23,
    minute_start integer NOT NULL DEFAULT 0,
    minute_end integer NOT NULL DEFAULT 59,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CHECK (month_start BETWEEN 1 AND 12),
    CHECK (month_end BETWEEN 1 AND 12),
    CHECK (day_start BETWEEN 1 AND 31),
    CHECK (day_end BETWEEN 1 AND 31),
    CHECK (hour_start BETWEEN 0 AND 23),
    CHECK (hour_end BETWEEN 0 AND 23),
    CHECK (minute_start BETWEEN 0 AND 59),
    CHECK (minute_end BETWEEN 0 AND 59)
);
CREATE INDEX holiday_by_tenant_id ON holiday (tenant_id, id);
CREATE INDEX holiday_by_name ON holiday (name, id);
CREATE INDEX holiday_by_created_at ON holiday (created_at, id);
"#
);
