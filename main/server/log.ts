/**
 * The log of mistakes: one entry each, with the time. Paths of the user's files are left out, since folders of scans often
 * have names of patients; paths of our own code stay.
 */
import type { Log } from '../../shared/api/dispatch.ts'

export function createLog(write: (entry: string) => void, now = () => new Date()): Log {
  return (detail) => write(`${now().toISOString()} ${withoutUserPaths(detail)}\n`)
}

/** A quoted path as Node's errors have it, or a bare one up to a blank. Code is recognised by its ending. */
const quoted = /(['"“‘])(?:[A-Za-z]:)?[\\/][^'"”’\n]*(['"”’])/g
const bare = /(?<![\w./\\:])(?:file:\/\/)?(?:[A-Za-z]:)?[\\/][^\s'"()”’]+/g
const code = /(\.[cm]?[jt]s|\.vue|\.node)(:\d+)*$/

export function withoutUserPaths(text: string): string {
  return text
    .replaceAll(quoted, (_, open: string, close: string) => `${open}…${close}`)
    .replaceAll(bare, (path) => (code.test(path) ? path : '…'))
}
