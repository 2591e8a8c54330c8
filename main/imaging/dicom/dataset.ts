/**
 * The elements of a DICOM file up to its pixels, and typed access to their values.
 *
 * Framing is done here, since files in the wild lack a preamble, a meta header or the truth about their own encoding;
 * the walk over the elements is dicom-parser's.
 */
import dicomParser from 'dicom-parser'
import type { Element } from 'dicom-parser'
import type { Refusal } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import { ByteReader, inflate, mostInflated } from '../bytes.ts'
import { refuse } from '../refuse.ts'
import { decodeText } from './charset.ts'
import type { Encoding } from './framing.ts'
import { encodingAt, frame, readMeta } from './framing.ts'

export const syntaxes = {
  implicitLittle: '1.2.840.10008.1.2',
  explicitLittle: '1.2.840.10008.1.2.1',
  explicitBig: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
} as const

const pixelTag = 'x7fe00010'

/** The most that a deflated data set may unpack to: one slice, however large, is far below. */
const deflatedLimit = 512 * 2 ** 20

/** The elements of one file. Tags are 'xGGGGEEEE' in lower case. */
export class Dataset {
  /** Where the elements' values are: the file's bytes, or what was inflated from them. */
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
  /** Transfer syntax UID, as the file says or, where it says none, as it looks. */
  readonly syntax: string
  readonly elements: Record<string, Element>
  /** Why the walk ended before the pixels, if it did. */
  readonly broken: string | undefined
  private readonly meta: Record<string, string>

  constructor(
    bytes: Uint8Array,
    littleEndian: boolean,
    syntax: string,
    elements: Record<string, Element>,
    meta: Record<string, string>,
    broken?: string,
  ) {
    this.bytes = bytes
    this.littleEndian = littleEndian
    this.syntax = syntax
    this.elements = elements
    this.meta = meta
    this.broken = broken
  }

  has(tag: string): boolean {
    return this.elements[tag] !== undefined
  }

  /** A text value of the default repertoire (UI, CS, DS, IS, DA…), trimmed; '' where there is none. */
  text(tag: string): string {
    const bytes = this.value(tag)
    if (!bytes) return this.meta[tag] ?? ''
    let out = ''
    for (const byte of bytes) if (byte !== 0) out += String.fromCharCode(byte)
    return out.trim()
  }

  /** The values of a text with several, e.g. Image Type. */
  texts(tag: string): string[] {
    const text = this.text(tag)
    return text === '' ? [] : text.split('\\').map((part) => part.trim())
  }

  /** A text in the file's own character set, for display. */
  display(tag: string): string {
    const bytes = this.value(tag)
    return bytes ? decodeText(bytes, this.texts('x00080005')) : ''
  }

  /** Numbers written as text (DS, IS); undefined where there are none or one of them is no number. */
  decimals(tag: string): number[] | undefined {
    const numbers = this.texts(tag).map((part) => (part === '' ? NaN : Number(part)))
    return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined
  }

  decimal(tag: string): number | undefined {
    return this.decimals(tag)?.[0]
  }

  /** A binary 16-bit number (US). */
  uint16(tag: string): number | undefined {
    return this.view(tag, 2)?.getUint16(0, this.littleEndian)
  }

  /** Binary 16-bit numbers (US); undefined where there are none. */
  uint16s(tag: string): number[] | undefined {
    const view = this.view(tag, 2)
    return view && this.list(view, 2, (at) => view.getUint16(at, this.littleEndian))
  }

  /** Binary 64-bit floats (FD); undefined where there are none. */
  float64s(tag: string): number[] | undefined {
    const view = this.view(tag, 8)
    return view && this.list(view, 8, (at) => view.getFloat64(at, this.littleEndian))
  }

  /** A binary 64-bit float (FD). */
  float64(tag: string): number | undefined {
    return this.float64s(tag)?.[0]
  }

  /** A binary 32-bit float (FL). */
  float32(tag: string): number | undefined {
    return this.view(tag, 4)?.getFloat32(0, this.littleEndian)
  }

  /** Binary 32-bit numbers (UL); undefined where there are none. */
  uint32s(tag: string): number[] | undefined {
    const view = this.view(tag, 4)
    return view && this.list(view, 4, (at) => view.getUint32(at, this.littleEndian))
  }

  /** Tags that are values (AT), as 'xGGGGEEEE'. */
  tagPointer(tag: string): string {
    const view = this.view(tag, 4)
    const part = (at: number) => view!.getUint16(at, this.littleEndian).toString(16).padStart(4, '0')
    return view ? `x${part(0)}${part(2)}` : ''
  }

  /** Raw bytes of a value, at most 16 MiB. */
  bytesOf(tag: string): Uint8Array | undefined {
    return this.value(tag, 2 ** 24)
  }

