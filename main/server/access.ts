/**
 * Who may talk to the server. It listens on loopback only, but any page in any browser on this machine can send there:
 * so the Host must be a loopback name (no DNS rebinding), the Origin our own page, and a cookie must hold the key that
 * was exchanged for the token of the printed address.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Access {
  /** Part of the printed address. */
  readonly token: string
  /** A token that is good once: for an address that others on this machine may see, as an argument of a browser. */
  ticket(): string
  /** The Set-Cookie header for the right token, null for a wrong one. */
  exchange(token: unknown): string | null
  hasKey(headers: IncomingHttpHeaders): boolean
}

export function createAccess(cookieName: string): Access {
  const token = randomBytes(24).toString('base64url')
  const key = randomBytes(24).toString('base64url')
  const tickets = new Set<string>()
  const valid = (given: string) => same(given, token) || tickets.delete(given)
  return {
    token,
    ticket() {
      const ticket = randomBytes(24).toString('base64url')
      tickets.add(ticket)
      return ticket
    },
    exchange: (given) =>
      typeof given === 'string' && valid(given) ? `${cookieName}=${key}; HttpOnly; SameSite=Strict; Path=/` : null,
    hasKey: (headers) => same(cookie(headers, cookieName) ?? '', key),
  }
}

/** Host is a loopback name with any port: a tunnel may have changed the port. */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host ?? '')
}

/**
 * A browser names the page that sends. Messages must come from the page that this server served itself; plain reading
 * may come without an Origin, as browsers don't send it then, but never from another site or port.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, reading: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && !(reading && site === 'none')) return false
  if (headers.origin === undefined) return reading
  return headers.origin.toLowerCase() === `http://${headers.host?.toLowerCase()}`
}

function cookie(headers: IncomingHttpHeaders, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='))
  return pairs.find((pair) => pair[0] === name)?.[1]
}

/** Takes the same time wherever they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
