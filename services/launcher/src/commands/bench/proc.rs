//! What processes cost, as `/proc` tells it.

use std::{collections::BTreeMap, fs};

/// Linux counts processor time for programs in hundredths of a second, whatever the kernel's own tick is.
const MICROS_PER_TICK: u64 = 10_000;

/// The processes that are watched: PostgreSQL as a whole, and others by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The postmaster, where it is on this machine.
    pub(crate) postmaster: Option<u32>,
    pub(crate) others: Vec<(String, u32)>,
}

/// Processor time so far in microseconds, by name.
pub(crate) type Cost = BTreeMap<String, u64>;

/// The name of PostgreSQL as a whole.
pub(crate) const POSTGRES: &str = "postgres";

impl Watched {
    /// What everybody has cost so far.
    pub(crate) fn cost(&self) -> Cost {
        let other = |(name, process): &(String, u32)| Some((name.clone(), Stat::of(*process)?.own_us()));
        let postgres =
            self.postmaster.and_then(|postmaster| Some((POSTGRES.to_owned(), cluster_us(postmaster)?)));
        self.others.iter().filter_map(other).chain(postgres).collect()
    }
}

/// What was spent between two looks.
pub(crate) fn spent(before: &Cost, after: &Cost) -> Cost {
    let spent =
        |(name, after): (&String, &u64)| Some((name.clone(), after.saturating_sub(*before.get(name)?)));
    after.iter().filter_map(spent).collect()
}

/// The postmaster, its children, and those of its children that have ended.
fn cluster_us(postmaster: u32) -> Option<u64> {
    let head = Stat::of(postmaster)?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let children = processes
        .filter_map(|entry| Stat::of(entry.file_name().to_str()?.parse().ok()?))
        .filter(|stat| stat.parent == postmaster)
        .map(|stat| stat.own_us() + stat.reaped_us());
    Some(head.own_us() + head.reaped_us() + children.sum::<u64>())
}

/// The parent of a process, if both are PostgreSQL's.
pub(crate) fn postmaster_of(backend: u32) -> Option<u32> {
    let stat = Stat::of(backend).filter(Stat::is_postgres)?;
    Stat::of(stat.parent).filter(Stat::is_postgres).map(|_| stat.parent)
}

/// What our own children have cost that have ended and been waited for.
pub(crate) fn reaped_by_us_us() -> u64 {
    Stat::of(std::process::id()).map_or(0, |stat| stat.reaped_us())
}

/// A line of a process's `status`, in KiB: `VmRSS` now, `VmHWM` at its peak.
pub(crate) fn memory_kib(process: u32, name: &str) -> Option<u64> {
    status_kib(&fs::read_to_string(format!("/proc/{process}/status")).ok()?, name)
}

fn status_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// What counts of `/proc/<process>/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    name: String,
    parent: u32,
    own_ticks: u64,
    reaped_ticks: u64,
}

impl Stat {
    fn of(process: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// The name stands in brackets and may hold anything, brackets too.
    fn parse(line: &str) -> Option<Self> {
        let (name, rest) = (line.find('(')? + 1, line.rfind(')')?);
        let fields: Vec<&str> = line.get(rest + 1..)?.split_ascii_whitespace().collect();
        // The first field after the name is the third of the manual's list.
        let field = |number: usize| fields.get(number - 3).copied();
        let sum = |one: usize| -> Option<u64> {
            Some(field(one)?.parse::<u64>().ok()? + field(one + 1)?.parse::<u64>().ok()?)
        };
        Some(Self {
            name: line.get(name..rest)?.to_owned(),
            parent: field(4)?.parse().ok()?,
            own_ticks: sum(14)?,
            reaped_ticks: sum(16)?,
        })
    }

    fn is_postgres(&self) -> bool {
        self.name.starts_with("postgres") || self.name == "postmaster"
    }

    fn own_us(&self) -> u64 {
        self.own_ticks * MICROS_PER_TICK
    }

    fn reaped_us(&self) -> u64 {
        self.reaped_ticks * MICROS_PER_TICK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_name_holds() {
        let line = "4711 (a (b) c) S 42 4711 4711 0 -1 4194304 1 2 3 4 250 50 7 3 20 0 1 0 99 1 2";
        let stat = Stat::parse(line).unwrap();
        let wanted = Stat { name: "a (b) c".to_owned(), parent: 42, own_ticks: 300, reaped_ticks: 10 };
        assert_eq!(stat, wanted);
        assert_eq!((stat.own_us(), stat.reaped_us()), (3_000_000, 100_000));
        assert_eq!(Stat::parse("4711 (short) S 1"), None);
    }

    #[test]
    fn memory_is_read_by_its_name() {
        let status = "Name:\tkvitt\nVmHWM:\t   12345 kB\nVmRSS:\t     678 kB\nThreads:\t3\n";
        assert_eq!(status_kib(status, "VmHWM"), Some(12_345));
        assert_eq!(status_kib(status, "VmRSS"), Some(678));
        assert_eq!(status_kib(status, "Vm"), None);
        assert_eq!(status_kib(status, "Threads"), None);
    }

    #[test]
    fn what_was_not_there_before_has_not_been_spent_in_between() {
        let cost = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, us)| ((*name).to_owned(), *us)).collect();
        let spent = spent(&cost(&[("a", 5), ("b", 7)]), &cost(&[("a", 9), ("c", 1)]));
        assert_eq!(spent, cost(&[("a", 4)]));
    }
}
