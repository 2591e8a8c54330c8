/** Opening the project's SQLite file: settings, checks, migrations. */
import Database from 'better-sqlite3'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { backupFolder, databaseFile } from './layout.ts'
import { migrations } from './migrations.ts'
import { refuse, refuseFileError } from './refuse.ts'

export type Sqlite = Database.Database

/** Marks a SQLite file as Handful's: "HNDF". */
const applicationId = 0x484e4446

/**
 * Opens (or makes) a project's database and brings it to the present version.
 * Refuses a file that is damaged, not Handful's, or written by a newer Handful. Before a migration a copy goes to backups/.
 */
export function openDatabase(folder: string, steps: readonly string[] = migrations): Sqlite {
  const file = databaseFile(folder)
  const isNew = !existsSync(file)
  let db: Sqlite
  try {
    db = new Database(file)
  } catch (error) {
    throw explained(error, folder)
  }
  try {
    if (!isNew) check(db, folder, steps.length)
    db.pragma('journal_mode = WAL')
    // Labels are precious and written seldom: a committed one must survive a power cut.
    db.pragma('synchronous = FULL')
    db.pragma('busy_timeout = 5000')
    // Off while migrating, so that a migration may rebuild a table; each ends with a check of all references.
    db.pragma('foreign_keys = OFF')
    migrate(db, folder, steps)
    db.pragma('foreign_keys = ON')
    return db
  } catch (error) {
    db.close()
    throw explained(error, folder)
  }
}

/** Opens a database that another process may be using, to read only. Refuses one of another format, or a damaged one. */
export function readDatabase(folder: string): Sqlite {
  const db = caughtOpen(folder)
  const version = schemaVersion(db)
  if (version !== migrations.length) {
    db.close()
    refuse('This project was made by another version of Handful. Open it once with this one, or update Handful.')
  }
  return db
}

function caughtOpen(folder: string): Sqlite {
  try {
    return new Database(databaseFile(folder), { readonly: true, fileMustExist: true })
  } catch (error) {
    throw explained(error, folder)
  }
}

/** Of the library that is built in. */
export function sqliteVersion(): string {
  const db = new Database(':memory:')
  const version = db.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get()?.version
  db.close()
  return version ?? 'unknown'
}

export const schemaVersion = (db: Sqlite): number => db.pragma('user_version', { simple: true }) as number

function check(db: Sqlite, folder: string, newest: number): void {
  const version = schemaVersion(db)
  const owner = db.pragma('application_id', { simple: true })
  if (owner !== applicationId && (version !== 0 || owner !== 0)) {
    refuse('The file handful.db in this folder was not made by Handful. Choose another folder.')
  }
  if (version > newest) {
    refuse(
      `This project was last used with a newer Handful (format ${version}; this one knows up to ${newest}). ` +
        'Update Handful to open it.',
    )
  }
  const state = db.pragma('quick_check(1)', { simple: true })
  if (state !== 'ok') refuse(damaged(folder))
}

function migrate(db: Sqlite, folder: string, steps: readonly string[]): void {
  const from = schemaVersion(db)
  if (from === steps.length) return
  if (from > 0) copyBefore(db, folder, from)
  for (let version = from + 1; version <= steps.length; version++) {
    db.transaction(() => {
      db.exec(steps[version - 1])
      const broken = db.pragma('foreign_key_check') as unknown[]
      if (broken.length > 0) throw new Error(`migration ${version} breaks ${broken.length} references`)
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${version}`)
    })()
  }
}

function copyBefore(db: Sqlite, folder: string, version: number): void {
  mkdirSync(backupFolder(folder), { recursive: true })
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  copyDatabase(db, join(backupFolder(folder), `handful-format${version}-${time}.db`))
}

/** A whole copy of an open database into a new file. */
export const copyDatabase = (db: Sqlite, file: string): void => void db.prepare('VACUUM INTO ?').run(file)

/** Refuses a folder whose handful.db is damaged, not Handful's or of a newer Handful; changes nothing. */
export function checkDatabase(folder: string): void {
  const db = caughtOpen(folder)
  try {
    check(db, folder, migrations.length)
  } catch (error) {
    throw explained(error, folder)
  } finally {
    db.close()
  }
}

function explained(error: unknown, folder: string): unknown {
  const code = (error as { code?: string })?.code
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) return caught(() => refuse(damaged(folder)))
  if (code === 'SQLITE_CANTOPEN' || code?.startsWith('SQLITE_READONLY')) {
    return caught(() => refuse(`The project in ${folder} could not be written. Check the permissions of the folder.`))
  }
  if (code === 'SQLITE_FULL') return caught(() => refuse('The disk is full. Free some space and try again.'))
  if (code === 'SQLITE_BUSY') return caught(() => refuse('Another program is using handful.db of this project.'))
  return caught(() => refuseFileError(error, `The project in ${folder} could not be opened`))
}

const damaged = (folder: string) =>
  `The index of this project (handful.db) is damaged. Your scans and the label maps in the folder "labels" are not ` +
  `touched. Put back a backup${existsSync(backupFolder(folder)) ? ' from the folder "backups"' : ''} (handful library restore), or start a new project.`

function caught(act: () => never): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
