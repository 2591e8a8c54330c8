/** The small picture of a scan in the worklist. */
import type { Volume } from '../../shared/domain/volume.ts'
import { encodeGrayPng } from './png.ts'

/**
 * The central axial slice of a canonical (RAS) volume as a grey PNG, in the radiologist's view (the patient's right on
 * the left, front up), true to the millimetre in both directions; `side` pixels along its longer side. First channel,
 * [low, high] of `window` shown as black to white. No text, so nothing that names anyone.
 */
export function makeThumbnail({ geometry, samples }: Volume, [low, high]: [number, number], side = 128): Uint8Array {
  const [nx, ny, nz] = geometry.shape
  const [sx, sy] = geometry.spacing
  const [wide, tall] = [nx * sx, ny * sy]
  const scale = side / Math.max(wide, tall)
  const width = Math.max(1, Math.round(wide * scale))
  const height = Math.max(1, Math.round(tall * scale))
  const slice = Math.floor(nz / 2) * nx * ny
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    const y = position(height - 1 - row, height, ny)
    for (let column = 0; column < width; column++) {
      const x = position(width - 1 - column, width, nx)
      const at = (i: number, j: number) => samples[slice + i + nx * j]
      const near = mix(at(x.low, y.low), at(x.high, y.low), x.share)
      const far = mix(at(x.low, y.high), at(x.high, y.high), x.share)
      const value = (mix(near, far, y.share) - low) / (high - low)
      // NaN and infinities of the scan are shown black.
      pixels[row * width + column] = Number.isFinite(value) ? Math.round(255 * Math.min(1, Math.max(0, value))) : 0
    }
  }
  return encodeGrayPng(pixels, width, height)
}

/** The two voxels between which the centre of a pixel lies, and how far it is towards the second. */
function position(pixel: number, pixels: number, voxels: number): { low: number; high: number; share: number } {
  const at = Math.min(voxels - 1, Math.max(0, ((pixel + 0.5) * voxels) / pixels - 0.5))
  const low = Math.floor(at)
  return { low, high: Math.min(voxels - 1, low + 1), share: at - low }
}

const mix = (a: number, b: number, share: number) => (share === 0 ? a : a + (b - a) * share)
