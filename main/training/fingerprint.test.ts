import { describe, expect, it } from 'vitest'
import { measureFingerprint } from './fingerprint.ts'
import { memoryHost, phantom, type Phantom } from './testing.ts'

/** A scan of mostly air: padding, air, fat, muscle and bone, in Hounsfield units plus `offset`. */
function computedTomography(offset: number, padding: number): Phantom {
  const made = phantom(0, [20, 20, 20])
  const value = (i: number) => {
    const share = i / made.image.length
    if (share < 0.1) return padding
    if (share < 0.8) return -1000 + (i % 21)
    if (share < 0.86) return -100 + (i % 11)
    return share < 0.96 ? 40 + (i % 31) : 1200 + (i % 301)
  }
  return { ...made, image: made.image.map((_, i) => value(i) + offset) }
}

const measured = async (scan: Phantom, labelled: boolean) => {
  const source = { ...scan.source, modality: 'CT', labelFile: labelled ? scan.source.labelFile : null }
  const host = memoryHost([scan], new Map(), 'x')
  return (await measureFingerprint([source], host)).intensities[0]
}

describe('intensities of CT without a label', () => {
  it('are those of the body, not of the air about it or the padding beyond the scanner’s circle', async () => {
    const { low, high, mean, deviation } = await measured(computedTomography(0, -3024), false)
    expect(low).toBeGreaterThan(-101)
    expect(high).toBeGreaterThan(1400)
    expect(mean).toBeGreaterThan(200)
    expect(deviation).toBeLessThan(700)
  })

  it('are the same, moved, where CT is stored without negative values', async () => {
    const hounsfield = await measured(computedTomography(0, -1024), false)
    const stored = await measured(computedTomography(1024, -1024), false)
    expect(stored.low).toBeCloseTo(hounsfield.low + 1024)
    expect(stored.high).toBeCloseTo(hounsfield.high + 1024)
    expect(stored.mean).toBeCloseTo(hounsfield.mean + 1024)
    expect(stored.deviation).toBeCloseTo(hounsfield.deviation)
  })

  it('are those of the labelled voxels where there are any', async () => {
    const scan = phantom(1, [20, 20, 20])
    const all = await measured(scan, false)
    const own = await measured(scan, true)
    expect(own).not.toEqual(all)
  })
})
