//! What is taken is what was pushed, in the order it was pushed.

use super::*;

#[tokio::test]
async fn records_come_back_in_order_over_many_segments() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    for number in 0..200 {
        push(&queue, number).await;
    }
    assert!(
        crate::directory::segment_starts(directory.path())
            .expect("a listing")
            .len()
            > 5
    );
    let taken = drain(queue, consumer).await;
    assert_eq!(numbers(&taken), (0..200).collect::<Vec<_>>());
    assert!(taken.windows(2).all(|pair| pair[0].end == pair[1].start));
}

#[tokio::test]
async fn companions_come_back_instead_of_bytes_while_they_fit() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    for number in 0..50 {
        push_with_companion(&queue, number, 10).await;
    }
    assert_eq!(queue.backlog().memory_bytes, 500);
    let taken = drain(queue, consumer).await;
    assert!(
        taken
            .iter()
            .all(|taken| matches!(taken.content, Content::Companion(_)))
    );
    assert_eq!(numbers(&taken), (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn companions_that_do_not_fit_are_read_back_and_nothing_changes_its_place() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options {
        memory_bytes: 100,
        ..small()
    };
    let (queue, mut consumer) = open(directory.path(), options, Position::default());
    let mut taken = Vec::new();
    for number in 0..120 {
        // Some come without from the start, some are too large, and some room is made now and then.
        match number % 5 {
            0 => push(&queue, number).await,
            _ => push_with_companion(&queue, number, 9 + number as usize % 20).await,
        };
        assert!(queue.backlog().memory_bytes <= 100);
        if number % 40 == 39 {
            taken.extend(
                consumer
                    .take(13, 1 << 20)
                    .await
                    .expect("readable")
                    .expect("not closed"),
            );
        }
    }
    taken.extend(drain(queue, consumer).await);
    assert_eq!(numbers(&taken), (0..120).collect::<Vec<_>>());
    let in_memory = taken
        .iter()
        .filter(|taken| matches!(taken.content, Content::Companion(_)))
        .count();
    assert!(
        (1..100).contains(&in_memory),
        "{in_memory} of 120 came from memory"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_at_once_share_syncs_and_every_one_is_there_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), Options::default(), Position::default());
    let tasks: Vec<_> = (0..32_u32)
        .map(|task| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut last = Position::default();
                for step in 0..50 {
                    let position = push_with_companion(&queue, task * 50 + step, 1).await;
                    assert!(position > last, "later pushes of one task stand later");
                    last = position;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let backlog = queue.backlog();
    assert_eq!((backlog.appended, backlog.records), (1_600, 1_600));
    assert!(backlog.syncs < 1_600, "{} syncs", backlog.syncs);
    let mut all = numbers(&drain(queue, consumer).await);
    all.sort_unstable();
    assert_eq!(all, (0..1_600).collect::<Vec<_>>());
}

#[tokio::test]
async fn take_waits_for_a_first_record_and_ends_when_the_queue_is_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, mut consumer) = open(directory.path(), small(), Position::default());
    let (taken, _) = tokio::join!(consumer.take(10, 1 << 20), push(&queue, 1));
    assert_eq!(numbers(&taken.expect("readable").expect("a batch")), [1]);
    let (end, ()) = tokio::join!(consumer.take(10, 1 << 20), queue.close());
    assert!(end.expect("readable").is_none());
    assert!(matches!(
        queue.push(record(2), None).await,
        Err(crate::PushError::Closed)
    ));
}

#[tokio::test]
async fn reading_goes_on_from_a_mark() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    let mut ends = Vec::new();
    for number in 0..60 {
        ends.push(push(&queue, number).await);
    }
    let id = queue.id().to_owned();
    drain(queue, consumer).await;
    for (at, end) in ends.iter().enumerate() {
        let (queue, consumer) = open(directory.path(), small(), *end);
        assert_eq!(queue.id(), id);
        assert_eq!(queue.backlog().records, 59 - at as u64);
        let left = numbers(&drain(queue, consumer).await);
        assert_eq!(left, (at as u32 + 1..60).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_mark_inside_a_record_begins_with_that_record() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options {
        segment_bytes: 1 << 20,
        ..small()
    };
    let (queue, consumer) = open(directory.path(), options, Position::default());
    let ends = [
        push(&queue, 0).await,
        push(&queue, 1).await,
        push(&queue, 2).await,
    ];
    drain(queue, consumer).await;
    let (queue, consumer) = open(directory.path(), options, Position(ends[0].0 + 5));
    assert_eq!(numbers(&drain(queue, consumer).await), [1, 2]);
}

#[tokio::test]
async fn any_record_can_be_read_by_its_position_until_it_is_released() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, _consumer) = open(directory.path(), small(), Position::default());
    let mut starts = vec![Position::default()];
    for number in 0..40 {
        starts.push(push(&queue, number).await);
    }
    let read = |at: usize| queue.read(starts[at]).expect("readable");
    assert!((0..40).all(|at| read(at) == Some(payload(at as u32))));
    assert_eq!(read(40), None);
    assert_eq!(queue.read(Position(starts[3].0 + 1)).expect("readable"), None);
    queue.release(starts[40]);
    assert_eq!(read(0), None);
}
