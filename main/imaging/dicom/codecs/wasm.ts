/** The codecs that are wasm: JPEG 2000, HTJ2K, JPEG-LS and 8-bit JPEG. One instance of each, made when first needed. */
import createCharls from '@cornerstonejs/codec-charls/decodewasmjs'
import createJpeg from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
import createOpenjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import createOpenjph from '@cornerstonejs/codec-openjph'
import type { Photo } from '../../png.ts'
import type { Decoded } from './decoded.ts'

type Codec = 'jpeg2000' | 'htj2k' | 'jpeg-ls' | 'jpeg'

const quiet = { print: () => {}, printErr: () => {} }
const makers: Record<Codec, () => Promise<new () => WasmDecoder>> = {
  jpeg2000: async () => (await createOpenjpeg({ ...quiet })).J2KDecoder,
  htj2k: async () => (await createOpenjph({ ...quiet })).HTJ2KDecoder,
  'jpeg-ls': async () => (await createCharls({ ...quiet })).JpegLSDecoder,
  jpeg: async () => (await createJpeg({ ...quiet })).JPEGDecoder,
}
const decoders = new Map<Codec, Promise<new () => WasmDecoder>>()

/** Decodes one greyscale image whose size has been checked by its own header (`codestreamSize`). Throws on damaged bytes. */
export async function decodeByWasm(codec: Codec, bytes: Uint8Array): Promise<Decoded> {
  const { width, height, bitsPerSample, componentCount, isSigned, packed } = await decode(codec, bytes)
  if (componentCount !== 1) throw new Error(`${componentCount} components`)
  const wide = bitsPerSample > 8
  const samples = wide ? new Uint16Array(packed.buffer) : isSigned ? signed8(packed) : Uint16Array.from(packed)
  return { columns: width, rows: height, samples }
}

/** Decodes an 8-bit JPEG photograph, grey or in colour, whose size has been checked by its own header. Throws on damaged bytes. */
export async function decodePhoto(bytes: Uint8Array): Promise<Photo> {
  const { width, height, componentCount: channels, packed } = await decode('jpeg', bytes)
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} colour components: only grey and RGB can be read`)
  return { width, height, channels, samples: packed }
}

/** packed: samples as bytes, those of a pixel side by side. */
async function decode(codec: Codec, bytes: Uint8Array) {
  if (!decoders.has(codec)) decoders.set(codec, makers[codec]())
  try {
    const decoder = new (await decoders.get(codec)!)()
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    const frame = decoder.getFrameInfo()
    const { width, height } = frame
    const out = decoder.getDecodedBuffer()
    const length = width * height * frame.componentCount * (frame.bitsPerSample > 8 ? 2 : 1)
    if (out.length < length) throw new Error(`${out.length} bytes for ${width} × ${height}`)
    const packed = out.slice(0, length)
    decoder.delete()
    return { ...frame, packed }
  } catch (error) {
    // After an abort the codec's memory is in no state to be used again.
    decoders.delete(codec)
    throw error instanceof Error ? error : new Error(`${codec} codec: ${String(error)}`, { cause: error })
  }
}

/** 8-bit two's complement widened to 16 bits. */
const signed8 = (bytes: Uint8Array) => new Uint16Array(Int16Array.from(new Int8Array(bytes.buffer)).buffer)
