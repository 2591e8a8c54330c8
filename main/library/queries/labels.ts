/** Label versions: append-only, numbered in the order in which they were made. */
import type { LabelVersion } from '../../../shared/domain/records.ts'
import type { Sqlite } from '../database.ts'

type Row = Omit<LabelVersion, 'volumes' | 'caseId' | 'parentId' | 'modelId' | 'uncertainty' | 'partial'> & {
  partial: number
  uncertainty: number | null
  case_id: string
  parent_id: string | null
  model_id: string | null
  volumes: string
}

export function labelQueries(db: Sqlite) {
  const insert = db.prepare(`
    INSERT INTO label_version (id, number, case_id, kind, author, parent_id, model_id, created, sha256, volumes, uncertainty, partial,
      settings)
    VALUES (@id, (SELECT coalesce(max(number), 0) + 1 FROM label_version), @caseId, @kind, @author, @parentId, @modelId,
      @created, @sha256, @volumes, @uncertainty, @partial, @settings)`)
  const one = db.prepare<[string], Row>('SELECT * FROM label_version WHERE id = ?')
  const ofCase = db.prepare<[string], Row>('SELECT * FROM label_version WHERE case_id = ? ORDER BY number DESC')
  const newest = db.prepare<[string, string], Row>(
    'SELECT * FROM label_version WHERE case_id = ? AND kind = ? ORDER BY number DESC LIMIT 1',
  )

  const values = db.prepare<[], { value: number }>(
    `SELECT DISTINCT json_extract(m.value, '$.value') AS value FROM label_version v, json_each(v.volumes) m ORDER BY 1`,
  )

  return {
    /** Label values that any version has, however old. */
    valuesEver: (): number[] => values.all().map(({ value }) => value),
    insertLabelVersion: (version: LabelVersion): void =>
      void insert.run({
        ...version,
        volumes: JSON.stringify(version.volumes),
        uncertainty: version.uncertainty ?? null,
        partial: version.partial ? 1 : 0,
        settings: version.settings ?? '',
      }),
    labelVersion(id: string): LabelVersion | null {
      const row = one.get(id)
      return row ? fromRow(row) : null
    },
    /** Newest first. */
    labelVersions: (caseId: string): LabelVersion[] => ofCase.all(caseId).map(fromRow),
    newestLabelVersion(caseId: string, kind: LabelVersion['kind']): LabelVersion | null {
      const row = newest.get(caseId, kind)
      return row ? fromRow(row) : null
    },
  }
}

function fromRow(row: Row): LabelVersion {
  return {
    id: row.id,
    caseId: row.case_id,
    kind: row.kind,
    author: row.author,
    parentId: row.parent_id,
    modelId: row.model_id,
    created: row.created,
    sha256: row.sha256,
    volumes: JSON.parse(row.volumes),
    ...(row.uncertainty === null ? {} : { uncertainty: row.uncertainty }),
    ...(row.partial ? { partial: true } : {}),
    ...(row.settings ? { settings: row.settings } : {}),
  }
}
