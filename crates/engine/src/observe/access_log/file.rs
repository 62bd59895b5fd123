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

/// What a log is written to.
pub(super) trait Output: Write {
    /// How long it is; nothing where that cannot be said.
    fn length(&self) -> u64;
}

impl Output for File {
    fn length(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }
}

/// What became of lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// All of them were written.
    pub whole: bool,
    /// So many lines will not be.
    pub lost: u64,
}

/// Where lines are appended, and the rest of a line that was begun when writing failed.
#[derive(Debug)]
pub(super) struct LineWriter<W> {
    output: W,
    unfinished: Vec<u8>,
    /// How long the output was when that line was begun.
    begun_at: u64,
}

impl<W: Output> LineWriter<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, unfinished: Vec::new(), begun_at: 0 }
    }

    /// Goes on with another output, where no line is unfinished.
    pub(super) fn replace(&mut self, output: W) {
        self.output = output;
        self.unfinished.clear();
    }

    /// Appends whole lines. When that fails the lines are lost, but for the end of one of which
    /// the beginning was written: that comes first the next time, unless the beginning is gone
    /// since, as where somebody has emptied a file to make room.
    pub(super) fn write(&mut self, lines: &[u8]) -> Outcome {
        let mut lost = 0;
        if !self.unfinished.is_empty() && self.output.length() < self.begun_at {
            self.unfinished.clear();
            lost += 1;
        }
        while !self.unfinished.is_empty() {
            let Ok(written) = write_once(&mut self.output, &self.unfinished) else {
                return Outcome { whole: false, lost: lost + count(lines) };
            };
            self.unfinished.drain(..written);
        }
        let mut at = 0;
        while at < lines.len() {
            if let Ok(written) = write_once(&mut self.output, &lines[at..]) {
                at += written;
                continue;
            }
            let mut rest = &lines[at..];
            if at > 0 && lines[at - 1] != b'\n' {
                let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                self.unfinished.extend_from_slice(&rest[..end]);
                self.begun_at = self.output.length();
                rest = &rest[end..];
            }
            return Outcome { whole: false, lost: lost + count(rest) };
        }
        Outcome { whole: true, lost }
    }
}

fn count(lines: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', lines).count() as u64
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

    impl Output for Disk {
        fn length(&self) -> u64 {
            self.content.len() as u64
        }
    }

    const WHOLE: Outcome = Outcome { whole: true, lost: 0 };

    fn lost(lost: u64) -> Outcome {
        Outcome { whole: false, lost }
    }

    #[test]
    fn a_line_that_was_begun_is_finished_when_there_is_room() {
        let mut writer = LineWriter::new(Disk { content: Vec::new(), room: 18 });
        assert_eq!(writer.write(b"line one\nline two\nline three\n"), lost(1));
        assert_eq!(writer.write(b"lost\n"), lost(1));
        writer.output.room = 100;
        assert_eq!(writer.write(b"line four\n"), WHOLE);
        let content = String::from_utf8(writer.output.content).expect("text");
        assert_eq!(content, "line one\nline two\nline four\n");
    }

    #[test]
    fn the_middle_of_a_line_is_no_place_to_stop() {
        let mut writer = LineWriter::new(Disk { content: Vec::new(), room: 12 });
        assert_eq!(writer.write(b"line one\nline two\nline three\n"), lost(1));
        writer.output.room = 2;
        assert_eq!(writer.write(b"lost\nlost\n"), lost(2));
        writer.output.room = 100;
        assert_eq!(writer.write(b"line four\n"), WHOLE);
        let content = String::from_utf8(writer.output.content).expect("text");
        assert_eq!(content, "line one\nline two\nline four\n");
    }

    #[test]
    fn the_end_of_a_line_whose_beginning_was_cut_off_is_lost() {
        let mut writer = LineWriter::new(Disk { content: Vec::new(), room: 12 });
        assert_eq!(writer.write(b"line one\nline two\n"), lost(0));
        writer.output = Disk { content: Vec::new(), room: 100 };
        assert_eq!(writer.write(b"line three\n"), Outcome { whole: true, lost: 1 });
        assert_eq!(writer.output.content, b"line three\n");
    }
}
