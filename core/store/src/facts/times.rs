//! Conditions on when an event happened: they narrow the stretch of time that is looked at, and are no tests.

use errand_model::Timestamp;
use errand_model::question::Span;
use errand_model::search::{Bound, Filter, Query};

use crate::{Error, Result};

/// What is left of a query without its times, and of `span` with them; no span where nothing is left of it.
///
/// # Errors
/// [`Error::Invalid`] for the opposite of a time that has two ends: that would be two stretches.
pub(crate) fn split(query: &Query, span: Span) -> Result<(Query, Option<Span>)> {
    let mut rest = Query::default();
    let mut left = span;
    for term in &query.terms {
        let Filter::Timestamp(bound) = &term.filter else {
            rest.terms.push(term.clone());
            continue;
        };
        let bound = match term.negated {
            true => opposite(*bound)?,
            false => *bound,
        };
        left = narrowed(left, bound);
    }
    Ok((rest, (left.since < left.until).then_some(left)))
}

fn opposite(bound: Bound<Timestamp>) -> Result<Bound<Timestamp>> {
    let turned = |end: Option<(Timestamp, bool)>| end.map(|(time, is_in)| (time, !is_in));
    if bound.lower.is_some() && bound.upper.is_some() {
        return Err(Error::invalid(
            "!timestamp: a day has a time before and a time after it; ask for one of them with < or >",
        ));
    }
    Ok(Bound {
        lower: turned(bound.upper),
        upper: turned(bound.lower),
    })
}

/// Times are in microseconds: what lies after one begins at the next.
fn narrowed(span: Span, bound: Bound<Timestamp>) -> Span {
    let after = |time: Timestamp| Timestamp::from_micros(time.micros().saturating_add(1));
    let since = bound
        .lower
        .map(|(time, is_in)| if is_in { time } else { after(time) });
    let until = bound
        .upper
        .map(|(time, is_in)| if is_in { after(time) } else { time });
    Span {
        since: since.map_or(span.since, |since| span.since.max(since)),
        until: until.map_or(span.until, |until| span.until.min(until)),
    }
}

#[cfg(test)]
mod tests {
    use errand_model::search::Term;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    type End = Option<(i64, bool)>;

    fn span(terms: &[(bool, End, End)]) -> Option<(i64, i64)> {
        let end = |end: End| end.map(|(seconds, is_in)| (at(seconds), is_in));
        let term = |(negated, lower, upper): &(bool, _, _)| Term {
            negated: *negated,
            filter: Filter::Timestamp(Bound {
                lower: end(*lower),
                upper: end(*upper),
            }),
        };
        let query = Query {
            terms: terms.iter().map(term).collect(),
        };
        let whole = Span {
            since: at(100),
            until: at(200),
        };
        let (rest, span) = split(&query, whole).expect("it can be split");
        assert!(rest.terms.is_empty());
        span.map(|span| (span.since.micros(), span.until.micros()))
    }

    #[test]
    fn ends_are_in_or_out_as_they_say() {
        let second = 1_000_000;
        assert_eq!(span(&[]), Some((100 * second, 200 * second)));
        assert_eq!(
            span(&[(false, Some((150, true)), Some((160, true)))]),
            Some((150 * second, 160 * second + 1))
        );
        assert_eq!(
            span(&[(false, Some((150, false)), None), (true, Some((160, true)), None)]),
            Some((150 * second + 1, 160 * second))
        );
        assert_eq!(span(&[(false, Some((200, true)), None)]), None);
    }

    #[test]
    fn the_opposite_of_a_day_is_refused() {
        let bound = Bound {
            lower: Some((at(1), true)),
            upper: Some((at(2), false)),
        };
        assert!(matches!(opposite(bound), Err(Error::Invalid { .. })));
    }
}
