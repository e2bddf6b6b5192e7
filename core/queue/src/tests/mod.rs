//! What the queue promises: order, durability, bounds.

mod bounds;
mod crash;
mod order;

use bytes::Bytes;

use crate::{Companion, Consumer, Content, Options, Position, Queue, Record, Taken};

/// Small segments, no disk floor: what a test wants.
fn small() -> Options {
    Options {
        segment_bytes: 256,
        disk_floor_bytes: 0,
        ..Options::default()
    }
}

fn open(directory: &std::path::Path, options: Options, from: Position) -> (Queue<u32>, Consumer<u32>) {
    Queue::open(directory, options, from).expect("the queue opens")
}

/// A record of a length that depends on its number.
fn payload(number: u32) -> Vec<u8> {
    let length = 5 + (number as usize * 7) % 40;
    number
        .to_le_bytes()
        .into_iter()
        .chain(std::iter::repeat(number as u8))
        .take(length)
        .collect()
}

fn record(number: u32) -> Record {
    let bytes = payload(number);
    Record {
        head: bytes[..3].to_vec(),
        body: Bytes::copy_from_slice(&bytes[3..]),
    }
}

async fn push(queue: &Queue<u32>, number: u32) -> Position {
    queue.push(record(number), None).await.expect("there is room")
}

async fn push_with_companion(queue: &Queue<u32>, number: u32, size: usize) -> Position {
    let companion = Companion { value: number, size };
    queue
        .push(record(number), Some(companion))
        .await
        .expect("there is room")
}

/// Closes the queue and takes everything that is left of it.
async fn drain(queue: Queue<u32>, mut consumer: Consumer<u32>) -> Vec<Taken<u32>> {
    queue.close().await;
    let mut all = Vec::new();
    while let Some(batch) = consumer.take(7, 1 << 20).await.expect("the journal can be read") {
        all.extend(batch);
    }
    all
}

fn numbers(taken: &[Taken<u32>]) -> Vec<u32> {
    let number = |taken: &Taken<u32>| match &taken.content {
        Content::Companion(number) => *number,
        Content::Record(bytes) => {
            let number = u32::from_le_bytes(bytes[..4].try_into().expect("four bytes"));
            assert_eq!(*bytes, payload(number), "the record is what was pushed");
            number
        }
    };
    taken.iter().map(number).collect()
}
