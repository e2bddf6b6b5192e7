//! How much keys and projects may still send.
//!
//! A limit of so many events in so many seconds is a bucket that holds that many and refills evenly. Only what
//! makes events or costs as much is counted; sessions, check-ins and client reports always pass, so that
//! the numbers of a program which is held back stay true.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use errand_model::project::RateLimit;
use errand_model::{InstallationId, KeyId, ProjectId, Timestamp};
use lru::LruCache;

use super::config::IngestConfig;

/// The header that SDKs obey.
pub(crate) const RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// What limits hold back, as SDKs name it.
const LIMITED_CATEGORIES: &str =
    "default;error;transaction;span;log_item;security;attachment;profile;replay;feedback;trace_metric";

/// Whose limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Key(KeyId),
    Project(ProjectId),
    /// A project's events of a day, and of thirty days; and a flood of them.
    Day(ProjectId),
    Month(ProjectId),
    Spike(ProjectId),
    /// Where other systems call an installation.
    Hook(InstallationId),
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Scope::Key(_) => "key",
            Scope::Project(_) | Scope::Day(_) | Scope::Month(_) | Scope::Spike(_) => "project",
            Scope::Hook(_) => "hook",
        }
    }

    /// Whose limit is reached, in words.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Scope::Key(_) => "the rate limit of this key is reached",
            Scope::Project(_) => "the rate limit of this project is reached",
            Scope::Day(_) => "the quota of this project for today is used up",
            Scope::Month(_) => "the quota of this project for thirty days is used up",
            Scope::Spike(_) => "this project sends many times what is usual: one event a second is taken",
            Scope::Hook(_) => "this address is called too often",
        }
    }

    /// The reason, as headers and outcomes give it.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Scope::Key(_) => "key_quota",
            Scope::Project(_) => "project_quota",
            Scope::Day(_) => "daily_quota",
            Scope::Month(_) => "monthly_quota",
            Scope::Spike(_) => "spike_protection",
            Scope::Hook(_) => "hook_quota",
        }
    }
}

/// That a limit is reached, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) scope: Scope,
    pub(crate) retry_after_seconds: u32,
}

impl Reached {
    /// `X-Sentry-Rate-Limits`.
    pub(crate) fn header(self) -> (HeaderName, HeaderValue) {
        let (seconds, scope) = (self.retry_after_seconds, self.scope);
        let text = format!(
            "{seconds}:{LIMITED_CATEGORIES}:{}:{}",
            scope.name(),
            scope.reason()
        );
        (RATE_LIMITS, header_value(&text))
    }
}

/// `Retry-After`.
pub(crate) fn retry_after(seconds: u32) -> (HeaderName, HeaderValue) {
    (RETRY_AFTER, HeaderValue::from(seconds))
}

/// Everything of every project has to wait: the hub itself is full.
pub(crate) fn everything_waits(seconds: u32, reason: &str) -> (HeaderName, HeaderValue) {
    (
        RATE_LIMITS,
        header_value(&format!("{seconds}::organization:{reason}")),
    )
}

fn header_value(text: &str) -> HeaderValue {
    // The text is made of numbers and names above.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("60::organization"))
}

/// Whether something may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may; the limit may be reached by it.
    Pass(Option<Reached>),
    /// It may not.
    Hold(Reached),
}

/// The buckets of keys and projects that have limits.
#[derive(Debug)]
pub(crate) struct Limits {
    /// When each bucket will be empty again (the "theoretical arrival time" of GCRA), in microseconds.
    buckets: Mutex<LruCache<Scope, i64>>,
}

impl Limits {
    pub(crate) fn new(config: &IngestConfig) -> Self {
        let size = NonZeroUsize::new(config.known_keys).unwrap_or(NonZeroUsize::MIN);
        Limits {
            buckets: Mutex::new(LruCache::new(size)),
        }
    }

