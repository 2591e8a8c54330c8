/** Cases (the rows of the worklist) and the label set. */
import { CaseRole, type CaseSummary, type Label, type ReviewDecision } from '../../../shared/domain/records.ts'
import { standingOf } from '../case-status.ts'
import type { Sqlite } from '../database.ts'

type Role = CaseSummary['role']

type Row = {
  id: string
  name: string
  role: Role
  series_id: string
  modality: string
  channels: number
  channel_names: string | null
  grid: string
  warning: string | null
  label_id: string | null
  label_volumes: string | null
  label_model: string | null
  label_partial: number | null
  label_author: string | null
  proposal_id: string | null
  proposal_volumes: string | null
  uncertainty: number | null
  /** JSON object: label value → newest decision. */
  decisions: string
}

/** A case and the series whose volume it shows. */
export type StoredCase = Omit<CaseSummary, 'thumbnailUrl'> & { seriesId: string }

const newest = (kind: 'label' | 'proposal') =>
  `(SELECT v.id FROM label_version v WHERE v.case_id = c.id AND v.kind = '${kind}' ORDER BY v.number DESC LIMIT 1)`

// One series a case for now: channel 0 is the case's volume.
const select = `
  SELECT c.id, c.name, c.role, s.id AS series_id, s.modality, s.channels, s.channel_names, s.grid, s.reason AS warning,
    l.id AS label_id, l.volumes AS label_volumes, l.model_id AS label_model, l.partial AS label_partial,
    l.author AS label_author,
    p.id AS proposal_id, p.volumes AS proposal_volumes, p.uncertainty,
    (SELECT json_group_object(value, decision) FROM (SELECT value, decision FROM review WHERE proposal_id = p.id ORDER BY id))
      AS decisions
  FROM cases c JOIN case_channel k ON k.case_id = c.id AND k.channel = 0 JOIN series s ON s.id = k.series_id
    LEFT JOIN label_version l ON l.id = ${newest('label')}
    LEFT JOIN label_version p ON p.id = ${newest('proposal')}`

export function caseQueries(db: Sqlite) {
  const insert = db.prepare('INSERT INTO cases (id, name, role, created) VALUES (?, ?, ?, ?)')
  const insertChannel = db.prepare('INSERT INTO case_channel (case_id, channel, series_id) VALUES (?, ?, ?)')
  const all = db.prepare<[], Row>(`${select} WHERE c.removed IS NULL ORDER BY c.name`)
  const byId = db.prepare<[string], Row>(`${select} WHERE c.id = ? AND c.removed IS NULL`)
  const bySeries = db.prepare<[string], Row>(`${select} WHERE s.id = ? AND c.removed IS NULL`)
  const named = db.prepare<[string], { id: string }>('SELECT id FROM cases WHERE name = ?')
  const setRole = db.prepare('UPDATE cases SET role = ? WHERE id = ?')
  const counts = db.prepare<[], { cases: number; labelled: number }>(`
    SELECT (SELECT count(*) FROM cases WHERE removed IS NULL) AS cases,
      (SELECT count(*) FROM cases c JOIN label_version l ON l.id = ${newest('label')}
        WHERE c.removed IS NULL AND l.partial = 0 AND (l.volumes <> '[]' OR l.author = 'imported')) AS labelled`)
  const labels = db.prepare<[], Omit<Label, 'pieces'> & { pieces: 'one' | 'all' | null }>(
    'SELECT value, name, color, key, pieces FROM label ORDER BY position, value',
  )
  const clearLabels = db.prepare('DELETE FROM label')
  const insertLabel = db.prepare(
    'INSERT INTO label (value, name, color, key, position, pieces) VALUES (@value, @name, @color, @key, @position, @pieces)',
  )

  return {
    /** The name as wished where it is free (upper and lower case count as one), else "scan (2)", "scan (3)", … */
    freeCaseName(wanted: string): string {
      let name = wanted
      for (let n = 2; named.get(name); n++) name = `${wanted} (${n})`
      return name
    },
    /** A case of one series. */
    insertCase(id: string, name: string, role: Role, seriesId: string): void {
      insert.run(id, name, role, new Date().toISOString())
      insertChannel.run(id, 0, seriesId)
    },
    cases: (): StoredCase[] => all.all().map(fromRow),
    case(id: string): StoredCase | null {
      const row = byId.get(id)
      return row ? fromRow(row) : null
    },
    caseOfSeries(seriesId: string): StoredCase | null {
      const row = bySeries.get(seriesId)
      return row ? fromRow(row) : null
    },
    setCaseRole: (id: string, role: Role): boolean => setRole.run(CaseRole.parse(role), id).changes > 0,
    counts: (): { cases: number; labelled: number } => counts.get() ?? { cases: 0, labelled: 0 },
    labels: (): Label[] => labels.all().map(({ pieces, ...label }) => ({ ...label, ...(pieces && { pieces }) })),
    /** In their order. */
    setLabels(set: readonly Label[]): void {
      clearLabels.run()
      for (const [position, label] of set.entries())
        insertLabel.run({ ...label, pieces: label.pieces ?? null, position })
    },
  }
}

function fromRow(row: Row): StoredCase {
  const grid = JSON.parse(row.grid) as { shape: [number, number, number]; spacing: [number, number, number] }
  return {
    id: row.id,
    name: row.name,
    modality: row.modality,
    shape: grid.shape,
    spacing: grid.spacing,
    channels: row.channels,
    channelNames: row.channel_names === null ? null : JSON.parse(row.channel_names),
    role: row.role,
    ...standing(row),
    warning: row.warning,
    labelVersionId: row.label_id,
    proposalVersionId: row.proposal_id,
    uncertainty: row.uncertainty,
    seriesId: row.series_id,
  }
}

function standing(row: Row) {
  const valuesOf = (volumes: string | null) =>
    (JSON.parse(volumes ?? '[]') as { value: number }[]).map(({ value }) => value)
  const decisions = Object.entries(JSON.parse(row.decisions) as Record<string, ReviewDecision>)
  return standingOf(
    row.label_id === null
      ? null
      : {
          values: valuesOf(row.label_volumes),
          byModel: row.label_model !== null,
          partial: row.label_partial === 1,
          imported: row.label_author === 'imported',
        },
    row.proposal_id === null
      ? null
      : {
          values: valuesOf(row.proposal_volumes),
          decisions: new Map(decisions.map(([value, decision]) => [Number(value), decision])),
        },
  )
}
