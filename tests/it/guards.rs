//! What keeps the sources as they are meant to be: which crate knows which, how long a file is, what
//! it is called, and that what is generated from them is fresh.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use entity::Kind;

/// Crates that a crate must not depend on; the arrows of the architecture go one way.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("entity", &["service", "schema", "switchboard", "migration", "axum", "hyper", "tower", "reqwest"]),
    (
        "service",
        &[
            "schema",
            "switchboard",
            "migration",
            "axum",
            "axum-server",
            "hyper",
            "hyper-util",
            "tower",
            "tower-http",
        ],
    ),
    (
        "schema",
        &["switchboard", "migration", "axum", "axum-server", "hyper", "hyper-util", "tower", "tower-http"],
    ),
    ("playground", &["entity", "service", "schema", "switchboard", "migration", "axum", "hyper"]),
    ("migration", &["entity", "service", "schema", "switchboard", "axum", "hyper"]),
];

/// Files of more than 400 lines, and why each is one file. This list may only shrink.
const LONG: &[(&str, &str)] = &[
    ("service/src/numbering/phone_number.rs", "a number, and all that follows it when it moves"),
    ("service/src/platform/tenant/checks.rs", "a tenant has 128 fields, most of them with a rule"),
    ("service/src/tx.rs", "the one way to write, to be read in one go"),
    ("entity/src/value.rs", "the closed sets of words and the composites, one after the other"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose names end like this.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|wrong| panic!("{}: {wrong}", folder.display())) {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|of| of == extension) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).expect("a path below the root").display().to_string()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
}

/// The names of the crates that a manifest's tables of dependencies list, those for tests left out.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut listed = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            listed = table.ends_with("dependencies") && !table.ends_with("dev-dependencies");
            // A table of its own: `[dependencies.serde]`.
            if let Some((_, name)) = table.split_once("dependencies.").filter(|_| !table.contains("dev-")) {
                names.insert(name.to_owned());
            }
        } else if listed && let Some((key, _)) = line.split_once('=') {
            names.insert(key.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

#[test]
fn no_crate_depends_on_what_it_must_not_know() {
    for (name, forbidden) in FORBIDDEN {
        let dependencies = dependencies(&read(format!("{name}/Cargo.toml")));
        assert!(!dependencies.is_empty() || *name == "playground", "{name} seems to depend on nothing");
        for one in *forbidden {
            assert!(!dependencies.contains(*one), "{name} must not depend on {one}");
        }
    }
    let of_migration = dependencies(&read("migration/Cargo.toml"));
    assert_eq!(of_migration, BTreeSet::from(["sea-orm-migration".to_owned()]), "what a migration may know");
    for manifest in [
        "Cargo.toml",
        "entity/Cargo.toml",
        "service/Cargo.toml",
        "schema/Cargo.toml",
        "playground/Cargo.toml",
    ] {
        assert!(!dependencies(&read(manifest)).contains("xtask"), "{manifest} depends on xtask");
    }
}

#[test]
fn dependencies_are_read_as_cargo_reads_them() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nc = \"1\"\n[dependencies.d]\nversion = \"1\"\n\
                    [dev-dependencies]\ne = \"1\"\n[build-dependencies]\nf = \"1\"\n";
    let names: Vec<_> = dependencies(manifest).into_iter().collect();
    assert_eq!(names, ["b", "c", "d", "f"]);
}

/// The statements that import something.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    let begins =
        |line: &&str| line.trim_start().starts_with("use ") || line.trim_start().starts_with("pub use ");
    source.split_inclusive(';').filter_map(move |part| {
        let at = part.lines().position(|line| begins(&line))?;
        let skipped: usize = part.lines().take(at).map(|line| line.len() + 1).sum();
        part.get(skipped..)
    })
}

#[test]
fn a_legacy_door_does_not_know_the_graph() {
    let names = |text: &str, word: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|one| one == word)
    };
    for path in files("src/compat", "rs") {
        let source = fs::read_to_string(&path).expect("a source");
        let imports: Vec<_> = imports(&source).collect();
        let of_crate = imports.iter().any(|import| import.contains("use schema"));
        // A module of the door may have this name.
        let own = imports.iter().any(|import| names(import, "schema"));
        assert!(!of_crate && (own || !source.contains("schema::")), "{} names the graph", below_root(&path));
        assert!(!names(&source, "async_graphql"), "{} names the graph's library", below_root(&path));
    }
}

#[test]
fn no_file_is_long_without_a_reason() {
    let mut long = BTreeSet::new();
    for folder in [
        "src",
        "entity/src",
        "migration/src",
        "service/src",
        "schema/src",
        "playground/src",
        "xtask/src",
        "benches/src",
        "tests",
    ] {
        for path in files(folder, "rs") {
            let lines = fs::read_to_string(&path).expect("a source").lines().count();
            if lines > 400 {
                long.insert((below_root(&path), lines));
            }
        }
    }
    let excused: BTreeSet<_> = LONG.iter().map(|(path, _)| (*path).to_owned()).collect();
    let new: Vec<_> = long.iter().filter(|(path, _)| !excused.contains(path)).collect();
    assert!(new.is_empty(), "split these, or say here why not: {new:?}");
    let gone: Vec<_> = excused.iter().filter(|path| !long.iter().any(|(one, _)| one == *path)).collect();
    assert!(gone.is_empty(), "these are short by now, take them off the list: {gone:?}");
}

#[test]
fn one_resource_has_one_file_name_in_every_folder() {
    for domain in ["history", "numbering", "people", "platform", "routing"] {
        for path in files(&format!("schema/src/{domain}"), "rs") {
            let name = path.file_name().expect("a name").to_str().expect("a readable name");
            if name == "viewer.rs" {
                continue; // it shows the caller, which is no row
            }
            let service = root().join("service/src").join(domain).join(name);
            assert!(service.exists(), "{} has no counterpart in service", below_root(&path));
        }
    }
    for kind in Kind::ALL {
        let file = format!("{}.rs", kind.word());
        for folder in ["entity/src", "service/src", "schema/src", "tests/it"] {
            let found = files(folder, "rs").iter().any(|path| path.ends_with(&file));
            assert!(found, "{kind:?} has no {file} below {folder}");
        }
    }
}

#[test]
fn what_is_generated_is_fresh() {
    let fresh = |path: &str, made: &str| {
        assert!(read(path).trim_end() == made.trim_end(), "{path} is stale: run `cargo xtask generate`");
    };
    fresh("schema.graphql", &schema::sdl());
    fresh("docs/policy.md", &service::policy());
}
