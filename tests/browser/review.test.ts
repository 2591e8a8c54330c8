/**
 * The whole journey in the page, on real scans (the demo's, written as DICOM series): import, label three, train, cancel,
 * resume, accept one proposal, edit one, reject one, train again with the trainer killed on the way, export as DICOM SEG,
 * and read that back.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { dicomFile } from '../../main/imaging/dicom/testing.ts'
import { layout, readCacheHeader, readLabelFile } from '../../main/library/index.ts'
import { createServices, type Services } from '../../main/services/index.ts'
import { labelUrl } from '../../shared/api/contract.ts'
import { sampleArrays } from '../../shared/domain/volume.ts'
import { nameOr } from '../../main/services/person.ts'
import { browserPath } from './app.ts'
import { HomePage, ImportDialog, Labelling, TrainPanel, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const minute = 60_000
const scratch = mkdtempSync(join(tmpdir(), 'handful-review-'))
const scans = join(scratch, 'scans')

/** Six of the demo's scans as DICOM series, and the labels of the labelled ones by name. */
async function writeSeries(): Promise<Map<string, Uint8Array>> {
  const services = createServices({ homeFolder: join(scratch, 'demo') })
  const labels = new Map<string, Uint8Array>()
  try {
    await services.handlers['project.demo'](undefined)
    const library = services.context.library!
    const pool = library.cases().filter(({ role }) => role === 'training')
    const chosen = [...pool.filter((c) => c.labelVersionId), ...pool.filter((c) => !c.labelVersionId)].slice(0, 6)
    for (const [n, one] of chosen.entries()) {
      const header = readCacheHeader(library.folder, one.seriesId)!
      const bytes = readFileSync(layout.volumeFile(library.folder, one.seriesId))
      const kind = sampleArrays[header.type]
      const samples = new kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
      const [nx, ny, nz] = header.shape
      mkdirSync(join(scans, one.name), { recursive: true })
      for (let z = 0; z < nz; z++) {
        const [x0, y0, z0] = header.affine.map((row) => row[2] * z + row[3])
        const slice = Uint16Array.from(samples.subarray(z * nx * ny, (z + 1) * nx * ny), (v) =>
          Math.max(0, Math.round(v)),
        )
        const uid = `2.25.${1000 + n}`
        const file = dicomFile({
          '00080008': 'ORIGINAL\\PRIMARY',
          '00080016': '1.2.840.10008.5.1.4.1.1.4',
          '00080018': `${uid}.1.${z + 1}`,
          '00080060': 'MR',
          '0008103e': one.name,
          '00100010': 'Doe^Jane',
          '00100020': `P${n}`,
          '0020000d': `${uid}.2`,
          '0020000e': `${uid}.3`,
          '00200052': `${uid}.4`,
          '00200013': `${z + 1}`,
          // To the patient's right and to the front: the canonical order, in DICOM's directions.
          '00200032': [-x0, -y0, z0].join('\\'),
          '00200037': '-1\\0\\0\\0\\-1\\0',
          '00280002': 1,
          '00280004': 'MONOCHROME2',
          '00280010': ny,
          '00280011': nx,
          '00280030': `${header.spacing[1]}\\${header.spacing[0]}`,
          '00280100': 16,
          '00280101': 16,
          '00280102': 15,
          '00280103': 0,
          '7fe00010': new Uint8Array(slice.buffer),
        })
        writeFileSync(join(scans, one.name, `${z}.dcm`), file)
      }
      if (one.labelVersionId)
        labels.set(one.name, readLabelFile(library.folder, library.labelVersion(one.labelVersionId)!))
    }
    return labels
  } finally {
    await services.close()
  }
}

