//! Brings together what the measuring program in `benches` needs, and runs it.

mod postgraphile;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::postgres::Cluster;

use crate::{cargo, tools};

/// What PostgreSQL is told: room for the tables, plans for a fast disk, and to count statements.
const SETTINGS: &str = "-c shared_buffers=512MB -c effective_cache_size=2GB -c work_mem=16MB \
    -c maintenance_work_mem=256MB -c random_page_cost=1.1 -c max_wal_size=4GB -c checkpoint_timeout=30min \
    -c jit=off -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track=top";

/// Where the results go.
const DOCUMENT: &str = "docs/benchmarks.md";

/// Builds everything for release, starts PostgreSQL and measures.
pub fn run(target: &Path, options: &[String]) -> Result<()> {
    let document = fs::canonicalize("docs")?.join(Path::new(DOCUMENT).file_name().context("a name")?);
    tools::install(false)?;
    crate::run::run(cargo().args(["build", "--release", "--workspace", "--bins", "--locked"]))?;
    let folder = target.join("bench");
    let postgraphile = match options.iter().any(|option| option == "--no-postgraphile") {
        false => Some(postgraphile::install(&folder.join("postgraphile"))?),
        true => None,
    };
    let scratch = folder.join("run");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    let cluster = Cluster::start_with(SETTINGS)?;
    let mut command = Command::new(target.join("release/bench"));
    command.arg("run").arg("--postgres").arg(cluster.url("{database}"));
    command.arg("--postmaster").arg(postmaster(&cluster)?);
    command.arg("--server").arg(target.join("release/switchboard"));
    command.arg("--folder").arg(&scratch).arg("--document").arg(document);
    if let Some(folder) = postgraphile {
        command.arg("--postgraphile").arg(folder);
    }
    let measured = crate::run::run(command.args(options));
    if measured.is_ok() {
        fs::remove_dir_all(&scratch)?;
    }
    measured
}

/// The number of the cluster's first process.
fn postmaster(cluster: &Cluster) -> Result<String> {
    let url = cluster.url("postgres");
    let (_, folder) = url.split_once("?host=").context("the URL names a folder")?;
    let file = PathBuf::from(folder).join("data/postmaster.pid");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
