/**
 * A whole training step as one ONNX model: forward, losses, gradients, their norm, optimiser. Everything has its name:
 *
 * - inputs: those of the graph (volumes [N, D, H, W, C]); each parameter; its moments `m/<parameter>`, `v/<parameter>`; for
 *   each group of parameters `schedule/<group>` [rate, 1 - beta1^t, 1 - beta2^t] and `scale/<group>`
 * - outputs: `loss`, `norm` (of the whole gradient), `output/<name>`, `gradient/<parameter>`, and `next/<input>` for what the
 *   step changes: parameters and moments
 */
import { EngineError } from '../errors.ts'
import type { Program } from '../program.ts'
import { count, floatsOf, type TensorSpec } from '../tensor.ts'
import { Translation } from './translate.ts'

/** The file's bytes. Throws EngineError 'graph' for a program that does not train. */
export function trainingModel(program: Program): Uint8Array {
  const { loss, norm, segments, parameters } = program
  if (loss === undefined || norm === undefined) {
    throw new EngineError('graph', 'This program was compiled for inference; it has no training step.')
  }
  const translation = new Translation(program.kept, { zeros: true })
  const { model, areas } = translation
  const give = (name: string, { kind, shape }: TensorSpec, offset: number): void =>
    areas.write({
      offset,
      size: floatsOf({ kind, shape }),
      value: model.input(name, shape),
      volume: kind === 'volume',
    })
  const take = (name: string, { kind, shape }: TensorSpec, offset: number): void => {
    const value = kind === 'volume' ? areas.volume(offset, shape) : areas.flat(offset, count(shape))
    model.output(model.node('Reshape', [value, model.integers(shape)], shape, {}, name))
  }
  const one = { kind: 'vector', shape: [1] } as const
  const changing = parameters.flatMap((parameter) => [
    { ...parameter },
    ...Object.entries(parameter.moments).map(([moment, offset]) => ({ ...parameter, name: `${moment}/${parameter.name}`, offset })), // prettier-ignore
  ])
  for (const input of program.inputs) give(input.name, input, input.offset)
  for (const place of changing) give(place.name, place, place.offset)
  for (const { name, schedule, scale } of program.groups) {
    give(`schedule/${name}`, { kind: 'vector', shape: [3] }, schedule)
    give(`scale/${name}`, one, scale)
  }

  translation.perform([...segments.forward, ...segments.backward])
  take('loss', one, loss)
  take('norm', one, norm)
  for (const output of program.outputs) take(`output/${output.name}`, output, output.offset)
  for (const place of parameters) if (place.gradient >= 0) take(`gradient/${place.name}`, place, place.gradient)
  translation.perform(segments.update)
  for (const place of changing) take(`next/${place.name}`, place, place.offset)
  const description = 'One training step of a network: forward, gradients, optimiser.'
  return model.finish({ graph: 'training step', version: '', description })
}
