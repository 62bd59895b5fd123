//! A moment as a calendar shows it: year, month, day and the like, of the proleptic Gregorian
//! calendar, by Howard Hinnant's method (days from a civil date).

// Every remainder that is narrowed here is of a positive divisor, and so not negative.
#![allow(clippy::cast_sign_loss)]

use crate::rt::date::civil;

/// A moment, broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the epoch, in UTC.
    pub epoch_s: i64,
    pub nanos: u32,
    pub offset_s: i32,
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// 0 for Sunday.
    pub weekday: u32,
    /// 0 for the first of January.
    pub yearday: u32,
}

const DAY_S: i64 = 86_400;

impl Moment {
    /// Breaks a time down as seen `offset_s` east of UTC.
    pub fn new(epoch_s: i64, nanos: u32, offset_s: i32) -> Self {
        let local = epoch_s + i64::from(offset_s);
        let (days, seconds) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S) as u32);
        let (year, month, day) = civil(days);
        Self {
            epoch_s,
            nanos,
            offset_s,
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            weekday: (days + 4).rem_euclid(7) as u32,
            yearday: (days - days_of(year, 1, 1)) as u32,
        }
    }

    /// Year and number of the ISO 8601 week.
    pub fn iso_week(&self) -> (i64, u32) {
        let weekday = i64::from((self.weekday + 6) % 7);
        let thursday = i64::from(self.yearday) - weekday + 3;
        if thursday < 0 {
            let days = days_in_year(self.year - 1);
            return (self.year - 1, ((thursday + days) / 7 + 1) as u32);
        }
        if thursday >= days_in_year(self.year) {
            return (self.year + 1, 1);
        }
        (self.year, (thursday / 7 + 1) as u32)
    }

    /// Number of the week when weeks begin on a weekday (0: Sunday); 0 before the first.
    pub fn week_from(&self, first: u32) -> u32 {
        (self.yearday + 7 - (self.weekday + 7 - first) % 7) / 7
    }
}

fn days_in_year(year: i64) -> i64 {
    days_of(year + 1, 1, 1) - days_of(year, 1, 1)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let epoch = Moment::new(0, 0, 0);
        assert_eq!((epoch.year, epoch.month, epoch.day, epoch.weekday), (1970, 1, 1, 4));
        let leap = Moment::new(951_782_400, 0, 0);
        assert_eq!((leap.year, leap.month, leap.day, leap.yearday), (2000, 2, 29, 59));
        let before = Moment::new(-1, 0, 0);
        assert_eq!((before.year, before.month, before.day, before.hour), (1969, 12, 31, 23));
    }

    #[test]
    fn an_offset_moves_the_date() {
        let east = Moment::new(1_700_000_000, 0, 2 * 3600);
        assert_eq!((east.day, east.hour, east.minute), (15, 0, 13));
        let west = Moment::new(1_700_000_000, 0, -23 * 3600);
        assert_eq!((west.day, west.hour), (13, 23));
    }

    #[test]
    fn weeks_follow_iso_8601() {
        let week = |s| Moment::new(s, 0, 0).iso_week();
        assert_eq!(week(1_609_459_200), (2020, 53), "2021-01-01");
        assert_eq!(week(1_767_225_600), (2026, 1), "2026-01-01");
        assert_eq!(week(1_735_603_200), (2025, 1), "2024-12-31");
    }
}
