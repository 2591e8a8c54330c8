import { describe, expect, it } from 'vitest'
import { pieces } from '../../shared/domain/pieces.ts'
import type { Triple } from '../../shared/domain/geometry.ts'
import type { Label } from '../../shared/domain/records.ts'
import { likeliest } from './classes.ts'
import { finetune } from './finetune.ts'
import { countPieces, keepPieces, keptPieces } from './pieces.ts'
import { predict } from './predict.ts'
import type { PreparedCase } from './prepare.ts'
import { memoryFolder, memoryHost, phantom, phantomLabels, phantomTuning, type Files } from './testing.ts'
import { inMemory } from './voxels.ts'

const shape: Triple = [10, 6, 4]
const voxel = (x: number, y: number, z: number): number => (z * shape[1] + y) * shape[0] + x
type Box = readonly [from: Triple, to: Triple]

/** Boxes of each class (from 1), both ends included. */
function marked(...classes: Box[][]): Uint8Array {
  const label = new Uint8Array(shape[0] * shape[1] * shape[2])
  for (const [k, boxes] of classes.entries()) {
    for (const [from, to] of boxes) {
      for (let z = from[2]; z <= to[2]; z++)
        for (let y = from[1]; y <= to[1]; y++) for (let x = from[0]; x <= to[0]; x++) label[voxel(x, y, z)] = k + 1
    }
  }
  return label
}

function prepared(label: Uint8Array): PreparedCase {
  const voxels = inMemory(shape, new Float32Array(label.length), label)
  const source = { shape, spacing: [1, 1, 1] as Triple, region: { low: [0, 0, 0] as Triple, size: shape } }
  return { id: '', name: '', channels: 1, shape, voxels, labelled: true, mean: 0, foreground: [], source }
}

const left: Box = [
  [0, 0, 0],
  [2, 3, 2],
]
const right: Box = [
  [6, 0, 0],
  [8, 3, 2],
]
const dot: Box = [
  [9, 5, 3],
  [9, 5, 3],
]

describe('countPieces', () => {
  const counts = (...labels: Uint8Array[]) => countPieces(labels.map(prepared), 2)

  it('counts what every labelled scan shows as often, slips of the brush left out', () => {
    expect(counts(marked([left]), marked([right]))).toEqual([0, 1])
    expect(counts(marked([left, right]), marked([left, right]))).toEqual([0, 2])
    expect(counts(marked([left, dot]), marked([right]))).toEqual([0, 1])
    // A corner joins.
    const aslant: Box = [
      [3, 4, 3],
      [5, 4, 3],
    ]
    expect(counts(marked([left, aslant]), marked([left]))).toEqual([0, 1])
  })

  it('counts nothing where scans differ, where one alone shows it, or where volumes are those of lesions', () => {
    expect(counts(marked([left]), marked([left, right]))).toEqual([0, 0])
    expect(counts(marked([left]))).toEqual([0, 0])
    expect(counts(marked([left]), marked([]))).toEqual([0, 0])
    expect(counts(marked([left]), marked([dot]))).toEqual([0, 0])
    // Where a part is unknown, a second piece may lie.
    expect(counts(marked([left]), marked([left]).fill(255, -1))).toEqual([0, 0])
    // More than a few pieces are not counted.
    const dots = [0, 2, 4, 6, 8].map((x): Box => [
      [x, 0, 0],
      [x, 0, 0],
    ])
    expect(counts(marked(dots), marked(dots))).toEqual([0, 0])
  })
})

describe('keptPieces', () => {
  const wish = (value: number, pieces?: 'one' | 'all') => ({ value, name: '', pieces })
  it('counts what is wished for more than what was counted, by the value of a label', () => {
    const counted = [0, 2, 1, 0, 1]
    const labels = [wish(9, 'all'), wish(3, 'one'), wish(5), wish(7, 'one')]
    expect(keptPieces({ pieces: counted, values: [0, 3, 5, 7, 9], labels })).toEqual([0, 1, 1, 1, 0])
  })
  it('wishes are heard, too, where nothing was counted', () => {
    expect(keptPieces({ values: [0, 1, 2], labels: [wish(1, 'one'), wish(2)] })).toEqual([0, 1, 0])
  })
})

