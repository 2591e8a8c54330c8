/** What the browser itself makes of our defences: the policy, the key, other pages. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { withApp } from './withApp.ts'

describe.skipIf(!browserPath)('the page in workstation mode', () => {
  const app = withApp(async () => {
    await app.page.getByRole('heading').first().waitFor()
  })

  it('starts without a complaint, under the strict policy', () => {
    expect(app.complaints).toEqual([])
    expect(app.log).toEqual([])
  })

  it('takes the token out of the address, and needs it no more', async () => {
    expect(app.page.url()).toBe(`${app.server.origin}/`)
    await app.page.reload()
    await app.page.getByRole('heading').first().waitFor()
    expect(await ask(app.server.origin)).toBe(200)
    expect(app.complaints).toEqual([])
  })

  it('keeps the key where no script can read it', async () => {
    expect(await app.page.evaluate(() => document.cookie)).toBe('')
    const [cookie] = await app.page.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  })

  it('runs no script from a text, a frame or elsewhere', async () => {
    const ran = await app.page.evaluate(async () => {
      const place = document.body.appendChild(document.createElement('div'))
      place.innerHTML =
        '<img src="x:" onerror="window.hit = 1"><iframe srcdoc="<script>parent.hit = 1</script>"></iframe>'
      const script = document.createElement('script')
      script.textContent = 'window.hit = 1'
      place.append(script)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const evaluated = (() => {
        try {
          return new Function('return 1')()
        } catch {
          return null
        }
      })()
      place.remove()
      return { hit: 'hit' in window, evaluated }
    })
    expect(ran).toEqual({ hit: false, evaluated: null })
    expect(app.complaints.length).toBeGreaterThan(0)
    app.complaints.length = 0
  })

  it('lets nothing out to other addresses', async () => {
    const gone = await app.page.evaluate(() =>
      fetch('http://127.0.0.1:9/').then(
        () => true,
        () => false,
      ),
    )
    expect(gone).toBe(false)
    app.complaints.length = 0
  })

  it('answers no other page of the same browser, though that one sends the cookie', async () => {
    const other = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>other</p>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const page = await app.page.context().newPage()
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`)
    const outcome = await page.evaluate(async (origin) => {
      const body = JSON.stringify({})
      const asked = await fetch(`${origin}/api/project.demo`, {
        method: 'POST',
        body,
        mode: 'no-cors',
        credentials: 'include',
      }).then(
        () => 'answered',
        () => 'refused',
      )
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/events`)
      const greeted = await new Promise((resolve) => {
        socket.onmessage = () => resolve(true)
        socket.onerror = () => resolve(false)
      })
      const picture = new Image()
      picture.src = `${origin}/icon.svg`
      const shown = await picture.decode().then(
        () => true,
        () => false,
      )
      const framed = document.body.appendChild(document.createElement('iframe'))
      framed.src = origin
      await new Promise((resolve) => (framed.onload = resolve))
      return { asked, greeted, shown, frames: framed.contentDocument === null }
    }, app.server.origin)
    expect(outcome).toEqual({ asked: 'refused', greeted: false, shown: false, frames: true })
    // The request that would have made the demo project was never heard.
    expect(app.services.handlers['project.current'](undefined)).toBeNull()
    const framed = page.frames().find((frame) => frame !== page.mainFrame())
    expect(await framed?.evaluate(() => document.body.innerText).catch(() => '')).not.toContain('Handful')
    await page.close()
    other.close()
  })

  it('an address without the token shows why, in words', async () => {
    const context = await app.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${app.server.origin}/`)
    await page.getByText(/lacks the key/).waitFor()
    await context.close()
  })

  const ask = (origin: string) =>
    app.page.evaluate(
      async (origin) =>
        (
          await fetch(`${origin}/api/project.current`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: '{}',
          })
        ).status,
      origin,
    )
})
