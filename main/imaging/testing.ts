/** Small helpers for the tests of this folder. Nothing here is used by the program. */
import type { Affine, Triple } from '../../shared/domain/geometry.ts'
import type { SampleType, Volume } from '../../shared/domain/volume.ts'
import { allocateSamples } from '../../shared/domain/volume.ts'
import { fromColumns } from './affine.ts'
import { makeGeometry } from './geometry.ts'

/** A seeded generator of numbers in [0, 1): the same sequence everywhere (mulberry32, Tommy Ettinger, public domain idea). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A rotation about z, then x, times voxel sizes: an oblique, right-angled, right-handed grid. */
export function obliqueAffine(size: Triple, origin: Triple, aboutZ: number, aboutX: number): Affine {
  const [c, s, d, t] = [Math.cos(aboutZ), Math.sin(aboutZ), Math.cos(aboutX), Math.sin(aboutX)]
  return fromColumns(
    [size[0] * c, size[0] * s * d, size[0] * s * t],
    [-size[1] * s, size[1] * c * d, size[1] * c * t],
    [0, -size[2] * t, size[2] * d],
    origin,
  )
}

/** A volume of whole numbers that are all different (where the type can hold them), on a given affine. */
export function ramp(shape: Triple, affine: Affine, type: SampleType = 'int16', channels = 1): Volume {
  const samples = allocateSamples(type, shape[0] * shape[1] * shape[2] * channels)
  for (let n = 0; n < samples.length; n++) samples[n] = n
  return { geometry: makeGeometry(shape, affine), channels, type, samples }
}
