//! Where envelopes go that cannot be digested or stored: a file each, with the reason beside it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use errand_model::ProjectId;
use errand_model::outcome::{Category, Outcome, OutcomeCount};
use errand_queue::{Position, Queue};
use errand_store::persist::Arrival;

use crate::options::DigestOptions;
use crate::outcomes::OutcomeMeter;

/// Writes dead letters: `<position>.envelope`, the record as it stood in the queue, and `<position>.reason`.
pub(crate) struct DeadLetters {
    folder: PathBuf,
    max_files: usize,
    queue: Queue<Arrival>,
    outcomes: Arc<OutcomeMeter>,
}

impl DeadLetters {
    pub(crate) fn new(options: &DigestOptions, queue: Queue<Arrival>, outcomes: Arc<OutcomeMeter>) -> Self {
        DeadLetters {
            folder: options.dead_letters.clone(),
            max_files: options.dead_letter_files,
            queue,
            outcomes,
        }
    }

    /// Sets aside the record that begins at `start`. Where there are too many already it is in the log alone.
    ///
    /// # Errors
    /// When it cannot be written; it must then not be taken out of the queue.
    pub(crate) async fn write(
        &self,
        start: Position,
        project: Option<ProjectId>,
        reason: &str,
    ) -> io::Result<()> {
        let id = project.map_or(0, |project| project.0);
        tracing::error!(position = %start, project = id, reason, "an envelope cannot be digested and is set aside");
        let (queue, folder, max_files) = (self.queue.clone(), self.folder.clone(), self.max_files);
        let text = format!("project {id}, position {start}: {reason}\n");
        let writing = move || write(&queue, &folder, max_files, start, &text);
        tokio::task::spawn_blocking(writing)
            .await
            .map_err(io::Error::other)??;
        metrics::counter!("errand_dead_envelopes_total").increment(1);
        if let Some(project) = project {
            let reason = "undigestible".to_owned();
            let (category, outcome) = (Category::Default, Outcome::Invalid);
            self.outcomes.count(OutcomeCount {
                project,
                category,
                outcome,
                reason,
                quantity: 1,
            });
        }
        Ok(())
    }
}

fn write(
    queue: &Queue<Arrival>,
    folder: &Path,
    max_files: usize,
    start: Position,
    text: &str,
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.take(max_files).count() >= max_files {
        tracing::error!(folder = %folder.display(), max_files, "there are too many dead letters to keep another");
        return Ok(());
    }
    if let Some(record) = queue.read(start)? {
        std::fs::write(folder.join(format!("{start}.envelope")), record)?;
    }
    std::fs::write(folder.join(format!("{start}.reason")), text)
}
