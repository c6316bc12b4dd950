/** Part of two released steps, never edited. Rows are written once: the triggers hold that against all code. */
const AUDIT_TABLE = `
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, request TEXT,
    act TEXT NOT NULL, target TEXT NOT NULL, before TEXT, after TEXT
  ) STRICT;
  CREATE TRIGGER audit_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are kept'); END;
  CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
`

/**
 * Migration steps of the tenant object, append-only: a step that was released is never edited, and
 * old code must be able to live with newer tables for minutes (columns are added, never changed).
 * The checks keep the laws of money at rest; STRICT refuses fractions of a micro-dollar.
 */
export const TENANT_STEPS: readonly string[] = [
  // `reservation.keep_until`: null while the job may still settle; then how long a late call must find
  // it closed. `job_index.seq` is the reservation's: the order of admission.
  `
  CREATE TABLE tenant (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, balance INTEGER,
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    settings TEXT NOT NULL,
    CHECK (balance IS NULL OR balance >= reserved)
  ) STRICT;

  CREATE TABLE key (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, livemode INTEGER NOT NULL, settings TEXT NOT NULL,
    last4 TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER,
    last_used_at INTEGER
  ) STRICT;

  CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL,
    amount INTEGER NOT NULL, reference TEXT NOT NULL, job TEXT, how TEXT, key_id TEXT,
    UNIQUE (kind, reference)
  ) STRICT;

  CREATE TABLE reservation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL UNIQUE, key_id TEXT,
    amount INTEGER NOT NULL CHECK (amount >= 0), state TEXT NOT NULL,
    charged INTEGER NOT NULL DEFAULT 0 CHECK (charged BETWEEN 0 AND amount),
    woken_at INTEGER NOT NULL, keep_until INTEGER
  ) STRICT;
  CREATE INDEX reservation_open ON reservation (woken_at) WHERE state = 'open';
  CREATE INDEX reservation_keep ON reservation (keep_until) WHERE keep_until IS NOT NULL;

  CREATE TABLE reuse (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, livemode INTEGER NOT NULL,
    lookup TEXT NOT NULL, key_id TEXT NOT NULL, job TEXT NOT NULL, body TEXT,
    until INTEGER NOT NULL, claimed INTEGER NOT NULL DEFAULT 0, purged INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX reuse_lookup ON reuse (lookup, kind);
  CREATE INDEX reuse_job ON reuse (job);
  CREATE INDEX reuse_until ON reuse (until);

  CREATE TABLE job_index (
    seq INTEGER PRIMARY KEY, job TEXT NOT NULL UNIQUE, livemode INTEGER NOT NULL,
    status TEXT NOT NULL, model TEXT NOT NULL, created_at INTEGER NOT NULL, summary TEXT NOT NULL
  ) STRICT;
  CREATE INDEX job_index_mode ON job_index (livemode, seq);
  `,
  // What makes up a charge, as JSON.
  'ALTER TABLE ledger ADD COLUMN lines TEXT',
  // How far the deletion of the tenant is, as JSON; null = it is not being deleted.
  'ALTER TABLE tenant ADD COLUMN removal TEXT',
  // Keys that keys have minted, what bounded keys have used, and who did what. `hold`: what an open
  // reservation holds of an allowance.
  `
  ALTER TABLE key ADD COLUMN parent TEXT;
  ALTER TABLE key ADD COLUMN counts_as TEXT;
  ALTER TABLE key ADD COLUMN replaced_by TEXT;
  CREATE INDEX key_child ON key (parent) WHERE parent IS NOT NULL;
  CREATE INDEX key_counts_as ON key (counts_as) WHERE counts_as IS NOT NULL;
  CREATE INDEX key_minted ON key (expires_at) WHERE parent IS NOT NULL;

  CREATE TABLE allowance (
    key_id TEXT PRIMARY KEY, spend INTEGER NOT NULL CHECK (spend >= 0),
    images INTEGER NOT NULL CHECK (images >= 0)
  ) STRICT;
  CREATE TABLE hold (
    job TEXT NOT NULL, key_id TEXT NOT NULL, spend INTEGER NOT NULL, images INTEGER NOT NULL,
    PRIMARY KEY (job, key_id)
  ) STRICT, WITHOUT ROWID;
  ${AUDIT_TABLE}`,
  // Slots, limits per minute and budgets. `waits`: the job is open and has no slot yet; `counts_as`:
  // names of those whose limits hold for it. `rate`: totals of a scope behind each admission of the last
  // minute. `spent`: charges of a key with a budget, and of its children, in the period that began at
  // `since`.
  `
  ALTER TABLE reservation ADD COLUMN counts_as TEXT NOT NULL DEFAULT 'live';
  ALTER TABLE reservation ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX reservation_waits ON reservation (seq) WHERE waits = 1;

  CREATE TABLE rate (
    scope TEXT NOT NULL, requests INTEGER NOT NULL, images INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (scope, requests)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE spent (
    key_id TEXT PRIMARY KEY, period TEXT NOT NULL, since INTEGER NOT NULL, amount INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // `ledger.balance`: the one behind each line; null for a tenant without one. The days of `usage` count
  // from 1970; the ids of a day begin at day * 1e6 and leave no gap.
  `
  ALTER TABLE ledger ADD COLUMN balance INTEGER;
  UPDATE ledger SET balance = run.total
    FROM (SELECT seq, sum(amount) OVER (ORDER BY seq) AS total FROM ledger) AS run
    WHERE run.seq = ledger.seq AND (SELECT balance FROM tenant) IS NOT NULL;

  CREATE TABLE usage (
    id INTEGER PRIMARY KEY, day INTEGER NOT NULL, livemode INTEGER NOT NULL,
    key_id TEXT NOT NULL, model TEXT NOT NULL, tags TEXT NOT NULL,
    requests INTEGER NOT NULL, reused INTEGER NOT NULL, images INTEGER NOT NULL,
    charge INTEGER NOT NULL, cost INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    possibly_billed INTEGER NOT NULL, unpriced INTEGER NOT NULL,
    UNIQUE (day, livemode, key_id, model, tags)
  ) STRICT;
  `,
  // `webhook_endpoint.url`: null for the place that stands for the addresses of requests.
  `
  CREATE TABLE webhook_endpoint (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, livemode INTEGER NOT NULL,
    url TEXT, settings TEXT NOT NULL, secret TEXT NOT NULL, old_secret TEXT, old_until INTEGER,
    created_at INTEGER NOT NULL, failing_since INTEGER, disabled_at INTEGER, disabled_why TEXT
  ) STRICT;

  CREATE TABLE webhook_delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, event TEXT NOT NULL,
    type TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT, tries INTEGER NOT NULL, status INTEGER,
    due INTEGER NOT NULL, UNIQUE (endpoint, event)
  ) STRICT;
  `,
  // Secrets that sign beside `old_secret`, and until when, as JSON.
  'ALTER TABLE webhook_endpoint ADD COLUMN older TEXT',
]

/** Migration steps of the directory object. */
export const DIRECTORY_STEPS: readonly string[] = [
  `
  CREATE TABLE tenant (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  `,
  // When it was deleted, and what with it, as JSON.
  'ALTER TABLE tenant ADD COLUMN deleted_at INTEGER; ALTER TABLE tenant ADD COLUMN deleted TEXT',
  AUDIT_TABLE,
  // When its deletion began.
  'ALTER TABLE tenant ADD COLUMN deleting_at INTEGER',
]
