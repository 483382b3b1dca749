//! The running server: what it opens at its start, how it listens and how it ends.

use std::{
    fs::DirBuilder,
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use axum::extract::Request;
use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use service::{Clock, Services, Settings, Setup, token};
use tokio::sync::watch;

use crate::{
    app::{self, App, Readiness},
    config::{self, Config},
    graphql,
    rate::Rate,
    telemetry,
};

/// How long sockets may take to end when the server does.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long requests that are under way may go on after the signal to stop.
const DRAIN: Duration = Duration::from_secs(8);

/// How long a connection may take over the head of a request, and may idle between two.
const HEAD: Duration = Duration::from_secs(60);

/// The key of the lock under which one process at a time prepares a PostgreSQL database: "swbd".
const LOCK: i64 = 0x7377_6264;

/// The file of the master key in the data directory.
pub(crate) const MASTER_KEY: &str = "master.key";

/// The file of the token keys in the data directory.
pub(crate) const TOKEN_KEYS: &str = "token-keys.json";

/// The domain over an open, migrated database.
pub struct Base {
    /// The domain.
    pub services: Arc<Services>,
    /// Tells whether the database can serve.
    pub readiness: Readiness,
    /// The password of the first operator, if it was made just now and its password made up.
    pub first_password: Option<String>,
    connections: [DatabaseConnection; 2],
}

impl Base {
    /// Opens keys and database, applies what migrations are pending, and makes the first operator if
    /// there is none.
    ///
    /// # Errors
    /// When the data directory, a key or the database cannot be used, told for people.
    pub async fn open(config: &Config, clock: Clock) -> Result<Self> {
        private_folder(&config.data_dir)?;
        let master_key = master_key(config)?;
        let path = config.data_dir.join(TOKEN_KEYS);
        let keys =
            token::Keyring::open(path.clone()).map_err(told).with_context(|| path.display().to_string())?;
        let (reader, writer, lock) = migrated(config).await?;
        let settings = Settings {
            base_domain: config.base_domain.clone(),
            default_tenant: config.default_tenant.clone(),
            login_attempts: config.login_attempts,
            keep_changes_days: config.changes.keep_days,
            keep_cdrs_days: config.cdrs.keep_days,
        };
        let connections = [reader.clone(), writer.clone()];
        let readiness = Readiness::new(reader.clone());
        let setup = Setup { reader, writer, master_key, keys, clock, settings };
        let services = Services::open(setup).await.map_err(told)?;
        let made = services.ensure_operator(&config.admin_login, config.admin_password.clone()).await;
        let first_password = made.map_err(told).context("the first operator cannot be made")?;
        if let Some(lock) = lock {
            lock.commit().await?;
        }
        Ok(Self { services, readiness, first_password, connections })
    }

    /// Closes the database, so that nothing is left to do when it is opened again.
    pub async fn close(self) {
        close(self.connections).await;
    }
}

/// Applies the migrations that are pending, and does nothing else.
///
/// # Errors
/// When the database cannot be used, told for people.
pub async fn migrate(config: &Config) -> Result<()> {
    let (reader, writer, lock) = migrated(config).await?;
    if let Some(lock) = lock {
        lock.commit().await?;
    }
    close([reader, writer]).await;
    Ok(())
}

/// The connections to a database whose tables are as this version wants them, and the lock that other
/// processes wait for.
async fn migrated(
    config: &Config,
) -> Result<(DatabaseConnection, DatabaseConnection, Option<DatabaseTransaction>)> {
    let opened = service::connect(&config.database_url).await;
    let (reader, writer) = opened.map_err(told).context("the database cannot be opened")?;
    let lock = lock(&writer).await.context("the database cannot be locked")?;
    Migrator::up(&writer, None).await.context("the migrations cannot be applied")?;
    Ok((reader, writer, lock))
}

async fn close(connections: [DatabaseConnection; 2]) {
    for connection in connections {
        let closed = tokio::time::timeout(Duration::from_millis(500), connection.close()).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the database was not closed in time");
        }
    }
}

/// Waits until no other process prepares the same PostgreSQL database; SQLite has one process only.
async fn lock(writer: &DatabaseConnection) -> Result<Option<DatabaseTransaction>, sea_orm::DbErr> {
    if writer.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    // The lock ends with this transaction, also when the process dies.
    let transaction = writer.begin().await?;
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    Ok(Some(transaction))
}

/// A failure of the domain in words for the person who started the server.
pub(crate) fn told(failure: service::Error) -> anyhow::Error {
    match failure {
        service::Error::Refused(problems) => {
            let told = problems.into_iter().map(|problem| match problem.field {
                Some(field) => format!("{}: {}", field.join("."), problem.message),
                None => problem.message,
            });
            anyhow!(told.collect::<Vec<_>>().join("; "))
        }
        service::Error::Internal(cause) => anyhow!("{cause}"),
        other => anyhow!(other),
    }
}

/// Makes a folder that only its owner can look into, if it does not exist.
fn private_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("the data directory {} cannot be made", folder.display()))
}

