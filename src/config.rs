//! The configuration: `config.default.toml`, then `switchboard.toml`, then the environment, then flags.

use std::{fmt, path::Path, path::PathBuf};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use config::{File, FileFormat, Map, Source, Value, ValueKind};
use serde::Deserialize;
use service::Secret;

mod limits;

pub use limits::Limits;
use limits::whole;

/// The defaults, with a comment on each.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// The file in the working directory that overrides the defaults.
const FILE: &str = "switchboard.toml";

/// The drivers of the live plane that this version has.
const SWITCHES: &[&str] = &["sandbox"];

/// What the server is told from outside.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen at, as `host:port`.
    pub listen: String,
    /// Where the database is; it may hold a password and is never printed.
    pub database_url: String,
    /// Where keys and media are kept.
    pub data_dir: PathBuf,
    /// The log-in name of the first operator.
    pub admin_login: String,
    /// The password of the first operator; without one it is made up.
    pub admin_password: Option<Secret>,
    /// What absolute links begin with, without a slash at the end.
    pub public_url: Option<String>,
    /// Below which domain those of tenants and trunks are made.
    pub base_domain: String,
    /// The tenant of an operator on an API that knows no tenants.
    pub default_tenant: Option<String>,
    /// The key of secrets at rest; without one it is in a file.
    pub master_key: Option<Secret>,
    /// The file with the TLS certificates.
    pub tls_cert: Option<PathBuf>,
    /// The file with the TLS key.
    pub tls_key: Option<PathBuf>,
    /// Failed log-ins per account and address in five minutes; 0 is no bound.
    #[serde(deserialize_with = "whole")]
    pub login_attempts: u32,
    /// Points of GraphQL per second and account; 0 is no bound.
    #[serde(deserialize_with = "whole")]
    pub rate_limit: u32,
    /// What is logged.
    pub log: String,
    /// The driver of the live plane.
    pub switch: String,
    /// The log of changes.
    pub changes: Changes,
    /// The records of calls.
    pub cdrs: Cdrs,
    /// The GraphQL door.
    pub graphql: Graphql,
    /// What one request may ask for.
    pub limits: Limits,
}

/// The GraphQL door.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Graphql {
    /// The file with the only documents that may run.
    pub documents: Option<PathBuf>,
}

/// The log of changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// For how many days they are kept; 0 is for ever.
    #[serde(deserialize_with = "whole")]
    pub keep_days: u32,
}

/// The records of calls.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Cdrs {
    /// For how many days they are kept where their tenant does not say; 0 is for ever.
    #[serde(deserialize_with = "whole")]
    pub keep_days: u32,
}

/// A key and its value on the command line.
pub type Flag<'a> = (&'static str, &'a str);

/// The keys that the environment may set, as `SWITCHBOARD_` and the key in capitals.
const FROM_ENVIRONMENT: &[&str] = &[
    "listen",
    "database_url",
    "data_dir",
    "admin_login",
    "admin_password",
    "public_url",
    "base_domain",
    "default_tenant",
    "master_key",
    "tls_cert",
    "tls_key",
    "login_attempts",
    "rate_limit",
    "log",
    "switch",
];

/// A configuration that cannot be used, told in one line.
#[derive(Debug)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration: {}", self.0)
    }
}

impl std::error::Error for Invalid {}

impl From<config::ConfigError> for Invalid {
    fn from(failure: config::ConfigError) -> Self {
        // The TOML parser quotes the line it stumbled over, which may hold a password.
        let text = failure.to_string();
        let quotes = |line: &&str| {
            line.split_once('|')
                .is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok() || number.trim().is_empty())
        };
        let told: Vec<_> = text.lines().filter(|line| !quotes(line)).map(str::trim).collect();
        Self(told.join(": "))
    }
}

