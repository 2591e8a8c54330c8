/** Which channels a model needs, and whether scans from anywhere have them. */
import type { Model } from '../../shared/domain/records.ts'
import type { Library } from '../library/index.ts'
import type { ChannelWish } from '../workers/importer/channels.ts'
import { count } from './count.ts'
import { describeModel } from './models.ts'

/** number: null where its plan can't be read. names: in order; null where nobody named them, or its cases don't agree. */
export type ModelChannels = { number: number | null; names: string[] | null }

/** By the model's plan, and by the cases that it learnt from, as far as the project still has them. */
export function channelsOf(library: Library, model: Model): ModelChannels {
  const number = describeModel(library, model.id).plan?.channels ?? null
  const [names = null, ...others] = model.cases.flatMap((id) => {
    const found = library.case(id)
    return found ? [found.channelNames] : []
  })
  const agreed = names?.length === number && others.every((other) => other && names && fold(other) === fold(names))
  return { number, names: agreed ? names : null }
}

/** The model's own names in its order, however they were typed: each file must get to its channel. Others stay as they are. */
export function inOrderOf({ names }: ModelChannels, wish: ChannelWish): ChannelWish {
  return names && sorted(names) === sorted(wish.names) ? { ...wish, names } : wish
}

/** What to know where the names are not those that the model learnt from; null where they are, or there are none. */
export function otherNames({ names }: ModelChannels, wish: ChannelWish): string | null {
  if (!names || names.length !== wish.names.length || sorted(names) === sorted(wish.names)) return null
  return `The model learnt from the channels ${names.join(', ')}; ${wish.names.join(', ')} are taken for them, in this order.`
}

/** Why a scan of `found` channels can't be predicted, and what to do; null where it can. `wish`: what was asked for already. */
export function misfit({ number, names }: ModelChannels, found: number, wish: ChannelWish | null): string | null {
  if (number === null || found === number) return null
  const reason = `It has ${count(found, 'channel')}, the model needs ${number}${names ? ` (${names.join(', ')})` : ''}.`
  if (wish || number === 1 || found > 1) return reason
  const option = names ? `--channels ${names.join(',')}` : '--channels and their names, such as --channels t1,flair'
  return `${reason} If its channels are files of their own, give all of them, with ${option}.`
}

const fold = (names: readonly string[]) => names.join().toLowerCase()
const sorted = (names: readonly string[]) => fold([...names].sort(byFolded))
const byFolded = (a: string, b: string) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)
