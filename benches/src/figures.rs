//! What the machine tells of processes: processor time and memory, from `/proc`.

use std::fs;

use anyhow::{Context as _, Result};

/// How many ticks of `/proc/<pid>/stat` a second has; Linux shows 100 to programs everywhere.
const TICKS: u64 = 100;

/// The processor time that a process and those it waited for have used, in microseconds.
pub fn processor_time(pid: u32) -> Result<u64> {
    let stat = stat(pid)?;
    // utime and stime: the 14th and 15th field, of which the first two are cut off.
    Ok(ticks(&stat, &[11, 12]) * 1_000_000 / TICKS)
}

/// The processor time of a process with all its children, those that ended among them, in microseconds.
pub fn processor_time_of_family(parent: u32) -> Result<u64> {
    let mut sum = ticks(&stat(parent)?, &[11, 12, 13, 14]);
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        // One that ended just now is counted by its parent.
        if let Some(child) = pid.and_then(|pid| stat(pid).ok())
            && child.get(1).is_some_and(|of| of == &parent.to_string())
        {
            sum += ticks(&child, &[11, 12]);
        }
    }
    Ok(sum * 1_000_000 / TICKS)
}

/// The memory that a process has in use, in KB.
pub fn memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The processor's name and how many of it there are.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or("unknown", |(_, value)| value.trim()).to_owned()
    };
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores ({}), {} GB of memory",
        named("model name"),
        memory.unwrap_or_default() / 1_000_000
    )
}

/// The fields after the name of the program, which may contain anything.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("no name")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

fn ticks(stat: &[String], fields: &[usize]) -> u64 {
    fields.iter().filter_map(|field| stat.get(*field)?.parse::<u64>().ok()).sum()
}
