//! Bundles the explorer and lists what the binary embeds.
//!
//! Everything is made below `OUT_DIR`; the source tree stays as it was. Packages are installed only when the
//! lock file changed, and bundled only when the lock file or a web source changed. Without Node or the packages
//! the build goes on with the plain page alone. `SWITCHBOARD_PLAYGROUND` decides: `plain` never bundles, `full`
//! fails when it cannot, anything else bundles when it can.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What npm needs to install; a change of these installs anew.
const PACKAGES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// What vite bundles; a change of these bundles anew.
const SOURCES: [&str; 3] = ["vite.config.js", "web", "samples/platform/01_who_am_i.graphql"];

/// The order in which the pages show the domains; what is not named here follows.
const DOMAINS: [&str; 5] = ["platform", "people", "numbering", "routing", "history"];

const SWITCH: &str = "SWITCHBOARD_PLAYGROUND";

fn main() -> Result<()> {
    let sources = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for input in PACKAGES.iter().chain(&SOURCES).chain(&["build.rs", "plain", "samples"]) {
        println!("cargo:rerun-if-changed={input}");
    }
    println!("cargo:rerun-if-env-changed={SWITCH}");

    let bundle = match env::var(SWITCH).as_deref() {
        Ok("plain") => None,
        Ok("full") => Some(bundle(&sources, &out)?),
        _ => bundle(&sources, &out)
            .inspect_err(|error| {
                println!("cargo:warning=The playground is built without GraphiQL, as a plain page: {error}.");
                println!("cargo:warning=Set {SWITCH}=full to try again, {SWITCH}=plain to silence this.");
            })
            .ok(),
    };

    let samples = samples(&sources.join("samples"))?;
    let samples_json = out.join("samples.json");
    fs::write(&samples_json, for_page(&samples).to_string())?;

    let mut assets = plain_page(&sources);
    assets.push(Asset { path: "samples.json".into(), file: samples_json, immutable: false });
    match &bundle {
        Some(dist) => bundled(dist, dist, &mut assets)?,
        None => assets.push(Asset {
            path: "index.html".into(),
            file: sources.join("plain/index.html"),
            immutable: false,
        }),
    }
    assets.sort_by(|a, b| a.path.cmp(&b.path));

    let mut code =
        format!("/// True when GraphiQL was built in.\npub const FULL: bool = {};\n", bundle.is_some());
    write_assets(&mut code, &assets)?;
    write_samples(&mut code, &samples)?;
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

// The bundle

/// Installs and bundles what is not yet there; answers the folder of the finished files.
fn bundle(sources: &Path, out: &Path) -> Result<PathBuf> {
    let work = out.join("web");
    let dist = work.join("dist");
    let packages = fingerprint(sources, &PACKAGES)?;
    let all = fingerprint(sources, &[&PACKAGES[..], &SOURCES].concat())?;
    let (installed, bundled) = (out.join("installed"), out.join("bundled"));
    if is(&bundled, &all) {
        return Ok(dist);
    }

    fs::create_dir_all(&work)?;
    remove(&work.join("web"))?;
    for name in PACKAGES.iter().chain(&SOURCES) {
        copy(&sources.join(name), &work.join(name))?;
    }
    if !is(&installed, &packages) {
        remove(&installed)?;
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(Command::new(npm).current_dir(&work).args([
            "ci",
            "--include=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefer-offline",
            "--loglevel=error",
            // Without a network, the plain page shall not take minutes.
            "--fetch-retries=2",
            "--fetch-retry-mintimeout=1000",
            "--fetch-retry-maxtimeout=5000",
        ]))?;
        fs::write(&installed, packages)?;
    }
    remove(&bundled)?;
    run(Command::new("node").current_dir(&work).env("NODE_ENV", "production").args([
        "node_modules/vite/bin/vite.js",
        "build",
        "--logLevel=error",
    ]))?;
    fs::write(&bundled, all)?;
    Ok(dist)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name} does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    Err(format!("{name} failed ({}): {}", output.status, lines.join(" / ")).into())
}

fn is(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == fingerprint)
}

