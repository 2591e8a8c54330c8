import { describe, expect, it } from 'vitest'
import { random } from '../domain/random.ts'
import { column } from './contrastive-predictive-coding.ts'
import { cellAt, drawTiles, gridCounts, planGrid, tileCount } from './grid.ts'
import { choosePermutations, hammingDistance } from './jigsaw.ts'
import { drawPair, tileOfPlace } from './relative-location.ts'
import { blank, drawMask } from './restoration.ts'
import { rotateCube, rotations, rotationsFor } from './rotation.ts'

type Triple = [number, number, number]

describe('rotation', () => {
  const side = 3
  const size: Triple = [side, side, side]
  const cube = Float32Array.from({ length: side ** 3 }, (_, i) => i)
  const turned = (i: number) => {
    const result = new Float32Array(cube.length)
    rotateCube(cube, result, size, 1, rotations[i])
    return result
  }

  it('has ten distinct ones, each a permutation of the voxels', () => {
    const seen = new Set(rotations.map((_, i) => turned(i).join()))
    expect(seen.size).toBe(10)
    for (const text of seen) expect(new Set(text.split(',')).size).toBe(side ** 3)
  })

  it('are proper: no mirror image among them (determinant +1)', () => {
    for (const { axes, flips } of rotations) {
      const swaps = axes.filter((axis, n) => axis !== n).length === 2 ? -1 : 1
      const mirrored = flips.filter(Boolean).length % 2 === 1 ? -1 : 1
      expect(swaps * mirrored).toBe(1)
    }
  })

  it('turn the anatomy as they are named, by the right-hand rule', () => {
    // A mark at the centre of the face that each axis points to: a turn by +90° about z carries x to y, and so on.
    const face = (axis: number, sign: number) => [1, 1, 1].map((c, n) => (n === axis ? c + sign : c))
    const index = (p: number[]) => p[0] + side * (p[1] + side * p[2])
    rotations.forEach(({ axis, degrees }, i) => {
      const about = axis === null ? 0 : ['x', 'y', 'z'].indexOf(axis)
      const [from, to] = [(about + 1) % 3, (about + 2) % 3]
      const goes = { 0: face(from, 1), 90: face(to, 1), '-90': face(to, -1), 180: face(from, -1) }[degrees]
      expect(turned(i)[index(goes)]).toBe(index(face(from, 1)))
    })
  })

  it('a quarter turn four times, or back and forth, gives the cube again', () => {
    for (const [plus, minus] of [
      [4, 5],
      [6, 7],
      [8, 9],
    ]) {
      const there = new Float32Array(cube.length)
      const back = new Float32Array(cube.length)
      rotateCube(cube, there, size, 1, rotations[plus])
      rotateCube(there, back, size, 1, rotations[minus])
      expect(back).toEqual(cube)
      let now = cube
      for (let turn = 0; turn < 4; turn++) {
        const next = new Float32Array(cube.length)
        rotateCube(now, next, size, 1, rotations[plus])
        now = next
      }
      expect(now).toEqual(cube)
    }
  })

  it('keeps the channels of a voxel together', () => {
    const two = Float32Array.from({ length: 2 * 8 }, (_, i) => i)
    const result = new Float32Array(16)
    rotateCube(two, result, [2, 2, 2], 2, rotations[3])
    for (let v = 0; v < 8; v++) expect(result[2 * v + 1]).toBe(result[2 * v] + 1)
  })

  it('leaves out turns that would swap a fine with a coarse axis', () => {
    expect(rotationsFor([1, 1, 1])).toHaveLength(10)
    expect(rotationsFor([1, 1, 5]).map((r) => `${r.degrees} ${r.axis}`)).toEqual([
      '0 null',
      '180 x',
      '180 y',
      '180 z',
      '90 z',
      '-90 z',
    ])
  })
})

