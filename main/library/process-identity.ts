/** Telling whether a process that was written down is still the one running under its number. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** `birth` tells a process from a later one with the same number (null where the system won't say). */
export type ProcessIdentity = { pid: number; birth: string | null; host: string }

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, birth: birthOf(pid), host: hostname() }
}

/** On another computer there is no telling: it counts as alive. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return true
  try {
    process.kill(identity.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const birth = birthOf(identity.pid)
  return birth === null || identity.birth === null || birth === identity.birth
}

/** When a process started, in clock ticks since the computer did (Linux, proc(5) field 22); null elsewhere. */
function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; it only waits for its parent to notice.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}
