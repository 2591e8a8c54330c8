import { expect, it } from 'vitest'
import { checkLabels, classValues, shownLabels, toClasses, toValues } from './classes.ts'
import { finetune } from './finetune.ts'
import { TrainingError } from './host.ts'
import { predict, readModel } from './predict.ts'
import type { PreparedCase } from './prepare.ts'
import { memoryFolder, memoryHost, phantom, phantomLabels, phantomTuning, type Files } from './testing.ts'
import { inMemory } from './voxels.ts'

const label = (value: number, name: string) => ({ value, name, color: '#ff0000', key: null })
const prepared = (name: string, marks: number[]): PreparedCase => ({
  id: name,
  name,
  channels: 1,
  shape: [marks.length, 1, 1],
  voxels: inMemory([marks.length, 1, 1], new Float32Array(marks.length), Uint8Array.from(marks)),
  labelled: true,
  mean: 0,
  foreground: [...new Set(marks)]
    .filter((v) => v % 255 !== 0)
    .map((value) => ({ value, voxels: [marks.indexOf(value)] })),
  source: { shape: [marks.length, 1, 1], spacing: [1, 1, 1], region: { low: [0, 0, 0], size: [marks.length, 1, 1] } },
})

it('numbers classes without gaps, there and back; values of no label are unknown', () => {
  const values = classValues([label(200, 'b'), label(7, 'a')])
  expect(values).toEqual([0, 7, 200])
  expect([...toClasses(Uint8Array.of(0, 7, 200, 9, 255), values)]).toEqual([0, 1, 2, 255, 255])
  expect([...toValues(Uint8Array.of(0, 1, 2), values)]).toEqual([0, 7, 200])
})

it('tells of labels that no case shows and of cases that show none, and refuses where nothing is marked', () => {
  const host = memoryHost([], new Map(), 'x')
  const labels = [label(1, 'Liver'), label(2, 'Spleen')]
  checkLabels([prepared('one', [0, 1]), prepared('two', [0, 0])], labels, host)
  const notices = host.messages.flatMap((m) => (m.type === 'notice' ? [m.text] : []))
  expect(notices[0]).toMatch(/No labelled case shows Spleen/)
  expect(notices[1]).toMatch(/Nothing is marked in two/)
  expect(() => checkLabels([prepared('two', [0, 255])], labels, host)).toThrow(TrainingError)
})

it('a label that no case shows is no class of the network, which so can not mark it', { timeout: 60_000 }, async () => {
  const phantoms = [0, 1].map((i) => phantom(i))
  const folders = new Map<string, Files>()
  const host = memoryHost(phantoms, folders, 'run')
  const [bright, dim] = phantomLabels
  const labels = [dim, label(7, 'Cyst'), bright]
  const cases = phantoms.map(({ source }) => source)
  expect(await shownLabels(cases, labels, host)).toEqual([dim, bright])
  expect(await shownLabels([{ ...cases[0], labelFile: null }], labels, host)).toEqual([])
  const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9, budget: { steps: 2 } }
  await finetune({ kind: 'finetune', ...common, fromFolder: null, likeFolder: null, watch: [], cases, labels }, host)
  expect((await readModel(memoryFolder(folders.get('run')!))).values).toEqual([0, 1, 2])
  expect(host.messages).toContainEqual(
    expect.objectContaining({ text: expect.stringMatching(/No labelled case shows Cyst/), warning: true }),
  )
})

it('learns label values with gaps as it learns those without', { timeout: 60_000 }, async () => {
  const phantoms = Array.from({ length: 3 }, (_, i) => phantom(i))
  const spread = [0, 20, 254]
  const sparse = phantoms.map((p) => ({ ...p, label: p.label.map((value) => spread[value]) }))
  const learnt = async (scans: typeof phantoms, values: number[], set?: number[]) => {
    const folders = new Map<string, Files>()
    const labelled = scans.slice(0, 2).map((p) => p.source)
    const tuning = phantomTuning(labelled, 12, { labels: values.map((value) => label(value, `l${value}`)) })
    await finetune(tuning, memoryHost(scans, folders, 'model'))
    let map: Uint8Array | null = null
    const cases = [{ ...scans[2].source, outputFile: 'out' }]
    const host = memoryHost(scans, folders, 'predict')
    await predict(
      {
        kind: 'predict',
        runId: 'r',
        seed: 5,
        device: 'auto',
        threads: 1,
        modelFolder: 'model',
        weights: 'last',
        cases,
        labels: set?.map((value) => label(value, `l${value}`)),
      },
      host,
      async (_, labels) => {
        map = labels
      },
    )
    return { map: map! as Uint8Array, size: folders.get('model')!.get('checkpoint.bin')!.length }
  }
  const dense = await learnt(phantoms, [1, 2])
  const gaps = await learnt(sparse, [20, 254])
  expect(gaps.map).toEqual(dense.map.map((value) => spread[value]))
  // A label that has been deleted since is painted no more, not even where another one is new.
  const deleted = await learnt(sparse, [20, 254], [20, 7])
  expect(dense.map).toContain(2)
  expect(deleted.map).toEqual(gaps.map.map((value) => (value === 254 ? 0 : value)))
  // A class more would be some hundred weights more; the text of the seconds taken varies by some bytes.
  expect(Math.abs(gaps.size - dense.size)).toBeLessThan(64)
})
