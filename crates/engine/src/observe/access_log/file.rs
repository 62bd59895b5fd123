//! A log file as its writer keeps it: whole lines only, also after a disk was full.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;

use voyant_ir::access_log::AccessLogSink;

/// Opens a sink for appending. The standard streams are duplicated, not opened by name, because
/// they may be sockets or closed to this user.
pub(super) fn open(sink: &AccessLogSink) -> io::Result<File> {
    match sink {
        AccessLogSink::File { path } => OpenOptions::new().append(true).create(true).open(path),
        AccessLogSink::Stdout => Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
        AccessLogSink::Stderr => Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?)),
    }
}

/// Where lines are appended, and the rest of a line that was begun when writing failed.
#[derive(Debug)]
pub(super) struct LineWriter<W> {
    output: W,
    unfinished: Vec<u8>,
}

impl<W: Write> LineWriter<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, unfinished: Vec::new() }
    }

    /// Goes on with another output, where no line is unfinished.
    pub(super) fn replace(&mut self, output: W) {
        self.output = output;
        self.unfinished.clear();
    }

    /// Appends whole lines. When that fails the lines are lost, but for the end of one of which
    /// the beginning was written: that comes first the next time.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        while !self.unfinished.is_empty() {
            let written = write_once(&mut self.output, &self.unfinished)?;
            self.unfinished.drain(..written);
        }
        let mut at = 0;
        while at < lines.len() {
            match write_once(&mut self.output, &lines[at..]) {
                Ok(written) => at += written,
                Err(error) => {
                    if at > 0 && lines[at - 1] != b'\n' {
                        let rest = &lines[at..];
                        let end = rest.iter().position(|byte| *byte == b'\n');
                        self.unfinished
                            .extend_from_slice(&rest[..end.map_or(rest.len(), |n| n + 1)]);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

fn write_once(output: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk {
        content: Vec<u8>,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let written = bytes.len().min(self.room).min(7);
            self.room -= written;
            self.content.extend_from_slice(&bytes[..written]);
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_was_begun_is_finished_when_there_is_room() {
        let mut writer = LineWriter::new(Disk { content: Vec::new(), room: 18 });
        assert!(writer.write(b"line one\nline two\nline three\n").is_err());
        assert!(writer.write(b"lost\n").is_err());
        writer.output.room = 100;
        writer.write(b"line four\n").expect("room");
        let content = String::from_utf8(writer.output.content).expect("text");
        assert_eq!(content, "line one\nline two\nline four\n");
    }

    #[test]
    fn the_middle_of_a_line_is_no_place_to_stop() {
        let mut writer = LineWriter::new(Disk { content: Vec::new(), room: 12 });
        assert!(writer.write(b"line one\nline two\nline three\n").is_err());
        writer.output.room = 2;
        assert!(writer.write(b"lost\n").is_err());
        writer.output.room = 100;
        writer.write(b"line four\n").expect("room");
        let content = String::from_utf8(writer.output.content).expect("text");
        assert_eq!(content, "line one\nline two\nline four\n");
    }
}
