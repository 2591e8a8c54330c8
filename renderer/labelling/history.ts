/** Undo and redo of named edits, within a budget of memory: the oldest are forgotten first. */
import type { Change, LabelMap } from './map.ts'

interface Entry {
  name: string
  change: Change
}

/** Six bytes a voxel: its place, what it was, what it became. */
const size = ({ change }: Entry) => change.indices.length * 6 + 64

export class History {
  readonly #budget: number
  #done: Entry[] = []
  #undone: Entry[] = []
  #bytes = 0

  /** @param budget bytes that all entries may take together */
  constructor(budget = 64 << 20) {
    this.#budget = budget
  }

  /** Name of what undo would take back; null where there is nothing. */
  get undoName(): string | null {
    return this.#done.at(-1)?.name ?? null
  }
  get redoName(): string | null {
    return this.#undone.at(-1)?.name ?? null
  }

  add(name: string, change: Change): void {
    for (const entry of this.#undone) this.#bytes -= size(entry)
    this.#undone = []
    const entry = { name, change }
    this.#done.push(entry)
    this.#bytes += size(entry)
    // The newest stays whatever its size: an edit that can't be undone would be worse than the memory.
    while (this.#bytes > this.#budget && this.#done.length > 1) this.#bytes -= size(this.#done.shift()!)
  }

  /** Name of what was taken back, or null. */
  undo(map: LabelMap): string | null {
    const entry = this.#done.pop()
    if (!entry) return null
    map.revert(entry.change)
    this.#undone.push(entry)
    return entry.name
  }

  redo(map: LabelMap): string | null {
    const entry = this.#undone.pop()
    if (!entry) return null
    map.repeat(entry.change)
    this.#done.push(entry)
    return entry.name
  }
}
