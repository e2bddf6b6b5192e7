//! After a crash exactly what was durable is there; damage is left out, never a panic.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

const RECORDS: u32 = 12;

/// A closed queue of a few records in one segment, and where each ends.
async fn one_segment(directory: &Path) -> (PathBuf, Vec<Position>) {
    let options = Options {
        segment_bytes: 1 << 20,
        ..small()
    };
    let (queue, consumer) = open(directory, options, Position::default());
    let mut ends = Vec::new();
    for number in 0..RECORDS {
        ends.push(push(&queue, number).await);
    }
    drain(queue, consumer).await;
    (
        crate::directory::segment_path(directory, Position::default()),
        ends,
    )
}

async fn reopened(directory: &Path) -> Vec<u32> {
    let (queue, consumer) = open(directory, small(), Position::default());
    numbers(&drain(queue, consumer).await)
}

#[tokio::test]
async fn a_file_cut_at_any_byte_gives_exactly_the_records_before() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, ends) = one_segment(directory.path()).await;
    let whole = std::fs::read(&segment).expect("reads");
    for length in 0..=whole.len() {
        std::fs::write(&segment, &whole[..length]).expect("writes");
        let survivors = ends.iter().filter(|end| end.0 <= length as u64).count() as u32;
        assert_eq!(
            reopened(directory.path()).await,
            (0..survivors).collect::<Vec<_>>(),
            "cut at {length}"
        );
    }
}

#[tokio::test]
async fn what_is_pushed_after_a_torn_end_follows_what_was_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, ends) = one_segment(directory.path()).await;
    let whole = std::fs::read(&segment).expect("reads");
    std::fs::write(&segment, &whole[..ends[5].0 as usize + 3]).expect("writes");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    assert_eq!(queue.end(), ends[5]);
    push(&queue, 99).await;
    assert_eq!(numbers(&drain(queue, consumer).await), [0, 1, 2, 3, 4, 5, 99]);
}

#[tokio::test]
async fn an_end_of_zeros_or_noise_is_cut_off() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, _) = one_segment(directory.path()).await;
    let whole = std::fs::read(&segment).expect("reads");
    for tail in [vec![0; 4_096], vec![0xff; 100], (0..=255).collect()] {
        std::fs::write(&segment, [whole.clone(), tail].concat()).expect("writes");
        assert_eq!(reopened(directory.path()).await, (0..RECORDS).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_damaged_record_is_left_out_and_counted_and_the_rest_is_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, ends) = one_segment(directory.path()).await;
    let mut bytes = std::fs::read(&segment).expect("reads");
    bytes[ends[3].0 as usize + 10] ^= 1;
    std::fs::write(&segment, bytes).expect("writes");
    let (queue, mut consumer) = open(directory.path(), small(), Position::default());
    let taken = consumer
        .take(100, 1 << 20)
        .await
        .expect("readable")
        .expect("some");
    assert_eq!(numbers(&taken), [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(queue.backlog().lost_bytes, ends[4].since(ends[3]));
}

#[tokio::test]
async fn a_damaged_length_costs_the_rest_of_its_segment_and_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let (queue, consumer) = open(directory.path(), small(), Position::default());
    for number in 0..60 {
        push(&queue, number).await;
    }
    drain(queue, consumer).await;
    let starts = crate::directory::segment_starts(directory.path()).expect("a listing");
    let second = crate::directory::segment_path(directory.path(), starts[1]);
    let mut bytes = std::fs::read(&second).expect("reads");
    bytes[2] = 0xff;
    std::fs::write(&second, bytes).expect("writes");
    let (queue, mut consumer) = open(directory.path(), small(), Position::default());
    let taken = consumer
        .take(100, 1 << 20)
        .await
        .expect("readable")
        .expect("some");
    let lost = starts[2].since(starts[1]);
    assert_eq!(queue.backlog().lost_bytes, lost);
    assert!(
        taken
            .iter()
            .all(|taken| taken.end <= starts[1] || taken.start >= starts[2])
    );
    assert_eq!(numbers(&taken).last(), Some(&59));
}

#[tokio::test]
async fn a_record_inside_a_record_is_never_taken_for_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, ends) = one_segment(directory.path()).await;
    let forged = std::fs::read(&segment).expect("reads");
    let options = Options {
        segment_bytes: 1 << 20,
        ..small()
    };
    let (queue, consumer) = open(directory.path(), options, Position::default());
    // A client sends what looks like a journal; the lengths before it are then damaged.
    let body = Bytes::from(forged[..ends[2].0 as usize].to_vec());
    queue
        .push(Record { head: vec![1], body }, None)
        .await
        .expect("there is room");
    drain(queue, consumer).await;
    let mut bytes = std::fs::read(&segment).expect("reads");
    let at = ends[RECORDS as usize - 1].0 as usize;
    bytes[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    std::fs::write(&segment, bytes).expect("writes");
    assert_eq!(reopened(directory.path()).await, (0..RECORDS).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_queue_that_lost_its_files_goes_on_behind_the_mark() {
    let directory = tempfile::tempdir().expect("a directory");
    let (segment, ends) = one_segment(directory.path()).await;
    std::fs::write(&segment, b"").expect("writes");
    let mark = ends[4];
    let (queue, consumer) = open(directory.path(), small(), mark);
    assert!(push(&queue, 7).await > mark);
    assert_eq!(numbers(&drain(queue, consumer).await), [7]);
    assert_eq!(
        crate::directory::segment_starts(directory.path()).expect("a listing"),
        [mark]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_opens_and_gives_only_what_was_written(
        flips in prop::collection::vec((0..10_000_usize, 1..=255_u8), 1..6),
        cut in 0..10_000_usize,
        from in 0..400_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let directory = tempfile::tempdir().expect("a directory");
            let (queue, consumer) = open(directory.path(), small(), Position::default());
            for number in 0..RECORDS {
                push(&queue, number).await;
            }
            drain(queue, consumer).await;
            for start in crate::directory::segment_starts(directory.path()).expect("a listing") {
                let path = crate::directory::segment_path(directory.path(), start);
                let mut bytes = std::fs::read(&path).expect("reads");
                bytes.truncate(cut.max(1));
                let length = bytes.len();
                for (at, flip) in &flips {
                    bytes[at % length] ^= flip;
                }
                std::fs::write(&path, bytes).expect("writes");
            }
            // `numbers` checks that each record is one that was pushed.
            let (queue, consumer) = open(directory.path(), small(), Position(from));
            push(&queue, 77).await;
            let taken = numbers(&drain(queue, consumer).await);
            assert_eq!(taken.last(), Some(&77));
            assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "{taken:?}");
        });
    }
}
