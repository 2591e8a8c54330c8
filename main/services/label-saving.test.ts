/** Label maps that come in: what is kept, what is refused, and that nothing is lost when two save at once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writePhantom } from '../../tests/integration/phantoms.ts'
import { labelUrl, LabelSaved } from '../../shared/api/contract.ts'
import { readLabelFile } from '../library/index.ts'
import { createServices, type Services } from './index.ts'
import { nameOr } from './person.ts'

const home = mkdtempSync(join(tmpdir(), 'handful-saving-'))
const voxels = 6 * 5 * 4
let services: Services
let caseId: string

beforeAll(async () => {
  services = createServices({ homeFolder: home })
  const { handlers } = services
  writePhantom(join(home, 'scans', 'one.nii.gz'))
  await handlers['project.create']({ folder: join(home, 'project'), name: 'Saving' })
  const { jobId } = await handlers['import.start']({ paths: [join(home, 'scans')], labelFolder: null })
  while ((await handlers['jobs.get']({ jobId })).state === 'running')
    await new Promise((later) => setTimeout(later, 20))
  caseId = (await handlers['cases.list'](undefined))[0].id
  const label = { name: 'Tumour', color: '#e69f00', key: null }
  await handlers['labels.changeSet']({ labels: [{ ...label, value: 3 }] })
})
afterAll(async () => {
  await services.close()
  rmSync(home, { recursive: true })
})

const save = async (parentId: string | null, ...values: number[]): Promise<LabelSaved> => {
  const samples = new Uint8Array(voxels)
  samples.set(values)
  return LabelSaved.parse(await services.upload(labelUrl(caseId, parentId), async () => samples))
}

test('an empty map for a scan without a label is nothing to keep', async () => {
  expect(await save(null)).toEqual({ version: null, overtook: null })
  expect((await services.handlers['cases.list'](undefined))[0].status).toBe('unlabelled')
})

test('each map is a version with its author and parent; the same map again is not', async () => {
  const first = (await save(null, 3, 3)).version!
  expect(first).toMatchObject({ author: nameOr(''), parentId: null, kind: 'label' })
  expect(first.volumes).toEqual([{ value: 3, voxels: 2, millilitres: 0.002 }])
  expect((await save(first.id, 3, 3)).version).toEqual(first)
  const second = (await save(first.id, 3, 3, 255)).version!
  expect(second).toMatchObject({ parentId: first.id })
  // Unknown voxels are kept, and are no volume.
  expect(second.volumes).toEqual(first.volumes)
  expect(readLabelFile(services.context.library!.folder, second)[2]).toBe(255)
  expect((await services.handlers['cases.list'](undefined))[0]).toMatchObject({ labelVersionId: second.id })
})

test('who saves over a version that they did not know keeps both, and is told', async () => {
  const [newest, older] = await services.handlers['labels.versions']({ caseId })
  const { version, overtook } = await save(older.id, 0, 3)
  expect(overtook).toEqual(newest)
  expect(version!.parentId).toBe(older.id)
  expect((await services.handlers['labels.versions']({ caseId })).map(({ id }) => id)).toEqual([
    version!.id,
    newest.id,
    older.id,
  ])
})

test('what does not belong is refused in words, and nothing is written', async () => {
  const before = await services.handlers['labels.versions']({ caseId })
  await expect(save(null, 4)).rejects.toThrow('value 4, which is not in the project')
  await expect(save('label-000', 3)).rejects.toThrow('not in this project')
  const asked: number[] = []
  const refuse = async (bytes: number) => {
    asked.push(bytes)
    throw new Error('too long')
  }
  await expect(services.upload(labelUrl(caseId, null), refuse)).rejects.toThrow('too long')
  expect(asked).toEqual([voxels])
  await expect(services.upload('/labels/case-zzz/none', refuse)).rejects.toThrow('not in the project')
  for (const path of ['/labels/../x/none', '/volume/case-1', `/labels/${caseId}`, `/labels/${caseId}/none/x`])
    expect(await services.upload(path, refuse)).toBeNull()
  expect(await services.handlers['labels.versions']({ caseId })).toEqual(before)
})

test('a label that is deleted goes from every scan as a new version, and comes back where nothing else was drawn', async () => {
  const { handlers, context } = services
  const set = (await handlers['labels.set'](undefined)) as { value: number }[]
  await handlers['labels.changeSet']({
    labels: [
      { value: 5, name: 'First', color: '#009e73', key: 5 },
      { value: 3, name: 'Tumour', color: '#e69f00', key: null },
    ],
  })
  expect(set.map(({ value }) => value)).toEqual([3])
  const newest = context.library!.newestLabelVersion(caseId, 'label')!
  const drawn = (await save(newest.id, 3, 3, 255, 5, 0)).version!
  const read = (id: string) =>
    [...readLabelFile(context.library!.folder, context.library!.labelVersion(id)!)].slice(0, 5)
  const removed = await handlers['labels.remove']({ value: 3 })
  expect(removed.labels.map(({ value }) => value)).toEqual([5])
  expect(removed.versions).toMatchObject([{ parentId: drawn.id, volumes: [{ value: 5, voxels: 1 }] }])
  // The first slice holds an unknown voxel: what was there is unknown again. See shared/domain/partial-labels.ts.
  const [first] = removed.versions
  expect(read(first.id)).toEqual([0, 0, 255, 5, 0])
  await save(first.id, 0, 5, 255, 5, 0)
  const restored = await handlers['labels.restore']({
    label: { value: 3, name: 'Tumour', color: '#e69f00', key: null },
    at: 1,
    versionIds: [drawn.id],
  })
  expect(restored.labels.map(({ value }) => value)).toEqual([5, 3])
  expect(read(restored.versions[0].id)).toEqual([3, 5, 255, 5, 0])
  await expect(Promise.resolve().then(() => handlers['labels.remove']({ value: 77 }))).rejects.toThrow('not in the set')
})

test('an emptied label leaves the scan unlabelled, and its history whole', async () => {
  const { handlers, context } = services
  const before = (await handlers['labels.versions']({ caseId })).length
  const newest = context.library!.newestLabelVersion(caseId, 'label')!
  expect((await handlers['cases.list'](undefined))[0].status).toBe('started')
  await save(newest.id)
  expect((await handlers['cases.list'](undefined))[0].status).toBe('unlabelled')
  expect(context.library!.counts().labelled).toBe(0)
  expect(await handlers['labels.versions']({ caseId })).toHaveLength(before + 1)
})

test('a draft is kept in the project, read back as it is, and forgotten', async () => {
  const body = Uint8Array.of(1, 2, 3)
  const put = (path: string, bytes: Uint8Array) => services.upload(path, async () => bytes)
  const read = async () => {
    const file = await services.files(`/drafts/${caseId}`)
    return file && 'bytes' in file ? [...file.bytes] : null
  }
  expect(await read()).toEqual([])
  expect(await put(`/drafts/${caseId}/3`, body)).toEqual({ kept: 3 })
  expect(await read()).toEqual([1, 2, 3])
  await put(`/drafts/${caseId}/0`, new Uint8Array())
  expect(await read()).toEqual([])
  await expect(put('/drafts/case-zzz/3', body)).rejects.toThrow('not in the project')
  await expect(put(`/drafts/${caseId}/999999999`, body)).rejects.toThrow('too large')
  expect(await put('/drafts/../x/3', body)).toBeNull()
})