impl Config {
    /// Reads the configuration of this process.
    ///
    /// # Errors
    /// For an unknown key and for a value that is not of its form, one line that names it.
    pub fn load(flags: &[Flag<'_>]) -> Result<Self, Invalid> {
        Self::read(Path::new("."), |name| std::env::var_os(name), flags)
    }

    /// The defaults, for tests to change.
    pub fn defaults() -> Result<Self, Invalid> {
        Self::sift(config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)))
    }

    /// Reads the configuration of a process in this folder with these variables and flags.
    fn read(
        folder: &Path,
        variable: impl Fn(&str) -> Option<std::ffi::OsString>,
        flags: &[Flag<'_>],
    ) -> Result<Self, Invalid> {
        let mut environment = Words::default();
        for key in FROM_ENVIRONMENT {
            let name = format!("SWITCHBOARD_{}", key.to_uppercase());
            match variable(&name).map(std::ffi::OsString::into_string) {
                None => {}
                Some(Ok(value)) if value.is_empty() => {}
                Some(Ok(value)) => environment.put(key, value, name),
                Some(Err(_)) => return Err(Invalid(format!("{name} is not UTF-8"))),
            }
        }
        let mut command_line = Words::default();
        for (key, value) in flags {
            command_line.put(key, (*value).to_owned(), format!("--{}", key.replace('_', "-")));
        }
        let file = File::from(folder.join(FILE)).format(FileFormat::Toml).required(false);
        let builder = config::Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .add_source(file)
            .add_source(environment)
            .add_source(command_line);
        Self::sift(builder)
    }

    fn sift(builder: config::ConfigBuilder<config::builder::DefaultState>) -> Result<Self, Invalid> {
        let mut config: Self = builder.build()?.try_deserialize()?;
        config.admin_password.take_if(|password| password.expose().is_empty());
        config.master_key.take_if(|key| key.expose().is_empty());
        for text in [&mut config.public_url, &mut config.default_tenant] {
            text.take_if(|text| text.is_empty());
        }
        for file in [&mut config.tls_cert, &mut config.tls_key, &mut config.graphql.documents] {
            file.take_if(|file| file.as_os_str().is_empty());
        }
        config.check()?;
        config.base_domain.make_ascii_lowercase();
        if let Some(url) = &mut config.public_url {
            url.truncate(url.trim_end_matches('/').len());
        }
        Ok(config)
    }

    /// Refuses values that are not of their form.
    fn check(&self) -> Result<(), Invalid> {
        let refuse =
            |holds: bool, problem: &str| if holds { Ok(()) } else { Err(Invalid(problem.to_owned())) };
        let address = self.listen.rsplit_once(':');
        let address = address.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        refuse(address, "`listen` must be an address and a port, such as 127.0.0.1:8080")?;
        let known =
            ["sqlite:", "postgres://", "postgresql://"].iter().any(|one| self.database_url.starts_with(one));
        refuse(known, "`database_url` must begin with sqlite:// or postgres://")?;
        refuse(!self.data_dir.as_os_str().is_empty(), "`data_dir` must name a folder")?;
        refuse(!self.admin_login.is_empty(), "`admin_login` must not be empty")?;
        refuse(
            self.public_url.as_deref().is_none_or(is_base),
            "`public_url` must be an http or https URL without query",
        )?;
        refuse(is_domain(&self.base_domain), "`base_domain` must be a domain, such as pbx.example.com")?;
        refuse(
            self.master_key.as_ref().is_none_or(|key| key_bytes(key.expose()).is_some()),
            "`master_key` must be 64 hexadecimal digits or the base64 of 32 bytes",
        )?;
        refuse(self.tls_cert.is_some() == self.tls_key.is_some(), "`tls_cert` and `tls_key` go together")?;
        if let Err(problem) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            return Err(Invalid(format!("`log` is no filter: {problem}")));
        }
        let switches = SWITCHES.join(", ");
        refuse(
            SWITCHES.contains(&self.switch.as_str()),
            &format!("`switch` is {:?}, and this version has: {switches}", self.switch),
        )
    }

    /// Whether the server itself speaks TLS.
    pub fn has_tls(&self) -> bool {
        self.tls_cert.is_some()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

/// The 32 bytes of a key that is written in hexadecimal digits or in base64.
pub(crate) fn key_bytes(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut key = [0; 32];
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        }
        return Some(key);
    }
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabets = [alphabet::STANDARD, alphabet::URL_SAFE];
    alphabets
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, padding).decode(text).ok()?.try_into().ok())
}

