/** Trainings, their runs, the models they gave and how those were judged. */
import type { Training } from '../../../shared/api/contract.ts'
import type { Evaluation, Model, Run } from '../../../shared/domain/records.ts'
import type { Sqlite } from '../database.ts'

type RunRow = Pick<
  Run,
  | 'id'
  | 'kind'
  | 'state'
  | 'task'
  | 'recipe'
  | 'seed'
  | 'device'
  | 'step'
  | 'steps'
  | 'created'
  | 'started'
  | 'finished'
  | 'reason'
> & { training_id: string | null; from_run_id: string | null; model_id: string | null; cases: string }

type ModelRow = Pick<Model, 'id' | 'name' | 'created' | 'steps' | 'dice'> & {
  removed: string | null
  run_id: string
  cases: string
  from_run_id: string | null
}

type Change = Partial<Pick<Run, 'state' | 'device' | 'step' | 'steps' | 'started' | 'finished' | 'reason' | 'modelId'>>

/** The steps of a training, each of which is a run; those that end in "Scratch" belong to the from-scratch twin. */
export type TrainingStep =
  | 'pretrain'
  | 'finetune'
  | 'scratch'
  | 'predict'
  | 'predictScratch'
  | 'evaluate'
  | 'evaluateScratch'
  | 'estimate'
  | 'estimateScratch'

/** A training with what is needed to resume it: its runs, and its cases and label versions as they were at its start. */
export type StoredTraining = Training & {
  runs: Partial<Record<TrainingStep, string>>
  cases: {
    pool: string[]
    labelled: { caseId: string; versionId: string }[]
    predict: string[]
    validation: { caseId: string; versionId: string }[]
  }
}

