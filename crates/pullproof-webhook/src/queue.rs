//! A bounded queue in front of a fixed set of threads.
//!
//! Under load a thread hands over what it has done a few at a time: each time wakes those who wait,
//! who then take the processor from the next job.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is handed over together at most; twice as much saves nothing more.
pub const HELD_MAX: usize = 8;

/// How long what is done waits for further jobs before no more of them is begun: less than anybody
/// notices, and several of the shortest reviews.
pub const HOLD_TIME: Duration = Duration::from_micros(500);

/// What the threads of a queue do.
pub trait Work: Send + Sync + 'static {
    /// What waits for a thread.
    type Job: Send + 'static;
    /// What a job comes to.
    type Done;

    /// Called once on each thread.
    fn prepare(&self);

    /// Whether a job should take so little time that what is done may wait for it.
    fn is_brief(&self, job: &Self::Job) -> bool;

    /// Does a job.
    fn run(&self, job: Self::Job) -> Self::Done;

    /// Hands over what is done, soon after that and in its order.
    fn deliver(&self, done: Self::Done);
}

/// Jobs that wait and threads that do them.
pub struct Queue<J> {
    shared: Arc<Shared<J>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared<J> {
    state: Mutex<State<J>>,
    wake: Condvar,
    capacity: usize,
    /// When it was made; times below count from it.
    start: Instant,
    /// For each thread the microsecond at which its job began, or `IDLE`.
    busy_since_us: Vec<AtomicU64>,
}

struct State<J> {
    jobs: VecDeque<J>,
    n_sleeping: usize,
    is_closed: bool,
}

const IDLE: u64 = u64::MAX;

/// The threads are of the operating system: a policy computes without a pause, and would hold up
/// the sockets of an asynchronous one.
impl<J: Send + 'static> Queue<J> {
    /// Starts `n_threads` threads, with at most `capacity` jobs that wait for them.
    ///
    /// `hold_time` is `HOLD_TIME`, unless a test says otherwise.
    ///
    /// # Errors
    ///
    /// A thread cannot be started.
    pub fn start(
        n_threads: usize,
        capacity: usize,
        hold_time: Duration,
        work: impl Work<Job = J>,
    ) -> io::Result<Queue<J>> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                // Grows to its capacity only under load.
                jobs: VecDeque::new(),
                n_sleeping: 0,
                is_closed: false,
            }),
            wake: Condvar::new(),
            capacity,
            start: Instant::now(),
            busy_since_us: (0..n_threads).map(|_| AtomicU64::new(IDLE)).collect(),
        });
        let work = Arc::new(work);
        let mut threads = Vec::with_capacity(n_threads);
        for thread_idx in 0..n_threads {
            let shared = Arc::clone(&shared);
            let work = Arc::clone(&work);
            let thread = std::thread::Builder::new()
                .name(format!("evaluate-{thread_idx}"))
                .spawn(move || {
                    work.prepare();
                    let held = Held {
                        done: Vec::with_capacity(HELD_MAX),
                        since: shared.start,
                        hold_time,
                    };
                    run(&shared, &shared.busy_since_us[thread_idx], held, &*work);
                })?;
            threads.push(thread);
        }
        Ok(Queue {
            shared,
            threads: Mutex::new(threads),
        })
    }

    /// Adds a job.
    ///
    /// # Errors
    ///
    /// The job itself, when the queue is full or closed.
    pub fn push(&self, job: J) -> Result<(), J> {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_closed || self.shared.capacity <= state.jobs.len() {
            return Err(job);
        }
        state.jobs.push_back(job);
        let must_wake = 0 < state.n_sleeping;
        drop(state);
        if must_wake {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    /// Jobs that wait.
    pub fn depth(&self) -> usize {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .jobs
            .len()
    }

    /// How long the threads that are at work have been so, unordered.
    pub fn busy(&self) -> Vec<Duration> {
        let now_us = self.shared.now_us();
        let since_us = self
            .shared
            .busy_since_us
            .iter()
            .map(|us| us.load(Ordering::Relaxed));
        since_us
            .filter(|since_us| *since_us != IDLE)
            .map(|since_us| Duration::from_micros(now_us.saturating_sub(since_us)))
            .collect()
    }

    /// Takes no more jobs, does those that wait, and ends the threads.
    ///
    /// Does not wait for them: one may hang in its job.
    pub fn close(&self) {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed = true;
        self.shared.wake.notify_all();
    }

    /// Whether every thread has ended after `close`.
    pub fn has_ended(&self) -> bool {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.iter().all(JoinHandle::is_finished)
    }
}

impl<J> Shared<J> {
    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(IDLE - 1)
    }
}

