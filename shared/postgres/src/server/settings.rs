//! The settings of the server.
//!
//! Those of a durable one are for production's kind of work, many small commits that never end. PostgreSQL's own
//! defaults are for any machine at all: with them a checkpoint comes after every few seconds of load, and most of what is
//! written ahead is whole pages.

use std::{fs, path::Path};

use super::{Mode, account::Account, binaries::Binaries};

const COMMON: [&str; 4] =
    ["listen_addresses=", "unix_socket_permissions=0700", "max_connections=400", "jit=off"];

const THROWAWAY: [&str; 8] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "min_wal_size=32MB",
    "max_wal_size=256MB",
];

/// Checkpoints at least this often; after a crash what was written since is replayed, so this and the size bound how long
/// a start takes after one.
const DURABLE: [&str; 2] = ["checkpoint_timeout=15min", "max_wal_size=2GB"];

/// Whole pages shrink to a third at hardly any cost; not every build has it.
const COMPRESSION: &str = "wal_compression=lz4";

/// A quarter of the memory is what PostgreSQL's manual begins with; more than this does no good to a database of ours.
const MEMORY_SHARE: u64 = 4;
const MOST_BUFFERS_MIB: u64 = 4096;
/// PostgreSQL's own default.
const LEAST_BUFFERS_MIB: u64 = 128;

/// What a server is started with.
pub(super) fn of(mode: Mode, binaries: &Binaries, account: &Account, cluster: &Path) -> Vec<String> {
    let mut settings: Vec<String> = COMMON.map(str::to_owned).to_vec();
    match mode {
        Mode::Throwaway => settings.extend(THROWAWAY.map(str::to_owned)),
        Mode::Durable => {
            settings.extend(DURABLE.map(str::to_owned));
            settings.extend(memory_mib().map(buffers));
            settings.extend(binaries.accepts(account, cluster, COMPRESSION).then(|| COMPRESSION.to_owned()));
        }
    }
    settings
}

fn buffers(memory_mib: u64) -> String {
    let buffers_mib = (memory_mib / MEMORY_SHARE).clamp(LEAST_BUFFERS_MIB, MOST_BUFFERS_MIB);
    format!("shared_buffers={buffers_mib}MB")
}

/// What the machine has, or the container may use; none where nobody says.
fn memory_mib() -> Option<u64> {
    let machine = meminfo_mib(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let container = container.and_then(|limit| limit.trim().parse::<u64>().ok());
    Some(container.map_or(machine, |bytes| machine.min(bytes / 1024 / 1024)))
}

fn meminfo_mib(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_a_quarter_of_the_memory_within_limits() {
        for (memory_mib, setting) in
            [(256, "shared_buffers=128MB"), (2048, "shared_buffers=512MB"), (24_576, "shared_buffers=4096MB")]
        {
            assert_eq!(buffers(memory_mib), setting);
        }
    }

    #[test]
    fn the_memory_of_the_machine_is_read() {
        assert_eq!(meminfo_mib("MemTotal:       25165824 kB\nMemFree:  1 kB\n"), Some(24_576));
        assert_eq!(meminfo_mib("MemFree:  1 kB\n"), None);
    }
}
