import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Label } from '../../shared/domain/records.ts'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { newId } from './ids.ts'
import { readLabelFile, writeLabelFile } from './label-files.ts'
import { completeLabels } from './label-colours.ts'
import { databaseFile, labelFile } from './layout.ts'
import { createLibrary, openLibrary, type Library } from './library.ts'
import { addCase, grid, temporaryFolder } from './testing.ts'

function addVersion(library: Library, caseId: string, kind: 'label' | 'proposal', samples: Uint8Array): string {
  const written = writeLabelFile(library.folder, newId('label'), samples, grid([4, 3, 2]))
  const parentId = library.newestLabelVersion(caseId, kind)?.id ?? null
  const created = new Date().toISOString()
  library.insertLabelVersion({ ...written, caseId, kind, author: 'imported', parentId, modelId: null, created })
  return written.id
}

const samples = (fill: number) => new Uint8Array(24).fill(fill)

describe('cases and label versions', () => {
  it('have names of their own, whatever the case of the letters', () => {
    const library = createLibrary(temporaryFolder(), 'Study')
    addCase(library, 'Scan')
    expect(library.freeCaseName('scan')).toBe('scan (2)')
    addCase(library, library.freeCaseName('scan'))
    expect(library.freeCaseName('SCAN')).toBe('SCAN (3)')
    library.close()
  })

  it('follow what there is: unlabelled, proposed, labelled; a proposal never takes the place of a label', () => {
    const library = createLibrary(temporaryFolder(), 'Study')
    const { caseId } = addCase(library, 'one')
    expect(library.case(caseId)?.status).toBe('unlabelled')
    const proposal = addVersion(library, caseId, 'proposal', samples(1))
    expect(library.case(caseId)).toMatchObject({
      status: 'proposed',
      labelVersionId: null,
      proposalVersionId: proposal,
    })
    const first = addVersion(library, caseId, 'label', samples(2))
    const second = addVersion(library, caseId, 'label', samples(3))
    addVersion(library, caseId, 'proposal', samples(1))
    expect(library.case(caseId)).toMatchObject({ status: 'labelled', labelVersionId: second })
    expect(library.labelVersion(second)?.parentId).toBe(first)
    expect(library.labelVersions(caseId)).toHaveLength(4)
    expect(library.describe()).toMatchObject({ cases: 1, labelled: 1 })
    library.close()
  })

  it('are append-only, also for SQL written by mistake', () => {
    const library = createLibrary(temporaryFolder(), 'Study')
    const { caseId } = addCase(library, 'one')
    addVersion(library, caseId, 'label', samples(1))
    library.close()
    const db = new Database(databaseFile(library.folder))
    expect(() => db.exec("UPDATE label_version SET author = 'someone'")).toThrow('append-only')
    db.close()
  })

  it('measure what they hold, and notice when the file was changed', () => {
    const library = createLibrary(temporaryFolder(), 'Study')
    const { caseId } = addCase(library, 'one')
    const map = new Uint8Array(24)
    map.set([5, 5, 7])
    const id = addVersion(library, caseId, 'label', map)
    const version = library.labelVersion(id)
    if (!version) throw new Error('missing')
    expect(version.volumes).toEqual([
      { value: 5, voxels: 2, millilitres: 0.002 },
      { value: 7, voxels: 1, millilitres: 0.001 },
    ])
    expect(readLabelFile(library.folder, version)).toEqual(map)
    writeFileSync(labelFile(library.folder, id), gzipSync(samples(9)))
    expect(() => readLabelFile(library.folder, version)).toThrow('changed outside Handful')
    library.close()
  })

  it('count runs as interrupted when the program that ran them is gone', () => {
    const folder = temporaryFolder()
    const library = createLibrary(folder, 'Study')
    const run = {
      kind: 'pretrain',
      state: 'running',
      task: 'rotation',
      recipe: 'handful',
      fromRunId: null,
      modelId: null,
    } as const
    const rest = {
      seed: 0,
      cases: [],
      device: null,
      step: 3,
      steps: 9,
      created: '',
      started: '',
      finished: null,
      reason: null,
    }
    library.insertRun({ id: 'pretrain-1', ...run, ...rest }, null)
    library.close()
    const again = openLibrary(folder)
    expect(again.run('pretrain-1')).toMatchObject({ state: 'interrupted', step: 3 })
    again.close()
  })
})

it('the label set keeps what predictions keep of a label', () => {
  const folder = temporaryFolder()
  const library = createLibrary(folder, 'Study')
  const label = { value: 1, name: 'Cord', color: '#112233', key: 1 }
  const set: Label[] = [
    { ...label, pieces: 'all' },
    { ...label, value: 2, name: 'Tumour', key: null },
  ]
  library.setLabels(set)
  library.close()
  const again = openLibrary(folder)
  expect(again.labels()).toEqual(set)
  expect(Object.keys(again.labels()[1])).not.toContain('pieces')
  again.close()
})

describe('default labels', () => {
  it('get a name, a key up to 9 and a colour that no other has', () => {
    const set = completeLabels(
      [],
      Array.from({ length: 254 }, (_, n) => n + 1),
    )
    expect(set[0]).toMatchObject({ value: 1, name: 'Label 1', key: 1 })
    expect(set[9]).toMatchObject({ value: 10, key: null })
    expect(new Set(set.map((label) => label.color)).size).toBe(254)
    expect(set.every((label) => /^#[0-9a-f]{6}$/.test(label.color))).toBe(true)
  })

  it('keep what was named already', () => {
    const named = { value: 2, name: 'Liver', color: '#112233', key: 2 }
    expect(completeLabels([named], [0, 1, 2]).map((label) => label.name)).toEqual(['Liver', 'Label 1'])
  })
})
