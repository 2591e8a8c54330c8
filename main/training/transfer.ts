/** Weights of a pretraining into a segmentation network, with an account of what was taken over and what was not. */
import { decodeTensors, type Session } from '../engine/index.ts'
import { TrainingError, type RunFolder } from './host.ts'

/**
 * Copies every parameter of encoder and decoder that has the same name and size; returns a sentence on what was copied.
 * Pretext heads stay behind. Throws when nothing of the encoder fits: fine-tuning would silently start from scratch.
 */
export async function transferFrom(pretraining: RunFolder, session: Session): Promise<string> {
  const bytes = await pretraining.read('model.bin')
  if (bytes === null) {
    throw new TrainingError('The pretraining to start from has not finished: it left no model. Resume it first.')
  }
  const { tensors } = decodeTensors(bytes)
  const body = new Map([...tensors].filter(([name]) => !name.startsWith('head.')))
  const { set, missing, mismatched } = await session.setParameters(body)
  const encoderLost = [...missing, ...mismatched].filter((name) => name.startsWith('encoder.'))
  if (encoderLost.length > 0) {
    throw new TrainingError(`The pretrained encoder does not fit this network (${encoderLost.join(', ')}).`)
  }
  const fresh = missing.length + mismatched.length
  const decoded = set.filter((name) => name.startsWith('decoder.')).length
  return `${set.length} parameter tensors taken over from the pretraining (${set.length - decoded} of the encoder, ${decoded} of the decoder); ${fresh} start at random.`
}
