import { mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { Ahead } from './ahead.ts'
import { rawHash } from './bytes.ts'
import { doPart } from './parts.ts'
import { startThreads } from './threads.ts'
import { walk } from './walk.ts'
import { dicomFile, sliceFields } from '../../imaging/dicom/testing.ts'
import { groupSeries, readHeader } from '../../imaging/dicom.ts'
import { storedFiles } from '../../imaging/dicom/fill.ts'
import { placementOf } from '../../imaging/dicom/placement.ts'

// On a single core there is no other thread.
it.runIf(availableParallelism() > 1)(
  'files are hashed while others are looked at, and no more once that is over',
  async () => {
    await startThreads()
    const folder = mkdtempSync(join(tmpdir(), 'handful-ahead-'))
    for (let n = 0; n < 5; n++) writeFileSync(join(folder, `${n}.dcm`), `file ${n}`)
    const { files } = walk([folder])
    const ahead = new Ahead(files)
    ahead.pass(files[0], true)
    ahead.pass(files[1], false)
    ahead.pass(files[2], true)
    await vi.waitFor(() => expect(ahead.hashOf(files[2].path)).not.toBeNull(), 20_000)
    ahead.stop()
    ahead.pass(files[3], true)
    const expected = { hash: new Uint8Array(rawHash(Buffer.from('file 0'))), size: 6, modifiedMs: files[0].modifiedMs }
    expect(ahead.hashOf(files[0].path)).toEqual(expected)
    expect([1, 3, 4].map((n) => ahead.hashOf(files[n].path))).toEqual([null, null, null])
    expect(ahead.hashOf('another')).toBeNull()
  },
)

it('a file that was changed since it was hashed is hashed again', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'handful-ahead-')), 'slice.dcm')
  const bytes = dicomFile(sliceFields(0))
  writeFileSync(path, bytes)
  utimesSync(path, 1e9, 1e9)
  const read = await readHeader(bytes)
  if (!read.ok) throw new Error(read.reason)
  const [plan] = groupSeries([read.header])
  if (!plan.ok) throw new Error(plan.reason)
  const hashes = async (known: { hash: Uint8Array; size: number; modifiedMs: number }) => {
    const memory = new SharedArrayBuffer(24)
    const done = await doPart(
      {
        kind: 'fill',
        parts: [{ files: storedFiles(plan.slices), sources: [{ path, known }] }],
        task: { placement: placementOf(plan.geometry.shape), toMend: false },
        samples: { type: 'int16', memory, offset: 0, length: 12 },
      },
      0,
    )
    return done.ok && Buffer.from(done.hashes[0]).toString('hex')
  }
  const [own, said] = [rawHash(readFileSync(path)).toString('hex'), Buffer.alloc(32, 7)]
  const { size, mtimeMs } = statSync(path)
  expect(await hashes({ hash: said, size, modifiedMs: mtimeMs })).toBe(said.toString('hex'))
  expect(await hashes({ hash: said, size, modifiedMs: mtimeMs - 1 })).toBe(own)
  expect(await hashes({ hash: said, size: size - 1, modifiedMs: mtimeMs })).toBe(own)
})
