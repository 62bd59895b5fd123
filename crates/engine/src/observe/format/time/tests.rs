//! Expected texts are Envoy's own for 2026-11-21 03:55:19.125555 UTC.

use super::*;

fn format_at(strftime: &str, offsets: Vec<UtcOffset>, since_epoch: Duration) -> String {
    let pattern = TimePattern::new(&TimeFormat { strftime: strftime.to_owned(), offsets });
    let mut out = Vec::new();
    pattern.write(since_epoch, &mut out);
    String::from_utf8(out).expect("text")
}

fn format(strftime: &str) -> String {
    format_at(strftime, Vec::new(), Duration::from_micros(1_795_233_319_125_555))
}

#[test]
fn the_default_is_rfc_3339_with_milliseconds() {
    assert_eq!(format(""), "2026-11-21T03:55:19.125Z");
    let utc = UtcOffset { from_s: 0, offset_s: 0, abbreviation: "UTC".into() };
    let local = format_at("", vec![utc], Duration::from_millis(1_795_233_428_290));
    assert_eq!(local, "2026-11-21T03:57:08.290+0000");
}

/// The way of the default, and the way of all others.
#[test]
fn the_default_is_written_as_its_parts_are() {
    let by_parts = "%Y-%m-%d%%T%H:%M:%E3SZ";
    for micros in [
        0,
        999,
        1_000,
        951_782_399_999_999,
        1_795_233_319_125_555,
        253_402_300_799_999_999,
        253_402_300_800_000_000,
    ] {
        let since_epoch = Duration::from_micros(micros);
        let expected = format_at(by_parts, Vec::new(), since_epoch).replace("%T", "T");
        assert_eq!(format_at("", Vec::new(), since_epoch), expected);
    }
}

#[test]
fn each_conversion_is_as_in_envoy() {
    let all = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %p %r %R %S %t %T %u \
               %U %V %w %W %x %X %y %Y %z %Z";
    let expected = "Sat Saturday Nov November Sat Nov 21 03:55:19 2026 20 21 11/21/26 21 \
                    2026-11-21 26 2026 Nov 03 03 325  3  3 11 55 AM 03:55:19 AM 03:55 19 \t \
                    03:55:19 6 46 47 6 46 11/21/26 03:55:19 26 2026 +0000 UTC";
    assert_eq!(format(all), expected);
    let extended = "%Ez %E3S %E*S %E3f %E*f %ET %E4Y %Ey %Od %P %L %Q %i %1s";
    let expected = "+00:00 19.125 19.125555 125 125555 T 2026 26 21 am %L %Q %i 1795233319";
    assert_eq!(format(extended), expected);
}

#[test]
fn fractions_are_cut_not_rounded() {
    assert_eq!(format("%f|%1f|%2f|%3f|%6f|%9f"), "125555000|1|12|125|125555|125555000");
    assert_eq!(format("%s.%3f"), "1795233319.125");
    assert_eq!(format("%%"), "%");
    assert_eq!(format("100%"), "100%");
}

#[test]
fn a_zone_changes_its_offset_at_the_time_given() {
    let offset = |from_s, offset_s, abbreviation: &str| UtcOffset {
        from_s,
        offset_s,
        abbreviation: abbreviation.to_owned(),
    };
    let zone = || vec![offset(0, 3600, "CET"), offset(1_000, 7200, "CEST")];
    let at = |s| format_at("%H:%M %z %Ez %Z", zone(), Duration::from_secs(s));
    assert_eq!(at(999), "01:16 +0100 +01:00 CET");
    assert_eq!(at(1_000), "02:16 +0200 +02:00 CEST");
    let west = vec![offset(0, -12_600, "NST")];
    assert_eq!(format_at("%z", west, Duration::from_secs(5)), "-0330");
}
