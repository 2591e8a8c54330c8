/** Fetches what lies behind a volume's address, and keeps the newest label maps. */
import { ApiError } from '../../shared/api/contract.ts'
import { request } from './index.ts'
import { words } from '../words/index.ts'

export async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url).catch(() => null)
  if (!response) throw new ApiError('refused', words.connection.refused)
  if (!response.ok) throw new ApiError('refused', (await response.text().catch(() => '')) || words.view.failed)
  return response.arrayBuffer()
}

const keptMaps = 24
const maps = new Map<string, Promise<Uint8Array>>()

/** The label map of a version. Versions never change, so what was fetched once stays good. */
export function labelMap(versionId: string): Promise<Uint8Array> {
  let map = maps.get(versionId)
  if (!map) {
    map = request('labels.open', { versionId }).then(async ({ url }) => new Uint8Array(await fetchBytes(url)))
    map.catch(() => maps.delete(versionId))
  }
  maps.delete(versionId)
  maps.set(versionId, map)
  for (const old of maps.keys()) {
    if (maps.size <= keptMaps) break
    maps.delete(old)
  }
  return map
}
