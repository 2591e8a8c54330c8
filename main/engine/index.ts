/**
 * The engine: networks as graphs, compiled once into kernel calls over one arena of memory, run by a back end.
 *
 *     const graph = new Graph()
 *     const x = graph.input('image', [2, 48, 48, 48, 1])
 *     …
 *     const program = compileTraining({ graph, loss, optimiser })
 *     const session = await openSession(program)
 *     session.initialise(seed)
 *     session.setInput('image', values)
 *     session.step({ rate: 1e-3 })
 */
export { calibrateDevices, chooseDevice, explainDevice, type Choice, type Measured } from './choice.ts'
export { compileInference, compileTraining, type InferenceOptions, type TrainingOptions } from './compile.ts'
export { EngineError, type EngineErrorCode } from './errors.ts'
export { Graph, type GraphJson } from './graph.ts'
export type { Initialiser } from './initialise.ts'
export { availableBytes } from './memory.ts'
export { networkModel } from './onnx/index.ts'
export { availableDevices, openSession, type DeviceId, type DeviceReport, type SessionOptions } from './open.ts'
export * from './ops/index.ts'
export type { SetReport, Tensors } from './parameters.ts'
export type { Optimiser, Program } from './program.ts'
export type { Inputs, Session, StepOptions, StepResult, TrainingState } from './session.ts'
export type { Shape, Tensor, TensorKind } from './tensor.ts'
export { decodeTensors, encodeTensors } from './weights.ts'
