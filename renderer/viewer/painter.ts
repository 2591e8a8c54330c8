/** Paints labels, proposals and the crosshair over one plane, on a canvas of its own above cornerstone's. */
import { unknownLabel } from '../../shared/domain/records.ts'
import { HeatPainter, type Heat } from './heat.ts'
import { roundedPath, traceLoops, type Loop } from './outline.ts'
import { axesOf, cutSlice, type Index3, type Plane } from './planes.ts'
import { paintRange, type ValueRange } from './range.ts'
import type { Painted } from './samples.ts'

/**
 * A label map over the scan. "filled": drawn by a person; "hatched": a model's proposal; "preview": what an edit would
 * make. The id is another one whenever a voxel of the map is.
 */
export interface Layer {
  id: string
  map: Uint8Array
  style: 'filled' | 'hatched' | 'preview'
}

/** How labels look; shared by all planes. */
export interface Look {
  /** CSS colours by label value. */
  colors: ReadonlyMap<number, string>
  hidden: ReadonlySet<number>
  /** Of the filling, 0..1. Outlines stay. */
  opacity: number
  /** Of the filling of single labels, times `opacity`; 1 for those that aren't named. */
  strengths?: ReadonlyMap<number, number>
}

/** What a tool draws over one plane while it is at work. Places are continuous voxel indices. */
export interface Sketch {
  plane: Plane
  /** The brush: where it is, how large (mm), and in which colour. */
  ring?: { index: readonly number[]; radius: number; color: string; dashed: boolean }
  /** An outline that is being drawn. */
  path?: readonly (readonly number[])[]
}

/** Where a voxel index lies on the canvas, in CSS pixels. */
export type Placing = (index: readonly number[]) => readonly [number, number]

/** A second channel over the first. */
interface Blend {
  id: string
  painted: Painted
  /** Display window in the scan's values. */
  window: readonly [number, number]
  /** 0: the first channel alone; 1: this one alone. */
  amount: number
}

interface Scene {
  shape: Index3
  cursor: Index3
  blend: Blend | null
  layers: readonly Layer[]
  heat: Heat | null
  /** A tint over part of the scan's values. */
  range: { values: ValueRange; painted: Painted } | null
  look: Look
  crosshair: boolean
  sketch: Sketch | null
  pixelsPerMm: number
}

interface Cut {
  key: string
  loops: Map<number, Loop[]>
}

/** Painter of one plane. Loops of the present slice are kept until slice or map change. */
export class Painter {
  readonly canvas = document.createElement('canvas')
  readonly #plane: Plane
  readonly #heat: HeatPainter
  readonly #cuts = new Map<string, Cut>()
  #blended: { key: string; canvas: OffscreenCanvas } | null = null
  #width = 0
  #height = 0

  constructor(plane: Plane) {
    this.#plane = plane
    this.#heat = new HeatPainter(plane)
    this.canvas.className = 'viewer-labels'
  }

