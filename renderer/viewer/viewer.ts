/**
 * The viewer of the window: three linked planes of one scan with label maps over it. It lives outside Vue: components
 * lend it places to stand in, tell it what to show, and read plain figures from `state`.
 */
import { Enums, type PlanarViewport } from '@cornerstonejs/core'
import type { VolumeHandle } from '../../shared/api/contract.ts'
import { addVolume, indexOf, removeVolume, resizeViewports, startEngine, viewportOf, worldOf } from './engine.ts'
import { Painter, type Layer, type Look } from './painter.ts'
import { axesOf, clampIndex, planes, type Index3, type Plane } from './planes.ts'
import { listenToPointer, type Tool } from './pointer.ts'
import { channelSamples, paint, type Painted } from './samples.ts'

/** What components may show about the viewer. A new object at every change. */
export interface ViewerState {
  /** Which scan is on screen. */
  readonly key: string | null
  readonly shape: Index3
  readonly spacing: Index3
  /** The voxel that all planes go through. */
  readonly cursor: Index3
  /** The scan's value there. */
  readonly value: number | null
  /** Display window in the scan's values. */
  readonly window: readonly [low: number, high: number]
  /** Screen pixels per millimetre. */
  readonly pixelsPerMm: Readonly<Record<Plane, number>>
}

interface Scan {
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
  /** Display window to start with, in the scan's values. */
  window: readonly [number, number]
}

/** Scans that stay ready, so that going back and forth is instant. */
const keptScans = 6
const none: Index3 = [0, 0, 0]

class Viewer {
  state: ViewerState = {
    key: null,
    shape: none,
    spacing: [1, 1, 1],
    cursor: none,
    value: null,
    window: [0, 1],
    pixelsPerMm: { axial: 0, coronal: 0, sagittal: 0 },
  }
  tool: Tool = 'navigate'
  crosshair = true

  readonly #elements = {} as Record<Plane, HTMLDivElement>
  readonly #painters = {} as Record<Plane, Painter>
  readonly #scans = new Map<string, Scan>()
  readonly #listeners = new Set<() => void>()
  readonly #dirty = new Set<Plane>()
  #scan: Scan | null = null
  #layers: readonly Layer[] = []
  #look: Look = { colors: new Map(), hidden: new Set(), opacity: 0.4 }
  #shown: Record<Plane, number> = { axial: -1, coronal: -1, sagittal: -1 }
  #frame = 0
  #windowAtStart: [number, number] = [0, 1]
  #opening = 0

