import { describe, expect, it } from 'vitest'
import type { Volume } from '../domain/volume.ts'
import { pictureOf, type Answer, type TaskName } from './index.ts'
import { planeOf, sceneOf } from './picture.ts'

/** Grey value says where a voxel lies: brighter to the right, anterior and superior. */
const volume: Volume = {
  geometry: {
    shape: [40, 50, 20],
    spacing: [1, 1, 2],
    affine: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
  },
  channels: 1,
  type: 'float32',
  samples: Float32Array.from({ length: 40 * 50 * 20 }, (_, i) => (i % 40) + (Math.floor(i / 40) % 50) + 2 * Math.floor(i / 2000)), // prettier-ignore
}
const tasks: TaskName[] = ['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar', 'restoration']

describe('pictures of the pretext tasks', () => {
  it('show the scan isotropic, as a radiologist looks at it', () => {
    const scene = sceneOf(volume)
    expect(scene.size).toEqual([40, 50, 40])
    const { width, height, grey } = planeOf(scene, 'axial', 'scan')
    expect([width, height]).toEqual([40, 50])
    const corner = (row: number, column: number) => grey[row * width + column]
    expect(corner(0, 0)).toBeGreaterThan(corner(0, width - 1)) // right on the left
    expect(corner(0, 0)).toBeGreaterThan(corner(height - 1, 0)) // anterior on top
    const sagittal = planeOf(scene, 'sagittal', 'scan')
    expect([sagittal.width, sagittal.height]).toEqual([50, 40])
    expect(sagittal.grey[0]).toBeGreaterThan(sagittal.grey[50 * 39]) // superior on top
  })

  it.each(tasks)('%s: whole panels, the same for the same seed, another for another', (task) => {
    const picture = pictureOf(task, volume, 1)
    for (const { grey, width, height } of picture.panels) {
      expect(grey).toHaveLength(width * height)
      expect(width).toBeGreaterThan(3)
    }
    expect(picture.answer.task).toBe(task)
    expect(pictureOf(task, volume, 1)).toEqual(picture)
    expect(pictureOf(task, volume, 2)).not.toEqual(picture)
  })

  it('say what is so: the answer fits what is shown', () => {
    for (let seed = 0; seed < 12; seed++) {
      const restored = pictureOf('restoration', volume, seed)
      const { hidden } = restored.answer as Extract<Answer, { task: 'restoration' }>
      expect(hidden).toBeGreaterThan(0.5)
      expect(hidden).toBeLessThan(0.85)

      const { panels, answer } = pictureOf('rotation', volume, seed)
      const { degrees } = answer as Extract<Answer, { task: 'rotation' }>
      const same = panels.slice(0, 3).every((panel, i) => String(panel.grey) === String(panels[i + 3].grey))
      expect(same).toBe(degrees === 0)

      const where = pictureOf('relative-location', volume, seed)
      const { offset } = where.answer as Extract<Answer, { task: 'relative-location' }>
      const brightness = (role: string) => {
        const values = where.panels.filter((p) => p.role === role).flatMap(({ grey }) => [...grey])
        return values.reduce((sum, v) => sum + v, 0) / values.length
      }
      const rise = offset[0] * 13 + offset[1] * 16 + offset[2] * 13
      if (Math.abs(rise) > 5) expect(Math.sign(brightness('query') - brightness('reference'))).toBe(Math.sign(rise))
    }
  })

  it('a scan smaller than a grid, of one value, or with no numbers in it, still gives pictures', () => {
    for (const samples of [new Float32Array(27), new Float32Array(27).fill(NaN)]) {
      const geometry = { ...volume.geometry, shape: [3, 3, 3] as [number, number, number] }
      for (const task of tasks) expect(pictureOf(task, { ...volume, geometry, samples }, 1).panels).not.toHaveLength(0)
    }
  })
})
