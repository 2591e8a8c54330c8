/** How labels are shown over the scan: which, how strong, in which colours. */
import { computed, ref, shallowRef } from 'vue'
import { labelSet } from './cases.ts'
import type { Layer, Look } from '../viewer/index.ts'

export type Shown = 'none' | 'label' | 'proposal' | 'both'

export const shown = ref<Shown>('both')
export const opacity = ref(0.4)
/** Label values that the user has hidden. */
export const hidden = shallowRef<ReadonlySet<number>>(new Set())

export function toggleHidden(value: number): void {
  const next = new Set(hidden.value)
  if (!next.delete(value)) next.add(value)
  hidden.value = next
}

/** How strong single labels are beside the others, 0..1; 1 unless told. */
const strengths = shallowRef<ReadonlyMap<number, number>>(new Map())
export const opacityOf = (value: number): number => strengths.value.get(value) ?? 1
export const setOpacityOf = (value: number, strength: number): void =>
  void (strengths.value = new Map(strengths.value).set(value, strength))

export const look = computed<Look>(() => ({
  colors: new Map(labelSet.value.map((l) => [l.value, l.color])),
  hidden: hidden.value,
  opacity: opacity.value,
  strengths: strengths.value,
}))

/** Which kinds of layers are on. */
export const shownStyles = computed<ReadonlySet<Layer['style']>>(() => {
  const styles = { none: [], label: ['filled'], proposal: ['hatched'], both: ['filled', 'hatched'] } as const
  return new Set(styles[shown.value])
})
