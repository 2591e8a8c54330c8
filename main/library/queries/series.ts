/** Scans and where their files lie. */
import type { Geometry, Permutation } from '../../../shared/domain/geometry.ts'
import type { Series } from '../../../shared/domain/records.ts'
import type { Sqlite } from '../database.ts'

export type SourceFile = { path: string; size: number; modifiedMs: number }

/** What identifies a person; goes to its own table and nowhere else. */
export type Identity = { name: string | null; patientId: string | null; birthDate: string | null; sex: string | null }

/** What other DICOM objects call a series by. */
export type DicomIds = { studyUid: string; seriesUid: string; frameOfReference: string }

/** A series as the library keeps it: what the contract shows, and what is needed to read it again. */
export type StoredSeries = Series & {
  status: 'ready' | 'warned'
  shape: [number, number, number]
  spacing: [number, number, number]
  affine: Geometry['affine']
  dtype: string
  reader: 'nifti' | 'dicom'
  /** Canonical geometry, and the axis reordering that leads there from the source. */
  grid: Geometry
  permutation: Permutation
  contentSha256: string
  /** In order; null where there is one channel, or nobody named them. */
  channelNames: string[] | null
}

type Row = {
  id: string
  name: string
  modality: string
  reader: 'nifti' | 'dicom'
  status: 'ready' | 'warned'
  reason: string | null
  shape: string
  spacing: string
  affine: string
  dtype: string
  channels: number
  grid: string
  permutation: string
  content_sha256: string
  channel_names: string | null
}

export function seriesQueries(db: Sqlite) {
  const insert = db.prepare(`
    INSERT INTO series (id, name, modality, patient, reader, status, reason, shape, spacing, affine, dtype, channels, grid,
      permutation, content_sha256, channel_names, imported)
    VALUES (@id, @name, @modality, @patient, @reader, @status, @reason, @shape, @spacing, @affine, @dtype, @channels, @grid,
      @permutation, @contentSha256, @channelNames, @imported)`)
  const insertFile = db.prepare('INSERT INTO series_file VALUES (?, ?, ?, ?, ?)')
  const dropFiles = db.prepare('DELETE FROM series_file WHERE series_id = ?')
  const insertDicom = db.prepare('INSERT INTO series_dicom VALUES (@id, @studyUid, @seriesUid, @frameOfReference)')
  const dicomIds = db.prepare<[string], DicomIds>(
    'SELECT study_uid AS studyUid, series_uid AS seriesUid, frame_of_reference AS frameOfReference FROM series_dicom WHERE series_id = ?',
  )
  const files = db.prepare<[string], { path: string; size: number; modified_ms: number }>(
    'SELECT path, size, modified_ms FROM series_file WHERE series_id = ? ORDER BY position',
  )
  const one = db.prepare<[string], Row>('SELECT * FROM series WHERE id = ?')
  const all = db.prepare<[], Row>('SELECT * FROM series ORDER BY rowid')
  const patient = db.prepare<[string], { patient: number | null }>('SELECT patient FROM series WHERE id = ?')
  const addPatient = db.prepare(
    'INSERT OR IGNORE INTO patient (name, patient_id, birth_date, sex) VALUES (@name, @patientId, @birthDate, @sex)',
  )
  const findPatient = db.prepare<Identity, { id: number }>(
    'SELECT id FROM patient WHERE name IS @name AND patient_id IS @patientId AND birth_date IS @birthDate',
  )

  function setSeriesFiles(seriesId: string, sources: readonly SourceFile[]): void {
    dropFiles.run(seriesId)
    sources.forEach((file, position) => insertFile.run(seriesId, position, file.path, file.size, file.modifiedMs))
  }

  return {
    insertSeries(
      series: StoredSeries,
      sources: readonly SourceFile[],
      identity: Identity | null,
      dicom: DicomIds | null = null,
    ): void {
      let patient: number | null = null
      if (identity) {
        // A UNIQUE constraint lets several NULLs pass, so look before adding.
        if (!findPatient.get(identity)) addPatient.run(identity)
        patient = findPatient.get(identity)?.id ?? null
      }
      insert.run({
        ...series,
        patient,
        shape: JSON.stringify(series.shape),
        spacing: JSON.stringify(series.spacing),
        affine: JSON.stringify(series.affine),
        grid: JSON.stringify(series.grid),
        permutation: JSON.stringify(series.permutation),
        channelNames: series.channelNames && JSON.stringify(series.channelNames),
        imported: new Date().toISOString(),
      })
      setSeriesFiles(series.id, sources)
      if (dicom) insertDicom.run({ ...dicom, id: series.id })
    },
    /** Null for a series that is no DICOM. */
    dicomIds: (id: string): DicomIds | null => dicomIds.get(id) ?? null,
    /** Where the files lie now; also how a moved scan is found again. */
    setSeriesFiles,
    /** A number for whom it shows; null where that is not known. */
    patientOf: (id: string): number | null => patient.get(id)?.patient ?? null,
    series(id: string): StoredSeries | null {
      const row = one.get(id)
      return row ? fromRow(row) : null
    },
    allSeries: (): StoredSeries[] => all.all().map(fromRow),
    /** In reading order. */
    seriesFiles: (id: string): SourceFile[] =>
      files.all(id).map((row) => ({ path: row.path, size: row.size, modifiedMs: row.modified_ms })),
  }
}

function fromRow({ content_sha256, channel_names, ...row }: Row): StoredSeries {
  return {
    id: row.id,
    name: row.name,
    modality: row.modality,
    reader: row.reader,
    status: row.status,
    reason: row.reason,
    dtype: row.dtype,
    channels: row.channels,
    shape: JSON.parse(row.shape),
    spacing: JSON.parse(row.spacing),
    affine: JSON.parse(row.affine),
    grid: JSON.parse(row.grid),
    permutation: JSON.parse(row.permutation),
    contentSha256: content_sha256,
    channelNames: channel_names === null ? null : JSON.parse(channel_names),
  }
}
