/**
 * The hidden page that has the GPU, in Chromium: what the shell does in Electron with ports, here over a WebSocket on
 * loopback. The page, its worker and its policy are those of the build.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Page } from 'playwright-core'
import { WebSocketServer, type WebSocket as Socket } from 'ws'
import type { Line } from '../../main/engine/webgpu/page/line.ts'
import { findResource } from '../../main/server/resources.ts'
import { dawnFeatures, gpuPage, gpuPortMessage } from '../../shared/api/gpuPage.ts'
import { browserPath } from './app.ts'

export interface GpuPages {
  /** A new page and the line to it. */
  open(): Promise<Line>
  /** Ends the process of the GPU, as a driver that crashes does. */
  crash(): Promise<void>
  /** The pages that are open, the newest last. */
  readonly pages: readonly Page[]
  /** What the pages complained about. */
  readonly complaints: string[]
  close(): Promise<void>
}

/** Chromium's GPU in software (SwiftShader). */
const flags = ['--no-sandbox', '--disable-quic', '--no-first-run', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', `--enable-dawn-features=${dawnFeatures}`] // prettier-ignore

export async function startGpuPages(): Promise<GpuPages> {
  const server = createServer((request, response) => {
    void findResource('out/renderer', async () => null, { method: 'GET', path: request.url! }).then((resource) => {
      response.writeHead(resource.status, resource.headers)
      resource.open!().pipe(response)
    })
  })
  const sockets = new WebSocketServer({ server })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const browser = await chromium.launch({ executablePath: browserPath, args: flags, headless: true })
  const pages: Page[] = []
  const complaints: string[] = []
  return {
    pages,
    complaints,
    async open() {
      const page = await browser.newPage()
      pages.push(page)
      page.on('close', () => pages.splice(pages.indexOf(page), 1))
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
      await page.goto(`http://127.0.0.1:${port}/${gpuPage}`)
      const connected = new Promise<Socket>((connect) => sockets.once('connection', connect))
      await page.evaluate(`(${bridge})('${gpuPortMessage}', 'ws://127.0.0.1:${port}', (${makeCodec})())`)
      return socketLine(await connected, page)
    },
    async crash() {
      await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess')
    },
    async close() {
      await browser.close()
      sockets.close()
      server.close()
    },
  }
}

/**
 * A message as bytes: length of its JSON, the JSON, then from the next multiple of 4 on the floats of its tensors, whose
 * places in the JSON are taken by their lengths. Its text goes to the page too: nothing from outside of it.
 */
function makeCodec() {
  const round = (bytes: number) => Math.ceil(bytes / 4) * 4
  return {
    encode(message: unknown): Uint8Array<ArrayBuffer> {
      const tensors: Float32Array[] = []
      const text = JSON.stringify(message, (_, value) =>
        value instanceof Float32Array ? { floats: tensors.push(value) && value.length } : value,
      )
      const json = new TextEncoder().encode(text)
      const size = tensors.reduce((sum, { byteLength }) => sum + byteLength, 4 + round(json.length))
      const bytes = new Uint8Array(size)
      new DataView(bytes.buffer).setUint32(0, json.length, true)
      bytes.set(json, 4)
      let at = 4 + round(json.length)
      for (const tensor of tensors) {
        new Float32Array(bytes.buffer, at, tensor.length).set(tensor)
        at += tensor.byteLength
      }
      return bytes
    },
    decode(bytes: ArrayBuffer): unknown {
      const length = new DataView(bytes).getUint32(0, true)
      let at = 4 + round(length)
      return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)), (_, value) => {
        if (typeof value?.floats !== 'number' || Object.keys(value).length > 1) return value
        const floats = new Float32Array(bytes, at, value.floats)
        at += floats.byteLength
        return floats
      })
    },
  }
}

function socketLine(socket: Socket, page: Page): Line {
  const { encode, decode } = makeCodec()
  return {
    send: (message) => socket.send(encode(message)),
    onMessage: (listener) =>
      void socket.on('message', (data) => listener(decode(new Uint8Array(data as Buffer).buffer))),
    onClose: (listener) => void socket.on('close', listener),
    close: () => void page.close(),
  }
}

/** Runs in the page, in the place of the preload script. */
function bridge(name: string, address: string, { encode, decode }: ReturnType<typeof makeCodec>): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const socket = new WebSocket(address)
  socket.binaryType = 'arraybuffer'
  socket.onmessage = ({ data }) => port1.postMessage(decode(data))
  port1.onmessage = ({ data }) => socket.send(encode(data))
  return new Promise((open, fail) => {
    socket.onopen = () => {
      window.postMessage(name, '*', [port2])
      open()
    }
    socket.onerror = () => fail(new Error('The page may not connect.'))
  })
}
