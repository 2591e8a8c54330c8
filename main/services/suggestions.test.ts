/** Which scan to label next: what is unlike the labelled ones first, then where the model is unsure. */
import { expect, onTestFinished, test } from 'vitest'
import { createLibrary, writeCache, type Library } from '../library/index.ts'
import { addCase, grid, temporaryFolder } from '../library/testing.ts'
import { suggestCase } from './suggestions.ts'

function library(): Library {
  const made = createLibrary(temporaryFolder(), 'Next')
  onTestFinished(() => made.close())
  return made
}

/** A scan that is bright on one side: the kind of anatomy that it stands for. */
async function addScan(to: Library, name: string, side: 'left' | 'right', noise = 0): Promise<string> {
  const { caseId, seriesId } = addCase(to, name, [8, 8, 8])
  const samples = Float32Array.from(
    { length: 512 },
    (_, n) => Number((side === 'left') === n % 8 < 4) + noise * (n % 5),
  )
  await writeCache(to.folder, seriesId, { geometry: grid([8, 8, 8]), channels: 1, type: 'float32', samples })
  return caseId
}

function addVersion(
  to: Library,
  caseId: string,
  kind: 'label' | 'proposal',
  voxels: number,
  uncertainty?: number,
): string {
  const id = `label-${Math.random().toString(36).slice(2)}`
  const rest = { author: 'you', parentId: null, modelId: null, created: '', sha256: '' }
  const volumes = voxels > 0 ? [{ value: 1, voxels, millilitres: 1 }] : []
  to.insertLabelVersion({ id, caseId, kind, ...rest, volumes, uncertainty })
  return id
}

test('before any label: one of the commoner kind; then one of the other kind', async () => {
  const project = library()
  const left = await Promise.all([0.01, 0.02, 0.03].map((noise, n) => addScan(project, `left ${n}`, 'left', noise)))
  const right = await Promise.all([0.01, 0.02].map((noise, n) => addScan(project, `right ${n}`, 'right', noise)))
  const first = await suggestCase(project)
  expect(first).toEqual({ caseId: left[1], reason: { kind: 'typical', of: 5 } })
  addVersion(project, left[1], 'label', 5)
  const second = (await suggestCase(project))!
  expect(right).toContain(second.caseId)
  expect(second.reason).toEqual({ kind: 'different', standsFor: 2, of: 5 })
})

test('with proposals: the least sure; where nothing was found before that; a rejected one first of all', async () => {
  const project = library()
  const scans = await Promise.all(['a', 'b', 'c', 'd'].map((name) => addScan(project, name, 'left')))
  scans.slice(0, 3).forEach((id, n) => addVersion(project, id, 'proposal', 9, [0.2, 0.6, 0.4][n]))
  expect(await suggestCase(project)).toEqual({
    caseId: scans[1],
    reason: { kind: 'unsure', uncertainty: 0.6, median: 0.4, of: 3 },
  })
  const empty = addVersion(project, scans[3], 'proposal', 0)
  expect(await suggestCase(project)).toEqual({ caseId: scans[3], reason: { kind: 'nothing-found' } })
  project.insertReview({ proposalId: empty, value: 0, decision: 'rejected', author: 'you', created: '' })
  expect(await suggestCase(project)).toEqual({ caseId: scans[3], reason: { kind: 'rejected' } })
})

test('validation scans are never suggested, and nothing where all is labelled', async () => {
  const project = library()
  const kept = await addScan(project, 'kept', 'left')
  project.setCaseRole(kept, 'validation')
  expect(await suggestCase(project)).toBeNull()
})
