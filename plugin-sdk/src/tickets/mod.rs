//! What all ticket systems have in common, so that a plugin for one says only how that system speaks.
//!
//! | module | what it answers |
//! | --- | --- |
//! | [`text`] | what a ticket says, once for all: rendered to Markdown, HTML, Jira's wiki markup, Atlassian's document format and plain text, harmless whatever a title holds |
//! | [`describe`] | a ticket's description of an issue, as [`text`] |
//! | [`making`] | one ticket for each issue, across crashes, retries and replays |
//! | [`standing`] | states both ways: many of theirs are one of ours, and one of ours may be any of several of theirs |
//! | [`sync`] | who has to follow whom, from what both sides say now and what they last agreed on |
//! | [`tracker`] | all of it, for trackers whose tickets are open, done or dropped; [`instant`] reads their times |
//! | [`bounds`] | when a ticket is taken up again rather than made anew; how often counts and states are written |
//!
//! # Two-way sync
//!
//! A plugin does not answer events one by one: it *reconciles*. Whatever wakes it (a change of the issue, a webhook, the
//! clock), it reads the issue and the ticket as they stand, and what they last agreed on, which [`sync::Agreed`] keeps in
//! the link's `extra`. For each field [`sync::step`] says whether one side has to follow. Order, repetition and delay do
//! not matter then, and after any change at most one write follows for each field.
//!
//! What was agreed is linked, and so staged, with the very changes of the issue that it speaks of: a call that is cut
//! leaves neither. Where a write to the ticket happened and was not written down, both sides say the same, and
//! nothing follows from it.

pub mod bounds;
pub mod describe;
pub mod instant;
pub mod making;
pub mod standing;
pub mod sync;
pub mod text;
pub mod tracker;
