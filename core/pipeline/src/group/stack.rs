//! What a stack trace adds to the hash, in both of its variants: all frames, and the program's own.

use errand_model::event::{Frame, Stacktrace};

use super::family::Family;
use super::frame::{FrameComponent, is_url};
use super::frame_data::FrameData;
use super::rules::{ExceptionFacts, Frames, RuleRef, Rules, StackLimits, Verdict};
use super::sink::{Hint, Sink};

/// A way to look at a stack trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// All frames.
    System,
    /// The program's own frames.
    App,
}

/// A stack trace.
#[derive(Clone, Debug)]
pub(super) struct StackComponent<'a> {
    frames: Vec<FrameComponent<'a>>,
    views: [StackView; 2],
    /// Which rule moved a frame in or out of the program, if anybody wants to know.
    moved: Vec<Option<RuleRef>>,
}

#[derive(Clone, Debug)]
struct StackView {
    frames: Vec<FrameVerdict>,
    contributes: bool,
    hint: Option<Hint>,
}

#[derive(Clone, Copy, Debug)]
struct FrameVerdict {
    contributes: bool,
    hint: Option<Hint>,
}

impl<'a> StackComponent<'a> {
    /// Of `stack`, in an event of `platform`; `detail` asks for what only an explanation needs.
    pub(super) fn new(
        stack: &'a Stacktrace<'_>,
        platform: &str,
        exception: ExceptionFacts<'_>,
        rules: &Rules,
        detail: bool,
    ) -> Self {
        let components = components(&stack.frames, platform);
        let category = |frame: &Frame<'_>| {
            let data = FrameData::of(frame);
            data.category.map_or(0, |name| rules.categories().find(&name))
        };
        let mut frames = Frames::new(&stack.frames, platform, category);
        let mut system = initial(&components, View::System);
        let mut app = initial(&components, View::App);
        let limits = rules.decide(&mut frames, exception, &mut [&mut system, &mut app]);
        StackComponent {
            views: [
                StackView::new(&components, &system, View::System, limits),
                StackView::new(&components, &app, View::App, limits),
            ],
            frames: components,
            moved: if detail {
                moved(stack, platform, exception, rules)
            } else {
                Vec::new()
            },
        }
    }

    fn view(&self, view: View) -> &StackView {
        let [system, app] = &self.views;
        match view {
            View::System => system,
            View::App => app,
        }
    }

    /// Whether any frame counts.
    pub(super) fn contributes(&self, view: View) -> bool {
        self.view(view).contributes
    }
}

