/** How the program says no. */
import { ApiError } from '../../shared/api/contract.ts'

/** Refuses with a plain sentence for the user: what is wrong, and what to do where something can be done. */
export function refuse(sentence: string): never {
  throw new ApiError('refused', sentence)
}

/** A file-system error as a plain sentence; any other error is thrown on, being a bug. `doing` ends "…could not be". */
export function refuseFileError(error: unknown, what: string): never {
  const code = (error as NodeJS.ErrnoException)?.code
  const reason = code === undefined ? undefined : fileErrors[code]
  if (reason === undefined) throw error
  refuse(`${what}: ${reason}`)
}

const fileErrors: Record<string, string> = {
  EACCES: 'you have no permission for it. Choose a folder of your own.',
  EPERM: 'the system does not allow it. Choose a folder of your own.',
  EROFS: 'the disk can only be read. Choose a folder on another disk.',
  ENOSPC: 'the disk is full. Free some space and try again.',
  EDQUOT: 'your disk quota is used up. Free some space and try again.',
  ENOENT: 'it is not there.',
  ENOTDIR: 'a file is where a folder should be.',
  EISDIR: 'it is a folder, not a file.',
  EEXIST: 'something with that name is there already.',
  ENAMETOOLONG: 'its name is too long.',
  ELOOP: 'its links lead in a circle.',
  EMFILE: 'too many files are open at once.',
  EIO: 'the disk could not be read.',
}

/** What a file-system error means in words, or the error's own message. */
export function explainFileError(error: unknown): string {
  const known = fileErrors[(error as NodeJS.ErrnoException)?.code ?? '']
  return known ?? (error instanceof Error ? error.message : String(error))
}