describe('keepPieces', () => {
  /** Class slowest: .8 for the class that is marked, the rest shared by the others. */
  function sure(label: Uint8Array, classes: number): Float32Array {
    const result = new Float32Array(label.length * classes)
    for (let k = 0; k < classes; k++) {
      label.forEach((own, v) => (result[k * label.length + v] = own === k ? 0.8 : 0.2 / (classes - 1)))
    }
    return result
  }

  it('keeps the largest pieces of counted classes, touches no other, and leaves doubt where it took one away', () => {
    const label = marked(
      [left, dot],
      [
        right,
        [
          [9, 5, 0],
          [9, 5, 0],
        ],
      ],
    )
    const probabilities = sure(label, 3)
    const before = probabilities.slice()
    keepPieces(probabilities, shape, [0, 1, 0])
    expect(likeliest(probabilities, 3)).toEqual(
      marked(
        [left],
        [
          right,
          [
            [9, 5, 0],
            [9, 5, 0],
          ],
        ],
      ),
    )
    const at = voxel(9, 5, 3)
    const [background, one, two] = [0, 1, 2].map((k) => probabilities[k * label.length + at])
    expect(background + one + two).toBeCloseTo(1)
    expect(background).toBeGreaterThan(one)
    expect(one).toBeGreaterThan(0.4)
    // Nothing else has changed.
    const changed = [...probabilities.keys()].filter((i) => probabilities[i] !== before[i]).map((i) => i % label.length)
    expect(new Set(changed)).toEqual(new Set([at]))
  })

  it('keeps two of a pair, and all where nothing is counted', () => {
    const label = marked([left, right, dot])
    const two = sure(label, 2)
    keepPieces(two, shape, [0, 2])
    expect(likeliest(two, 2)).toEqual(marked([left, right]))
    const all = sure(label, 2)
    keepPieces(all, shape, [0, 0])
    expect(likeliest(all, 2)).toEqual(label)
  })
})

describe('a training', () => {
  it(
    'finds one ball where each labelled scan showed one, and both where it is told to keep all',
    { timeout: 120_000 },
    async () => {
      const phantoms = [0, 1, 2].map((i) => phantom(i))
      // A second bright ball in the scan to predict, smaller than the first.
      const [, , unseen] = phantoms
      const [nx, ny, nz] = unseen.source.shape
      unseen.image.forEach((_, v) => {
        const at = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))]
        if (Math.hypot(at[0] - 0.9 * nx, at[1] - 0.15 * ny, at[2] - 0.2 * nz) < 2.3) unseen.image[v] = 180
      })
      const folders = new Map<string, Files>()
      const labelled = phantoms.slice(0, 2).map(({ source }) => source)
      // What is wished while it learns is not what was counted.
      const wishing = phantomLabels.map((label) => ({ ...label, pieces: 'all' as const }))
      await finetune({ ...phantomTuning(labelled, 60), labels: wishing }, memoryHost(phantoms, folders, 'run'))
      const run = memoryFolder(folders.get('run')!)
      const report = JSON.parse(new TextDecoder().decode((await run.read('report.json'))!))
      expect(report.pieces).toEqual([
        { value: 1, name: 'bright', count: 1 },
        { value: 2, name: 'dim', count: 1 },
      ])
      const found = async (allPieces: boolean, bright?: Label['pieces']) => {
        const files = new Map<string, Uint8Array>()
        const { source } = unseen
        const wish = { kind: 'predict' as const, runId: 'p', seed: 0, device: 'auto', threads: 1, modelFolder: 'run' }
        await predict(
          {
            ...wish,
            weights: 'last',
            entropy: true,
            allPieces,
            labels: phantomLabels.map((label) => (label.value === 1 ? { ...label, pieces: bright } : label)),
            cases: [{ ...source, outputFile: 'found.u8.gz' }],
          },
          memoryHost(phantoms, folders, 'prediction'),
          async (file, content) => void files.set(file, content),
        )
        const marked = files.get('found.u8.gz')!.map((value) => (value === 1 ? 1 : 0))
        const entropy = files.get('found.entropy.u8.gz')!
        return { marked, entropy, count: pieces(marked, source.shape, 'corners').sizes.length - 1 }
      }
      const all = await found(true)
      const kept = await found(false)
      expect(all.count).toBeGreaterThan(1)
      expect(kept.count).toBe(1)
      // What the label set wishes counts for more than what was counted, without training anew.
      expect((await found(false, 'all')).marked).toEqual(all.marked)
      expect((await found(false, 'one')).marked).toEqual(kept.marked)
      // What it left out shows as uncertain.
      const leftOut = [...all.marked.keys()].filter((v) => all.marked[v] === 1 && kept.marked[v] === 0)
      const doubt = leftOut.reduce((sum, v) => sum + kept.entropy[v], 0) / leftOut.length
      expect(doubt).toBeGreaterThan(0.4 * 255)
    },
  )
})
