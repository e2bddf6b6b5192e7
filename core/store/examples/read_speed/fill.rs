//! Fills a database by SQL alone, which is much faster than event by event.

use std::time::Instant;

use errand_model::project::Project;
use errand_model::{Clock, Ids, SystemClock};
use errand_store::projects::NewProject;
use errand_store::{
    Context, Db, Statement, app_user_id, codec, organizations, projects, tag_key_id, tag_value_id,
};

/// Users of the project.
const USERS: i64 = 100_000;
/// Issues that have two fifths of the events.
const HOT: i64 = 100;

/// Tags, and how many values each has.
const TAGS: [(&str, i64); 15] = [
    ("level", 1),
    ("environment", 3),
    ("release", 50),
    ("browser", 40),
    ("browser.name", 6),
    ("os", 20),
    ("os.name", 5),
    ("device", 30),
    ("license", 20_000),
    ("url", 2_000),
    ("transaction", 300),
    ("server_name", 20),
    ("handled", 2),
    ("mechanism", 3),
    ("runtime", 4),
];

/// A part of the work: text with `:project`, `:now` and the like filled in.
struct Fill<'a> {
    db: &'a Db,
    project: &'a Project,
    now: i64,
    issues: i64,
    events: i64,
}

pub async fn fill(db: &Db, events: i64, issues: i64) {
    let (clock, ids) = (SystemClock, Ids::new(0));
    let cx = Context {
        clock: &clock,
        ids: &ids,
    };
    let mut tx = db.begin().await.expect("begin");
    let organization = organizations::ensure_default(&mut tx, cx)
        .await
        .expect("organization");
    let new = NewProject {
        organization: organization.id,
        name: "Large",
        slug: None,
        platform: None,
    };
    let (project, _) = projects::create(&mut tx, cx, new).await.expect("project");
    tx.commit().await.expect("commit");
    let fill = Fill {
        db,
        project: &project,
        now: clock.now().micros(),
        issues,
        events,
    };
    let began = Instant::now();
    fill.issues().await;
    fill.users().await;
    fill.tags().await;
    fill.events().await;
    println!(
        "{issues} issues and {events} events made in {:.0?}",
        began.elapsed()
    );
}

