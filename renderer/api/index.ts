/** The page's one line to the program: `request` and `on`, and words for what can go wrong on it. */
import { connect } from '../../shared/api/connect.ts'
import {
  ApiError,
  type Api,
  type EventName,
  type EventPayload,
  type RequestInput,
  type RequestName,
  type RequestReply,
} from '../../shared/api/contract.ts'
import { words } from '../words/index.ts'
import { told } from '../words/program.ts'

let api: Api | null = null

/** Call once, before any request. Rejects with a sentence that can be shown. */
export async function connectApi(): Promise<void> {
  api = await connect()
}

export function request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<RequestReply<N>> {
  if (!api) return Promise.reject(new ApiError('refused', words.connection.refused))
  return api.request(name, input)
}

/** Returns the function that stops listening. */
export function on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void {
  if (!api) throw new Error('on() before connectApi()')
  return api.on(name, listener)
}

/** What to tell the user about a failed request. */
export function reason(error: unknown): string {
  if (error instanceof ApiError && error.kind !== 'internal') return told(error.message)
  return words.common.unexpected(error instanceof Error ? error.message : String(error))
}