describe.skipIf(!browserPath)('the journey', () => {
  let worklist: Worklist
  let panel: TrainPanel
  let drawn: Map<string, Uint8Array>
  let services: Services
  const cases = () => services.handlers['cases.list'](undefined)
  const mapOf = (versionId: string | null) => {
    const library = services.context.library!
    return readLabelFile(library.folder, library.labelVersion(versionId!)!)
  }
  const ended = (name: string) => panel.heading(name).waitFor({ timeout: 6 * minute })

  // What is named first is done last: the app is closed by then.
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  const app = withApp(async () => {
    drawn = await writeSeries()
    services = app.services
  }, 2 * minute)

  it('imports six series, and says which scan to label first', async () => {
    worklist = await new HomePage(app.page).newProject('Journey', app.home)
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.run()
    await dialog.done()
    await expect.poll(() => worklist.count()).toBe(6)
    await app.page.locator('[data-next]').getByText('The most typical of your 6 scans.').waitFor()
  })

  it('labels three: two brought in, one corrected with the brush', async () => {
    const colours = ['#e69f00', '#56b4e9']
    const labels = ['Anterior', 'Posterior'].map((name, n) => ({ value: n + 1, name, color: colours[n], key: n + 1 }))
    await services.handlers['labels.changeSet']({ labels })
    const list = await cases()
    for (const [name, samples] of drawn) {
      const one = list.find((entry) => entry.name.includes(name))!
      expect(await services.upload(labelUrl(one.id, null), async () => samples)).toMatchObject({ overtook: null })
    }
    await app.page.reload()
    await app.page.getByText('3 labelled').waitFor()
    const [first] = (await cases()).filter((entry) => entry.labelVersionId)
    const view = await worklist.open(first.name)
    await expect.poll(() => view.pixelsOf('axial', colours[0])).toBeGreaterThan(0)
    const labelling = new Labelling(app.page)
    await labelling.take('Brush')
    await labelling.stroke('axial', [0, 0], [2, 1])
    await labelling.saved()
    expect((await cases()).find(({ id }) => id === first.id)!.labelVersionId).not.toBe(first.labelVersionId)
  })

  it(
    'trains, is cancelled and resumed',
    async () => {
      panel = await TrainPanel.open(app.page)
      await panel.setTask('Restore hidden parts')
      await panel.setMinutes(0.4)
      await app.page.locator('[data-task-picture] canvas').first().waitFor()
      await app.page.getByLabel('Also train a twin from scratch').uncheck()
      await app.page.getByText(/about \d+\.\d GB of memory/).waitFor()
      await expect.poll(() => panel.start.isEnabled()).toBe(true)
      await panel.start.click()
      await panel.stage('pretrain', 'running').waitFor({ timeout: minute })
      await app.page.getByRole('button', { name: 'Cancel training' }).click()
      await ended('Training was cancelled')
      await app.page.getByRole('button', { name: 'Resume' }).click()
      await ended('Training finished')
      const list = await cases()
      expect(list.filter(({ status }) => status === 'proposed')).toHaveLength(3)
      expect(list.filter(({ status }) => status === 'labelled')).toHaveLength(3)
    },
    8 * minute,
  )

  it('accepts one proposal, edits one, rejects one; undo takes a decision back', async () => {
    const [one, two, three] = (await cases()).filter(({ status }) => status === 'proposed')
    const statusOf = async (id: string) => (await cases()).find((entry) => entry.id === id)!.status
    const labelling = new Labelling(app.page)

    await worklist.open(one.name)
    await app.page.getByRole('button', { name: 'Accept', exact: true }).click()
    await labelling.saved()
    await expect.poll(() => statusOf(one.id)).toBe('accepted')
    const accepted = (await cases()).find(({ id }) => id === one.id)!
    expect(Buffer.from(mapOf(accepted.labelVersionId)).equals(mapOf(one.proposalVersionId))).toBe(true)

    await app.page.keyboard.press('u')
    await labelling.view.shows(two.name)
    await app.page.getByRole('button', { name: 'Accept and edit' }).click()
    await labelling.saved()
    await labelling.stroke('axial', [-6, -6], [-4, -4])
    await labelling.saved()
    await expect.poll(() => statusOf(two.id)).toBe('labelled')

    await app.page.keyboard.press('u')
    await labelling.view.shows(three.name)
    await app.page.keyboard.press('Control+Backspace')
    await app.page.locator('[data-review="rejected"]').waitFor()
    await app.page.keyboard.press('Control+z')
    await expect.poll(() => statusOf(three.id)).toBe('proposed')
    await app.page.locator('[data-review="proposed"]').waitFor()
    await app.page.keyboard.press('Control+Shift+z')
    await expect.poll(() => statusOf(three.id)).toBe('rejected')

    const log = await services.handlers['reviews.list']({ caseId: one.id })
    expect(log.every(({ author, decision }) => author === nameOr('') && decision === 'accepted')).toBe(true)
    await app.page.locator('[data-next]').getByText('You rejected its proposal').waitFor()
  })

  it(
    'trains again with what was accepted; a killed trainer loses nothing that was finished',
    async () => {
      await TrainPanel.open(app.page)
      await app.page.getByRole('button', { name: 'Train again…' }).click()
      await app.page.getByText('Learns from 6 scans, 5 of them labelled.').waitFor()
      await app.page.getByLabel('Learn from 1 accepted proposal too').uncheck()
      await app.page.getByText('Learns from 6 scans, 4 of them labelled.').waitFor()
      await app.page.getByLabel('Learn from 1 accepted proposal too').check()
      const before = (await cases()).map(({ labelVersionId }) => labelVersionId)
      await panel.start.click()
      await panel.stage('finetune', 'running').waitFor({ timeout: minute })
      const { runId } = services.context.activeRun!
      const { pid } = JSON.parse(
        readFileSync(join(layout.runFolder(services.context.library!.folder, runId), 'trainer.json'), 'utf8'),
      ) as { pid: number }
      process.kill(pid, 'SIGKILL')
      await ended('Training stopped with an error')
      await panel.stage('pretrain', 'done').waitFor()
      await app.page.getByRole('button', { name: 'Resume' }).click()
      await ended('Training finished')
      // Labels are as they were; only the rejected scan has a new proposal.
      expect((await cases()).map(({ labelVersionId }) => labelVersionId)).toEqual(before)
      expect((await cases()).filter(({ status }) => status === 'proposed')).toHaveLength(1)
    },
    8 * minute,
  )

  it('keeps every model; the older one is a click away, and one can leave and come back as a file', async () => {
    await app.page.getByRole('radiogroup', { name: 'Parts of the project' }).getByText('Models').click()
    const models = app.page.locator('[data-model]')
    await expect.poll(() => models.count()).toBe(2)
    await models.nth(1).getByRole('button', { name: 'Make active' }).click()
    await models.nth(1).getByText('Active', { exact: true }).waitFor()
    const [, older] = await services.handlers['models.list'](undefined)
    expect(older.active).toBe(true)
    const { file } = await services.handlers['models.export']({ modelId: older.id, folder: app.home })
    expect(readFileSync(file).includes('hippocampus')).toBe(false)
    await app.page.locator('input[type="file"]').setInputFiles(file)
    await expect.poll(() => models.count()).toBe(3)
    await models.first().getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => models.count()).toBe(2)
    await app.page.getByText('Trash (1)').click()
    await app.page.getByRole('button', { name: 'Bring back' }).click()
    await expect.poll(() => models.count()).toBe(3)
  })

  it(
    'exports DICOM SEG that reads back as the same voxels in the right place',
    async () => {
      const folder = join(scratch, 'seg')
      const labelled = (await cases()).filter(({ labelVersionId }) => labelVersionId)
      const { jobId } = await services.handlers['export.start']({
        caseIds: labelled.map(({ id }) => id),
        what: 'label',
        folder,
        format: 'seg',
        patient: 'linked',
      })
      await expect
        .poll(async () => (await services.handlers['jobs.get']({ jobId })).state, { timeout: minute })
        .toBe('done')
      const files = readdirSync(folder).filter((name) => name.endsWith('.dcm'))
      expect(files).toHaveLength(labelled.length)
      if (hasDcmdump()) {
        for (const name of files)
          expect(execFileSync('dcmdump', [join(folder, name)], { encoding: 'utf8' })).toMatch(/SegmentationStorage/)
      }
      const expected = new Map(labelled.map((one) => [one.name, mapOf(one.labelVersionId)]))
      const other = createServices({ homeFolder: join(scratch, 'other') })
      try {
        await other.handlers['project.create']({ folder: join(scratch, 'back'), name: 'Back' })
        const started = await other.handlers['import.start']({ paths: [scans], labelFolder: folder })
        await expect
          .poll(async () => (await other.handlers['jobs.get'](started)).state, { timeout: minute })
          .not.toBe('running')
        const library = other.context.library!
        const back = library.cases().filter(({ labelVersionId }) => labelVersionId)
        expect(back.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort())
        for (const { name, labelVersionId } of back) {
          const map = readLabelFile(library.folder, library.labelVersion(labelVersionId!)!)
          expect(Buffer.from(map).equals(expected.get(name)!), name).toBe(true)
        }
      } finally {
        await other.close()
      }
    },
    2 * minute,
  )

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})

function hasDcmdump(): boolean {
  try {
    execFileSync('dcmdump', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
