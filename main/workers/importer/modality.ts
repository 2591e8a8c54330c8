/** NIfTI files don't say what machine made them; what stands beside them, or the values, may. */
import { readFileSync } from 'node:fs'
import type { Volume } from '../../../shared/domain/volume.ts'

/**
 * What the file beside it or the user says, else a guess: "CT", "MR", … from the .json that dcm2niix writes beside its NIfTI files; else "CT" where the values look like
 * Hounsfield units (many voxels near -1000, air, and none far below); else "unknown".
 */
export function niftiModality(path: string, volume: Volume, told: string | null): string {
  return sidecarModality(path) ?? told ?? (looksLikeHounsfield(volume) ? 'CT' : 'unknown')
}

function sidecarModality(path: string): string | null {
  try {
    const sidecar = JSON.parse(readFileSync(path.replace(/\.nii(\.gz)?$/i, '.json'), 'utf8')) as { Modality?: unknown }
    return typeof sidecar.Modality === 'string' && /^[A-Z]{2}$/.test(sidecar.Modality) ? sidecar.Modality : null
  } catch {
    // No such file, or none of dcm2niix's.
    return null
  }
}

function looksLikeHounsfield({ samples, channels }: Volume): boolean {
  if (channels !== 1) return false
  let seen = 0
  let air = 0
  for (let n = 0; n < samples.length; n += 1 + Math.floor(samples.length / 50_000)) {
    const value = samples[n]
    // Padding outside the scanner's circle goes down to -3024 (GE), -2048 or -2000.
    if (value < -4096 || value > 32767) return false
    seen++
    if (value <= -900) air++
  }
  return air > 0.02 * seen
}
