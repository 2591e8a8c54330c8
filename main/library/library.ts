/** A project that is open: its folder, its lock and its database. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Project } from '../../shared/api/contract.ts'
import { backupDaily, writeBackup } from './backup.ts'
import { openDatabase, readDatabase, type Sqlite } from './database.ts'
import { removeTemporaryFiles, writeFileSafely } from './files.ts'
import { cacheFolder, databaseFile, labelFolder, projectFile, runsFolder } from './layout.ts'
import { lockProject } from './lock.ts'
import { makeQueries, type Queries } from './queries.ts'
import { refuse, refuseFileError } from './refuse.ts'

export type Library = Queries & {
  /** Absolute. */
  folder: string
  describe(): Project
  /** Writes a backup (backup.ts) into a new folder below `into`, or into the project's own backups; returns its folder. */
  backUp(into?: string): string
  /** Lets the database and the lock go. Safe to call twice. */
  close(): void
}

export const isProject = (folder: string) => existsSync(databaseFile(folder))

/** Makes a project in a folder that has none. The folder is made where it is missing; other files in it are left alone. */
export function createLibrary(folder: string, name: string): Library {
  const place = resolve(folder)
  if (isProject(place)) refuse(`There is a project in ${place} already. Open it, or choose another folder.`)
  makeFolders(place)
  const library = open(place)
  library.transaction(() => {
    library.setProjectFact('name', name)
    library.setProjectFact('created', new Date().toISOString())
  })
  return library
}

/** A look at a project that may be open elsewhere: nothing can be changed through it, and nothing is locked. */
export function readLibrary(folder: string): Library {
  const place = resolve(folder)
  requireProject(place)
  const db = readDatabase(place)
  return makeLibrary(place, db, () => {})
}

/** Opens a project. Runs that were going on when its last process ended are marked "interrupted". */
export function openLibrary(folder: string): Library {
  const place = resolve(folder)
  requireProject(place)
  makeFolders(place)
  return open(place)
}

function requireProject(place: string): void {
  if (!existsSync(place)) refuse(`There is no folder ${place}.`)
  if (!statSync(place).isDirectory()) refuse(`${place} is a file, not a project folder.`)
  if (!isProject(place)) refuse(`There is no Handful project in ${place}.`)
}

const projectNote = 'This folder is a project of Handful. Opening this file opens the project.\n'

function open(folder: string): Library {
  const unlock = lockProject(folder)
  try {
    const db = openDatabase(folder)
    for (const part of [cacheFolder(folder), labelFolder(folder)]) removeTemporaryFiles(part)
    const library = makeLibrary(folder, db, unlock)
    if (!existsSync(projectFile(folder))) writeFileSafely(projectFile(folder), [projectNote])
    library.interruptRuns()
    if (library.counts().cases > 0) backupDaily(db, folder)
    return library
  } catch (error) {
    unlock()
    throw error
  }
}

function makeLibrary(folder: string, db: Sqlite, unlock: () => void): Library {
  const queries = makeQueries(db)
  return {
    ...queries,
    folder,
    describe: () => ({ folder, name: queries.projectFact('name') ?? basename(folder), ...queries.counts() }),
    backUp: (into) => writeBackup(db, folder, into),
    close() {
      if (!db.open) return
      db.close()
      unlock()
    },
  }
}

function makeFolders(folder: string): void {
  try {
    for (const part of [folder, cacheFolder(folder), labelFolder(folder), runsFolder(folder)]) {
      mkdirSync(part, { recursive: true })
    }
    readdirSync(folder)
  } catch (error) {
    refuseFileError(error, `The project folder ${folder} could not be prepared`)
  }
}
