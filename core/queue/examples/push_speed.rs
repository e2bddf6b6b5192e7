//! How fast records are pushed and taken, and what one costs:
//! `cargo run --release -p errand-queue --example push_speed -- [tasks] [records] [bytes]`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use errand_queue::{Companion, Options, Position, Queue, Record};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let mut number = |default| numbers.next().unwrap_or(Ok(default));
    let (tasks, records, bytes) = (number(64)?, number(200_000)?, number(3_000)?);
    let directory = tempfile::tempdir_in(".")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = Options {
            disk_floor_bytes: 0,
            ..Options::default()
        };
        let (queue, mut consumer) = Queue::<u64>::open(directory.path(), options, Position::default())?;
        let (cpu, began) = (cpu_time()?, Instant::now());
        let body = Bytes::from(vec![7; bytes]);
        let mut pushers = tokio::task::JoinSet::new();
        for _ in 0..tasks {
            let (queue, body) = (queue.clone(), body.clone());
            pushers.spawn(async move {
                let mut slowest = Duration::ZERO;
                for step in 0..records / tasks {
                    let began = Instant::now();
                    let record = Record {
                        head: vec![1; 200],
                        body: body.clone(),
                    };
                    let companion = Companion {
                        value: step as u64,
                        size: 1_000,
                    };
                    queue.push(record, Some(companion)).await?;
                    slowest = slowest.max(began.elapsed());
                }
                Ok::<_, errand_queue::PushError>(slowest)
            });
        }
        let taking = {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut taken = 0;
                while let Some(batch) = consumer.take(2_000, 8 << 20).await? {
                    taken += batch.len();
                    queue.release(batch.last().map_or(Position::default(), |last| last.end));
                }
                Ok::<_, std::io::Error>(taken)
            })
        };
        let mut slowest = Duration::ZERO;
        while let Some(pusher) = pushers.join_next().await {
            slowest = slowest.max(pusher??);
        }
        let elapsed = began.elapsed();
        queue.close().await;
        let taken = taking.await??;
        let spent = cpu_time()? - cpu;
        let backlog = queue.backlog();
        println!(
            "{taken} records of {bytes} bytes by {tasks} tasks: {:.0}/s, {:.1} a sync, {:.2} us of CPU each, \
             slowest {slowest:?}, {:?} a sync",
            taken as f64 / elapsed.as_secs_f64(),
            backlog.appended as f64 / backlog.syncs as f64,
            spent.as_secs_f64() * 1e6 / taken as f64,
            elapsed / u32::try_from(backlog.syncs).unwrap_or(u32::MAX),
        );
        Ok(())
    })
}

/// What this process has computed so far, by the kernel's count of hundredths of a second.
fn cpu_time() -> Result<Duration, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
