/** A project that was trained in, without the minutes that it takes: models, scores, a proposal, as a training leaves them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layout, newId, readLabelFile, writeLabelFile, type Library } from '../../main/library/index.ts'
import type { Evaluation } from '../../shared/domain/records.ts'

/** Call with the demo project: two models, the newest training with its result, and a proposal for one unlabelled scan. */
export function addTraining(library: Library): { proposed: string } {
  const cases = library.cases()
  const validation = cases.filter(({ role }) => role === 'validation')
  const labelled = cases.filter((one) => one.role === 'training' && one.labelVersionId)
  const one = cases.find(({ labelVersionId }) => !labelVersionId)!
  const created = new Date().toISOString()
  const evaluation = (modelId: string, dice: number): Evaluation => ({
    modelId,
    method: 'validation',
    dice,
    seenInPretraining: [],
    seenInTraining: [],
    cases: validation.map(({ id, name }, n) => {
      const labels = library.labels().map((label) => {
        const figures = { dice: dice - n / 50, hd95: 2 + n, millilitres: 1.2, referenceMillilitres: 1.1 }
        return { value: label.value, name: label.name, ...figures }
      })
      return { caseId: id, name, labels, dice: dice - n / 50 }
    }),
  })
  const run = { state: 'done' as const, task: null, recipe: null, seed: 1, device: 'CPU, 2 threads', reason: null }
  const times = { created, started: created, finished: created, step: 400, steps: 400 }
  const learnt = labelled.map(({ id }) => id)
  const kinds = ['pretrain', 'finetune', 'scratch', 'predict', 'evaluate'] as const
  for (const [n, dice] of [0.72, 0.81].entries()) {
    const [id, runId] = [`model-${n}`, `finetune-${n}`]
    library.insertRun(
      { ...run, ...times, id: runId, kind: 'finetune', modelId: id, fromRunId: null, cases: learnt },
      null,
    )
    // Only that there are weights is looked at.
    const folder = layout.runFolder(library.folder, runId)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'model.bin'), '')
    const start = n ? 'pretrained' : 'from scratch'
    const name = `Model ${n + 1} (${learnt.length} cases, ${start})`
    library.insertModel({ id, runId, name, created, cases: learnt, fromRunId: null, steps: 400, dice })
    library.insertEvaluation(evaluation(id, dice), null)
  }
  library.saveTraining({
    id: newId('training'),
    state: 'done',
    request: { minutes: 5, task: 'auto', recipe: 'handful', seed: 1, twin: true, device: 'auto', accepted: true },
    created,
    stages: kinds.map((key, n) => ({
      key,
      name: ['Pretraining', 'Fine-tuning', 'From scratch', 'Predicting', 'Measuring'][n],
      state: 'done',
      runId: null,
      done: 400,
      total: 400,
      etaSeconds: null,
      seconds: 60,
    })),
    device: 'CPU, 2 threads',
    message: '',
    modelId: 'model-1',
    scratchModelId: 'model-0',
    evaluation: evaluation('model-1', 0.81),
    scratchEvaluation: evaluation('model-0', 0.72),
    runs: {},
    cases: { pool: learnt, labelled: [], predict: [one.id], validation: [] },
  })
  const { grid } = library.series(one.seriesId)!
  const samples = new Uint8Array(grid.shape[0] * grid.shape[1] * grid.shape[2])
  samples.fill(1, samples.length >> 1, (samples.length >> 1) + 400)
  samples.fill(2, (samples.length >> 1) + 400, (samples.length >> 1) + 700)
  library.insertLabelVersion({
    ...writeLabelFile(library.folder, newId('label'), samples, grid),
    caseId: one.id,
    kind: 'proposal',
    author: 'model-1',
    parentId: null,
    modelId: 'model-1',
    created,
    uncertainty: 0.3,
  })
  addSittings(library, 'hippocampus_104')
  return { proposed: one.name }
}

/** Saves of two people, one of them with a long name, after what was imported. */
function addSittings(library: Library, name: string): void {
  const { id, seriesId } = library.cases().find((one) => one.name === name)!
  const { grid } = library.series(seriesId)!
  const hour = 3600_000
  for (const [author, ago] of [
    ['Li Wei', 3 * hour],
    ['Li Wei', 2.9 * hour],
    ['Ana Souza de Albuquerque Figueiredo', 0.2 * hour],
    ['Ana Souza de Albuquerque Figueiredo', 0.1 * hour],
  ] as const) {
    const parent = library.newestLabelVersion(id, 'label')!
    const samples = readLabelFile(library.folder, parent)
    samples[samples.indexOf(1)] = 0
    library.insertLabelVersion({
      ...writeLabelFile(library.folder, newId('label'), samples, grid),
      caseId: id,
      kind: 'label',
      author,
      parentId: parent.id,
      modelId: null,
      created: new Date(Date.now() - ago).toISOString(),
    })
  }
}
