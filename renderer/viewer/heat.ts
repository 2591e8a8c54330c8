/** A map of one byte a voxel as colours over a plane: nothing at 0, violet over orange to pale yellow at 255. */
import { axesOf, cutSlice, type Index3, type Plane } from './planes.ts'

/** The id is another one whenever the map is. opacity: of the strongest voxel, 0..1. */
export interface Heat {
  id: string
  map: Uint8Array
  opacity: number
}

/** Colour stops [share, r, g, b], after the "inferno" scale of matplotlib (CC0): lightness grows with the value. */
const stops = [
  [0, 66, 10, 104],
  [0.35, 147, 38, 103],
  [0.6, 221, 81, 58],
  [0.8, 252, 165, 10],
  [1, 252, 255, 164],
] as const

/** 256 RGBA entries; the weakest are clear, so that the scan stays readable where the model was sure. */
const palette = Uint8ClampedArray.from(
  Array.from({ length: 256 }, (_, value) => {
    const share = value / 255
    const high = Math.max(
      1,
      stops.findIndex(([at]) => at >= share),
    )
    const [from, to] = [stops[high - 1], stops[high]]
    const t = (share - from[0]) / (to[0] - from[0])
    const mix = (n: 1 | 2 | 3) => from[n] + t * (to[n] - from[n])
    return [mix(1), mix(2), mix(3), 255 * Math.min(1, share * 1.6)]
  }).flat(),
)

/** The scale as a CSS gradient, for a legend. */
export const heatGradient = `linear-gradient(to right, transparent, ${stops.map(([at, r, g, b]) => `rgb(${r} ${g} ${b}) ${Math.max(10, 100 * at)}%`).join(', ')})`

/** Paints slices of a heat map over one plane; the present slice is kept until it changes. */
export class HeatPainter {
  readonly #plane: Plane
  readonly #picture = document.createElement('canvas')
  #key = ''

  constructor(plane: Plane) {
    this.#plane = plane
  }

  /** `place`: where a voxel index lies on the canvas, in CSS pixels; the context is scaled to those. */
  paint(
    context: CanvasRenderingContext2D,
    { id, map, opacity }: Heat,
    { shape, cursor }: { shape: Index3; cursor: Index3 },
    place: (index: readonly number[]) => readonly [number, number],
  ): void {
    const { normal, across, up } = axesOf[this.#plane]
    const at = cursor[normal]
    const key = `${id}:${at}`
    if (key !== this.#key) {
      const { width, height, samples } = cutSlice(map, shape, this.#plane, at)
      this.#picture.width = width
      this.#picture.height = height
      const pixels = new ImageData(width, height)
      for (let n = 0; n < samples.length; n++)
        pixels.data.set(palette.subarray(4 * samples[n], 4 * samples[n] + 4), 4 * n)
      this.#picture.getContext('2d')!.putImageData(pixels, 0, 0)
      this.#key = key
    }
    const corner = (x: number, y: number) => {
      const index: Index3 = [...cursor]
      index[across.axis] = x - 0.5
      index[up.axis] = y - 0.5
      return place(index)
    }
    const { width, height } = this.#picture
    const [origin, right, top] = [corner(0, 0), corner(width, 0), corner(0, height)]
    context.save()
    context.globalAlpha = opacity
    context.imageSmoothingEnabled = true
    context.transform(
      (right[0] - origin[0]) / width,
      (right[1] - origin[1]) / width,
      (top[0] - origin[0]) / height,
      (top[1] - origin[1]) / height,
      origin[0],
      origin[1],
    )
    context.drawImage(this.#picture, 0, 0)
    context.restore()
  }
}
