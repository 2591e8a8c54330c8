/** Cases in the trash: out of every list, with all that they have, until the trash is emptied. */
import type { TrashedCase } from '../../../shared/domain/records.ts'
import type { Sqlite } from '../database.ts'

/** What emptying took out of the index: the files of these ids may go. */
export type Emptied = { cases: number; seriesIds: string[]; versionIds: string[] }

export function trashQueries(db: Sqlite) {
  const setRemoved = db.prepare('UPDATE cases SET removed = ? WHERE id = ?')
  const list = db.prepare<[], TrashedCase>(`
    SELECT c.id, c.name, s.modality, c.removed,
      (SELECT count(*) FROM label_version v WHERE v.case_id = c.id AND v.kind = 'label') AS labelVersions
    FROM cases c JOIN case_channel k ON k.case_id = c.id AND k.channel = 0 JOIN series s ON s.id = k.series_id
    WHERE c.removed IS NOT NULL ORDER BY c.removed DESC, c.name`)
  const ofSeries = db.prepare<[string], { id: string }>(`
    SELECT c.id FROM cases c JOIN case_channel k ON k.case_id = c.id WHERE k.series_id = ? AND c.removed IS NOT NULL`)
  const versions = db.prepare<[], { id: string; caseId: string; sha256: string }>(
    'SELECT id, case_id AS caseId, sha256 FROM label_version',
  )
  const gone = 'SELECT id FROM cases WHERE removed IS NOT NULL'
  const goneVersions = db.prepare<[], { id: string }>(`SELECT id FROM label_version WHERE case_id IN (${gone})`)
  const statements = [
    `DELETE FROM review WHERE proposal_id IN (SELECT id FROM label_version WHERE case_id IN (${gone}))`,
    `DELETE FROM label_version WHERE case_id IN (${gone})`,
    'DELETE FROM cases WHERE removed IS NOT NULL',
  ].map((sql) => db.prepare(sql))
  const goneSeries = db.prepare<[], { id: string }>(
    'SELECT id FROM series WHERE id NOT IN (SELECT series_id FROM case_channel)',
  )
  const dropSeries = db.prepare('DELETE FROM series WHERE id NOT IN (SELECT series_id FROM case_channel)')
  const dropPatients = db.prepare(
    'DELETE FROM patient WHERE id NOT IN (SELECT patient FROM series WHERE patient IS NOT NULL)',
  )

  return {
    /** Into the trash, or (null) back out of it. */
    setCaseRemoved: (id: string, moment: string | null): boolean => setRemoved.run(moment, id).changes > 0,
    /** Newest first. */
    trashedCases: (): TrashedCase[] => list.all(),
    trashedCaseOfSeries: (seriesId: string): string | null => ofSeries.get(seriesId)?.id ?? null,
    /** Of all cases, also of those in the trash. */
    everyLabelVersion: (): { id: string; caseId: string; sha256: string }[] => versions.all(),
    /** Takes all that is in the trash out of the index, for good; patients that no scan is of any more go as well. */
    emptyTrash(): Emptied {
      return db.transaction((): Emptied => {
        const versionIds = goneVersions.all().map(({ id }) => id)
        const cases = list.all().length
        for (const statement of statements) statement.run()
        const seriesIds = goneSeries.all().map(({ id }) => id)
        dropSeries.run()
        dropPatients.run()
        return { cases, seriesIds, versionIds }
      })()
    },
  }
}