  constructor() {
    for (const plane of planes) {
      const element = document.createElement('div')
      element.className = 'viewer-plane'
      element.dataset.plane = plane
      this.#elements[plane] = element
      this.#painters[plane] = new Painter(plane)
      listenToPointer(element, plane, this)
      element.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.#schedule(plane))
    }
    const observer = new ResizeObserver(() => this.#resize())
    for (const plane of planes) observer.observe(this.#elements[plane])
  }

  /** Puts a plane into `host`, where it fills the place. The plane keeps its picture when it moves. */
  mount(plane: Plane, host: HTMLElement, label: string): void {
    const element = this.#elements[plane]
    host.append(element)
    element.tabIndex = 0
    element.setAttribute('role', 'img')
    element.setAttribute('aria-label', label)
  }

  /** Calls back at every change of `state`; returns the function that stops it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Is this scan still in memory? Then `open` needs no bytes. */
  has(key: string): boolean {
    return this.#scans.has(key)
  }

  /**
   * Shows a scan. `load` is called when its samples aren't in memory.
   * @returns false when another scan was opened meanwhile
   * @throws RangeError when the samples don't fit the header
   */
  async open(key: string, wish: Wish, load: () => Promise<ArrayBuffer>): Promise<boolean> {
    const { handle } = wish
    const turn = ++this.#opening
    const bytes = this.#scans.has(key) ? null : await load()
    if (turn !== this.#opening) return false
    const scan = this.#scans.get(key) ?? this.#prepare(key, wish, bytes!)
    this.#keep(key, scan)
    startEngine(this.#elements)
    this.#resize()
    this.#layers = []
    this.#scan = scan
    await Promise.all(planes.map((plane) => viewportOf(plane).setDisplaySets({ displaySetId: scan.id })))
    if (turn !== this.#opening) return false
    const { shape, spacing } = handle
    this.state = { ...this.state, key, shape, spacing, cursor: scan.cursor, window: scan.window }
    this.#shown = { axial: -1, coronal: -1, sagittal: -1 }
    for (const plane of planes) viewportOf(plane).resetViewState()
    this.setWindow(scan.window)
    this.goTo(scan.cursor)
    return true
  }

  /** Shows nothing. */
  close(): void {
    this.#opening++
    this.#scan = null
    this.#layers = []
    this.state = { ...this.state, key: null }
    for (const plane of planes) this.#schedule(plane)
    this.#tell()
  }

  #prepare(key: string, { handle, channel, window: [low, high] }: Wish, bytes: ArrayBuffer): Scan {
    const painted = paint(channelSamples(bytes, handle, channel))
    const id = `scan-${key.replace(/[^\w-]/g, '_')}`
    addVolume(id, painted.samples, handle.shape, handle.spacing)
    const middle = clampIndex(
      handle.shape.map((n) => (n - 1) / 2),
      handle.shape,
    )
    const usual: [number, number] = [low, high > low ? high : low + 1]
    return { id, handle, painted, usual, window: usual, cursor: middle }
  }

  /** Moves a scan to the newest place and lets the oldest go. */
  #keep(key: string, scan: Scan): void {
    this.#scans.delete(key)
    this.#scans.set(key, scan)
    for (const [old, oldScan] of this.#scans) {
      if (this.#scans.size <= keptScans) break
      if (oldScan === this.#scan) continue
      this.#scans.delete(old)
      removeVolume(oldScan.id)
    }
  }

  setLayers(layers: readonly Layer[]): void {
    this.#layers = layers
    this.#scheduleAll()
  }

  setLook(look: Look): void {
    this.#look = look
    this.#scheduleAll()
  }

  setCrosshair(on: boolean): void {
    this.crosshair = on
    this.#scheduleAll()
  }

  /** All planes go through this voxel. */
  goTo(index: readonly number[]): void {
    const scan = this.#scan
    if (!scan) return
    const cursor = clampIndex(index, scan.handle.shape)
    scan.cursor = cursor
    this.state = { ...this.state, cursor, value: this.#valueAt(cursor) }
    this.#scheduleAll()
    this.#tell()
  }

  scroll(plane: Plane, slices: number): void {
    const next: Index3 = [...this.state.cursor]
    next[axesOf[plane].normal] += slices
    this.goTo(next)
  }

  navigate(plane: Plane, x: number, y: number): void {
    if (!this.#scan) return
    const index = indexOf(viewportOf(plane).canvasToWorld([x, y]), this.state.spacing)
    // The slice itself stays: only what lies in the plane is chosen.
    const normal = axesOf[plane].normal
    index[normal] = this.state.cursor[normal]
    this.goTo(index)
  }

  /** Display window in the scan's values; high is kept above low. */
  setWindow([low, high]: readonly [number, number]): void {
    const scan = this.#scan
    if (!scan) return
    const { slope, intercept } = scan.painted
    const least = Math.max(Math.abs(slope), 1e-6)
    scan.window = [low, Math.max(high, low + least)]
    const voiRange = { lower: (scan.window[0] - intercept) / slope, upper: (scan.window[1] - intercept) / slope }
    for (const plane of planes) viewportOf(plane).setDisplaySetPresentation(scan.id, { voiRange })
    this.state = { ...this.state, window: scan.window }
    this.#tell()
  }

  resetWindow(): void {
    if (this.#scan) this.setWindow(this.#scan.usual)
  }

  window(dx: number, dy: number, began: boolean): void {
    if (!this.#scan) return
    if (began) this.#windowAtStart = [...this.#scan.window]
    const [low, high] = this.#windowAtStart
    const width = high - low
    const level = (low + high) / 2 + (dy * width) / 300
    const half = (width * Math.exp(dx / 250)) / 2
    this.setWindow([level - half, level + half])
  }

  pan(plane: Plane, dx: number, dy: number): void {
    if (!this.#scan) return
    const viewport = viewportOf(plane)
    const [x, y] = viewport.getPan()
    viewport.setPan([x + dx, y + dy])
  }

  zoom(plane: Plane, factor: number, x: number, y: number): void {
    if (!this.#scan) return
    const viewport = viewportOf(plane)
    const zoom = Math.min(40, Math.max(0.2, viewport.getZoom() * factor))
    viewport.setZoom(zoom, [x, y])
  }

  /** All planes fit their frames again. */
  fit(): void {
    if (!this.#scan) return
    for (const plane of planes) viewportOf(plane).resetViewState()
    this.#shown = { axial: -1, coronal: -1, sagittal: -1 }
    this.#scheduleAll()
  }

  #valueAt(index: Index3): number | null {
    if (!this.#scan) return null
    const { painted, handle } = this.#scan
    const [nx, ny] = handle.shape
    return painted.samples[index[0] + nx * (index[1] + ny * index[2])] * painted.slope + painted.intercept
  }

  #resize(): void {
    const inSight = planes.filter((plane) => this.#elements[plane].clientWidth > 0)
    if (!inSight.length) return
    for (const plane of inSight) {
      const element = this.#elements[plane]
      this.#painters[plane].resize(element.clientWidth, element.clientHeight)
      // cornerstone fills the element at its start; the labels' canvas lies above.
      if (element.lastElementChild !== this.#painters[plane].canvas) element.append(this.#painters[plane].canvas)
    }
    resizeViewports(inSight)
    this.#scheduleAll()
  }

  #scheduleAll(): void {
    for (const plane of planes) this.#schedule(plane)
  }

  #schedule(plane: Plane): void {
    this.#dirty.add(plane)
    this.#frame ||= requestAnimationFrame(() => this.#draw())
  }

  /** Once per frame: moves viewports to the cursor's slice and paints what lies over them. */
  #draw(): void {
    this.#frame = 0
    const scan = this.#scan
    for (const plane of planes) if (scan && this.#dirty.has(plane)) this.#showSlice(plane, scan)
    for (const plane of this.#dirty) this.#paintOver(plane, scan)
    this.#dirty.clear()
    if (this.#frame) cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }

  #showSlice(plane: Plane, scan: Scan): void {
    const axis = axesOf[plane].normal
    const at = scan.cursor[axis]
    if (this.#shown[plane] === at) return
    this.#shown[plane] = at
    const index = scan.handle.shape.map((n) => (n - 1) / 2)
    index[axis] = at
    viewportOf(plane).setViewState({
      slice: { kind: 'volumePoint', sliceWorldPoint: worldOf(index, scan.handle.spacing) },
    })
  }

  #paintOver(plane: Plane, scan: Scan | null): void {
    const painter = this.#painters[plane]
    if (!scan) return painter.paint(null, null)
    const place = placing(viewportOf(plane), scan.handle.spacing)
    this.#measure(plane, place)
    const { shape } = scan.handle
    const scene = { shape, cursor: scan.cursor, layers: this.#layers, look: this.#look, crosshair: this.crosshair }
    painter.paint(scene, place)
  }

  #measure(plane: Plane, place: (index: readonly number[]) => readonly [number, number]): void {
    const axis = axesOf[plane].across.axis
    const step: Index3 = [0, 0, 0]
    step[axis] = 1
    const pixelsPerMm = Math.abs(place(step)[0] - place(none)[0]) / this.state.spacing[axis]
    if (Math.abs(pixelsPerMm - this.state.pixelsPerMm[plane]) < 1e-3) return
    this.state = { ...this.state, pixelsPerMm: { ...this.state.pixelsPerMm, [plane]: pixelsPerMm } }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** A viewport's map from voxel index to canvas as one affine step: asking cornerstone for every point is slow. */
function placing(viewport: PlanarViewport, spacing: readonly number[]) {
  const at = (index: readonly number[]) => viewport.worldToCanvas(worldOf(index, spacing))
  const zero = at([0, 0, 0])
  const steps = [at([1, 0, 0]), at([0, 1, 0]), at([0, 0, 1])].map((p) => [p[0] - zero[0], p[1] - zero[1]])
  return (index: readonly number[]): readonly [number, number] => [
    zero[0] + index[0] * steps[0][0] + index[1] * steps[1][0] + index[2] * steps[2][0],
    zero[1] + index[0] * steps[0][1] + index[1] * steps[1][1] + index[2] * steps[2][1],
  ]
}

/** The window's one viewer. */
export const viewer = new Viewer()
