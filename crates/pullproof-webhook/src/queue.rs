//! A bounded queue in front of a fixed set of threads.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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
    /// Starts `n_threads` threads; each calls `prepare` once and then `work` for each job.
    ///
    /// # Errors
    ///
    /// A thread cannot be started.
    pub fn start(
        n_threads: usize,
        capacity: usize,
        prepare: impl Fn() + Send + Sync + 'static,
        work: impl Fn(J) + Send + Sync + 'static,
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
        let work = Arc::new((prepare, work));
        let mut threads = Vec::with_capacity(n_threads);
        for thread_idx in 0..n_threads {
            let shared = Arc::clone(&shared);
            let work = Arc::clone(&work);
            let thread = std::thread::Builder::new()
                .name(format!("evaluate-{thread_idx}"))
                .spawn(move || {
                    (work.0)();
                    run(&shared, &shared.busy_since_us[thread_idx], &work.1);
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

fn run<J>(shared: &Shared<J>, busy_since_us: &AtomicU64, work: &impl Fn(J)) {
    let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            busy_since_us.store(shared.now_us(), Ordering::Relaxed);
            work(job);
            busy_since_us.store(IDLE, Ordering::Relaxed);
            state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
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
    use std::sync::mpsc::{Receiver, channel};

    fn eventually(holds: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !holds() {
            assert!(Instant::now() < end, "did not become true in time");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_full_queue_gives_the_job_back() {
        let (release, gate) = channel::<()>();
        let gate = Mutex::new(gate);
        let (done, results) = channel();
        let queue = Queue::start(
            1,
            2,
            || {},
            move |job: u32| {
                let _ = gate.lock().unwrap().recv();
                done.send(job).unwrap();
            },
        )
        .unwrap();
        queue.push(1).unwrap();
        eventually(|| queue.depth() == 0);
        queue.push(2).unwrap();
        queue.push(3).unwrap();
        assert_eq!(queue.push(4), Err(4));
        assert_eq!(queue.depth(), 2);
        assert_eq!(queue.busy().len(), 1);
        drop(release);
        queue.close();
        assert_eq!(queue.push(5), Err(5));
        assert_eq!(collect(&results), [1, 2, 3]);
        eventually(|| queue.has_ended());
        assert!(queue.busy().is_empty());
    }

    #[test]
    fn every_job_is_done_once() {
        let (done, results) = channel();
        let prepared = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&prepared);
        let queue = Queue::start(
            4,
            1_000,
            move || _ = count.fetch_add(1, Ordering::Relaxed),
            move |job: u32| done.send(job).unwrap(),
        )
        .unwrap();
        for job in 0..1_000 {
            queue.push(job).unwrap();
        }
        queue.close();
        eventually(|| queue.has_ended());
        drop(queue);
        let mut jobs = collect(&results);
        jobs.sort_unstable();
        assert_eq!(jobs, (0..1_000).collect::<Vec<_>>());
        assert_eq!(prepared.load(Ordering::Relaxed), 4);
    }

    fn collect(results: &Receiver<u32>) -> Vec<u32> {
        std::iter::from_fn(|| results.recv_timeout(Duration::from_secs(10)).ok()).collect()
    }
}
