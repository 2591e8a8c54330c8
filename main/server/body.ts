import type { IncomingMessage } from 'node:http'

export type JsonBody = { ok: true; value: unknown } | { ok: false; status: number; why: string }

/** The JSON of a request, read up to `most` bytes: more is refused before it is taken in. */
export async function readJson(request: IncomingMessage, most: number): Promise<JsonBody> {
  if (!/^application\/json(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { ok: false, status: 415, why: 'Messages are sent as application/json.' }
  }
  const tooLarge: JsonBody = { ok: false, status: 413, why: `A message may hold ${most} bytes at most.` }
  if (Number(request.headers['content-length'] ?? 0) > most) return tooLarge
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) return tooLarge
    parts.push(part)
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch {
    return { ok: false, status: 400, why: 'This message is not JSON.' }
  }
}
