/**
 * What there is to see beside the first screens (look.test.ts): models, their trash, history, review, results, project
 * files, windows with names. Accessible by axe's rules in both themes and languages, and each dialog gives the focus back.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { violations } from './axe.ts'
import { HomePage } from './pages.ts'
import { addTraining } from './reviewed.ts'
import { withApp } from './withApp.ts'

const pictures = process.env.HANDFUL_PICTURES

describe.skipIf(!browserPath)('every surface', () => {
  let page: Page
  let proposed: string
  const app = withApp(async () => {
    page = app.page
    await page.setViewportSize({ width: 1440, height: 900 })
    await new HomePage(page).openDemo()
    ;({ proposed } = addTraining(app.services.context.library!))
    await page.reload()
  })

  async function check(name: string): Promise<void> {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
    expect.soft(await violations(page), name).toEqual([])
  }
  const button = (name: string) => page.getByRole('button', { name, exact: true }).first()

  /** Opens a dialog by the keyboard, checks it and closes it: the focus is where it was. */
  async function checkDialog(name: string, opener: string): Promise<void> {
    await button(opener).focus()
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor()
    await check(name)
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    const focused = () => button(opener).evaluate((element) => element === document.activeElement)
    expect.soft(await focused(), `focus after ${name}`).toBe(true)
  }

  async function checkAll(tag: string, says: Record<string, string>): Promise<void> {
    const screen = (n: number) => page.getByRole('radiogroup').first().locator('label').nth(n).click()
    await screen(2)
    await page.locator('[data-model]').nth(1).waitFor()
    await page.locator('[data-model]').first().getByRole('button', { name: says.details }).click()
    await page.locator('[data-model] table').waitFor()
    await page.locator('[data-model]').nth(1).getByRole('button', { name: says.remove }).click()
    await page.locator('details.trash summary').click()
    await check(`${tag}-models`)
    await page.locator('[data-trashed] button').first().click()
    await page.locator('[data-model]').nth(1).waitFor()
    await screen(1)
    await page.locator('[data-result="verdict"]').waitFor()
    await check(`${tag}-result`)
    await screen(0)
    await page.getByRole('option').filter({ hasText: 'hippocampus_104' }).click()
    await page.getByRole('heading', { level: 2, name: 'hippocampus_104', exact: true }).waitFor()
    await button(says.history).click()
    await page.locator('.history .choose').nth(2).waitFor()
    await page.locator('.history [aria-expanded]').first().click()
    await page.getByText('Ana Souza de Albuquerque Figueiredo').waitFor()
    await check(`${tag}-history`)
    await button(says.back).click()
    await page.getByRole('option').filter({ hasText: proposed }).click()
    await page.locator('[data-review="proposed"]').waitFor()
    await check(`${tag}-review`)
    const more = page.getByRole('button', { name: says.more, exact: true })
    await more.focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('menuitem')
    await check(`${tag}-more`)
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect(await more.evaluate((element) => element === document.activeElement)).toBe(true)
    await checkDialog(`${tag}-files`, says.files)
    await checkDialog(`${tag}-import`, says.import)
    await checkDialog(`${tag}-export`, says.export)
    await checkDialog(`${tag}-settings`, says.settings)
  }

  it('in the dark theme, in English', () =>
    checkAll('dark-en', {
      details: 'Details',
      remove: 'Delete',
      history: 'History',
      back: 'Back to labels',
      more: 'More tools',
      files: 'Project files…',
      import: 'Import scans…',
      export: 'Export…',
      settings: 'Settings',
    }))

  it('in the light theme, in Chinese', async () => {
    const now = await app.services.handlers['preferences.get'](undefined)
    await app.services.handlers['preferences.set']({ ...now, language: 'zh', theme: 'light' })
    await page.reload()
    await checkAll('light-zh', {
      details: '详细设置',
      remove: '删除',
      history: '历史',
      back: '返回标签',
      more: '更多工具',
      files: '项目文件…',
      import: '导入影像…',
      export: '导出…',
      settings: '设置',
    })
  })

  it('is left without a word', async () => {
    await page.getByRole('button', { name: '全部项目' }).click()
    await page.getByRole('button', { name: /^Demo: hippocampus/ }).click()
    await page.getByRole('heading', { name: '12 例影像' }).waitFor()
    // What is asked for once a project is closed is refused, and told.
    expect(await page.getByRole('alert').allTextContents()).toEqual([])
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
