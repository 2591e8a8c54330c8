/** Bodies of raw bytes, as label maps and dropped files come in: over HTTP and over Electron's protocol alike. */
import { ApiError } from '../../shared/api/contract.ts'
import type { Upload } from './program.ts'
import { plain, type Resource } from './resources.ts'

/**
 * Hands a body to the program. Of a label map it says how long it must be: one byte more is refused before it is taken in. A
 * refusal is a 4xx with its sentence; rejects only for mistakes of our own. The path must be plain: ids only.
 */
export async function takeUpload(
  upload: Upload,
  path: string,
  type: string | null | undefined,
  body: AsyncIterable<Uint8Array>,
): Promise<Resource> {
  // No form of a foreign page can send this type, and a PUT at all, without asking first.
  if (type !== 'application/octet-stream') return plain(415, 'Files are sent as application/octet-stream.')
  try {
    const reply = await upload(path, (bytes) => readExactly(body, bytes), body)
    if (reply === null) return plain(404, 'Nothing can be sent to this address.')
    return plain(200, JSON.stringify(reply), 'application/json; charset=utf-8')
  } catch (error) {
    if (error instanceof ApiError && error.kind !== 'internal') return plain(409, error.message)
    throw error
  }
}

async function readExactly(body: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const misfit = () => new ApiError('invalid', 'The label map does not fit the grid of this scan. Reload the page.')
  const whole = new Uint8Array(bytes)
  let at = 0
  for await (const part of body) {
    if (at + part.length > bytes) throw misfit()
    whole.set(part, at)
    at += part.length
  }
  if (at !== bytes) throw misfit()
  return whole
}
