-- Times are microseconds since 1970 UTC, ids are made by the hub, JSON is text. No triggers, and no default
-- that means anything: what a row says, the hub said.

-- Who shares the hub ---------------------------------------------------------------------------------------

CREATE TABLE organization (
    id BIGINT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE project (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organization (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    platform TEXT,
    created BIGINT NOT NULL,
    settings TEXT NOT NULL,
    -- The number the next issue gets: `SHOP-1A`.
    next_number BIGINT NOT NULL,
    -- How often an issue of it was folded into another, taken apart or deleted.
    moves BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE project_key (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id),
    label TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    secret_key TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    rate_count INT,
    rate_window INT,
    created BIGINT NOT NULL
);
CREATE INDEX project_key_of_project ON project_key (project_id);

CREATE TABLE person (
    id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- `owner`, `admin`, `member`, `support`, `read-only`.
    role TEXT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE team (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organization (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Whether anybody may join. What a closed one alone has, nobody else sees.
    is_open BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE team_member (
    team_id BIGINT NOT NULL REFERENCES team (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (team_id, person_id)
);

-- Who asked to be let into a closed team.
CREATE TABLE team_request (
    team_id BIGINT NOT NULL REFERENCES team (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    asked BIGINT NOT NULL,
    PRIMARY KEY (team_id, person_id)
);

-- Whose a project is; one of no team is everybody's.
CREATE TABLE project_team (
    project_id BIGINT NOT NULL REFERENCES project (id),
    team_id BIGINT NOT NULL REFERENCES team (id),
    PRIMARY KEY (project_id, team_id)
);
CREATE INDEX project_team_by_team ON project_team (team_id);

-- What was done that is administrative: by whom, from where, as pages or the API were asked for it.
CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    person_id BIGINT,
    -- What they were called then.
    actor TEXT NOT NULL,
    -- The token that did it, where one did.
    token TEXT,
    address TEXT NOT NULL,
    -- `people change`, `teams create`, …
    kind TEXT NOT NULL,
    -- What was done, in words; and the request.
    what TEXT NOT NULL,
    request TEXT NOT NULL
);

-- Work that somebody asked for and that takes long.
CREATE TABLE task (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    -- What it is about, as its kind writes it; none once it is over.
    subject TEXT,
    title TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    -- `open`, `done`, `failed`.
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    said TEXT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX task_open ON task (kind, id) WHERE state = 'open';

-- What was brought over from other systems: which row stands for which of theirs, and where in a list an import is.
CREATE TABLE import_mark (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    own_id BIGINT NOT NULL,
    -- The address of the next page; empty at the end.
    place TEXT,
    PRIMARY KEY (source, kind, foreign_id)
);

-- Only hashes (SHA-256) of tokens are kept.
CREATE TABLE sign_in_link (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    expires BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    -- What its owner ends it by: the hash is nobody's to see.
    id BIGINT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES person (id),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    -- When it was last used, to a few minutes, and from where.
    seen BIGINT NOT NULL,
    agent TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX session_of_person ON session (person_id);

-- Argon2id, in the PHC string format. Who has none signs in by links.
CREATE TABLE person_password (
    person_id BIGINT NOT NULL PRIMARY KEY REFERENCES person (id),
    hash TEXT NOT NULL,
    changed BIGINT NOT NULL
);

-- The secret that somebody's authenticator app has, sealed; and the last step whose code was used.
CREATE TABLE person_factor (
    person_id BIGINT NOT NULL PRIMARY KEY REFERENCES person (id),
    seed BYTEA NOT NULL,
    -- Whether they proved that they have it.
    is_on BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    person_id BIGINT NOT NULL REFERENCES person (id),
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);

-- Who gave the right password, and has yet to bring their second factor.
CREATE TABLE sign_in_step (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    expires BIGINT NOT NULL
);

-- Links that were sent to an address, to register with it (`register`) or to set another password (`reset`).
CREATE TABLE mail_link (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX mail_link_by_email ON mail_link (email, purpose);

-- Who may let themselves in, as JSON.
CREATE TABLE organization_admission (
    organization_id BIGINT NOT NULL PRIMARY KEY REFERENCES organization (id),
    admission TEXT NOT NULL
);

-- The provider of OpenID Connect by which people sign in, as an owner set it: as JSON, and the client's secret, sealed.
CREATE TABLE single_sign_on (
    organization_id BIGINT NOT NULL PRIMARY KEY REFERENCES organization (id),
    settings TEXT NOT NULL,
    client_secret BYTEA,
    changed BIGINT NOT NULL
);

-- By what a provider knows somebody; of each provider one.
CREATE TABLE person_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    email TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (person_id, issuer)
);

-- Who was sent to a provider and has yet to come back. With a person: to link what the provider knows them by.
CREATE TABLE pending_sign_in (
    state_hash BYTEA NOT NULL PRIMARY KEY,
    next TEXT NOT NULL,
    person_id BIGINT REFERENCES person (id),
    expires BIGINT NOT NULL
);
CREATE INDEX pending_sign_in_by_end ON pending_sign_in (expires);

-- Failures to sign in, by what they have in common: a hash of the account, of the address, or of both.
CREATE TABLE sign_in_failure (
    subject BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last BIGINT NOT NULL
);

CREATE TABLE api_token (
    id BIGINT NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organization (id),
    person_id BIGINT REFERENCES person (id),
    -- Separated by blanks.
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    -- To a few minutes.
    last_used BIGINT
);

-- Issues -----------------------------------------------------------------------------------------------------

CREATE TABLE issue (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    culprit TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    metadata TEXT NOT NULL,
    level SMALLINT NOT NULL,
    platform TEXT NOT NULL,
    logger TEXT NOT NULL,
    status SMALLINT NOT NULL,
    substatus SMALLINT NOT NULL,
    resolution TEXT,
    -- The deploy that brought the fix, as JSON; whether one is still to bring it; and the release that the fix is in,
    -- where it is known. All three follow from the state.
    deployed TEXT,
    awaits_deploy BOOLEAN NOT NULL,
    fixed_in TEXT,
    archive TEXT,
    assignee_user BIGINT,
    assignee_team BIGINT,
    priority SMALLINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    first_release TEXT,
    last_release TEXT,
    times_seen BIGINT NOT NULL,
    users_seen BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    -- Events of the last day over the mean of the week before, times 1000; set by a job.
    trend BIGINT NOT NULL,
    -- How urgent it is (core/model/src/urgency.rs); set by the same job.
    score BIGINT NOT NULL,
    UNIQUE (project_id, number)
);
-- SQLite adds the id by itself, to tell rows with the same key apart.
CREATE INDEX issue_by_last_seen ON issue (project_id, status, last_seen, id);
CREATE INDEX issue_by_first_seen ON issue (project_id, status, first_seen, id);
CREATE INDEX issue_by_events ON issue (project_id, status, times_seen, id);
CREATE INDEX issue_by_users ON issue (project_id, status, users_seen, id);
CREATE INDEX issue_by_trend ON issue (project_id, status, trend, id);
CREATE INDEX issue_by_score ON issue (project_id, status, score, id);
-- What searches look through: all issues of a project, without reading the issues themselves.
CREATE INDEX issue_by_state ON issue (project_id, status, substatus, level, priority, kind, assignee_user, assignee_team);
CREATE INDEX issue_by_text ON issue (project_id, title, culprit);
-- What time alone moves on.
CREATE INDEX issue_new ON issue (first_seen) WHERE substatus = 0;
CREATE INDEX issue_archived_until ON issue (id) WHERE substatus IN (4, 5);
-- What releases and deploys ask for.
CREATE INDEX issue_by_first_release ON issue (project_id, first_release);
CREATE INDEX issue_awaiting_deploy ON issue (project_id, id) WHERE awaits_deploy;
CREATE INDEX issue_by_fix ON issue (project_id, fixed_in) WHERE fixed_in IS NOT NULL;

-- The ownership rule that gave an issue to somebody, as long as it is theirs.
CREATE TABLE issue_ownership (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    assignee_user BIGINT,
    assignee_team BIGINT
);

-- Searches that somebody, or everybody (person 0), keeps at hand; and which of them a person begins with.
CREATE TABLE saved_search (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    sort TEXT NOT NULL
);
CREATE INDEX saved_search_of_person ON saved_search (organization_id, person_id);
CREATE TABLE first_search (
    person_id BIGINT NOT NULL PRIMARY KEY,
    search_id BIGINT NOT NULL
);

-- Reports: what is asked, as JSON (core/pipeline/src/report/ask.rs); to whom they are mailed, and when; and dashboards of
-- them.
CREATE TABLE report (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    ask TEXT NOT NULL,
    -- Whether everybody sees it.
    is_shared BOOLEAN NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX report_of_person ON report (organization_id, person_id);
CREATE TABLE report_mail (
    report_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    cron TEXT NOT NULL,
    due BIGINT NOT NULL,
    -- Until when one hub alone may send it.
    claimed_until BIGINT NOT NULL,
    PRIMARY KEY (report_id, person_id)
);
CREATE INDEX report_mail_due ON report_mail (due);
CREATE TABLE dashboard (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    is_shared BOOLEAN NOT NULL,
    -- Ids of reports, separated by blanks.
    reports TEXT NOT NULL
);
CREATE INDEX dashboard_of_person ON dashboard (organization_id, person_id);

-- What people want to hear of, as JSON; what is owed to them; and how it goes on with each by each channel.
CREATE TABLE notice_wish (
    person_id BIGINT NOT NULL PRIMARY KEY,
    wishes TEXT NOT NULL
);
CREATE TABLE notice (
    person_id BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    lifecycle_id BIGINT NOT NULL,
    due BIGINT NOT NULL,
    -- What it goes out with, once that was tried.
    batch BIGINT,
    PRIMARY KEY (person_id, installation_id, lifecycle_id)
);
CREATE INDEX notice_due ON notice (due);
CREATE TABLE notice_reader (
    person_id BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    -- Nothing goes out before: a pause, another attempt, or somebody is at it.
    next_at BIGINT NOT NULL,
    pause BIGINT NOT NULL,
    last_told BIGINT NOT NULL,
    batch BIGINT,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (person_id, installation_id)
);

-- Tickets of other systems, as they were last heard of.
CREATE TABLE issue_link (
    id BIGINT NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL,
    system TEXT NOT NULL,
    -- What the system knows the ticket by, and what people call it.
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    is_open BOOLEAN NOT NULL,
    extra TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    UNIQUE (issue_id, system, external_id)
);
CREATE INDEX issue_link_by_ticket ON issue_link (external_id, system);
CREATE INDEX issue_link_by_name ON issue_link (name);
CREATE INDEX issue_link_open ON issue_link (system, id) WHERE is_open;

-- Which issue a hash belongs to. Merging points hashes elsewhere, so it sticks; a hash without an issue is
-- discarded: its events are dropped.
CREATE TABLE grouping (
    project_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    issue_id BIGINT,
    version SMALLINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);
CREATE INDEX grouping_of_issue ON grouping (issue_id);

-- Ids of events grow with the time they were received, so the newest of an issue are its highest.
CREATE TABLE event (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    event_id BYTEA NOT NULL,
    issue_id BIGINT NOT NULL,
    -- The hash that decided the issue: unmerging goes by it.
    hash BYTEA NOT NULL,
    timestamp BIGINT NOT NULL,
    -- Whom it happened to (`app_user`), if anybody is known.
    user_id BIGINT,
    -- JSON, compressed (core/store/src/codec.rs).
    payload BYTEA NOT NULL
);
CREATE UNIQUE INDEX event_by_event_id ON event (event_id, project_id);
CREATE INDEX event_of_issue ON event (issue_id, id);
-- What a user ran into, in order.
CREATE INDEX event_of_user ON event (user_id, id) WHERE user_id IS NOT NULL;

CREATE TABLE attachment (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    event_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    received BIGINT NOT NULL,
    content BYTEA NOT NULL
);
CREATE INDEX attachment_of_event ON attachment (event_id, project_id);

CREATE TABLE user_report (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    event_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    comments TEXT NOT NULL,
    received BIGINT NOT NULL
);
CREATE INDEX user_report_of_event ON user_report (event_id, project_id);

-- What is counted. Each is written in the transaction of the events it counts. -----------------------------

CREATE TABLE issue_hour (
    issue_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (issue_id, hour)
);

-- The id of a user or a tag value is a hash of what it stands for, so a batch needs no look-up to know it.
CREATE TABLE app_user (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    ident TEXT,
    email TEXT,
    username TEXT,
    ip TEXT
);
CREATE INDEX app_user_by_ident ON app_user (project_id, ident) WHERE ident IS NOT NULL;
CREATE INDEX app_user_by_email ON app_user (project_id, email) WHERE email IS NOT NULL;
CREATE INDEX app_user_by_username ON app_user (project_id, username) WHERE username IS NOT NULL;
CREATE INDEX app_user_by_ip ON app_user (project_id, ip) WHERE ip IS NOT NULL;

CREATE TABLE issue_user (
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
);
CREATE INDEX issue_user_by_user ON issue_user (user_id, issue_id);

CREATE TABLE tag_value (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL
);
CREATE INDEX tag_value_by_text ON tag_value (project_id, key, value);

-- The tags and fields of events by which support finds customers: an organization's (project 0), or one of its projects'.
CREATE TABLE support_field (
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    -- Empty in a list that was emptied.
    field TEXT NOT NULL,
    PRIMARY KEY (organization_id, project_id, field)
);

CREATE TABLE issue_tag (
    issue_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    value_id BIGINT NOT NULL,
    events BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (issue_id, key_id, value_id)
);
CREATE INDEX issue_tag_by_value ON issue_tag (value_id, issue_id);

CREATE TABLE release (
    project_id BIGINT NOT NULL,
    version TEXT NOT NULL,
    -- When the hub first heard of it: by an event, or over the API.
    heard BIGINT NOT NULL,
    -- Of its events, if there were any.
    first_seen BIGINT,
    last_seen BIGINT,
    -- What was said of it over the API.
    reference TEXT,
    url TEXT,
    started BIGINT,
    released BIGINT,
    commits BIGINT NOT NULL,
    last_commit TEXT,
    is_archived BOOLEAN NOT NULL,
    PRIMARY KEY (project_id, version)
);
CREATE INDEX release_by_heard ON release (project_id, heard);

CREATE TABLE deploy (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT,
    url TEXT,
    started BIGINT,
    finished BIGINT NOT NULL
);
CREATE INDEX deploy_of_release ON deploy (organization_id, version, id);

-- The projects whose programs a deploy brought.
CREATE TABLE deploy_project (
    project_id BIGINT NOT NULL,
    deploy_id BIGINT NOT NULL,
    PRIMARY KEY (project_id, deploy_id)
);
CREATE INDEX deploy_project_by_deploy ON deploy_project (deploy_id);

-- Release health. Of users are kept what they are counted by (core/model/src/health.rs).
CREATE TABLE session_hour (
    project_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    release TEXT NOT NULL,
    environment TEXT NOT NULL,
    sessions BIGINT NOT NULL,
    errored BIGINT NOT NULL,
    abnormal BIGINT NOT NULL,
    crashed BIGINT NOT NULL,
    users BYTEA,
    users_errored BYTEA,
    users_abnormal BYTEA,
    users_crashed BYTEA,
    PRIMARY KEY (project_id, hour, release, environment)
);
CREATE INDEX session_hour_of_release ON session_hour (project_id, release, hour);
CREATE INDEX session_hour_by_time ON session_hour (hour);

-- The same of the last days by the minute, for who watches; without users.
CREATE TABLE session_minute (
    project_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    release TEXT NOT NULL,
    environment TEXT NOT NULL,
    sessions BIGINT NOT NULL,
    errored BIGINT NOT NULL,
    abnormal BIGINT NOT NULL,
    crashed BIGINT NOT NULL,
    PRIMARY KEY (project_id, minute, release, environment)
);
CREATE INDEX session_minute_by_time ON session_minute (minute);

-- What went wrong with sessions that may be reported of again: each kind of it counts once.
CREATE TABLE session_trouble (
    project_id BIGINT NOT NULL,
    session BYTEA NOT NULL,
    kind SMALLINT NOT NULL,
    hour BIGINT NOT NULL,
    PRIMARY KEY (project_id, session, kind)
);
CREATE INDEX session_trouble_by_time ON session_trouble (hour);

CREATE TABLE outcome_hour (
    project_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    category TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (project_id, hour, category, outcome, reason)
);

-- What of every event outlives it (core/store/src/facts) -----------------------------------------------------

-- As they came: a row for each batch of events and project.
CREATE TABLE fact_batch (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    -- When the first and the last of them happened.
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    -- How many of the project's moves they were written after.
    moved BIGINT NOT NULL,
    content BYTEA NOT NULL
);
CREATE INDEX fact_batch_of_project ON fact_batch (project_id, last, first, facts);

-- Folded: many facts, and a row for each property of them.
CREATE TABLE fact_block (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    -- The lowest and the highest row of their events.
    first_event BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    -- What its columns take.
    bytes BIGINT NOT NULL
);
CREATE INDEX fact_block_of_project ON fact_block (project_id, last);
CREATE INDEX fact_block_by_size ON fact_block (facts) WHERE facts < 65536;
CREATE INDEX fact_block_by_time ON fact_block (last);
CREATE TABLE fact_column (
    block_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (block_id, name)
);
-- It is compressed already.
ALTER TABLE fact_column ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE fact_batch ALTER COLUMN content SET STORAGE EXTERNAL;

-- Issues that were folded into others, taken apart or deleted since facts of theirs were written, in order.
CREATE TABLE fact_move (
    project_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    -- Only what this hash decided; empty for all of the issue.
    hash BYTEA NOT NULL,
    -- 0 where it is gone.
    into_issue BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (project_id, number)
);

-- What happened, and whom it is owed to --------------------------------------------------------------------

-- What people see on an issue: changes and comments.
CREATE TABLE activity (
    id BIGINT NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    change TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX activity_of_issue ON activity (issue_id, id);

-- The outbox.
CREATE TABLE lifecycle (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    change TEXT NOT NULL,
    actor TEXT NOT NULL,
    chain_depth SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    -- Whether its deliveries are written.
    is_fanned_out BOOLEAN NOT NULL,
    -- Who is owed nothing of it, and why, as JSON.
    passed_over TEXT
);
CREATE INDEX lifecycle_to_fan_out ON lifecycle (id) WHERE NOT is_fanned_out;
CREATE INDEX lifecycle_of_issue ON lifecycle (issue_id, id);
CREATE INDEX lifecycle_of_project ON lifecycle (project_id, id);

-- The names of the keys that secrets are sealed with; the keys themselves are never here.
CREATE TABLE seal_key (
    id BYTEA NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL
);

-- Issues that are gone while somebody is still owed to hear of them, as they stood, as JSON.
CREATE TABLE gone_issue (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    issue TEXT NOT NULL
);

-- What an admin agreed that a plugin may have: versions that want more do not run.
CREATE TABLE plugin_consent (
    plugin TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    wants TEXT NOT NULL,
    agreed_by TEXT NOT NULL,
    agreed BIGINT NOT NULL
);

-- Components that were installed, for every hub on this database; what was taken away stays as a name without bytes.
CREATE TABLE plugin_component (
    -- What the file is called in the data folders.
    file TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    wasm BYTEA,
    -- The manifest beside it, where it has none within.
    manifest BYTEA,
    changed BIGINT NOT NULL
);

CREATE TABLE installation (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organization (id),
    -- One project's, or none for all of the organization's.
    project_id BIGINT REFERENCES project (id),
    plugin TEXT NOT NULL,
    -- The only version that runs; none for the newest that was agreed to.
    version TEXT,
    name TEXT NOT NULL,
    -- Sealed (core/store/src/seal): it holds secrets.
    config BYTEA NOT NULL,
    -- What an administrator lets it reach, as JSON.
    granted TEXT NOT NULL,
    -- The version that the settings are for, which is the one that runs; none until that was found out.
    settings_of TEXT,
    -- The settings that it keeps secret, a JSON list of their keys.
    secret_settings TEXT NOT NULL,
    -- Why a newer version could not take the settings over.
    held_back TEXT,
    is_enabled BOOLEAN NOT NULL,
    -- Why its deliveries are held, while they are.
    paused TEXT,
    -- When an admin last mended it: what was tried before says nothing of it any more.
    mended BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE delivery (
    id BIGINT NOT NULL PRIMARY KEY,
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    lifecycle_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    attempts INT NOT NULL,
    crashes INT NOT NULL,
    next_at BIGINT NOT NULL,
    -- Whether somebody asked for it again after it was over.
    is_replay BOOLEAN NOT NULL,
    -- The destination it waits for, where that failed it.
    host TEXT,
    -- Only who holds the token may finish it.
    lease_token BIGINT,
    lease_until BIGINT,
    reason TEXT,
    -- What it is gathered with, where it is handed over as part of a digest, and the digest once it was tried.
    gathering TEXT,
    digest_id BIGINT,
    -- The later one that took its place.
    superseded_by BIGINT,
    created BIGINT NOT NULL,
    UNIQUE (installation_id, lifecycle_id)
);
CREATE INDEX delivery_due ON delivery (installation_id, next_at, lifecycle_id) WHERE state IN (0, 1);
-- What is over holds nothing up, and would only be in the way.
CREATE INDEX delivery_lane ON delivery (installation_id, issue_id, lifecycle_id) WHERE state IN (0, 1, 4);
CREATE INDEX delivery_dead ON delivery (installation_id, lifecycle_id) WHERE state = 5;
CREATE INDEX delivery_gathering ON delivery (installation_id, gathering, lifecycle_id)
    WHERE gathering IS NOT NULL AND state IN (0, 1, 4);
CREATE INDEX delivery_superseded ON delivery (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX delivery_of_issue ON delivery (issue_id, id);

-- Where installations send their requests, and how those places fare.
CREATE TABLE destination (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    host TEXT NOT NULL,
    -- Failures since it last answered.
    failures INT NOT NULL,
    -- Nobody goes there before.
    held_until BIGINT NOT NULL,
    reason TEXT,
    PRIMARY KEY (installation_id, host)
);

CREATE TABLE delivery_attempt (
    id BIGINT NOT NULL PRIMARY KEY,
    delivery_id BIGINT NOT NULL,
    started BIGINT NOT NULL,
    wall_ms BIGINT NOT NULL,
    cpu_ms BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    -- What the plugin logged, and the requests it made, as JSON.
    log TEXT NOT NULL,
    requests TEXT NOT NULL,
    -- What it changed of issues, as JSON.
    changes TEXT NOT NULL
);
CREATE INDEX attempt_of_delivery ON delivery_attempt (delivery_id, id);

-- Comments that plugins made, by the name that each has for what it said.
CREATE TABLE plugin_comment (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    key TEXT NOT NULL,
    activity_id BIGINT NOT NULL,
    PRIMARY KEY (installation_id, key)
);
CREATE INDEX plugin_comment_by_activity ON plugin_comment (activity_id);

CREATE TABLE plugin_kv (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    key TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    written BIGINT NOT NULL,
    PRIMARY KEY (installation_id, key)
);
-- The journals of effects, which expire: keys of the hub's own begin with a control character.
CREATE INDEX kv_journal ON plugin_kv (written) WHERE key < ' ';

-- When the jobs of installations are due. What was missed while no hub ran is due once.
CREATE TABLE plugin_job (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    job TEXT NOT NULL,
    -- What `due` was worked out from: another text has it worked out anew.
    cron TEXT NOT NULL,
    -- The run to come, or under way: the same in every attempt.
    run_id BIGINT NOT NULL,
    -- Since when it is due, or will be.
    due BIGINT NOT NULL,
    -- Not before: later than `due` after a failure, and while somebody is at it.
    next_at BIGINT NOT NULL,
    attempts INT NOT NULL,
    crashes INT NOT NULL,
    -- Where its last attempt went: it waits while nobody may go there.
    host TEXT NOT NULL,
    -- Only who holds the token may finish the run.
    lease_token BIGINT,
    PRIMARY KEY (installation_id, job)
);
CREATE INDEX plugin_job_due ON plugin_job (next_at);

-- Where other systems call an installation: a part of the URL that nobody can guess. Found by its hash; sealed as well,
-- because admins are shown it again.
CREATE TABLE plugin_hook (
    installation_id BIGINT NOT NULL PRIMARY KEY REFERENCES installation (id),
    token_hash BYTEA NOT NULL UNIQUE,
    token BYTEA NOT NULL
);

-- Settings as older versions of plugins had them, sealed: they come back with the version.
CREATE TABLE older_settings (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    version TEXT NOT NULL,
    config BYTEA NOT NULL,
    kept BIGINT NOT NULL,
    PRIMARY KEY (installation_id, version)
);

-- Tokens of accounts that installations use, sealed.
CREATE TABLE plugin_grant (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    setting TEXT NOT NULL,
    -- None while the first are got.
    tokens BYTEA,
    revision BIGINT NOT NULL,
    -- Until when one hub alone may renew them.
    claimed_until BIGINT NOT NULL,
    PRIMARY KEY (installation_id, setting)
);

-- Signed requests of other systems that were taken, by a hash of what makes each the only one: none is taken twice.
CREATE TABLE plugin_receipt (
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    receipt BYTEA NOT NULL,
    taken BIGINT NOT NULL,
    -- Whether the plugin dealt with it; what was cut off before may come again.
    is_done BOOLEAN NOT NULL,
    PRIMARY KEY (installation_id, receipt)
);
CREATE INDEX receipt_by_time ON plugin_receipt (installation_id, taken);

-- Whom mail went to: the token that bounces come back with, the key that wishes to hear no more are signed with, how much
-- went there within the hour, and what was held back that the recipient was not told of yet.
CREATE TABLE mail_recipient (
    address TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    secret BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    sent INT NOT NULL,
    held INT NOT NULL,
    -- Bounces that were none for good, since the last week in which there were none.
    bounces INT NOT NULL,
    last_bounce BIGINT,
    last_sent BIGINT NOT NULL
);
CREATE INDEX mail_recipient_by_time ON mail_recipient (last_sent);

-- Who is written to no more: by an installation, or (0) by none.
CREATE TABLE mail_refusal (
    address TEXT NOT NULL,
    installation_id BIGINT NOT NULL,
    -- `bounced`, `complained`, `unsubscribed`, `by-hand`.
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (address, installation_id)
);

-- What plugins were called for besides deliveries, and how each call went.
CREATE TABLE plugin_call (
    id BIGINT NOT NULL PRIMARY KEY,
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    occasion SMALLINT NOT NULL,
    -- The job, the route, the button.
    name TEXT NOT NULL,
    issue_id BIGINT,
    -- Who asked, and for what, as JSON.
    details TEXT NOT NULL,
    started BIGINT NOT NULL,
    wall_ms BIGINT NOT NULL,
    cpu_ms BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    -- What the plugin logged, and the requests it made, as JSON.
    log TEXT NOT NULL,
    requests TEXT NOT NULL,
    -- Why it did what it did, in the plugin's own words; and what it changed of issues, as JSON.
    explanation TEXT,
    changes TEXT NOT NULL
);
CREATE INDEX call_of_installation ON plugin_call (installation_id, id);
CREATE INDEX call_of_issue ON plugin_call (issue_id, id) WHERE issue_id IS NOT NULL;

-- How far each node's queue is digested; moves in the transaction that stores what was taken from it, so that
-- after a crash nothing is taken twice and nothing is left out.
CREATE TABLE queue_mark (
    queue TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

-- What is kept, and what became of the rest ------------------------------------------------------------------

-- How many days events are kept, and how many bytes of them: of a project, or (0) of the hub.
CREATE TABLE retention (
    project_id BIGINT NOT NULL PRIMARY KEY,
    days BIGINT,
    bytes BIGINT
);

-- Events that are there of a project, and their bytes. Written in the transaction that stores or deletes them.
CREATE TABLE project_storage (
    project_id BIGINT NOT NULL PRIMARY KEY,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- None of its events has this id or a smaller one: retention goes on from here.
    dropped_to BIGINT NOT NULL
);

-- What retention dropped, by the day on which it did.
CREATE TABLE dropped_day (
    project_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    -- `age`, `project-size`, `hub-size`.
    reason TEXT NOT NULL,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (project_id, day, reason)
);

-- Work that one hub alone does: which, and until when it has not died.
CREATE TABLE hub_lease (
    work TEXT NOT NULL PRIMARY KEY,
    holder BIGINT NOT NULL,
    until BIGINT NOT NULL,
    -- How far it is, in words, and when it said so.
    progress TEXT NOT NULL,
    at BIGINT NOT NULL
);
