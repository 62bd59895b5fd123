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
    let spellings = |head: &Head| -> Vec<_> {
        head.iter().map(|field| head.spelling(&field).map(<[u8]>::to_vec)).collect()
    };
    let mut head = Head::new();
    head.push_received(b"X-Team", b"blue");
    assert_eq!(spellings(&head), [None]);
    head.clear();
    head.keep_case(HeaderCase::Lower);
    assert_eq!(head.case(), None);
    head.keep_case(HeaderCase::Preserve);
    head.push_received(b"X-Team", b"blue");
    head.push_received(b"Content-TYPE", b"text/plain");
    head.push_received(b"x-low", b"1");
    head.push_received(b"X-TEAM", b"red");
    head.push(HeaderId::Via, b"added");
    assert_eq!(head.case(), Some(HeaderCase::Preserve));
    assert_eq!(head.get_key(&key("x-team")), Some(&b"blue"[..]));
    assert_eq!(head.get(HeaderId::ContentType), Some(&b"text/plain"[..]));
    let kept = |text: &str| Some(text.as_bytes().to_vec());
    let first = kept("X-Team");
    assert_eq!(spellings(&head), [first.clone(), kept("Content-TYPE"), kept("x-low"), first, None]);
    head.clear();
    assert_eq!(head.case(), None);
}

#[test]
fn a_header_that_comes_back_gets_its_spelling_back() {
    let mut head = Head::new();
    head.keep_case(HeaderCase::Preserve);
    head.push_received(b"SErver", b"theirs");
    head.remove(HeaderId::Server);
    head.push(HeaderId::Server, b"ours");
    let server = head.iter().next().expect("one header");
    assert_eq!(head.spelling(&server), Some(&b"SErver"[..]));
}

#[test]
fn the_last_header_joins_the_first_of_its_name() {
    let mut head = Head::new();
    for (name, value) in [("x-a", "1"), ("x-b", "2"), ("x-a", "3")] {
        head.push_key(&key(name), value.as_bytes());
    }
    head.join_last(b",");
    assert_eq!(lines(&head), [("x-a".into(), "1,3".into()), ("x-b".into(), "2".into())]);
    head.join_last(b",");
    assert_eq!(lines(&head), [("x-a".into(), "1,3".into()), ("x-b".into(), "2".into())]);
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

#[test]
fn a_copy_into_a_used_head_is_whole() {
    let mut original = Head::new();
    original.push(HeaderId::Method, b"GET");
    original.push_received(b"X-One", b"1");
    let mut copy = Head::new();
    copy.push_received(b"x-old", b"gone, and longer than what comes");
    copy.clone_from(&original);
    let of = |head: &Head| -> Vec<_> {
        head.iter().map(|header| (header.name.to_vec(), header.value.to_vec())).collect()
    };
    assert_eq!(of(&copy), of(&original));
    assert_eq!(of(&original.clone()), of(&original));
}
