/** What page and worker of the surface say to each other. */
import type { Index3 } from '../planes.ts'
import type { Turn } from './turn.ts'

export interface SurfaceView {
  turn: Turn
  /** 1: the labels just fit. */
  zoom: number
  /** CSS pixels, and how many of the screen's make one. */
  width: number
  height: number
  ratio: number
  /** CSS colours (#rrggbb) by label value; what is hidden has none. */
  colors: ReadonlyMap<number, string>
  /** Letters at the ends of the axes: −x, +x, −y, +y, −z, +z. */
  letters: readonly string[]
  /** In motion: quick rather than fine. */
  moving: boolean
}

export type ToWorker =
  | { kind: 'canvas'; canvas: OffscreenCanvas }
  | { kind: 'map'; map: Uint8Array | null; shape: Index3; spacing: Index3 }
  | { kind: 'view'; view: SurfaceView }
  | { kind: 'pick'; x: number; y: number }

export type FromWorker =
  /** A new map has its surface. `quads`: of all labels. */
  { kind: 'made'; labels: number; quads: number; milliseconds: number } | { kind: 'picked'; index: Index3 }