    /// Takes one from each bucket, or from none if one is used up.
    pub(crate) fn take(&self, limits: &[(Scope, RateLimit)], now: Timestamp) -> Verdict {
        if limits.is_empty() {
            return Verdict::Pass(None);
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let held = limits.iter().filter_map(|&(scope, limit)| {
            let empty_at = buckets.peek(&scope).copied();
            wait(limit, empty_at, now).map(|retry_after_seconds| Reached {
                scope,
                retry_after_seconds,
            })
        });
        if let Some(reached) = held.max_by_key(|reached| reached.retry_after_seconds) {
            return Verdict::Hold(reached);
        }
        let mut reached: Option<Reached> = None;
        for &(scope, limit) in limits {
            let empty_at = buckets.get(&scope).copied().unwrap_or(i64::MIN).max(now.micros());
            let empty_at = empty_at.saturating_add(interval(limit));
            buckets.put(scope, empty_at);
            if let Some(retry_after_seconds) = wait(limit, Some(empty_at), now)
                && reached.is_none_or(|reached| reached.retry_after_seconds < retry_after_seconds)
            {
                reached = Some(Reached {
                    scope,
                    retry_after_seconds,
                });
            }
        }
        Verdict::Pass(reached)
    }
}

/// Microseconds between two events that keep exactly to the limit.
fn interval(limit: RateLimit) -> i64 {
    i64::from(limit.window) * 1_000_000 / i64::from(limit.count.max(1))
}

/// For how many seconds nothing may pass, if so.
fn wait(limit: RateLimit, empty_at: Option<i64>, now: Timestamp) -> Option<u32> {
    if limit.count == 0 {
        return Some(limit.window.max(1));
    }
    let ahead = empty_at?.saturating_sub(now.micros());
    let excess = ahead + interval(limit) - i64::from(limit.window) * 1_000_000;
    // What is left over from rounding the interval down is no wait.
    let tolerance = i64::from(limit.count);
    (excess > tolerance).then(|| u32::try_from((excess + 999_999) / 1_000_000).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Scope = Scope::Key(KeyId(1));
    const PROJECT: Scope = Scope::Project(ProjectId(1));

    fn limits() -> Limits {
        Limits::new(&IngestConfig::default())
    }

    fn per(count: u32, window: u32) -> RateLimit {
        RateLimit { count, window }
    }

    #[test]
    fn as_many_pass_as_the_limit_says_then_one_for_each_interval() {
        for (count, window) in [(5, 60), (3, 10), (7, 1), (1, 30), (1000, 7)] {
            let limits = limits();
            let rules = [(KEY, per(count, window))];
            let start = Timestamp::from_seconds(1_790_000_000);
            for nth in 1..=count {
                let Verdict::Pass(reached) = limits.take(&rules, start) else {
                    panic!("{nth} of {count} was held");
                };
                assert_eq!(reached.is_some(), nth == count, "{nth} of {count}");
            }
            let Verdict::Hold(reached) = limits.take(&rules, start) else {
                panic!("one too many passed of {count}");
            };
            let later = start.plus_seconds(i64::from(reached.retry_after_seconds));
            assert!(matches!(limits.take(&rules, later), Verdict::Pass(_)));
        }
    }

    #[test]
    fn what_is_held_takes_from_no_bucket() {
        let limits = limits();
        let now = Timestamp::from_seconds(1_790_000_000);
        let both = [(KEY, per(5, 60)), (PROJECT, per(1, 60))];
        assert!(matches!(limits.take(&both, now), Verdict::Pass(Some(_))));
        for _ in 0..10 {
            let Verdict::Hold(reached) = limits.take(&both, now) else {
                panic!("the project's limit did not hold");
            };
            assert_eq!(reached.scope, PROJECT);
        }
        for _ in 0..4 {
            assert!(matches!(limits.take(&both[..1], now), Verdict::Pass(_)));
        }
        assert!(matches!(limits.take(&both[..1], now), Verdict::Hold(_)));
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_pass() {
        let verdict = limits().take(&[(KEY, per(0, 60))], Timestamp::from_seconds(1));
        let reached = Reached {
            scope: KEY,
            retry_after_seconds: 60,
        };
        assert_eq!(verdict, Verdict::Hold(reached));
        let (_, header) = reached.header();
        assert!(
            header
                .to_str()
                .is_ok_and(|text| text.starts_with("60:default;error;") && text.ends_with(":key:key_quota"))
        );
    }
}
