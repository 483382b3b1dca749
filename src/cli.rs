//! The commands.

use std::{io::Write, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use service::{Clock, Secret};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::Readiness,
    config::{self, Config},
    demo, docs_page,
    graphql::Documents,
    serve::{self, Base, Server},
    telemetry,
};

/// One model of everything a hosted-PBX operator manages, behind a GraphQL API and five older ones.
#[derive(Parser)]
#[command(name = "switchboard", version)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the command line says; secrets are not told there, because every account of a machine sees it.
#[derive(clap::Args)]
#[command(next_help_heading = "Configuration")]
struct Flags {
    /// Address to listen at [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Database, sqlite://… or postgres://….
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Folder of keys and media [default: ./data].
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// Log-in name of the first operator [default: admin].
    #[arg(long, global = true, value_name = "NAME")]
    admin_login: Option<String>,
    /// What absolute links begin with.
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Domain below which those of tenants are made.
    #[arg(long, global = true, value_name = "DOMAIN")]
    base_domain: Option<String>,
    /// Tenant of an operator where an API knows no tenants.
    #[arg(long, global = true, value_name = "DOMAIN")]
    default_tenant: Option<String>,
    /// TLS certificates, PEM.
    #[arg(long, global = true, value_name = "FILE")]
    tls_cert: Option<String>,
    /// TLS key, PEM.
    #[arg(long, global = true, value_name = "FILE")]
    tls_key: Option<String>,
    /// Failed log-ins before an account must wait; 0 is no bound.
    #[arg(long, global = true, value_name = "NUMBER")]
    login_attempts: Option<String>,
    /// Complexity points per second and account; 0 is no bound.
    #[arg(long, global = true, value_name = "NUMBER")]
    rate_limit: Option<String>,
    /// What is logged, such as `info,switchboard=debug`.
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// Driver of the live plane.
    #[arg(long, global = true, value_name = "NAME")]
    switch: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; the default.
    Serve,
    /// Apply the migrations that are pending.
    Migrate,
    /// Print the GraphQL schema.
    Schema,
    /// Print who may do what.
    Policy,
    /// Print the OpenAPI document of an API.
    Openapi {
        /// Which one: boss or phone_systems.
        api: String,
    },
    /// Make an operator, or set the password of one.
    #[command(subcommand)]
    Admin(Admin),
    /// Load the demo data.
    Demo,
    /// Look whether the server could run: configuration, keys, database, migrations.
    Check,
}

#[derive(Subcommand)]
enum Admin {
    /// Make an operator.
    Create(Operator),
    /// Set an operator's password.
    Password(Operator),
}

#[derive(clap::Args)]
struct Operator {
    /// Its log-in name.
    #[arg(long)]
    login: String,
    /// Its password; without one a random one is made and printed once.
    #[arg(long)]
    password: Option<String>,
}

impl Flags {
    fn given(&self) -> Vec<config::Flag<'_>> {
        let flags = [
            ("listen", &self.listen),
            ("database_url", &self.database_url),
            ("data_dir", &self.data_dir),
            ("admin_login", &self.admin_login),
            ("public_url", &self.public_url),
            ("base_domain", &self.base_domain),
            ("default_tenant", &self.default_tenant),
            ("tls_cert", &self.tls_cert),
            ("tls_key", &self.tls_key),
            ("login_attempts", &self.login_attempts),
            ("rate_limit", &self.rate_limit),
            ("log", &self.log),
            ("switch", &self.switch),
        ];
        flags.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))).collect()
    }
}

/// The stack of a worker: unoptimised, a write to the widest table needs more than the usual 2 MiB.
const STACK: usize = 16 << 20;

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    let Cli { flags, command } = Cli::parse();
    let command = command.unwrap_or(Command::Serve);
    let done = match &command {
        // These print what is in the binary and need no configuration.
        Command::Schema => show(&schema::sdl()),
        Command::Policy => show(&service::policy()),
        Command::Openapi { api } => openapi(api).and_then(show),
        _ => match Config::load(&flags.given()) {
            Ok(config) => return with_config(command, config),
            Err(problem) => {
                eprintln!("switchboard: {problem}");
                return ExitCode::from(2);
            }
        },
    };
    exit_code(done.map(|()| true))
}

fn with_config(command: Command, config: Config) -> ExitCode {
    telemetry::log(&config.log);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match runtime.thread_stack_size(STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => return exit_code(Err(failure.into())),
    };
    let done = runtime.block_on(run(command, config));
    // What still runs then, such as the hashing of a password, has nobody left to answer to.
    runtime.shutdown_timeout(Duration::from_millis(500));
    exit_code(done)
}

