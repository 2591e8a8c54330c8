/** Each label tool on scans of every geometry: exactly its voxels in what was saved, and exactly back by undo. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readNifti } from '../../main/imaging/nifti.ts'
import { runJob, type LabelJob } from '../../renderer/labelling/jobs.ts'
import type { Affine } from '../../shared/domain/geometry.ts'
import { browserPath } from './app.ts'
import { countOf, inBall, mapOf, openProject, savedLabels, type BallScan } from './labelled-scans.ts'
import { Labelling, type Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

/** Axes of the file run to left, superior, posterior, turned by 20° and 15°: 0.8 × 3 × 1.1 mm. */
function oblique(): Affine {
  const [c, s, d, t] = [Math.cos(0.35), Math.sin(0.35), Math.cos(0.26), Math.sin(0.26)]
  const turn = [
    [c, -s * d, s * t],
    [s, c * d, -c * t],
    [0, t, d],
  ]
  // Columns: -x by 0.8, z by 3, -y by 1.1.
  const column = (axis: number, length: number) => turn.map((row) => row[axis] * length)
  const [a, b, e] = [column(0, -0.8), column(2, 3), column(1, -1.1)]
  return [0, 1, 2].map((row) => [a[row], b[row], e[row], 10 * row - 7]).concat([[0, 0, 0, 1]]) as unknown as Affine
}

const straight = (x: number, y: number, z: number): Affine => [
  [x, 0, 0, -20],
  [0, y, 0, -20],
  [0, 0, z, 5],
  [0, 0, 0, 1],
]

const scans: BallScan[] = [
  {
    name: 'isotropic',
    shape: [41, 41, 41],
    spacing: [1, 1, 1],
    radius: 6.2,
    file: { shape: [41, 41, 41], affine: straight(1, 1, 1) },
  },
  {
    name: 'oblique',
    shape: [45, 37, 15],
    spacing: [0.8, 1.1, 3],
    radius: 7,
    file: { shape: [45, 15, 37], affine: oblique() },
  },
  {
    name: 'single',
    shape: [41, 41, 1],
    spacing: [1, 1, 5],
    radius: 6.2,
    file: { shape: [41, 41, 1], affine: straight(1, 1, 5) },
  },
]

