/** Reviewing: decisions are kept with who and when, a proposal never touches a person's label, and what may be learnt from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writePhantom } from '../../tests/integration/phantoms.ts'
import { labelUrl, LabelSaved } from '../../shared/api/contract.ts'
import { entropyFileOf } from '../../shared/domain/trainer.ts'
import { readLabelFile, type Library } from '../library/index.ts'
import { createServices, type Services } from './index.ts'
import { storeProposal } from './run-results.ts'
import { sortCases } from './training-plan.ts'

const home = mkdtempSync(join(tmpdir(), 'handful-review-'))
const voxels = 6 * 5 * 4
let services: Services
let library: Library
let caseId: string

const one = async () => (await services.handlers['cases.list'](undefined))[0]
const map = (...values: number[]) => {
  const samples = new Uint8Array(voxels)
  samples.set(values)
  return samples
}
const save = async (parentId: string | null, ...values: number[]): Promise<LabelSaved> =>
  LabelSaved.parse(await services.upload(labelUrl(caseId, parentId), async () => map(...values)))

/** A proposal as the trainer's message brings it. */
function propose(...values: number[]): void {
  const file = join(home, 'prediction.u8.gz')
  writeFileSync(file, gzipSync(map(...values)))
  writeFileSync(entropyFileOf(file), gzipSync(map(200, 100)))
  storeProposal(library, 'predict-1', { caseId, file, uncertainty: 0.25 })
}

beforeAll(async () => {
  services = createServices({ homeFolder: home })
  const { handlers } = services
  await handlers['preferences.set']({ ...(await handlers['preferences.get'](undefined)), name: ' Li Wei ' })
  writePhantom(join(home, 'scans', 'one.nii.gz'))
  await handlers['project.create']({ folder: join(home, 'project'), name: 'Review' })
  const { jobId } = await handlers['import.start']({ paths: [join(home, 'scans')], labelFolder: null })
  while ((await handlers['jobs.get']({ jobId })).state === 'running')
    await new Promise((later) => setTimeout(later, 20))
  library = services.context.library!
  caseId = (await one()).id
  const label = { color: '#e69f00', key: null }
  await handlers['labels.changeSet']({
    labels: [
      { ...label, value: 1, name: 'Liver' },
      { ...label, value: 2, name: 'Tumour' },
    ],
  })
  const times = { created: new Date().toISOString(), started: null, finished: null }
  const run = { state: 'done' as const, task: null, recipe: null, fromRunId: null, seed: 1, cases: [], device: null }
  const rest = { step: 0, steps: null, reason: null, ...times, ...run }
  library.insertRun({ ...rest, id: 'finetune-1', kind: 'finetune', modelId: 'model-1' }, null)
  const model = { id: 'model-1', runId: 'finetune-1', name: 'Model 1', created: times.created }
  library.insertModel({ ...model, cases: [], fromRunId: null, steps: 1, dice: null })
  library.insertRun({ ...rest, id: 'predict-1', kind: 'predict', modelId: 'model-1' }, null)
})
afterAll(async () => {
  await services.close()
  rmSync(home, { recursive: true })
})

test('a proposal comes with its uncertainty, and its map of where', async () => {
  propose(1, 2)
  const now = await one()
  expect(now).toMatchObject({ status: 'proposed', undecided: [1, 2], inReview: false, uncertainty: 0.25 })
  const served = await services.files(`/entropy/${now.proposalVersionId}`)
  expect(served).toMatchObject({ bytes: Buffer.from(map(200, 100)) })
  expect(await services.files('/entropy/label-000')).toBeNull()
})

