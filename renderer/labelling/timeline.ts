/** One order of undo over what was done to the open scan and what was done to the whole project (its label set). */
import { History, type Step } from './history.ts'

export class Timeline {
  /** Of the project. */
  readonly shared = new History(4 << 20)
  /** Of the scan that is open. */
  own: History | null = null
  /** The last wish; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()

  get undoName(): string | null {
    return this.#latest()?.nextUndo?.name ?? null
  }
  get redoName(): string | null {
    return this.#earliest()?.nextRedo?.name ?? null
  }

  /** Records what was done; redo ends for both. Nothing is recorded for a scan where none is open. */
  add(step: Step, where: 'own' | 'shared'): void {
    this.own?.endRedo()
    this.shared.endRedo()
    if (where === 'own') this.own?.add(step)
    else this.shared.add(step)
  }

  /** Takes the newest step back, after what is still being taken back; its name, or null. */
  undo(): Promise<string | null> {
    return this.inTurn(() => this.#latest()?.undo() ?? null)
  }

  redo(): Promise<string | null> {
    return this.inTurn(() => this.#earliest()?.redo() ?? null)
  }

  #latest(): History | null {
    const [own, shared] = [this.own?.nextUndo?.order ?? 0, this.shared.nextUndo?.order ?? 0]
    return own > shared ? this.own : shared ? this.shared : null
  }

  #earliest(): History | null {
    const [own, shared] = [this.own?.nextRedo?.order ?? Infinity, this.shared.nextRedo?.order ?? Infinity]
    return own < shared ? this.own : shared < Infinity ? this.shared : null
  }

  /** Acts after all that was asked for before it: each step begins with what the one before it has left. */
  inTurn<T>(act: () => Promise<T> | T): Promise<T> {
    const mine = this.#last.then(act)
    this.#last = mine.catch(() => null)
    return mine
  }
}
