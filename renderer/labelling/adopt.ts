/** Taking a model's proposal over into a label map. Maps have one byte a voxel of the same grid. */
import { unknownLabel } from '../../shared/domain/records.ts'

/**
 * The label map with the named labels of a proposal where nothing is drawn: background, or unknown. What a person has
 * drawn stays, whatever the proposal says there.
 */
export function adopt(drawn: Uint8Array, proposal: Uint8Array, values: readonly number[]): Uint8Array {
  const kept = keptOf(values)
  const adopted = drawn.slice()
  for (let n = 0; n < adopted.length; n++) {
    const taken = kept[proposal[n]]
    if (taken !== 0 && (adopted[n] === 0 || adopted[n] === unknownLabel)) adopted[n] = taken
  }
  return adopted
}

/** A proposal with only the named labels. */
export function onlyValues(proposal: Uint8Array, values: readonly number[]): Uint8Array {
  const kept = keptOf(values)
  const only = new Uint8Array(proposal.length)
  for (let n = 0; n < only.length; n++) only[n] = kept[proposal[n]]
  return only
}

function keptOf(values: readonly number[]): Uint8Array {
  const kept = new Uint8Array(256)
  for (const value of values) kept[value] = value
  return kept
}