fn fingerprint(root: &Path, names: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in names {
        for file in files(&root.join(name))? {
            file.strip_prefix(root)?.hash(&mut hasher);
            fs::read(&file)?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

// What is embedded

struct Asset {
    path: String,
    file: PathBuf,
    immutable: bool,
}

/// The page without GraphiQL is always there; it is the whole playground when nothing else is.
fn plain_page(sources: &Path) -> Vec<Asset> {
    [
        ("plain.html", "plain/index.html"),
        ("assets/plain.js", "plain/plain.js"),
        ("assets/plain.css", "plain/plain.css"),
        ("assets/session.js", "web/session.js"),
        ("assets/http.js", "web/http.js"),
        ("assets/icon.svg", "web/icon.svg"),
    ]
    .map(|(path, file)| Asset { path: path.into(), file: sources.join(file), immutable: false })
    .into()
}

/// Vite puts a fingerprint into the name of all it makes but the page.
fn bundled(root: &Path, folder: &Path, assets: &mut Vec<Asset>) -> Result<()> {
    for file in files(folder)? {
        let path = file.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        assets.push(Asset { immutable: path.starts_with("assets/"), path, file });
    }
    Ok(())
}

fn write_assets(code: &mut String, assets: &[Asset]) -> Result<()> {
    writeln!(code, "static ASSETS: &[Asset] = &[")?;
    for Asset { path, file, immutable } in assets {
        let mut hasher = DefaultHasher::new();
        fs::read(file)?.hash(&mut hasher);
        let etag = format!("W/\"{:016x}\"", hasher.finish());
        let content_type = content_type(path)?;
        writeln!(
            code,
            "    Asset {{ path: {path:?}, bytes: include_bytes!({file:?}), content_type: {content_type:?}, \
             immutable: {immutable}, etag: {etag:?} }},"
        )?;
    }
    writeln!(code, "];")?;
    Ok(())
}

fn content_type(path: &str) -> Result<&'static str> {
    Ok(match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => return Err(format!("build.rs does not know the content type of {path}").into()),
    })
}

// Samples

struct Sample {
    domain: String,
    name: String,
    query: String,
    variables: String,
}

/// Reads `<domain>/<nn>_<name>.graphql` and the `.json` beside it, in the order of their paths.
fn samples(folder: &Path) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for file in files(folder)? {
        if file.extension().is_none_or(|extension| extension != "graphql") {
            continue;
        }
        let wrong = || format!("{}: a sample is <domain>/<nn>_<name>.graphql", file.display());
        let domain =
            file.parent().and_then(Path::file_name).ok_or_else(wrong)?.to_string_lossy().into_owned();
        let stem = file.file_stem().ok_or_else(wrong)?.to_string_lossy();
        let (_, name) = stem.split_once('_').ok_or_else(wrong)?;
        let beside = file.with_extension("json");
        let variables = if beside.exists() { fs::read_to_string(&beside)? } else { String::new() };
        if !variables.is_empty() {
            serde_json::from_str::<Value>(&variables)
                .map_err(|error| format!("{}: {error}", beside.display()))?;
        }
        samples.push(Sample {
            domain,
            name: name.to_owned(),
            query: fs::read_to_string(&file)?,
            variables: variables.trim_end().to_owned(),
        });
    }
    Ok(samples)
}

/// The same samples for the page, with the title from the first line and the kind of operation.
fn for_page(samples: &[Sample]) -> Value {
    let mut ordered: Vec<_> = samples.iter().collect();
    ordered.sort_by_key(|sample| {
        DOMAINS.iter().position(|domain| *domain == sample.domain).unwrap_or(DOMAINS.len())
    });
    ordered
        .into_iter()
        .map(|Sample { domain, name, query, variables }| {
            let title = query.lines().next().and_then(|line| line.strip_prefix('#')).map_or(name.as_str(), str::trim);
            let kind = query.lines().find(|line| !line.starts_with('#')).and_then(|line| line.split(' ').next());
            json!({ "domain": domain, "name": name, "title": title, "kind": kind, "query": query, "variables": variables })
        })
        .collect()
}

fn write_samples(code: &mut String, samples: &[Sample]) -> Result<()> {
    writeln!(code, "static SAMPLES: &[Sample] = &[")?;
    for Sample { domain, name, query, variables } in samples {
        writeln!(
            code,
            "    Sample {{ domain: {domain:?}, name: {name:?}, query: {query:?}, variables: {variables:?} }},"
        )?;
    }
    writeln!(code, "];")?;
    Ok(())
}

// Files

/// All files of a folder and those below it, sorted; a file stands for itself.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))? {
        found.extend(files(&entry?.path())?);
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = match file.strip_prefix(from)? {
            below if below.as_os_str().is_empty() => to.to_owned(),
            below => to.join(below),
        };
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target)?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)?;
    } else if path.exists() {
        fs::remove_file(path)?;
    }
    Ok(())
}
