/** A range of scan values as a tint over a plane: what the threshold gate lets through. */
import { axesOf, type Index3, type Plane } from './planes.ts'
import type { Painted } from './samples.ts'

/** In the scan's values, both ends included; `color` as "#rrggbb". */
export interface ValueRange {
  low: number
  high: number
  color: string
}

/** Of 255: enough to see the range, little enough to see the scan. */
const strength = 70

/** Paints the voxels of the present slice whose value is in the range. `place`: voxel index to CSS pixels. */
export function paintRange(
  context: CanvasRenderingContext2D,
  plane: Plane,
  range: ValueRange,
  { samples, slope, intercept }: Painted,
  { shape, cursor }: { shape: Index3; cursor: Index3 },
  place: (index: readonly number[]) => readonly [number, number],
): void {
  const { normal, across, up } = axesOf[plane]
  const [width, height] = [shape[across.axis], shape[up.axis]]
  const stride = [1, shape[0], shape[0] * shape[1]]
  const [low, high] = [range.low, range.high].map((value) => (value - intercept) / slope)
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(range.color.slice(at, at + 2), 16))
  const tint = (strength << 24) | (blue << 16) | (green << 8) | red
  const picture = new ImageData(width, height)
  const pixels = new Uint32Array(picture.data.buffer)
  for (let y = 0, out = 0; y < height; y++) {
    let from = cursor[normal] * stride[normal] + y * stride[up.axis]
    for (let x = 0; x < width; x++, out++, from += stride[across.axis])
      if (samples[from] >= low && samples[from] <= high) pixels[out] = tint
  }
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(picture, 0, 0)
  const corner = (x: number, y: number) => {
    const index: Index3 = [...cursor]
    index[across.axis] = x - 0.5
    index[up.axis] = y - 0.5
    return place(index)
  }
  const [zero, right, top] = [corner(0, 0), corner(1, 0), corner(0, 1)]
  context.save()
  context.imageSmoothingEnabled = false
  context.transform(right[0] - zero[0], right[1] - zero[1], top[0] - zero[0], top[1] - zero[1], zero[0], zero[1])
  context.drawImage(canvas, 0, 0)
  context.restore()
}
