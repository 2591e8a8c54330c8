/** How the panes of the case view are laid out, remembered by this window: which is enlarged, where they are split. */
import { ref, watch } from 'vue'
import { viewer, type Plane } from '../viewer/index.ts'

export type Pane = Plane | 'surface'

/** The pane that fills the place; null: all are shown. */
export const enlarged = ref<Pane | null>(null)
export const toggleEnlarged = (pane: Pane) => void (enlarged.value = enlarged.value ? null : pane)

export const crosshair = ref(true)
watch(crosshair, (on) => viewer.setCrosshair(on))

const kept = 'handful.layout'
/** Parts of the width and height at which the four panes meet, and the width of the labels panel in pixels. */
const usualSplit = { across: 0.5, down: 0.5, panel: globalThis.innerWidth < 1100 ? 310 : 340 }
export const split = ref(readSplit())
export const resetSplit = () => void (split.value = { ...usualSplit, panel: split.value.panel })

export function keepSplit(): void {
  try {
    localStorage.setItem(kept, JSON.stringify(split.value))
  } catch {
    // Not remembered, no more.
  }
}

function readSplit(): typeof usualSplit {
  const usual = usualSplit
  try {
    const found = JSON.parse(localStorage.getItem(kept) ?? '{}') as Partial<typeof usual>
    const within = (value: unknown, low: number, high: number, otherwise: number) =>
      typeof value === 'number' && value >= low && value <= high ? value : otherwise
    return {
      across: within(found.across, 0.15, 0.85, usual.across),
      down: within(found.down, 0.15, 0.85, usual.down),
      panel: within(found.panel, 260, 560, usual.panel),
    }
  } catch {
    return { ...usual }
  }
}
