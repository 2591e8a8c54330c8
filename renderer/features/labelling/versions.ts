/** The history of a scan's labels: saves grouped by sittings, and what going back to one would change. */
import { erased } from '../../labelling/jobs.ts'
import { unknownLabel, type LabelVersion } from '../../../shared/domain/records.ts'

/** Saves of one person (or one import, one accepted proposal) that follow one another without a long pause. */
export interface Sitting {
  /** The newest save stands for all. */
  newest: LabelVersion
  /** When the first one was saved (ISO 8601). */
  began: string
  /** Newest first. */
  saves: LabelVersion[]
}

/** A pause of so many milliseconds begins a new sitting. */
const pause = 30 * 60_000

/** @param versions of one case, newest first; proposals are passed over */
export function sittings(versions: readonly LabelVersion[]): Sitting[] {
  const groups: Sitting[] = []
  for (const version of versions) {
    if (version.kind !== 'label') continue
    const last = groups.at(-1)
    const next = last?.saves.at(-1)
    const together =
      next?.parentId === version.id &&
      next.author === version.author &&
      next.modelId === version.modelId &&
      version.author !== 'imported' &&
      Date.parse(next.created) - Date.parse(version.created) < pause
    if (last && together) {
      last.saves.push(version)
      last.began = version.created
    } else groups.push({ newest: version, began: version.created, saves: [version] })
  }
  return groups
}

export interface Difference {
  /** What would change: 0 nothing, `erased` to nothing, else the label's value. */
  mask: Uint8Array
  /** Voxels by label value: that would get it, that would lose it. */
  gained: Float64Array
  lost: Float64Array
  /** Voxels that would change, also between background and unknown. */
  changed: number
}

/** What would change if labels became those of another version of the same scan. */
export function difference(now: Uint8Array, then: Uint8Array): Difference {
  const mask = new Uint8Array(now.length)
  const [gained, lost] = [new Float64Array(256), new Float64Array(256)]
  let changed = 0
  for (let n = 0; n < now.length; n++) {
    if (now[n] === then[n]) continue
    changed++
    gained[then[n]]++
    lost[now[n]]++
    const [drawn, wasDrawn] = [now[n] !== 0 && now[n] !== unknownLabel, then[n] !== 0 && then[n] !== unknownLabel]
    if (wasDrawn) mask[n] = then[n]
    else if (drawn) mask[n] = erased
  }
  return { mask, gained, lost, changed }
}