describe.skipIf(!browserPath)('label tools', () => {
  let worklist: Worklist
  let labelling: Labelling
  const app = withApp(async () => {
    worklist = await openProject(app, scans)
    labelling = new Labelling(app.page)
  })

  describe.each(scans)('on the $name scan', ({ name, shape, spacing, radius, file }) => {
    const ball = mapOf(shape, spacing, inBall(radius))
    const saved = () => savedLabels(app, name)
    const undo = async (to: Uint8Array) => {
      await app.page.keyboard.press('Control+z')
      await labelling.save()
      expect(saved().samples).toEqual(to)
    }

    it('paints by value with the sphere, through all slices, on the scan’s own grid', async () => {
      await worklist.open(name)
      await app.page.keyboard.press('1')
      await labelling.take('Brush')
      await labelling.option('Shape of the brush', 'Sphere')
      await labelling.setRadius(11.5)
      await labelling.setGate(600, 800)
      await labelling.stroke('axial', [0, 0])
      await labelling.save()
      expect(saved().samples).toEqual(ball)
    })

    it('exports to the file’s grid, voxel for voxel', async () => {
      const folder = join(app.home, `out-${name}`)
      mkdirSync(folder)
      const { id } = app.services.context.library!.cases().find((one) => one.name === name)!
      const { jobId } = await app.services.handlers['export.start']({
        caseIds: [id],
        what: 'label',
        format: 'nifti',
        folder,
        patient: 'linked',
      })
      await expect.poll(async () => (await app.services.handlers['jobs.get']({ jobId })).state).toBe('done')
      const read = async (path: string) => {
        const found = await readNifti(gunzipSync(readFileSync(path)))
        if (!found.ok) throw new Error(found.reason)
        return found.volume
      }
      const scan = await read(join(app.home, 'scans', `${name}.nii.gz`))
      const labels = await read(join(folder, `${name}.nii.gz`))
      expect(labels.geometry.shape).toEqual(file.shape)
      for (const [r, row] of scan.geometry.affine.entries())
        for (const [c, value] of row.entries()) expect(labels.geometry.affine[r][c]).toBeCloseTo(value, 4)
      expect(Array.from(labels.samples)).toEqual(Array.from(scan.samples, (value) => (value === 700 ? 1 : 0)))
    })

    it('cuts with scissors: outside, through all slices; then inside, in this slice only', async () => {
      const [x, y] = [3.5 * spacing[0], 2.5 * spacing[1]]
      const cut = mapOf(shape, spacing, (a, b, c) => inBall(radius)(a, b, c) && Math.abs(a) < x && Math.abs(b) < y)
      await labelling.take('Scissors')
      await labelling.option('Outline', 'Rectangle')
      await labelling.option('What is cut away', 'Outside')
      await labelling.option('How deep the scissors cut', 'All slices')
      // From voxel to voxel: both corners' voxels are in.
      const corners = [[-3 * spacing[0], -2 * spacing[1]] as const, [3 * spacing[0], 2 * spacing[1]] as const]
      await labelling.stroke('axial', ...corners)
      await labelling.save()
      expect(saved().samples).toEqual(cut)
      await undo(ball)
      await labelling.option('What is cut away', 'Inside')
      await labelling.option('How deep the scissors cut', 'This slice')
      await labelling.stroke('axial', ...corners)
      await labelling.save()
      const inner = mapOf(shape, spacing, (a, b, c) => c === 0 && Math.abs(a) < x && Math.abs(b) < y)
      expect(saved().samples).toEqual(ball.map((one, n) => (inner[n] ? 0 : one)))
      await undo(ball)
    })

    it('grows and shrinks by a margin in millimetres, shown first', async () => {
      const voxel = spacing[0] * spacing[1] * spacing[2]
      for (const millimetres of [3, -2]) {
        const { mask, added, removed } = edit(ball, 'margin', millimetres)
        await labelling.more('Grow or shrink by a margin')
        await labelling.amount('By').fill(String(millimetres))
        await labelling.amount('By').press('Tab')
        const volume = `${((Math.max(added, removed) * voxel) / 1000).toFixed(2)} mL`
        await app.page.getByText(new RegExp(`^(Adds|Removes) ${volume}`)).waitFor()
        expect(saved().samples).toEqual(ball)
        await labelling.accept()
        await labelling.save()
        expect(saved().samples).toEqual(ball.map((one, n) => (mask[n] === 255 ? 0 : mask[n] || one)))
        await undo(ball)
      }
    })

    it('fills a circle, keeps the largest piece, smooths', async () => {
      await labelling.take('Fill an outline')
      await labelling.option('Outline', 'Circle')
      const radiusHere = 2.3
      const [right, down] = [-12 * spacing[0], -10 * spacing[1]]
      await labelling.clearGate()
      await labelling.stroke('axial', [right, down], [right + radiusHere, down])
      await labelling.save()
      // On screen, right is the patient's left: x runs the other way; down is to the back.
      const disc = mapOf(shape, spacing, (a, b, c) => c === 0 && Math.hypot(a + right, b + down) <= radiusHere)
      const both = ball.map((one, n) => one | disc[n])
      expect(countOf(saved().samples)).toBe(countOf(both))
      expect(saved().samples).toEqual(both)
      await labelling.more('Keep the largest piece')
      await labelling.accept()
      await labelling.save()
      expect(saved().samples).toEqual(ball)
      await labelling.more('Smooth')
      const { mask, removed } = edit(ball, 'smooth', 3)
      expect(removed).toBeGreaterThan(0)
      await labelling.amount('By').fill('3')
      await labelling.amount('By').press('Tab')
      const millilitres = (removed * spacing[0] * spacing[1] * spacing[2]) / 1000
      await app.page.getByText(`emoves ${millilitres.toFixed(2)} mL`).waitFor()
      await labelling.accept()
      await labelling.save()
      expect(saved().samples).toEqual(ball.map((one, n) => (mask[n] === 255 ? 0 : mask[n] || one)))
      await undo(ball)
    })

    const edit = (samples: Uint8Array, kind: LabelJob['kind'], amount: number) =>
      runJob({ kind, samples: samples.slice(), shape, spacing, normal: 2, value: 1, amount })
  })

  it('says why there is nothing to fill between the slices of a single one', async () => {
    await labelling.take('Fill between slices')
    await app.page.getByText('There is no gap between labelled slices of this plane.').waitFor()
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
