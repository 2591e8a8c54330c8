/** Training from the page on the demo scans, with a budget too small to learn much: stages, curves, cancel, resume, result. */
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { HomePage, TrainPanel } from './pages.ts'
import { withApp } from './withApp.ts'

const minute = 60_000

describe.skipIf(!browserPath)('training in the page', () => {
  let panel: TrainPanel
  const app = withApp(async () => {
    await new HomePage(app.page).openDemo()
    panel = await TrainPanel.open(app.page)
  })

  it('says beforehand what will happen', async () => {
    await app.page.getByText('Learns from 8 scans, 3 of them labelled. Measured on 4 validation scans.').waitFor()
    await panel.setTask('Restore hidden parts')
    await panel.setMinutes(0.4)
    await expect.poll(() => panel.start.isEnabled()).toBe(true)
  })

  it('shows stages and a curve while it works, and can be cancelled', async () => {
    await panel.start.click()
    await panel.heading('Training…').waitFor()
    await panel.stage('pretrain', 'running').waitFor()
    // Attached, not visible: a line of a single step, on a busy machine, has no size.
    await panel.chart('pretext loss').locator('path').first().waitFor({ state: 'attached', timeout: minute })
    await app.page.getByRole('button', { name: 'Cancel training' }).click()
    await panel.heading('Training was cancelled').waitFor({ timeout: minute })
    // The one after pretraining, where that ended before the press.
    await app.page.locator('[data-stage][data-state="cancelled"]').waitFor()
  })

  it(
    'is resumed and ends with a table of scores beside the twin',
    async () => {
      await app.page.getByRole('button', { name: 'Resume' }).click()
      await panel.heading('Training…').waitFor()
      await panel.heading('Training finished').waitFor({ timeout: 6 * minute })
      for (const key of ['pretrain', 'finetune', 'scratch', 'predict', 'evaluate'])
        await panel.stage(key, 'done').waitFor()
      const result = app.page.getByRole('region', { name: 'Result on validation scans' })
      await expect.poll(() => result.locator('tbody tr').count()).toBe(4)
      const dice = Number(await result.locator('[data-result="dice"]').textContent())
      expect(dice).toBeGreaterThanOrEqual(0)
      expect(dice).toBeLessThanOrEqual(1)
      await expect.poll(() => result.locator('[data-result="verdict"]').textContent()).toMatch(/points/)
      const loss = panel.chart('segmentation loss')
      await expect.poll(() => loss.getByRole('img').getAttribute('aria-label')).toMatch(/Fine-tuning.*From scratch/)
    },
    8 * minute,
  )

  it('leads to the worst scan, where the proposal lies over the scan', async () => {
    await app.page.getByRole('button', { name: 'Open the worst scan' }).click()
    await app.page.getByRole('heading', { level: 2, name: /hippocampus_/ }).waitFor()
    await app.page.getByText('Proposal, mL').waitFor()
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
