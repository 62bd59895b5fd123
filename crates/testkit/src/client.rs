//! A client that sends bytes and reads responses, step by step.

use std::io;
use std::net::SocketAddr;

use crate::message::Message;
use crate::wire::{Answers, Wire};

/// A client's script.
#[derive(Debug)]
#[must_use = "`run` plays it"]
pub struct Client<'a> {
    address: SocketAddr,
    steps: Vec<Step<'a>>,
}

#[derive(Debug)]
enum Step<'a> {
    Send(Vec<u8>),
    SendBytewise(Vec<u8>),
    Receive(Answers),
    ReceiveBytes(usize),
    HalfClose,
    Reset,
    Closed,
    /// Runs something while the connection stays open.
    Meanwhile(Action<'a>),
}

struct Action<'a>(Box<dyn FnOnce() + 'a>);

impl std::fmt::Debug for Action<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Action")
    }
}

/// What a client got.
#[derive(Debug, Default)]
pub struct Conversation {
    pub responses: Vec<Message>,
    /// What [`Client::receive_bytes`] got.
    pub bytes: Vec<u8>,
}

impl Conversation {
    /// The statuses of all responses, in order.
    pub fn statuses(&self) -> Vec<u16> {
        self.responses.iter().map(Message::status).collect()
    }

    /// The only response; panics when there are none or several.
    pub fn response(&self) -> &Message {
        assert_eq!(self.responses.len(), 1, "{:?}", self.responses);
        &self.responses[0]
    }
}

impl<'a> Client<'a> {
    pub fn to(address: SocketAddr) -> Self {
        Self { address, steps: Vec::new() }
    }

    /// A GET of a path and its response.
    pub fn get(address: SocketAddr, path: &str) -> Message {
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        Self::to(address).send(request).receive().run().response().clone()
    }

    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(bytes.as_ref().to_vec()))
    }

    /// Sends each byte by itself.
    pub fn send_bytewise(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::SendBytewise(bytes.as_ref().to_vec()))
    }

    /// Reads a response, an interim one included.
    pub fn receive(self) -> Self {
        self.step(Step::Receive(Answers::Any))
    }

    /// Reads the response to a HEAD.
    pub fn receive_head(self) -> Self {
        self.step(Step::Receive(Answers::Head))
    }

    /// Reads bytes that are no message.
    pub fn receive_bytes(self, count: usize) -> Self {
        self.step(Step::ReceiveBytes(count))
    }

    pub fn half_close(self) -> Self {
        self.step(Step::HalfClose)
    }

    /// Ends the connection with a reset.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Nothing more comes, and the connection ends.
    pub fn closed(self) -> Self {
        self.step(Step::Closed)
    }

    /// Runs something while the connection stays open.
    pub fn meanwhile(self, action: impl FnOnce() + 'a) -> Self {
        self.step(Step::Meanwhile(Action(Box::new(action))))
    }

    /// Plays the script; panics with the step at which it failed.
    pub fn run(self) -> Conversation {
        self.try_run().unwrap_or_else(|failure| panic!("in the client: {failure}"))
    }

    /// Plays the script; fails with the step at which it failed.
    pub fn try_run(self) -> Result<Conversation, String> {
        let wire = Wire::connect(self.address);
        let mut wire = wire.map(Some).map_err(|error| format!("{}: {error}", self.address))?;
        let mut got = Conversation::default();
        for (number, step) in self.steps.into_iter().enumerate() {
            let name = format!("{step:.120?}");
            play(step, &mut wire, &mut got)
                .map_err(|error| format!("step {number}, {name}: {error}; so far {got:?}"))?;
        }
        Ok(got)
    }

    fn step(mut self, step: Step<'a>) -> Self {
        self.steps.push(step);
        self
    }
}

fn play(step: Step<'_>, wire: &mut Option<Wire>, got: &mut Conversation) -> io::Result<()> {
    let Some(open) = wire else {
        return Err(io::Error::other("the connection has been reset by the script"));
    };
    match step {
        Step::Send(bytes) => open.send(&bytes)?,
        Step::SendBytewise(bytes) => {
            for byte in bytes {
                open.send(&[byte])?;
            }
        }
        Step::Receive(answers) => got.responses.push(open.read_message(answers)?),
        Step::ReceiveBytes(count) => got.bytes.extend(open.read_exactly(count)?),
        Step::HalfClose => open.half_close()?,
        Step::Reset => {
            if let Some(wire) = wire.take() {
                wire.reset()?;
            }
        }
        Step::Closed => {
            let rest = open.read_to_end()?;
            if !rest.is_empty() {
                let text = String::from_utf8_lossy(&rest).into_owned();
                return Err(io::Error::other(format!("more than expected: {text:?}")));
            }
        }
        Step::Meanwhile(action) => (action.0)(),
    }
    Ok(())
}