/// Tells `sink` of a stack trace, also of one that is not there.
pub(super) fn walk_stack<S: Sink>(stack: Option<(&StackComponent<'_>, View)>, sink: &mut S) {
    let Some((stack, view)) = stack else {
        sink.open("stacktrace", false, None);
        sink.close();
        return;
    };
    let of_view = stack.view(view);
    sink.open("stacktrace", of_view.contributes, of_view.hint);
    for (index, (frame, verdict)) in stack.frames.iter().zip(&of_view.frames).enumerate() {
        if S::DETAIL || verdict.contributes {
            let moved = stack.moved.get(index).copied().flatten();
            sink.open(
                "frame",
                verdict.contributes,
                verdict.hint.map(|hint| with_mover(hint, frame, moved)),
            );
            frame.walk_leaves(sink);
            sink.close();
        }
    }
    sink.close();
}

const NOT_IN_APP: Hint = Hint::Text("not part of the program (in_app is false)");

/// Names the rule because of which a frame is not the program's.
fn with_mover(hint: Hint, frame: &FrameComponent<'_>, moved: Option<RuleRef>) -> Hint {
    match moved {
        Some(rule) if hint == NOT_IN_APP && !frame.in_app => Hint::Rule {
            did: "moved out of the program",
            rule,
        },
        _ => hint,
    }
}

fn components<'a>(frames: &'a [Frame<'_>], platform: &str) -> Vec<FrameComponent<'a>> {
    let mut previous: Option<&Frame<'_>> = None;
    let mut components: Vec<_> = frames
        .iter()
        .map(|frame| {
            let mut component = FrameComponent::new(frame, platform);
            if previous.is_some_and(|previous| is_recursion(previous, frame)) {
                component.ignore("ignored because it is a recursion of the frame before");
            }
            previous = Some(frame);
            component
        })
        .collect();
    if let ([frame], [component]) = (frames, components.as_mut_slice()) {
        let own = frame.platform.as_deref().filter(|own| !own.is_empty());
        let javascript = Family::of(own.unwrap_or(platform)) == Family::JavaScript;
        let nameless = frame.function.as_deref().is_none_or(str::is_empty);
        if component.contributes && javascript && nameless && is_url(frame) {
            component.ignore("ignored because a lone JavaScript frame without a function says too little");
        }
    }
    components
}

fn is_recursion(one: &Frame<'_>, other: &Frame<'_>) -> bool {
    one.lineno == other.lineno
        && one.colno == other.colno
        && one.function == other.function
        && one.module == other.module
        && one.abs_path == other.abs_path
        && one.filename == other.filename
        && one.package == other.package
}

/// What frames are worth before rules have their say.
fn initial(components: &[FrameComponent<'_>], view: View) -> Vec<Verdict> {
    let counts = |frame: &FrameComponent<'_>| frame.contributes && (view == View::System || frame.in_app);
    components
        .iter()
        .map(|frame| Verdict::new(counts(frame)))
        .collect()
}

impl StackView {
    fn new(components: &[FrameComponent<'_>], verdicts: &[Verdict], view: View, limits: StackLimits) -> Self {
        let mut frames: Vec<_> = components
            .iter()
            .zip(verdicts)
            .map(|(frame, verdict)| FrameVerdict {
                contributes: verdict.contributes,
                hint: match verdict.rule {
                    Some(rule) => Some(Hint::Rule {
                        did: if verdict.contributes {
                            "un-ignored"
                        } else {
                            "ignored"
                        },
                        rule,
                    }),
                    None if view == View::App && !frame.in_app => Some(NOT_IN_APP),
                    None => frame.hint.map(Hint::Text),
                },
            })
            .collect();
        if let Some((max, rule)) = limits.max.filter(|(max, _)| *max > 0) {
            let counting = frames.iter_mut().rev().filter(|frame| frame.contributes);
            for frame in counting.skip(max) {
                frame.contributes = false;
                frame.hint = Some(Hint::MaxFrames(max, rule));
            }
        }
        let count = frames.iter().filter(|frame| frame.contributes).count();
        let too_few = limits.min.filter(|(min, _)| count > 0 && count < *min);
        StackView {
            contributes: count > 0 && too_few.is_none(),
            hint: match too_few {
                Some((min, rule)) => Some(Hint::MinFrames(min, rule)),
                None => (count == 0).then(|| Hint::Text(why_empty(components, view))),
            },
            frames,
        }
    }
}

fn why_empty(components: &[FrameComponent<'_>], view: View) -> &'static str {
    if components.is_empty() {
        "ignored because it has no frames"
    } else if view == View::App && components.iter().all(|frame| !frame.in_app) {
        "ignored because it has no frames of the program"
    } else {
        "ignored because none of its frames counts"
    }
}

/// For each frame the rule that decided whether it is the program's, if that is not what the SDK said.
fn moved(
    stack: &Stacktrace<'_>,
    platform: &str,
    exception: ExceptionFacts<'_>,
    rules: &Rules,
) -> Vec<Option<RuleRef>> {
    let mut frames = Frames::new(&stack.frames, platform, |_| 0);
    for (frame, item) in stack.frames.iter().zip(&mut frames.items) {
        match FrameData::of(frame).orig_in_app {
            Some(-1) => item.in_app = None,
            Some(flag) => item.in_app = Some(flag != 0),
            None => {}
        }
    }
    let before: Vec<_> = frames.items.iter().map(|frame| frame.in_app).collect();
    rules.classify(&mut frames, exception);
    let after = frames.items.iter().zip(before);
    after
        .map(|(frame, before)| frame.in_app_by.filter(|_| frame.in_app != before))
        .collect()
}