  /** Sizes in CSS pixels. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1
    this.#width = width
    this.#height = height
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
  }

  paint(scene: Scene | null, place: Placing | null): void {
    const context = this.canvas.getContext('2d')!
    const ratio = window.devicePixelRatio || 1
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, this.#width, this.#height)
    if (!scene || !place) return
    if (scene.blend) this.#paintBlend(context, scene, scene.blend, place)
    if (scene.heat) this.#heat.paint(context, scene.heat, scene, place)
    if (scene.range) paintRange(context, this.#plane, scene.range.values, scene.range.painted, scene, place)
    for (const layer of scene.layers) this.#paintLayer(context, scene, layer, place)
    if (scene.sketch?.plane === this.#plane) this.#paintSketch(context, scene, scene.sketch, place)
    if (scene.crosshair) this.#paintCrosshair(context, place(scene.cursor))
  }

  #paintBlend(context: CanvasRenderingContext2D, scene: Scene, blend: Blend, place: Placing): void {
    const { normal, across, up } = axesOf[this.#plane]
    const { shape, cursor } = scene
    const key = `${blend.id}:${cursor[normal]}:${blend.window}`
    const [width, height] = [shape[across.axis], shape[up.axis]]
    if (this.#blended?.key !== key) {
      const canvas = new OffscreenCanvas(width, height)
      const picture = new ImageData(width, height)
      const grey = new Uint32Array(picture.data.buffer)
      const { samples, slope, intercept } = blend.painted
      const [low, high] = blend.window.map((value) => (value - intercept) / slope)
      const stride = [1, shape[0], shape[0] * shape[1]]
      const scale = 255 / (high - low || 1)
      for (let y = 0, out = 0; y < height; y++) {
        let from = cursor[normal] * stride[normal] + y * stride[up.axis]
        for (let x = 0; x < width; x++, from += stride[across.axis]) {
          const value = Math.min(255, Math.max(0, (samples[from] - low) * scale)) | 0
          grey[out++] = 0xff000000 | (value << 16) | (value << 8) | value
        }
      }
      canvas.getContext('2d')!.putImageData(picture, 0, 0)
      this.#blended = { key, canvas }
    }
    const index: Index3 = [...cursor]
    const corner = (x: number, y: number) => {
      index[across.axis] = x - 0.5
      index[up.axis] = y - 0.5
      return place(index)
    }
    const [zero, right, top] = [corner(0, 0), corner(1, 0), corner(0, 1)]
    context.save()
    context.transform(right[0] - zero[0], right[1] - zero[1], top[0] - zero[0], top[1] - zero[1], zero[0], zero[1])
    context.globalAlpha = blend.amount
    context.drawImage(this.#blended.canvas, 0, 0)
    context.restore()
  }

  #paintLayer(context: CanvasRenderingContext2D, scene: Scene, layer: Layer, place: Placing): void {
    const axes = axesOf[this.#plane]
    const cut = this.#cut(layer, scene)
    const index: Index3 = [...scene.cursor]
    // Corners lie half a voxel before their voxel's centre.
    const toCanvas = (x: number, y: number) => {
      index[axes.across.axis] = x - 0.5
      index[axes.up.axis] = y - 0.5
      return place(index)
    }
    for (const [value, loops] of cut.loops) {
      // What a preview would take away has no colour of its own.
      const color = scene.look.colors.get(value) ?? (layer.style === 'preview' ? '#fff' : undefined)
      if (!color || (scene.look.hidden.has(value) && layer.style !== 'preview')) continue
      const path = new Path2D()
      for (const loop of loops) roundedPath(loop, path, toCanvas)
      context.save()
      context.globalAlpha = scene.look.opacity * (scene.look.strengths?.get(value) ?? 1)
      context.fillStyle = layer.style === 'hatched' ? hatch(context, color) : color
      context.fill(path, 'evenodd')
      context.globalAlpha = 1
      context.lineWidth = layer.style === 'hatched' ? 1.75 : 1.5
      context.lineJoin = 'round'
      // A dark seam keeps the line readable on bright tissue.
      context.strokeStyle = 'rgb(0 0 0 / 45%)'
      context.lineWidth += 1.5
      context.stroke(path)
      context.lineWidth -= 1.5
      if (layer.style === 'hatched') context.setLineDash([6, 4])
      if (layer.style === 'preview') context.setLineDash([3, 3])
      context.strokeStyle = layer.style === 'preview' ? '#fff' : color
      context.stroke(path)
      context.restore()
    }
  }

  #cut(layer: Layer, scene: Scene): Cut {
    const at = scene.cursor[axesOf[this.#plane].normal]
    const key = `${layer.id}:${at}`
    const known = this.#cuts.get(layer.style)
    if (known?.key === key) return known
    const slice = cutSlice(layer.map, scene.shape, this.#plane, at)
    const values = new Set(slice.samples)
    values.delete(0)
    // Unknown in a label map: nothing to see. In a preview the same value is what would be taken away.
    if (layer.style !== 'preview') values.delete(unknownLabel)
    const cut = { key, loops: new Map([...values].sort((a, b) => a - b).map((v) => [v, traceLoops(slice, v)])) }
    this.#cuts.set(layer.style, cut)
    return cut
  }

  #paintSketch(context: CanvasRenderingContext2D, scene: Scene, { ring, path }: Sketch, place: Placing): void {
    context.save()
    const outline = new Path2D()
    if (ring) {
      const [x, y] = place(ring.index)
      outline.arc(x, y, Math.max(2, ring.radius * scene.pixelsPerMm), 0, 2 * Math.PI)
    }
    for (const [n, index] of (path ?? []).entries()) outline[n ? 'lineTo' : 'moveTo'](...place(index))
    if (path) outline.closePath()
    context.lineWidth = 3
    context.strokeStyle = 'rgb(0 0 0 / 55%)'
    context.stroke(outline)
    context.lineWidth = 1.5
    context.strokeStyle = ring?.color ?? '#fff'
    if (ring?.dashed) context.setLineDash([4, 3])
    context.stroke(outline)
    context.restore()
  }

  #paintCrosshair(context: CanvasRenderingContext2D, [x, y]: readonly [number, number]): void {
    const gap = 12
    context.save()
    context.lineWidth = 1
    context.strokeStyle = 'rgb(99 179 228 / 60%)'
    context.beginPath()
    const [cx, cy] = [Math.round(x) + 0.5, Math.round(y) + 0.5]
    context.moveTo(0, cy)
    context.lineTo(cx - gap, cy)
    context.moveTo(cx + gap, cy)
    context.lineTo(this.#width, cy)
    context.moveTo(cx, 0)
    context.lineTo(cx, cy - gap)
    context.moveTo(cx, cy + gap)
    context.lineTo(cx, this.#height)
    context.stroke()
    context.restore()
  }
}

const hatches = new Map<string, HTMLCanvasElement>()

/** Diagonal stripes of a colour over a faint wash of it; 8 pixels apart whatever the zoom. */
function hatch(context: CanvasRenderingContext2D, color: string): CanvasPattern {
  let tile = hatches.get(color)
  if (!tile) {
    tile = document.createElement('canvas')
    tile.width = tile.height = 16
    const brush = tile.getContext('2d')!
    brush.globalAlpha = 0.25
    brush.fillStyle = color
    brush.fillRect(0, 0, 16, 16)
    brush.globalAlpha = 1
    brush.strokeStyle = color
    brush.lineWidth = 3
    for (let x = -16; x <= 32; x += 16) {
      brush.moveTo(x - 2, 18)
      brush.lineTo(x + 18, -2)
    }
    brush.stroke()
    hatches.set(color, tile)
  }
  const pattern = context.createPattern(tile, 'repeat')!
  pattern.setTransform(new DOMMatrix([0.5, 0, 0, 0.5, 0, 0]))
  return pattern
}
