//! Finds the ones that spoil a batch, by halves.

use std::ops::Range;

/// What is left to be stored of a batch, in order. A range that is refused is split, until single ones are left.
#[derive(Debug)]
pub(crate) struct Bisection {
    /// The next is the last.
    left: Vec<Range<usize>>,
}

impl Bisection {
    /// A whole batch.
    pub(crate) fn of(length: usize) -> Self {
        let whole = 0..length;
        Bisection {
            left: if whole.is_empty() { Vec::new() } else { vec![whole] },
        }
    }

    /// What to store next.
    pub(crate) fn next(&mut self) -> Option<Range<usize>> {
        self.left.pop()
    }

    /// Takes a refused range back in halves; a single one cannot be split and is the answer.
    pub(crate) fn refused(&mut self, range: Range<usize>) -> Option<usize> {
        if range.len() <= 1 {
            return Some(range.start);
        }
        let middle = range.start + range.len() / 2;
        self.left.push(middle..range.end);
        self.left.push(range.start..middle);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(length: usize, poison: &[usize]) -> (Vec<usize>, Vec<usize>, usize) {
        let (mut stored, mut refused, mut calls) = (Vec::new(), Vec::new(), 0);
        let mut batch = Bisection::of(length);
        while let Some(range) = batch.next() {
            calls += 1;
            if poison.iter().any(|at| range.contains(at)) {
                refused.extend(batch.refused(range));
            } else {
                stored.extend(range);
            }
        }
        (stored, refused, calls)
    }

    #[test]
    fn a_good_batch_is_stored_at_once() {
        assert_eq!(run(100, &[]), ((0..100).collect(), vec![], 1));
        assert_eq!(run(0, &[]), (vec![], vec![], 0));
    }

    #[test]
    fn the_spoiled_are_found_and_the_others_stored_in_order() {
        let poison = [0, 41, 42, 99];
        let (stored, refused, calls) = run(100, &poison);
        assert_eq!(
            stored,
            (0..100).filter(|at| !poison.contains(at)).collect::<Vec<_>>()
        );
        assert_eq!(refused, poison);
        assert!(calls < 50, "{calls}");
        assert_eq!(run(1, &[0]), (vec![], vec![0], 1));
    }
}
