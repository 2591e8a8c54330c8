/** A project of made-up scans for the tools' tests, and what was saved of their labels. */
import { join } from 'node:path'
import { readLabelFile, type Library } from '../../main/library/index.ts'
import type { Affine, Triple } from '../../shared/domain/geometry.ts'
import { writePhantom } from '../integration/phantoms.ts'
import type { RunningApp } from './app.ts'
import { HomePage, ImportDialog, type Worklist } from './pages.ts'

/** A scan with a ball of value 700 in its middle, 100 elsewhere. Odd shapes: the middle is a voxel's centre. */
export interface BallScan {
  name: string
  /** Of the canonical grid. */
  shape: Triple
  spacing: Triple
  /** mm */
  radius: number
  /** Of the file, whose axes may run otherwise. */
  file: { shape: Triple; affine: Affine }
}

/** Whether a place, given in mm from the middle, lies in the ball. */
export const inBall =
  (radius: number) =>
  (x: number, y: number, z: number): boolean =>
    x * x + y * y + z * z <= radius * radius * (1 + 1e-9)

/** A map of 1 where the function says so; it gets mm from the middle along the map's own axes. */
export function mapOf(
  shape: Triple,
  spacing: Triple,
  inside: (x: number, y: number, z: number) => boolean,
): Uint8Array<ArrayBuffer> {
  const map = new Uint8Array(shape[0] * shape[1] * shape[2])
  const at = (index: number, axis: number) => (index - (shape[axis] - 1) / 2) * spacing[axis]
  for (let z = 0, n = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[0]; x++, n++) if (inside(at(x, 0), at(y, 1), at(z, 2))) map[n] = 1
  return map
}

export const countOf = (map: Uint8Array, value = 1): number =>
  map.reduce((sum, one) => sum + (one === value ? 1 : 0), 0)

/** Makes a project "Tools" of these scans, with labels 1 (Tumour) and 2 (Organ). `noise` is added to each voxel's value. */
export async function openProject(
  app: RunningApp,
  scans: readonly BallScan[],
  noise = (_voxel: number) => 0,
): Promise<Worklist> {
  const folder = join(app.home, 'scans')
  for (const [n, { name, radius, file }] of scans.entries()) {
    const spacing = [0, 1, 2].map((axis) => Math.hypot(...file.affine.slice(0, 3).map((row) => row[axis])))
    const ball = mapOf(file.shape, spacing as Triple, inBall(radius))
    const samples = Int16Array.from(ball, (one, voxel) => (one ? 700 : 100) + noise(voxel))
    // Each differs in one voxel: the same scan twice would count as one.
    samples[0] = 90 + n
    writePhantom(join(folder, `${name}.nii.gz`), { ...file, samples })
  }
  const worklist = await new HomePage(app.page).newProject('Tools', app.home)
  const dialog = await ImportDialog.open(app.page)
  await dialog.choose('Folder of scans', folder)
  await dialog.run()
  await dialog.done()
  const label = (value: number, name: string, color: string) => ({ value, name, color, key: value })
  const labels = [label(1, 'Tumour', '#e69f00'), label(2, 'Organ', '#56b4e9')]
  await app.services.handlers['labels.changeSet']({ labels })
  await app.page.reload()
  return worklist
}

export interface SavedLabels {
  samples: Uint8Array
  /** Voxels by value, of those that are labels. */
  counts: Record<number, number>
  versions: number
}

/** The newest saved label map of a scan; without one, `samples` is empty. */
export function savedLabels(app: RunningApp, name: string): SavedLabels {
  const library: Library = app.services.context.library!
  const { id } = library.cases().find((one) => one.name === name)!
  const version = library.newestLabelVersion(id, 'label')
  const versions = library.labelVersions(id).length
  if (!version) return { samples: new Uint8Array(), counts: {}, versions }
  const counts = Object.fromEntries(version.volumes.map(({ value, voxels }) => [value, voxels]))
  return { samples: readLabelFile(library.folder, version), counts, versions }
}