impl Fill<'_> {
    async fn run(&self, text: &str) {
        let text = text
            .replace(":project", &self.project.id.to_string())
            .replace(":now", &self.now.to_string())
            .replace(":issues", &self.issues.to_string())
            .replace(":hot", &HOT.to_string())
            .replace(":users", &USERS.to_string());
        let mut statement = Statement::new(self.db.dialect(), "");
        statement.push(&text);
        let mut tx = self.db.begin().await.expect("begin");
        statement.execute(&mut tx).await.expect("fill");
        tx.commit().await.expect("commit");
    }

    /// Issue n was last seen n minutes ago; every fourth is resolved, every eighth archived.
    async fn issues(&self) {
        self.run(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :issues)
             INSERT INTO issue (id, project_id, number, title, culprit, kind, metadata, level, platform, logger, status,
                substatus, priority, first_seen, last_seen, first_release, last_release, times_seen, users_seen,
                comments, revision, trend)
             SELECT n, :project, n, 'CheckoutError ' || n || ': order ' || (n * 7919 % 100003) || ' cannot be placed',
                'shop.module' || (n % 500) || ' in function_' || (n % 977), 1,
                '{\"type\":\"CheckoutError\",\"value\":\"order cannot be placed\",\"filename\":\"shop/module.py\"}',
                CASE WHEN n % 10 = 0 THEN 30 ELSE 40 END, 'python', '',
                CASE WHEN n % 4 = 0 THEN 1 WHEN n % 8 = 1 THEN 2 ELSE 0 END,
                CASE WHEN n % 8 = 1 THEN 6 WHEN n % 97 = 2 THEN 2 ELSE 1 END, 75,
                :now - 90 * 86400000000 + n * 60000000, :now - n * 60000000, 'shop@1.' || (n % 50),
                'shop@1.' || (n % 50), CASE WHEN n <= :hot THEN 20000 ELSE 60 END,
                CASE WHEN n <= :hot THEN 10000 ELSE 20 END, 0, 0, n * 31 % 5000
             FROM n",
        )
        .await;
        self.run(
            "WITH RECURSIVE h (h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM h WHERE h < 29)
             INSERT INTO issue_hour (issue_id, hour, events)
             SELECT issue.id, :now / 3600000000 * 3600000000 - h * 3600000000, 2 FROM issue, h",
        )
        .await;
        self.run("UPDATE project SET next_number = :issues + 1").await;
    }

    async fn users(&self) {
        let ids: Vec<i64> = (0..USERS)
            .map(|n| app_user_id(self.project.id, &format!("id:{n}")))
            .collect();
        let mut tx = self.db.begin().await.expect("begin");
        for (at, chunk) in ids.chunks(1_000).enumerate() {
            let text = "INSERT INTO app_user (id, project_id, key, ident, email, ip) VALUES ";
            let mut statement = Statement::new(self.db.dialect(), text);
            for (n, id) in chunk.iter().enumerate() {
                let user = at * 1_000 + n;
                let (project, comma) = (self.project.id, if n == 0 { "" } else { ", " });
                statement.push(&format!(
                    "{comma}({id}, {project}, 'id:{user}', '{user}', 'user{user}@example.com', '10.0.0.1')"
                ));
            }
            statement.execute(&mut tx).await.expect("users");
        }
        tx.commit().await.expect("commit");
        self.run("CREATE TEMPORARY TABLE numbered AS SELECT CAST(ident AS INTEGER) AS n, id FROM app_user")
            .await;
        self.run("CREATE INDEX temp.numbered_n ON numbered (n)").await;
        for (few, condition) in [(20, "issue.id > :hot"), (10_000, "issue.id <= :hot")] {
            self.run(&format!(
                "WITH RECURSIVE k (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < {few} - 1)
                 INSERT OR IGNORE INTO issue_user (issue_id, user_id)
                 SELECT issue.id, u.id FROM issue, k JOIN numbered u ON u.n = (issue.id * 7919 + k * 10) % :users
                 WHERE {condition}"
            ))
            .await;
        }
    }

    async fn tags(&self) {
        for (key, values) in TAGS {
            let mut tx = self.db.begin().await.expect("begin");
            for from in (0..values).step_by(1_000) {
                let text = "INSERT INTO tag_value (id, project_id, key, value) VALUES ";
                let mut statement = Statement::new(self.db.dialect(), text);
                for n in from..values.min(from + 1_000) {
                    let value = format!("{key}-{n}");
                    let (id, project) = (tag_value_id(self.project.id, key, &value), self.project.id);
                    let comma = if n == from { "" } else { ", " };
                    statement.push(&format!("{comma}({id}, {project}, '{key}', '{value}')"));
                }
                statement.execute(&mut tx).await.expect("values");
            }
            tx.commit().await.expect("commit");
            self.run("DROP TABLE IF EXISTS temp.valued").await;
            self.run(&format!(
                "CREATE TEMPORARY TABLE valued AS SELECT CAST(SUBSTR(value, {}) AS INTEGER) AS n, id FROM tag_value
                 WHERE project_id = :project AND key = '{key}'",
                key.len() + 2
            ))
            .await;
            self.run("CREATE INDEX temp.valued_n ON valued (n)").await;
            let id = tag_key_id(key);
            // The tail has up to three values of each tag, a hot issue up to two thousand.
            for (few, condition) in [
                (values.min(3), "issue.id > :hot"),
                (values.min(2_000), "issue.id <= :hot"),
            ] {
                self.run(&format!(
                    "WITH RECURSIVE k (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < {few} - 1)
                     INSERT OR IGNORE INTO issue_tag (issue_id, key_id, value_id, events, first_seen, last_seen)
                     SELECT issue.id, {id}, v.id, 1 + k, :now - 1000000, :now
                     FROM issue, k JOIN valued v ON v.n = (issue.id * 31 + k) % {values} WHERE {condition}"
                ))
                .await;
            }
        }
    }

    async fn events(&self) {
        let payload = codec::compress(PAYLOAD.as_bytes()).expect("compress");
        let hot = self.events * 2 / 5;
        for from in (0..self.events).step_by(250_000) {
            let to = self.events.min(from + 250_000);
            let text = format!(
                "WITH RECURSIVE n (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM n WHERE n < {to} - 1)
                 INSERT INTO event (id, project_id, event_id, issue_id, hash, timestamp, payload)
                 SELECT 1000 + n, {}, randomblob(16),
                    CASE WHEN n % 5 < 2 THEN 1 + n % {HOT} ELSE {HOT} + 1 + n % ({} - {HOT}) END,
                    zeroblob(16), {} - ({} - n) * 1000000, ",
                self.project.id, self.issues, self.now, self.events
            );
            let mut statement = Statement::new(self.db.dialect(), "");
            statement
                .push(&text)
                .bind(payload.clone())
                .expect("bind")
                .push(" FROM n");
            let mut tx = self.db.begin().await.expect("begin");
            statement.execute(&mut tx).await.expect("events");
            tx.commit().await.expect("commit");
        }
        println!("{hot} of the events are of {HOT} issues");
    }
}

/// An event of a size that SDKs send, before compression.
const PAYLOAD: &str = r#"{"event_id":"94b7c070c3d34e55a612fa03c990e52a","level":"error","platform":"python",
"release":"shop@1.7","environment":"production","type":"error","culprit":"shop.module in place_order",
"exception":{"values":[{"type":"CheckoutError","value":"order 7 cannot be placed","module":"shop.errors",
"stacktrace":{"frames":[{"filename":"shop/module.py","function":"place_order","lineno":12,"in_app":true,
"context_line":"    raise CheckoutError(order)","pre_context":["def place_order(order):"],"post_context":[""]}]}}]},
"user":{"id":"42","email":"user42@example.com"},"tags":[["license","license-7"],["browser.name","Firefox"]],
"request":{"url":"https://shop.example/checkout","method":"POST","headers":[["Accept","text/html"]]},
"contexts":{"runtime":{"name":"CPython","version":"3.11.7"}},"sdk":{"name":"sentry.python","version":"2.75.0"}}"#;
