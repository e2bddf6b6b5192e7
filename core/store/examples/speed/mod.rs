//! What the tools that measure speed have in common: a project, numbers, memory.

use errand_model::project::Project;
use errand_store::projects::{self, NewProject};
use errand_store::{Context, Db, organizations};

/// A project to store events of.
pub(crate) async fn project(db: &Db, cx: Context<'_>) -> Project {
    let mut tx = db.begin().await.expect("begin");
    let organization = organizations::ensure_default(&mut tx, cx)
        .await
        .expect("organization");
    let new = NewProject {
        organization: organization.id,
        name: "Speed",
        slug: None,
        platform: None,
    };
    let (project, _) = projects::create(&mut tx, cx, new).await.expect("project");
    tx.commit().await.expect("commit");
    project
}

/// The most memory that this process has had, in MiB.
pub(crate) fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let kib = line
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

/// Numbers that are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 to before `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 33) % end
    }
}
