//! The first SETTINGS of this end, as Envoy sends it: first what `custom_settings_parameters` says,
//! then the settings that have fields of their own, of which the last one counts.

use voyant_ir::protocol::Http2Setting;

use super::frame;

/// `SETTINGS_MAX_HEADER_LIST_SIZE`: the library's limit is not the one that heads are judged by.
const MAX_HEADER_LIST_SIZE: u16 = 6;
/// `SETTINGS_ENABLE_CONNECT_PROTOCOL`: Envoy says either.
const ENABLE_CONNECT_PROTOCOL: u16 = 8;
const ENTRY_LEN: usize = 6;

/// The frame to send in place of the one with this payload.
pub(super) fn greeting(custom: &[Http2Setting], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, 0, frame::SETTINGS, 0, 0, 0, 0, 0];
    for Http2Setting { identifier, value } in custom {
        frame.extend(identifier.to_be_bytes());
        frame.extend(value.to_be_bytes());
    }
    let mut connect_protocol = false;
    for entry in payload.chunks_exact(ENTRY_LEN) {
        if entry[..2] != MAX_HEADER_LIST_SIZE.to_be_bytes() {
            frame.extend(entry);
        }
        connect_protocol |= entry[..2] == ENABLE_CONNECT_PROTOCOL.to_be_bytes();
    }
    if !connect_protocol {
        frame.extend(ENABLE_CONNECT_PROTOCOL.to_be_bytes());
        frame.extend([0; 4]);
    }
    let length = (frame.len() - frame::HEADER_LEN) as u32;
    frame[..3].copy_from_slice(&length.to_be_bytes()[1..]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_settings_come_first() {
        let custom = [Http2Setting { identifier: 16, value: 7 }];
        let payload = [0, 6, 0, 0, 0, 9, 0, 3, 0, 0, 4, 0];
        let expected = [
            [0, 0, 18, 4, 0, 0, 0, 0, 0].as_slice(),
            &[0, 16, 0, 0, 0, 7],
            &[0, 3, 0, 0, 4, 0],
            &[0, 8, 0, 0, 0, 0],
        ];
        assert_eq!(greeting(&custom, &payload), expected.concat());
    }

    #[test]
    fn the_connect_protocol_is_said_once() {
        let payload = [0, 8, 0, 0, 0, 1];
        assert_eq!(greeting(&[], &payload)[9..], payload);
    }
}
