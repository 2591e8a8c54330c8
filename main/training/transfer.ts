/** Weights of a pretraining into a segmentation network, with an account of what was taken over and what was not. */
import { z } from 'zod'
import { decodeTensors, type Session } from '../engine/index.ts'
import { Plan } from '../../shared/domain/plan.ts'
import { TrainingError, type RunFolder } from './host.ts'

/** Names of parameters. Nothing is dropped without standing here. */
export interface Transfer {
  /** Taken over, among them the first convolution if it was repeated over channels. */
  copied: string[]
  /** Of the new network, starting at random: the pretraining has nothing of this name and size. */
  fresh: string[]
  /** Of the pretraining, left behind: the pretext head, or what the new network has no place for. */
  left: string[]
  /** Channels of the pretraining's scans, if they are others than those of these scans. */
  repeatedFrom: number | null
}

const firstConvolution = 'encoder.0.conv1.weight'

/**
 * Copies every parameter of encoder and decoder that has the same name and size. Heads stay behind, as a pretext task's are of
 * no use, but for those of a start that has learnt the same labels (`values`: that of each class here; null: not wanted). The first
 * convolution is repeated over channels where their number differs. Throws when anything of the encoder does not fit:
 * fine-tuning would silently start from scratch.
 */
export async function transferFrom(
  pretraining: RunFolder,
  session: Session,
  channels: number,
  values: readonly number[] | null = null,
): Promise<Transfer> {
  const bytes = await pretraining.read('model.bin')
  if (bytes === null) {
    throw new TrainingError('The pretraining to start from has not finished: it left no model. Resume it first.')
  }
  const { tensors, meta } = decodeTensors(bytes)
  const parsed = z.object({ plan: Plan, values: z.array(z.number()).optional() }).safeParse(meta)
  if (!parsed.success) throw new TrainingError('The model of the pretraining is damaged. Pretrain again.')
  const sameLabels = values !== null && String(parsed.data.values) === String(values)
  const isLeft = (name: string) => !sameLabels && name.startsWith('head.')
  const body = new Map([...tensors].filter(([name]) => !isLeft(name)))
  const { channels: pretrained, kernels } = parsed.data.plan
  const first = body.get(firstConvolution)
  if (first && pretrained !== channels) {
    const taps = kernels[0][0] * kernels[0][1] * kernels[0][2]
    body.set(firstConvolution, repeatChannels(first, taps, pretrained, channels))
  }
  const { set, missing, mismatched, unknown } = await session.setParameters(body)
  const fresh = [...missing, ...mismatched]
  const encoderLost = fresh.filter((name) => name.startsWith('encoder.'))
  if (encoderLost.length > 0) {
    throw new TrainingError(`The pretrained encoder does not fit this network (${encoderLost.join(', ')}).`)
  }
  const heads = [...tensors.keys()].filter(isLeft)
  const repeatedFrom = pretrained === channels ? null : pretrained
  return { copied: set, fresh, left: [...heads, ...unknown], repeatedFrom }
}

const partsOf = (names: readonly string[]): string =>
  [...new Set(names.map((name) => name.split('.')[0]))].join(' and ')

/** The account in a sentence or two. */
export function describeTransfer({ copied, fresh, left, repeatedFrom }: Transfer): string {
  const from = (part: string) => copied.filter((name) => name.startsWith(`${part}.`)).length
  const [encoded, decoded] = [from('encoder'), from('decoder')]
  const heads = from('head') === 0 ? '' : `, ${from('head')} of its head`
  const taken = `${copied.length} parameter tensors taken over from the pretraining (${encoded} of the encoder, ${decoded} of the decoder${heads})`
  const random = fresh.length === 0 ? 'none starts at random' : `${fresh.length} start at random (${partsOf(fresh)})`
  const behind = left.length === 0 ? '' : `; ${left.length} of the pretraining have no place here (${partsOf(left)})`
  const repeated =
    repeatedFrom === null
      ? ''
      : ` The first convolution was repeated over channels: the pretraining saw ${repeatedFrom}.`
  return `${taken}; ${random}${behind}.${repeated}`
}

/**
 * A filter [taps, from, Co] for another number of input channels, so that an image that is the same in all channels gives what
 * it gave before: with more channels, channel c takes a share of the weights of channel c mod from; with fewer, the weights of
 * channel c go to channel c mod to.
 */
export function repeatChannels(filter: Float32Array, taps: number, from: number, to: number): Float32Array {
  const features = filter.length / (taps * from)
  const result = new Float32Array(taps * to * features)
  const uses = Array.from({ length: from }, (_, c) => Math.max(1, Math.ceil((to - c) / from)))
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < Math.max(from, to); c++) {
      const [source, target] = [c % from, c % to]
      for (let f = 0; f < features; f++) {
        result[(tap * to + target) * features + f] += filter[(tap * from + source) * features + f] / uses[source]
      }
    }
  }
  return result
}
