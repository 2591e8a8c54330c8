import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cacheFolder, volumeFile } from './layout.ts'
import { temporaryFolder } from './testing.ts'
import { VolumeDraft } from './volume-draft.ts'

/** Numbers in memory that begins with a page, and one that does not. */
const inPages = (length: number) =>
  new Uint16Array(new WebAssembly.Memory({ initial: 99, maximum: 99, shared: true }).buffer as never, 65536, length)
const between = (length: number) => new Uint16Array(new SharedArrayBuffer(2 * length + 2), 2, length)

const numbered = (samples: Uint16Array<SharedArrayBuffer>, first = 0) => samples.forEach((_, n) => (samples[n] = first + n)) // prettier-ignore
const bytes = ({ buffer, byteOffset, byteLength }: Uint16Array<SharedArrayBuffer>) =>
  Buffer.from(new Uint8Array(buffer, byteOffset, byteLength))

describe('a volume that is written while it is read', () => {
  it.each([
    ['in pages of memory', inPages, true],
    ['anywhere', between, false],
  ])('is whole once every part was added, in whatever order: %s', async (_, allocate, isAligned) => {
    const folder = temporaryFolder()
    const samples = allocate(1_300_001)
    numbered(samples)
    const draft = new VolumeDraft(folder)
    await draft.begin(samples, isAligned)
    const cuts = [0, 5, 1_048_576, 1_048_577, 2_400_000, samples.byteLength]
    for (const n of [3, 0, 4, 2, 1]) {
      expect(await draft.keep('series-a')).toBe(false)
      draft.add(cuts[n], cuts[n + 1])
    }
    expect(await draft.keep('series-a')).toBe(true)
    await draft.discard()
    expect(readFileSync(volumeFile(folder, 'series-a')).equals(bytes(samples))).toBe(true)
    expect(readdirSync(cacheFolder(folder))).toHaveLength(1)
  })

  it('can be begun anew with other samples, fewer or more', async () => {
    for (const [before, after] of [
      [900_000, 1_500_000],
      [1_500_000, 100],
    ]) {
      const folder = temporaryFolder()
      const [old, samples] = [inPages(before), inPages(after)]
      const draft = new VolumeDraft(folder)
      await draft.begin(old, true)
      draft.add(0, old.byteLength)
      numbered(samples, 7)
      await draft.begin(samples, true)
      draft.add(0, samples.byteLength)
      expect(await draft.keep('series-a')).toBe(true)
      expect(readFileSync(volumeFile(folder, 'series-a')).equals(bytes(samples))).toBe(true)
    }
  })

  it('leaves nothing where it is given up', async () => {
    const folder = temporaryFolder()
    mkdirSync(cacheFolder(folder))
    const draft = new VolumeDraft(folder)
    const samples = inPages(2_000_000)
    await draft.begin(samples, true)
    draft.add(0, 3_000_000)
    await draft.discard()
    expect(existsSync(volumeFile(folder, 'series-a'))).toBe(false)
    expect(readdirSync(cacheFolder(folder))).toEqual([])
  })
})
