/**
 * What training needs of the world around it: files of its run folder, scans, messages, the clock, cancellation.
 * main/workers gives the real one; tests give one in memory.
 */
import type { Ahead, BatchOrder, SharedCase } from './batches.ts'
import type { TrainerCase, TrainerMessage } from '../../shared/domain/trainer.ts'
import type { LabelMap, Volume } from '../../shared/domain/volume.ts'

export interface RunFolder {
  /** null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>
  /** Whole or not at all: temporary file, flushed, renamed. */
  write(name: string, content: Uint8Array | string): Promise<void>
  append(name: string, text: string): Promise<void>
  /** A folder inside this one. */
  inside(name: string): RunFolder
}

/** A file that is there as long as it is open. */
export interface StoredFile {
  /** Fills `into` from a place in the file, counted in bytes. At once: patches are cut between two steps. */
  read(from: number, into: Uint8Array): void
  /** By which other threads of this process can read it, too; null where they can't. */
  readonly descriptor: number | null
  close(): void
}

export interface Host {
  readonly run: RunFolder
  /** Processor threads to compute with, unless the run says otherwise. */
  readonly cores: number
  /** Another run's folder, to read a pretraining, a model or a plan from. */
  folder(path: string): RunFolder
  /** Bytes that prepared scans may take in memory; those beyond are kept in files. */
  readonly memory: number
  /** Puts bytes, one part after the other, into a file of their own. Throws a TrainingError where the disk is full. */
  store(parts: readonly Uint8Array[]): Promise<StoredFile>
  /**
   * Has batches made ahead by threads of their own, for a session on a device of this kind; null where that would not pay.
   * null where there are no threads.
   */
  readonly makeAhead: ((order: BatchOrder<SharedCase>, device: string) => Ahead | null) | null
  volume(source: TrainerCase): Promise<Volume>
  /** The case's label map on the volume's grid; null when it has none. */
  label(source: TrainerCase): Promise<LabelMap | null>
  tell(message: TrainerMessage): void
  cancelled(): boolean
  /** Seconds on a clock that never goes back. */
  seconds(): number
  /** Lets messages (such as cancel) in. */
  breathe(): Promise<void>
}

/** The user cancelled; a checkpoint has been written. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled.')
    this.name = 'Cancelled'
  }
}

/** Training can't go on, and the user can do something about it: `message` is a plain sentence. */
export class TrainingError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TrainingError'
  }
}

/** Reads and parses a JSON file of a run folder; null when it is not there. */
export async function readJson(folder: RunFolder, name: string): Promise<unknown> {
  const bytes = await folder.read(name)
  return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes))
}

export const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'
