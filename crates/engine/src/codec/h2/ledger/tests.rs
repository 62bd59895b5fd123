use super::*;

const LIMITS: FrameLimits =
    FrameLimits { empty_payload: 1, priority_per_stream: 100, window_update_per_data: 10 };

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A server that has read the client's preface.
fn server() -> FrameLedger {
    let mut ledger = FrameLedger::server(LIMITS, ResetBucket::new(2, 1, now()));
    ledger.read(crate::codec::h2::preface::PREFACE).expect("a preface");
    ledger
}

#[test]
fn what_stands_before_a_frame_at_fault_is_told() {
    let mut ledger = server();
    let good = frame(frame::DATA, 0, 1, &[0; 100]);
    let empty = frame(frame::DATA, 0, 1, &[]);
    let bytes = [&good[..], &empty, &empty].concat();
    assert_eq!(ledger.read(&bytes), Err((109 + 9, Violation::EmptyFrames)));
}

#[test]
fn empty_frames_are_found_where_they_lie_whole() {
    let mut ledger = server();
    let empty = frame(frame::DATA, 0, 1, &[]);
    let full = frame(frame::DATA, 0, 1, b"x");
    let bytes = [&empty[..], &full, &empty, &full, &empty[..4]].concat();
    ledger.read(&bytes).expect("no flood");
    assert_eq!(ledger.pop_idle_frame(), Some((19, 9)));
    assert_eq!(ledger.pop_idle_frame(), Some((0, 9)));
    ledger.read(&empty[4..]).expect("no flood");
    assert_eq!(ledger.pop_idle_frame(), None);
}

#[test]
fn a_reset_is_blamed_on_the_body_only_when_a_body_came_last() {
    let mut ledger = server();
    ledger.read(&frame(frame::HEADERS, 4, 1, b"x")).expect("no flood");
    assert!(!ledger.is_fault_of_body(1));
    ledger.read(&frame(frame::DATA, 0, 1, b"x")).expect("no flood");
    assert!(ledger.is_fault_of_body(1));
    ledger.read(&frame(frame::HEADERS, 5, 1, b"x")).expect("no flood");
    assert!(!ledger.is_fault_of_body(1));
}

#[test]
fn giving_up_is_blamed_on_a_head_only_when_one_was_just_read() {
    let goaway = frame(frame::GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 1]);
    let cases: [(&[Vec<u8>], Outgoing); 5] = [
        (&[frame(frame::HEADERS, 4, 1, b"x")], Outgoing::UnreadableHead),
        (
            &[frame(frame::HEADERS, 0, 1, b"x"), frame(frame::CONTINUATION, 4, 1, b"x")],
            Outgoing::UnreadableHead,
        ),
        (&[frame(frame::HEADERS, 4, 2, b"x")], Outgoing::Pass),
        (&[frame(frame::HEADERS, 4, 1, b"x"), frame(frame::DATA, 0, 0, b"x")], Outgoing::Pass),
        (&[frame(frame::CONTINUATION, 4, 1, b"x")], Outgoing::Pass),
    ];
    for (reads, outgoing) in cases {
        let mut ledger = server();
        for read in reads {
            ledger.read(read).expect("no flood");
        }
        assert_eq!(ledger.write(&goaway).2, outgoing, "{reads:?}");
    }
}

#[test]
fn a_long_head_counts_as_read_with_its_last_piece() {
    let mut ledger = server();
    let head = frame(frame::HEADERS, 4, 1, &[0; 100]);
    ledger.read(&head[..50]).expect("no flood");
    ledger.read(&head[50..]).expect("no flood");
    let goaway = frame(frame::GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(ledger.write(&goaway).2, Outgoing::UnreadableHead);
}

#[test]
fn what_is_withheld_or_reset_is_shown_with_its_place() {
    let mut ledger = server();
    let data = frame(frame::DATA, 0, 1, &[0; 100]);
    let bytes = [&data[..], &frame(frame::PING, 0, 0, &SHUTDOWN_PING)].concat();
    assert_eq!(ledger.write(&bytes), (109, 126, Outgoing::Withhold));
    let reset = frame(frame::RST_STREAM, 0, 7, &[0, 0, 0, 8]);
    assert_eq!(ledger.write(&reset), (0, 13, Outgoing::Reset { stream: 7, code: 8 }));
    let seen = ledger.take_seen();
    assert_eq!((seen.frames_sent, seen.control_sent, seen.resets_sent), (3, 1, 1));
}

/// What the ledger says after each of the reads: bytes that are unfinished, and the open head.
fn unfinished(reads: &[&[u8]]) -> Vec<(usize, Option<u32>)> {
    let mut ledger = server();
    reads
        .iter()
        .map(|read| {
            ledger.read(read).expect("no flood");
            (ledger.unfinished(), ledger.open_head())
        })
        .collect()
}

#[test]
fn a_head_is_open_until_its_last_byte() {
    let first = frame(frame::HEADERS, 0, 1, &[0; 30]);
    let last = frame(frame::CONTINUATION, 4, 1, &[0; 30]);
    let settings = frame(frame::SETTINGS, 0, 0, &[]);
    let begun = [&settings[..], &first[..20]].concat();
    let rest = [&last[1..], &settings, &settings[..4]].concat();
    let expected = [(20, Some(1)), (19, Some(1)), (1, Some(1)), (4, None), (0, None)];
    assert_eq!(unfinished(&[&begun, &first[20..], &last[..1], &rest, &settings[4..]]), expected);
}

#[test]
fn a_header_is_enough_to_know_a_head_by() {
    let head = frame(frame::HEADERS, 4, 3, &[0; 30]);
    assert_eq!(
        unfinished(&[&head[..8], &head[8..9], &head[9..]]),
        [(8, None), (1, Some(3)), (0, None)]
    );
}

#[test]
fn bodies_and_trailers_are_not_waited_for() {
    let head = frame(frame::HEADERS, 4, 1, &[0; 30]);
    let data = frame(frame::DATA, 0, 1, &[0; 30]);
    let trailers = frame(frame::HEADERS, 0, 1, &[0; 30]);
    let reads: [&[u8]; 4] = [&head, &data[..20], &data[20..], &trailers];
    assert_eq!(unfinished(&reads), [(0, None); 4]);
}

#[test]
fn nothing_may_come_between_the_parts_of_a_head() {
    for other in [frame(frame::PING, 0, 0, &[0; 8]), frame(frame::HEADERS, 4, 3, b"x")] {
        let mut ledger = server();
        ledger.read(&frame(frame::HEADERS, 0, 1, b"x")).expect("a head");
        assert_eq!(ledger.read(&other), Err((0, Violation::Interrupted(1))));
        assert!(ledger.fault_is_unseen_head());
    }
}
