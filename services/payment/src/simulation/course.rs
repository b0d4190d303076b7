//! One schedule: who does the next step is chance, every step is checked, and at the end all must be well.

use std::{
    rc::Rc,
    task::{Context, Waker},
};

use super::{
    fault::Fault,
    instance::{Instance, Task},
    log::At,
    world::{Shared, Tally, Trouble, World},
};

const INSTANCES: usize = 2;
/// Steps that no task needs, unless it hangs.
const MOST_STEPS: usize = 20_000;
/// Rounds of workers after which a healthy world is quiet.
const MOST_ROUNDS: usize = 200;

/// How a schedule ended.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) tally: Tally,
    pub(super) wrong: Option<String>,
    pub(super) trace: Vec<String>,
}

/// Something under way in an instance.
struct Running {
    instance: usize,
    what: What,
    task: Task,
    /// For a lane.
    waits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Call(usize),
    Lane,
    Attend,
    Clear(i16),
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Go,
    Call,
    Attend,
    Clear,
    Clock,
    Crash,
    HangUp,
    Divide,
    Lapse,
    Late,
}

pub(super) struct Course {
    shared: Shared,
    instances: Vec<Rc<Instance>>,
    running: Vec<Running>,
    payments: Vec<At>,
    calls: usize,
    divisions: usize,
}

/// Runs the schedule of a seed from its beginning to its end.
pub(super) fn run(seed: u64, fault: Option<Fault>, traced: bool) -> Verdict {
    let mut course = Course::new(World::new(seed, fault, traced));
    course.live();
    course.end();
    let mut world = course.shared.world();
    let (tally, wrong) = (std::mem::take(&mut world.tally), world.wrong.take());
    Verdict { tally, wrong, trace: world.trace.take().unwrap_or_default() }
}

impl Course {
    fn new(mut world: World) -> Self {
        let reference = |number: usize| format!("reference-{number}").parse().expect("a reference");
        let units = world.units.len();
        let payments = (0..=world.chance.below(3))
            .map(|number| (world.units[number % units].msn.clone(), reference(number / units)))
            .collect();
        let (calls, divisions) = (6 + world.chance.below(20), world.chance.below(3));
        let shared = Shared::new(world);
        let instances = (0..INSTANCES).map(|number| Instance::start(number, &shared)).collect();
        Self { shared, instances, running: Vec::new(), payments, calls, divisions }
    }

    fn is_wrong(&self) -> bool {
        self.shared.world().wrong.is_some()
    }

    fn below(&self, limit: usize) -> usize {
        self.shared.world().chance.below(limit)
    }

    /// Until the callers have had enough.
    fn live(&mut self) {
        let mut steps = 250 + self.below(350);
        while steps > 0 && !self.is_wrong() {
            steps -= 1;
            let action = self.shared.world().chance.weighted(&[
                (2000, Action::Go),
                (110, Action::Call),
                (50, Action::Attend),
                (50, Action::Clear),
                (50, Action::Clock),
                (12, Action::Crash),
                (10, Action::HangUp),
                (8, Action::Divide),
                (20, Action::Lapse),
                (60, Action::Late),
            ]);
            self.act(action);
            self.shared.world().check_step();
        }
    }

    fn act(&mut self, action: Action) {
        let instance = self.below(INSTANCES);
        match action {
            Action::Go if self.running.is_empty() => {}
            Action::Go => self.go(),
            Action::Call if self.calls > 0 => {
                self.calls -= 1;
                let intent = self.shared.world().next_intent(&self.payments);
                self.begin(instance, What::Call(intent));
            }
            Action::Attend => self.begin(instance, What::Attend),
            Action::Clear => {
                let world = self.shared.world();
                let parts: Vec<i16> = world.store.heads.iter().map(|head| head.part).collect();
                drop(world);
                let part = parts[self.below(parts.len())];
                self.begin(instance, What::Clear(part));
            }
            Action::Clock => self.shared.world().move_clock(),
            Action::Crash => self.crash(instance),
            Action::HangUp => {
                let calls = |running: &Running| matches!(running.what, What::Call(_));
                if let Some(number) = self.running.iter().position(calls) {
                    self.note(|| format!("the caller of {:?} is gone", self.running[number].what));
                    self.running.swap_remove(number);
                }
            }
            Action::Divide if self.divisions > 0 => {
                self.divisions -= 1;
                let parts = 1 + self.below(3);
                self.note(|| format!("the log is divided into {parts}"));
                self.shared.world().store.divide(i16::try_from(parts).expect("few"));
            }
            Action::Lapse => {
                let mut world = self.shared.world();
                let now = world.now();
                world.acquirer.lapse(now);
            }
            Action::Late => self.shared.world().carry_out_late(),
            Action::Call | Action::Divide => {}
        }
    }

    fn note(&self, line: impl FnOnce() -> String) {
        self.shared.world().note(line);
    }

