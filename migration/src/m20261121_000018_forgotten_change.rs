//! Table `forgotten_change`: the one place up to which the log of changes has been thrown away.

crate::tables!(
    r#"
CREATE TABLE forgotten_change (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    "transaction" bigint NOT NULL,
    sequence bigint NOT NULL
);
INSERT INTO forgotten_change (id, "transaction", sequence) VALUES (1, 0, 0);
"#
);
