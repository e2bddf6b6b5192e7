//! Nothing grows without a bound, and nobody shares a queue.

use super::*;
use crate::{Full, OpenError, PushError};

#[tokio::test]
async fn a_full_queue_refuses_until_some_is_released() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options {
        max_bytes: 500,
        ..small()
    };
    let (queue, mut consumer) = open(directory.path(), options, Position::default());
    let mut number = 0;
    let refusal = loop {
        match queue.push(record(number), None).await {
            Ok(_) => number += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(
        matches!(refusal, PushError::Full(Full::Backlog { limit: 500, .. })),
        "{refusal}"
    );
    assert!(queue.backlog().bytes <= 500);
    let taken = consumer
        .take(100, 1 << 20)
        .await
        .expect("readable")
        .expect("a batch");
    assert!(
        queue.push(record(number), None).await.is_err(),
        "taken is not yet digested"
    );
    queue.release(taken.last().expect("some").end);
    push(&queue, number).await;
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_refuses() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options {
        disk_floor_bytes: u64::MAX,
        ..small()
    };
    let (queue, _consumer) = open(directory.path(), options, Position::default());
    let refusal = queue.push(record(1), None).await;
    assert!(
        matches!(refusal, Err(PushError::Full(Full::Disk { floor: u64::MAX, .. }))),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn released_segments_are_deleted_and_the_one_being_written_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, _consumer) = open(directory.path(), small(), Position::default());
    let mut ends = Vec::new();
    for number in 0..100 {
        ends.push(push(&queue, number).await);
    }
    let starts = || crate::directory::segment_starts(directory.path()).expect("a listing");
    let before = starts();
    queue.release(Position(before[2].0 - 1));
    assert_eq!(
        starts()[0],
        before[1],
        "a segment goes only when all of it is digested"
    );
    queue.release(ends[99]);
    assert_eq!(starts(), [*before.last().expect("some")]);
    assert_eq!(queue.backlog().bytes, 0);
}

#[tokio::test]
async fn a_batch_keeps_its_limits() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, mut consumer) = open(directory.path(), small(), Position::default());
    for number in 0..50 {
        push(&queue, number).await;
    }
    assert_eq!(
        consumer
            .take(3, 1 << 20)
            .await
            .expect("readable")
            .expect("some")
            .len(),
        3
    );
    let batch = consumer.take(1_000, 100).await.expect("readable").expect("some");
    let bytes: u64 = batch.iter().map(|taken| taken.end.since(taken.start)).sum();
    assert!((100..100 + 60).contains(&bytes), "{bytes}");
    assert_eq!(
        consumer
            .take(1_000, 0)
            .await
            .expect("readable")
            .map(|batch| batch.len()),
        Some(1)
    );
}

#[tokio::test]
async fn records_of_no_length_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, _consumer) = open(directory.path(), small(), Position::default());
    assert!(matches!(
        queue.push(Record::default(), None).await,
        Err(PushError::Length(0))
    ));
}

#[tokio::test]
async fn two_cannot_have_one_queue_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    let second = Queue::<u32>::open(directory.path(), small(), Position::default());
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    drain(queue, consumer).await;
    open(directory.path(), small(), Position::default());
}

#[test]
fn a_queue_of_another_format_does_not_open() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("queue"), "errand-queue 9\n00\n").expect("writes");
    let opened = Queue::<u32>::open(directory.path(), small(), Position::default());
    let message = opened.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("errand-queue 9"), "{message}");
}