  /** The items of a sequence, [] where there is none. */
  items(tag: string): Dataset[] {
    const items = (
      this.elements[tag] as (Element & { items?: { dataSet?: { elements: Record<string, Element> } }[] }) | undefined
    )?.items
    return (items ?? []).map(
      ({ dataSet }) => new Dataset(this.bytes, this.littleEndian, this.syntax, dataSet?.elements ?? {}, {}),
    )
  }

  private list(view: DataView, size: number, read: (at: number) => number): number[] {
    return Array.from({ length: Math.floor(view.byteLength / size) }, (_, n) => read(n * size))
  }

  private view(tag: string, size: number): DataView | undefined {
    const bytes = this.value(tag)
    return bytes && bytes.length >= size ? new DataView(bytes.buffer, bytes.byteOffset, bytes.length) : undefined
  }

  /** No text or number that is read here is longer than 64 kB; what claims to be is damaged. */
  private value(tag: string, most = 65536): Uint8Array | undefined {
    const element = this.elements[tag]
    if (!element || element.hadUndefinedLength || element.dataOffset + element.length > this.bytes.length)
      return undefined
    return this.bytes.subarray(element.dataOffset, element.dataOffset + Math.min(element.length, most))
  }

  /** Where the pixels are, from the start of `bytes`; length is -1 for encapsulated (compressed) pixels. */
  get pixels(): { offset: number; length: number; vr: string } | undefined {
    const element = this.elements[pixelTag]
    if (!element) return undefined
    return {
      offset: element.dataOffset,
      length: element.hadUndefinedLength ? -1 : element.length,
      vr: element.vr ?? 'OW',
    }
  }
}

/** Walks a file up to its pixels. Refuses what is no DICOM at all; a walk that breaks off gives what it had. */
export async function parseDataset(
  file: Uint8Array,
  unpack: Inflate = inflate,
): Promise<{ ok: true; dataset: Dataset } | Refusal> {
  const framed = frame(file)
  if (!framed) return refuse('This is not a DICOM file.')
  const { meta, start } = readMeta(file, framed)
  const stated = meta.x00020010 ?? ''
  let bytes = file
  let at = start
  if (stated === syntaxes.deflated) {
    const inflated = await inflateRest(file, start, unpack)
    if (!inflated.ok) return inflated
    bytes = inflated.bytes
    at = 0
  }
  const looks = encodingAt(bytes, at)
  const syntax =
    stated ||
    { implicit: syntaxes.implicitLittle, explicit: syntaxes.explicitLittle, big: syntaxes.explicitBig }[
      looks ?? 'implicit'
    ]
  const encoding =
    looks ?? (stated === syntaxes.implicitLittle ? 'implicit' : stated === syntaxes.explicitBig ? 'big' : 'explicit')
  return { ok: true, dataset: walk(bytes, at, encoding, syntax, meta) }
}

function walk(
  bytes: Uint8Array,
  start: number,
  encoding: Encoding,
  syntax: string,
  meta: Record<string, string>,
): Dataset {
  const elements: Record<string, Element> = {}
  const into = { elements, warnings: [] as string[], byteArray: bytes } as unknown as ReturnType<
    typeof dicomParser.parseDicom
  >
  const { bigEndianByteArrayParser, littleEndianByteArrayParser } = dicomParser
  let broken: string | undefined
  try {
    const stream = new dicomParser.ByteStream(
      encoding === 'big' ? bigEndianByteArrayParser : littleEndianByteArrayParser,
      bytes,
      start,
    )
    const until = { untilTag: pixelTag }
    if (encoding === 'implicit') dicomParser.parseDicomDataSetImplicit(into, stream, bytes.length, until)
    else dicomParser.parseDicomDataSetExplicit(into, stream, bytes.length, until)
  } catch (error) {
    // dicom-parser throws strings as well as errors.
    broken = String((error as Error)?.message ?? error)
  }
  return new Dataset(bytes, encoding !== 'big', syntax, elements, meta, broken)
}

async function inflateRest(
  file: Uint8Array,
  start: number,
  unpack: Inflate,
): Promise<{ ok: true; bytes: Uint8Array } | Refusal> {
  const packed = file.subarray(start)
  const limit = Math.min(deflatedLimit, mostInflated(packed.length))
  const reader = new ByteReader(unpack(packed, 'deflate-raw'))
  const pieces: Uint8Array[] = []
  let total = 0
  let size = 1 << 16
  try {
    for (;;) {
      const piece = new Uint8Array(size)
      const got = await reader.fill(piece)
      pieces.push(piece.subarray(0, got))
      total += got
      if (total > limit)
        return refuse('The deflated DICOM file unpacks to more than any slice needs; it is probably damaged.')
      if (got < size) break
      size = Math.min(size * 2, 1 << 24)
    }
  } finally {
    await reader.close()
  }
  // Writers pad deflated data to an even length, which strict inflaters call an error after the last byte.
  if (total === 0)
    return refuse('The deflated DICOM file is damaged; copy it again from its source.', String(reader.failure))
  const bytes = new Uint8Array(total)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { ok: true, bytes }
}
