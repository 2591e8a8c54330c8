/** What is used of the wasm codecs' packages, which bring no types of their own. */

type FrameInfo = { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned?: boolean }

type WasmDecoder = {
  /** Room for the packed bytes in the codec's memory. */
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getFrameInfo(): FrameInfo
  /** A view into the codec's memory: copy it before the next call. */
  getDecodedBuffer(): Uint8Array
  delete(): void
}

type WasmFactory<Name extends string> = (options: {
  print?: (text: string) => void
  printErr?: (text: string) => void
}) => Promise<Record<Name, new () => WasmDecoder>>

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const create: WasmFactory<'J2KDecoder'>
  export default create
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const create: WasmFactory<'JpegLSDecoder'>
  export default create
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const create: WasmFactory<'JPEGDecoder'>
  export default create
}
declare module '@cornerstonejs/codec-openjph' {
  const create: WasmFactory<'HTJ2KDecoder'>
  export default create
}
