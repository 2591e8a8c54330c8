/** A process killed at any moment of a label write leaves the old version, or the new one, and a project that opens. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createLibrary, newId, openLibrary, readLabelFile, writeLabelFile } from '../../main/library/index.ts'
import { addCase, grid, temporaryFolder } from '../../main/library/testing.ts'

const shape: [number, number, number] = [64, 64, 48]
const library = new URL('../../main/library/index.ts', import.meta.url).href
const testing = new URL('../../main/imaging/geometry.ts', import.meta.url).href

/** Writes version after version, each of one value throughout, until it is killed. */
const writer = (folder: string, caseId: string) => `
import { newId, openLibrary, writeLabelFile } from ${JSON.stringify(library)}
import { makeGeometry } from ${JSON.stringify(testing)}
const library = openLibrary(${JSON.stringify(folder)})
const grid = makeGeometry(${JSON.stringify(shape)}, [[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]])
process.stdout.write('ready')
for (let n = 2; ; n = (n % 200) + 1) {
  const samples = new Uint8Array(${shape[0] * shape[1] * shape[2]})
  for (let v = 0; v < samples.length; v++) samples[v] = v % 3 === 0 ? n : (v * n) % 5
  const written = writeLabelFile(library.folder, newId('label'), samples, grid)
  const parentId = library.newestLabelVersion(${JSON.stringify(caseId)}, 'label')?.id ?? null
  library.insertLabelVersion({ ...written, caseId: ${JSON.stringify(caseId)}, kind: 'label', author: 'x', parentId, modelId: null, created: new Date().toISOString() })
}`

it('survives SIGKILL at random moments', async () => {
  const folder = temporaryFolder()
  const first = createLibrary(folder, 'Study')
  const { caseId } = addCase(first, 'one', shape)
  const written = writeLabelFile(
    folder,
    newId('label'),
    new Uint8Array(shape[0] * shape[1] * shape[2]).fill(1),
    grid(shape),
  )
  const created = new Date().toISOString()
  first.insertLabelVersion({ ...written, caseId, kind: 'label', author: 'x', parentId: null, modelId: null, created })
  first.close()
  const script = join(temporaryFolder(), 'writer.mts')
  writeFileSync(script, writer(folder, caseId))

  let versions = 1
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await new Promise((resume) => setTimeout(resume, 5 + round * 17))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const again = openLibrary(folder)
    const all = again.labelVersions(caseId)
    expect(all.length).toBeGreaterThanOrEqual(versions)
    versions = all.length
    // Every version that the project knows is whole: its hash is that of its file.
    for (const version of all.slice(0, 5))
      expect(readLabelFile(folder, version)).toHaveLength(shape[0] * shape[1] * shape[2])
    again.close()
  }
  expect(versions).toBeGreaterThan(1)
})