impl<J> Drop for Queue<J> {
    fn drop(&mut self) {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed = true;
        self.shared.wake.notify_all();
    }
}

/// What a thread has done and not yet handed over.
struct Held<D> {
    done: Vec<D>,
    /// When the first of it was done.
    since: Instant,
    hold_time: Duration,
}

impl<D> Held<D> {
    fn add(&mut self, done: D) {
        if self.done.is_empty() {
            self.since = Instant::now();
        }
        self.done.push(done);
    }

    /// Whether all of it may wait for one more job.
    fn may_wait(&self, is_brief: bool) -> bool {
        is_brief && self.done.len() < HELD_MAX && self.since.elapsed() < self.hold_time
    }

    fn deliver<W: Work<Done = D>>(&mut self, work: &W) {
        self.done.drain(..).for_each(|done| work.deliver(done));
    }
}

fn run<W: Work>(
    shared: &Shared<W::Job>,
    busy_since_us: &AtomicU64,
    mut held: Held<W::Done>,
    work: &W,
) {
    let lock = || shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    let mut state = lock();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            if !held.done.is_empty() && !held.may_wait(work.is_brief(&job)) {
                held.deliver(work);
            }
            busy_since_us.store(shared.now_us(), Ordering::Relaxed);
            held.add(work.run(job));
            busy_since_us.store(IDLE, Ordering::Relaxed);
            state = lock();
            continue;
        }
        if !held.done.is_empty() {
            drop(state);
            held.deliver(work);
            state = lock();
            continue;
        }
        if state.is_closed {
            return;
        }
        state.n_sleeping += 1;
        state = shared
            .wake
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
        state.n_sleeping -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    fn eventually(holds: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !holds() {
            assert!(Instant::now() < end, "did not become true in time");
            std::thread::yield_now();
        }
    }

    /// Says what it does; jobs from 100 on are not brief, and those below 10 wait for the gate.
    struct Told {
        gate: Mutex<Receiver<()>>,
        events: Sender<Event>,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Event {
        Prepared,
        Done(u32),
        Delivered(u32),
    }
    use Event::{Delivered, Done, Prepared};

    impl Work for Told {
        type Job = u32;
        type Done = u32;

        fn prepare(&self) {
            self.events.send(Prepared).unwrap();
        }

        fn is_brief(&self, job: &u32) -> bool {
            *job < 100
        }

        fn run(&self, job: u32) -> u32 {
            if job < 10 {
                let _ = self.gate.lock().unwrap().recv();
            }
            self.events.send(Done(job)).unwrap();
            job
        }

        fn deliver(&self, done: u32) {
            self.events.send(Delivered(done)).unwrap();
        }
    }

    /// A queue of one thread that waits in its first job until the gate is dropped.
    fn held_up(capacity: usize, hold_time: Duration) -> (Queue<u32>, Sender<()>, Receiver<Event>) {
        let (release, gate) = channel::<()>();
        let (events, results) = channel();
        let gate = Mutex::new(gate);
        let queue = Queue::start(1, capacity, hold_time, Told { gate, events }).unwrap();
        queue.push(1).unwrap();
        eventually(|| queue.depth() == 0);
        (queue, release, results)
    }

    /// What one thread does with these jobs when all of them wait.
    fn events(jobs: &[u32], hold_time: Duration) -> Vec<Event> {
        let (queue, release, results) = held_up(jobs.len(), hold_time);
        jobs.iter().for_each(|job| queue.push(*job).unwrap());
        drop(release);
        queue.close();
        eventually(|| queue.has_ended());
        drop(queue);
        results.iter().collect()
    }

    #[test]
    fn a_full_queue_gives_the_job_back() {
        let (queue, release, results) = held_up(2, HOLD_TIME);
        queue.push(2).unwrap();
        queue.push(3).unwrap();
        assert_eq!(queue.push(4), Err(4));
        assert_eq!(queue.depth(), 2);
        assert_eq!(queue.busy().len(), 1);
        drop(release);
        queue.close();
        assert_eq!(queue.push(5), Err(5));
        eventually(|| queue.has_ended());
        assert!(queue.busy().is_empty());
        drop(queue);
        let done = results.iter().filter(|event| matches!(event, Done(_)));
        assert_eq!(done.collect::<Vec<_>>(), [1, 2, 3].map(Done));
    }

    #[test]
    fn what_is_done_waits_for_a_few_brief_jobs() {
        let jobs: Vec<u32> = (20..).take(HELD_MAX + 1).collect();
        let mut expected = vec![Prepared, Done(1)];
        expected.extend(jobs[..HELD_MAX - 1].iter().copied().map(Done));
        expected.push(Delivered(1));
        expected.extend(jobs[..HELD_MAX - 1].iter().copied().map(Delivered));
        expected.extend(jobs[HELD_MAX - 1..].iter().copied().map(Done));
        expected.extend(jobs[HELD_MAX - 1..].iter().copied().map(Delivered));
        assert_eq!(events(&jobs, Duration::MAX), expected);
    }

    #[test]
    fn what_is_done_waits_for_no_other_job() {
        let expected = [
            Prepared,
            Done(1),
            Done(20),
            Delivered(1),
            Delivered(20),
            Done(100),
            Done(21),
            Delivered(100),
            Delivered(21),
        ];
        assert_eq!(events(&[20, 100, 21], Duration::MAX), expected);
    }

    #[test]
    fn what_is_done_waits_no_longer_than_a_moment() {
        let one_by_one = [1, 20, 21].map(|job| [Done(job), Delivered(job)]);
        let expected = [&[Prepared][..], one_by_one.as_flattened()].concat();
        assert_eq!(events(&[20, 21], Duration::ZERO), expected);
    }

    #[test]
    fn what_is_done_waits_for_nothing_where_nothing_is_to_be_done() {
        let (queue, release, results) = held_up(1, Duration::MAX);
        release.send(()).unwrap();
        let got: Vec<Event> = results.iter().take(3).collect();
        assert_eq!(got, [Prepared, Done(1), Delivered(1)]);
        drop(queue);
    }

    #[test]
    fn every_job_is_done_and_delivered_once() {
        let (release, gate) = channel::<()>();
        let (events, results) = channel();
        let gate = Mutex::new(gate);
        let queue = Queue::start(4, 1_000, HOLD_TIME, Told { gate, events }).unwrap();
        drop(release);
        for job in 0..1_000 {
            queue.push(job).unwrap();
        }
        queue.close();
        eventually(|| queue.has_ended());
        drop(queue);
        let (mut done, mut delivered, mut n_prepared) = (vec![], vec![], 0);
        for event in results {
            match event {
                Prepared => n_prepared += 1,
                Done(job) => done.push(job),
                Delivered(job) => delivered.push(job),
            }
        }
        let all: Vec<u32> = (0..1_000).collect();
        for jobs in [&mut done, &mut delivered] {
            jobs.sort_unstable();
            assert_eq!(*jobs, all);
        }
        assert_eq!(n_prepared, 4);
    }
}
