/** Display windows of the project: the last one set, by modality and channel, and those that a person has named. */
import { computed } from 'vue'
import type { WindowPreset } from '../../../shared/domain/preferences.ts'
import { changeView, viewOf } from '../../state/preferences.ts'
import { project } from '../../state/session.ts'
import { fromStored, toStored, usualWindow, type Range } from './presets.ts'

/** What a window belongs to. `suggested`: what the program suggests for the scan. */
export interface WindowOf {
  modality: string
  channel: number
  suggested: Range
}

const keyOf = ({ modality, channel }: WindowOf) => `${modality}-${channel}`
const view = computed(() => viewOf(project.value?.folder))

/** The window to show a scan with: the last one that was set for such a scan in this project. */
export function presentWindow(of: WindowOf): Range {
  const stored = view.value.windows[keyOf(of)]
  return stored ? fromStored(stored, of.modality, of.suggested) : usualWindow(of.modality, of.suggested)
}

/** Remembers a window, where it is another one. */
export function keepWindow(of: WindowOf, window: Range): void {
  const folder = project.value?.folder
  const known = presentWindow(of)
  const same = (a: number, b: number) => Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(a))
  if (!folder || (same(known[0], window[0]) && same(known[1], window[1]))) return
  const [low, high] = toStored(window, of.modality, of.suggested)
  changeView(folder, { windows: { ...view.value.windows, [keyOf(of)]: [low, high] } })
}

/** Windows that were named in this project; the same name again replaces the first. */
export const ownPresets = computed(() => view.value.presets)
export function savePreset(name: string, of: WindowOf, window: Range): void {
  const [low, high] = toStored(window, of.modality, of.suggested)
  change([...ownPresets.value.filter((one) => one.name !== name), { name, window: [low, high] }])
}
export const removePreset = (name: string) => change(ownPresets.value.filter((one) => one.name !== name))

function change(presets: WindowPreset[]): void {
  if (project.value) changeView(project.value.folder, { presets })
}
