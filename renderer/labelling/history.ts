/** Undo and redo of named steps, within a budget of memory: the oldest are forgotten first. */

/** One thing that was done. */
export interface Step {
  readonly name: string
  /** What it takes in memory. */
  readonly bytes: number
  undo(): void | Promise<void>
  redo(): void | Promise<void>
}

interface Entry {
  step: Step
  /** When it was done, counted over all histories of the window. */
  order: number
}

let clock = 0

export class History {
  readonly #budget: number
  #done: Entry[] = []
  #undone: Entry[] = []
  #bytes = 0

  /** @param budget bytes that all steps may take together */
  constructor(budget = 64 << 20) {
    this.#budget = budget
  }

  /** What undo would take back, and what redo would do again; null where there is nothing. */
  get nextUndo(): { name: string; order: number } | null {
    return describe(this.#done.at(-1))
  }
  get nextRedo(): { name: string; order: number } | null {
    return describe(this.#undone.at(-1))
  }

  add(step: Step): void {
    this.endRedo()
    this.#done.push({ step, order: ++clock })
    this.#bytes += cost(step)
    // The newest stays whatever its size: an edit that can't be undone would be worse than the memory.
    while (this.#bytes > this.#budget && this.#done.length > 1) this.#bytes -= cost(this.#done.shift()!.step)
  }

  /** Forgets what could be done again: something new was done. */
  endRedo(): void {
    for (const { step } of this.#undone) this.#bytes -= cost(step)
    this.#undone = []
  }

  clear(): void {
    this.#done = []
    this.#undone = []
    this.#bytes = 0
  }

  /** Name of what was taken back, or null. A step that fails stays where it was. */
  async undo(): Promise<string | null> {
    return this.#move(this.#done, this.#undone, 'undo')
  }

  async redo(): Promise<string | null> {
    return this.#move(this.#undone, this.#done, 'redo')
  }

  #move(from: Entry[], to: Entry[], act: 'undo' | 'redo'): string | null | Promise<string | null> {
    const entry = from.at(-1)
    if (!entry) return null
    const pass = () => {
      from.pop()
      to.push(entry)
      return entry.step.name
    }
    const going = entry.step[act]()
    return going ? going.then(pass) : pass()
  }
}

const describe = (entry: Entry | undefined) => (entry ? { name: entry.step.name, order: entry.order } : null)
const cost = (step: Step) => step.bytes + 64
