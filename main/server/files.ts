/** What the program serves by URL beside its messages: volumes, label maps, small pictures. Ids only, never paths. */
import type { Program } from '../../shared/api/memory.ts'
import type { ServedFile } from '../services/files.ts'

export type { ServedFile }

/**
 * `/volume/<case id>`, `/labels/<label version id>`, `/thumbnail/<case id>.png`: a file as it is, or bytes in memory.
 * Null: there is nothing at this path. Refuses with an `ApiError` what an open project does not have.
 */
export type Files = (path: string) => Promise<ServedFile | null>

export type ServedProgram = Program & { files: Files }
