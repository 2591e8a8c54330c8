/** What the program serves by URL beside its messages: volumes, label maps, small pictures. Ids only, never paths. */
import type { Program } from '../../shared/api/memory.ts'

export interface ServedFile {
  /** Full path of the file on disk. */
  path: string
  /** The file is gzip-compressed, its content is served unpacked. */
  gzip: boolean
  /** Another one whenever the content is another: a hash, or the id of something that never changes. */
  version: string
}

/** Each resolves with null where there is nothing of that id (or no project is open). */
export interface Files {
  /** /volume/<case id>: raw little-endian samples. */
  volume(id: string): Promise<ServedFile | null>
  /** /labels/<label version id>: raw Uint8 label map. */
  labels(id: string): Promise<ServedFile | null>
  /** /thumbnail/<case id>.png */
  thumbnail(id: string): Promise<ServedFile | null>
}

export type ServedProgram = Program & { files: Files }
