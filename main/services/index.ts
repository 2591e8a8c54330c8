/** Everything Handful can do, behind the contract. One instance has one project open at a time. */
import type { Api, Handlers } from '../../shared/api/contract.ts'
import { appHandlers } from './app.ts'
import { caseHandlers } from './cases.ts'
import { makeContext, type Context, type ServiceOptions } from './context.ts'
import { receiveDraft } from './drafts.ts'
import { exportHandlers } from './exporting.ts'
import { resolveFile, type ServedFile } from './files.ts'
import { receiveDropped } from './dropping.ts'
import { folderHandlers } from './folders.ts'
import { importHandlers } from './importing.ts'
import { receiveUpload, type ReadBody } from './label-saving.ts'
import { keepingHandlers } from './keeping.ts'
import { labelHandlers } from './labels.ts'
import { modelExportHandlers } from './model-export.ts'
import { predictionHandlers } from './predictions.ts'
import { projectHandlers } from './project.ts'
import { modelHandlers, receiveModel } from './models.ts'
import { reportHandlers } from './report.ts'
import { suggestionHandlers } from './suggestions.ts'
import { reviewHandlers } from './reviews.ts'
import { runHandlers } from './runs.ts'
import { trainingHandlers } from './training.ts'
import { trashHandlers } from './trash.ts'
import { volumeHandlers } from './volumes.ts'

export type { ServiceOptions } from './context.ts'
export type { ServedFile } from './files.ts'
export type { ReadBody } from './label-saving.ts'

export type Services = {
  /** One for each request of the contract; throws (or rejects with) an ApiError where it can't be done. */
  handlers: Handlers
  on: Api['on']
  /**
   * `/volume/<case>`, `/labels/<version>`, `/thumbnail/<case>.png`; null for any other path. Refuses (ApiError) what the
   * open project doesn't have, or whose source has moved.
   */
  files(path: string): Promise<ServedFile | null>
  /**
   * Takes a label map (label-saving.ts), a draft of one (drafts.ts) or a dropped file (dropping.ts) in and tells what became
   * of it; null for a path that takes nothing. `read` or `body`: two ways to the same bytes.
   */
  upload(path: string, read: ReadBody, body?: AsyncIterable<Uint8Array>): Promise<unknown>
  /** Stops what is at work (trainings leave a checkpoint and count as interrupted) and closes the project. Call once. */
  close(): Promise<void>
  /** For the command line, which offers more than the page: single runs, evaluations. */
  context: Context
}

export function createServices(options: ServiceOptions = {}): Services {
  const context = makeContext(options)
  const handlers: Handlers = {
    ...appHandlers(context),
    ...folderHandlers(context),
    ...projectHandlers(context),
    ...importHandlers(context),
    'jobs.get': ({ jobId }) => context.jobs.get(jobId),
    'jobs.cancel': ({ jobId }) => void context.jobs.cancel(jobId),
    ...caseHandlers(context),
    ...trashHandlers(context),
    ...keepingHandlers(context),
    ...volumeHandlers(context),
    ...labelHandlers(context),
    ...trainingHandlers(context),
    ...runHandlers(context),
    ...predictionHandlers(context),
    ...modelHandlers(context),
    ...reportHandlers(context),
    ...suggestionHandlers(context),
    ...reviewHandlers(context),
    ...exportHandlers(context),
    ...modelExportHandlers(context),
  }
  return {
    handlers,
    on: context.events.on,
    files: (path) => resolveFile(context, path),
    upload: async (path, read, body) =>
      (body && (await receiveDropped(context, path, body))) ??
      (await receiveDraft(context, path, read)) ??
      (await receiveUpload(context, path, read)) ??
      receiveModel(context, path, read),
    close: () => close(context),
    context,
  }
}

async function close(context: Context): Promise<void> {
  context.closing = true
  context.activeTraining?.cancel()
  context.activeRun?.cancel()
  await Promise.allSettled([context.activeTraining?.finished, context.activeRun?.finished, context.jobs.close()])
  context.importers.close()
  context.library?.close()
  context.library = null
}
