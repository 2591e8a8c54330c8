/** Taking a model's proposal over into a label map. Maps have one byte a voxel of the same grid. */
import { unknownLabel } from '../../shared/domain/records.ts'

/**
 * The label map with the named labels of a proposal where nothing is drawn: background, or unknown. What a person has
 * drawn stays, whatever the proposal says there.
 */
export function adopt(drawn: Uint8Array, proposal: Uint8Array, values: readonly number[]): Uint8Array {
  const taken = onlyValues(proposal, values)
  return drawn.map((present, n) => (taken[n] !== 0 && (present === 0 || present === unknownLabel) ? taken[n] : present))
}

/** A proposal with only the named labels. */
export function onlyValues(proposal: Uint8Array, values: readonly number[]): Uint8Array {
  const kept = new Uint8Array(256)
  for (const value of values) kept[value] = value
  return proposal.map((value) => kept[value])
}
