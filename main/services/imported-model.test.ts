import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { encodeTensors } from '../engine/index.ts'
import { createLibrary } from '../library/index.ts'
import { temporaryFolder } from '../library/testing.ts'
import { makePlan } from '../training/plan.ts'
import { packModel, unpackModel } from './model-file.ts'
import { describeModel, exportModel, importModel } from './models.ts'
import { readReport } from './run-results.ts'

const labels = [
  { value: 2, name: 'Cord', color: '#e69f00', key: 1 },
  { value: 5, name: 'Tumour', color: '#56b4e9', key: null },
]
const header = { name: 'Neck', created: '2026-01-02T03:04:05.000Z', madeWith: 'Handful 0.1.0', labels, steps: 10, cases: 3, pretrained: true, dice: 0.8 } // prettier-ignore
const plan = makePlan({
  cases: [{ id: 'a', shape: [40, 30, 20], spacing: [1, 1, 2], nonzero: [40, 15, 20] }],
  modality: 'MR',
  channels: 1,
  intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
})

it('a model from a file tells its plan, and how many pieces are kept', () => {
  const library = createLibrary(temporaryFolder(), 'Study')
  const meta = { kind: 'segmentation', plan, values: [0, 2, 5], labels, pieces: [0, 1, 0], steps: 10 }
  const weights = encodeTensors(new Map([['a', Float32Array.of(1, 2, 3)]]), meta)
  const { id } = importModel(library, packModel(header, weights))
  expect(describeModel(library, id)).toMatchObject({ plan, pieces: [{ value: 2, name: 'Cord', count: 1 }] })
  expect(readReport(library, library.model(id)!.runId).values).toEqual([0, 2, 5])
  library.setLabels([
    { ...labels[0], pieces: 'all' },
    { ...labels[1], pieces: 'one' },
  ])
  expect(describeModel(library, id).pieces).toEqual([{ value: 5, name: 'Tumour', count: 1 }])
  library.close()
})

it('a model goes out with the labels that it knows, whatever the set has become', () => {
  const library = createLibrary(temporaryFolder(), 'Study')
  const meta = { kind: 'segmentation', plan, values: [0, 2, 5], labels, steps: 10 }
  const weights = encodeTensors(new Map([['a', Float32Array.of(1, 2, 3)]]), meta)
  const model = importModel(library, packModel(header, weights))
  // One is renamed, one deleted, one is new.
  library.setLabels([
    { ...labels[0], name: 'Spinal cord' },
    { ...labels[1], value: 7, name: 'Heart' },
  ])
  const { header: out } = unpackModel(readFileSync(exportModel(library, model, temporaryFolder())))
  expect(out.labels.map(({ value, name }) => [value, name])).toEqual([
    [2, 'Spinal cord'],
    [5, 'Tumour'],
  ])
  // One that is not in the set is not painted: no reason to refuse the model.
  library.setLabels([labels[0]])
  expect(importModel(library, packModel(header, weights)).name).toContain('imported')
  library.setLabels([])
  expect(unpackModel(readFileSync(exportModel(library, model, temporaryFolder()))).header.labels).toEqual(labels)
  // A set that has something else under a value that the model knows is none for it.
  library.setLabels([labels[0], { ...labels[1], name: 'Heart' }])
  expect(() => importModel(library, packModel({ ...header, labels: [labels[0]] }, weights))).toThrow(
    "not this project's",
  )
  library.close()
})
