/** Writing DICOM files: little endian, explicit or implicit, defined lengths (PS3.5 7.1, PS3.10 7.1). */

export type Item = DicomElement[]
/** Tag ('00280010'), value representation, value: texts (several parted by \), numbers, bytes, or a sequence's items. */
export type DicomElement = [
  tag: string,
  vr: string,
  value: string | number | readonly number[] | Uint8Array | readonly Item[],
]

/** Implicit: for texts above 64 kB, which explicit little endian has no room for (contours). */
export type WrittenSyntax = 'explicit' | 'implicit'

const syntaxUid = { explicit: '1.2.840.10008.1.2.1', implicit: '1.2.840.10008.1.2' } as const
const implementation = { uid: '2.25.261470231986571038742630098147250138622', name: 'HANDFUL' }
const longVrs = new Set(['OB', 'OW', 'SQ', 'UN', 'UT'])
const numberBytes: Record<string, [size: number, write: (view: DataView, at: number, value: number) => void]> = {
  US: [2, (view, at, value) => view.setUint16(at, value, true)],
  UL: [4, (view, at, value) => view.setUint32(at, value, true)],
  FD: [8, (view, at, value) => view.setFloat64(at, value, true)],
}

/** A whole file: preamble, meta header (always explicit), data set. */
export function encodeFile(elements: Item, syntax: WrittenSyntax = 'explicit'): Uint8Array<ArrayBuffer> {
  const valueOf = (tag: string) => elements.find(([own]) => own === tag)?.[2] as string
  const metaElements: Item = [
    ['00020001', 'OB', Uint8Array.of(0, 1)],
    ['00020002', 'UI', valueOf('00080016')],
    ['00020003', 'UI', valueOf('00080018')],
    ['00020010', 'UI', syntaxUid[syntax]],
    ['00020012', 'UI', implementation.uid],
    ['00020013', 'SH', implementation.name],
  ]
  const meta = encodeItem(metaElements, 'explicit')
  const start = new Uint8Array(132)
  start.set([0x44, 0x49, 0x43, 0x4d], 128)
  const length = encodeElement(['00020000', 'UL', meta.length], 'explicit')
  return join([start, length, meta, encodeItem(elements, syntax)])
}

function encodeItem(elements: Item, syntax: WrittenSyntax): Uint8Array<ArrayBuffer> {
  // Elements stand in order of their tags (PS3.5 7.1).
  return join([...elements].sort(([a], [b]) => (a < b ? -1 : 1)).map((element) => encodeElement(element, syntax)))
}

function encodeElement([tag, vr, value]: DicomElement, syntax: WrittenSyntax): Uint8Array<ArrayBuffer> {
  const body = encodeValue(vr, value, syntax)
  const head = new DataView(new ArrayBuffer(syntax === 'explicit' && longVrs.has(vr) ? 12 : 8))
  head.setUint16(0, parseInt(tag.slice(0, 4), 16), true)
  head.setUint16(2, parseInt(tag.slice(4), 16), true)
  if (syntax === 'implicit') {
    head.setUint32(4, body.length, true)
    return join([new Uint8Array(head.buffer), body])
  }
  head.setUint8(4, vr.charCodeAt(0))
  head.setUint8(5, vr.charCodeAt(1))
  if (longVrs.has(vr)) head.setUint32(8, body.length, true)
  else if (body.length > 65535) throw new RangeError(`${tag} ${vr} with ${body.length} bytes`)
  else head.setUint16(6, body.length, true)
  return join([new Uint8Array(head.buffer), body])
}

function encodeValue(vr: string, value: DicomElement[2], syntax: WrittenSyntax): Uint8Array {
  if (value instanceof Uint8Array) return padded(value, 0)
  if (vr === 'SQ')
    return join(
      (value as readonly Item[]).map((item) => {
        const body = encodeItem(item, syntax)
        return join([Uint8Array.of(0xfe, 0xff, 0x00, 0xe0), new Uint8Array(Uint32Array.of(body.length).buffer), body])
      }),
    )
  if (vr === 'AT') {
    const tag = String(value)
    return new Uint8Array(Uint16Array.of(parseInt(tag.slice(0, 4), 16), parseInt(tag.slice(4), 16)).buffer)
  }
  if (typeof value === 'string') return padded(new TextEncoder().encode(value), vr === 'UI' ? 0 : 0x20)
  const numbers = (typeof value === 'number' ? [value] : value) as readonly number[]
  const [size, write] = numberBytes[vr]
  const view = new DataView(new ArrayBuffer(size * numbers.length))
  numbers.forEach((number, n) => write(view, n * size, number))
  return new Uint8Array(view.buffer)
}

/** A decimal string of at most 16 characters (PS3.5 6.2, DS), as exact as these allow. */
export function decimalString(value: number): string {
  for (let digits = 15; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)))
    if (text.length <= 16) return text
  }
  return '0'
}

function padded(bytes: Uint8Array, filler: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes
  const out = new Uint8Array(bytes.length + 1)
  out.set(bytes)
  out[bytes.length] = filler
  return out
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
