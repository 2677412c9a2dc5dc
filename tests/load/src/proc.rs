//! What the kernel tells about a process: the processor time it took and the memory it has resident.
//! Only reads /proc.

use anyhow::{Context, Result};
use std::{fs, time::Duration};

/// Processor time of all threads of a process, in user and kernel mode.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    cpu_in(&stat, ticks_per_second()).context("/proc/PID/stat cannot be understood")
}

/// Resident memory of a process, in bytes.
///
/// # Errors
/// When there is no such process.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    resident_in(&status).context("/proc/PID/status cannot be understood")
}

/// The kernel's unit of `stat`: 100 a second on every Linux that is not compiled otherwise (proc(5), `_SC_CLK_TCK`).
fn ticks_per_second() -> u64 {
    100
}

/// The name of the program stands in brackets and may hold anything; the times are the 12th and 13th field after it.
fn cpu_in(stat: &str, ticks: u64) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * 1000 / ticks))
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_name_with_brackets_and_blanks() {
        let stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 5 0 100 1000 200";
        assert_eq!(cpu_in(stat, 100), Some(Duration::from_secs(3)));
        assert_eq!(cpu_in("4711 (x) S 1", 100), None);
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident_in("Name:\tx\nVmRSS:\t  2048 kB\nThreads:\t1\n"), Some(2 << 20));
        assert_eq!(resident_in("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_has_both() {
        let pid = std::process::id();
        assert!(cpu(pid).is_ok());
        assert!(resident(pid).unwrap() > 100_000);
    }
}
