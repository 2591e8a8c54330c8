/** Sends labels and drafts away from the window: a map has megabytes, and to hand them over holds up whoever does it. */
import { keep } from './draftPlaces.ts'
import type { Answer, Ask } from './keeper.ts'

/** Drafts are kept in the order in which they come. */
let last: Promise<unknown> = Promise.resolve()

addEventListener('message', ({ data: { id, ask } }: MessageEvent<{ id: number; ask: Ask }>) => {
  const reply = (answer: Answer) => postMessage({ id, answer })
  if (ask.kind === 'labels') return void send(ask.url, ask.samples).then(reply)
  last = last.then(() => keep(ask.draft)).then(() => reply(null))
})

/** The program's answer; null where it can't be reached. */
async function send(url: string, body: Uint8Array<ArrayBuffer>): Promise<Answer> {
  try {
    const reply = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body })
    return { ok: reply.ok, text: await reply.text() }
  } catch {
    return null
  }
}
