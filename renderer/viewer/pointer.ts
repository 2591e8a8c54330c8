/** What mouse and pen do over a plane. Knows gestures only; the viewer knows what they mean. */
import type { Plane } from './planes.ts'

/** What dragging with the main button does; "edit" hands it to whoever edits labels. */
export type Tool = 'navigate' | 'window' | 'pan' | 'zoom' | 'edit'

/** Steps of an edit: a press, its moves, its end; "cancel" when the system takes the pointer away. */
export type Phase = 'down' | 'move' | 'up' | 'cancel'

export interface Gestures {
  readonly tool: Tool
  /** The plane has the focus now. */
  activate(plane: Plane): void
  /** Point in CSS pixels of the plane. */
  navigate(plane: Plane, x: number, y: number): void
  /** Movement in CSS pixels since the gesture began. */
  window(dx: number, dy: number, began: boolean): void
  /** Movement in CSS pixels since the last call. */
  pan(plane: Plane, dx: number, dy: number): void
  /** Enlarge by `factor` around a point. */
  zoom(plane: Plane, factor: number, x: number, y: number): void
  /** Whole slices; positive = growing index. */
  scroll(plane: Plane, slices: number): void
  /** With the tool "edit" only. `erase`: Ctrl is held. */
  edit(plane: Plane, phase: Phase, x: number, y: number, erase: boolean): void
  /** Where the pointer is while no button is down; null when it left. With the tool "edit" only. */
  hover(plane: Plane, point: readonly [number, number] | null, erase: boolean): void
  /** A turn of the wheel in notches (up = positive). True when the tool used it. */
  turn(notches: number, ctrl: boolean): boolean
}

const byButton: Record<number, Tool> = { 1: 'pan', 2: 'window' }
const zoomPerPixel = 1.006
/** Wheel movement in pixels that counts as one slice: a mouse's notch is about 100, a touch pad sends many small ones. */
const wheelStep = 40

export function listenToPointer(element: HTMLElement, plane: Plane, gestures: Gestures): void {
  let drag: { tool: Tool; x: number; y: number; lastX: number; lastY: number } | null = null
  let wheel = 0

  const local = (event: MouseEvent) => {
    const box = element.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top] as const
  }

  element.addEventListener('pointerdown', (event) => {
    const [x, y] = local(event)
    const tool = byButton[event.button] ?? (event.shiftKey ? 'pan' : gestures.tool)
    // Keeps the middle button from scrolling the page.
    if (event.button === 1) event.preventDefault()
    element.setPointerCapture(event.pointerId)
    element.focus({ preventScroll: true })
    drag = { tool, x, y, lastX: x, lastY: y }
    if (tool === 'navigate') gestures.navigate(plane, x, y)
    if (tool === 'window') gestures.window(0, 0, true)
    if (tool === 'edit') gestures.edit(plane, 'down', x, y, event.ctrlKey)
  })
  element.addEventListener('pointermove', (event) => {
    const [x, y] = local(event)
    if (!drag) {
      if (gestures.tool === 'edit') gestures.hover(plane, [x, y], event.ctrlKey)
      return
    }
    if (drag.tool === 'edit') {
      // A browser reports once a frame; a fast hand has been to more places.
      const places = event.getCoalescedEvents()
      for (const one of places.length ? places : [event]) gestures.edit(plane, 'move', ...local(one), event.ctrlKey)
    }
    if (drag.tool === 'navigate') gestures.navigate(plane, x, y)
    if (drag.tool === 'window') gestures.window(x - drag.x, y - drag.y, false)
    if (drag.tool === 'pan') gestures.pan(plane, x - drag.lastX, y - drag.lastY)
    if (drag.tool === 'zoom') gestures.zoom(plane, zoomPerPixel ** (drag.lastY - y), drag.x, drag.y)
    drag.lastX = x
    drag.lastY = y
  })
  const end = (phase: 'up' | 'cancel') => (event: PointerEvent) => {
    if (drag?.tool === 'edit') gestures.edit(plane, phase, ...local(event), event.ctrlKey)
    drag = null
  }
  element.addEventListener('pointerup', end('up'))
  element.addEventListener('pointercancel', end('cancel'))
  element.addEventListener('pointerleave', () => {
    if (!drag && gestures.tool === 'edit') gestures.hover(plane, null, false)
  })
  element.addEventListener('contextmenu', (event) => event.preventDefault())

  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * wheelStep
      const [x, y] = local(event)
      if (gestures.turn(-pixels / 100, event.ctrlKey)) return
      if (event.ctrlKey) return gestures.zoom(plane, 1.0015 ** -pixels, x, y)
      // A notch of a mouse is one slice, however far the system says it goes.
      if (Math.abs(pixels) >= wheelStep) wheel = Math.sign(pixels) * wheelStep
      else wheel += pixels
      const slices = Math.trunc(wheel / wheelStep)
      wheel -= slices * wheelStep
      if (slices) gestures.scroll(plane, -slices)
    },
    { passive: false },
  )

  element.addEventListener('focus', () => gestures.activate(plane))
}
