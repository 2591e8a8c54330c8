/**
 * How a page gets its Api. In Electron the preload script leaves a bridge at `window.handful`; elsewhere the page was
 * served over HTTP and talks back to where it came from. Nothing else in the page knows which.
 */
import type { Bridge } from './bridge.ts'
import type { Api } from './contract.ts'
import { connectHttp } from './http.ts'
import { createIpcApi } from './ipc.ts'

/**
 * Call once, at start. Rejects with an `ApiError` whose message can be shown: the program is not answering, or the
 * address lacks its token. From then on a lost connection is mended by itself: events that were missed arrive late, and
 * after a restart of the program `project.changed`, `cases.changed` and `training.changed` tell the present state.
 */
export async function connect(): Promise<Api> {
  const bridge = (globalThis as { handful?: Bridge }).handful
  return bridge ? createIpcApi(bridge) : connectHttp()
}
