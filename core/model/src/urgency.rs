//! How urgent an issue is, as one number that lists are sorted by.

use crate::Level;
use crate::issue::Priority;

/// What the number is made of.
#[derive(Clone, Copy, Debug)]
pub struct Urgency {
    /// How bad its events are.
    pub level: Level,
    /// What somebody said of it.
    pub priority: Priority,
    /// Users it happened to.
    pub users: i64,
    /// Events of the last day.
    pub day: i64,
    /// Events of the last day over the mean of the week before, times 1000.
    pub trend: i64,
    /// Hours since it was first seen.
    pub age_hours: i64,
}

impl Urgency {
    /// From 0 to 1000. Each part is bounded, so that no single one decides:
    ///
    /// | part | at most | full at |
    /// | --- | --- | --- |
    /// | users | 300 | 10,000 |
    /// | priority | 200 | high |
    /// | events of the last day | 200 | 10,000 |
    /// | growth | 150 | eight times the week before |
    /// | newness | 100 | the first day |
    /// | level | 50 | fatal |
    ///
    /// What did not happen within a day keeps a quarter.
    pub fn score(&self) -> i64 {
        let parts = self.of_users()
            + self.of_priority()
            + self.of_events()
            + self.of_growth()
            + self.of_newness()
            + self.of_level();
        if self.day > 0 { parts } else { parts / 4 }
    }

    fn of_users(&self) -> i64 {
        magnitudes(self.users, 75.0).min(300)
    }

    fn of_events(&self) -> i64 {
        magnitudes(self.day, 50.0).min(200)
    }

    const fn of_priority(&self) -> i64 {
        match self.priority {
            Priority::High => 200,
            Priority::Medium => 100,
            Priority::Low => 0,
        }
    }

    fn of_growth(&self) -> i64 {
        let doublings = (self.trend.max(1_000) as f64 / 1_000.0).log2();
        ((doublings * 50.0) as i64).min(150)
    }

    const fn of_newness(&self) -> i64 {
        match self.age_hours {
            ..24 => 100,
            24..168 => 50,
            _ => 0,
        }
    }

    const fn of_level(&self) -> i64 {
        match self.level {
            Level::Fatal => 50,
            Level::Error => 25,
            _ => 0,
        }
    }
}

/// That many points for every power of ten.
fn magnitudes(count: i64, points: f64) -> i64 {
    ((count.max(0) as f64 + 1.0).log10() * points) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm() -> Urgency {
        Urgency {
            level: Level::Error,
            priority: Priority::Medium,
            users: 10,
            day: 10,
            trend: 1_000,
            age_hours: 1_000,
        }
    }

    #[test]
    fn more_of_anything_is_more_urgent() {
        let base = calm().score();
        for more in [
            Urgency {
                users: 1_000,
                ..calm()
            },
            Urgency { day: 1_000, ..calm() },
            Urgency {
                trend: 4_000,
                ..calm()
            },
            Urgency {
                age_hours: 1,
                ..calm()
            },
            Urgency {
                priority: Priority::High,
                ..calm()
            },
            Urgency {
                level: Level::Fatal,
                ..calm()
            },
        ] {
            assert!(more.score() > base, "{more:?}");
        }
        assert!(
            Urgency { day: 0, ..calm() }.score() < base / 2,
            "what is over waits"
        );
    }

    #[test]
    fn the_worst_of_all_stands_at_a_thousand() {
        let worst = Urgency {
            level: Level::Fatal,
            priority: Priority::High,
            users: i64::MAX,
            day: i64::MAX,
            trend: i64::MAX,
            age_hours: 0,
        };
        assert_eq!(worst.score(), 1_000);
    }
}
