/**
 * The viewer of the window: three linked planes of one scan with label maps over it. It lives outside Vue: components
 * lend it places to stand in, tell it what to show, and read plain figures from `state`.
 */
import { Enums } from '@cornerstonejs/core'
import { indexOf, placing, resizeViewports, startEngine, viewportOf, worldOf } from './engine.ts'
import type { Heat } from './heat.ts'
import type { ValueRange } from './range.ts'
import { Painter, type Layer, type Look, type Sketch } from './painter.ts'
import { axesOf, clampIndex, planes, type Index3, type Plane } from './planes.ts'
import { listenToPointer, type Phase, type Tool } from './pointer.ts'
import type { Painted } from './samples.ts'
import { Scans, valueAt, type Scan, type Wish } from './scans.ts'

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

/** A place in a slice: a continuous voxel index, whole along the axis that the plane is cut across. */
export interface Spot {
  plane: Plane
  normal: 0 | 1 | 2
  index: Index3
  /** Ctrl is held. */
  erase: boolean
}

/** Whoever edits labels with the tool "edit". */
export interface Editor {
  edit(phase: Phase, spot: Spot): void
  hover(spot: Spot | null): void
  /** True when the turn (in notches, up = positive) was used: the slice stays. */
  turn(notches: number, ctrl: boolean): boolean
}

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
  editor: Editor | null = null
  /** Where the user last pressed or scrolled: edits of "this slice" and keys go there. */
  activePlane: Plane = 'axial'

  readonly #elements = {} as Record<Plane, HTMLDivElement>
  readonly #painters = {} as Record<Plane, Painter>
  readonly #scans = new Scans()
  readonly #listeners = new Set<() => void>()
  readonly #dirty = new Set<Plane>()
  #scan: Scan | null = null
  #layers: readonly Layer[] = []
  #heat: Heat | null = null
  #range: ValueRange | null = null
  #look: Look = { colors: new Map(), hidden: new Set(), opacity: 0.4 }
  #shown: Record<Plane, number> = { axial: -1, coronal: -1, sagittal: -1 }
  #sketch: Sketch | null = null
  #blend: { scan: Scan; amount: number } | null = null
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

  /**
   * Shows a scan. `load` is called when its samples aren't in memory.
   * @returns false when another scan was opened meanwhile
   * @throws RangeError when the samples don't fit the header
   */
  async open(key: string, wish: Wish, load: () => Promise<ArrayBuffer>): Promise<boolean> {
    const { handle } = wish
    const turn = ++this.#opening
    const bytes = this.#scans.get(key) ? null : await load()
    if (turn !== this.#opening) return false
    const scan = this.#scans.get(key) ?? this.#scans.add(key, wish, bytes!)
    Scans.aim(scan, wish)
    this.#scans.use(key, scan, [this.#scan])
    this.#blend = null
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
    this.#blend = null
    this.#layers = []
    this.state = { ...this.state, key: null }
    for (const plane of planes) this.#schedule(plane)
    this.#tell()
  }

  /**
   * Lays another channel of the scan on screen over it, `amount` (0..1) of it against the first. `load` as in `open`.
   * @returns false when another scan was opened meanwhile
   */
  async blend(key: string, wish: Wish, amount: number, load: () => Promise<ArrayBuffer>): Promise<boolean> {
    const turn = this.#opening
    const bytes = this.#scans.get(key) ? null : await load()
    if (turn !== this.#opening || !this.#scan) return false
    const scan = this.#scans.get(key) ?? this.#scans.add(key, wish, bytes!)
    Scans.aim(scan, wish)
    this.#scans.use(key, scan, [this.#scan])
    this.#blend = { scan, amount }
    this.#scheduleAll()
    return true
  }

  endBlend(): void {
    this.#blend = null
    this.#scheduleAll()
  }

  setLayers(layers: readonly Layer[]): void {
    this.#layers = layers
    this.#scheduleAll()
  }

  /** Tints the voxels whose value is in a range; null for none. */
  setRange(range: ValueRange | null): void {
    this.#range = range
    this.#scheduleAll()
  }

  /** Colours under the labels; null for none. */
  setHeat(heat: Heat | null): void {
    if (heat === this.#heat) return
    this.#heat = heat
    this.#scheduleAll()
  }

  /** What a tool draws while it is at work; only that plane is painted anew. */
  setSketch(sketch: Sketch | null): void {
    for (const one of [this.#sketch, sketch]) if (one) this.#schedule(one.plane)
    this.#sketch = sketch
  }

  /** The samples of the scan on screen: value = sample · slope + intercept. */
  get painted(): Painted | null {
    return this.#scan?.painted ?? null
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
    this.state = { ...this.state, cursor, value: valueAt(scan, cursor) }
    this.#scheduleAll()
    this.#tell()
  }

  activate(plane: Plane): void {
    this.activePlane = plane
  }

  scroll(plane: Plane, slices: number): void {
    this.activePlane = plane
    const next: Index3 = [...this.state.cursor]
    next[axesOf[plane].normal] += slices
    this.goTo(next)
  }

  navigate(plane: Plane, x: number, y: number): void {
    this.activePlane = plane
    if (!this.#scan) return
    const index = indexOf(viewportOf(plane).canvasToWorld([x, y]), this.state.spacing)
    // The slice itself stays: only what lies in the plane is chosen.
    const normal = axesOf[plane].normal
    index[normal] = this.state.cursor[normal]
    this.goTo(index)
  }

  edit(plane: Plane, phase: Phase, x: number, y: number, erase: boolean): void {
    if (phase === 'down') this.activePlane = plane
    if (this.#scan) this.editor?.edit(phase, this.#spot(plane, x, y, erase))
  }

  hover(plane: Plane, point: readonly [number, number] | null, erase: boolean): void {
    if (this.#scan) this.editor?.hover(point && this.#spot(plane, ...point, erase))
  }

  turn(notches: number, ctrl: boolean): boolean {
    return this.#scan !== null && (this.editor?.turn(notches, ctrl) ?? false)
  }

  #spot(plane: Plane, x: number, y: number, erase: boolean): Spot {
    const index = indexOf(viewportOf(plane).canvasToWorld([x, y]), this.state.spacing)
    const { normal } = axesOf[plane]
    index[normal] = this.state.cursor[normal]
    return { plane, normal, index, erase }
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

  /** Enlarges around the middle of a plane. */
  zoomBy(plane: Plane, factor: number): void {
    const { clientWidth, clientHeight } = this.#elements[plane]
    this.zoom(plane, factor, clientWidth / 2, clientHeight / 2)
  }

  /** All planes fit their frames again. */
  fit(): void {
    if (!this.#scan) return
    for (const plane of planes) viewportOf(plane).resetViewState()
    this.#shown = { axial: -1, coronal: -1, sagittal: -1 }
    this.#scheduleAll()
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
    const place = placing(plane, scan.handle.spacing)
    this.#measure(plane, place)
    const { shape } = scan.handle
    painter.paint(
      {
        shape,
        cursor: scan.cursor,
        blend: this.#blend && { ...this.#blend.scan, amount: this.#blend.amount },
        layers: this.#layers,
        range: this.#range && { values: this.#range, painted: scan.painted },
        heat: this.#heat?.map.length === shape[0] * shape[1] * shape[2] ? this.#heat : null,
        look: this.#look,
        crosshair: this.crosshair,
        sketch: this.#sketch,
        pixelsPerMm: this.state.pixelsPerMm[plane],
      },
      place,
    )
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

/** The window's one viewer. */
export const viewer = new Viewer()