fn is_base(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

fn is_domain(text: &str) -> bool {
    let good = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 200 && text.split('.').all(good)
}

/// Values that came as words, each with the name it came by.
#[derive(Clone, Debug, Default)]
struct Words(Map<String, Value>);

impl Words {
    fn put(&mut self, key: &str, value: String, origin: String) {
        self.0.insert(key.to_owned(), Value::new(Some(&origin), ValueKind::String(value)));
    }
}

impl Source for Words {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, variables: &[(&str, &str)], flags: &[Flag<'_>]) -> Result<Config, String> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("switchboard-config-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(FILE), file).unwrap();
        let variable = |name: &str| variables.iter().find(|one| one.0 == name).map(|one| one.1.into());
        let config = Config::read(&folder, variable, flags).map_err(|problem| problem.to_string());
        std::fs::remove_dir_all(folder).unwrap();
        config
    }

    fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
        let problem = read(file, variables, &[]).expect_err("a refusal");
        assert!(!problem.contains('\n'), "one line: {problem}");
        problem
    }

    #[test]
    fn the_later_source_wins() {
        assert_eq!(Config::defaults().unwrap().listen, "127.0.0.1:8080");
        let file = "listen = \"127.0.0.1:1\"\nlogin_attempts = 7\n[limits]\ndepth = 3";
        let variables = [("SWITCHBOARD_LISTEN", "127.0.0.1:2"), ("SWITCHBOARD_LOGIN_ATTEMPTS", "")];
        let config = read(file, &variables, &[]).unwrap();
        assert_eq!((config.listen.as_str(), config.login_attempts), ("127.0.0.1:2", 7));
        assert_eq!((config.limits.depth, config.limits.aliases), (3, 100));
        let flags = [("listen", "127.0.0.1:3"), ("rate_limit", "0")];
        let config = read(file, &variables, &flags).unwrap();
        assert_eq!((config.listen.as_str(), config.rate_limit), ("127.0.0.1:3", 0));
    }

    #[test]
    fn a_refusal_names_the_key_and_no_secret() {
        assert!(refusal("lisen = 1", &[]).contains("`lisen`"));
        assert!(refusal("[limits]\ndeepness = 1", &[]).contains("`deepness`"));
        assert!(refusal("", &[("SWITCHBOARD_RATE_LIMIT", "many")]).contains("`rate_limit`"));
        assert!(refusal("login_attempts = 1.5", &[]).contains("`login_attempts`"));
        assert!(refusal("login_attempts = -1", &[]).contains("`login_attempts`"));
        assert!(refusal("listen = 80", &[]).contains("`listen`"));
        assert!(refusal("", &[("SWITCHBOARD_SWITCH", "asterisk")]).contains("sandbox"));
        assert!(refusal("", &[("SWITCHBOARD_TLS_CERT", "x.pem")]).contains("`tls_key`"));
        for file in
            ["admin_password = \"s3cret", "master_key = \"s3cret\"", "database_url = \"mysql://a:s3cret@b\""]
        {
            assert!(!refusal(file, &[]).contains("s3cret"), "{file}");
        }
        assert!(!format!("{:?}", Config::defaults().unwrap()).contains("sqlite"));
    }

    #[test]
    fn a_key_is_hexadecimal_or_base64() {
        assert_eq!(key_bytes(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(key_bytes("Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8"), Some([15; 32]));
        assert_eq!(key_bytes("Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8="), Some([15; 32]));
        assert_eq!(key_bytes("secret"), None);
    }
}
