//! References between tables that refer to each other; SQLite has had them from the start.

crate::tables!(
    postgres r#"
ALTER TABLE tenant ADD CONSTRAINT tenant__dial_plan_id__fk FOREIGN KEY (dial_plan_id) REFERENCES dial_plan (id) ON DELETE SET NULL;
ALTER TABLE tenant ADD CONSTRAINT tenant__route_id__fk FOREIGN KEY (route_id) REFERENCES route (id) ON DELETE SET NULL;
ALTER TABLE "user" ADD CONSTRAINT user__scope_extension_id__fk FOREIGN KEY (scope_extension_id) REFERENCES extension (id) ON DELETE SET NULL;
"#
);