/// The key of secrets at rest: the configured one, else the one in the data directory, made once.
fn master_key(config: &Config) -> Result<[u8; 32]> {
    let wrong = "is neither 64 hexadecimal digits nor the base64 of 32 bytes";
    if let Some(key) = &config.master_key {
        return config::key_bytes(key.expose()).with_context(|| format!("the master key {wrong}"));
    }
    let path = config.data_dir.join(MASTER_KEY);
    if !path.exists() {
        make_key(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    }
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    config::key_bytes(&text).with_context(|| format!("{} {wrong}", path.display()))
}

/// Writes a new key; of several processes that do so at once the first one wins, because what it
/// has sealed must stay readable.
fn make_key(path: &Path) -> Result<()> {
    let mut key = [0; 32];
    service::secret::fill(&mut key).map_err(told)?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let own = path.with_extension(format!("{}.key", std::process::id()));
    token::write_private(&own, format!("{text}\n").as_bytes())?;
    let linked = std::fs::hard_link(&own, path);
    std::fs::remove_file(&own)?;
    match linked {
        Err(failure) if failure.kind() != std::io::ErrorKind::AlreadyExists => Err(failure.into()),
        _ => Ok(()),
    }
}

/// A server that listens; connections wait until it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
    app: App,
    first_password: Option<String>,
    connections: [DatabaseConnection; 2],
}

impl Server {
    /// Opens everything and listens, by the machine's clock.
    ///
    /// # Errors
    /// When something cannot be opened, told for people.
    pub async fn bind(config: Config) -> Result<Self> {
        Self::bind_with(config, Clock::default()).await
    }

    /// Opens everything and listens, by this clock.
    ///
    /// # Errors
    /// When something cannot be opened, told for people.
    pub async fn bind_with(config: Config, clock: Clock) -> Result<Self> {
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(cert), Some(key)) => Some(tls(cert, key).await?),
            _ => None,
        };
        telemetry::figures();
        let Base { services, readiness, first_password, connections } = Base::open(&config, clock).await?;
        let rate = Arc::new(Rate::new(config.rate_limit));
        let documents = Arc::new(graphql::Documents::new(&config)?);
        let listening = tokio::net::TcpListener::bind(&config.listen).await;
        let listener =
            listening.with_context(|| format!("cannot listen at {}", config.listen))?.into_std()?;
        let address = listener.local_addr()?;
        let app = App {
            services,
            config: Arc::new(config),
            documents,
            rate,
            reservations: Arc::default(),
            readiness,
            stopping: Arc::new(watch::Sender::new(false)),
        };
        Ok(Self { listener, address, tls, app, first_password, connections })
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What everybody behind its doors has at hand.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The password of the first operator, if it was made just now and its password made up.
    pub fn first_password(&self) -> Option<&str> {
        self.first_password.as_deref()
    }

    /// The address for a browser, without a slash at the end.
    pub fn url(&self) -> String {
        if let Some(url) = &self.app.config.public_url {
            return url.clone();
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match self.address {
            address if address.ip().is_unspecified() => format!("{scheme}://localhost:{}", address.port()),
            address => format!("{scheme}://{address}"),
        }
    }

    /// Answers requests until `stop` is ready; then takes no more and lets those under way end.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<()> {
        let Self { listener, tls, app, connections, .. } = self;
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
        let builder = server.http_builder();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD);
        let (services, ending) = (app.services.clone(), app.stopping.clone());
        let reservations = app.reservations.clone();
        // Outside the router, because it writes lengths after all its layers.
        let doors = tower::ServiceExt::<Request>::map_response(app::router(app), app::without_length);
        let doors = axum::ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(doors);
        let serving = async {
            match tls {
                None => server.acceptor(NoDelayAcceptor::new()).serve(doors).await,
                Some(tls) => {
                    let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor::new());
                    server.acceptor(acceptor).serve(doors).await
                }
            }
        };
        let stopping = async {
            stop.await;
            tracing::info!("stopping");
            ending.send_replace(true);
            handle.graceful_shutdown(Some(DRAIN));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            // The feed first, so that it is there before the first request.
            biased;
            () = services.run_feed() => anyhow::bail!("the change log is not read any more"),
            () = services.run_jobs() => anyhow::bail!("the jobs are not done any more"),
            () = stopping => {}
            () = telemetry::keep_small() => {}
            () = reservations.keep_tidy() => {}
            served = serving => {
                served.context("the server cannot go on")?;
                // Sockets are connections no longer, but say good-bye all the same.
                let _ = tokio::time::timeout(FAREWELL, ending.closed()).await;
            }
        }
        close(connections).await;
        Ok(())
    }
}

async fn tls(cert: &Path, key: &Path) -> Result<RustlsConfig> {
    // Where it is installed already, it is by an earlier server of this process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(cert, key)
        .await
        .with_context(|| format!("{} and {} are no certificate and key", cert.display(), key.display()))
}

/// A server that runs beside its caller, for tests; it ends with the runtime at the latest.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The address for a client, without a slash at the end.
    pub url: String,
    /// What everybody behind its doors has at hand.
    pub app: App,
    stop: tokio::sync::oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<Result<()>>,
}

/// Starts a server that runs beside its caller.
///
/// # Errors
/// When something cannot be opened, told for people.
#[expect(clippy::disallowed_methods, reason = "`Running` waits for it")]
pub async fn start(config: Config, clock: Clock) -> Result<Running> {
    let server = Server::bind_with(config, clock).await?;
    let (address, url, app) = (server.address(), server.url(), server.app().clone());
    let (stop, stopped) = tokio::sync::oneshot::channel();
    // A dropped `Running` stops its server as well.
    let ended = tokio::spawn(server.run(async { drop(stopped.await) }));
    Ok(Running { address, url, app, stop, ended })
}

impl Running {
    /// Ends the server and waits until it has.
    ///
    /// # Errors
    /// When it ended in another way before.
    pub async fn shutdown(self) -> Result<()> {
        let _ = self.stop.send(());
        self.ended.await?
    }
}
