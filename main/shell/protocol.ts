/** app://handful/: the page's files, volumes, label maps and thumbnails, with the same answers as the server's. */
import { Readable } from 'node:stream'
import { protocol, type Protocol } from 'electron'
import type { Log } from '../../shared/api/dispatch.ts'
import type { Files, Upload } from '../server/program.ts'
import { findResource, plain, type Resource } from '../server/resources.ts'
import { takeUpload } from '../server/upload.ts'
import { isOurs, scheme } from './origin.ts'

/** Must run before the app is ready. `standard` gives the page an origin, which 'self' in the policy stands for. */
export function declareScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true }
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }])
}

/** `program`: null where there is only the page. */
export function serveScheme(
  protocol: Pick<Protocol, 'handle'>,
  page: string,
  program: { files: Files; upload: Upload } | null,
  log: Log,
): void {
  const { files, upload } = program ?? { files: async () => null, upload: async () => null }
  protocol.handle(scheme, async (request) => {
    if (!isOurs(request.url)) return toResponse(plain(404, 'There is nothing at this address.'))
    try {
      const { pathname } = new URL(request.url)
      const { headers, method } = request
      if (method === 'PUT') {
        const body = (request.body ?? []) as AsyncIterable<Uint8Array>
        return toResponse(await takeUpload(upload, pathname, headers.get('content-type'), body))
      }
      return toResponse(
        await findResource(page, files, {
          method,
          path: pathname,
          range: headers.get('range'),
          ifNoneMatch: headers.get('if-none-match'),
          ifRange: headers.get('if-range'),
        }),
      )
    } catch (error) {
      log(`An answer failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return toResponse(plain(500, 'Handful made a mistake. The details are in its log.'))
    }
  })
}

function toResponse({ status, headers, open }: Resource): Response {
  const body = open ? (Readable.toWeb(open()) as unknown as BodyInit) : null
  return new Response(body, { status, headers })
}
