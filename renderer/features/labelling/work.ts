/** The label map of one case in the hands of the user: its voxels, its history, and how it is saved. */
import { reason } from '../../api/index.ts'
import { History } from '../../labelling/history.ts'
import type { Step } from '../../labelling/history.ts'
import { sizeOf, type Change, type LabelMap } from '../../labelling/map.ts'
import { tell } from '../../state/notices.ts'
import { person, words } from '../../words/index.ts'
import { dropDraft, putDraft, putDraftNow } from './drafts.ts'
import { uploadLabels } from './upload.ts'

export type SaveState = 'clean' | 'waiting' | 'saving' | 'saved' | 'failed'

/** Milliseconds from the end of a stroke until it is saved, and until it is in the draft; and between drafts of a long one. */
const saveAfter = 2000
const draftAfter = 120
const draftEvery = 1000
const longestPause = 15_000

export class Work {
  readonly caseId: string
  readonly map: LabelMap
  readonly history = new History()
  /** Versions that this map has been equal to, the newest last. */
  readonly versions: (string | null)[]
  state: SaveState = 'clean'
  /** Why the last attempt failed. */
  trouble = ''
  /** Called whenever state or history changed. */
  onChange: () => void = () => {}

  #edits = 0
  #savedEdits = 0
  #failures = 0
  #stopped = false
  #saveTimer: ReturnType<typeof setTimeout> | undefined
  #draftTimer: ReturnType<typeof setTimeout> | undefined
  /** When the timer ends (ms); Infinity: it does not run. */
  #draftDue = Infinity
  /** A draft on its way, and whether the last one that went is still there. */
  #drafting: Promise<void> | null = null
  #drafted = false
  /** Part of a stroke that is no edit yet. */
  #midStroke = false
  /** A save took part of a stroke with it: what becomes of the stroke is news, also where it is taken back. */
  #savedPart = false
  #saving: Promise<void> | null = null

  constructor(caseId: string, map: LabelMap, versionId: string | null) {
    this.caseId = caseId
    this.map = map
    this.versions = [versionId]
  }

  get unsaved(): boolean {
    return this.#edits !== this.#savedEdits
  }

  get #dirty(): boolean {
    return this.unsaved || this.#midStroke
  }

  /** An edit of the map as a step that can be taken back; null where nothing changed. Counts as not saved from now on. */
  step(name: string, change: Change | null): Step | null {
    if (!change) return null
    this.touch()
    const act = (way: 'revert' | 'repeat') => () => {
      this.map[way](change)
      this.touch()
    }
    return { name, bytes: sizeOf(change), undo: act('revert'), redo: act('repeat') }
  }

  /** The program has made a version of its own from what was saved: its labels are the map from now on. */
  adopt(samples: Uint8Array): void {
    this.map.load(samples)
    this.onChange()
  }

  /** Call when the map is no longer what was saved. */
  touch(): void {
    this.#edits++
    if (this.state !== 'failed') this.state = this.#saving ? 'saving' : 'waiting'
    this.#draftWithin(draftAfter)
    if (!this.#saving) this.#schedule(saveAfter)
    this.onChange()
  }

  /** Call while a stroke goes on: a long one is in the draft before it ends. */
  painting(): void {
    this.#midStroke = true
    this.#draftWithin(draftEvery)
  }

  /** Call when a stroke ended, as an edit or taken back. */
  painted(): void {
    if (!this.#midStroke) return
    this.#midStroke = false
    if (this.#savedPart) this.touch()
    this.#savedPart = false
    this.#draftWithin(0)
  }

  /** Keeps what is unsaved as a draft. `now`: the window is about to go. */
  async keepDraft(now = false): Promise<void> {
    clearTimeout(this.#draftTimer)
    this.#draftDue = Infinity
    while (this.#drafting && !now) await this.#drafting
    if (!this.#dirty && !this.#drafted) return
    this.#drafting = this.#keep(now ? putDraftNow : putDraft).finally(() => (this.#drafting = null))
    await this.#drafting
  }

  /** Saves now what is unsaved; resolves when the attempt is over, good or bad (see `state`). */
  async save(): Promise<void> {
    while (this.#saving) await this.#saving
    if (!this.unsaved) return
    clearTimeout(this.#saveTimer)
    this.#saving = this.#attempt().finally(() => (this.#saving = null))
    await this.#saving
    if (this.unsaved) this.#schedule(this.#failures ? Math.min(longestPause, 1500 * 2 ** this.#failures) : saveAfter)
  }

  /** No more attempts: the project is closed. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#saveTimer)
    void this.keepDraft()
  }

  async #keep(put: typeof putDraft): Promise<void> {
    const { caseId, map } = this
    if (this.#dirty) {
      this.#drafted = true
      const parentId = this.versions.at(-1) ?? null
      await put({ caseId, parentId, voxels: map.samples.length, when: Date.now() }, map.samples)
    }
    // A save may have ended meanwhile.
    if (this.#dirty) return
    this.#drafted = false
    await dropDraft(caseId)
  }

  /** A draft in so many milliseconds, or sooner where one is due sooner: strokes that follow closely don't put it off. */
  #draftWithin(milliseconds: number): void {
    const due = performance.now() + milliseconds
    if (due >= this.#draftDue) return
    clearTimeout(this.#draftTimer)
    this.#draftDue = due
    this.#draftTimer = setTimeout(() => void this.keepDraft(), milliseconds)
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#saveTimer)
    if (this.#stopped) return
    this.#saveTimer = setTimeout(() => void this.save(), milliseconds)
  }

  async #attempt(): Promise<void> {
    const edits = this.#edits
    this.#savedPart ||= this.#midStroke
    this.state = 'saving'
    this.onChange()
    try {
      const { version, overtook } = await uploadLabels(this.caseId, this.versions.at(-1)!, this.map.samples.slice())
      if (version) this.versions.push(version.id)
      if (overtook) tell(words.labelling.overtook(person(overtook.author)), 'warn')
      this.#savedEdits = edits
      this.#failures = 0
      this.trouble = ''
      this.state = this.unsaved ? 'waiting' : 'saved'
      if (!this.unsaved) await dropDraft(this.caseId)
    } catch (error) {
      this.#failures++
      this.trouble = reason(error)
      this.state = 'failed'
    }
    this.onChange()
  }
}
