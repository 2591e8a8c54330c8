/** One process at a time has a project open: a lock file says which. A lock left by a process that is gone is taken over. */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { lockFile } from './layout.ts'
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts'
import { refuse } from './refuse.ts'

type Holder = ProcessIdentity & { since: string }

/** Locks a project folder; returns how to release it. Refuses, naming the holder, while another process has it open. */
export function lockProject(folder: string): () => void {
  const file = lockFile(folder)
  const me: Holder = { ...identifyProcess(process.pid), since: new Date().toISOString() }
  const content = JSON.stringify(me) + '\n'
  if (!create(file, content)) {
    const holder = readHolder(file)
    if (holder && isAlive(holder)) refuse(occupied(holder))
    takeOver(file, content)
  }
  return () => {
    if (readFileOrNull(file) === content) rmSync(file, { force: true })
  }
}

function occupied(holder: Holder): string {
  if (holder.host !== hostname()) {
    return (
      `This project is open on another computer (${holder.host}, since ${local(holder.since)}). ` +
      'Close it there first; if that computer no longer runs Handful, delete the file handful.lock in the project folder.'
    )
  }
  if (holder.pid === process.pid) return 'This project is open in this program already.'
  return (
    `This project is open in another Handful (process ${holder.pid}, since ${local(holder.since)}). ` +
    'Close it there first, or stop that process.'
  )
}

/** A second file keeps two processes that both found the stale lock from taking it both. */
function takeOver(file: string, content: string): void {
  const guard = `${file}.takeover`
  if (!create(guard, '') && ageSeconds(guard) < 10)
    refuse('Another Handful is opening this project just now. Try again.')
  try {
    const holder = readHolder(file)
    if (holder && isAlive(holder)) refuse(occupied(holder))
    rmSync(file, { force: true })
    if (!create(file, content)) refuse('Another Handful has just opened this project.')
  } finally {
    rmSync(guard, { force: true })
  }
}

function create(file: string, content: string): boolean {
  try {
    const handle = openSync(file, 'wx')
    writeFileSync(handle, content)
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** null where the lock file is gone or was cut short by a crash: then nobody holds it. */
function readHolder(file: string): Holder | null {
  try {
    const holder = JSON.parse(readFileOrNull(file) ?? '') as Holder
    return Number.isInteger(holder.pid) && holder.pid > 0 && typeof holder.host === 'string' ? holder : null
  } catch {
    return null
  }
}

function readFileOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function ageSeconds(file: string): number {
  try {
    return (Date.now() - statSync(file).mtimeMs) / 1000
  } catch {
    return 0
  }
}

const local = (iso: string) => new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
