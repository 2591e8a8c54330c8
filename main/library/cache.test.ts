import { rmSync, truncateSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../shared/domain/volume.ts'
import { readCacheHeader, writeCache } from './cache.ts'
import { volumeFile } from './layout.ts'
import { grid, temporaryFolder } from './testing.ts'
import { makeThumbnail } from './thumbnail.ts'
import { makeGeometry } from '../imaging/geometry.ts'

const volume: Volume = {
  geometry: grid([3, 4, 5]),
  channels: 2,
  type: 'int16',
  samples: Int16Array.from({ length: 120 }, (_, n) => n),
}

describe('the cache of volumes', () => {
  it('holds samples and header; a half-written or half-deleted entry counts as none', async () => {
    const folder = temporaryFolder()
    const header = await writeCache(folder, 'series-a', volume)
    expect(readCacheHeader(folder, 'series-a')).toEqual(header)
    expect(header).toMatchObject({ type: 'int16', channels: 2, shape: [3, 4, 5] })
    expect(header.window.flat().map((value) => Math.round(value * 1000))).toEqual([295, 58705, 60295, 118705])
    truncateSync(volumeFile(folder, 'series-a'), 239)
    expect(readCacheHeader(folder, 'series-a')).toBeNull()
    rmSync(volumeFile(folder, 'series-a'))
    expect(readCacheHeader(folder, 'series-a')).toBeNull()
    expect(readCacheHeader(folder, 'series-b')).toBeNull()
  })

  it('suggests a window also for scans that are constant, nearly empty, or hold no number', async () => {
    const folder = temporaryFolder()
    const of = async (samples: Float32Array) =>
      (await writeCache(folder, 'series-c', { geometry: grid([10, 10, 10]), channels: 1, type: 'float32', samples }))
        .window[0]
    expect(await of(new Float32Array(1000).fill(7))).toEqual([7, 8])
    expect(await of(new Float32Array(1000).fill(NaN))).toEqual([0, 1])
    const sparse = new Float32Array(1000)
    sparse[500] = 9
    expect(await of(sparse)).toEqual([0, 9])
  })
})

describe('the small picture', () => {
  it('shows the patient’s right on the left and the front on top, true to the millimetre', () => {
    const samples = new Uint8Array(4 * 8)
    samples[3 + 4 * 7] = 255 // right-most, front-most voxel of the only slice
    const geometry = makeGeometry(
      [4, 8, 1],
      [
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 5, 0],
        [0, 0, 0, 1],
      ],
    )
    const png = Buffer.from(makeThumbnail({ geometry, channels: 1, type: 'uint8', samples }, [0, 255], 8))
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
    expect([width, height]).toEqual([4, 8])
    const start = png.indexOf('IDAT') + 4
    const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)))
    expect(rows[1]).toBe(255)
    expect(rows.filter((value) => value > 0)).toHaveLength(1)
  })

  it('stretches anisotropic slices as they are in the body', () => {
    const geometry = makeGeometry(
      [10, 10, 1],
      [
        [1, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    )
    const png = Buffer.from(
      makeThumbnail({ geometry, channels: 1, type: 'uint8', samples: new Uint8Array(100) }, [0, 1], 60),
    )
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([20, 60])
  })
})
