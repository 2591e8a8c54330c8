/** A small DICOM writer for the tests of this folder: slices of a made-up CT in any uncompressed encoding. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import { syntaxes } from './dataset.ts'

export type Encoding = keyof typeof syntaxes

/** Values by tag ('00280010'); a number is written as US, undefined is left out. */
export type Fields = Record<string, string | number | Uint8Array | undefined>

const binary = new Set(['00280002', '00280010', '00280011', '00280100', '00280101', '00280102', '00280103', '00280120'])
const vrOf: Record<string, string> = {
  '00080005': 'CS', '00080008': 'CS', '00080016': 'UI', '00080018': 'UI', '00080060': 'CS', '0008103e': 'LO',
  '00100010': 'PN', '00100020': 'LO', '00180050': 'DS', '00180081': 'DS', '0020000d': 'UI', '0020000e': 'UI',
  '00200011': 'IS', '00200012': 'IS', '00200013': 'IS', '00200032': 'DS', '00200037': 'DS', '00200052': 'UI', '00280004': 'CS',
  '00280008': 'IS', '00280030': 'DS', '00281052': 'DS', '00281053': 'DS', '7fe00010': 'OW',
} // prettier-ignore

/**
 * A DICOM file from its fields. `preamble: false` leaves out preamble and meta header. `{ syntax, frames }` writes explicit
 * little endian under another syntax, the pixels as fragments where there are any.
 */
export function dicomFile(
  fields: Fields,
  encoded: Encoding | { syntax: string; frames?: Uint8Array[] } = 'explicitLittle',
  preamble = true,
): Uint8Array<ArrayBuffer> {
  const encoding = typeof encoded === 'string' ? encoded : 'explicitLittle'
  const { syntax, frames } = typeof encoded === 'string' ? { syntax: syntaxes[encoded], frames: undefined } : encoded
  const tags = Object.keys(fields)
    .filter((tag) => fields[tag] !== undefined)
    .sort()
  const body = join(
    tags.map((tag) => (tag === '7fe00010' && frames ? fragments(frames) : element(tag, fields[tag]!, encoding))),
  )
  if (!preamble) return body
  const meta = element('00020010', syntax, 'explicitLittle', 'UI')
  const start = new Uint8Array(132)
  start.set([0x44, 0x49, 0x43, 0x4d], 128)
  return join([start, meta, encoding === 'deflated' ? stored(body) : body])
}

/** Fields of slice n of a stack: 4 columns, 3 rows, 0.5 × 0.75 mm, slices 2 mm apart along `normal`. */
export function sliceFields(n: number, change: Fields = {}): Fields {
  const place: Triple = [-10, -20, 5 + 2 * n]
  return {
    '00080008': 'ORIGINAL\\PRIMARY\\AXIAL',
    '00080016': '1.2.840.10008.5.1.4.1.1.2',
    '00080018': `1.2.3.${n + 1}`,
    '00080060': 'CT',
    '00100010': 'Doe^Jane',
    '0020000d': '1.2.1',
    '0020000e': '1.2.2',
    '00200013': `${n + 1}`,
    '00200032': place.join('\\'),
    '00200037': '1\\0\\0\\0\\1\\0',
    '00280002': 1,
    '00280004': 'MONOCHROME2',
    '00280010': 3,
    '00280011': 4,
    '00280030': '0.75\\0.5',
    '00280100': 16,
    '00280101': 12,
    '00280102': 11,
    '00280103': 0,
    '00281052': '-1024',
    '00281053': '1',
    '7fe00010': words(Array.from({ length: 12 }, (_, i) => 100 * n + i)),
    ...change,
  }
}

/** 16-bit little-endian words as bytes. */
export function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer)
}

function element(
  tag: string,
  value: string | number | Uint8Array,
  encoding: Encoding,
  vr = vrOf[tag] ?? 'US',
): Uint8Array {
  const little = encoding !== 'explicitBig'
  const data = typeof value === 'string' ? padded(value, vr) : typeof value === 'number' ? short(value, little) : value
  if (typeof value === 'number' && !binary.has(tag)) throw new Error(`no number at ${tag}`)
  const bytes = value instanceof Uint8Array && vr === 'OW' && !little ? data.map((_, n) => data[n ^ 1]) : data
  const long = vr === 'OW' || vr === 'OB'
  const head = new DataView(new ArrayBuffer(encoding === 'implicitLittle' || !long ? 8 : 12))
  head.setUint16(0, parseInt(tag.slice(0, 4), 16), little)
  head.setUint16(2, parseInt(tag.slice(4), 16), little)
  if (encoding === 'implicitLittle') head.setUint32(4, bytes.length, true)
  else {
    head.setUint8(4, vr.charCodeAt(0))
    head.setUint8(5, vr.charCodeAt(1))
    if (long) head.setUint32(8, bytes.length, little)
    else head.setUint16(6, bytes.length, little)
  }
  return join([new Uint8Array(head.buffer), bytes])
}

/** Pixel data as fragments, one for each frame, with an empty offset table (PS3.5 A.4). */
function fragments(frames: Uint8Array[]): Uint8Array {
  const item = (bytes: Uint8Array) => {
    const padded = bytes.length % 2 ? join([bytes, new Uint8Array(1)]) : bytes
    return join([Uint8Array.of(0xfe, 0xff, 0x00, 0xe0), new Uint8Array(Uint32Array.of(padded.length).buffer), padded])
  }
  const head = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff)
  const end = Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0)
  return join([head, item(new Uint8Array(0)), ...frames.map(item), end])
}

/** Deflate data of one stored (uncompressed) block, RFC 1951 3.2.4; at most 65535 bytes. */
function stored(body: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(5))
  head.setUint8(0, 1)
  head.setUint16(1, body.length, true)
  head.setUint16(3, ~body.length & 0xffff, true)
  return join([new Uint8Array(head.buffer), body])
}

function padded(text: string, vr: string): Uint8Array {
  const even = text.length % 2 ? text + (vr === 'UI' ? '\0' : ' ') : text
  return Uint8Array.from(even, (char) => char.charCodeAt(0))
}

function short(value: number, little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2))
  view.setUint16(0, value, little)
  return new Uint8Array(view.buffer)
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
