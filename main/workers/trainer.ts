/**
 * The trainer process. Its only argument is a run folder with config.json (shared/domain/trainer.ts); all results go there.
 * Told to cancel, or left alone by its parent, it writes a checkpoint and ends; started again, it goes on from there.
 */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { useGpuPage } from '../engine/gpu-page.ts'
import { availableBytes, EngineError } from '../engine/index.ts'
import { chooseStart } from '../training/auto.ts'
import { crossValidate } from '../training/cross-validate.ts'
import { evaluate } from '../training/evaluate.ts'
import { finetune } from '../training/finetune.ts'
import { grade, predictGrades } from '../training/grading/grade.ts'
import { Cancelled, json, TrainingError, type Host } from '../training/host.ts'
import { predict } from '../training/predict.ts'
import { pretrain } from '../training/pretrain.ts'
import type { Evaluation } from '../../shared/domain/records.ts'
import { TrainerCommand, TrainerConfig, type TrainerCase, type TrainerMessage } from '../../shared/domain/trainer.ts'
import { sampleArrays, type LabelMap, type Volume } from '../../shared/domain/volume.ts'
import { onDevice } from './on-device.ts'
import { connectParent } from './parent.ts'
import { replaceFile, runFolder } from './run-folder.ts'
import { storeFile } from './store.ts'
import { batchThreadsFor, startBatchThreads } from './trainer/batches.ts'

/** More threads than this bring a patch of this size nothing. */
const mostThreads = 16
const progressMilliseconds = 200

const parent = connectParent()
if (parent.openGpuPage) useGpuPage(parent.openGpuPage)
let cancelled = false
parent.onMessage((message) => {
  if (TrainerCommand.safeParse(message).success) cancelled = true
})
parent.onGone(() => (cancelled = true))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (cancelled = true))

const folder = process.argv[2]
const outcome = await main()
parent.send(outcome)
await parent.flush()
process.exit(outcome.type === 'failed' ? 1 : 0)

async function main(): Promise<TrainerMessage> {
  try {
    const config = TrainerConfig.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')))
    const host = createHost(config.batchThreads)
    const evaluation = await onDevice(config.device, host, (device, on) => work({ ...config, device }, on))
    return { type: 'done', evaluation }
  } catch (error) {
    if (error instanceof Cancelled) return { type: 'cancelled' }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (error instanceof TrainingError || error instanceof EngineError) {
      return { type: 'failed', reason: error.message, detail }
    }
    return { type: 'failed', reason: 'Training stopped because of an unexpected error.', detail }
  }
}

async function work(config: TrainerConfig, host: Host): Promise<Evaluation | null> {
  if (config.kind === 'pretrain') await (config.task === 'auto' ? chooseStart : pretrain)(config, host)
  else if (config.kind === 'finetune') await finetune(config, host)
  else if (config.kind === 'predict') await predict(config, host, writeLabels)
  else if (config.kind === 'grade') await grade(config, host)
  else if (config.kind === 'predict-grades') await predictGrades(config, host)
  else {
    const evaluation =
      config.kind === 'cross-validate'
        ? await crossValidate(config, host)
        : await evaluate(config, host, async (file) => gunzipSync(await readFile(file)))
    await host.run.write('evaluation.json', json(evaluation))
    return evaluation
  }
  return null
}

/** batchThreads: as in the config. */
function createHost(batchThreads: number | undefined): Host {
  let lastProgress = 0
  let stored = 0
  return {
    run: runFolder(folder),
    cores: Math.min(mostThreads, availableParallelism()),
    folder: runFolder,
    makeAhead(order, device) {
      const threads = batchThreads ?? batchThreadsFor(device)
      return threads === 0 ? null : startBatchThreads(order, threads)
    },
    memory: availableBytes() / 2,
    store: (parts) => storeFile(join(folder, `prepared-${stored++}.bin`), parts),
    volume: readVolume,
    label: readLabel,
    tell(message) {
      if (message.type === 'progress' && message.done < message.total) {
        if (performance.now() - lastProgress < progressMilliseconds) return
        lastProgress = performance.now()
      }
      parent.send(message)
    },
    cancelled: () => cancelled,
    seconds: () => performance.now() / 1000,
    breathe: () => new Promise((resume) => setImmediate(resume)),
  }
}

async function readVolume(source: TrainerCase): Promise<Volume> {
  const bytes = await readFile(source.volumeFile).catch(() => {
    throw new TrainingError(`The cached scan of ${source.name} can't be read. Open the project again to rebuild it.`)
  })
  const kind = sampleArrays[source.type]
  const { shape, spacing, affine, channels } = source
  const wanted = shape[0] * shape[1] * shape[2] * channels
  if (bytes.byteLength !== wanted * kind.BYTES_PER_ELEMENT) {
    throw new TrainingError(
      `The cached scan of ${source.name} has the wrong size. Open the project again to rebuild it.`,
    )
  }
  // A buffer from a pool may start anywhere; typed arrays want their own alignment.
  const samples = new kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
  return { geometry: { shape, spacing, affine }, channels, type: source.type, samples }
}

async function readLabel(source: TrainerCase): Promise<LabelMap | null> {
  if (source.labelFile === null) return null
  const samples = new Uint8Array(gunzipSync(await readFile(source.labelFile)))
  const { shape, spacing, affine } = source
  if (samples.length !== shape[0] * shape[1] * shape[2]) {
    throw new TrainingError(`The label of ${source.name} does not fit its scan.`)
  }
  return { geometry: { shape, spacing, affine }, samples }
}

function writeLabels(file: string, labels: Uint8Array): Promise<void> {
  return replaceFile(file, gzipSync(labels))
}