fn exit_code(done: Result<bool>) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("switchboard: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; false is a finding of `check`.
async fn run(command: Command, config: Config) -> Result<bool> {
    match command {
        Command::Check => return check(&config).await,
        Command::Serve => serve(config).await?,
        Command::Migrate => serve::migrate(&config).await?,
        Command::Demo => {
            let base = Base::open(&config, Clock::default()).await?;
            if let Some(password) = &base.first_password {
                announce(&config.admin_login, password)?;
            }
            let loaded = demo::load(&base.services).await.map_err(serve::told)?;
            show(if loaded { "The demo data is loaded." } else { "The demo data is there already." })?;
            base.close().await;
        }
        Command::Admin(admin) => {
            let base = Base::open(&config, Clock::default()).await?;
            let (Admin::Create(Operator { login, password }) | Admin::Password(Operator { login, password })) =
                &admin;
            let password = password.clone().map(Secret::new);
            let made_up = match &admin {
                Admin::Create(_) => base.services.make_operator(login, password).await,
                Admin::Password(_) => base.services.set_operator_password(login, password).await,
            };
            if let Some(password) = made_up.map_err(serve::told)? {
                announce(login, &password)?;
            }
            base.close().await;
        }
        Command::Schema | Command::Policy | Command::Openapi { .. } => {}
    }
    Ok(true)
}

async fn serve(config: Config) -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    tokio::pin!(stop);
    let login = config.admin_login.clone();
    let server = tokio::select! {
        server = Server::bind(config) => server?,
        () = &mut stop => return Ok(()),
    };
    let url = server.url();
    show(&format!(
        "Switchboard {} listens at {}\n\n  Playground  {url}/playground\n  APIs        {url}/docs\n",
        env!("CARGO_PKG_VERSION"),
        server.address(),
    ))?;
    if let Some(password) = server.first_password() {
        announce(&login, password)?;
    }
    server.run(stop).await
}

/// Tells a password that was made up; nobody can tell it again.
fn announce(login: &str, password: &str) -> Result<()> {
    show(&format!("\n  Log in as   {login}\n  Password    {password}   (shown only now)\n\n"))
}

/// Writes to standard output, ending with a line break.
fn show(text: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        output.write_all(b"\n")?;
    }
    Ok(output.flush()?)
}

fn openapi(api: &str) -> Result<&'static str> {
    docs_page::document(api).with_context(|| {
        let names: Vec<_> = docs_page::names().collect();
        format!("there is no API named {api:?}, only: {}", names.join(", "))
    })
}

/// Looks at everything a start needs, changes nothing, and tells what it found.
async fn check(config: &Config) -> Result<bool> {
    let mut findings = vec![("configuration", Ok("is good".to_owned()))];
    findings.push(("data directory", look(&config.data_dir, |_| Ok(()))));
    let is_key = |text: &str| config::key_bytes(text).map(|_| ()).context("holds no key");
    findings.push(match &config.master_key {
        Some(_) => ("master key", Ok("is configured".to_owned())),
        None => ("master key", look(&config.data_dir.join(serve::MASTER_KEY), is_key)),
    });
    let path = config.data_dir.join(serve::TOKEN_KEYS);
    let is_ring = |_: &str| service::token::Keyring::open(path.clone()).map(|_| ()).map_err(serve::told);
    findings.push(("token keys", look(&path, is_ring)));
    if config.graphql.documents.is_some() {
        let read = Documents::new(config).map(|read| read.listed().unwrap_or_default());
        findings.push(("documents", read.map(|number| format!("{number} may run, and no other"))));
    }
    findings.push(("database", database(&config.database_url).await));
    let mut good = true;
    for (what, found) in findings {
        good &= found.is_ok();
        match found {
            Ok(words) => show(&format!("OK      {what}: {words}"))?,
            Err(problem) => show(&format!("FAILED  {what}: {problem:#}"))?,
        }
    }
    Ok(good)
}

/// Whether a file of the data directory can be used; one that does not exist will be made.
fn look(path: &Path, good: impl Fn(&str) -> Result<()>) -> Result<String> {
    let shown = path.display();
    let about = match path.metadata() {
        Ok(about) => about,
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => {
            return Ok(format!("{shown} will be made at the first start"));
        }
        Err(failure) => return Err(failure).with_context(|| shown.to_string()),
    };
    if about.is_dir() {
        std::fs::read_dir(path).with_context(|| format!("{shown} cannot be read"))?;
    } else {
        let text = std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read"))?;
        good(&text).with_context(|| shown.to_string())?;
    }
    Ok(format!("{shown} is readable"))
}

async fn database(url: &str) -> Result<String> {
    // Looking must not make the file.
    let url = url.replace("mode=rwc", "mode=rw");
    let (reader, _writer) = service::connect(&url).await.map_err(serve::told)?;
    let pending = Readiness::new(reader).pending().await?;
    anyhow::ensure!(
        pending.is_empty(),
        "{} migrations are pending; `migrate` and `serve` apply them",
        pending.len()
    );
    Ok("answers, and no migration is pending".to_owned())
}
