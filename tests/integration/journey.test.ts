/** The Train button, from the first press to proposals and a result, with the real trainer on the demo's real scans. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readLabelFile } from '../../main/library/index.ts'
import { temporaryFolder } from '../../main/library/testing.ts'
import { createServices, type Services } from '../../main/services/index.ts'
import type { Choice } from '../../main/training/choice.ts'
import { labelUrl, Training, type TrainingRequest } from '../../shared/api/contract.ts'
import { TrainerConfig } from '../../shared/domain/trainer.ts'

const request: TrainingRequest = {
  minutes: 0.2,
  task: 'restoration',
  recipe: 'handful',
  twin: true,
  accepted: true,
  seed: 1,
  device: 'auto',
}

function until(services: Services, holds: (training: Training) => boolean): Promise<Training> {
  return new Promise((resume) => {
    const stop = services.on('training.changed', (training) => {
      if (!holds(training)) return
      stop()
      resume(training)
    })
  })
}

it('is cancelled, survives a restart, resumes, and ends with proposals and an honest result', async () => {
  const home = temporaryFolder()
  const first = createServices({ homeFolder: home })
  const { folder } = await first.handlers['project.demo'](undefined)
  const before = await first.handlers['cases.list'](undefined)
  expect(before.filter((entry) => entry.status === 'labelled')).toHaveLength(7)

  // What stands in the way is said before anything starts.
  const labelled = before.filter((entry) => entry.role === 'training' && entry.labelVersionId).map((entry) => entry.id)
  await first.handlers['cases.setRole']({ caseIds: labelled, role: 'validation' })
  expect((await first.handlers['training.estimate'](request)).obstacle).toContain('No training scan has a label')
  await expect(first.handlers['training.start'](request)).rejects.toThrow('No training scan has a label')
  await first.handlers['cases.setRole']({ caseIds: labelled, role: 'training' })

  const metrics: number[] = []
  first.on('run.metric', ({ metric }) => metrics.push(metric.step))
  const pretraining = until(first, (training) => training.stages[0].done >= 1 && metrics.length > 0)
  const started = await first.handlers['training.start'](request)
  await expect(first.handlers['training.start'](request)).rejects.toThrow('running')
  await pretraining
  const cancelled = until(first, (training) => training.state === 'cancelled')
  await first.handlers['training.cancel']({ trainingId: started.id })
  // On a very slow machine pretraining may have been over before the word came.
  const states = (await cancelled).stages.map((stage) => stage.state)
  expect(states.filter((state) => state === 'cancelled')).toHaveLength(1)
  expect(states.lastIndexOf('done')).toBeLessThan(states.indexOf('cancelled'))
  await first.close()

  const second = createServices({ homeFolder: home })
  onTestFinished(() => second.close())
  await second.handlers['project.open']({ folder })
  expect(await second.handlers['training.current'](undefined)).toMatchObject({ id: started.id, state: 'cancelled' })
  const ended = until(second, (training) => training.state !== 'running')
  await second.handlers['training.resume']({ trainingId: started.id })
  const training = Training.parse(await ended)
  expect(training).toMatchObject({ state: 'done', message: expect.stringContaining('4 validation cases') })
  expect(training.stages.map((stage) => stage.state)).toEqual(Array(5).fill('done'))
  expect(training.evaluation).toMatchObject({ seenInPretraining: [], seenInTraining: [] })
  expect(training.evaluation?.cases).toHaveLength(4)
  expect(training.scratchEvaluation?.cases).toHaveLength(4)
  // What the trainer said of the transfer, once.
  const said = training.stages.flatMap(({ notices = [] }) => notices.map(({ text }) => text))
  expect(said.filter((text) => /taken over from the pretraining/.test(text))).toHaveLength(1)

  // Validation scans were in no pool, validation labels in no fine-tuning; the twin took the same steps.
  const runs = await second.handlers['runs.list'](undefined)
  const validation = new Set(before.filter((entry) => entry.role === 'validation').map((entry) => entry.id))
  for (const run of runs.filter((run) => run.kind === 'pretrain' || run.kind === 'finetune')) {
    const config = TrainerConfig.parse(JSON.parse(readFileSync(join(folder, 'runs', run.id, 'config.json'), 'utf8')))
    expect(config.cases.some((entry) => validation.has(entry.id))).toBe(false)
  }
  const models = await second.handlers['models.list'](undefined)
  expect(models).toHaveLength(2)
  expect(models[0].steps).toBe(models[1].steps)
  expect(models.map((model) => model.fromRunId === null)).toEqual([true, false])
  expect(models.every((model) => model.dice !== null)).toBe(true)

  const { file } = await second.handlers['models.exportOnnx']({ modelId: models[0].id, path: join(folder, 'exports') })
  expect(file).toBe(join(folder, 'exports', `${models[0].id}.onnx`))
  expect(readFileSync(file, 'latin1')).toContain('handful-segmentation-1')

  // No label was touched; every other case, and every validation case, has a proposal.
  const after = await second.handlers['cases.list'](undefined)
  expect(after.map((entry) => entry.labelVersionId)).toEqual(before.map((entry) => entry.labelVersionId))
  const proposed = after.filter((entry) => entry.proposalVersionId !== null)
  expect(proposed).toHaveLength(9)
  expect(proposed.some((entry) => labelled.includes(entry.id))).toBe(false)
  expect(after.filter((entry) => entry.status === 'proposed')).toHaveLength(5)

  const finetuning = runs.find((run) => run.modelId === training.modelId && run.kind === 'finetune')
  const curve = await second.handlers['runs.metrics']({ runId: finetuning?.id ?? '' })
  expect(curve.map((metric) => metric.step)).toEqual(curve.map((_, n) => n + 1))
  expect(() => second.handlers['training.resume']({ trainingId: training.id })).toThrow('finished')
})

it('chooses for itself how to begin, says why, goes by it, and learns from a scan labelled in part', async () => {
  const services = createServices({ homeFolder: temporaryFolder() })
  onTestFinished(() => services.close())
  const { folder } = await services.handlers['project.demo'](undefined)
  const labels = await services.handlers['labels.set'](undefined)
  const unseen = { value: 9, name: 'Cyst', color: '#e69f00', key: null }
  await services.handlers['labels.changeSet']({ labels: [...labels, unseen] })
  const before = await services.handlers['cases.list'](undefined)
  const partly = before.find(({ role, status }) => role === 'training' && status === 'labelled')!
  const library = services.context.library!
  const samples = readLabelFile(folder, library.labelVersion(partly.labelVersionId!)!).slice()
  samples.fill(255, 0, partly.shape[0] * partly.shape[1]) // the first slice
  await services.upload(labelUrl(partly.id, partly.labelVersionId), async () => samples)
  expect(library.case(partly.id)?.status).toBe('started')
  const { stages } = await services.handlers['training.estimate']({ ...request, task: 'auto' })
  expect(stages[1].what).toBe('Learns your labels from 3 labelled scans, 1 of them labelled in part.')
  const ended = until(services, (training) => training.state !== 'running')
  await services.handlers['training.start']({ ...request, task: 'auto' })
  const training = Training.parse(await ended)
  expect(training).toMatchObject({
    state: 'done',
    message: expect.stringMatching(/4 validation cases.*Automatic choice: /),
  })
  expect(training.stages[0].note).toMatch(/^Automatic choice: /)
  const said = training.stages.flatMap(({ notices = [] }) => notices)
  expect(said.filter(({ text }) => text.startsWith('Automatic choice'))).toEqual([])
  // A label that no scan shows is no reason to stop, and is said once, in the end, too.
  const missing = said.filter(({ text }) => text.startsWith('No labelled case shows Cyst'))
  expect(missing).toMatchObject([{ warning: true }])
  expect(training.message).toContain(missing[0].text)
  const read = (run: string, file: string) => JSON.parse(readFileSync(join(folder, 'runs', run, file), 'utf8'))
  const runs = await services.handlers['runs.list'](undefined)
  const choice = read(runs.find((run) => run.task === 'auto')?.id ?? '', 'choice.json') as Choice
  const tuned = runs.find((run) => run.modelId === training.modelId && run.kind === 'finetune')?.id ?? ''
  expect(read(tuned, 'report.json')).toMatchObject({ pretrained: choice.chosen !== 'scratch' })
  const learnt = TrainerConfig.parse(read(tuned, 'config.json')).cases.map(({ id }) => id)
  expect(learnt).toContain(partly.id)
  expect(learnt).toHaveLength(3)
  // The rest of it is proposed.
  expect(library.case(partly.id)).toMatchObject({ status: 'started', proposalVersionId: expect.any(String) })
  // A training from scratch is its own twin: no second one is trained, and its time goes into this one.
  const itself = choice.chosen === 'scratch' && !choice.selfTraining
  expect(training.stages.find(({ key }) => key === 'scratch')?.state).toBe(itself ? 'skipped' : 'done')
  expect(training.scratchEvaluation === null).toBe(itself)
  if (itself) expect(training.message).toContain('There is no twin to compare with')
  // In so short a time the network may know too little to label anything.
  if (!choice.selfTraining) expect(read(tuned, 'report.json').selfTraining).toBeNull()
})

it('a trainer that is killed is a failed run with a reason, which resumes to the weights of an undisturbed one', async () => {
  const home = temporaryFolder()
  const services = createServices({ homeFolder: home })
  onTestFinished(() => services.close())
  const { folder } = await services.handlers['project.demo'](undefined)
  const { pretrain, resumeRun } = await import('../../main/services/runs.ts')
  const { decodeTensors } = await import('../../main/engine/index.ts')
  const wish = {
    cases: null,
    task: 'restoration',
    recipe: 'handful',
    budget: { steps: 5 },
    seed: 3,
    device: 'auto',
    checkpointSeconds: 0.1,
  } as const

  let killed = false
  const stop = services.on('run.metric', ({ runId, metric }) => {
    if (metric.step < 2 || killed) return
    killed = true
    const { pid } = JSON.parse(readFileSync(join(folder, 'runs', runId, 'trainer.json'), 'utf8')) as { pid: number }
    process.kill(pid, 'SIGKILL')
  })
  const { run } = await pretrain(services.context, wish)
  stop()
  expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('resumed from its last checkpoint') })
  const { run: resumed } = await resumeRun(services.context, run.id)
  expect(resumed).toMatchObject({ state: 'done', step: 5, reason: null })

  const { run: undisturbed } = await pretrain(services.context, wish)
  const weights = (id: string) => decodeTensors(readFileSync(join(folder, 'runs', id, 'model.bin'))).tensors
  const [a, b] = [weights(run.id), weights(undisturbed.id)]
  expect([...a.keys()]).toEqual([...b.keys()])
  for (const [name, values] of a)
    expect(Buffer.compare(Buffer.from(values.buffer), Buffer.from((b.get(name) ?? values).buffer)), name).toBe(0)
})

it('spends no time on a way to begin where all scans are labelled', async () => {
  const services = createServices({ homeFolder: temporaryFolder() })
  onTestFinished(() => services.close())
  await services.handlers['project.create']({ folder: join(temporaryFolder(), 'labelled'), name: 'labelled' })
  const demo = fileURLToPath(new URL('../../resources/demo', import.meta.url))
  const paths = ['hippocampus_104', 'hippocampus_178'].map((name) => join(demo, 'images', `${name}.nii.gz`))
  const imported = new Promise((resume) => services.on('job', (job) => job.state !== 'running' && resume(job.state)))
  await services.handlers['import.start']({ paths, labelFolder: join(demo, 'labels') })
  expect(await imported).toBe('done')

  const wish = { ...request, task: 'auto' as const }
  const { stages } = await services.handlers['training.estimate'](wish)
  expect(stages.map(({ name }) => name)).toEqual(['Pretraining', 'Fine-tuning', 'Estimating'])
  expect(stages[0].minutes).toBe(0)
  const ended = until(services, (training) => training.state !== 'running')
  await services.handlers['training.start'](wish)
  const training = await ended
  expect(training).toMatchObject({ state: 'done', scratchEvaluation: null })
  expect(training.stages[0].note).toMatch(/^Automatic choice: no pretraining\. All training scans are labelled/)
  expect(training.message).toContain('There is no twin to compare with')
})

it('measures by hiding each labelled case in turn where none is kept for validation', async () => {
  const services = createServices({ homeFolder: temporaryFolder() })
  onTestFinished(() => services.close())
  await services.handlers['project.create']({ folder: join(temporaryFolder(), 'small'), name: 'small' })
  const demo = fileURLToPath(new URL('../../resources/demo', import.meta.url))
  const images = ['hippocampus_104', 'hippocampus_178', 'hippocampus_033'].map((name) =>
    join(demo, 'images', `${name}.nii.gz`),
  )
  const imported = new Promise((resume) => services.on('job', (job) => job.state !== 'running' && resume(job.state)))
  await services.handlers['import.start']({ paths: images, labelFolder: join(demo, 'labels') })
  expect(await imported).toBe('done')

  const estimate = await services.handlers['training.estimate'](request)
  expect(estimate.stages.map((stage) => stage.name)).toEqual(['Pretraining', 'Fine-tuning', 'Predicting', 'Estimating'])
  expect(estimate.stages.at(-1)!.what).toContain('2 rounds')
  const ended = until(services, (training) => training.state !== 'running')
  await services.handlers['training.start'](request)
  const training = await ended
  expect(training).toMatchObject({ state: 'done', message: expect.stringContaining('2 labelled cases') })
  for (const evaluation of [training.evaluation, training.scratchEvaluation]) {
    expect(evaluation).toMatchObject({ method: 'cross-validation', seenInTraining: [] })
    expect(evaluation!.cases.map((score) => score.name).sort()).toEqual(['hippocampus_104', 'hippocampus_178'])
  }
  // Labels were hidden, the scans were not: said where a pretraining has seen them.
  expect(training.evaluation!.seenInPretraining).toHaveLength(2)
  expect(training.scratchEvaluation!.seenInPretraining).toEqual([])
  expect(training.message).toContain('The pretraining saw the hidden scans')
  // The twin's score is not taken for the model's.
  const [model] = await services.handlers['models.list'](undefined)
  expect(model.dice).toBe(training.evaluation!.dice)
  expect(await services.handlers['evaluations.get']({ modelId: model.id })).toEqual(training.evaluation)
})
