//! The `date` header's text (RFC 9110, 5.6.7), made anew once a second.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::time::Duration;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The text of the second that was asked for last.
#[derive(Debug, Default)]
pub struct DateCache {
    second: Cell<Option<u64>>,
    text: RefCell<String>,
}

impl DateCache {
    /// Lends the text for a time since the epoch.
    pub fn with<R>(&self, since_epoch: Duration, lend: impl FnOnce(&[u8]) -> R) -> R {
        let second = since_epoch.as_secs();
        if self.second.get() != Some(second) {
            self.second.set(Some(second));
            let mut text = self.text.borrow_mut();
            text.clear();
            write_date(second, &mut text);
        }
        lend(self.text.borrow().as_bytes())
    }
}

fn write_date(second: u64, text: &mut String) {
    let days = second / 86_400;
    let (year, month, day) = civil(days.cast_signed());
    let (hour, minute, left) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    let weekday = DAYS[(days % 7) as usize];
    let month = MONTHS[(month - 1) as usize];
    // Writing to a string does not fail.
    let _ = write!(text, "{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{left:02} GMT");
}

/// Year, month and day of a day since the epoch (Howard Hinnant's `civil_from_days`).
pub fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month.unsigned_abs() as u32, day.unsigned_abs() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(second: u64) -> String {
        DateCache::default()
            .with(Duration::from_secs(second), |date| String::from_utf8_lossy(date).into_owned())
    }

    #[test]
    fn known_dates() {
        assert_eq!(text(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(text(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(text(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(text(4_102_444_799), "Thu, 31 Dec 2099 23:59:59 GMT");
    }

    #[test]
    fn a_new_second_gets_a_new_text() {
        let cache = DateCache::default();
        let first = cache.with(Duration::from_secs(10), <[u8]>::to_vec);
        assert_eq!(first, cache.with(Duration::from_millis(10_999), <[u8]>::to_vec));
        assert_ne!(first, cache.with(Duration::from_secs(11), <[u8]>::to_vec));
    }
}
