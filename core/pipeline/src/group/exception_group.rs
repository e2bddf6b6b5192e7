//! Which exceptions of an exception group count.
//!
//! Python's `ExceptionGroup`, .NET's `AggregateException` and others wrap several exceptions in one. SDKs send them
//! as a tree, by `exception_id` and `parent_id` of the mechanism (Sentry's RFC 79). If all that were wrapped are
//! alike, the event is grouped as one of them; if not, as one of each kind and the wrapper.

use std::collections::BTreeMap;

use errand_model::event::{Exception, Mechanism};

use super::exception::ExceptionComponent;
use super::sink::SignatureSink;
use super::stack::View;

/// Deeper trees are malformed.
const MAX_DEPTH: usize = 200;

/// The exceptions that count, by their index, in the order in which they are hashed. Without a tree, or with a
/// malformed one, all count.
pub(super) fn relevant(exceptions: &[Exception<'_>], components: &[ExceptionComponent<'_>]) -> Vec<usize> {
    let everything = || (0..exceptions.len()).collect();
    if exceptions.len() < 2 {
        return everything();
    }
    let tree = Tree::read(exceptions);
    let relevant = tree.and_then(|tree| tree.relevant(components));
    relevant.unwrap_or_else(everything)
}

struct Tree<'e> {
    exceptions: &'e [Exception<'e>],
    /// The exception with an id.
    by_id: BTreeMap<i64, usize>,
    /// The exceptions below an id, the first first.
    children: BTreeMap<i64, Vec<usize>>,
}

impl<'e> Tree<'e> {
    /// None unless every exception says where it belongs.
    fn read(exceptions: &'e [Exception<'e>]) -> Option<Self> {
        let mut by_id = BTreeMap::new();
        let mut children: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        // The list runs from the cause to what was thrown last, which is the root.
        for (index, exception) in exceptions.iter().enumerate().rev() {
            let mechanism = exception.mechanism.as_ref()?;
            by_id.insert(mechanism.exception_id?, index);
            if let Some(parent) = mechanism.parent_id {
                children.entry(parent).or_default().push(index);
            }
        }
        Some(Tree {
            exceptions,
            by_id,
            children,
        })
    }

    fn mechanism(&self, index: usize) -> Option<&Mechanism<'e>> {
        self.exceptions.get(index)?.mechanism.as_ref()
    }

    fn children(&self, index: usize) -> &[usize] {
        let id = self.mechanism(index).and_then(|mechanism| mechanism.exception_id);
        let children = id.and_then(|id| self.children.get(&id));
        children.map_or(&[], Vec::as_slice)
    }

    fn relevant(&self, components: &[ExceptionComponent<'_>]) -> Option<Vec<usize>> {
        let root = *self.by_id.get(&0)?;
        let mut top = Vec::new();
        self.collect_top(root, 0, &mut top)?;
        // By type, the last first; exceptions without one sort as Python's `None`.
        let kind = |index: &usize| {
            let exception = self.exceptions.get(*index);
            exception
                .and_then(|exception| exception.kind.as_deref())
                .unwrap_or("None")
        };
        top.sort_by(|one, other| kind(other).cmp(kind(one)));
        top.dedup_by_key(|index| components.get(*index).map(signature));
        match top.as_slice() {
            [only] => self.first_path(*only),
            _ => {
                top.push(root);
                Some(top)
            }
        }
    }

    /// The first exceptions on each way down that wrap no others; none where the tree never ends.
    fn collect_top(&self, index: usize, depth: usize, top: &mut Vec<usize>) -> Option<()> {
        if depth > MAX_DEPTH || top.len() > self.exceptions.len() {
            return None;
        }
        let wraps = self.mechanism(index)?.is_exception_group == Some(true);
        if !wraps {
            top.push(index);
            return Some(());
        }
        self.children(index)
            .iter()
            .try_for_each(|child| self.collect_top(*child, depth + 1, top))
    }

    /// An exception, its first child, that one's first child, and so on.
    fn first_path(&self, mut index: usize) -> Option<Vec<usize>> {
        let mut path = vec![index];
        while let Some(child) = self.children(index).first() {
            if path.len() > MAX_DEPTH {
                return None;
            }
            index = *child;
            path.push(index);
        }
        Some(path)
    }
}

/// The same for exceptions that are alike in every view.
fn signature(component: &ExceptionComponent<'_>) -> [u8; 16] {
    let mut sink = SignatureSink::default();
    for view in [View::System, View::App] {
        if component.has(view) {
            component.walk(view, &mut sink);
        }
    }
    sink.finish().0
}
