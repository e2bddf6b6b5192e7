//! What SDKs send, and what they should not.

use std::fs;

use anyhow::{Context, Result, ensure};
use errand_tests::{Hub, event};

#[tokio::test]
async fn an_event_sent_twice_is_stored_once() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let sdk = hub.sdk(&project)?;
    let event = event("twice", "ada");
    for _ in 0..3 {
        assert_eq!(sdk.send(&event).await?.status, 200);
    }
    hub.drained().await?;
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    assert_eq!(hub.api().await?.get(&issues).await?[0]["count"], "1");
    Ok(())
}

#[tokio::test]
async fn a_gzip_bomb_costs_a_413_and_little_memory() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let sdk = hub.sdk(&project)?;
    let zeros = vec![b' '; 512 << 20];
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
    let mut bomb = vec![0; compressor.gzip_compress_bound(zeros.len())];
    let length = compressor
        .gzip_compress(&zeros, &mut bomb)
        .context("compresses")?;
    bomb.truncate(length);
    drop(zeros);
    for _ in 0..5 {
        let answer = sdk.post(bomb.clone(), &[("Content-Encoding", "gzip")]).await?;
        assert_eq!(answer.status, 413, "{}", answer.text);
    }
    let status = fs::read_to_string(format!("/proc/{}/status", hub.pid().context("it runs")?))?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("VmHWM")?;
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    ensure!(peak < 400 << 10, "peak memory is {peak} kB");
    Ok(())
}

#[tokio::test]
async fn every_captured_envelope_is_accepted() -> Result<()> {
    let Some(corpus) = errand_tests::corpus() else {
        println!("left out: there is no captured corpus beside the repository");
        return Ok(());
    };
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let sdk = hub.sdk(&project)?;
    let mut sent = 0;
    for folder in [corpus.clone(), corpus.join("tracing")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "envelope") {
                let answer = sdk.post(fs::read(&path)?, &[]).await?;
                ensure!(
                    answer.status == 200,
                    "{}: {} {}",
                    path.display(),
                    answer.status,
                    answer.text
                );
                sent += 1;
            }
        }
    }
    ensure!(sent > 20, "only {sent} envelopes were found");
    hub.drained().await
}
