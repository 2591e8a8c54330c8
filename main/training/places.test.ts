import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { likeliest } from './classes.ts'
import { keepPieces } from './pieces.ts'
import { distance, minus, originIn, placesOf } from './places.ts'
import type { PreparedCase } from './prepare.ts'
import { inMemory } from './voxels.ts'

const shape: Triple = [40, 16, 8]
const spacing: Triple = [2, 1, 3]
type Box = readonly [class_: number, low: Triple, size: Triple]

function drawn(boxes: readonly Box[]): Uint8Array {
  const label = new Uint8Array(shape[0] * shape[1] * shape[2])
  for (const [k, low, size] of boxes)
    for (let z = 0; z < size[2]; z++)
      for (let y = 0; y < size[1]; y++)
        for (let x = 0; x < size[0]; x++) label[((z + low[2]) * shape[1] + y + low[1]) * shape[0] + x + low[0]] = k
  return label
}

function prepared(label: Uint8Array): PreparedCase {
  const voxels = inMemory(shape, new Float32Array(label.length), label)
  const source = { shape, spacing, region: { low: [0, 0, 0] as Triple, size: shape } }
  return { id: '', name: '', channels: 1, shape, voxels, labelled: true, mean: 0, foreground: [], source }
}

/** Three structures in a row, moved by so much; without those that are left out. */
const row = (by: Triple, ...leftOut: number[]): Box[] => {
  const at = (x: number, y: number): Triple => [x + by[0], y + by[1], by[2]]
  const all: Box[] = [
    [1, at(2, 2), [4, 4, 2]],
    [2, at(10, 2), [2, 6, 2]],
    [3, at(16, 4), [6, 2, 2]],
  ]
  return all.filter(([k]) => !leftOut.includes(k))
}

describe('placesOf', () => {
  it('finds how structures lie to each other, in mm, whatever a scan shows of them and where', () => {
    const scans = [row([0, 0, 0]), row([9, 3, 2]), row([4, 6, 5], 1), row([1, 1, 1], 3)]
    const places = placesOf(scans.map((boxes) => prepared(drawn(boxes))), 4, spacing) // prettier-ignore
    expect(places[0]).toBeNull()
    const [a, b, c] = places.slice(1) as Triple[]
    expect(distance(minus(b, a), [14, 1, 0])).toBeLessThan(0.1)
    expect(distance(minus(c, a), [30, 1, 0])).toBeLessThan(0.1)
  })

  it('does not depend on which scan comes first', () => {
    const [full, empty] = [prepared(drawn(row([0, 0, 0]))), prepared(drawn([]))]
    const places = placesOf([empty, full, full], 4, spacing)
    expect(places.filter((place) => place !== null)).toHaveLength(3)
    expect(places).toEqual(placesOf([full, empty, full], 4, spacing))
  })

  it('leaves out scans labelled in part', () => {
    const partly = drawn(row([0, 0, 0]))
    partly[partly.length - 1] = 255
    expect(placesOf([prepared(partly)], 4, spacing)).toEqual([null, null, null, null])
  })
})

describe('pieces in their place', () => {
  const places = placesOf([prepared(drawn(row([0, 0, 0])))], 4, spacing)
  const layout = { places, spacing }
  /** What is kept of class 2. */
  const kept = (boxes: readonly Box[], how: typeof layout | null = layout) => {
    const label = drawn(boxes)
    const probabilities = new Float32Array(4 * label.length)
    label.forEach((k, v) => (probabilities[k * label.length + v] = 1))
    keepPieces(probabilities, shape, [0, 1, 1, 1], how)
    return likeliest(probabilities, 4).map((k) => (k === 2 ? 2 : 0))
  }
  const own = row([3, 3, 3])
  const stray: Box = [2, [34, 0, 0], [5, 3, 2]]

  it('a larger stray far from where the others say is left out', () => {
    expect(kept([...own, stray])).toEqual(drawn(own.filter(([k]) => k === 2)))
    expect(kept([...own, stray], null)).toEqual(drawn([stray]))
  })

  it('the largest is kept where too few others are seen, or it is too much larger', () => {
    const two = own.filter(([k]) => k !== 1)
    expect(kept([...two, stray])).toEqual(drawn([stray]))
    const huge: Box = [2, [30, 0, 0], [8, 8, 8]]
    expect(kept([...own, huge])).toEqual(drawn([huge]))
  })

  it('of a structure that was broken in two the larger part is kept, though the other is somewhat nearer', () => {
    const upper: Box = [2, [13, 4, 3], [2, 4, 2]]
    const lower: Box = [2, [13, 9, 3], [2, 3, 2]]
    const others = own.filter(([k]) => k !== 2)
    expect(kept([...others, upper, lower])).toEqual(drawn([upper]))
  })

  it('no origin is told by fewer than three', () => {
    expect(originIn([null, [1, 1, 1], null, [1, 1, 1]], places)).toBeNull()
    const all = places.map((place) => place && (place.map((v) => v + 5) as Triple))
    expect(distance(originIn(all, places)!, [5, 5, 5])).toBeLessThan(1e-6)
  })
})
