import { expect, test } from 'vitest'
import type { Index3 } from '../planes.ts'
import { boxesOf, meshOf } from './mesh.ts'
import { drawMesh, newFrame, placeAt, type Aim } from './raster.ts'
import { turned, type Turn } from './turn.ts'

/** Two cubes of 6 mm: 1 at the patient's right (high x), 2 at the left and nearer to the front (high y). */
const shape: Index3 = [30, 30, 10]
const map = new Uint8Array(30 * 30 * 10)
for (let z = 2; z < 8; z++)
  for (let n = 0; n < 6; n++)
    for (let m = 0; m < 6; m++) {
      map[20 + n + 30 * (10 + m + 30 * z)] = 1
      map[4 + n + 30 * (20 + m + 30 * z)] = 2
    }
const front: Turn = [-1, 0, 0, 0, 0, 1, 0, 1, 0]

function draw(turn: Turn) {
  const frame = newFrame(60, 60)
  const aim: Aim = { turn, middle: [14.5, 14.5, 4.5], pixelsPerMm: 2 }
  for (const [value, box] of boxesOf(map, shape))
    drawMesh(frame, meshOf(map, shape, [1, 1, 1], value, box), value === 1 ? [255, 0, 0] : [0, 0, 255], aim)
  const columns = (channel: number) =>
    [...frame.colors].flatMap((color, at) => (((color >>> channel) & 255) > 20 ? [at % 60] : []))
  return { frame, aim, red: columns(0), blue: columns(16) }
}
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length

test('seen from the front, the patient’s right is on the left', () => {
  const { red, blue } = draw(front)
  expect(red.length).toBeGreaterThan(80)
  expect(mean(red)).toBeLessThan(25)
  expect(mean(blue)).toBeGreaterThan(35)
})

test('turned by half a turn, it is the other way round', () => {
  const { red, blue } = draw(turned(front, Math.PI, 0))
  expect(mean(red)).toBeGreaterThan(mean(blue))
})

test('what is nearer covers what is behind', () => {
  // Seen from the patient's left the left cube is in front, and both lie at different depths.
  const { red, blue, frame, aim } = draw(turned(front, -Math.PI / 2, 0))
  expect(red.length).toBeGreaterThan(50)
  expect(blue.length).toBeGreaterThan(50)
  const [x] = placeAt(frame, aim, mean(blue), 30)!
  expect(Math.abs(x - 3.5)).toBeLessThan(1)
})

test('a pixel tells the place on the surface that it shows', () => {
  const { frame, aim, red } = draw(front)
  const place = placeAt(frame, aim, mean(red) + 0.5, 30)!
  expect(place[0]).toBeGreaterThan(21)
  expect(place[0]).toBeLessThan(24)
  // The cube's front face.
  expect(Math.abs(place[1] - 15.5)).toBeLessThan(0.7)
  expect(placeAt(frame, aim, 1, 1)).toBeNull()
})