    /// Begins something in an instance; each worker is there once.
    fn begin(&mut self, number: usize, what: What) {
        let same = |running: &Running| (running.instance, running.what) == (number, what);
        if !matches!(what, What::Call(_)) && self.running.iter().any(same) {
            return;
        }
        let instance = Rc::clone(&self.instances[number]);
        let task: Task = match what {
            What::Call(intent) => Box::pin(instance.call(intent)),
            What::Attend => Box::pin(instance.attend()),
            What::Clear(part) => Box::pin(instance.clear(part)),
            What::Lane => unreachable!("lanes begin by themselves"),
        };
        let mut world = self.shared.world();
        let asked = if let What::Call(intent) = what { Some(world.intent(intent).clone()) } else { None };
        world.note(|| format!("instance {number} begins {what:?}: {asked:?}"));
        drop(world);
        self.running.push(Running { instance: number, what, task, waits: false });
    }

    /// One step of one task that can take one.
    fn go(&mut self) {
        let able = |(number, running): (usize, &Running)| (!running.waits).then_some(number);
        let able: Vec<usize> = self.running.iter().enumerate().filter_map(able).collect();
        if able.is_empty() {
            return self.shared.world().expect(Err("everybody waits for somebody".to_owned()));
        }
        let number = able[self.below(able.len())];
        let running = &mut self.running[number];
        let (owner, what) = (running.instance, running.what);
        let instance = &self.instances[owner];
        if running.task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            drop(self.running.swap_remove(number));
        } else {
            running.waits = instance.waits();
        }
        if what == What::Lane {
            self.running
                .iter_mut()
                .filter(|other| other.instance == owner)
                .for_each(|other| other.waits = false);
        }
        let lane = |task| Running { instance: owner, what: What::Lane, task, waits: false };
        self.running.extend(instance.woken().into_iter().map(lane));
    }

    /// What it had in memory and who waited for it are gone; another takes its place.
    fn crash(&mut self, number: usize) {
        self.note(|| format!("instance {number} crashes"));
        self.shared.world().count("crash");
        self.running.retain(|running| running.instance != number);
        self.instances[number] = Instance::start(number, &self.shared);
    }

    /// All trouble ends, what is under way comes to its end, time passes beyond every deadline, and then all that was ever
    /// answered is asked again.
    fn end(&mut self) {
        {
            let mut world = self.shared.world();
            world.note(|| "all trouble ends".to_owned());
            world.trouble = Trouble::default();
        }
        self.settle();
        self.shared.world().check_quiet();
        for _ in 0..MOST_ROUNDS {
            let next = self.shared.world().store.timers.first().map(|timer| timer.due_at);
            let Some(next) = next.filter(|_| !self.is_wrong()) else { break };
            self.note(|| format!("time passes until {next}"));
            self.shared.world().clock.hold(next);
            self.settle();
        }
        self.repeat();
        self.settle();
        let mut world = self.shared.world();
        if world.wrong.is_none() {
            world.check_quiet();
            world.check_end();
        }
    }

    /// Until nothing is under way, nothing is due and nothing is pending.
    fn settle(&mut self) {
        for _ in 0..MOST_ROUNDS {
            self.finish();
            self.shared.world().carry_out_late();
            self.begin(0, What::Attend);
            let heads = self.shared.world().store.heads.clone();
            for head in heads {
                self.begin(0, What::Clear(head.part));
            }
            self.finish();
            let mut world = self.shared.world();
            let now = world.now();
            let next = world.store.timers.first().map(|timer| timer.due_at);
            let due = next.is_some_and(|at| at <= now);
            let busy = due || !world.store.late.is_empty() || world.store.is_behind();
            let waits = world.store.payments.values().any(|payment| payment.pending.is_some());
            if world.wrong.is_some() || !busy && !waits {
                return;
            }
            match next {
                Some(next) if !busy => world.clock.hold(next),
                Some(_) => {}
                None if busy => {}
                None => world.expect(Err("an operation is pending, and nobody will look".to_owned())),
            }
        }
        self.shared.world().expect(Err("it never comes to rest".to_owned()));
    }

    /// Everything under way.
    fn finish(&mut self) {
        for _ in 0..MOST_STEPS {
            if self.running.is_empty() || self.is_wrong() {
                return;
            }
            self.go();
            self.shared.world().check_step();
        }
        self.shared.world().expect(Err("a task never ends".to_owned()));
    }

    /// Asks everything again that had a final answer; the answers are compared where they are heard.
    fn repeat(&mut self) {
        let silences = |course: &Self| course.shared.world().tally.get("no answer").copied();
        let before = silences(self);
        let intents = self.shared.world().intents.len();
        for intent in 0..intents {
            if self.shared.world().intent(intent).said.is_some() {
                self.begin(intent % INSTANCES, What::Call(intent));
                self.finish();
            }
        }
        if silences(self) != before {
            self.shared.world().expect(Err("what was answered once has no answer any more".to_owned()));
        }
    }
}
