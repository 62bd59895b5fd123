//! Path normalization: what no path may become, whatever it was.

use voyant_engine::http::path_normalization::{OnEscapedSlash, PathRules, Verdict};

/// The first byte chooses the rules, the rest is the path.
pub fn normalize(input: &[u8]) {
    let Some((choice, path)) = input.split_first() else { return };
    if path.first() != Some(&b'/') {
        return;
    }
    let escaped_slashes = match choice & 3 {
        0 => None,
        1 => Some(OnEscapedSlash::Reject),
        2 => Some(OnEscapedSlash::Redirect),
        _ => Some(OnEscapedSlash::Forward),
    };
    let rules = PathRules {
        escaped_slashes,
        canonicalize: choice & 4 != 0,
        merge_slashes: choice & 8 != 0,
    };
    let mut out = Vec::new();
    let verdict = rules.apply(path, &mut out);
    let new: &[u8] = if verdict == Verdict::Unchanged { path } else { &out };
    assert_eq!(query(new), query(path), "the query stays");
    assert!(new.starts_with(b"/"));
    if verdict == Verdict::Reject {
        return;
    }
    let path = &new[..new.len() - query(new).map_or(0, |query| query.len() + 1)];
    if rules.canonicalize {
        assert!(path.is_ascii() && !path.contains(&b'\\'));
        let mut segments = path.split(|byte| *byte == b'/');
        assert!(segments.all(|segment| segment != b"." && segment != b".."));
    }
    if rules.merge_slashes && path != b"//" {
        assert!(!path.windows(2).any(|pair| pair == b"//"));
    }
}

fn query(path: &[u8]) -> Option<&[u8]> {
    let mark = path.iter().position(|byte| *byte == b'?')?;
    Some(&path[mark + 1..])
}
