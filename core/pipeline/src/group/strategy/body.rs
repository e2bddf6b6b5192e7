//! What a strategy found, and the variants that come of it.

use errand_model::GroupHash;

use crate::group::component::Leaf;
use crate::group::exception::ExceptionComponent;
use crate::group::sink::{Hint, Sink};
use crate::group::stack::{StackComponent, View, walk_stack};

/// One of the variants that a strategy makes.
#[derive(Clone, Debug)]
pub(in crate::group) struct StrategyView {
    pub(in crate::group) variant: &'static str,
    /// None for what has no frames.
    pub(super) view: Option<View>,
    pub(in crate::group) contributes: bool,
    pub(in crate::group) hint: Option<Hint>,
    /// What it hashes to, if it contributes.
    pub(in crate::group) hash: Option<GroupHash>,
}

#[derive(Debug)]
pub(super) enum Body<'a> {
    Exceptions {
        components: Vec<ExceptionComponent<'a>>,
        /// Those that count, in order.
        relevant: Vec<usize>,
    },
    Stack {
        /// The component around the stack trace, if there is one.
        around: Option<&'static str>,
        stack: Option<Box<StackComponent<'a>>>,
        hint: Option<Hint>,
    },
    Leaves {
        id: &'static str,
        leaves: Vec<Leaf<'a>>,
    },
}

impl StrategyView {
    fn new(variant: &'static str, view: Option<View>, contributes: bool) -> Self {
        StrategyView {
            variant,
            view,
            contributes,
            hint: None,
            hash: None,
        }
    }

    /// No longer contributes.
    pub(in crate::group) fn drop(&mut self, hint: Hint) {
        self.contributes = false;
        self.hint = Some(hint);
        self.hash = None;
    }
}

impl Body<'_> {
    pub(super) fn views(&self) -> Vec<StrategyView> {
        let of = |view, contributes| {
            let name = if view == View::App { "app" } else { "system" };
            StrategyView::new(name, Some(view), contributes)
        };
        match self {
            Body::Exceptions { components, relevant } => {
                let relevant = || relevant.iter().filter_map(|index| components.get(*index));
                [View::System, View::App]
                    .into_iter()
                    .filter(|view| relevant().any(|exception| exception.has(*view)))
                    .map(|view| {
                        let mut having = relevant().filter(|exception| exception.has(view));
                        of(view, having.any(|exception| exception.contributes(view)))
                    })
                    .collect()
            }
            Body::Stack {
                stack: Some(stack), ..
            } => [View::System, View::App]
                .map(|view| of(view, stack.contributes(view)))
                .into(),
            Body::Stack { stack: None, .. } => vec![of(View::App, false)],
            Body::Leaves { leaves, .. } => {
                let any = leaves.iter().any(|leaf| leaf.contributes);
                vec![StrategyView::new("default", None, any)]
            }
        }
    }

    pub(super) fn has_counting_stack(&self, view: Option<View>) -> bool {
        let Some(view) = view else {
            return false;
        };
        match self {
            Body::Exceptions { components, relevant } => {
                let mut relevant = relevant.iter().filter_map(|index| components.get(*index));
                relevant.any(|exception| exception.has_counting_stack(view))
            }
            Body::Stack { stack, .. } => stack.as_ref().is_some_and(|stack| stack.contributes(view)),
            Body::Leaves { .. } => false,
        }
    }

    pub(super) fn walk(&self, view: Option<View>, sink: &mut impl Sink) {
        let view = view.unwrap_or(View::System);
        match self {
            Body::Exceptions { components, relevant } => {
                let relevant = || relevant.iter().filter_map(|index| components.get(*index));
                let chained = relevant().count() > 1;
                if chained {
                    let contributes =
                        relevant().any(|exception| exception.has(view) && exception.contributes(view));
                    sink.open("chained-exception", contributes, None);
                }
                relevant()
                    .filter(|exception| exception.has(view))
                    .for_each(|exception| exception.walk(view, sink));
                if chained {
                    sink.close();
                }
            }
            Body::Stack { around, stack, hint } => {
                let contributes = stack.as_ref().is_some_and(|stack| stack.contributes(view));
                if let Some(id) = around {
                    sink.open(id, contributes, *hint);
                }
                walk_stack(stack.as_deref().map(|stack| (stack, view)), sink);
                if around.is_some() {
                    sink.close();
                }
            }
            Body::Leaves { id, leaves } => {
                sink.open(id, leaves.iter().any(|leaf| leaf.contributes), None);
                leaves.iter().for_each(|leaf| leaf.walk(sink));
                sink.close();
            }
        }
    }
}
