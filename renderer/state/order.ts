/** The order of the worklist. */
import { byName } from '../../shared/domain/names.ts'
import { CaseStatus, type CaseSummary } from '../../shared/domain/records.ts'

/** "uncertainty": proposals that the model is least sure of first. */
export const orders = ['name', 'status', 'modality', 'size', 'uncertainty'] as const
export type Order = (typeof orders)[number]

const voxels = ({ shape }: CaseSummary) => shape[0] * shape[1] * shape[2]
const place = ({ status }: CaseSummary) => CaseStatus.options.indexOf(status)
const compare: Record<Order, (a: CaseSummary, b: CaseSummary) => number> = {
  name: () => 0,
  status: (a, b) => place(a) - place(b),
  modality: (a, b) => byName(a.modality, b.modality),
  size: (a, b) => voxels(b) - voxels(a),
  uncertainty: (a, b) => (b.uncertainty ?? -1) - (a.uncertainty ?? -1),
}

/** A sorted copy; cases that are alike go by name. */
export function inOrder(cases: readonly CaseSummary[], order: Order): CaseSummary[] {
  const first = compare[order]
  return [...cases].sort((a, b) => first(a, b) || byName(a.name, b.name))
}
