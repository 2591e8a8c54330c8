/**
 * The database's history: migration n brings version n - 1 to n. A migration that has been released is never edited;
 * a change is a new one at the end. Lists (shapes, affines, case ids) are JSON text, times are ISO 8601 in UTC.
 */
export const migrations: readonly string[] = [
  `
  -- Facts about the project itself: name, created.
  CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  -- What identifies a person, here and in no other table, for display only.
  CREATE TABLE patient (
    id INTEGER PRIMARY KEY, name TEXT, patient_id TEXT, birth_date TEXT, sex TEXT,
    UNIQUE (name, patient_id, birth_date)
  ) STRICT;

  -- A scan as it was found; geometry is that of the source file. grid is the canonical geometry,
  -- permutation the axis reordering that leads there from the source.
  CREATE TABLE series (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, modality TEXT NOT NULL, patient INTEGER REFERENCES patient (id),
    reader TEXT NOT NULL CHECK (reader IN ('nifti', 'dicom')),
    status TEXT NOT NULL CHECK (status IN ('ready', 'warned')), reason TEXT,
    shape TEXT NOT NULL, spacing TEXT NOT NULL, affine TEXT NOT NULL, dtype TEXT NOT NULL, channels INTEGER NOT NULL,
    grid TEXT NOT NULL, permutation TEXT NOT NULL, content_sha256 TEXT NOT NULL UNIQUE, imported TEXT NOT NULL
  ) STRICT;

  -- Where a series' files lie, in reading order.
  CREATE TABLE series_file (
    series_id TEXT NOT NULL REFERENCES series (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    path TEXT NOT NULL, size INTEGER NOT NULL, modified_ms REAL NOT NULL,
    PRIMARY KEY (series_id, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cases (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('training', 'validation')), created TEXT NOT NULL
  ) STRICT;

  -- Which series are a case's channels, in order.
  CREATE TABLE case_channel (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE, channel INTEGER NOT NULL,
    series_id TEXT NOT NULL REFERENCES series (id),
    PRIMARY KEY (case_id, channel)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX case_channel_series ON case_channel (series_id);

  CREATE TABLE label (
    value INTEGER PRIMARY KEY CHECK (value BETWEEN 1 AND 254), name TEXT NOT NULL, color TEXT NOT NULL, key INTEGER
  ) STRICT;

  CREATE TABLE training (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, state TEXT NOT NULL, record TEXT NOT NULL
  ) STRICT;

  CREATE TABLE run (
    id TEXT PRIMARY KEY, training_id TEXT REFERENCES training (id),
    kind TEXT NOT NULL CHECK (kind IN ('pretrain', 'finetune', 'predict', 'evaluate')),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    task TEXT, recipe TEXT, from_run_id TEXT REFERENCES run (id), model_id TEXT,
    seed INTEGER NOT NULL, cases TEXT NOT NULL, device TEXT, step INTEGER NOT NULL DEFAULT 0, steps INTEGER,
    created TEXT NOT NULL, started TEXT, finished TEXT, reason TEXT
  ) STRICT;

  CREATE TABLE model (
    id TEXT PRIMARY KEY, run_id TEXT NOT NULL UNIQUE REFERENCES run (id), name TEXT NOT NULL, created TEXT NOT NULL,
    cases TEXT NOT NULL, from_run_id TEXT REFERENCES run (id), steps INTEGER NOT NULL
  ) STRICT;

  -- Append-only: a version is never changed or removed.
  CREATE TABLE label_version (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL CHECK (kind IN ('label', 'proposal')), author TEXT NOT NULL,
    parent_id TEXT REFERENCES label_version (id), model_id TEXT REFERENCES model (id),
    created TEXT NOT NULL, sha256 TEXT NOT NULL, volumes TEXT NOT NULL
  ) STRICT;
  CREATE INDEX label_version_newest ON label_version (case_id, kind, number);
  CREATE TRIGGER label_version_is_final BEFORE UPDATE ON label_version
    BEGIN SELECT RAISE(ABORT, 'label versions are append-only'); END;

  CREATE TABLE evaluation (
    id INTEGER PRIMARY KEY, model_id TEXT NOT NULL REFERENCES model (id), run_id TEXT REFERENCES run (id),
    created TEXT NOT NULL, dice REAL, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX evaluation_model ON evaluation (model_id, id);
  `,
  `
  -- What a DICOM series is called by other DICOM objects, such as segmentations drawn on it.
  CREATE TABLE series_dicom (
    series_id TEXT PRIMARY KEY REFERENCES series (id) ON DELETE CASCADE,
    study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, frame_of_reference TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX series_dicom_uid ON series_dicom (series_uid);
  `,
  `
  -- What people decided about proposals. Only added to: the newest entry of a label counts. value 0: of the whole proposal.
  CREATE TABLE review (
    id INTEGER PRIMARY KEY, proposal_id TEXT NOT NULL REFERENCES label_version (id), value INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('accepted', 'edited', 'rejected', 'undecided')),
    author TEXT NOT NULL, created TEXT NOT NULL
  ) STRICT;
  CREATE INDEX review_proposal ON review (proposal_id, id);

  -- Of proposals: mean predictive entropy over what was marked, in [0, 1].
  ALTER TABLE label_version ADD COLUMN uncertainty REAL;

  -- When a model was put into the trash; its files stay until the trash is emptied.
  ALTER TABLE model ADD COLUMN removed TEXT;
  `,
  `
  -- When a case was put into the trash; its scan and its label maps stay until the trash is emptied.
  ALTER TABLE cases ADD COLUMN removed TEXT;

  -- Names of the channels of a scan in order, as a JSON list; null where there is one, or nobody named them.
  ALTER TABLE series ADD COLUMN channel_names TEXT;
  `,
  `
  -- Of a person's label: some slices are unknown still. Versions from before this are counted as whole.
  ALTER TABLE label_version ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- The order of the label set, which is the user's.
  ALTER TABLE label ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- How many pieces of a label predictions keep; null: as many as all labelled scans show.
  ALTER TABLE label ADD COLUMN pieces TEXT CHECK (pieces IN ('one', 'all'));
  `,
  `
  -- Of proposals: how they were predicted, where something was chosen (which weights, which pieces are kept).
  ALTER TABLE label_version ADD COLUMN settings TEXT NOT NULL DEFAULT '';
  `,
]
