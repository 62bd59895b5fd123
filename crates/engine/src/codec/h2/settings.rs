//! The first SETTINGS of this end, as Envoy sends it: first what `custom_settings_parameters` says,
//! then the settings that have fields of their own, of which the last one counts.

use voyant_ir::protocol::Http2Setting;

use super::frame;

/// `SETTINGS_HEADER_TABLE_SIZE`.
const HEADER_TABLE_SIZE: u16 = 1;
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
    let entries = || payload.chunks_exact(ENTRY_LEN);
    let identifier = |entry: &[u8]| u16::from_be_bytes([entry[0], entry[1]]);
    let connect_protocol = [ENABLE_CONNECT_PROTOCOL.to_be_bytes().as_slice(), &[0; 4]].concat();
    let of = |wanted| entries().find(|entry| identifier(entry) == wanted);
    frame.extend(of(HEADER_TABLE_SIZE).unwrap_or_default());
    frame.extend(of(ENABLE_CONNECT_PROTOCOL).unwrap_or(&connect_protocol));
    for entry in entries() {
        let said = [HEADER_TABLE_SIZE, ENABLE_CONNECT_PROTOCOL, MAX_HEADER_LIST_SIZE];
        if !said.contains(&identifier(entry)) {
            frame.extend(entry);
        }
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
        let payload = [0, 6, 0, 0, 0, 9, 0, 3, 0, 0, 4, 0, 0, 1, 0, 0, 0, 9];
        let expected = [
            [0, 0, 24, 4, 0, 0, 0, 0, 0].as_slice(),
            &[0, 16, 0, 0, 0, 7],
            &[0, 1, 0, 0, 0, 9],
            &[0, 8, 0, 0, 0, 0],
            &[0, 3, 0, 0, 4, 0],
        ];
        assert_eq!(greeting(&custom, &payload), expected.concat());
    }

    #[test]
    fn the_connect_protocol_is_said_once() {
        let payload = [0, 8, 0, 0, 0, 1];
        assert_eq!(greeting(&[], &payload)[9..], payload);
    }
}
