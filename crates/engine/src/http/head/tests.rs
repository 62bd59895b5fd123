use super::*;

fn key(name: &str) -> HeaderKey {
    HeaderKey::new(name)
}

fn lines(head: &Head) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    head.iter().map(|h| (text(h.name), text(h.value))).collect()
}

#[test]
fn received_names_are_folded_and_their_case_kept_on_request() {
    let mut head = Head::new();
    head.push_received(b"X-Team", b"blue", true);
    head.push_received(b"Content-Type", b"text/plain", true);
    head.push_received(b"x-low", b"1", true);
    head.push_received(b"X-Other", b"2", false);
    let received: Vec<_> = head.iter().map(|h| h.received_name.map(<[u8]>::to_vec)).collect();
    assert_eq!(received, [Some(b"X-Team".to_vec()), Some(b"Content-Type".to_vec()), None, None]);
    assert_eq!(head.get_key(&key("x-team")), Some(&b"blue"[..]));
    assert_eq!(head.get(HeaderId::ContentType), Some(&b"text/plain"[..]));
}

#[test]
fn set_changes_the_first_in_place_and_drops_the_rest() {
    let mut head = Head::new();
    for (name, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
        head.push_key(&key(name), value.as_bytes());
    }
    head.set_key(&key("a"), b"9");
    assert_eq!(lines(&head), [("a".into(), "9".into()), ("b".into(), "2".into())]);
}

#[test]
fn append_joins_or_adds() {
    let mut head = Head::new();
    head.append(&HeaderId::XForwardedFor.into(), b",", b"10.0.0.1");
    head.append(&HeaderId::XForwardedFor.into(), b",", b"10.0.0.2");
    assert_eq!(head.get(HeaderId::XForwardedFor), Some(&b"10.0.0.1,10.0.0.2"[..]));
    assert_eq!(head.len(), 1);
}

#[test]
fn remove_takes_all_occurrences() {
    let mut head = Head::new();
    head.push(HeaderId::Cookie, b"a");
    head.push_key(&key("x-a"), b"1");
    head.push(HeaderId::Cookie, b"b");
    assert!(head.remove(HeaderId::Cookie));
    assert!(!head.remove(HeaderId::Cookie));
    assert!(head.remove_key(&key("x-a")));
    assert!(head.is_empty());
}

#[test]
fn status_reads_its_digits() {
    let mut head = Head::new();
    assert_eq!(head.status(), 0);
    head.push(HeaderId::Status, b"404");
    assert_eq!(head.status(), 404);
}

#[test]
fn clear_keeps_no_text() {
    let mut head = Head::new();
    head.push(HeaderId::Path, b"/secret");
    head.clear();
    assert_eq!(head.path(), b"");
    assert_eq!(head.byte_size(), 0);
}
