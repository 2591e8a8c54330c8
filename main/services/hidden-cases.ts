/** Which labelled cases an estimate hides in turn: it measures on labels that a person drew, of patients that were not learnt from. */
import type { HiddenCases } from '../../shared/domain/trainer.ts'
import type { Library } from '../library/index.ts'
import type { LabelledCase } from './run-configs.ts'

type Known = Pick<Library, 'labelVersion' | 'patientOf'>

/**
 * Scans of one patient are hidden together. Those whose label was accepted from a model are learnt from, not measured on: that
 * would say how alike two models are; nor are those in which nothing is marked. Where all scans seem to be of one patient (as
 * in data without names), each stands by itself.
 */
export function hiddenCases(library: Known, cases: readonly LabelledCase[]): HiddenCases[] {
  const byPatient = groupsOf(cases, (entry) => library.patientOf(entry.case.seriesId) ?? entry.case.id)
  return hideEach(library, byPatient.length > 1 ? byPatient : groupsOf(cases, (entry) => entry.case.id))
}

function hideEach(library: Known, groups: readonly LabelledCase[][]): HiddenCases[] {
  const measures = ({ versionId }: LabelledCase): boolean => {
    const version = library.labelVersion(versionId)
    return version !== null && version.modelId === null && version.volumes.length > 0
  }
  const ids = (entries: readonly LabelledCase[]) => entries.map((entry) => entry.case.id)
  return groups
    .map((group) => ({ cases: ids(group), measured: ids(group.filter(measures)) }))
    .filter(({ measured }) => measured.length > 0)
}

function groupsOf(cases: readonly LabelledCase[], keyOf: (entry: LabelledCase) => number | string): LabelledCase[][] {
  return [...Map.groupBy(cases, keyOf).values()]
}
