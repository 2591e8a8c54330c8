/** The label set, and the versions of each case's label map. */
import type { Handlers } from '../../shared/api/contract.ts'
import type { Label } from '../../shared/domain/records.ts'
import { refuse } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { removeLabel, restoreLabel } from './label-removal.ts'
import { readReport } from './run-results.ts'
import { findCase, requireVolume, volumeHandle } from './volumes.ts'

type LabelHandlers = Pick<
  Handlers,
  | 'labels.set'
  | 'labels.used'
  | 'labels.changeSet'
  | 'labels.remove'
  | 'labels.restore'
  | 'labels.versions'
  | 'labels.open'
>

export function labelHandlers(context: Context): LabelHandlers {
  return {
    'labels.set': () => openProject(context).labels(),
    'labels.used': () => {
      const library = openProject(context)
      const known = library.models().flatMap(({ runId }) => readReport(library, runId).values ?? [])
      return [...new Set([...library.valuesEver(), ...known])].filter((value) => value > 0)
    },
    'labels.changeSet': ({ labels }) => {
      const library = openProject(context)
      checkLabelSet(labels)
      library.transaction(() => {
        const kept = new Set(labels.map((label) => label.value))
        const used = usedValues(context)
        const lost = library.labels().find((label) => !kept.has(label.value) && used.has(label.value))
        if (lost) refuse(`The label "${lost.name}" is drawn in some cases, so it has to stay in the set.`)
        library.setLabels(labels)
      })
      context.casesChanged() // another browser may show the project too
      return library.labels()
    },
    'labels.remove': ({ value }) => removeLabel(context, value),
    'labels.restore': ({ label, at, versionIds }) => {
      const set = openProject(context).labels()
      checkLabelSet(set.toSpliced(at, 0, label))
      return restoreLabel(context, label, at, versionIds)
    },
    'labels.versions': ({ caseId }) => {
      const library = openProject(context)
      return library.labelVersions(findCase(library, caseId).id)
    },
    'labels.open': async ({ versionId }) => {
      const library = openProject(context)
      const version = library.labelVersion(versionId) ?? refuse('This label version is not in the project.')
      const header = await requireVolume(context, library, findCase(library, version.caseId).seriesId)
      const most = Math.max(1, ...version.volumes.map(({ value }) => value))
      return { ...volumeHandle(`/labels/${version.id}`, header), type: 'uint8', channels: 1, window: [[0, most]] }
    },
  }
}

function checkLabelSet(labels: readonly Label[]): void {
  const twice = (pick: (label: Label) => unknown) =>
    labels.find((label, n) => labels.findIndex((other) => pick(other) === pick(label)) < n)
  const value = twice((label) => label.value)
  if (value) refuse(`Two labels have the value ${value.value}. Give each its own.`)
  const name = twice((label) => label.name.trim().toLowerCase())
  if (name) refuse(`Two labels are called "${name.name}". Give each its own name.`)
  const key = labels.find((label, n) => label.key !== null && labels.findIndex((other) => other.key === label.key) < n)
  if (key) refuse(`Two labels have the key ${key.key}. Give each its own.`)
}

/** Values that occur in the newest label map of any case. */
function usedValues(context: Context): Set<number> {
  const library = openProject(context)
  const versions = library
    .cases()
    .map(({ labelVersionId }) => (labelVersionId ? library.labelVersion(labelVersionId) : null))
  return new Set(versions.flatMap((version) => version?.volumes.map(({ value }) => value) ?? []))
}
