/** The app for the tests of one `describe`. */
import { afterAll, beforeAll } from 'vitest'
import { openApp, type RunningApp } from './app.ts'

/**
 * Opens it before the tests and closes it after them. What is given back is filled by then: to be read in tests only.
 * @param prepare what else comes before the tests, once it is open
 */
export function withApp(prepare: () => unknown = () => {}, milliseconds?: number): RunningApp {
  const app = {} as RunningApp
  beforeAll(async () => {
    Object.assign(app, await openApp())
    await prepare()
  }, milliseconds)
  // Opening it may have failed.
  afterAll(() => app.close?.())
  return app
}