describe('masked restoration', () => {
  it('hides whole blocks, about the share asked for', () => {
    const mask = new Float32Array(40 * 32 * 24)
    drawMask(random(1, 'test'), [40, 32, 24], 8, 0.7, mask)
    const share = mask.reduce((a, b) => a + b, 0) / mask.length
    expect(share).toBeGreaterThan(0.55)
    expect(share).toBeLessThan(0.85)
    // Runs along x between changes are whole blocks, except at the two ends.
    const row = [...mask.subarray(0, 40)]
    const changes = row.flatMap((v, x) => (x > 0 && v !== row[x - 1] ? [x] : []))
    for (let i = 1; i < changes.length; i++) expect((changes[i] - changes[i - 1]) % 8).toBe(0)
  })

  it('blanks all channels of what is hidden, and nothing else', () => {
    const image = Float32Array.from({ length: 8 }, (_, i) => i + 1)
    blank(image, new Float32Array([0, 1, 0, 1]), 2)
    expect([...image]).toEqual([1, 2, 0, 0, 5, 6, 0, 0])
  })
})

describe('tiles', () => {
  it('lie inside their cells, and cells inside the scan', () => {
    for (const [side, extent, factor] of [
      [3, [33, 45, 28], [8, 8, 8]],
      [4, [33, 45, 28], [8, 8, 8]],
      [3, [72, 72, 30], [16, 16, 4]],
      [3, [10, 10, 10], [8, 8, 8]],
    ] as [number, Triple, Triple][]) {
      const grid = planGrid([side, side, side], extent, factor)
      const tiles = drawTiles(random(1, 'tiles'), grid)
      expect(tiles).toHaveLength(tileCount(grid))
      tiles.forEach((start, index) => {
        const cell = [index % side, Math.floor(index / side) % side, Math.floor(index / side ** 2)]
        start.forEach((s, axis) => {
          expect(s).toBeGreaterThanOrEqual(cell[axis] * grid.cell[axis])
          expect(s + grid.tile[axis]).toBeLessThanOrEqual((cell[axis] + 1) * grid.cell[axis])
          expect(grid.tile[axis] % factor[axis]).toBe(0)
        })
      })
    }
  })
})

describe('jigsaw', () => {
  it('chooses permutations that differ almost everywhere: minimum Hamming distance well above chance', () => {
    const chosen = choosePermutations(27, 100)
    for (const p of chosen) expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: 27 }, (_, i) => i))
    let nearest = Infinity
    chosen.forEach((a, i) => chosen.slice(i + 1).forEach((b) => (nearest = Math.min(nearest, hammingDistance(a, b)))))
    // 100 drawn at random come as near as 19-21 (the released code's set: 19).
    expect(nearest).toBeGreaterThanOrEqual(23)
    expect(choosePermutations(27, 3)).toEqual(chosen.slice(0, 3))
  })
})

describe('relative patch location', () => {
  const grid = planGrid(gridCounts(3, false), [30, 30, 30], [8, 8, 8])

  it('asks for 26 places, never for the centre', () => {
    const tiles = Array.from({ length: 26 }, (_, place) => tileOfPlace(grid, place))
    expect(new Set(tiles).size).toBe(26)
    expect(tiles).not.toContain(13)
  })

  it('asks from any tile: the query lies in the same direction from it as from the middle', () => {
    const draw = random(3, 'pairs')
    const middle = cellAt(grid, 13)
    for (let place = 0; place < 26; place++) {
      const direction = cellAt(grid, tileOfPlace(grid, place)).map((at, axis) => at - middle[axis])
      const references = new Set<number>()
      for (let n = 0; n < 200; n++) {
        const { reference, query } = drawPair(draw, grid, place)
        const from = cellAt(grid, reference)
        expect(cellAt(grid, query).map((at, axis) => at - from[axis])).toEqual(direction)
        references.add(reference)
      }
      // 3 cells along an axis that the direction does not follow, 2 along one that it does.
      expect(references.size).toBe(direction.reduce((size, d) => size * (3 - Math.abs(d)), 1))
    }
  })
})

describe('contrastive predictive coding', () => {
  it('never shows in the context what it predicts, of any column', () => {
    const grid = planGrid(gridCounts(4, false), [64, 64, 64], [8, 8, 8])
    const row = (tile: number) => Math.floor(tile / 16)
    for (let j = 0; j < 4; j++)
      for (let i = 0; i < 4; i++) {
        const { context, predicted } = column(grid, i, j)
        expect(context).toHaveLength(10)
        expect(Math.max(...context.map(row))).toBe(1)
        expect(predicted.map(row)).toEqual([2, 3])
        for (const tile of predicted) expect(tile % 16).toBe(i + 4 * j)
      }
  })
})
