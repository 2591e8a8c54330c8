/** Scans that are ready to be shown, newest last; the oldest are let go. */
import type { VolumeHandle } from '../../shared/api/contract.ts'
import { addVolume, removeVolume } from './engine.ts'
import { clampIndex, type Index3 } from './planes.ts'
import { channelSamples, paint, type Painted } from './samples.ts'

export interface Scan {
  /** cornerstone's id of the volume. */
  id: string
  handle: VolumeHandle
  painted: Painted
  /** The display window it starts with, and the present one, in the scan's values. */
  usual: [number, number]
  window: [number, number]
  cursor: Index3
}

/** What is to be shown. */
export interface Wish {
  handle: VolumeHandle
  channel: number
  /** Display window to show it with, and the one that a reset brings back, in the scan's values. */
  window: readonly [number, number]
  usual: readonly [number, number]
}

/** So many stay, so that going back and forth is instant. */
const kept = 6

export class Scans {
  readonly #byKey = new Map<string, Scan>()

  get(key: string): Scan | undefined {
    return this.#byKey.get(key)
  }

  /** @throws RangeError when the samples don't fit the header */
  add(key: string, { handle, channel }: Wish, bytes: ArrayBuffer): Scan {
    const painted = paint(channelSamples(bytes, handle, channel))
    const id = `scan-${key.replace(/[^\w-]/g, '_')}`
    addVolume(id, painted.samples, handle.shape, handle.spacing)
    const middle = clampIndex(
      handle.shape.map((n) => (n - 1) / 2),
      handle.shape,
    )
    const scan: Scan = { id, handle, painted, usual: [0, 1], window: [0, 1], cursor: middle }
    this.#byKey.set(key, scan)
    return scan
  }

  /** Takes up the windows of a wish: another scan may have changed what is usual in the project. */
  static aim(scan: Scan, { window, usual }: Wish): void {
    const proper = ([low, high]: readonly [number, number]): [number, number] => [low, high > low ? high : low + 1]
    scan.window = proper(window)
    scan.usual = proper(usual)
  }

  /** Makes a scan the newest and lets the oldest go, but never those that are still on screen. */
  use(key: string, scan: Scan, onScreen: readonly (Scan | null)[]): void {
    this.#byKey.delete(key)
    this.#byKey.set(key, scan)
    for (const [old, oldScan] of this.#byKey) {
      if (this.#byKey.size <= kept) break
      if (onScreen.includes(oldScan)) continue
      this.#byKey.delete(old)
      removeVolume(oldScan.id)
    }
  }
}

/** The scan's value at a voxel. */
export function valueAt({ painted, handle }: Scan, index: Index3): number {
  const [nx, ny] = handle.shape
  return painted.samples[index[0] + nx * (index[1] + ny * index[2])] * painted.slope + painted.intercept
}
