//! How fast records are pushed and taken, and what one costs: `push_speed [TASKS [RECORDS [BYTES]]]`, on the disk of
//! the working directory. CPU time is that of the whole process, pushing tasks included.

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use errand_queue::{Companion, Consumer, Options, Position, Queue, Record};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let mut number = |default: usize| numbers.next().unwrap_or(Ok(default));
    let (tasks, records, bytes) = (number(64)?, number(200_000)?, number(3_000)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(tasks, records, bytes))
}

async fn measure(tasks: usize, records: usize, bytes: usize) -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(".")?;
    let options = Options {
        disk_floor_bytes: 0,
        ..Options::default()
    };
    let (queue, consumer) = Queue::open(directory.path(), options, Position::default())?;
    let (cpu, began) = (cpu_time()?, Instant::now());
    let body = Bytes::from(vec![7; bytes]);
    let mut pushers = JoinSet::new();
    for _ in 0..tasks {
        pushers.spawn(push(queue.clone(), records / tasks, body.clone()));
    }
    let taking = tokio::spawn(take(queue.clone(), consumer));
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
        "{taken} records of {bytes} bytes by {tasks} tasks: {:.0}/s, {:.1} to a sync of {:?}, \
         {:.2} us of CPU each, the slowest took {slowest:?}",
        taken as f64 / elapsed.as_secs_f64(),
        backlog.appended as f64 / backlog.syncs as f64,
        elapsed / u32::try_from(backlog.syncs).unwrap_or(u32::MAX),
        spent.as_secs_f64() * 1e6 / taken as f64,
    );
    Ok(())
}

/// Pushes one record after the other; answers how long the slowest took.
async fn push(queue: Queue<u64>, records: usize, body: Bytes) -> Result<Duration, Failure> {
    let mut slowest = Duration::ZERO;
    for step in 0..records {
        let began = Instant::now();
        let record = Record {
            head: vec![1; 200],
            body: body.clone(),
        };
        queue
            .push(
                record,
                Some(Companion {
                    value: step as u64,
                    size: 1_000,
                }),
            )
            .await?;
        slowest = slowest.max(began.elapsed());
    }
    Ok(slowest)
}

async fn take(queue: Queue<u64>, mut consumer: Consumer<u64>) -> Result<usize, Failure> {
    let mut taken = 0;
    while let Some(batch) = consumer.take(2_000, 8 << 20).await? {
        taken += batch.len();
        queue.release(batch.last().map_or(Position::default(), |last| last.end));
    }
    Ok(taken)
}

/// What this process has computed so far, by the kernel's count of hundredths of a second.
fn cpu_time() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
