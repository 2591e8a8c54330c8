import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gunzipSync } from 'node:zlib'
import { toCanonical } from '../../main/imaging/canonical.ts'
import { orientationCode } from '../../main/imaging/geometry.ts'
import { readNifti, readNiftiHeader, writeNifti } from '../../main/imaging/nifti.ts'
import { sniff } from '../../main/imaging/sniff.ts'
import { seeded } from '../../main/imaging/testing.ts'
import expected from './expected/nibabel.json' with { type: 'json' }
import { dataFolder, filesBelow, hasData } from './shared-data.ts'

type Expected = { shape: number[]; affine: number[][]; axes: string; mean: number; at: number[]; values: number[] }
const answers = expected.files as Record<string, Expected>
const load = (path: string) => new Uint8Array(readFileSync(path))

/** The .img of a .hdr, if it lies beside it. */
function imageOf(path: string, all: string[]): Uint8Array | undefined {
  const image = all.find((other) => other !== path && /\.img(\.gz)?$/.test(other) && stem(other) === stem(path))
  return /\.hdr(\.gz)?$/.test(path) && image ? load(image) : undefined
}
const stem = (path: string) => path.replace(/\.(hdr|img)(\.gz)?$/, '')

describe.skipIf(!hasData('nifti'))('NIfTI files of other programs', () => {
  const files = hasData('nifti')
    ? filesBelow(join(dataFolder, 'nifti')).filter((path) => /\.(nii|hdr|img)(\.gz)?$/.test(path))
    : []

  it('are what nibabel says, voxel by voxel and place by place', async () => {
    let compared = 0
    for (const [name, answer] of Object.entries(answers)) {
      const path = join(dataFolder, name)
      const read = await readNifti(load(path), { image: imageOf(path, files) })
      if (!read.ok) throw new Error(`${name}: ${read.reason}`)
      const { geometry, channels, samples } = read.volume
      const dims = [...answer.shape, 1, 1, 1]
      expect([...geometry.shape, channels], name).toEqual([...dims.slice(0, 3), dims.slice(3).reduce((a, b) => a * b)])
      expect(orientationCode(geometry.affine), name).toBe(answer.axes)
      answer.affine.forEach((row, r) =>
        row.forEach((v, c) => expect(Math.abs(geometry.affine[r][c] - v), name).toBeLessThan(1e-3)),
      )
      answer.at.forEach((n, i) =>
        expect(Math.abs(samples[n] - answer.values[i]), name).toBeLessThanOrEqual(1e-5 * Math.abs(answer.values[i])),
      )
      let sum = 0
      for (const value of samples) sum += value
      expect(Math.abs(sum / samples.length - answer.mean), name).toBeLessThanOrEqual(1e-4 * Math.abs(answer.mean))
      compared++
    }
    console.log(`compared with nibabel: ${compared} files`)
    expect(compared).toBeGreaterThanOrEqual(40)
  })

  it('in 24 orientations are one identical head', async () => {
    const heads = files.filter((path) => path.includes('orientations-niivue'))
    expect(heads).toHaveLength(24)
    let first: Awaited<ReturnType<typeof canonical>> | undefined
    for (const path of heads) {
      const head = await canonical(path)
      expect(head.code, path).toBe(basename(path).slice(0, 3))
      first ??= head
      expect(head.volume.geometry.shape).toEqual(first.volume.geometry.shape)
      // Exactly the same values; the affines are written as float32 by the program that turned the head.
      expect(
        Buffer.compare(Buffer.from(head.volume.samples.buffer), Buffer.from(first.volume.samples.buffer)),
        path,
      ).toBe(0)
      const { affine } = first.volume.geometry
      head.volume.geometry.affine.forEach((row, r) =>
        row.forEach((v, c) => expect(Math.abs(v - affine[r][c]), path).toBeLessThan(1e-3)),
      )
    }
  })

  async function canonical(path: string) {
    const read = await readNifti(load(path))
    if (!read.ok) throw new Error(read.reason)
    return { code: orientationCode(read.volume.geometry.affine), ...toCanonical(read.volume) }
  }

  it('are all read, or refused with a reason', async () => {
    const refused: string[] = []
    let read = 0
    for (const path of files) {
      const bytes = load(path)
      const found = await sniff(bytes.subarray(0, 4096), path)
      const result =
        found.kind === 'nifti' || found.kind === 'nifti-gz'
          ? await readNifti(bytes, { image: imageOf(path, files) })
          : found
      if ('ok' in result && result.ok) read++
      else refused.push(`${relative(dataFolder, path)}: ${'reason' in result ? result.reason : expect.fail(path)}`)
    }
    console.log(`read ${read} NIfTI files, refused ${refused.length}:\n  ${refused.join('\n  ')}`)
    expect(read).toBeGreaterThanOrEqual(60)
    const reason = (part: string) =>
      refused
        .filter((line) => line.includes(part))
        .map((line) => line.split(': ')[1])
        .join()
    expect(reason('analyze.hdr')).toMatch(/ANALYZE/)
    expect(reason('nibabel/nifti1.hdr')).toMatch(/\.img/)
    expect(reason('dconn')).toMatch(/CIFTI/)
    expect(reason('zero-byte')).toMatch(/0 bytes.*0 bytes/)
    expect(reason('complex/')).toMatch(/complex.*complex/)
    expect(reason('rgb')).toMatch(/colours/)
    expect(reason('not-nifti')).toMatch(/not a NIfTI/)
    expect(reason('fuzz_artifacts')).toMatch(/not a NIfTI|damaged/)
  })

  it('come back from writing as they were', async () => {
    for (const name of Object.keys(answers).filter(
      (name) => name.startsWith('nifti/nibabel') || name.includes('/27/'),
    )) {
      const read = await readNifti(load(join(dataFolder, name)))
      if (!read.ok) throw new Error(read.reason)
      const again = await readNifti(writeNifti({ ...read.volume, formCode: Math.max(1, read.info.formCode) }))
      if (!again.ok) throw new Error(again.reason)
      expect([again.volume.type, again.volume.channels], name).toEqual([read.volume.type, read.volume.channels])
      expect(again.volume.geometry.shape, name).toEqual(read.volume.geometry.shape)
      const { affine } = again.volume.geometry
      read.volume.geometry.affine.forEach((row, r) =>
        row.forEach((v, c) => expect(affine[r][c], name).toBe(Math.fround(v))),
      )
      expect(
        Buffer.compare(Buffer.from(again.volume.samples.buffer), Buffer.from(read.volume.samples.buffer)),
        name,
      ).toBe(0)
    }
  })

  it('mutated by the hundred, neither throw nor hang nor allocate much', async () => {
    const random = seeded(2026)
    const small = files.filter((path) => load(path).length < 100_000)
    const before = process.memoryUsage().arrayBuffers
    let worst = 0
    for (let n = 0; n < 400; n++) {
      const stored = load(small[n % small.length])
      // A gzip body hides its header from mutation, so the bytes inside are mutated as well.
      const bytes = n % 2 && stored[0] === 0x1f ? new Uint8Array(gunzipSync(stored)) : stored
      for (let hit = 0; hit < 1 + (n % 6) && bytes.length > 0; hit++)
        bytes[Math.floor(random() * Math.min(bytes.length, 400))] = Math.floor(random() * 256)
      const cut = n % 5 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length))
      const start = performance.now()
      const results = [await readNifti(cut), await readNiftiHeader(cut.subarray(0, 600))]
      worst = Math.max(worst, performance.now() - start)
      for (const result of results) if (!result.ok) expect(result.reason.length).toBeGreaterThan(20)
    }
    expect(worst).toBeLessThan(2000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(512 * 2 ** 20)
  })
})
