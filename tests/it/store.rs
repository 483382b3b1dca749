//! Databases for tests: each test has its own, copied from a migrated one that is made once.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TryGetable,
};
use tokio::sync::OnceCell;

use crate::{http::PATIENCE, postgres::Cluster};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::obtain().expect("a PostgreSQL server"));

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A migrated database of one test, and a folder; both are gone when it is dropped.
pub struct Store {
    pub backend: Backend,
    pub url: String,
    pub folder: PathBuf,
    /// What it is called on the PostgreSQL server.
    database: Option<String>,
}

impl Store {
    /// A new database.
    pub async fn new(backend: Backend) -> Self {
        let (name, folder) = folder();
        match backend {
            Backend::Sqlite => {
                let file = folder.join("switchboard.db");
                std::fs::copy(sqlite_template().await, &file).expect("a copy of the template");
                let url = format!("sqlite://{}?mode=rwc", file.display());
                Self { backend, url, folder, database: None }
            }
            Backend::Postgres => {
                let template = postgres_template().await;
                administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Self { backend, url: CLUSTER.url(&name), folder, database: Some(name) }
            }
        }
    }

    /// The first database of a PostgreSQL server of the test's own, still without tables.
    pub fn of(cluster: &Cluster) -> Self {
        let (_, folder) = folder();
        Self { backend: Backend::Postgres, url: cluster.url("postgres"), folder, database: None }
    }

    /// A connection past the server, to see what is really stored.
    pub async fn connect(&self) -> DatabaseConnection {
        single(&self.url).await
    }

    /// Waits until nobody else has the database open: PostgreSQL may yet commit what a killed server asked for.
    pub async fn quiet(&self) {
        if self.backend == Backend::Sqlite {
            return; // what is killed is gone
        }
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let alone = async {
            while self.number(others).await > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, alone).await.expect("the end of all other sessions");
    }

    /// The one number that a query answers.
    pub async fn number(&self, sql: &str) -> i64 {
        number(&self.url, sql).await
    }
}

/// A name that no other test has, and a folder of this name.
fn folder() -> (String, PathBuf) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(format!("switchboard-{name}"));
    let _ = std::fs::remove_dir_all(&folder); // of an earlier process with this number
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    (name, folder)
}

/// The one number that a query answers in the database behind a URL.
async fn number(url: &str, sql: &str) -> i64 {
    value(url, sql).await.expect(sql)
}

/// The one text that a query answers in the database behind a URL; none where it finds no row.
pub async fn text(url: &str, sql: &str) -> Option<String> {
    value(url, sql).await
}

async fn value<T: TryGetable>(url: &str, sql: &str) -> Option<T> {
    let connection = single(url).await;
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    let value = row.expect(sql).map(|row| row.try_get_by_index(0).expect(sql));
    connection.close().await.expect("a closed connection");
    value
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(name) = self.database.take() {
            // On a thread of its own: this may be inside a runtime, or after its end.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                runtime.expect("a runtime").block_on(administer(&sql));
            });
            let _ = dropping.join();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Tells one set of migrations from another.
fn fingerprint() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migration/src");
    let mut files: Vec<_> =
        folder.read_dir().expect("the migrations").map(|entry| entry.expect("a migration").path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}

/// The migrated SQLite file that all are copied from; made by the first process that needs it.
async fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
    let make = async || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::create_dir_all(folder).expect("the folder of the template");
        let file = folder.join(format!("template-{:016x}.db", fingerprint()));
        if !file.exists() {
            let own = folder.join(format!("template-{}.db", std::process::id()));
            let _ = std::fs::remove_file(&own);
            let connection = single(&format!("sqlite://{}?mode=rwc", own.display())).await;
            Migrator::up(&connection, None).await.expect("the migrations on SQLite");
            connection.close().await.expect("a closed template");
            std::fs::rename(&own, &file).expect("a renamed template");
        }
        file
    };
    TEMPLATE.get_or_init(make).await
}

/// The migrated PostgreSQL database that all are copied from; made by the first process that needs it.
async fn postgres_template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let make = async || {
        tokio::task::block_in_place(|| LazyLock::force(&CLUSTER));
        let name = format!("it_template_{:016x}", fingerprint());
        let admin = single(&CLUSTER.url("postgres")).await;
        // The lock ends with this connection.
        run(&admin, "SELECT pg_advisory_lock(1769239412)").await;
        let found = Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
        );
        if admin.query_one_raw(found).await.expect("the list of databases").is_none() {
            run(&admin, &format!("DROP DATABASE IF EXISTS {name}_new WITH (FORCE)")).await;
            run(&admin, &format!("CREATE DATABASE {name}_new")).await;
            let template = single(&CLUSTER.url(&format!("{name}_new"))).await;
            Migrator::up(&template, None).await.expect("the migrations on PostgreSQL");
            template.close().await.expect("a closed template");
            run(&admin, &format!("ALTER DATABASE {name}_new RENAME TO {name}")).await;
        }
        admin.close().await.expect("a closed connection");
        name
    };
    TEMPLATE.get_or_init(make).await
}

async fn single(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("a connection")
}

async fn run(connection: &DatabaseConnection, sql: &str) {
    connection.execute_unprepared(sql).await.expect(sql);
}

/// Runs a statement on the PostgreSQL server itself.
async fn administer(sql: &str) {
    let admin = single(&CLUSTER.url("postgres")).await;
    run(&admin, sql).await;
    let _ = admin.close().await;
}
