/**
 * Drafts: labels in hand that are not a version yet, as the page sends them moments after each stroke. They lie in the
 * project, so that whoever opens it next finds them, at whatever address the page then has.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { layout, refuse, writeFileSafely } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import type { ReadBody } from './label-saving.ts'
import { findCase } from './volumes.ts'

/** A draft is packed by the page (renderer/features/labelling/draftPlaces.ts): so large only where something is wrong. */
const most = 256 << 20

/** `PUT /drafts/<case>/<bytes>`: keeps the body as the case's draft, as it is; 0 bytes: forgets it. null for other paths. */
export async function receiveDraft(context: Context, path: string, read: ReadBody): Promise<{ kept: number } | null> {
  const match = /^\/drafts\/(case-[0-9a-z]+)\/(\d{1,9})$/.exec(path)
  if (!match) return null
  const library = openProject(context)
  const { id } = findCase(library, match[1])
  const kept = Number(match[2])
  if (kept > most) refuse('This draft is too large to be kept.')
  const body = await read(kept)
  const file = layout.draftFile(library.folder, id)
  if (!kept) rmSync(file, { force: true })
  else {
    mkdirSync(layout.draftFolder(library.folder), { recursive: true })
    writeFileSafely(file, [body])
  }
  return { kept }
}

/** The draft of a case; nothing (0 bytes) where there is none. */
export function readDraft(folder: string, caseId: string): Uint8Array {
  const file = layout.draftFile(folder, caseId)
  return existsSync(file) ? readFileSync(file) : new Uint8Array()
}