test('decisions are taken label by label, kept with who and when, and can be taken back', async () => {
  const { proposalVersionId } = await one()
  const decide = services.handlers['reviews.decide']
  await decide({ proposalId: proposalVersionId!, values: [1], decision: 'accepted' })
  await save(null, 1)
  expect(await one()).toMatchObject({ status: 'proposed', undecided: [2], inReview: true })
  // Half reviewed: neither learnt from nor predicted again.
  expect(sortCases(library, { accepted: true })).toMatchObject({
    labelled: [],
    predict: [],
    inReview: [{ id: caseId }],
  })
  const log = await decide({ proposalId: proposalVersionId!, values: [2], decision: 'rejected' })
  expect(log.map(({ value, decision, author }) => [value, decision, author])).toEqual([
    [2, 'rejected', 'Li Wei'],
    [1, 'accepted', 'Li Wei'],
  ])
  expect(Date.now() - Date.parse(log[0].created)).toBeLessThan(60_000)
  expect(await one()).toMatchObject({ status: 'accepted', undecided: [] })
  await decide({ proposalId: proposalVersionId!, values: [2], decision: 'undecided' })
  expect(await one()).toMatchObject({ status: 'proposed', undecided: [2] })
  await expect(async () =>
    decide({ proposalId: proposalVersionId!, values: [7], decision: 'accepted' }),
  ).rejects.toThrow('no label 7')
})

test('a label that was accepted as it was says which model made it; one drawn stroke makes it a person’s', async () => {
  const { proposalVersionId, labelVersionId } = await one()
  await services.handlers['reviews.decide']({ proposalId: proposalVersionId!, values: [2], decision: 'accepted' })
  const whole = (await save(labelVersionId, 1, 2)).version!
  expect(whole).toMatchObject({ author: 'Li Wei', modelId: 'model-1' })
  expect((await one()).status).toBe('accepted')
  expect(sortCases(library, { accepted: true }).labelled).toHaveLength(1)
  expect(sortCases(library, { accepted: false }).labelled).toHaveLength(0)
  const drawn = (await save(whole.id, 1, 2, 2)).version!
  expect(drawn.modelId).toBeNull()
  expect((await one()).status).toBe('labelled')
  expect(sortCases(library, { accepted: false }).labelled).toHaveLength(1)
})

test('an accepted label measures no model', async () => {
  const { labelVersionId } = await one()
  await services.handlers['cases.setRole']({ caseIds: [caseId], role: 'validation' })
  expect(sortCases(library, { accepted: true }).validation).toHaveLength(1)
  await save(labelVersionId, 1, 2)
  expect(await one()).toMatchObject({ status: 'accepted' })
  expect(sortCases(library, { accepted: true }).validation).toHaveLength(0)
  await services.handlers['cases.setRole']({ caseIds: [caseId], role: 'training' })
})

test('a label of some slices is learnt from and measured on; the rest of the scan is still predicted', async () => {
  const { labelVersionId } = await one()
  const partial = (await save(labelVersionId, 1, 2, 255)).version!
  expect((await one()).status).toBe('started')
  const sorted = sortCases(library, { accepted: false })
  expect([sorted.labelled, sorted.predict].map((cases) => cases.map(({ id }) => id))).toEqual([[caseId], [caseId]])
  await services.handlers['cases.setRole']({ caseIds: [caseId], role: 'validation' })
  expect(sortCases(library, { accepted: false }).validation).toHaveLength(1)
  await services.handlers['cases.setRole']({ caseIds: [caseId], role: 'training' })
  await save(partial.id, 1, 2)
})

test('a new proposal leaves every label of a person as it was', async () => {
  const { labelVersionId } = await one()
  const { version } = await save(labelVersionId, 2, 2, 2)
  const before = readLabelFile(library.folder, version!)
  propose(1, 1, 1, 1)
  const now = await one()
  expect(now).toMatchObject({ status: 'labelled', labelVersionId: version!.id })
  expect(now.proposalVersionId).not.toBe(version!.id)
  expect(readLabelFile(library.folder, library.labelVersion(now.labelVersionId!)!)).toEqual(before)
  await expect(async () =>
    services.handlers['reviews.decide']({ proposalId: version!.id, values: [1], decision: 'accepted' }),
  ).rejects.toThrow('not in the project')
})
