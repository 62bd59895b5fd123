//! An upstream whose connections follow scripts.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};

use crate::DEADLINE;
use crate::message::Message;
use crate::wire::{Answers, Wire};

/// What one connection does. It is closed behind its last step.
#[derive(Debug, Clone, Default)]
#[must_use = "an upstream plays it"]
pub struct Script {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    ReadRequest,
    ReadHead,
    ReadBytes(usize),
    Send(Vec<u8>),
    /// Waits until the peer closes; nothing may come before.
    Closed,
    /// Waits until the peer closes, whatever comes before.
    Ended,
    Reset,
    /// Answers every request until the peer closes.
    Serve(Vec<u8>),
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a request with its body; the test gets it from [`RunningUpstream::request`].
    pub fn read(self) -> Self {
        self.step(Step::ReadRequest)
    }

    /// Reads a request's head alone.
    pub fn read_head(self) -> Self {
        self.step(Step::ReadHead)
    }

    /// Reads bytes that are no message and gives them to the test as a body.
    pub fn read_bytes(self, count: usize) -> Self {
        self.step(Step::ReadBytes(count))
    }

    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(bytes.as_ref().to_vec()))
    }

    /// Reads a request and answers it.
    pub fn answer(self, response: impl AsRef<[u8]>) -> Self {
        self.read().send(response)
    }

    /// The peer closes without another byte.
    pub fn closed(self) -> Self {
        self.step(Step::Closed)
    }

    /// The peer closes sooner or later.
    pub fn ended(self) -> Self {
        self.step(Step::Ended)
    }

    /// Ends the connection with a reset.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// An upstream's scripts, one for each connection in the order of arrival.
#[derive(Debug, Default)]
#[must_use = "`run` starts it"]
pub struct Upstream {
    scripts: Vec<Script>,
    others: Option<Script>,
}

impl Upstream {
    pub fn new() -> Self {
        Self::default()
    }

    /// The script of the next connection. One more than there are scripts is a failure.
    pub fn connection(mut self, script: Script) -> Self {
        self.scripts.push(script);
        self
    }

    /// All further connections answer every request alike.
    pub fn serving(mut self, response: impl AsRef<[u8]>) -> Self {
        self.others = Some(Script::new().step(Step::Serve(response.as_ref().to_vec())));
        self
    }

    /// Binds a port and plays the scripts.
    pub fn run(self) -> RunningUpstream {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (sender, requests) = channel();
        let shared = Arc::new(Shared::default());
        let scripts = self.scripts.len();
        let acceptor = Acceptor {
            listener,
            shared: Arc::clone(&shared),
            requests: sender,
            scripts: self.scripts.into_iter(),
            others: self.others,
        };
        let thread = Some(spawn(move || acceptor.run()));
        RunningUpstream { address, requests, shared, scripts, thread }
    }
}

/// An upstream at work. Dropping it ends it and raises what went wrong in it.
#[derive(Debug)]
pub struct RunningUpstream {
    address: SocketAddr,
    requests: Receiver<Message>,
    shared: Arc<Shared>,
    scripts: usize,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    accepted: AtomicUsize,
    failures: Mutex<Vec<String>>,
    /// Handles of what is open, to end it from outside; a script takes its own away before it
    /// closes, for a socket closes with its last handle.
    open: Mutex<HashMap<usize, TcpStream>>,
}

impl Shared {
    fn fail(&self, text: String) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<usize, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

impl RunningUpstream {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request that a script has read, over all connections.
    pub fn request(&self) -> Message {
        match self.requests.recv_timeout(DEADLINE) {
            Ok(request) => request,
            Err(RecvTimeoutError::Timeout) => panic!("no request came: {:?}", self.failures()),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("no more requests can come: {:?}", self.failures())
            }
        }
    }

    /// Requests that were read and not yet asked for.
    pub fn requests_left(&self) -> usize {
        self.requests.try_iter().count()
    }

    /// Connections that were accepted.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::Acquire)
    }

    fn failures(&self) -> Vec<String> {
        self.shared.failures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        // Wakes the acceptor, which then closes what is open.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            self.shared.fail("its thread panicked".into());
        }
    }
}

impl Drop for RunningUpstream {
    fn drop(&mut self) {
        self.stop();
        let mut failures = self.failures();
        let accepted = self.connections();
        if accepted < self.scripts {
            failures.push(format!("{accepted} of {} connections came", self.scripts));
        }
        // A test that fails already says why.
        assert!(failures.is_empty() || std::thread::panicking(), "in the upstream: {failures:#?}");
    }
}

struct Acceptor {
    listener: TcpListener,
    shared: Arc<Shared>,
    requests: Sender<Message>,
    scripts: std::vec::IntoIter<Script>,
    others: Option<Script>,
}

impl Acceptor {
    fn run(mut self) {
        let mut threads = Vec::new();
        for number in 0.. {
            let Ok((stream, _)) = self.listener.accept() else { break };
            if self.shared.is_stopping() {
                break;
            }
            self.shared.accepted.fetch_add(1, Ordering::AcqRel);
            match self.scripts.next().or_else(|| self.others.clone()) {
                Some(script) => threads.extend(self.play(number, script, stream)),
                None => self.shared.fail(format!("connection {number} has no script")),
            }
        }
        for stream in self.shared.open().values() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in threads {
            // What a script failed at is in the list.
            let _ = thread.join();
        }
    }

    fn play(&self, number: usize, script: Script, stream: TcpStream) -> Option<JoinHandle<()>> {
        let (shared, requests) = (Arc::clone(&self.shared), self.requests.clone());
        let opened = Wire::new(stream).and_then(|wire| Ok((wire.handle()?, wire)));
        let (handle, wire) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                shared.fail(format!("connection {number}: {error}"));
                return None;
            }
        };
        shared.open().insert(number, handle);
        Some(spawn(move || {
            let mut wire = Some(wire);
            for (index, step) in script.steps.into_iter().enumerate() {
                let name = format!("{step:.120?}");
                let played = match (step, wire.take()) {
                    (Step::Reset, Some(open)) => {
                        shared.open().remove(&number);
                        open.reset()
                    }
                    (step, Some(mut open)) => {
                        let played = play(step, &mut open, &requests);
                        wire = Some(open);
                        played
                    }
                    (_, None) => Err(io::Error::other("the script has reset the connection")),
                };
                if let Err(error) = played {
                    shared.fail(format!("connection {number}, step {index}, {name}: {error}"));
                    break;
                }
            }
            shared.open().remove(&number);
        }))
    }
}

fn play(step: Step, wire: &mut Wire, requests: &Sender<Message>) -> io::Result<()> {
    let give = |message| {
        // A test that has ended asks for nothing.
        let _ = requests.send(message);
    };
    match step {
        Step::ReadRequest => give(wire.read_message(Answers::Nothing)?),
        Step::ReadHead => give(wire.read_head()?),
        Step::ReadBytes(count) => {
            give(Message { body: wire.read_exactly(count)?, ..Message::default() });
        }
        Step::Send(bytes) => wire.send(&bytes)?,
        Step::Closed => {
            let rest = wire.read_to_end()?;
            if !rest.is_empty() {
                let text = String::from_utf8_lossy(&rest).into_owned();
                return Err(io::Error::other(format!("more than expected: {text:?}")));
            }
        }
        Step::Ended => {
            // A reset is an end as well.
            let _ = wire.read_to_end();
        }
        Step::Reset => {}
        Step::Serve(response) => {
            while matches!(wire.has_more(), Ok(true)) {
                give(wire.read_message(Answers::Nothing)?);
                wire.send(&response)?;
            }
        }
    }
    Ok(())
}
