/**
 * Copies of what nobody can make again: the index and all label maps (and, on another disk, the runs with their models).
 * A backup is a folder: handful.db and labels/ (and runs/). Label maps never change, so that within a disk a backup costs
 * no more than links to them.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Backup } from '../../shared/domain/records.ts'
import { checkDatabase, copyDatabase, type Sqlite } from './database.ts'
import { backupFolder, databaseFile, labelFolder, runsFolder } from './layout.ts'
import { lockProject } from './lock.ts'
import { refuse, refuseFileError } from './refuse.ts'

const keptDaily = 7
const daySeconds = 86_400

/** Backups in the project's own folder, newest first. */
export function listBackups(project: string): Backup[] {
  const folder = backupFolder(project)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => existsSync(databaseFile(join(folder, name))))
    .map((name) => ({
      folder: join(folder, name),
      created: statSync(join(folder, name)).mtime.toISOString(),
      labels: existsSync(labelFolder(join(folder, name))) ? readdirSync(labelFolder(join(folder, name))).length : 0,
      automatic: name.startsWith('daily-'),
    }))
    .sort((a, b) => b.created.localeCompare(a.created))
}

/** Writes a backup into a new folder below `into` (the project's own backups unless told); returns it. Whole or not at all. */
export function writeBackup(db: Sqlite, project: string, into = backupFolder(project), kind = 'backup'): string {
  const isOwn = resolve(into) === backupFolder(project)
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')
  const wanted = join(into, isOwn ? `${kind}-${time}` : `${basename(project)}-${time}`)
  let place = wanted
  for (let n = 2; existsSync(place); n++) place = `${wanted}-${n}`
  const partial = `${place}.part`
  try {
    mkdirSync(partial, { recursive: true })
    copyDatabase(db, databaseFile(partial))
    copyLabels(labelFolder(project), labelFolder(partial))
    if (!isOwn && existsSync(runsFolder(project))) cpSync(runsFolder(project), runsFolder(partial), { recursive: true })
    renameSync(partial, place)
    return place
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    return refuseFileError(error, `The backup in ${into} could not be written`)
  }
}

/** A backup a day, of which the newest seven stay. A disk that is full costs the backup, not the project. */
export function backupDaily(db: Sqlite, project: string): void {
  try {
    const daily = listBackups(project).filter(({ automatic }) => automatic)
    const [newest] = daily
    if (newest && Date.now() - Date.parse(newest.created) < daySeconds * 1000) return
    writeBackup(db, project, backupFolder(project), 'daily')
    for (const { folder } of daily.slice(keptDaily - 1)) rmSync(folder, { recursive: true, force: true })
  } catch {
    return
  }
}

/**
 * Puts a backup's index in the place of the project's, which may be damaged or gone, and adds the label maps (and runs)
 * that the project lacks. What was there before is kept as a backup of its own; its folder is returned. Refuses while the
 * project is open, and a folder that is no backup.
 */
export function restoreBackup(project: string, backup: string): string | null {
  const from = resolve(backup)
  if (!existsSync(databaseFile(from))) refuse(`There is no backup in ${from}: it holds no handful.db.`)
  checkDatabase(from)
  mkdirSync(project, { recursive: true })
  const unlock = lockProject(project)
  try {
    const kept = setAside(project)
    copyLabels(labelFolder(from), labelFolder(project))
    if (existsSync(runsFolder(from))) cpSync(runsFolder(from), runsFolder(project), { recursive: true, force: false })
    const file = databaseFile(project)
    copyFileSync(databaseFile(from), `${file}.new`)
    // What belongs to the old index must not be read into the new one.
    for (const beside of ['-wal', '-shm']) rmSync(file + beside, { force: true })
    renameSync(`${file}.new`, file)
    return kept
  } catch (error) {
    return refuseFileError(error, `The backup could not be put back into ${project}`)
  } finally {
    unlock()
  }
}

/** The present index file by file, since it may be too damaged to be read; label maps stay where they are. */
function setAside(project: string): string | null {
  const file = databaseFile(project)
  if (!existsSync(file)) return null
  const place = join(
    backupFolder(project),
    `before-restore-${new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}`,
  )
  mkdirSync(place, { recursive: true })
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(file + end)) copyFileSync(file + end, databaseFile(place) + end)
  copyLabels(labelFolder(project), labelFolder(place))
  return place
}

function copyLabels(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  if (!existsSync(from)) return
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') || existsSync(join(to, name))) continue
    try {
      linkSync(join(from, name), join(to, name))
    } catch {
      // Another disk, or a file system without links.
      copyFileSync(join(from, name), join(to, name))
    }
  }
}
