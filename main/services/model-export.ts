/** A trained model for other programs: as an ONNX file. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Handlers } from '../../shared/api/contract.ts'
import type { Model } from '../../shared/domain/records.ts'
import { EngineError } from '../engine/errors.ts'
import { layout, refuse, refuseFileError, writeFileSafely, type Library } from '../library/index.ts'
import { TrainingError } from '../training/host.ts'
import { runFolder } from '../workers/run-folder.ts'
import { appVersion } from './app.ts'
import { openProject, type Context } from './context.ts'
import { findModel } from './predictions.ts'

export function modelExportHandlers(context: Context): Pick<Handlers, 'models.exportOnnx'> {
  return {
    'models.exportOnnx': async ({ modelId, path, weights = 'last' }) => {
      const library = openProject(context)
      return { file: await exportOnnx(library, findModel(library, modelId), path, weights) }
    },
  }
}

/**
 * Writes a model as ONNX and returns the file. `path`: a file whose name ends in .onnx, or a folder (made if missing), where
 * the file takes the model's id for its name. Refuses when the model cannot be read or the file not be written.
 */
export async function exportOnnx(
  library: Library,
  model: Model,
  path: string,
  weights: 'last' | 'best',
): Promise<string> {
  const place = resolve(path)
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? !/\.onnx$/i.test(place)
  const file = isFolder ? join(place, `${model.id}.onnx`) : place
  const bytes = await encode(layout.runFolder(library.folder, model.runId), weights)
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSafely(file, [bytes])
  } catch (error) {
    return refuseFileError(error, `The file ${file} could not be written`)
  }
  return file
}

async function encode(folder: string, weights: 'last' | 'best'): Promise<Uint8Array> {
  // The engine is loaded when first asked for.
  const { onnxModel } = await import('../training/onnx-model.ts')
  try {
    return await onnxModel(runFolder(folder), weights, appVersion())
  } catch (error) {
    if (error instanceof TrainingError || error instanceof EngineError) return refuse(error.message)
    throw error
  }
}
