/** Makes and draws the surface of the labels, away from the page's own thread. */
import { clampIndex, type Index3 } from '../planes.ts'
import { boxesOf, meshOf, type Mesh } from './mesh.ts'
import type { FromWorker, SurfaceView, ToWorker } from './messages.ts'
import { drawMesh, newFrame, placeAt, type Aim, type Frame } from './raster.ts'
import { seen } from './turn.ts'

/** Finer than the screen where it stands still, so that edges are smooth; never more pixels than these. */
const fine = 2
const mostPixels = 2_000_000

let canvas: OffscreenCanvas | null = null
let meshes: Mesh[] = []
let grid: { shape: Index3; spacing: Index3 } | null = null
/** Middle and radius in mm of the ball around all labels. */
let around: { middle: [number, number, number]; radius: number } | null = null
let view: SurfaceView | null = null
let drawn: { frame: Frame; aim: Aim; scale: number } | null = null
let waiting = false

const tell = (message: FromWorker) => postMessage(message)

onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'canvas') canvas = data.canvas
  else if (data.kind === 'map') take(data)
  else if (data.kind === 'view') view = data.view
  else pick(data.x, data.y)
  // Several messages in a row are one picture.
  if (waiting) return
  waiting = true
  setTimeout(() => {
    waiting = false
    draw()
  })
}

function take({ map, shape, spacing }: Extract<ToWorker, { kind: 'map' }>): void {
  const start = performance.now()
  grid = { shape, spacing }
  const boxes = map ? boxesOf(map, shape) : new Map()
  meshes = map ? [...boxes].map(([value, box]) => meshOf(map, shape, spacing, value, box)) : []
  around = ballAround(meshes)
  const quads = meshes.reduce((sum, mesh) => sum + mesh.quads.length / 4, 0)
  tell({ kind: 'made', labels: meshes.length, quads, milliseconds: performance.now() - start })
}

function ballAround(all: readonly Mesh[]): typeof around {
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  for (const { places } of all)
    for (let n = 0; n < places.length; n++) {
      const axis = n % 3
      if (places[n] < low[axis]) low[axis] = places[n]
      if (places[n] > high[axis]) high[axis] = places[n]
    }
  if (low[0] === Infinity) return null
  const middle = low.map((value, axis) => (value + high[axis]) / 2) as [number, number, number]
  return { middle, radius: Math.hypot(...low.map((value, axis) => high[axis] - value)) / 2 }
}

function draw(): void {
  if (!canvas || !view) return
  const { width, height, ratio, turn, zoom, moving } = view
  canvas.width = Math.max(1, Math.round(width * ratio))
  canvas.height = Math.max(1, Math.round(height * ratio))
  const context = canvas.getContext('2d')!
  drawn = null
  if (!around) return
  const wanted = moving ? Math.min(1, ratio) : ratio * fine
  const scale = Math.min(wanted, Math.sqrt(mostPixels / Math.max(1, width * height)))
  const frame = newFrame(Math.round(width * scale), Math.round(height * scale))
  // Room for the letters at the edges.
  const fit = Math.max(20, Math.min(width, height) / 2 - 16) / around.radius
  const aim: Aim = { turn, middle: around.middle, pixelsPerMm: fit * zoom * scale }
  for (const mesh of meshes) {
    const color = view.colors.get(mesh.value)
    if (color) drawMesh(frame, mesh, rgb(color), aim)
  }
  drawn = { frame, aim, scale }
  const picture = new OffscreenCanvas(frame.width, frame.height)
  const bytes = new Uint8ClampedArray(frame.colors.buffer)
  picture.getContext('2d')!.putImageData(new ImageData(bytes, frame.width, frame.height), 0, 0)
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  drawLetters(context, view)
}

/** R, L, A, P, S, I where the axes point to; those that point away are faint. */
function drawLetters(context: OffscreenCanvasRenderingContext2D, { width, height, ratio, turn, letters }: SurfaceView) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.font = '600 13px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const reach = Math.min(width, height) / 2 - 14
  for (let axis = 0; axis < 3; axis++)
    for (const sign of [-1, 1]) {
      const end: Index3 = [0, 0, 0]
      end[axis] = sign
      const [right, up, near] = seen(turn, ...end)
      // What points to the reader or away stands in the middle, over the labels: left out.
      if (Math.hypot(right, up) < 0.35) continue
      context.globalAlpha = near < -0.3 ? 0.45 : 0.95
      const [x, y] = [width / 2 + right * reach, height / 2 - up * reach]
      const letter = letters[2 * axis + (sign > 0 ? 1 : 0)]
      context.strokeStyle = '#000'
      context.lineWidth = 3
      context.strokeText(letter, x, y)
      context.fillStyle = '#d7dee6'
      context.fillText(letter, x, y)
    }
  context.globalAlpha = 1
  context.resetTransform()
}

function pick(x: number, y: number): void {
  if (!drawn || !grid) return
  const { spacing, shape } = grid
  const place = placeAt(drawn.frame, drawn.aim, x * drawn.scale, y * drawn.scale)
  if (place)
    tell({
      kind: 'picked',
      index: clampIndex(
        place.map((mm, axis) => mm / spacing[axis]),
        shape,
      ),
    })
}

const rgb = (color: string): number[] => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
