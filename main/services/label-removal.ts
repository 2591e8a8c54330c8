/** Deleting a label of the set, and bringing it back: what is drawn goes and comes with it, each time as new versions. */
import type { RequestReply } from '../../shared/api/contract.ts'
import { emptyBy, marksOf } from '../../shared/domain/partial-labels.ts'
import { unknownLabel, type Label, type LabelVersion } from '../../shared/domain/records.ts'
import { newId, readLabelFile, refuse, writeLabelFile } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { personOf } from './person.ts'

type Changed = RequestReply<'labels.remove'>

/** Takes a label out of the set and out of the newest label of every case. Earlier versions keep it. */
export function removeLabel(context: Context, value: number): Changed {
  const library = openProject(context)
  const versions = library.transaction(() => {
    const set = library.labels()
    if (!set.some((label) => label.value === value)) refuse('This label is not in the set any more.')
    const drawn = library.cases().flatMap(({ labelVersionId }) => {
      const version = labelVersionId === null ? null : library.labelVersion(labelVersionId)
      return version?.volumes.some((one) => one.value === value) ? [version] : []
    })
    const made = drawn.map((newest) => {
      const samples = readLabelFile(library.folder, newest)
      const { shape } = library.case(newest.caseId)!
      const marks = samples.includes(unknownLabel) ? marksOf(samples, shape) : null
      for (let at = samples.indexOf(value); at >= 0; at = samples.indexOf(value, at + 1))
        samples[at] = marks ? emptyBy(marks, shape, at) : 0
      return keep(context, newest, samples, newest.modelId)
    })
    library.setLabels(set.filter((label) => label.value !== value))
    return made
  })
  context.casesChanged()
  return { labels: library.labels(), versions }
}

/** Puts a label back at its place in the set, and from versions that had it back to where nothing is drawn now. */
export function restoreLabel(context: Context, label: Label, at: number, versionIds: readonly string[]): Changed {
  const library = openProject(context)
  const versions = library.transaction(() => {
    library.setLabels(library.labels().toSpliced(at, 0, label))
    return versionIds.flatMap((id) => {
      const had = library.labelVersion(id) ?? refuse('A version that had this label is not in the project.')
      const newest = library.newestLabelVersion(had.caseId, 'label')
      if (!newest) return []
      const before = readLabelFile(library.folder, had)
      const samples = readLabelFile(library.folder, newest)
      let changed = false
      for (let n = before.indexOf(label.value); n >= 0; n = before.indexOf(label.value, n + 1)) {
        if (samples[n] !== 0 && samples[n] !== unknownLabel) continue
        samples[n] = label.value
        changed = true
      }
      return changed ? [keep(context, newest, samples, newest.modelId === had.modelId ? newest.modelId : null)] : []
    })
  })
  context.casesChanged()
  return { labels: library.labels(), versions }
}

/** modelId: of the model that made all of it, if one did. */
function keep(context: Context, parent: LabelVersion, samples: Uint8Array, modelId: string | null): LabelVersion {
  const library = openProject(context)
  const { grid } = library.series(library.case(parent.caseId)!.seriesId)!
  const version: LabelVersion = {
    ...writeLabelFile(library.folder, newId('label'), samples, grid),
    caseId: parent.caseId,
    kind: 'label',
    author: personOf(context),
    parentId: parent.id,
    modelId,
    created: new Date().toISOString(),
  }
  library.insertLabelVersion(version)
  return version
}
