/** Every question the program asks its database, by name and type. SQL is written under queries/ and nowhere else. */
import type { Sqlite } from './database.ts'
import { caseQueries } from './queries/cases.ts'
import { labelQueries } from './queries/labels.ts'
import { reviewQueries } from './queries/reviews.ts'
import { runQueries } from './queries/runs.ts'
import { seriesQueries } from './queries/series.ts'
import { trashQueries } from './queries/trash.ts'

/** uid-key: what replaces UIDs on export is made with it. */
type ProjectFact = 'name' | 'created' | 'active model' | 'uid-key'

export function makeQueries(db: Sqlite) {
  const getFact = db.prepare<[string], { value: string }>('SELECT value FROM project WHERE key = ?')
  const setFact = db.prepare('INSERT INTO project VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return {
    ...seriesQueries(db),
    ...caseQueries(db),
    ...labelQueries(db),
    ...reviewQueries(db),
    ...trashQueries(db),
    ...runQueries(db),
    projectFact: (key: ProjectFact): string | null => getFact.get(key)?.value ?? null,
    setProjectFact: (key: ProjectFact, value: string): void => void setFact.run(key, value),
    /** What SQLite finds wrong with the file and its references; [] where all is well. */
    integrityProblems(): string[] {
      const found = (db.pragma('integrity_check(20)') as { integrity_check: string }[]).map(
        (row) => row.integrity_check,
      )
      const dangling = (db.pragma('foreign_key_check') as { table: string }[]).map(
        ({ table }) => `a broken reference in ${table}`,
      )
      return [...found.filter((text) => text !== 'ok'), ...new Set(dangling)]
    },
    /** All of `act` or nothing of it. */
    transaction: <T>(act: () => T): T => db.transaction(act)(),
  }
}

export type Queries = ReturnType<typeof makeQueries>
