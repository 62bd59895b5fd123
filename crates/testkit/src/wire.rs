//! Reading HTTP/1 messages off a socket, with a deadline.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Instant;

use crate::DEADLINE;
use crate::message::Message;

/// What a response answers, for its framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Not a response at all.
    Nothing,
    Any,
    Head,
}

/// A socket and what was read of it beyond the last message.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    ended: bool,
}

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(TcpStream::connect_timeout(&address, DEADLINE)?)
    }

    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(Self { stream, buffer: Vec::new(), ended: false })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub(crate) fn half_close(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Closes so that the peer gets a reset.
    pub(crate) fn reset(self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO))
    }

    /// Everything up to the end.
    pub(crate) fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? {}
        Ok(std::mem::take(&mut self.buffer))
    }

    /// True if a further byte comes before the end.
    pub(crate) fn has_more(&mut self) -> io::Result<bool> {
        Ok(!self.buffer.is_empty() || self.fill()?)
    }

    /// Exactly so many bytes.
    pub(crate) fn read_exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            if !self.fill()? {
                return Err(early(&self.buffer));
            }
        }
        Ok(self.take(count))
    }

    /// One message with its body.
    pub(crate) fn read_message(&mut self, answers: Answers) -> io::Result<Message> {
        let mut message = self.read_head()?;
        let status = message.status();
        let bodiless = answers == Answers::Head || status < 200 || matches!(status, 204 | 304);
        if answers != Answers::Nothing && bodiless {
            return Ok(message);
        }
        let encoding = message.field("transfer-encoding").map(str::to_ascii_lowercase);
        if encoding.as_deref() == Some("chunked") {
            self.read_chunks(&mut message)?;
        } else if let Some(length) = message.field("content-length") {
            let length = length.parse().map_err(|_| wrong("content-length", length))?;
            message.body = self.read_exactly(length)?;
        } else if answers != Answers::Nothing {
            message.body = self.read_to_end()?;
        }
        Ok(message)
    }

    /// A head without what follows it.
    pub(crate) fn read_head(&mut self) -> io::Result<Message> {
        let mut head = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        let text = head.join("\r\n") + "\r\n\r\n";
        let mut lines = head.into_iter();
        let start = lines.next().ok_or_else(|| wrong("head", "an empty line"))?;
        let fields = lines.map(|line| split_field(&line)).collect::<io::Result<_>>()?;
        Ok(Message { start, fields, head: text, ..Message::default() })
    }

    fn read_chunks(&mut self, message: &mut Message) -> io::Result<()> {
        loop {
            let line = self.read_line()?;
            let size = usize::from_str_radix(&line, 16).map_err(|_| wrong("chunk size", &line))?;
            if size == 0 {
                break;
            }
            message.chunks.push(size);
            message.body.extend(self.read_exactly(size)?);
            let end = self.read_line()?;
            if !end.is_empty() {
                return Err(wrong("end of chunk", &end));
            }
        }
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(());
            }
            message.trailers.push(split_field(&line)?);
        }
    }

    /// A line without its end.
    fn read_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.take(end + 2);
                return Ok(line[..end].iter().map(|byte| char::from(*byte)).collect());
            }
            if !self.fill()? {
                return Err(early(&self.buffer));
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Reads once; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.stream.set_read_timeout(Some(DEADLINE))?;
        let started = Instant::now();
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => self.ended = true,
            Ok(count) => self.buffer.extend_from_slice(&piece[..count]),
            Err(error) if started.elapsed() >= DEADLINE => {
                let held = String::from_utf8_lossy(&self.buffer).into_owned();
                let text = format!("nothing came within the deadline, behind {held:?}: {error}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            Err(error) => return Err(error),
        }
        Ok(!self.ended)
    }

    /// A second handle, to end the wait of the first.
    pub(crate) fn handle(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }
}

fn split_field(line: &str) -> io::Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| wrong("field", line))?;
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn wrong(what: &str, text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {text:?}"))
}

fn early(held: &[u8]) -> io::Error {
    let held = String::from_utf8_lossy(held).into_owned();
    let text = format!("closed in the middle of a message, behind {held:?}");
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}
