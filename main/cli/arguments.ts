/** Reading what was typed: case lists, budgets, label names. */
import { existsSync, readFileSync } from 'node:fs'
import { Option, InvalidArgumentError } from 'commander'
import { Label } from '../../shared/domain/records.ts'
import { PretextTask } from '../../shared/domain/records.ts'
import type { Dimensions } from '../../shared/domain/trainer.ts'
import { completeLabels, type Library, type StoredCase } from '../library/index.ts'
import { casesByName } from '../services/cases.ts'
import type { ChannelWish } from '../workers/importer/channels.ts'
import { usage } from './output.ts'

/** "a,b,c", or a file with one name a line (blank lines and lines that begin with # are passed over). */
export function readCaseList(library: Library, list: string): StoredCase[] {
  const split = (text: string, by: RegExp) =>
    text
      .split(by)
      .map((name) => name.trim())
      .filter((name) => name !== '')
  const typed = split(list, /,/)
  if (typed.length === 0) throw usage('The list of cases is empty.')
  const known = new Set(library.cases().flatMap((entry) => [entry.name.toLowerCase(), entry.id]))
  const isFile = existsSync(list)
  const areCases = typed.every((name) => known.has(name.toLowerCase()))
  if (!isFile && !areCases && typed.length === 1 && /[/\\]|\.(txt|csv)$/i.test(list))
    throw usage(`There is no file ${list}, nor a case of that name.`)
  if (areCases || !isFile) return casesByName(library, typed)
  const names = split(readFileSync(list, 'utf8'), /\r?\n/).filter((name) => !name.startsWith('#'))
  if (names.length === 0) throw usage(`The file ${list} names no case.`)
  return casesByName(library, names)
}

export type BudgetOptions = { steps?: number; minutes?: number }

/** Exactly one of the two; where neither was given, `defaultMinutes`. */
export function readBudget(
  { steps, minutes }: BudgetOptions,
  defaultMinutes: number,
): { steps?: number; minutes?: number } {
  if (steps !== undefined && minutes !== undefined) throw usage('Give --steps or --minutes, not both.')
  return steps === undefined && minutes === undefined ? { minutes: defaultMinutes } : { steps, minutes }
}

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 on is needed.')
  return value
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above 0 is needed.')
  return value
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('A whole number is needed.')
  return value
}

/** "1=Anterior", given once or more. */
export function labelName(text: string, before: Map<number, string> = new Map()): Map<number, string> {
  const match = /^(\d{1,3})=(.{1,80})$/.exec(text.trim())
  const value = Number(match?.[1])
  if (!match || value < 1 || value > 254) {
    throw new InvalidArgumentError('Write it like 1=Anterior, with a value from 1 to 254.')
  }
  return before.set(value, match[2].trim())
}

/** The label set with these names in it; values that it lacks are added. */
export function nameLabels(set: readonly Label[], names: ReadonlyMap<number, string>): Label[] {
  return completeLabels(set, names.keys()).map((label) => ({ ...label, name: names.get(label.value) ?? label.name }))
}

export const modalityOption = new Option(
  '--modality <code>',
  'of NIfTI files, which don’t say: CT, MR, PT …',
).argParser((text) => {
  if (!/^[A-Za-z]{2}$/.test(text)) throw new InvalidArgumentError('Two letters are needed, such as CT or MR.')
  return text.toUpperCase()
})

export const channelsOption = new Option(
  '--channels <names>',
  'scans that are channels of one case, such as t1,t1ce,t2,flair or 0000,0001',
)
export const resampleChannelsOption = new Option(
  '--resample-channels',
  'bring channels on other grids onto that of the first (they must be registered)',
)

/** What these two options ask for; null where no channels are named. */
export function channelWish(options: { channels?: string; resampleChannels?: boolean }): ChannelWish | null {
  const names = options.channels?.split(',').map((name) => name.trim())
  if (!names) return null
  if (names.length < 2 || names.includes('') || new Set(names).size < names.length)
    throw usage('Give two or more different names: --channels t1,flair.')
  return { names, resample: options.resampleChannels ?? false }
}

export const taskOption = new Option('--task <task>', 'what it learns from')
  .choices(PretextTask.options)
  .default('auto')

export const dimensionsOption = new Option(
  '--dimensions <number>',
  'of the network: 3, or 2 to learn from and predict axial slices one by one',
)
  .choices(['2', '3'])
  .argParser((text): Dimensions => {
    if (text !== '2' && text !== '3') throw new InvalidArgumentError('Choose 2 or 3.')
    return text === '2' ? 2 : 3
  })

export const seedOption = new Option('--seed <number>', 'same seed, same back end: same weights')
  .argParser(wholeNumber)
  .default(0)
export const weightsOption = new Option(
  '--weights <which>',
  'of the last step, or with the best score on the validation cases watched',
)
  .choices(['last', 'best'])
  .default('last')
export const allPiecesOption = new Option(
  '--all-pieces',
  'keep all that the network marks (default: no more pieces of a structure than each labelled scan has shown, or as the label set has it)',
)
export const deviceOption = new Option('--device <id>', 'what computes; `doctor` lists them').default('auto')
export const threadsOption = new Option('--threads <number>', 'processor threads (default: one per core)').argParser(
  positiveInteger,
)
export const batchThreadsOption = new Option(
  '--batch-threads <number>',
  'threads that prepare batches ahead of the training, 0 to 8 (default: as many as pay)',
).argParser((text) => {
  const threads = wholeNumber(text)
  if (threads > 8) throw new InvalidArgumentError('Choose 0 to 8.')
  return threads
})
export const stepsOption = new Option('--steps <number>', 'budget in training steps').argParser(positiveInteger)
export const minutesOption = new Option('--minutes <number>', 'budget in minutes').argParser(positiveNumber)
export const checkpointOption = new Option('--checkpoint-seconds <number>', 'time between checkpoints')
  .argParser(positiveNumber)
  .default(30)
export const jsonOption = new Option('--json', 'print the result as JSON on stdout')
export const projectOption = new Option('--project <folder>', 'project folder').makeOptionMandatory()
