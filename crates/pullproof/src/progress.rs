//! What a run is at, told on a terminal once it takes long.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Runs that end before this say nothing: a line that comes and goes is noise.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line is written anew; eyes follow no faster.
const INTERVAL: Duration = Duration::from_millis(100);

/// Back to the line's start, and nothing left on it.
const CLEAR: &str = "\r\x1b[K";

/// What a run is at, in words such as "reading"; empty before the first.
type Stage = Mutex<Cow<'static, str>>;

/// Tells what a run is at, until it is dropped.
pub(crate) struct Progress {
    stage: Arc<Stage>,
    /// Who tells it, and who ends that; `None` where nobody is told.
    teller: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Tells it on standard error, if that is a terminal.
    pub(crate) fn start() -> Progress {
        match std::io::stderr().is_terminal() {
            true => Progress::to(std::io::stderr(), PATIENCE),
            false => Progress {
                stage: Arc::default(),
                teller: None,
            },
        }
    }

    fn to(terminal: impl Write + Send + 'static, patience: Duration) -> Progress {
        let stage = Arc::<Stage>::default();
        let (end, ended) = mpsc::channel();
        let told = Arc::clone(&stage);
        let thread = thread::spawn(move || tell(&told, &ended, terminal, patience));
        Progress {
            stage,
            teller: Some((end, thread)),
        }
    }

    /// Begins what comes next.
    pub(crate) fn begin(&self, name: impl Into<Cow<'static, str>>) {
        *self.stage.lock().expect("no holder of the lock panics") = name.into();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.teller.take() {
            drop(end);
            // A line less is no reason to fail.
            _ = thread.join();
        }
    }
}

fn tell(stage: &Stage, ended: &mpsc::Receiver<()>, mut terminal: impl Write, patience: Duration) {
    let mut wait = patience;
    let mut has_told = false;
    while ended.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
        let name = stage.lock().expect("no holder of the lock panics").clone();
        _ = write!(terminal, "{CLEAR}pullproof: {name}").and_then(|()| terminal.flush());
        has_told = true;
        wait = INTERVAL;
    }
    if has_told {
        _ = write!(terminal, "{CLEAR}").and_then(|()| terminal.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what is written, and says so.
    struct Screen {
        text: Arc<Mutex<String>>,
        written: mpsc::Sender<()>,
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let text = String::from_utf8_lossy(bytes);
            self.text.lock().expect("nobody panics").push_str(&text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            _ = self.written.send(());
            Ok(())
        }
    }

    fn screen() -> (Screen, Arc<Mutex<String>>, mpsc::Receiver<()>) {
        let (written, flushed) = mpsc::channel();
        let text = Arc::<Mutex<String>>::default();
        let screen = Screen {
            text: Arc::clone(&text),
            written,
        };
        (screen, text, flushed)
    }

    #[test]
    fn a_long_run_is_told_and_leaves_no_trace() {
        let (screen, text, flushed) = screen();
        let progress = Progress::to(screen, Duration::ZERO);
        progress.begin("reading");
        while !text
            .lock()
            .expect("nobody panics")
            .contains("pullproof: reading")
        {
            flushed.recv().expect("it goes on telling");
        }
        drop(progress);
        let text = text.lock().expect("nobody panics");
        assert!(text.ends_with(CLEAR), "{text:?}");
    }

    #[test]
    fn a_short_run_is_not_told() {
        let (screen, text, _flushed) = screen();
        let progress = Progress::to(screen, Duration::from_secs(3600));
        progress.begin("reading");
        drop(progress);
        assert_eq!(*text.lock().expect("nobody panics"), "");
    }
}
