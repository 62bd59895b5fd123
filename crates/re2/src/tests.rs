//! Sizes as the real Envoy tells them; the whole table is kept with the configuration's tests.

use super::*;

#[test]
fn each_step_counts() {
    for (pattern, size) in [
        ("a", 5),
        ("a{5}", 9),
        // A string that an anchored expression begins with is not a part of the program.
        ("^foo$", 4),
        ("^foo", 4),
        // Anchors are no instructions where the whole is anchored.
        ("^(foo|bar)$", 10),
        // Alternatives are factored; characters make a class.
        ("ab|ac", 6),
        ("a|b|c", 5),
        ("abc|abd|aef|bcx|bcy", 12),
        // Repetitions are joined and written out.
        ("a*aab", 8),
        ("(?:a{2}){3}", 10),
        ("a{2,4}", 10),
        // Either case is one instruction.
        ("(?i)abc", 7),
        ("[A-Za-z]", 5),
        (".", 6),
        ("(?s:(?:.))", 5),
        ("(?s).*", 6),
        // Jumps are lists, which empty parts divide.
        ("(?:a*)+", 5),
        ("((x*)*)*", 17),
        ("()", 6),
    ] {
        assert_eq!(program_size(pattern), Some(ProgramSize::Instructions(size)), "{pattern}");
    }
}

#[test]
fn memory_has_an_end() {
    let pattern = format!("(?:{}){{1000}}", "a".repeat(700));
    assert_eq!(program_size(&pattern), Some(ProgramSize::TooLarge));
}

#[test]
fn what_cannot_be_parsed_has_no_size() {
    assert_eq!(program_size("("), None);
    assert_eq!(program_size("日"), None);
}
