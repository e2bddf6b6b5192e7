use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// Three events of one new user, in release 2.0, ten days after the first.
fn arrived<'a>(releases: &'a [Option<&'a str>]) -> Arrived<'a> {
    Arrived {
        now: NOW,
        first_seen: NOW.plus_seconds(-10 * 86_400),
        count: 3,
        new_users: 1,
        times_seen: 103,
        users_seen: 21,
        hour_events: 5,
        releases,
        // `older` and `newer` have no version: only their dates tell.
        heard: &|release| match release {
            "older" => Some(NOW.plus_seconds(-100)),
            "fixed" => Some(NOW.plus_seconds(-50)),
            "newer" => Some(NOW),
            _ => None,
        },
    }
}

fn resolved(resolution: Resolution) -> State {
    State::new().resolve(resolution).expect("a transition").to
}

fn in_release(version: &str) -> Resolution {
    Resolution::InRelease {
        version: version.to_owned(),
    }
}

fn in_next(after: Option<&str>) -> Resolution {
    Resolution::InNextRelease {
        after: after.map(str::to_owned),
    }
}

#[test]
fn a_resolved_issue_regresses_where_the_fix_should_be() {
    let cases = [
        (Resolution::Now, None, true),
        (Resolution::Now, Some("shop@1.0"), true),
        (
            Resolution::InCommit {
                commit: "abc".to_owned(),
            },
            None,
            true,
        ),
        (in_release("shop@2.0"), Some("shop@1.9"), false),
        (in_release("shop@2.0"), Some("shop@2.0"), true),
        (in_release("shop@2.0"), Some("shop@2.1"), true),
        (in_release("shop@2.0"), Some("shop@2.0-rc.1"), false),
        (in_release("shop@2.0"), None, false),
        (in_release("fixed"), Some("older"), false),
        (in_release("fixed"), Some("fixed"), true),
        (in_release("fixed"), Some("newer"), true),
        (in_release("never seen"), Some("newer"), false),
        (in_next(Some("shop@2.0")), Some("shop@2.0"), false),
        (in_next(Some("shop@2.0")), Some("shop@1.0"), false),
        (in_next(Some("shop@2.0")), Some("shop@2.0.1"), true),
        (in_next(Some("fixed")), Some("fixed"), false),
        (in_next(Some("fixed")), Some("newer"), true),
        (in_next(Some("fixed")), None, false),
        (in_next(None), Some("older"), true),
        (in_next(None), None, false),
    ];
    for (resolution, release, regresses) in cases {
        let moved = resolved(resolution.clone()).on_events(&arrived(&[release]));
        let expected = regresses.then(|| Transition {
            to: State::unresolved(Substatus::Regressed),
            change: Some(Change::Regressed {
                resolution: Some(resolution.clone()),
                release: release.map(str::to_owned),
            }),
        });
        assert_eq!(moved, expected, "{resolution:?} {release:?}");
    }
}

#[test]
fn one_event_with_the_fix_among_others_is_enough() {
    let state = resolved(in_release("shop@2.0"));
    let moved = state
        .on_events(&arrived(&[Some("shop@1.0"), None, Some("shop@2.0")]))
        .expect("a regression");
    assert!(
        matches!(moved.change, Some(Change::Regressed { release: Some(release), .. }) if release == "shop@2.0")
    );
}

fn archived(until: ArchiveUntil) -> State {
    State::new().archive(until).expect("a transition").to
}

fn threshold(more: i64, base: i64, window_minutes: Option<i64>) -> Option<Threshold> {
    Some(Threshold {
        more,
        base,
        window_minutes,
        since: NOW.plus_seconds(-3_600),
    })
}

fn until(change: impl FnOnce(&mut ArchiveUntil)) -> ArchiveUntil {
    let mut until = ArchiveUntil::default();
    change(&mut until);
    until
}

/// Archives so, and checks what the arrival makes of it: the finer state if it came back.
fn check_archive(until: &ArchiveUntil, expected: Option<Substatus>) {
    let moved = archived(until.clone()).on_events(&arrived(&[None]));
    assert_eq!(
        moved.map(|moved| moved.to),
        expected.map(State::unresolved),
        "{until:?}"
    );
}

#[test]
fn an_archived_issue_comes_back_when_its_date_has_come() {
    check_archive(&ArchiveUntil::default(), None);
    check_archive(&until(|it| it.date = Some(NOW.plus_seconds(1))), None);
    check_archive(&until(|it| it.date = Some(NOW)), Some(Substatus::Ongoing));
}

#[test]
fn an_archived_issue_comes_back_when_its_count_is_reached() {
    let back = Some(Substatus::Escalating);
    check_archive(&until(|it| it.events = threshold(4, 100, None)), None);
    check_archive(&until(|it| it.events = threshold(3, 100, None)), back);
    check_archive(&until(|it| it.events = threshold(3, 100, Some(60))), back);
    check_archive(&until(|it| it.users = threshold(2, 20, None)), None);
    check_archive(&until(|it| it.users = threshold(1, 20, None)), back);
}

#[test]
fn an_archived_issue_comes_back_when_an_hour_is_unusual() {
    for (limit, back) in [(5, None), (4, Some(Substatus::Escalating))] {
        let escalating = until(|it| {
            it.escalating = true;
            it.escalation_limit = limit;
        });
        check_archive(&escalating, back);
    }
}

#[test]
fn a_window_that_is_over_begins_anew() {
    let state = archived(ArchiveUntil {
        events: threshold(4, 0, Some(59)),
        ..ArchiveUntil::default()
    });
    let moved = state.on_events(&arrived(&[None])).expect("bookkeeping");
    assert_eq!(moved.change, None);
    let events = moved
        .to
        .archive
        .and_then(|until| until.events)
        .expect("a threshold");
    assert_eq!((events.base, events.since), (100, NOW));
}

#[test]
fn the_finer_state_of_an_archive_says_what_ends_it() {
    let forever = ArchiveUntil::default();
    assert_eq!(archived(forever.clone()).substatus, Substatus::ArchivedForever);
    let escalating = ArchiveUntil {
        escalating: true,
        ..forever.clone()
    };
    assert_eq!(archived(escalating).substatus, Substatus::ArchivedUntilEscalating);
    let counted = ArchiveUntil {
        users: threshold(1, 0, None),
        ..forever
    };
    assert_eq!(archived(counted).substatus, Substatus::ArchivedUntilConditionMet);
}

#[test]
fn a_new_issue_is_ongoing_after_a_week() {
    let week = |seconds: i64| NOW.plus_seconds(-NEW_SECONDS + seconds);
    assert_eq!(State::new().on_time(NOW, week(1)), None);
    assert_eq!(State::new().on_time(NOW, week(0)), None);
    let moved = State::new().on_time(NOW, week(-1)).expect("a transition");
    assert_eq!((moved.to.substatus, moved.change), (Substatus::Ongoing, None));
    assert_eq!(moved.to.on_events(&arrived(&[None])), None);
}

#[test]
fn time_alone_ends_an_archive_with_a_date() {
    let state = archived(ArchiveUntil {
        date: Some(NOW),
        ..ArchiveUntil::default()
    });
    assert_eq!(state.on_time(NOW.plus_seconds(-1), NOW), None);
    assert_eq!(
        state.on_time(NOW, NOW).and_then(|moved| moved.change),
        Some(Change::Unresolved)
    );
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let state = resolved(Resolution::Now);
    assert_eq!(state.resolve(Resolution::Now), None);
    assert!(state.resolve(in_release("shop@2.0")).is_some());
    assert_eq!(State::new().unresolve(), None);
    assert_eq!(
        state.unresolve().map(|moved| moved.to.substatus),
        Some(Substatus::Ongoing)
    );
    let archived = archived(ArchiveUntil::default());
    assert_eq!(archived.archive(ArchiveUntil::default()), None);
    assert_eq!(
        archived
            .resolve(Resolution::Now)
            .and_then(|moved| moved.to.archive),
        None
    );
}

fn deploy(release: &str) -> Deployed {
    Deployed {
        release: release.to_owned(),
        environment: "production".to_owned(),
        at: NOW,
        url: None,
    }
}

#[test]
fn the_first_deploy_that_holds_the_fix_is_told_once() {
    let heard = arrived(&[]).heard;
    let cases = [
        (Resolution::Now, "shop@3.0", false),
        (in_release("shop@2.0"), "shop@1.9", false),
        (in_release("shop@2.0"), "shop@2.0-rc.1", false),
        (in_release("shop@2.0"), "shop@2.0", true),
        (in_release("shop@2.0"), "shop@2.1", true),
        (in_release("fixed"), "older", false),
        (in_release("fixed"), "newer", true),
        (in_release("never heard of"), "newer", false),
        (in_next(Some("shop@2.0")), "shop@2.0", false),
        (in_next(Some("shop@2.0")), "shop@2.1", true),
        (in_next(None), "shop@1.0", true),
    ];
    for (resolution, release, is_told) in cases {
        let before = resolved(resolution.clone());
        let Some(moved) = before.on_deploy(&deploy(release), heard) else {
            assert!(!is_told, "{resolution:?} {release}");
            continue;
        };
        assert!(is_told, "{resolution:?} {release}");
        let told = moved.change.as_ref().map(Change::name);
        assert_eq!(told, Some("fix.deployed"));
        assert_eq!(moved.to.deployed, Some(deploy(release)));
        assert_eq!(moved.to.on_deploy(&deploy("shop@9.0"), heard), None, "once");
        let again = State::unresolved(Substatus::Regressed)
            .resolve(resolution)
            .expect("a transition");
        assert!(
            again.to.on_deploy(&deploy(release), heard).is_some(),
            "once for each time"
        );
    }
    assert_eq!(
        State::new().on_deploy(&deploy("shop@9.0"), heard),
        None,
        "nothing is fixed"
    );
}

#[test]
fn the_next_release_is_the_first_that_comes() {
    let heard = arrived(&[]).heard;
    let state = resolved(in_next(Some("shop@2.0")));
    assert_eq!(
        state.on_release("shop@1.9.1", heard),
        None,
        "a mend of an old one"
    );
    let moved = state.on_release("shop@2.1", heard).expect("a transition");
    assert_eq!((moved.to.fixed_in(), moved.change), (Some("shop@2.1"), None));
    assert_eq!(moved.to.on_release("shop@2.2", heard), None);
    assert!(moved.to.on_deploy(&deploy("shop@2.2"), heard).is_some());
}

#[test]
fn a_commit_leads_to_the_release_that_holds_it() {
    let state = resolved(Resolution::InCommit {
        commit: "94b7c07".to_owned(),
    });
    let commits = |commit: &str| vec!["0".repeat(40), commit.to_owned()];
    assert_eq!(state.on_commits("shop@2.1", &commits("5c1ee3a94b7c07")), None);
    let long = format!("94B7C07{}", "1".repeat(33));
    let moved = state
        .on_commits("shop@2.1", &commits(&long))
        .expect("a transition");
    assert_eq!(moved.to.fixed_in(), Some("shop@2.1"));
}
