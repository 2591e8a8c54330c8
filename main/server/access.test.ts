import { describe, expect, it } from 'vitest'
import { createAccess, isLoopbackHost, isOwnOrigin } from './access.ts'

describe('the key', () => {
  it('is given for the right token only, in a cookie that scripts and other sites do not get', () => {
    const access = createAccess('handful-1')
    for (const wrong of ['', 'x', access.token.slice(1), `${access.token}x`, null, undefined, 7, [access.token]]) {
      expect(access.exchange(wrong)).toBeNull()
    }
    const cookie = access.exchange(access.token)!
    expect(cookie).toMatch(/^handful-1=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(cookie).not.toContain(access.token)
    expect(access.hasKey({ cookie: `a=b; ${cookie.split(';')[0]}; c=d` })).toBe(true)
  })

  it('is given once for a ticket', () => {
    const access = createAccess('handful-1')
    const ticket = access.ticket()
    expect(ticket).not.toBe(access.token)
    expect(access.exchange(ticket)).not.toBeNull()
    expect(access.exchange(ticket)).toBeNull()
    expect(access.exchange(access.token)).not.toBeNull()
  })

  it('is not the token, not another name, not another start', () => {
    const access = createAccess('handful-1')
    const key = access.exchange(access.token)!.split(';')[0]
    expect(access.hasKey({})).toBe(false)
    expect(access.hasKey({ cookie: `handful-1=${access.token}` })).toBe(false)
    expect(access.hasKey({ cookie: key.replace('handful-1', 'handful-2') })).toBe(false)
    expect(createAccess('handful-1').hasKey({ cookie: key })).toBe(false)
    expect(createAccess('handful-1').token).not.toBe(access.token)
  })
})

it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:4242', '127.1.2.3', '[::1]:4242'])('%s is a loopback host', (host) => {
  expect(isLoopbackHost(host)).toBe(true)
})
it.each([
  undefined,
  '',
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example:80',
  '0.0.0.0',
  '10.0.0.1',
  'localhost:80@evil',
])('%s is not', (host) => expect(isLoopbackHost(host)).toBe(false))

describe('the origin', () => {
  const host = '127.0.0.1:4242'
  it('of a message must be the page itself', () => {
    expect(isOwnOrigin({ host, origin: 'http://127.0.0.1:4242' }, false)).toBe(true)
    for (const origin of [
      undefined,
      'null',
      'http://127.0.0.1:4243',
      'http://localhost:4242',
      'https://127.0.0.1:4242',
      'http://evil.example',
    ]) {
      expect(isOwnOrigin({ host, origin }, false), origin).toBe(false)
    }
  })
  it('of plain reading may be missing, as browsers leave it out, but not foreign', () => {
    expect(isOwnOrigin({ host }, true)).toBe(true)
    expect(isOwnOrigin({ host, 'sec-fetch-site': 'none' }, true)).toBe(true)
    expect(isOwnOrigin({ host, 'sec-fetch-site': 'same-origin' }, true)).toBe(true)
    expect(isOwnOrigin({ host, 'sec-fetch-site': 'same-site' }, true)).toBe(false)
    expect(isOwnOrigin({ host, 'sec-fetch-site': 'cross-site' }, true)).toBe(false)
    expect(isOwnOrigin({ host, origin: 'http://evil.example' }, true)).toBe(false)
  })
})
