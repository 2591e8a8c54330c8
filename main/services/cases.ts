/** The worklist. */
import type { Handlers } from '../../shared/api/contract.ts'
import type { CaseSummary } from '../../shared/domain/records.ts'
import { refuse, type Library, type StoredCase } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { findCase } from './volumes.ts'

export function caseHandlers(context: Context): Pick<Handlers, 'cases.list' | 'cases.setRole'> {
  return {
    'cases.list': () => openProject(context).cases().map(summarise),
    'cases.setRole': ({ caseIds, role }) => {
      const library = openProject(context)
      if (context.activeRun || context.activeTraining) {
        refuse('A training is running: which cases it learns from cannot change now. Cancel it, or wait.')
      }
      library.transaction(() => {
        for (const id of caseIds) library.setCaseRole(findCase(library, id).id, role)
      })
      context.casesChanged()
      return undefined
    },
  }
}

function summarise({ seriesId: _, ...shown }: StoredCase): CaseSummary {
  return { ...shown, thumbnailUrl: `/thumbnail/${shown.id}.png` }
}

/** Cases by name (upper and lower case count as one) or id, in the order given, each once. Refuses unknown ones by name. */
export function casesByName(library: Library, names: readonly string[]): StoredCase[] {
  const all = library.cases()
  const byName = new Map(
    all.flatMap(
      (entry) =>
        [
          [entry.name.toLowerCase(), entry],
          [entry.id, entry],
        ] as const,
    ),
  )
  const unknown = names.filter((name) => !byName.has(name.toLowerCase()))
  if (unknown.length > 0) {
    const some =
      unknown
        .slice(0, 8)
        .map((name) => `"${name}"`)
        .join(', ') + (unknown.length > 8 ? ` and ${unknown.length - 8} more` : '')
    const have = all.length === 0 ? 'It has no cases yet.' : `It has ${all.length}, such as "${all[0].name}".`
    refuse(`${unknown.length === 1 ? 'This case is' : 'These cases are'} not in the project: ${some}. ${have}`)
  }
  return [...new Set(names.map((name) => byName.get(name.toLowerCase())).filter((entry) => entry !== undefined))]
}
