/**
 * Tensors and what belongs to them in one file, laid out as safetensors: 8 bytes little-endian length of the header, the
 * header as JSON, then the values as little-endian float32. Under `__metadata__` stand our own `meta` (as JSON text) and a
 * SHA-256 of header and values, so that a truncated or changed file is noticed.
 */
import { createHash } from 'node:crypto'
import { EngineError } from './errors.ts'
import { count, type Shape } from './tensor.ts'

const unset = '0'.repeat(64)

interface Entry {
  readonly dtype: 'F32'
  readonly shape: Shape
  readonly data_offsets: readonly [number, number]
}

/** The file's bytes. Shapes are for other readers of the format; without them a tensor is written as a vector. */
export function encodeTensors(
  tensors: ReadonlyMap<string, Float32Array>,
  meta: object,
  shapes: ReadonlyMap<string, Shape> = new Map(),
): Uint8Array {
  const entries: Record<string, Entry> = {}
  let end = 0
  for (const [name, values] of tensors) {
    if (name === '__metadata__') throw new EngineError('file', 'No tensor can be named "__metadata__".')
    const shape = shapes.get(name) ?? [values.length]
    if (count(shape) !== values.length) {
      throw new EngineError(
        'file',
        `The tensor "${name}" has ${values.length} values, which is not [${shape.join(', ')}].`,
      )
    }
    entries[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] }
    end += values.byteLength
  }
  const head = (checksum: string) =>
    encodeHeader({ __metadata__: { meta: JSON.stringify(meta), checksum }, ...entries })
  const start = 8 + head(unset).length
  const bytes = new Uint8Array(start + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  let at = start
  for (const values of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  bytes.set(head(unset), 8)
  bytes.set(head(hash(bytes)), 8)
  return bytes
}

/** Padded with spaces to a multiple of 8 bytes, as the format asks. */
function encodeHeader(header: object): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20)
  padded.set(text)
  return padded
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const damaged = (how: string): EngineError =>
  new EngineError('file', `This weights file is damaged: ${how}. Use another copy of it.`)

/** What `encodeTensors` was given. Throws EngineError 'file' if the bytes are not a whole, unchanged file. */
export function decodeTensors(given: Uint8Array): {
  tensors: Map<string, Float32Array>
  meta: Record<string, unknown>
} {
  // A Buffer's slice() would share its memory; a plain Uint8Array's copies.
  const bytes = new Uint8Array(given)
  const { header, start } = decodeHeader(bytes)
  const { __metadata__: metadata, ...entries } = header as { __metadata__?: { meta?: string; checksum?: string } }
  const { meta, checksum } = metadata ?? {}
  if (typeof meta !== 'string' || typeof checksum !== 'string' || !/^[0-9a-f]{64}$/.test(checksum)) {
    throw new EngineError('file', 'These are not weights written by this program: the checksum is missing.')
  }
  checkHash(bytes, checksum)
  const tensors = new Map<string, Float32Array>()
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = entry.data_offsets
    if (entry.dtype !== 'F32' || from < 0 || to < from || start + to > bytes.length || (to - from) % 4 !== 0) {
      throw damaged(`the place of "${name}" is wrong`)
    }
    // slice() copies, so the values are aligned whatever the offset in the file is.
    tensors.set(name, new Float32Array(bytes.slice(start + from, start + to).buffer))
  }
  return { tensors, meta: JSON.parse(meta) }
}

function decodeHeader(bytes: Uint8Array): { header: object; start: number } {
  if (bytes.length < 16) throw damaged('it is too short')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const start = 8 + length
  if (bytes[8] !== 0x7b) throw new EngineError('file', 'This is not a weights file.')
  if (start > bytes.length) throw damaged('it ends too early')
  try {
    return { header: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start))), start }
  } catch {
    throw damaged('its header cannot be read')
  }
}

/** The checksum was taken with zeros in its own place. */
function checkHash(bytes: Uint8Array, checksum: string): void {
  const copy = bytes.slice()
  const at = Buffer.from(copy.buffer, copy.byteOffset, copy.length).indexOf(`"checksum":"${checksum}"`, 8, 'latin1')
  if (at < 0) throw damaged('its header cannot be read')
  copy.fill(0x30, at + 12, at + 12 + 64)
  if (hash(copy) !== checksum) throw damaged('the checksum does not fit')
}
