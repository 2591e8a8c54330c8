/**
 * The labels as a surface, to be turned by dragging. One canvas and one worker for the life of the window; components lend
 * it a place and tell it what to show. Needs no graphics card.
 */
import type { Layer, Look } from '../painter.ts'
import type { Index3 } from '../planes.ts'
import type { FromWorker, SurfaceView, ToWorker } from './messages.ts'
import { firstTurn, turned, type Turn } from './turn.ts'

const perPixel = 0.008
/** Milliseconds without an edit before the surface is made anew, and without a turn before it is drawn finely. */
const calm = 500
const still = 180

class Surface {
  readonly element = document.createElement('div')
  /** How many labels have a surface now; null while it is not known: the first one of a scan is still being made. */
  labels: number | null = null
  /** Called when `labels` changes. */
  onMade: () => void = () => {}
  /** Called with the voxel under a click. */
  onPick: (index: Index3) => void = () => {}

  #worker: Worker | null = null
  #host: HTMLElement | null = null
  #turn: Turn = firstTurn
  #zoom = 1
  #look: Look = { colors: new Map(), hidden: new Set(), opacity: 1 }
  #letters: readonly string[] = []
  #wanted: { layers: readonly Layer[]; shape: Index3; spacing: Index3 } | null = null
  #sent: string | null = null
  /** Maps that the worker has not answered yet. */
  #underway = 0
  #mapTimer: ReturnType<typeof setTimeout> | undefined
  #stillTimer: ReturnType<typeof setTimeout> | undefined
  #frame = 0
  #moving = false

  constructor() {
    this.element.className = 'surface-view'
    new ResizeObserver(() => this.#later()).observe(this.element)
    this.#listen()
  }

  /** Puts the surface into `host`. `letters`: for −x, +x, −y, +y, −z, +z, which are left, right, back, front, feet, head. */
  mount(host: HTMLElement, label: string, letters: readonly string[]): void {
    this.#host = host
    this.#letters = letters
    host.append(this.element)
    this.element.tabIndex = 0
    this.element.setAttribute('role', 'img')
    this.element.setAttribute('aria-label', label)
    this.#sendMap()
    this.#later()
  }

  /** No longer in sight: nothing is made or drawn until it is mounted again. */
  unmount(host: HTMLElement): void {
    if (this.#host === host) this.#host = null
  }

  /** What to show: the first of these maps that has a label. A map that was edited comes with another id. */
  show(layers: readonly Layer[], shape: Index3, spacing: Index3): void {
    // Another scan, or what is drawn on it has arrived: at once.
    const before = this.#wanted
    const fresh = before?.shape !== shape || layers.length > before.layers.length
    this.#wanted = { layers, shape, spacing }
    clearTimeout(this.#mapTimer)
    if (fresh) this.#sendMap()
    else this.#mapTimer = setTimeout(() => this.#sendMap(), calm)
  }

  setLook(look: Look): void {
    this.#look = look
    this.#later()
  }

  reset(): void {
    this.#turn = firstTurn
    this.#zoom = 1
    this.#later()
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#worker) {
      this.#worker = new Worker(new URL('./surface.worker.ts', import.meta.url), { type: 'module' })
      this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data)
      const canvas = this.element.appendChild(document.createElement('canvas'))
      const drawing = canvas.transferControlToOffscreen()
      this.#worker.postMessage({ kind: 'canvas', canvas: drawing } satisfies ToWorker, [drawing])
    }
    this.#worker.postMessage(message, transfer)
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'picked') return this.onPick(message.index)
    if (--this.#underway) return
    this.labels = message.labels
    this.element.dataset.labels = String(message.labels)
    this.element.dataset.quads = String(message.quads)
    this.onMade()
  }

  #sendMap(): void {
    if (!this.#wanted || !this.#host) return
    const { layers, shape, spacing } = this.#wanted
    const layer = layers.find(({ map }) => hasLabel(map))
    const id = layer?.id ?? ''
    if (id === this.#sent) return
    this.#sent = id
    const map = layer ? layer.map.slice() : null
    this.#underway++
    // What was empty need not be any more; what was there stays in sight meanwhile.
    if (map && !this.labels) this.#unknown()
    this.#send({ kind: 'map', map, shape, spacing }, map ? [map.buffer] : [])
    this.#later()
  }

  #unknown(): void {
    this.labels = null
    this.onMade()
  }

  #later(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      const { clientWidth: width, clientHeight: height } = this.element
      if (!this.#host || !width || !height) return
      const { colors, hidden } = this.#look
      const view: SurfaceView = {
        turn: this.#turn,
        zoom: this.#zoom,
        width,
        height,
        ratio: window.devicePixelRatio || 1,
        colors: new Map([...colors].filter(([value]) => !hidden.has(value))),
        letters: this.#letters,
        moving: this.#moving,
      }
      this.#send({ kind: 'view', view })
    })
  }

  #move(): void {
    this.#moving = true
    clearTimeout(this.#stillTimer)
    this.#stillTimer = setTimeout(() => {
      this.#moving = false
      this.#later()
    }, still)
    this.#later()
  }

  #turnBy(across: number, down: number): void {
    this.#turn = turned(this.#turn, across, down)
    this.#move()
  }

  #zoomBy(factor: number): void {
    this.#zoom = Math.min(8, Math.max(0.4, this.#zoom * factor))
    this.#move()
  }

  #listen(): void {
    const { element } = this
    let last: { x: number; y: number; far: boolean } | null = null
    element.addEventListener('pointerdown', (event) => {
      if (event.button > 1) return
      element.setPointerCapture(event.pointerId)
      element.focus({ preventScroll: true })
      last = { x: event.clientX, y: event.clientY, far: false }
    })
    element.addEventListener('pointermove', (event) => {
      if (!last) return
      const [dx, dy] = [event.clientX - last.x, event.clientY - last.y]
      if (!last.far && Math.hypot(dx, dy) < 4) return
      last = { x: event.clientX, y: event.clientY, far: true }
      this.#turnBy(dx * perPixel, dy * perPixel)
    })
    const end = (event: PointerEvent) => {
      const box = element.getBoundingClientRect()
      if (last && !last.far) this.#send({ kind: 'pick', x: event.clientX - box.left, y: event.clientY - box.top })
      last = null
    }
    element.addEventListener('pointerup', end)
    element.addEventListener('pointercancel', () => (last = null))
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault()
        this.#zoomBy(1.0015 ** -event.deltaY)
      },
      { passive: false },
    )
    element.addEventListener('keydown', (event) => {
      const turns: Record<string, [number, number]> = {
        ArrowLeft: [-0.15, 0],
        ArrowRight: [0.15, 0],
        ArrowUp: [0, -0.15],
        ArrowDown: [0, 0.15],
      }
      const zoom = { '+': 1.2, '=': 1.2, '-': 1 / 1.2 }[event.key]
      if (turns[event.key]) this.#turnBy(...turns[event.key])
      else if (zoom) this.#zoomBy(zoom)
      else return
      event.preventDefault()
    })
  }
}

function hasLabel(map: Uint8Array): boolean {
  for (let n = 0; n < map.length; n++) if (map[n] !== 0 && map[n] !== 255) return true
  return false
}

/** The window's one surface. */
export const surface = new Surface()
