//! Ids that are hashes of what they stand for, so that nobody has to look them up: 63 bits of SHA-256.
//!
//! The odds that any two of n values share an id are about n²/2⁶⁴: one in two million for three million values of
//! all projects together, one in two thousand for a hundred million. Who collides on purpose mixes up two of their
//! own project's values, because the project is part of what is hashed.

use errand_model::ProjectId;
use sha2::{Digest, Sha256};

/// The id of a tag's name, in every project.
pub fn tag_key_id(key: &str) -> i64 {
    id(b'k', 0, key, "")
}

/// The id of a tag's value, as `tag_value` and `issue_tag` have it.
pub fn tag_value_id(project: ProjectId, key: &str, value: &str) -> i64 {
    id(b'v', project.0, key, value)
}

/// The id of a user of a project, as `app_user` and `issue_user` have it; `key` is `EventUser::key`.
pub fn app_user_id(project: ProjectId, key: &str) -> i64 {
    id(b'u', project.0, key, "")
}

/// What a user is counted by in release health; `key` is what the SDK knows them as.
pub(crate) fn session_user(project: ProjectId, key: &str) -> u64 {
    id(b's', project.0, key, "").unsigned_abs()
}

fn id(kind: u8, project: i64, first: &str, second: &str) -> i64 {
    // Most values fit the one block of SHA-256 when they are hashed from one piece.
    let mut head = [0_u8; 13];
    head[0] = kind;
    head[1..9].copy_from_slice(&project.to_le_bytes());
    // The length keeps ("ab", "c") and ("a", "bc") apart.
    head[9..].copy_from_slice(&u32::try_from(first.len()).unwrap_or(u32::MAX).to_le_bytes());
    let mut hasher = Sha256::new();
    hasher.update(head);
    hasher.update(first.as_bytes());
    hasher.update(second.as_bytes());
    let digest = hasher.finalize();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_le_bytes(bytes) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change() {
        // They are stored: another number would be another user.
        assert_eq!(tag_key_id("browser"), IDS[0]);
        assert_eq!(tag_value_id(ProjectId(7), "browser", "Firefox 140"), IDS[1]);
        assert_eq!(app_user_id(ProjectId(7), "id:42"), IDS[2]);
    }

    const IDS: [i64; 3] = [
        1_391_094_272_702_272_717,
        1_231_051_924_402_005_780,
        5_589_574_790_732_797_389,
    ];

    #[test]
    fn what_differs_has_another_id() {
        let project = ProjectId(1);
        assert_ne!(tag_value_id(project, "ab", "c"), tag_value_id(project, "a", "bc"));
        assert_ne!(
            tag_value_id(project, "a", "b"),
            tag_value_id(ProjectId(2), "a", "b")
        );
        assert_ne!(tag_key_id("a"), app_user_id(ProjectId(0), "a"));
    }
}