export function runQueries(db: Sqlite) {
  const insertRun = db.prepare(`
    INSERT INTO run (id, training_id, kind, state, task, recipe, from_run_id, model_id, seed, cases, device, step, steps,
      created, started, finished, reason)
    VALUES (@id, @trainingId, @kind, @state, @task, @recipe, @fromRunId, @modelId, @seed, @cases, @device, @step, @steps,
      @created, @started, @finished, @reason)`)
  const updateRun = db.prepare(`
    UPDATE run SET state = @state, device = @device, step = @step, steps = @steps, started = @started,
      finished = @finished, reason = @reason, model_id = @modelId WHERE id = @id`)
  const oneRun = db.prepare<[string], RunRow>('SELECT * FROM run WHERE id = ?')
  const allRuns = db.prepare<[], RunRow>('SELECT * FROM run ORDER BY rowid DESC')
  const interruptRuns = db.prepare(`
    UPDATE run SET state = 'interrupted', reason = 'Handful ended while this was running. It can be resumed.'
    WHERE state IN ('running', 'queued')`)
  const saveTraining = db.prepare(`
    INSERT INTO training (id, created, state, record) VALUES (@id, @created, @state, @record)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, record = excluded.record`)
  const oneTraining = db.prepare<[string], { record: string }>('SELECT record FROM training WHERE id = ?')
  const newestTraining = db.prepare<[], { record: string }>('SELECT record FROM training ORDER BY rowid DESC LIMIT 1')
  const runningTrainings = db.prepare<[], { record: string }>("SELECT record FROM training WHERE state = 'running'")
  const insertModel = db.prepare(`
    INSERT INTO model (id, run_id, name, created, cases, from_run_id, steps)
    VALUES (@id, @runId, @name, @created, @cases, @fromRunId, @steps)`)
  const models = `SELECT m.*, (SELECT e.dice FROM evaluation e WHERE e.model_id = m.id ORDER BY e.id DESC LIMIT 1) AS dice
    FROM model m`
  const oneModel = db.prepare<[string], ModelRow>(`${models} WHERE m.id = ?`)
  const allModels = db.prepare<[], ModelRow>(`${models} ORDER BY m.rowid DESC`)
  const setModelRemoved = db.prepare('UPDATE model SET removed = ? WHERE id = ?')
  const insertEvaluation = db.prepare(
    'INSERT INTO evaluation (model_id, run_id, created, dice, record) VALUES (?, ?, ?, ?, ?)',
  )
  const newestEvaluation = db.prepare<[string], { record: string }>(
    'SELECT record FROM evaluation WHERE model_id = ? ORDER BY id DESC LIMIT 1',
  )

  const run = (id: string): Run | null => {
    const row = oneRun.get(id)
    return row ? fromRunRow(row) : null
  }
  const readTraining = ({ record }: { record: string }): StoredTraining => {
    const stored = JSON.parse(record) as StoredTraining
    // Trainings of earlier versions learnt from every label.
    return { ...stored, request: { ...stored.request, accepted: stored.request.accepted ?? true } }
  }
  const training = (row: { record: string } | undefined): StoredTraining | null => (row ? readTraining(row) : null)

  return {
    insertRun: (record: Run, trainingId: string | null): void =>
      void insertRun.run({ ...record, trainingId, cases: JSON.stringify(record.cases) }),
    /** Changes the named fields; returns the run as it is now. */
    updateRun(id: string, change: Change): Run {
      const before = run(id)
      if (!before) throw new Error(`no run ${id}`)
      const after = { ...before, ...change }
      updateRun.run(after)
      return after
    },
    run,
    /** Newest first. */
    runs: (): Run[] => allRuns.all().map(fromRunRow),
    trainingOfRun: (id: string): string | null => oneRun.get(id)?.training_id ?? null,
    /** Called when a project is opened: whatever counts as running then has lost its process. */
    interruptRuns: (): void => void interruptRuns.run(),
    saveTraining: (record: StoredTraining): void =>
      void saveTraining.run({ ...record, record: JSON.stringify(record) }),
    training: (id: string): StoredTraining | null => training(oneTraining.get(id)),
    newestTraining: (): StoredTraining | null => training(newestTraining.get()),
    runningTrainings: (): StoredTraining[] => runningTrainings.all().map(readTraining),
    insertModel: (model: Model): void => void insertModel.run({ ...model, cases: JSON.stringify(model.cases) }),
    model(id: string): Model | null {
      const row = oneModel.get(id)
      return row ? fromModelRow(row) : null
    },
    /** Newest first, without those in the trash. */
    models: (): Model[] => allModels.all().flatMap((row) => (row.removed === null ? fromModelRow(row) : [])),
    /** Those in the trash with the time when they were put there. */
    removedModels: (): (Model & { removed: string })[] =>
      allModels.all().flatMap((row) => (row.removed === null ? [] : { ...fromModelRow(row), removed: row.removed })),
    /** null takes a model out of the trash. */
    setModelRemoved: (id: string, removed: string | null): boolean => setModelRemoved.run(removed, id).changes > 0,
    insertEvaluation: (record: Evaluation, runId: string | null): void =>
      void insertEvaluation.run(record.modelId, runId, new Date().toISOString(), record.dice, JSON.stringify(record)),
    newestEvaluation(modelId: string): Evaluation | null {
      const row = newestEvaluation.get(modelId)
      return row ? JSON.parse(row.record) : null
    },
  }
}

function fromRunRow({ training_id: _, ...row }: RunRow): Run {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    task: row.task,
    recipe: row.recipe,
    fromRunId: row.from_run_id,
    modelId: row.model_id,
    seed: row.seed,
    cases: JSON.parse(row.cases),
    device: row.device,
    step: row.step,
    steps: row.steps,
    created: row.created,
    started: row.started,
    finished: row.finished,
    reason: row.reason,
  }
}

function fromModelRow(row: ModelRow): Model {
  return {
    id: row.id,
    runId: row.run_id,
    name: row.name,
    created: row.created,
    cases: JSON.parse(row.cases),
    fromRunId: row.from_run_id,
    steps: row.steps,
    dice: row.dice,
  }
}
