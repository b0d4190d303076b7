//! The machine under the figures.

use std::{fs, num::NonZeroUsize, path::Path, thread};

use serde::Serialize;

/// What a reader must know of the machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) memory_mib: u64,
    pub(crate) system: String,
    pub(crate) file_system: String,
    /// Other work when the benchmark began: processes that wanted a core, over the last minute.
    pub(crate) load_before: String,
}

impl Machine {
    /// This machine, with its data in `folder`.
    pub(crate) fn describe(folder: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (mounts, folder) = (read("/proc/mounts"), folder.canonicalize().unwrap_or_default());
        Self {
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            processor: value_of(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown").to_owned(),
            memory_mib: memory_mib(&read("/proc/meminfo")).unwrap_or_default(),
            system: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            file_system: file_system(&mounts, &folder).unwrap_or("unknown").to_owned(),
            load_before: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

/// What stands behind the colon of a line.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value.trim())
    })
}

fn memory_mib(meminfo: &str) -> Option<u64> {
    let kib: u64 = value_of(meminfo, "MemTotal")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

/// The type of the innermost file system that holds the folder; of two mounted there, the later one.
fn file_system<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (point, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(point).then_some((point.len(), kind))
    });
    mounted.max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_processor_are_read() {
        let cpu = "processor\t: 0\nmodel name\t: A 9000\nprocessor\t: 1\nmodel name\t: A 9000\n";
        assert_eq!(value_of(cpu, "model name"), Some("A 9000"));
        assert_eq!(memory_mib("MemTotal:       25165824 kB\nMemFree: 1 kB\n"), Some(24_576));
    }

    #[test]
    fn the_innermost_file_system_counts() {
        let mounts = "overlay / overlay rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n/dev/vda /data ext4 rw 0 0\n";
        for (folder, kind) in [("/dev/shm/x", "tmpfs"), ("/data/y/z", "ext4"), ("/database", "overlay")] {
            assert_eq!(file_system(mounts, Path::new(folder)), Some(kind), "{folder}");
        }
    }
}
