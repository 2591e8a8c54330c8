/** Archives made to harm: nothing is written outside, nothing much is written at all. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync, type Zippable } from 'fflate'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { unpackZip } from './zip.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'handful-bomb-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** Unpacks; `change` gets the bytes and where each entry of the central directory begins. */
async function unpack(files: Zippable, change: (view: DataView, entries: number[]) => void = () => {}) {
  const bytes = Buffer.from(zipSync(files))
  const entries: number[] = []
  const mark = Buffer.from([0x50, 0x4b, 1, 2])
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 4)) entries.push(at)
  change(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), entries)
  writeFileSync(join(folder, 'study.zip'), bytes)
  return unpackZip(join(folder, 'study.zip'), join(folder, 'unpacked'), 'study', () => true)
}
const written = () => (existsSync(join(folder, 'unpacked')) ? readdirSync(join(folder, 'unpacked'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : []) // prettier-ignore

it('refuses files that would fill the disk, before it writes one', async () => {
  const { bavail, bsize } = statfsSync(folder)
  const claimed = 0xfffffffe
  const files = Math.ceil((bavail * bsize) / claimed) + 1
  if (files > 20_000) return
  const names = Array.from({ length: files }, (_, i) => [`slice${i}`, strToU8('x')] as const)
  const result = await unpack(Object.fromEntries(names), (view, entries) => {
    for (const at of entries) view.setUint32(at + 24, claimed, true)
  })
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/Unpacked it needs .* GB/) })
  expect(written()).toEqual([])
})

it('refuses files that share their bytes', async () => {
  const zeros = new Uint8Array(2 ** 20)
  const result = await unpack({ a: zeros, b: zeros, c: zeros }, (view, entries) => {
    // Each claims the bytes of all that comes after it.
    for (const at of entries) view.setUint32(at + 20, entries[0] - view.getUint32(at + 42, true) - 40, true)
  })
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/overlap/) })
  expect(written()).toEqual([])
})

it('stops at the size that was claimed', async () => {
  const result = await unpack({ honest: strToU8('hello'), bomb: new Uint8Array(2 ** 24) }, (view, entries) =>
    view.setUint32(entries[1] + 24, 1000, true),
  )
  expect(result).toMatchObject({ ok: true, skipped: [{ name: 'bomb', reason: expect.stringMatching(/damaged/) }] })
  expect(written().map(({ name }) => name)).toEqual(['honest'])
})

it.each(['../evil', 'a/../../evil', '/evil', 'C:\\evil', '..\\evil', 'a\0evil'])('writes nothing for the name %j', async (name) => {
  const result = await unpack({ [name]: strToU8('evil') })
  expect(result.ok && result.skipped).toHaveLength(1)
  expect(written()).toEqual([])
  expect(existsSync(join(folder, 'evil'))).toBe(false)
}) // prettier-ignore
