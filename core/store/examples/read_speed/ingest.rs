//! Events that come in all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use errand_model::digested::{DigestedEnvelope, DigestedEvent, EventUser};
use errand_model::issue::EventKind;
use errand_model::project::Project;
use errand_model::{Clock, EventId, GroupHash, Ids, Level, SystemClock};
use errand_store::persist::{Arrival, Persist, persist};
use errand_store::{Db, codec};

/// Stores batches until it is over; answers how many events that were.
pub async fn run(db: Db, project: Project, is_over: Arc<AtomicBool>) -> u64 {
    let (clock, ids) = (SystemClock, Ids::new(1));
    let persisting = Persist {
        clock: &clock,
        ids: &ids,
        queue: "speed",
    };
    let payload = codec::compress(&[b'x'; 2_000]).expect("compress");
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let batch: Vec<Arrival> = (0..100)
            .map(|n| arrival(&project, count + n, payload.clone()))
            .collect();
        persist(&db, &persisting, &batch, None).await.expect("stored");
        count += 100;
        // Some hundred events a second: the reads are measured, not how the two share the machine.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    count
}

fn arrival(project: &Project, n: u64, payload: Vec<u8>) -> Arrival {
    let now = SystemClock.now();
    let mut hash = [9; 16];
    hash[0] = (n % 100) as u8;
    let event = DigestedEvent {
        project: project.id,
        event_id: EventId::random(),
        timestamp: now,
        received: now,
        kind: EventKind::Error,
        level: Level::Error,
        platform: "python".to_owned(),
        logger: String::new(),
        title: format!("Incoming {}", n % 100),
        culprit: "shop".to_owned(),
        metadata: "{}".to_owned(),
        hashes: vec![GroupHash(hash)],
        grouping: 1,
        release: Some("shop@2.0".to_owned()),
        environment: Some("environment-1".to_owned()),
        user: Some(EventUser {
            key: format!("id:{}", n % 1_000),
            id: Some((n % 1_000).to_string()),
            email: None,
            username: None,
            ip: None,
        }),
        tags: vec![
            ("environment".to_owned(), "environment-1".to_owned()),
            ("license".to_owned(), format!("license-{}", n % 20_000)),
        ],
        payload,
    };
    Arrival {
        organization: project.organization,
        project: project.id,
        envelope: DigestedEnvelope {
            event: Some(event),
            ..DigestedEnvelope::default()
        },
    }
}
