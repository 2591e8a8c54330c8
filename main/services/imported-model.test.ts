import { expect, it } from 'vitest'
import { encodeTensors } from '../engine/index.ts'
import { createLibrary } from '../library/index.ts'
import { temporaryFolder } from '../library/testing.ts'
import { makePlan } from '../training/plan.ts'
import { packModel } from './model-file.ts'
import { describeModel, importModel } from './models.ts'

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
  library.setLabels([
    { ...labels[0], pieces: 'all' },
    { ...labels[1], pieces: 'one' },
  ])
  expect(describeModel(library, id).pieces).toEqual([{ value: 5, name: 'Tumour', count: 1 }])
  library.close()
})
