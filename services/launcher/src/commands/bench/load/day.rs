//! Lives a record day. The day's shape says in which order things come and how they mix, not when: nobody sleeps.
//!
//! In each minute arrive as many payments as the curve says, each created, approved and captured; between them come the
//! refunds of those that arrived half an hour before. A half hour begins when everything of the one before has been
//! answered, so what is refunded has been captured.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::task::JoinSet;

use super::{
    super::{
        day::{MINUTES, arrivals},
        plan::Plan,
    },
    Load, Verb,
    caller::Callers,
    is_refunded, joined,
};

/// Minutes after which a refund comes.
const HALF_AN_HOUR: usize = 30;

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Live(u64),
    Refund(u64),
}

pub(super) async fn live(
    load: &Arc<Load>,
    callers: &Callers,
    plan: &Plan,
    payments: u64,
) -> anyhow::Result<()> {
    for jobs in half_hours(payments) {
        let jobs: Arc<[Job]> = jobs.into();
        let next = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for _ in 0..plan.callers.min(jobs.len()) {
            let (load, mut caller) = (Arc::clone(load), callers.caller().await?);
            let (jobs, next) = (Arc::clone(&jobs), Arc::clone(&next));
            running.spawn(async move {
                while let Some(job) = jobs.get(next.fetch_add(1, Relaxed)) {
                    // What is not done is counted.
                    let _done = match *job {
                        Job::Live(number) => load.arrive(&mut caller, number).await,
                        Job::Refund(number) => load.perform(&mut caller, Verb::Refund, number).await,
                    };
                }
            });
        }
        joined(running).await?;
    }
    Ok(())
}

/// The day in half hours, and one more for the last refunds. Each is made when it is asked for.
fn half_hours(payments: u64) -> impl Iterator<Item = Vec<Job>> {
    let mut next = 0;
    let minutes: Vec<(u64, u64)> = arrivals(payments)
        .into_iter()
        .map(|arrivals| {
            let first = next;
            next += arrivals;
            (first, arrivals)
        })
        .chain(iter::repeat_n((payments, 0), HALF_AN_HOUR))
        .collect();
    (0..MINUTES / HALF_AN_HOUR + 1).map(move |half_hour| {
        (half_hour * HALF_AN_HOUR..(half_hour + 1) * HALF_AN_HOUR)
            .flat_map(|minute| {
                let (first, arrivals) = minutes[minute];
                let earlier = minute.checked_sub(HALF_AN_HOUR).map_or((0, 0), |earlier| minutes[earlier]);
                let refunds = (earlier.0..earlier.0 + earlier.1).filter(|number| is_refunded(*number));
                mixed((first..first + arrivals).map(Job::Live).collect(), refunds.map(Job::Refund).collect())
            })
            .collect()
    })
}

/// The shorter list spread evenly among the longer one.
fn mixed(lives: Vec<Job>, refunds: Vec<Job>) -> Vec<Job> {
    let (all, part) = (lives.len() + refunds.len(), refunds.len());
    let (mut lives, mut refunds) = (lives.into_iter(), refunds.into_iter());
    (0..all)
        .filter_map(|at| {
            let refund = (at + 1) * part / all > at * part / all;
            if refund { refunds.next() } else { lives.next() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_payment_arrives_once_and_every_fourth_is_refunded_in_a_later_half_hour() {
        let mut arrived = BTreeMap::new();
        let mut refunded = 0;
        for (half_hour, jobs) in half_hours(100_000).enumerate() {
            for job in jobs {
                match job {
                    Job::Live(number) => assert_eq!(arrived.insert(number, half_hour), None),
                    Job::Refund(number) => {
                        assert!(is_refunded(number) && arrived[&number] < half_hour, "{number}");
                        refunded += 1;
                    }
                }
            }
        }
        assert_eq!((arrived.len(), refunded), (100_000, 25_000));
    }

    #[test]
    fn refunds_come_between_arrivals() {
        let jobs = mixed((0..6).map(Job::Live).collect(), (0..2).map(Job::Refund).collect());
        let refunds: Vec<usize> = jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| matches!(job, Job::Refund(_)))
            .map(|(at, _)| at)
            .collect();
        assert_eq!((jobs.len(), refunds), (8, vec![3, 7]));
        assert_eq!(mixed(Vec::new(), vec![Job::Refund(1)]), [Job::Refund(1)]);
    }
}
