/** How the window looks and is reached: two themes, two languages, no text cut off, accessible by axe's rules, keys of one's own. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { addCase } from '../../main/library/testing.ts'
import { browserPath } from './app.ts'
import { violations } from './axe.ts'
import { HomePage, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const pictures = process.env.HANDFUL_PICTURES

/** Texts that are cut off, or stick out of what they stand in. What ends in "…" and tells the rest as its title is all right. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Where no Chinese font is installed, its stand-in is narrower than any Chinese font: widened to one em.
    const probe = document.body.appendChild(document.createElement('span'))
    probe.style.cssText = 'position:absolute;font-size:100px;white-space:nowrap'
    probe.textContent = '标'
    const missing = 1 - probe.getBoundingClientRect().width / 100
    probe.remove()
    if (missing > 0.05 && document.documentElement.lang.startsWith('zh'))
      document.body.style.letterSpacing = `${missing}em`
    const found: string[] = []
    const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
    for (const element of top.querySelectorAll<HTMLElement>('*')) {
      const text = [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent!.trim())
      if (!text || !element.checkVisibility({ visibilityProperty: true })) continue
      if (element.closest('.hidden-but-read, option, svg, dialog:not([open])')) continue
      const style = getComputedStyle(element)
      const told = element.closest('[title]') !== null
      const wide = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
      const high = element.scrollHeight > element.clientHeight + 2 && element.clientHeight > 0
      const box = element.getBoundingClientRect()
      const where = `${element.textContent!.trim().slice(0, 60)} <${element.tagName.toLowerCase()} ${element.className}>`
      if (wide && style.overflowX !== 'visible' && style.overflowX !== 'auto' && !told) found.push(`cut off: ${where}`)
      if (element.matches('button, .badge, .title, label') && (wide || (high && style.overflowY === 'visible')))
        found.push(`does not fit: ${where}`)
      if (box.right > innerWidth + 1 || box.left < -1) found.push(`outside the window: ${where}`)
      // A word that starts on a second line of a button or tab.
      if (element.matches('button.button, .segmented span') && box.height > 60) found.push(`wraps: ${where}`)
    }
    document.body.style.letterSpacing = ''
    return found
  })
}

describe.skipIf(!browserPath)('how the window looks', () => {
  let page: Page
  const app = withApp(async () => {
    page = app.page
    await page.setViewportSize({ width: 1280, height: 720 })
    await page.getByRole('heading').first().waitFor()
  })

  async function check(name: string): Promise<void> {
    await page.waitForTimeout(100)
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
    expect.soft(await violations(page), name).toEqual([])
    expect.soft(await cutOff(page), name).toEqual([])
  }

  /** Opens a dialog, checks it and closes it. */
  async function checkDialog(name: string, open: () => Promise<void>): Promise<void> {
    await open()
    await page.locator('dialog[open]').waitFor()
    await check(name)
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
  }

  async function checkAll(tag: string, says: Record<string, string>): Promise<void> {
    const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
    const press = (name: string) => () => button(name).click()
    await check(`${tag}-home`)
    await checkDialog(`${tag}-new-project`, press(says.newProject))
    await checkDialog(`${tag}-settings`, press(says.settings))
    await button(says.demo).click()
    await page.locator('[role="option"]').nth(6).waitFor()
    // While scans come in, one without labels may have been opened.
    await page.getByRole('option').filter({ hasText: 'hippocampus_104' }).click()
    await page.locator('[data-readout="position"]').waitFor()
    await page.locator('.surface-view[data-labels="2"]').waitFor()
    await check(`${tag}-case`)
    await page.keyboard.press('b')
    await check(`${tag}-brush`)
    await checkDialog(`${tag}-keys`, () => page.keyboard.press('?'))
    await checkDialog(`${tag}-import`, press(says.import))
    await checkDialog(`${tag}-export`, press(says.export))
    await page.getByRole('radiogroup').first().getByText(says.train, { exact: true }).click()
    await page.getByRole('button', { name: says.train, exact: true }).waitFor()
    await check(`${tag}-train`)
    await button(says.home).click()
    await button(says.demo).waitFor()
  }

  it('is accessible and whole in the dark theme, in English', { timeout: 120_000 }, () =>
    checkAll('dark-en', {
      newProject: 'New project…',
      settings: 'Settings',
      demo: 'Open demo project',
      import: 'Import scans…',
      export: 'Export…',
      train: 'Train',
      home: 'All projects',
    }),
  )

  it('changes language and theme at once, and keeps them', async () => {
    await page.getByRole('button', { name: 'Settings' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('简体中文').click()
    await page.getByRole('dialog', { name: '设置' }).waitFor()
    await dialog.getByText('浅色', { exact: true }).click()
    await page.getByText('新建项目…').waitFor()
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await expect.poll(background).toBe('rgb(238, 241, 244)')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-Hans')
    await dialog.getByText('自动', { exact: true }).last().click()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(background).toBe('rgb(16, 19, 23)')
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(background).toBe('rgb(238, 241, 244)')
    // Kept by the program, not by this browser alone.
    const kept = () => app.services.handlers['preferences.get'](undefined)
    await expect.poll(kept).toMatchObject({ language: 'zh', theme: 'system' })
    await page.evaluate(() => localStorage.clear())
    await page.reload()
    await page.getByRole('button', { name: '设置' }).waitFor()
    await expect.poll(background).toBe('rgb(238, 241, 244)')
  })

  it('is accessible and whole in the light theme, in Chinese', { timeout: 120_000 }, () =>
    checkAll('light-zh', {
      newProject: '新建项目…',
      settings: '设置',
      demo: '打开示例项目',
      import: '导入影像…',
      export: '导出…',
      train: '训练',
      home: '全部项目',
    }),
  )

  it('gives an action another key, names who had it, and gives it back', async () => {
    const preferences = (await app.services.handlers['preferences.get'](undefined)) as object
    await app.services.handlers['preferences.set']({ ...preferences, language: 'en', theme: 'dark' } as never)
    await page.reload()
    await page.getByRole('button', { name: 'Open demo project' }).click()
    const worklist = new Worklist(page)
    await worklist.open('hippocampus_104')
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByRole('button', { name: 'Change the key of “Eraser”' }).click()
    await page.keyboard.press('b')
    await dialog.getByText('B belongs to “Brush”.').waitFor()
    await dialog.getByRole('button', { name: 'Use it here instead' }).click()
    await dialog.locator('[data-action="brush"]').getByText('no key').waitFor()
    await page.keyboard.press('Escape')
    const pressed = (name: string) => page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed')
    await page.keyboard.press('b')
    expect(await pressed('Eraser')).toBe('true')
    await page.keyboard.press('?')
    await dialog.getByRole('button', { name: 'Reset all keys' }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('b')
    expect(await pressed('Brush')).toBe('true')
    expect(app.services.handlers['preferences.get'](undefined)).toMatchObject({ keys: {} })
  })

  it('walks five thousand scans without drawing more than a screenful', async () => {
    await page.getByRole('button', { name: 'All projects' }).click()
    const worklist = await new HomePage(page).newProject('Many', app.home)
    const library = app.services.context.library!
    library.transaction(() => {
      for (let n = 1; n <= 5000; n++) addCase(library, `scan ${n}`)
    })
    await page.reload()
    await page.getByRole('heading', { name: '5000 scans' }).waitFor()
    await worklist.list.focus()
    await page.keyboard.press('End')
    await worklist.row('scan 5000').waitFor()
    await expect.poll(() => worklist.rows.count()).toBeLessThan(30)
    const slowest = await worklist.list.evaluate(async (list) => {
      let slowest = 0
      for (let n = 0; n < 40; n++) {
        const start = performance.now()
        list.scrollTop = (list.scrollHeight / 40) * n
        await new Promise(requestAnimationFrame)
        await new Promise(requestAnimationFrame)
        slowest = Math.max(slowest, performance.now() - start)
      }
      return slowest
    })
    console.log(`slowest of 40 jumps through 5000 rows: ${Math.round(slowest)} ms for two frames`)
    await worklist.filter('scan 4321')
    await worklist.row('scan 4321').waitFor()
    await expect.poll(() => worklist.rows.count()).toBe(1)
    await worklist.filter('')
  })

  it('complained about nothing but the scans that were never there', () => {
    expect(app.complaints.filter((line) => !line.includes('404') && !line.includes('409'))).toEqual([])
  })
})
