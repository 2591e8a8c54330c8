import { describe, expect, it } from 'vitest'
import { random } from '../../../shared/domain/random.ts'
import { GivenGrades, type GradeConfig, type PretrainConfig, type TrainerCase } from '../../../shared/domain/trainer.ts'
import { Cancelled } from '../host.ts'
import { pretrain } from '../pretrain.ts'
import { memoryHost, phantom, type Files, type Phantom } from '../testing.ts'
import { grade, gradesFile, predictGrades } from './grade.ts'
import { quadraticKappa } from './kappa.ts'
import { wantedOf } from './network.ts'

describe('quadratic weighted kappa', () => {
  // The worked cases of Kaggle's own metric (ml_metrics), whose grades begin at 1.
  it.each([
    [[0, 1, 2], [0, 1, 2], 3, 1],
    [[0, 1, 0], [0, 1, 1], 2, 0.4],
    [[0, 1, 2, 0, 1, 1, 2], [0, 1, 2, 0, 1, 2, 1], 3, 0.75],
    [[0, 0, 1, 1], [0, 1, 0, 1], 2, 0],
    [[0, 4], [4, 0], 5, -1],
  ])('of %j and %j is known', (a, b, grades, kappa) => expect(quadraticKappa(a, b, grades)).toBeCloseTo(kappa, 12))

  it('punishes a grade far off more than one near by', () => {
    const truth = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    const near = truth.map((g, i) => (i === 0 ? 1 : g))
    const far = truth.map((g, i) => (i === 0 ? 4 : g))
    expect(quadraticKappa(truth, near, 5)!).toBeGreaterThan(quadraticKappa(truth, far, 5)! + 0.2)
  })

  it('is not defined where nothing could differ', () => {
    expect(quadraticKappa([1, 1], [1, 1], 3)).toBeNull()
    expect(quadraticKappa([], [], 3)).toBeNull()
  })
})

it('a grade reaches every threshold below it', () => {
  expect([...wantedOf([0, 2, 4], 4)]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1])
})

const side = 32

/** An image with no, a small, or a large disc somewhere, by its grade; noise all over, three channels. */
function photo(index: number): Phantom & { source: TrainerCase; grade: number } {
  const draw = random(index, 'photo')
  const grade = index % 3
  const [cx, cy] = [0, 1].map(() => draw.uniform(10, side - 10))
  const radius = [0, 4, 9][grade]
  const image = new Float32Array(3 * side * side)
  for (let i = 0; i < image.length; i++) {
    const [x, y] = [i % side, Math.floor(i / side) % side]
    image[i] = 100 + 15 * draw.normal() + (Math.hypot(x - cx, y - cy) < radius ? 100 : 0)
  }
  const source = { ...phantom(index).source, shape: [side, side, 1] as [number, number, number], channels: 3, labelFile: null } // prettier-ignore
  return { source, image, label: new Uint8Array(), grade }
}

const photos = Array.from({ length: 24 }, (_, i) => photo(i))
const common = { runId: 'r', seed: 3, device: 'auto', threads: 2, checkpointSeconds: 1e9, dimensions: 2 as const }
const paper = { cube: side, variant: 'code' as const }
const grading = (steps: number, more: Partial<GradeConfig> = {}): GradeConfig => ({
  kind: 'grade',
  ...common,
  fromFolder: null,
  likeFolder: null,
  recipe: 'handful',
  paper,
  budget: { steps },
  grades: 3,
  cases: photos.slice(0, 15).map(({ source, grade }) => ({ ...source, grade })),
  others: photos.slice(15).map(({ source }) => source),
  ...more,
})
const read = (folders: Map<string, Files>, run: string) =>
  GivenGrades.parse(JSON.parse(new TextDecoder().decode(folders.get(run)!.get(gradesFile))))

describe('grading images', () => {
  it('learns a known answer, and says it of images that it has not seen', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    await grade(grading(60), memoryHost(photos, folders, 'run'))
    const given = read(folders, 'run')
    const truth = photos.slice(15).map((p) => p.grade)
    expect(given.map(({ id }) => id)).toEqual(photos.slice(15).map(({ source }) => source.id))
    expect(quadraticKappa(truth, given.map((g) => g.grade), 3)!).toBeGreaterThan(0.7) // prettier-ignore

    // The model alone says the same again.
    const config = { kind: 'predict-grades' as const, ...common, modelFolder: 'run', cases: grading(1).others }
    await predictGrades(config, memoryHost(photos, folders, 'again'))
    expect(read(folders, 'again')).toEqual(given)
  })

  it.each(['handful', 'paper'] as const)(
    'starts from a pretraining on all images, and resumed ends the same (recipe %s)',
    { timeout: 120_000 },
    async (recipe) => {
      const folders = new Map<string, Files>()
      const pretraining: PretrainConfig = {
        kind: 'pretrain',
        ...common,
        task: 'rotation',
        recipe,
        paper,
        budget: { steps: 1 },
        cases: photos.map(({ source }) => source),
        labels: [],
        probe: [],
      }
      await pretrain(pretraining, memoryHost(photos, folders, 'pre'))
      const config = grading(3, { fromFolder: 'pre', recipe })
      const host = memoryHost(photos, folders, 'whole')
      await grade(config, host)
      expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({
        text: expect.stringMatching(/taken over/),
      })
      await expect(grade(config, memoryHost(photos, folders, 'halves', 1))).rejects.toThrow(Cancelled)
      await grade(config, memoryHost(photos, folders, 'halves'))
      const model = (run: string) => folders.get(run)!.get('model.bin')!
      expect(Buffer.compare(model('halves'), model('whole'))).toBe(0)
      expect(read(folders, 'halves')).toEqual(read(folders, 'whole'))
    },
  )
})
