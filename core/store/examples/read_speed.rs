//! How fast the API's reads are on a large database: `read_speed [FILE [EVENTS [ISSUES]]]`.
//!
//! Fills FILE (kept, and used again if it is there; a temporary one without the argument) with 5,000,000 events of
//! 50,000 issues in one project, unless told otherwise. A hundred issues have two fifths of the events, ten
//! thousand users each and twenty thousand licences between them. Then each read is made 200 times, first alone,
//! then while batches of events are stored all the time, and its median, 99th percentile and maximum are printed.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for the terminal: it stops at what it did not expect"
)]

#[path = "read_speed/fill.rs"]
mod fill;
#[path = "read_speed/ingest.rs"]
mod ingest;
#[path = "read_speed/reads.rs"]
mod reads;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use errand_store::{Db, Location, Options, projects};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = tempfile::tempdir().expect("a folder");
    let file = arguments
        .next()
        .map_or_else(|| folder.path().join("hub.db"), PathBuf::from);
    let mut number = |default: i64| {
        arguments
            .next()
            .map_or(default, |text| text.parse().expect("a number"))
    };
    let (events, issues) = (number(5_000_000), number(50_000));
    let is_new = !file.exists();
    let db = Db::open(&Location::Sqlite(file), &Options::default())
        .await
        .expect("open");
    db.migrate().await.expect("migrate");
    if is_new {
        fill::fill(&db, events, issues).await;
    }
    let project = projects::list(&db, None).await.expect("projects").remove(0);
    println!("alone:");
    reads::measure(&db, &project).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let ingest = tokio::spawn(ingest::run(db.clone(), project.clone(), is_over.clone()));
    println!("while events come in:");
    reads::measure(&db, &project).await;
    is_over.store(true, Ordering::Relaxed);
    println!("{} events came in meanwhile", ingest.await.expect("the events"));
}
