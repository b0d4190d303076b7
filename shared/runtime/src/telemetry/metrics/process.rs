//! What the process itself uses, as Linux tells it; elsewhere nothing is told.

use std::time::Duration;

use super::{PROCESS_CPU, PROCESS_MEMORY, meter, tell};

/// Linux counts processor time for processes in hundredths of a second, whatever its own ticks are.
const TICK: Duration = Duration::from_millis(10);

/// Tells memory and processor time as long as the process lives.
pub(super) fn start() {
    std::mem::forget(tell(&PROCESS_MEMORY, [], || read("status").as_deref().and_then(resident)));
    let _instrument = meter()
        .f64_observable_counter(PROCESS_CPU.name)
        .with_unit(PROCESS_CPU.unit)
        .with_description(PROCESS_CPU.description)
        .with_callback(|observer| {
            if let Some(used) = read("stat").as_deref().and_then(used) {
                observer.observe(used.as_secs_f64(), &[]);
            }
        })
        .build();
}

fn read(file: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/self/{file}")).ok()
}

/// Bytes, from the line `VmRSS:   1234 kB`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// User's and system's time: the 14th and 15th field. The second one is a name in brackets, which may hold anything.
fn used(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut ticks = after_name.split_whitespace().skip(11).map(str::parse::<u32>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    TICK.checked_mul(user.checked_add(system)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_time_are_read_from_what_linux_says() {
        assert_eq!(resident("Name:\tkvitt\nVmRSS:\t   20480 kB\nThreads:\t4\n"), Some(20_971_520));
        assert_eq!(resident("Name:\tkvitt\n"), None);
        let stat = "7 (a name) with (it) S 1 7 7 0 -1 4194560 3 0 0 0 250 50 0 0 20 0 4 0 9 9 9 9";
        assert_eq!(used(stat), Some(Duration::from_secs(3)));
        assert_eq!(used("7 (kvitt) S 1"), None);
    }
}
