/** Scans with zeros all about them: what is learnt and predicted is what it would be without. */
import { describe, expect, it } from 'vitest'
import { paste, volumeOf, type Region } from '../imaging/region.ts'
import { finetune } from './finetune.ts'
import { measureFingerprint } from './fingerprint.ts'
import { makePlan } from './plan.ts'
import { predict, readModel } from './predict.ts'
import { likelyOnPlan, prepareCase, wholeOf } from './prepare.ts'
import { memoryFolder, memoryHost, phantom, phantomTuning, type Files, type Phantom } from './testing.ts'

type Triple = [number, number, number]
const inner: Triple = [20, 18, 16]
const shape: Triple = [30, 24, 22]

/** A phantom with zeros about it, at a place of its own. */
function padded(index: number): Phantom {
  const { source, image, label } = phantom(index, inner)
  const region: Region = { low: [2 + (index % 5), 1 + (index % 3), index % 4], size: inner }
  const bytes = new Uint8Array(image.buffer)
  // Four bytes a voxel: rows four times as long.
  const wide = (t: Triple): Triple => [4 * t[0], t[1], t[2]]
  const all = paste(bytes, { low: wide(region.low), size: wide(inner) }, wide(shape))
  return { source: { ...source, shape }, image: new Float32Array(all.buffer), label: paste(label, region, shape) }
}

describe('scans with zeros all about', () => {
  const bare = [0, 1, 2].map((i) => phantom(i, inner))
  const scans = [0, 1, 2].map(padded)
  const sources = scans.map(({ source }) => source)
  const planOf = async (from: Phantom[]) =>
    makePlan(await measureFingerprint(from.map(({ source }) => source), memoryHost(from, new Map(), 'x'))) // prettier-ignore

  it('are planned for as what is left of them', async () => {
    const [whole, cropped] = [await planOf(bare), await planOf(scans)]
    expect(cropped.crop).toEqual(inner.map((n, axis) => n / shape[axis]))
    expect({ ...cropped, crop: null }).toEqual({ ...whole, crop: null })
    expect(likelyOnPlan(sources[0], cropped)).toEqual(inner)
  })

  it('pictures are left whole', async () => {
    const picture = phantom(0, [20, 18, 1])
    picture.image.fill(0, 0, 60)
    expect((await planOf([picture])).crop).toBeUndefined()
  })

  it('are prepared as what is left of them, labels on zeros included', async () => {
    const plan = await planOf(scans)
    const host = memoryHost(scans, new Map(), 'x')
    const { shape: left, source, voxels } = await prepareCase(sources[1], plan, host, { labels: [0, 1, 2] })
    expect(left).toEqual(inner)
    expect(source.region).toEqual({ low: [3, 2, 1], size: inner })
    expect(voxels.box([0, 0, 0], [19, 17, 15])!.label).toEqual(bare[1].label)
    const stray = { ...scans[1], label: scans[1].label.slice() }
    stray.label[0] = 1
    stray.label[volumeOf(shape) - 1] = 255
    const all = await prepareCase(sources[1], plan, memoryHost([stray], new Map(), 'x'), { labels: [0, 1, 2] })
    expect(all.source.region).toEqual({ low: [0, 0, 0], size: [23, 20, 17] })
    expect(wholeOf(all).label![0]).toBe(1)
  })

  it('a scan of zeros alone, and one for a model that does not crop, are prepared whole', async () => {
    const plan = await planOf(scans)
    const zeros = { ...scans[0], image: new Float32Array(volumeOf(shape)) }
    const prepare = (one: Phantom, { crop, ...rest } = plan) =>
      prepareCase(one.source, { ...rest, crop }, memoryHost([one], new Map(), 'x'), { labels: false })
    expect((await prepare(zeros)).shape).toEqual(shape)
    expect((await prepare(scans[0], { ...plan, crop: undefined })).shape).toEqual(shape)
  })

  it(
    'give the network that scans without zeros give, and predictions in their place',
    { timeout: 60_000 },
    async () => {
      const learn = async (from: Phantom[]) => {
        const folders = new Map<string, Files>()
        const host = (name: string) => memoryHost(from, folders, name)
        await finetune(phantomTuning(from.slice(0, 2).map(({ source }) => source), 40), host('run')) // prettier-ignore
        const files = new Map<string, Uint8Array>()
        const wish = { kind: 'predict' as const, runId: 'p', seed: 0, device: 'auto', threads: 1, modelFolder: 'run' }
        const cases = [{ ...from[2].source, outputFile: 'found.u8.gz' }]
        await predict(
          { ...wish, weights: 'last', entropy: true, cases },
          host('p'),
          async (f, c) => void files.set(f, c),
        )
        return { ...(await readModel(memoryFolder(folders.get('run')!))), files }
      }
      const [whole, cropped] = [await learn(bare), await learn(scans)]
      expect(cropped.weights).toEqual(whole.weights)
      const region: Region = { low: [4, 3, 2], size: inner }
      for (const file of ['found.u8.gz', 'found.entropy.u8.gz']) {
        expect(whole.files.get(file)!.some((v) => v > 0)).toBe(true)
        expect(cropped.files.get(file)).toEqual(paste(whole.files.get(file)!, region, shape))
      }
    },
  )
})
